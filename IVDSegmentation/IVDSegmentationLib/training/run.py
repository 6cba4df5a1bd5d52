"""One training run from its settings to a judged model, in a process of its own that can be paused, stopped and resumed."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from torch import nn

from ..cases.folder import RealCase
from ..cases.folder import load_real_case as read_real_case
from ..cases.store import TRAINING, VALIDATION, CaseRecord
from ..errors import Cancelled, InputError, IVDError, OutputError
from ..files import make_folder, reason_of
from ..memory import peak_memory_bytes
from ..network.weights import ModelCard, save_model
from ..runs.config import TrainingConfig
from ..runs.curves import read_curves, write_curves_png
from ..runs.folder import PAUSE, QUIT, RUN, STOP, RunFolder, RunState, TakenOver
from ..runs.plan import EARLIER_GROUP, TrainingPlan, default_threads
from ..segmentation.pipeline import choose_device
from .batches import BatchMaker
from .cases import TrainingCase, training_case_of
from .checkpoint import load_checkpoint
from .distributed import ALONE, ProcessGroup
from .loop import Callbacks, Trainer
from .outcome import Candidate, candidates_of, choose_weights, compare, new_card
from .phantoms import check_phantoms, training_phantoms
from .pictures import write_validation_picture
from .start import load_cases, start_network
from .validation import Validation

CURVES_SECONDS = 10.0
"""The picture of the curves is drawn anew after this long."""


class TrainingRun:
    """Does what a plan says. ``report`` receives each line of the log; ``group``: the processes that train together."""

    def __init__(
        self,
        plan: TrainingPlan,
        *,
        device: str | None = None,
        group: ProcessGroup = ALONE,
        report: Callable[[dict], None] = lambda entry: None,
    ) -> None:
        self.plan, self.group, self.report = plan, group, report
        self.folder = RunFolder(plan.folder)
        self.device = device or choose_device(plan.device)
        self.state = RunState()
        self._quit = False
        self._drawn = 0.0
        self._trainer: Trainer | None = None

    # ---------------------------------------------------------------------- the whole run
    def run(self, restart: bool = False) -> RunState:
        """From wherever the folder stands to a judged model; the state says how it ended. Raises ``IVDError``."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._explained_system_errors())
            stack.enter_context(self._ending_on_signals())
            if self.group.is_first:
                stack.enter_context(self.folder.occupied())
                if restart:
                    self.folder.forget_progress()
                self.plan.write(self.folder.settings)
            try:
                with self._explained_system_errors():
                    self._work()
            except Cancelled:
                self._report_state("interrupted", "Stopped. Resume goes on from the last checkpoint.")
            except TakenOver:  # the state there is that of the other process
                raise
            except IVDError as error:
                self._report_state("failed", str(error))
                raise
            except KeyboardInterrupt:  # the second Ctrl-C
                self._report_state("interrupted", "Stopped at once. Resume goes on from the last checkpoint.")
                raise
            except MemoryError as error:
                text = "The computer ran out of memory. Choose a smaller batch or patch (Advanced)."
                self._report_state("failed", text)
                raise InputError(text) from error
            except BaseException as error:
                self._report_state("failed", f"The training ended with an unexpected error ({type(error).__name__}: {error}).")
                raise
        return self.state

    def _work(self) -> None:
        self._report_state("preparing", "Reading the cases")
        records = self.plan.records()
        training = [r for r in records if r.role == TRAINING]
        validation = [r for r in records if r.role == VALIDATION]
        if not training and self.plan.phantom_share <= 0:
            raise InputError("There is nothing to train on: no training case and no phantoms. Add cases or phantoms.")
        earlier = self.plan.earlier_records(TRAINING) if self.plan.earlier_share > 0 else []
        config = replace(self.plan.config(len(training), len(earlier)), device=self.device)
        self.state.steps = config.steps
        cases = load_cases([*training, *validation, *earlier], lambda: self._check_control(stoppable=True))
        last = len(training) + len(validation)
        own, judged, known = cases[: len(training)], cases[len(training) : last], cases[last:]
        for case in known:
            case.group = EARLIER_GROUP
        phantoms = self._phantoms()
        checks = check_phantoms(self.plan.check_phantoms, self._check_control) if self.group.is_first else []
        network, card = start_network(self.plan, config.seed)
        start = {name: value.clone() for name, value in network.state_dict().items()}
        watched = [*judged, *map(training_case_of, checks)]
        validate = Validation(watched, self.device) if self.group.is_first and watched else None
        trainer = self._make_trainer(network, [*own, *known, *phantoms], config, validate)
        if not self.group.is_first:
            trainer.run()
            self.group.barrier()
            return
        if trainer.step == 0 and validate is not None and card is not None:
            trainer.take_figures()  # what the curves start from
        self._report_state("training", "")
        trainer.run()
        if self.group.size > 1:
            self.group.barrier()
        command = self.folder.command()
        if self._quit or command == QUIT:
            raise Cancelled("Stopped.")
        self._finish(trainer, start, card, validate, validation, checks, stopped=command == STOP)

    # ----------------------------------------------------------------------------- parts
    def _phantoms(self) -> list[TrainingCase]:
        def progress(done: int, count: int) -> None:
            self._report_state("preparing", f"Making phantoms: {done} of {count}")
            self._check_control(stoppable=True)

        count = self.plan.phantom_count
        if self.group.is_first and count:
            workers = (self.plan.threads or default_threads()) - 1
            training_phantoms(make_folder(self.folder.phantoms), count, progress, workers)
        self.group.barrier()
        return [training_case_of(read_real_case(path)) for path in training_phantoms(self.folder.phantoms, count)]

    def _make_trainer(
        self, network: nn.Module, cases: list[TrainingCase], config: TrainingConfig, validate: Validation | None
    ) -> Trainer:
        callbacks = Callbacks(
            None if validate is None else self._validated(validate),
            self._on_log,
            self._should_stop,
            self._on_write_error,
            self.folder.check_owner,
        )
        trainer = Trainer(network, BatchMaker(cases, config), config, self.folder.path, callbacks, self.group)
        self._trainer = trainer
        try:
            if not trainer.resume() and self.group.is_first:
                self.folder.best.unlink(missing_ok=True)  # of a run that has no checkpoint any more
        except (RuntimeError, ValueError, KeyError) as error:
            raise InputError(
                f"The checkpoint in {self.folder.path} belongs to another network. Start the training anew, or choose "
                "another folder."
            ) from error
        self.state.step, self.state.best = trainer.step, trainer.best
        return trainer

    def _validated(self, validate: Validation) -> Callable[[nn.Module], dict[str, float]]:
        def figures(network: nn.Module) -> dict[str, float]:
            result = validate(network, self._check_quit)
            if validate.shown is not None and self._trainer is not None:
                words = f"step {self._trainer.step}   Dice {result['dice']:.3f}"
                with contextlib.suppress(OSError, OutputError):
                    write_validation_picture(*validate.shown, self.folder.pictures, self._trainer.step, words)
            return result

        return figures

    def _finish(
        self,
        trainer: Trainer,
        start: dict,
        card: ModelCard | None,
        validate: Validation | None,
        validation: list[CaseRecord],
        checks: list[RealCase],
        stopped: bool,
    ) -> None:
        self._report_state("judging", "Choosing the best weights")
        network = trainer.network.to("cpu")
        last = Candidate(trainer.step, {name: v.cpu() for name, v in trainer.average.values.items()})
        best = last
        if self.folder.best.is_file():
            with contextlib.suppress(InputError):  # damaged: the last weights are nearly as good
                stored = load_checkpoint(self.folder.best)
                best = Candidate(stored["step"], stored["network"])
        candidates = candidates_of(best, last, card is not None, self.plan.blend)
        tried = None if validate is None else Validation([p.case for p in validate.prepared])
        chosen, figures = choose_weights(
            network, candidates, start, tried, lambda entry: self._report_event("blend", **entry), self._check_quit
        )
        save_model(network, new_card(self.plan, card, chosen, figures), self.folder.model)
        self._judge(card, validation, checks)
        self._draw_curves()
        words = "The new model is ready. The best weights so far were kept."
        self.state.improved = card is None or chosen.step > 0
        if not self.state.improved:
            words = "Nothing was better than the model that it started from, so the new model equals the old one."
        self._report_state("stopped" if stopped else "done", words)

    def _judge(self, parent: ModelCard | None, validation: list[CaseRecord], checks: list[RealCase]) -> None:
        def progress(done: int, count: int, name: str) -> None:
            self._report_state("judging", f"Comparing old and new model: {done} of {count}")
            self._check_control()

        threads = self._trainer.config.threads if self._trainer else None
        device = self.device.split(":")[0]
        compare(self.plan, parent, self.folder, validation, checks, device, threads, progress)

    # -------------------------------------------------------------------- talking
    def _report_state(self, state: str, message: str) -> None:
        if not self.group.is_first:
            return
        self.state.state, self.state.message = state, message
        self.state.memory_bytes = peak_memory_bytes()
        self.folder.write_state(self.state)
        self.report({"event": "state"} | asdict(self.state))

    def _report_event(self, event: str, **values) -> None:
        entry = {"step": self.state.step, "event": event} | values
        self.folder.write_event(json.loads(json.dumps(entry, default=float)))
        self.report(entry)

    def _on_log(self, entry: dict) -> None:
        assert self._trainer is not None
        state = self.state
        state.step, state.seconds, state.best = entry["step"], entry["seconds"], self._trainer.best
        if state.step:
            state.seconds_left = (state.steps - state.step) * state.seconds / state.step
        self.report(entry)
        self._report_state("training", "")
        if entry["event"] == "validation" or time.monotonic() - self._drawn > CURVES_SECONDS:
            self._draw_curves()

    def _draw_curves(self) -> None:
        self._drawn = time.monotonic()
        with contextlib.suppress(OSError, OutputError):
            write_curves_png(read_curves(self.folder.log), self.folder.curves)

    def _should_stop(self) -> bool:
        self.folder.check_owner()
        return self._wait_while_paused() in (STOP, QUIT) or self._quit

    def _wait_while_paused(self) -> str:
        """What the watcher wants, as soon as it is not a pause."""
        command = self.folder.command()
        if command == PAUSE and not self._quit:
            state, message = self.state.state, self.state.message
            if state == "training" and self._trainer is not None:
                self._trainer.save()
            self._report_state("paused", "")
            while (command := self.folder.command()) == PAUSE and not self._quit:
                time.sleep(0.2)
            if command == RUN:
                self._report_state(state, message)
        return command

    def _on_write_error(self, error: OutputError) -> bool:
        """The checkpoint could not be written: say so and wait; True gives up."""
        self._report_state("disk full", f"{error} Training waits until it can be written.")
        return self._quit or self.folder.command() in (STOP, QUIT)

    def _check_quit(self) -> None:
        """Between two cases of a validation. Raises ``Cancelled`` where the run shall end."""
        if self._quit or self.folder.command() == QUIT:
            raise Cancelled("Stopped.")

    def _check_control(self, stoppable: bool = False) -> None:
        """Between two phantoms or two cases: waits while paused. Raises ``Cancelled`` where the run shall end: when it is
        asked to quit, or ``stoppable``, that is before there are any weights to keep, to stop."""
        command = self._wait_while_paused()
        if self._quit or command == QUIT or (stoppable and command == STOP):
            raise Cancelled("Stopped.")

    @contextlib.contextmanager
    def _explained_system_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = error.filename or self.folder.path
            raise OutputError(f"{place} could not be read or written: {reason_of(error)}") from error

    @contextlib.contextmanager
    def _ending_on_signals(self):
        """The first Ctrl-C or termination ends after the step, with a checkpoint; the second at once."""

        def handle(number: int, frame: object) -> None:
            if self._quit:
                raise KeyboardInterrupt
            self._quit = True

        before = {}
        with contextlib.suppress(ValueError):  # not the main thread: then nobody sends us signals
            for number in (signal.SIGINT, signal.SIGTERM):
                before[number] = signal.signal(number, handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

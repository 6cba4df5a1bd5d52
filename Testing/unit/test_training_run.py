"""Whole runs as the command does them: killed and resumed, paused, stopped, refused, judged, handed on, in two processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.cases import store  # noqa: E402
from IVDSegmentationLib.cli.train import add_arguments  # noqa: E402
from IVDSegmentationLib.cli.train import run as run_command  # noqa: E402
from IVDSegmentationLib.errors import InputError, ModelError, OutputError  # noqa: E402
from IVDSegmentationLib.network.library import export_model, install_model  # noqa: E402
from IVDSegmentationLib.network.weights import available_models, find_model, read_card  # noqa: E402
from IVDSegmentationLib.runs import folder as runfolder  # noqa: E402
from IVDSegmentationLib.runs.curves import read_curves  # noqa: E402
from IVDSegmentationLib.runs.folder import RunFolder  # noqa: E402
from IVDSegmentationLib.runs.plan import TrainingPlan  # noqa: E402
from IVDSegmentationLib.training.checkpoint import load_checkpoint  # noqa: E402
from tiny_training import ADVANCED, command, environment, make_cases, make_model, make_plan, spine  # noqa: E402


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path / "home" / "models"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def cases(tmp_path) -> Path:
    return make_cases(tmp_path / "cases")


def train(plan: TrainingPlan, *options: str) -> int:
    import argparse

    path = Path(plan.folder).with_suffix(".json")
    plan.write(path)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run_command(parser.parse_args([str(path), *options]))


def weights(folder: Path) -> dict:
    return load_checkpoint(folder / "checkpoint.pt")["network"]


def equal(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_a_run_from_settings_to_a_judged_model(tmp_path, cases, home, capsys):
    start = make_model(tmp_path / "start.safetensors")
    plan = make_plan(tmp_path / "run", cases, start_from=str(start), model_name="mine")
    assert train(plan, "--quiet") == 0
    folder = RunFolder(tmp_path / "run")
    state = folder.state()
    assert state.state == "done" and state.step == state.steps == 12 and not folder.is_alive()
    curves = read_curves(folder.log)
    assert curves.of("loss")[0] == list(range(1, 13)) and curves.of("dice")[0] == [0, 6, 12]
    judgement = json.loads(folder.judgement.read_text("utf-8"))
    assert judgement["old"] == "tiny" and judgement["new"] == "mine" and len(judgement["table"]) == 2
    assert judgement["verdict"] and "validation cases" in judgement["verdict"][0]
    assert folder.curves.is_file() and len(list(folder.pictures.glob("validation_*.png"))) == 3
    card = read_card(folder.model)
    assert card.name == "mine" and "ine-tuned from tiny 1 on 2 own cases" in card.training_data

    # used, exported, imported by somebody else, and giving the same result
    assert install_model(folder.model).name == "mine"
    assert "mine" in [c.name for c in available_models()]
    assert train(plan, "--export", str(tmp_path / "gift")) == 0
    assert install_model(tmp_path / "gift.safetensors").name == "mine"  # there already: not put in twice
    os.environ["IVDSEG_MODELS"] = str(tmp_path / "elsewhere")
    assert install_model(tmp_path / "gift.safetensors").sha256 == card.sha256
    from IVDSegmentationLib.segmentation.pipeline import Segmenter

    image = spine(seed=9)[0]
    first, second = (Segmenter(m, "cpu", 1).segment(image) for m in (folder.model, "mine"))
    assert np.array_equal(first.labels.array, second.labels.array)
    assert np.array_equal(first.probability.array, second.probability.array)


@pytest.mark.slow
def test_earlier_cases_are_learned_from_again_and_judged(tmp_path, cases):
    start = make_model(tmp_path / "start.safetensors")
    earlier = make_cases(tmp_path / "earlier", first_seed=10)
    for name, share in (("without", 0.0), ("with", 0.5)):
        plan = make_plan(
            tmp_path / name, cases, {"steps": 2}, start_from=str(start), earlier_cases=[str(earlier)], earlier_share=share
        )
        assert train(plan, "--quiet") == 0
        sets = json.loads(RunFolder(tmp_path / name).judgement.read_text("utf-8"))["sets"]
        assert [len(sets[key]["new"]["cases"]) for key in ("validation cases", "earlier cases")] == [1, 1]
    assert not equal(weights(tmp_path / "without"), weights(tmp_path / "with"))


def test_shares_of_phantoms_and_earlier_cases(tmp_path, cases):
    for shares, groups in (
        ({"earlier_share": 0.5}, {"earlier cases": 0.5}),
        ({"phantom_share": 0.5, "earlier_share": 0.4}, {"phantom": 0.5, "earlier cases": 0.2}),
    ):
        assert make_plan(tmp_path / "run", cases, **shares).config(2, 2).group_shares == groups


def test_an_earlier_case_that_is_judged_by_is_not_learned_from(tmp_path, cases):
    store.add_case(tmp_path / "earlier", store.NewCase(*spine(seed=2)))  # the validation case
    plan = make_plan(tmp_path / "run", cases, earlier_cases=[str(tmp_path / "earlier")])
    with pytest.raises(InputError, match="are the same scan"):
        train(plan, "--quiet")


def test_no_model_is_ever_overwritten(tmp_path, home):
    first = install_model(make_model(tmp_path / "a.safetensors", "same"))
    again = install_model(make_model(tmp_path / "b.safetensors", "same", seed=4))
    assert (first.name, again.name) == ("same", "same-2")
    assert read_card(find_model("same")).sha256 == first.sha256


def test_foreign_and_broken_models_are_refused(tmp_path):
    good = make_model(tmp_path / "good.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(good.read_bytes()[:-100])
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(b"\x80\x04\x95 a pickle")
    changed = tmp_path / "changed.safetensors"
    data = bytearray(good.read_bytes())
    data[-3] ^= 1
    changed.write_bytes(bytes(data))
    for path, words in ((cut, "damaged"), (foreign, "not a model of this extension"), (changed, "checksum")):
        with pytest.raises(ModelError, match=words):
            install_model(path)
    assert not (tmp_path / "home" / "models").exists() or not list((tmp_path / "home" / "models").iterdir())
    with pytest.raises(ModelError):
        export_model(str(changed), tmp_path / "out")


def test_bad_settings_are_refused_in_words(tmp_path, cases):
    for content, words in (
        ('{"casse": []}', "'casse' does not exist"),
        ('{"epochs": "many"}', "has to be a number"),
        ('{"epochs": Infinity}', "'epochs' is inf"),
        ('{"epochs": 0}', "more than 0"),
        ('{"preset": "fast"}', "'preset' is 'fast', but it has to be one of quick, full"),
        ('{"phantom_share": 1.5}', "at most 1"),
        ('{"roles": {"case-001": "boss"}}', "'roles.case-001' is 'boss'"),
        ('{"device": "tpu"}', "'device'"),
        ('{"model_name": "../../x"}', "'model_name'"),
        ('{"network_arguments": {"fine_blocks": 1000000000}}', "at most 1024"),
        ('{"advanced": {"lambda": 1}}', "'advanced.lambda' does not exist"),
        ('{"advanced": {"steps": -5}}', "'advanced.steps' is -5, but it has to be at least 1"),
        ('{"advanced": {"steps": true}}', "has to be a whole number"),
        ('{"advanced": {"full_batch": 0}}', "at least 1"),
        ('{"advanced": {"learning_rate": NaN}}', "finite"),
        ('{"advanced": {"full_patch": [32, 192]}}', "has 2 entries, but it has to have 3"),
        ('{"advanced": {"full_patch": [32, 190, 160]}}', "a multiple of 32"),
        ('{"advanced": {"full_patch": [8, 64, 64]}}', "'advanced.full_fine' is larger"),
        (
            '{"advanced": {"full_patch": [8, 32, 32], "full_fine": [8, 32, 32], "full_batch": 1}}',
            "'advanced.full_batch' is 1 with the smallest patch",
        ),
        ("[1]", "has to be an object"),
        ("{", "not valid JSON"),
    ):
        path = tmp_path / "settings.json"
        path.write_text(content)
        with pytest.raises(InputError, match=words):
            TrainingPlan.read(path)


def test_every_setting_has_its_range():
    from IVDSegmentationLib.runs.config import TrainingConfig
    from IVDSegmentationLib.runs.settings_schema import CONFIG_SCHEMA, PLAN_SCHEMA
    from IVDSegmentationLib.schema import problem

    for kind, schema in ((TrainingConfig, CONFIG_SCHEMA), (TrainingPlan, PLAN_SCHEMA)):
        assert [field.name for field in fields(kind)] == list(schema["properties"])
        assert problem(asdict(kind()), schema) == ""


def test_a_broken_case_is_refused(tmp_path, cases):
    from IVDSegmentationLib.volume.write import write_volume

    image, labels = spine(seed=1)
    write_volume(labels.with_array(labels.array * 0), cases / "case-002" / "labels.nii.gz")
    plan = make_plan(tmp_path / "run", cases)
    with pytest.raises(InputError, match="case-002 cannot be used: No disc is labelled.*Or leave this case out"):
        train(plan, "--quiet")
    assert RunFolder(tmp_path / "run").state().state == "failed"


def test_the_same_patient_on_both_sides_is_refused(tmp_path):
    cases = tmp_path / "cases"
    for seed in (0, 1):
        store.add_case(cases, store.NewCase(*spine(seed=seed), patient="A"))
    store.write_roles(cases, {"case-001": "training", "case-002": "validation"})
    with pytest.raises(InputError, match="same patient is on both sides"):
        train(make_plan(tmp_path / "run", cases), "--quiet")


KILLED_AFTER_THREE_CHECKPOINTS = """
import os, signal
from IVDSegmentationLib.training import loop

save, saved = loop.save_checkpoint, []

def save_and_die(*arguments, **more):
    save(*arguments, **more)
    saved.append(arguments)
    if len(saved) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

loop.save_checkpoint = save_and_die
"""


def start(plan: TrainingPlan, home: Path, stand_in: Path | None = None) -> subprocess.Popen:
    """The training as a process; ``stand_in``: a folder with a ``sitecustomize.py`` that it runs first."""
    path = Path(plan.folder).with_suffix(".json")
    plan.write(path)
    paths = [str(stand_in)] * (stand_in is not None) + [environment(home)["PYTHONPATH"]]
    return subprocess.Popen(command(path, "--quiet"), env=environment(home) | {"PYTHONPATH": os.pathsep.join(paths)})


def wait_until(condition, process: subprocess.Popen, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end and process.poll() is None, process.poll()
        time.sleep(0.05)


@pytest.mark.slow
def test_kill_and_resume_end_where_an_undisturbed_run_ends(tmp_path, cases, home):
    advanced = {"checkpoint_seconds": 0.0, "validate_every": 100}
    whole = make_plan(tmp_path / "whole", cases, advanced)
    assert train(whole, "--quiet") == 0
    plan = make_plan(tmp_path / "killed", cases, advanced)
    folder = RunFolder(tmp_path / "killed")
    (tmp_path / "stand_in").mkdir()
    (tmp_path / "stand_in" / "sitecustomize.py").write_text(KILLED_AFTER_THREE_CHECKPOINTS)
    assert start(plan, home, tmp_path / "stand_in").wait() == -signal.SIGKILL
    assert load_checkpoint(folder.checkpoint)["step"] < ADVANCED["steps"]
    assert folder.state().state == "interrupted"
    assert train(plan, "--quiet") == 0
    assert equal(weights(tmp_path / "whole"), weights(tmp_path / "killed"))
    curves = [read_curves(tmp_path / name / "log.jsonl").of("loss") for name in ("whole", "killed")]
    assert curves[0] == curves[1]


@pytest.mark.slow
def test_pause_quit_and_stop(tmp_path, cases, home):
    plan = make_plan(tmp_path / "run", cases, {"steps": 4000, "validate_every": 2000})
    folder = RunFolder(tmp_path / "run")
    process = start(plan, home)
    wait_until(lambda: (folder.state() or runfolder.RunState()).state == "training", process)
    folder.send(runfolder.PAUSE)
    wait_until(lambda: folder.state().state == "paused", process)
    assert folder.checkpoint.is_file()
    step = folder.state().step
    folder.send(runfolder.RUN)
    wait_until(lambda: folder.state().state == "training" and folder.state().step > step, process)
    with pytest.raises(OutputError, match="running in"):
        train(plan, "--quiet")
    folder.send(runfolder.QUIT)
    assert process.wait(300) == 130 and folder.state().state == "interrupted" and not folder.model.exists()
    reached = load_checkpoint(folder.checkpoint)["step"]
    process = start(plan, home)
    wait_until(lambda: folder.state().state == "training" and folder.state().step > reached, process)
    folder.send(runfolder.STOP)
    assert process.wait(300) == 0
    assert folder.state().state == "stopped" and folder.model.is_file() and folder.judgement.is_file()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="torchrun on Windows has no libuv in every build")
def test_two_processes_do_what_one_does(tmp_path, cases, home):
    """Same curve as one process with the whole batch; the checkpoint of two is resumed by one."""
    advanced = {"validate_every": 100, "full_batch": 4, "slab_batch": 4}
    one = make_plan(tmp_path / "one", cases, advanced | {"steps": 8})
    assert train(one, "--quiet") == 0
    two = make_plan(tmp_path / "two", cases, advanced | {"steps": 8})
    path = tmp_path / "two.json"
    two.write(path)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launch, "-m", "IVDSegmentationLib", "train", str(path), "--quiet"],
        env=environment(home), capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    losses = [np.array(read_curves(tmp_path / n / "log.jsonl").of("loss")[1]) for n in ("one", "two")]
    assert len(losses[0]) == len(losses[1]) == 8
    # Dice is taken over each process's part of the batch, so the values differ a little; the course does not
    assert np.abs(losses[0] - losses[1]).max() < 0.1 * losses[0].mean(), losses
    longer = make_plan(tmp_path / "two", cases, advanced | {"steps": 10})
    assert train(longer, "--quiet") == 0
    assert RunFolder(tmp_path / "two").state().step == 10


@pytest.mark.parametrize("word", [runfolder.STOP, runfolder.QUIT])
def test_a_run_is_paused_and_ended_while_phantoms_are_made(tmp_path, monkeypatch, word):
    """Nothing is trained then: the run can be resumed, and the phantoms made so far are kept."""
    from IVDSegmentationLib.training import run as training_run

    plan = make_plan(tmp_path / "run", tmp_path / "cases", phantom_share=1.0, phantoms=3)
    plan.cases = []
    folder, states = RunFolder(plan.folder), []

    def make_phantoms(_folder, count, progress, _workers):
        folder.send(runfolder.PAUSE)
        progress(1, count)
        folder.send(word)
        progress(2, count)
        pytest.fail("the run went on")

    def report(entry: dict) -> None:
        states.append(entry["state"])
        if entry["state"] == "paused":
            folder.send(runfolder.RUN)

    monkeypatch.setattr(training_run, "training_phantoms", make_phantoms)
    state = training_run.TrainingRun(plan, device="cpu", report=report).run()
    assert state.state == "interrupted"
    assert states == ["preparing", "preparing", "paused", "preparing", "preparing", "interrupted"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("validate_every", [2000, 1])
def test_ctrl_c_ends_in_a_sentence_and_can_be_resumed(tmp_path, cases, home, validate_every):
    """Between two steps, or between two cases of a validation."""
    plan = make_plan(tmp_path / "run", cases, {"steps": 4000, "validate_every": validate_every})
    folder = RunFolder(tmp_path / "run")
    path = tmp_path / "run.json"
    plan.write(path)
    process = subprocess.Popen(command(path), env=environment(home), stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (folder.state() or runfolder.RunState()).step > 2, process)
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=300)
    assert process.returncode == 130 and "Traceback" not in printed
    assert "interrupted: Stopped. Resume goes on from the last checkpoint." in printed
    assert folder.state().state == "interrupted" and not folder.is_alive()


@pytest.mark.slow
def test_a_damaged_checkpoint_is_told_with_the_way_out(tmp_path, cases, home):
    plan = make_plan(tmp_path / "run", cases, {"steps": 2})
    assert train(plan, "--quiet") == 0
    folder = RunFolder(tmp_path / "run")
    data = bytearray(folder.checkpoint.read_bytes())
    data[len(data) // 2] ^= 1
    folder.checkpoint.write_bytes(bytes(data))
    with pytest.raises(InputError, match="checkpoint.pt is damaged .* Start the training anew"):
        train(plan, "--quiet")
    assert folder.state().state == "failed" and folder.state().message.endswith("another folder.")
    assert train(plan, "--quiet", "--restart") == 0


@pytest.mark.slow
def test_a_disk_that_is_full_at_the_end_is_told(tmp_path, cases, home, monkeypatch):
    """The model cannot be written: the checkpoint stays, and the same command finishes the run later."""
    from IVDSegmentationLib.training import run as run_module

    def full(*_):
        raise OutputError("model.safetensors could not be written: the disk is full. Free some space.")

    plan = make_plan(tmp_path / "run", cases, {"steps": 2})
    with monkeypatch.context() as patch, pytest.raises(OutputError, match="the disk is full"):
        patch.setattr(run_module, "save_model", full)
        train(plan, "--quiet")
    folder = RunFolder(tmp_path / "run")
    assert folder.state().state == "failed" and folder.checkpoint.is_file() and not folder.model.exists()
    assert train(plan, "--quiet") == 0 and folder.model.is_file()

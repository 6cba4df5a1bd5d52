"""The mutants: what is broken, where, and which tests have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path("IVDSegmentation") / "IVDSegmentationLib"


@dataclass(frozen=True)
class Mutant:
    """``old`` stands once in ``file`` (below the library) and becomes ``new``; one of ``tests`` (below Testing) must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def _mutant(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, file, old, new, tests)


MUTANTS = (
    # ---- what keeps a training and its files safe
    _mutant(
        "a damaged checkpoint is loaded",
        "training/checkpoint.py",
        "if not fits or hashlib.sha256(content).hexdigest().encode() != digest:",
        "if not fits:",
        "unit/test_training_loop.py",
    ),
    _mutant(
        "any folder is taken for a training",
        "runs/folder.py",
        "        if others:\n",
        "        if False:\n",
        "unit/test_run_folder.py",
    ),
    _mutant(
        "a heartbeat of the future counts",
        "runs/folder.py",
        "silence = abs(time.time() - self._alive.stat().st_mtime)",
        "silence = time.time() - self._alive.stat().st_mtime",
        "unit/test_run_folder.py",
    ),
    _mutant(
        "a training that was taken over goes on writing",
        "runs/folder.py",
        'return self._alive.read_text(encoding="utf-8") == self._token',
        "return True",
        "unit/test_run_folder.py",
    ),
    _mutant(
        "a forked child keeps the folder of a killed parent",
        "locks.py",
        "    for lock in list(_held):\n        lock._close()",
        "    pass",
        "unit/test_run_folder.py",
    ),
    _mutant(
        "the model card is not part of the checksum",
        "network/weights.py",
        'entries["card_sha256"] != _card_checksum(entries)',
        "False",
        "unit/test_weights.py",
    ),
    _mutant(
        "tensors of a model may overlap",
        "network/tensors.py",
        "if low != end or high < low:",
        "if high < low:",
        "unit/test_weights.py",
    ),
    _mutant(
        "a card may hold escape codes",
        "network/weights.py",
        'return _CONTROL.sub("", value)',
        "return value",
        "unit/test_weights.py",
    ),
    _mutant(
        "numbers of a settings file may be infinite",
        "schema.py",
        "if not math.isfinite(value):",
        "if False:",
        "unit/test_training_run.py",
    ),
    _mutant(
        "everybody may read the patients' secret",
        "cases/patients.py",
        "_OWNER_ONLY = 0o600",
        "_OWNER_ONLY = 0o644",
        "unit/test_training_cases.py",
    ),
    _mutant(
        "leftovers of a kill are listed as cases",
        "files/system_errors.py",
        'if not entry.name.startswith(".")',
        "",
        "unit/test_training_cases.py",
    ),
    _mutant(
        "validation scales images twice",
        "training/validation.py",
        "infer_standardised(network, z_score(one.image)",
        "infer_standardised(network, one.image",
        "unit/test_training_augmentation.py",
    ),
    # ---- training
    _mutant(
        "decay of the weight average inverted",
        "training/average.py",
        "get_ema_multi_avg_fn(decay)",
        "get_ema_multi_avg_fn(1 - decay)",
        "unit/test_training_rules.py",
    ),
    _mutant(
        "learning rate never falls",
        "training/loop.py",
        "math.cos(math.pi * min(1.0, done))",
        "math.cos(0.0 * done)",
        "unit/test_training_rules.py",
    ),
    _mutant(
        "non-finite gradients are applied",
        "training/loop.py",
        "elif not finite:",
        "elif False:",
        "unit/test_training_rules.py",
    ),
    _mutant(
        "old and new weights swapped in the interpolation",
        "training/outcome.py",
        "v * share + old[name] * (1 - share)",
        "v * (1 - share) + old[name] * share",
        "unit/test_training_rules.py",
    ),
    _mutant(
        "sign of the log scale in the level loss",
        "training/losses.py",
        "torch.exp(-log_scale) + log_scale",
        "torch.exp(log_scale) - log_scale",
        "unit/test_training_rules.py",
    ),
    _mutant(
        "upper percentile of the intensities 99.8 to 90",
        "network/intensity.py",
        "0.5, 99.8",
        "0.5, 90.0",
        "unit/test_networks.py",
        "unit/test_infer.py",
        "unit/test_training_cases.py",
    ),
    _mutant(
        "percentiles of the intensities 5 to 95",
        "network/intensity.py",
        "0.5, 99.8",
        "5.0, 95.0",
        "unit/test_networks.py",
        "unit/test_infer.py",
        "unit/test_training_cases.py",
    ),
    _mutant(
        "patient's hash without the secret",
        "cases/patients.py",
        "(_secret() + identity.strip().casefold())",
        "(identity.strip().casefold())",
        "unit/test_training_cases.py",
    ),
    # ---- spine
    _mutant(
        "flag 'level uncertain' never set",
        "spine/chain.py",
        "Flag.LEVEL_UNCERTAIN: not disc.is_level_sure",
        "Flag.LEVEL_UNCERTAIN: False",
        "unit/test_spine_chain.py",
    ),
    _mutant(
        "flag 'low probability' never set",
        "spine/chain.py",
        "Flag.LOW_PROBABILITY: disc.probability < LOW_PROBABILITY",
        "Flag.LOW_PROBABILITY: False",
        "unit/test_spine_chain.py",
    ),
    _mutant(
        "flag 'cut off' never set",
        "spine/region.py",
        "(Flag.CUT_OFF, self.is_cut_off)",
        "(Flag.CUT_OFF, False)",
        "unit/test_assemble.py",
    ),
    _mutant(
        "flag 'thin' never set",
        "spine/region.py",
        "(Flag.THIN, self.is_thin)",
        "(Flag.THIN, False)",
        "unit/test_spine_region.py",
    ),
    _mutant(
        "a gap is seen in every step",
        "spine/chain.py",
        "GAP_FACTOR = 1.55",
        "GAP_FACTOR = 0.95",
        "unit/test_spine_chain.py",
        "unit/test_spine_advice.py",
    ),
    _mutant(
        "advice on missing discs left out",
        "spine/advice.py",
        "        elif step.is_long:\n",
        "        elif False:\n",
        "unit/test_spine_advice.py",
    ),
    # ---- segmentation
    _mutant(
        "slivers at the border are kept",
        "segmentation/assemble.py",
        "SLIVER_SHARE = 0.5",
        "SLIVER_SHARE = 0.0",
        "unit/test_assemble.py",
    ),
    _mutant(
        "discs of the sacrum are kept",
        "segmentation/assemble.py",
        "return chain.part(first, len(chain.regions)) if chain.is_known else chain",
        "return chain",
        "unit/test_assemble.py",
    ),
    _mutant(
        "smallest disc volume ignored",
        "segmentation/postprocess.py",
        "if region.voxels >= least:",
        "if True:",
        "unit/test_postprocess.py",
    ),
    # ---- volume
    _mutant(
        "nearest-neighbour way back shifted by a voxel",
        "volume/frame.py",
        "np.rint(at).astype(int)",
        "(np.rint(at).astype(int) + 1)",
        "unit/test_frame.py",
    ),
    _mutant(
        "gaps between DICOM slices tolerated",
        "volume/dicom.py",
        "SPACING_TOLERANCE = 0.05",
        "SPACING_TOLERANCE = 0.9",
        "unit/test_dicom.py",
        "unit/test_dicom_kinds.py",
    ),
    _mutant(
        "contradicting NIfTI spacing tolerated",
        "volume/nifti.py",
        "SPACING_TOLERANCE = 0.01",
        "SPACING_TOLERANCE = 10.0",
        "unit/test_nifti.py",
    ),
    # ---- evaluation and measurement
    _mutant(
        "discs cut by the labelled region count as complete",
        "evaluation/scores.py",
        "COMPLETE_FRACTION = 0.98",
        "COMPLETE_FRACTION = 0.5",
        "unit/test_evaluation.py",
    ),
    _mutant(
        "success distance 2.9 mm",
        "evaluation/summary.py",
        "SUCCESS_MM = 2.0",
        "SUCCESS_MM = 2.9",
        "unit/test_evaluation.py",
    ),
    _mutant(
        "missed discs do not count in the success rate",
        "evaluation/summary.py",
        "for disc in found) / discs if discs else None,\n        dice=",
        "for disc in found) / max(1, len(found)) if discs else None,\n        dice=",
        "unit/test_evaluation.py",
    ),
    _mutant(
        "lordosis with the wrong sign",
        "measurement/discs.py",
        "np.cross(upper, lower) @ left",
        "np.cross(lower, upper) @ left",
        "unit/test_measurement_shape.py",
    ),
    # ---- scene and panels
    _mutant(
        "redo kept after a new edit",
        "scene/history.py",
        "    del history.states[history.present + 1 :]\n",
        "",
        "scene/test_scene_edits.py",
    ),
    _mutant(
        "letters of left and right swapped in the panel",
        "panels/shared/texts.py",
        '_SIDES = (("R", "L"), ("A", "P"), ("I", "S"))',
        '_SIDES = (("L", "R"), ("A", "P"), ("I", "S"))',
        "gui/test_segment_tab.py",
    ),
    _mutant(
        "letters of front and back swapped in the panel",
        "panels/shared/texts.py",
        '("A", "P"), ("I", "S"))',
        '("P", "A"), ("I", "S"))',
        "gui/test_segment_tab.py",
    ),
    _mutant(
        "letters of head and feet swapped in the panel",
        "panels/shared/texts.py",
        '("I", "S"))',
        '("S", "I"))',
        "gui/test_segment_tab.py",
    ),
    _mutant(
        "a placed point is handled inside its event",
        "panels/review/placing.py",
        "self._observers.add(node, node.PointPositionDefinedEvent",
        "self._observers.add_note(node, node.PointPositionDefinedEvent",
        "gui/review/test_review_clicks.py",
    ),
    _mutant(
        "the end of place mode is handled inside its event",
        "panels/review/placing.py",
        "self._observers.add(interaction,",
        "self._observers.add_note(interaction,",
        "gui/review/test_review_clicks.py",
    ),
    _mutant(
        "a dragged centre is handled inside its event",
        "panels/review/node_watch.py",
        "self._observers.add(nodes.centres,",
        "self._observers.add_note(nodes.centres,",
        "gui/review/test_observers.py",
    ),
    _mutant(
        "dragged centres are not looked for",
        "scene/centres.py",
        "np.linalg.norm(known[label] - position) > CENTRE_TOLERANCE_MM",
        "False",
        "gui/review/test_review_corrections.py",
    ),
    _mutant(
        "the selection stays with the label value",
        "panels/review/disc_list.py",
        "            if segment_id == before:",
        "            if segment_id == before and label == 3:",
        "gui/review/test_review_clicks.py",
    ),
    _mutant(
        "a stroke takes back every acceptance",
        "scene/write.py",
        "            if segment_id in changed:\n                set_reviewed",
        "            if True:\n                set_reviewed",
        "scene/test_scene_edits.py",
    ),
    _mutant(
        "a correction takes back every acceptance",
        "scene/write.py",
        "            if outline not in outlines:",
        "            if True:",
        "scene/test_scene_edits.py",
    ),
    _mutant(
        "undo forgets what was accepted",
        "scene/history.py",
        "            if outline in accepted:",
        "            if False:",
        "scene/test_scene_edits.py",
    ),
    _mutant(
        "IDs of points are given out twice after an undo",
        "scene/history.py",
        "        nodes.centres.SetLastUsedControlPointNumber(counted)",
        "        pass",
        "scene/test_scene_edits.py",
    ),
    _mutant(
        "a painted voxel is not noticed",
        "scene/result.py",
        "image.GetMTime() if image is not None else 0",
        "0",
        "scene/test_scene_edits.py",
    ),
    _mutant(
        "edits by hand are lost when another result is shown",
        "panels/review/node_watch.py",
        "                self._left.append(before)",
        "                pass",
        "gui/review/test_review_clicks.py",
    ),
    _mutant(
        "centres of the result before stay unlocked",
        "panels/review/click_modes.py",
        "            self._unlocked.SetLocked(True)",
        "            pass",
        "gui/review/test_review_clicks.py",
    ),
    _mutant(
        "a result that Slicer put at the top stays there",
        "scene/nodes.py",
        "        if parent in (0, top):",
        "        if False:",
        "gui/review/test_review_files.py",
    ),
    _mutant(
        "an error in an observer stays in the log",
        "panels/shared/signal.py",
        "            _report(error, traceback.format_exc())",
        "            pass",
        "gui/review/test_review_clicks.py",
    ),
    # ---- cohort
    _mutant(
        "a crash is not tried again",
        "cohort/run.py",
        "if record.attempts < MOST_ATTEMPTS:",
        "if False:",
        "unit/test_cohort_run.py",
    ),
    _mutant(
        "a full disk fails scan after scan",
        "cohort/run.py",
        "if outcome.is_general or",
        "if False or",
        "unit/test_cohort_run.py",
    ),
    _mutant(
        "excluded scans stay in discs.csv",
        "cohort/tables.py",
        "if record.id not in excluded",
        "if True",
        "unit/test_cohort_state.py",
    ),
    _mutant(
        "the page names folders",
        "cohort/page.py",
        '"id": record.id,',
        '"id": record.source.path,',
        "unit/test_cohort_page.py",
    ),
)

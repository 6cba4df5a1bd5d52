"""Mutants of what learns: networks, cases, trainings and the synthetic scans they learn from."""

from __future__ import annotations

from .mutant import mutant

MUTANTS = (
    # ---- what keeps a training and its files safe
    mutant(
        "a damaged checkpoint is loaded",
        "training/checkpoint.py",
        "if not fits or hashlib.sha256(content).hexdigest().encode() != digest:",
        "if not fits:",
        "unit/test_training_loop.py",
    ),
    mutant(
        "any folder is taken for a training",
        "runs/folder.py",
        "        if others:\n",
        "        if False:\n",
        "unit/test_run_folder.py",
    ),
    mutant(
        "a heartbeat of the future counts",
        "runs/folder.py",
        "silence = abs(time.time() - self._alive.stat().st_mtime)",
        "silence = time.time() - self._alive.stat().st_mtime",
        "unit/test_run_folder.py",
    ),
    mutant(
        "a training that was taken over goes on writing",
        "runs/folder.py",
        'return self._alive.read_text(encoding="utf-8") == self._token',
        "return True",
        "unit/test_run_folder.py",
    ),
    mutant(
        "a forked child keeps the folder of a killed parent",
        "locks.py",
        "    for lock in list(_held):\n        lock._close()",
        "    pass",
        "unit/test_run_folder.py",
    ),
    mutant(
        "the model card is not part of the checksum",
        "network/weights.py",
        'entries["card_sha256"] != _card_checksum(entries)',
        "False",
        "unit/test_weights.py",
    ),
    mutant(
        "tensors of a model may overlap",
        "network/tensors.py",
        "if low != end or high < low:",
        "if high < low:",
        "unit/test_weights.py",
    ),
    mutant(
        "a card may hold escape codes",
        "network/weights.py",
        'return _CONTROL.sub("", value)',
        "return value",
        "unit/test_weights.py",
    ),
    mutant(
        "numbers of a settings file may be infinite",
        "schema.py",
        "if not math.isfinite(value):",
        "if False:",
        "unit/test_training_run.py",
    ),
    mutant(
        "everybody may read the patients' secret",
        "cases/patients.py",
        "_OWNER_ONLY = 0o600",
        "_OWNER_ONLY = 0o644",
        "unit/test_training_cases.py",
    ),
    mutant(
        "leftovers of a kill are listed as cases",
        "files/system_errors.py",
        'if not entry.name.startswith(".")',
        "",
        "unit/test_training_cases.py",
    ),
    mutant(
        "validation scales images twice",
        "training/validation.py",
        "infer_standardised(network, z_score(one.image)",
        "infer_standardised(network, one.image",
        "unit/test_training_augmentation.py",
    ),
    # ---- training
    mutant(
        "decay of the weight average inverted",
        "training/average.py",
        "get_ema_multi_avg_fn(decay)",
        "get_ema_multi_avg_fn(1 - decay)",
        "unit/test_training_rules.py",
    ),
    mutant(
        "learning rate never falls",
        "training/loop.py",
        "math.cos(math.pi * min(1.0, done))",
        "math.cos(0.0 * done)",
        "unit/test_training_rules.py",
    ),
    mutant(
        "non-finite gradients are applied",
        "training/loop.py",
        "elif not finite:",
        "elif False:",
        "unit/test_training_loop.py",
    ),
    mutant(
        "old and new weights swapped in the interpolation",
        "training/outcome.py",
        "v * share + old[name] * (1 - share)",
        "v * (1 - share) + old[name] * share",
        "unit/test_training_rules.py",
    ),
    mutant(
        "sign of the log scale in the level loss",
        "training/losses.py",
        "torch.exp(-log_scale) + log_scale",
        "torch.exp(log_scale) - log_scale",
        "unit/test_training_rules.py",
    ),
    mutant(
        "upper percentile of the intensities 99.8 to 90",
        "network/intensity.py",
        "0.5, 99.8",
        "0.5, 90.0",
        "unit/test_infer.py",
    ),
    mutant(
        "percentiles of the intensities 5 to 95",
        "network/intensity.py",
        "0.5, 99.8",
        "5.0, 95.0",
        "unit/test_infer.py",
    ),
    mutant(
        "patient's hash without the secret",
        "cases/patients.py",
        "(_secret() + identity.strip().casefold())",
        "(identity.strip().casefold())",
        "unit/test_training_cases.py",
    ),
    # ---- cases
    mutant(
        "levels out of order are learned from",
        "cases/checks.py",
        "UNKNOWN_LEVEL not in names and upper.label < lower.label",
        "False",
        "unit/test_training_cases.py",
    ),
    # ---- synthesis
    mutant(
        "discs replaced by a cage are labelled",
        "synthesis/paint_discs.py",
        "    if not disc.removed:\n",
        "    if True:\n",
        "unit/test_synthesis_regions.py",
    ),
    mutant(
        "discs of known size are wedged the other way",
        "synthesis/exact.py",
        "thick = height / 2 - a * slope",
        "thick = height / 2 + a * slope",
        "unit/test_synthesis_shape.py",
    ),
)

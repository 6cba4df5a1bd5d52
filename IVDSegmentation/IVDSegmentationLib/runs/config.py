"""Every setting of a training run, in one file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class TrainingConfig:
    """Sizes are voxels (k, j, i) of the network's frame, 2 x 1.25 x 1.25 mm.

    ``weight_decay`` is the paper's lambda. A batch is that of all processes together. ``freeze_normalisation`` keeps the
    means and variances of batch normalisation as the model had them that is fine-tuned: small batches know less.
    ``freeze_coarse`` trains our network's fine stage alone: outlines get better, where discs are found and how they are named
    stays as it was. ``deformation`` is the strength of rotation, scaling and bending; ``gentle_share`` the part of the patches
    whose appearance varies little. ``group_shares`` says how often each group of cases is drawn; groups that are
    not named share what is left evenly by their number of cases. ``workers``: processes that prepare batches, 0 for a thread,
    None for as many as the cores and the device suggest. ``half_precision`` is bfloat16. A line of the log stands for
    ``log_every`` steps.
    """

    network: str = "discnet"
    steps: int = 6000
    seed: int = 1
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warm_up_steps: int = 150
    average_decay: float = 0.998
    full_patch: tuple[int, int, int] = (32, 192, 160)
    full_fine: tuple[int, int, int] = (32, 128, 96)
    full_batch: int = 4
    slab_patch: tuple[int, int, int] = (16, 192, 160)
    slab_fine: tuple[int, int, int] = (16, 128, 96)
    slab_batch: int = 8
    slab_share: float = 0.35
    freeze_normalisation: bool = False
    freeze_coarse: bool = False
    deformation: float = 1.0
    gentle_share: float = 0.0
    group_shares: dict[str, float] = field(default_factory=dict)
    threads: int = 2
    workers: int | None = None
    device: str = "cpu"
    half_precision: bool = True
    log_every: int = 20
    validate_every: int = 500
    checkpoint_seconds: float = 60.0

"""Augmentations: named, with a probability, from the generator alone; and the grey values that they start from."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.network import intensity  # noqa: E402
from IVDSegmentationLib.training import augmentation as augmentations  # noqa: E402
from IVDSegmentationLib.training.augmentation import OTHER_DAY, OTHER_SCANNER, Augmentation, augmented  # noqa: E402
from IVDSegmentationLib.training.cases import make_case  # noqa: E402
from IVDSegmentationLib.training.validation import Validation  # noqa: E402
from tiny_training import spine  # noqa: E402

KINDS = [kind for kind in Augmentation.__subclasses__() if kind is not augmentations.OneOf]


def ramp() -> torch.Tensor:
    """Every grey value from 0 to 1, rising along i."""
    return torch.linspace(0, 1, 32).expand(8, 24, 32).contiguous()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_keeps_the_shape_and_depends_on_the_generator_alone(kind):
    image = ramp() + 0.1 * torch.rand(8, 24, 32, generator=torch.Generator().manual_seed(0))
    first, again, *others = (kind().apply(image.clone(), np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4))
    assert first.shape == image.shape and bool(torch.isfinite(first).all())
    assert torch.equal(first, again) and not torch.equal(first, image)
    assert kind is augmentations.Inversion or not all(torch.equal(first, other) for other in others)


def test_the_probability_is_that_of_the_augmentation():
    rng = np.random.default_rng(0)
    image = ramp()
    changed = [not torch.equal(augmentations.Inversion(probability=0.25)(image, rng), image) for _ in range(400)]
    assert 70 < sum(changed) < 130


def test_thick_slices_leave_the_plane_alone_and_coarse_pixels_the_slices():
    rng = np.random.default_rng(3)
    slices = torch.arange(8.0)[:, None, None].remainder(2).expand(8, 24, 32)
    thick = augmentations.ThickSlices().apply(slices, rng)
    assert float(thick[1:-1].std()) < 0.5 * float(slices[1:-1].std())
    assert torch.allclose(augmentations.ThickSlices().apply(ramp(), rng), ramp(), atol=1e-6)
    assert torch.allclose(augmentations.CoarsePixels().apply(slices, rng), slices, atol=1e-6)


def test_a_blur_takes_edges_away_and_sharpening_adds_to_them():
    edge = (ramp() > 0.5).float()
    steepest = {
        kind: float(kind().apply(edge, np.random.default_rng(0)).diff(dim=-1).abs().max())
        for kind in (augmentations.Blur, augmentations.Sharpening)
    }
    assert steepest[augmentations.Blur] < 1 < steepest[augmentations.Sharpening]


def test_other_days_keep_the_order_of_the_grey_values():
    image = torch.linspace(0, 1, 8 * 16 * 16).view(8, 16, 16)
    varied = [augmented(image, OTHER_DAY, np.random.default_rng(seed)) for seed in range(5)]
    assert all((one.flatten().diff() > 0).all() and abs(float(one.mean())) < 0.5 for one in varied)
    assert all(0.5 < float(one.std()) < 2 for one in varied)


def test_other_scanners_end_with_what_a_network_is_given():
    varied = [augmented(ramp(), OTHER_SCANNER, np.random.default_rng(seed)) for seed in range(40)]
    means, deviations = ([float(f(one)) for one in varied] for f in (torch.mean, torch.std))
    assert abs(np.mean(means)) < 0.1 and 0.9 < np.mean(deviations) < 1.1


def test_the_scale_is_set_by_all_but_the_brightest_voxels():
    image = np.zeros((20, 40, 40), np.float32)
    image += np.linspace(100, 200, 40)
    image[:, 38:] = 900.0  # 5 % of the voxels: fat next to the coil
    image[0, 0, :10] = 30_000.0  # 0.03 %: an artefact
    values = intensity.scaled(image)
    assert values[5, 38, 0] == pytest.approx(1.0, abs=1e-3)  # kept, as the 99.8th percentile is among them
    assert values.max() == pytest.approx(intensity.CEILING) and values.min() == 0 and (values == 0).mean() < 0.03
    assert intensity.standardised(image).mean() == pytest.approx(0, abs=1e-4)
    assert intensity.standardised(image).std() == pytest.approx(1, abs=1e-3)


def test_training_and_inference_scale_alike(monkeypatch):
    """A case holds what inference would scale; validation does not scale it once more."""
    image, labels = spine()
    case = make_case("spine", "own cases", image, labels.array)
    np.testing.assert_allclose(case.image.numpy(), intensity.scaled(image.array), atol=1e-3)
    seen = []

    def stop(network, values, device):
        seen.append(values)
        raise KeyboardInterrupt

    monkeypatch.setattr("IVDSegmentationLib.training.validation.infer_standardised", stop)
    validate = Validation([case])
    with pytest.raises(KeyboardInterrupt):
        validate(torch.nn.Identity())
    np.testing.assert_allclose(seen[0], intensity.z_score(validate.prepared[0].image), atol=1e-6)

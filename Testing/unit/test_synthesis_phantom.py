"""A phantom is whole, reproducible, and does what its settings ask."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.synthesis import CONTRASTS, PhantomSettings, sample_phantom, synthesize
from IVDSegmentationLib.volume.frame import SAGITTAL_LPS, sagittal_axis_order
from scipy import ndimage

FAST = {"spacing_mm": (1.6, 1.6, 4.0), "fine_mm": 1.6}


@pytest.fixture(scope="module")
def healthy():
    return synthesize(
        3,
        PhantomSettings(
            contrast="T2", kind="healthy", slab=False, top_level=8, sacrum_in_view=True, artefacts=False, **FAST
        ),
    )


def middles(phantom) -> dict[int, np.ndarray]:
    """Centre of each label in LPS millimetres."""
    labels = phantom.labels.array
    values = [v for v in np.unique(labels) if v]
    centres = ndimage.center_of_mass(np.ones(labels.shape), labels, values)
    return {int(v): phantom.labels.lps_of_ijk(np.array(c)[::-1]) for v, c in zip(values, centres)}


def test_same_seed_gives_same_voxels():
    settings = PhantomSettings(slab=True, **FAST)
    one, other = synthesize(11, settings), synthesize(11, settings)
    assert np.array_equal(one.image.array, other.image.array)
    assert np.array_equal(one.labels.array, other.labels.array)
    assert one.description == other.description


def test_other_seed_gives_another_person():
    settings = PhantomSettings(slab=True, **FAST)
    one, other = synthesize(11, settings), synthesize(12, settings)
    assert one.image.array.shape != other.image.array.shape or not np.array_equal(one.image.array, other.image.array)


def test_image_and_labels_share_a_sagittal_grid(healthy):
    assert healthy.image.same_grid(healthy.labels)
    assert np.allclose(healthy.image.direction, SAGITTAL_LPS)
    assert sagittal_axis_order(healthy.image.direction).axes == (0, 1, 2)
    assert healthy.labels.array.dtype == np.uint8
    assert np.isfinite(healthy.image.array).all() and healthy.image.array.std() > 0


def test_levels_stand_in_order_from_the_sacrum(healthy):
    centres = middles(healthy)
    top = max(v for v in centres if v < anatomy.SACRUM_LABEL)
    assert top >= 8
    chain = [anatomy.S1_LABEL]
    for level in range(1, top):
        chain += [level, anatomy.S1_LABEL + level]
    heights = [centres[v][2] for v in chain if v in centres]
    assert heights == sorted(heights), "every label lies above the one before it"
    assert centres[anatomy.SACRUM_LABEL][2] < centres[anatomy.S1_LABEL][2]
    canal = centres[anatomy.CANAL_LABEL]
    assert canal[1] > centres[4][1], "the canal lies behind the discs"


def test_each_disc_is_one_piece(healthy):
    for value in healthy.description["discs_in_view"]:
        _, count = ndimage.label(healthy.labels.array == value, np.ones((3, 3, 3)))
        assert count == 1, f"disc {value}"


def test_bright_csf_and_dark_cortex_in_t2(healthy):
    image, labels = healthy.image.array.astype(float), healthy.labels.array
    csf = np.median(image[labels == anatomy.CANAL_LABEL])
    marrow = np.median(image[(labels > anatomy.S1_LABEL) & (labels < anatomy.CANAL_LABEL)])
    nucleus = max(np.quantile(image[labels == v], 0.9) for v in healthy.description["whole_discs"])
    assert csf > 1.2 * marrow
    assert nucleus > marrow


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_every_contrast(contrast):
    phantom = synthesize(5, PhantomSettings(contrast=contrast, slab=True, **FAST))
    assert phantom.description["contrast"] == contrast
    assert len(phantom.description["discs_in_view"]) >= 5


def test_settings_are_kept():
    phantom = synthesize(
        8, PhantomSettings(spacing_mm=(2.0, 2.0, 3.0), slab=True, sacrum_in_view=False, kind="rare", fine_mm=1.8)
    )
    assert phantom.image.spacing_mm == (2.0, 2.0, 3.0)
    assert phantom.image.size_ijk[2] * 3.0 < 30
    assert phantom.description["kind"] == "rare"
    assert phantom.description["findings"], "a rare spine has a finding"
    assert not phantom.description["sacrum_in_view"]


def test_unknown_wishes_are_refused_in_words():
    with pytest.raises(ValueError, match="choose one of"):
        PhantomSettings(contrast="CT")
    with pytest.raises(ValueError, match="choose one of"):
        PhantomSettings(kind="ill")


def test_sample_shows_the_lumbar_spine_and_the_sacrum():
    phantom = sample_phantom()
    assert phantom.description["sacrum_in_view"]
    assert set(range(1, 8)) <= set(phantom.description["whole_discs"])

"""From the network's output to discs on the input's grid: slivers and sacral discs go, doubts are flagged."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.correction import set_level
from IVDSegmentationLib.measurement import measure_discs
from IVDSegmentationLib.network.classes import COARSE_CLASSES, COARSE_STRIDE
from IVDSegmentationLib.network.outline_levels import OutlineLevels
from IVDSegmentationLib.network.registry import build_network, outline_levels_of
from IVDSegmentationLib.segmentation.assemble import assemble
from IVDSegmentationLib.segmentation.infer import NetworkOutput
from IVDSegmentationLib.segmentation.options import Options
from IVDSegmentationLib.segmentation.result import ModelInfo, SegmentationResult
from IVDSegmentationLib.spine import AdviceCode, Flag, advice_of
from IVDSegmentationLib.volume import NetworkFrame, Volume
from known_disc import SAGITTAL
from scipy.ndimage import gaussian_filter

SHAPE = (32, 160, 64)
"""k, j, i of a volume of 64 x 200 x 80 mm at the network's own spacing, so that nothing is resampled."""
MIDDLE_MM = (32.0, 40.0)
STEP_MM = 34.0


def scan(spacing=(1.25, 1.25, 2.0), shape=SHAPE) -> Volume:
    return Volume(np.zeros(shape, np.float32), spacing, (3.0, -4.0, 50.0), SAGITTAL)


def blob(image: Volume, j_mm: float, height_mm: float = 9.0, peak: float = 0.98) -> np.ndarray:
    """Disc probability around a place along the spine, counted from the top."""
    k, j, i = (np.indices(image.array.shape).T * image.spacing_mm[::-1]).T
    radius = np.sqrt(((k - MIDDLE_MM[0]) / 20) ** 2 + ((j - j_mm) / (height_mm / 2)) ** 2 + ((i - MIDDLE_MM[1]) / 16) ** 2)
    return peak / (1 + np.exp(np.minimum(12 * (radius - 1), 50)))


def output_of(image: Volume, discs: np.ndarray, lowest: int = 1, heights_mm=(), sure: float = 1.0) -> NetworkOutput:
    """What a network says that knows the levels: the lowest place of ``heights_mm`` is disc ``lowest`` from the sacrum."""
    coarse_shape = tuple(-(-n // s) for n, s in zip(image.array.shape, COARSE_STRIDE))
    coarse = np.full((len(COARSE_CLASSES), *coarse_shape), 0.01, np.float32)
    level = np.zeros(coarse_shape, np.float32)
    j_mm = (np.arange(coarse_shape[1]) + 0.5) * COARSE_STRIDE[1] * image.spacing_mm[1]
    for row, at in enumerate(j_mm):
        nearest = int(np.argmin([abs(at - height) for height in heights_mm]))
        index = lowest + nearest
        coarse[2 if index == 1 else 1, :, row] = sure
        level[:, row] = index
    scale = np.full(coarse_shape, 0.3 / sure, np.float32)
    disc = discs.astype(np.float32)
    return NetworkOutput(disc, np.zeros_like(disc), coarse / coarse.sum(0), level, scale)


def assembled(discs, lowest: int = 1, image: Volume | None = None, **options):
    """``discs``: (place in mm, height in mm, peak probability) from below."""
    image = scan() if image is None else image
    frame = NetworkFrame.of(image)
    network_image = frame.to_network()
    probability = np.max([blob(network_image, *disc) for disc in discs], axis=0)
    output = output_of(network_image, probability, lowest, [disc[0] for disc in discs])
    labels, found, _, notes = assemble(frame, network_image, output, Options(**options), 1.0)
    assert set(np.unique(labels.array)) - {0} == {disc.label for disc in found} and labels.same_grid(image)
    return found, notes


WHOLE = [(168.0, 9.0, 0.98), (134.0, 9.0, 0.98), (100.0, 9.0, 0.98), (66.0, 9.0, 0.98)]


def test_clear_discs_have_their_level_and_no_flag():
    found, notes = assembled(WHOLE)
    assert [disc.level for disc in found] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3"] and not notes
    assert all(disc.flags == () and disc.confidence > 0.95 for disc in found)


@pytest.mark.parametrize(
    "disc, flag",
    [((66.0, 9.0, 0.8), Flag.LOW_PROBABILITY), ((66.0, 3.4, 0.995), Flag.THIN), ((1.5, 9.0, 0.98), Flag.CUT_OFF)],
    ids=str,
)
def test_a_doubtful_disc_is_flagged(disc, flag):
    found, _ = assembled([*WHOLE[:3], disc], minimum_volume_mm3=100.0)
    assert len(found) == 4 and flag in found[-1].flags
    assert not any(flag in other.flags for other in found[:-1])


def test_levels_that_are_not_sure_are_told_and_unknown_ones_are_not_named():
    image = scan()
    frame = NetworkFrame.of(image)
    probability = np.max([blob(image, *disc) for disc in WHOLE], axis=0)
    heights = [disc[0] for disc in WHOLE]
    output = output_of(image, probability, 1, heights)
    doubtful = {}
    for temperature in (1.0, 6.0, 60.0):
        _, found, *_ = assemble(frame, frame.to_network(), output, Options(), temperature)
        assert not any(Flag.LEVEL_UNCERTAIN in disc.flags for disc in found), "it holds for all: advice says it"
        doubtful[temperature] = {(disc.level, disc.confidence > 0) for disc in found}, [one.code for one in advice_of(found)]
    assert AdviceCode.LEVELS_UNCERTAIN not in doubtful[1.0][1]
    assert doubtful[60.0] == ({("unknown", False)}, [AdviceCode.NO_LEVELS])
    assert AdviceCode.LEVELS_UNCERTAIN in doubtful[6.0][1]


def test_a_sliver_at_the_border_is_left_out_and_told():
    found, notes = assembled([*WHOLE[:3], (-2.0, 9.0, 0.995)], minimum_volume_mm3=100.0)
    assert [disc.level for disc in found] == ["L5-S1", "L4-L5", "L3-L4"]
    assert len(notes) == 1 and "upper border" in notes[0]
    found, notes = assembled([(201.5, 9.0, 0.995), *WHOLE], lowest=1, minimum_volume_mm3=100.0)
    assert [disc.level for disc in found] == ["L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    assert len(notes) == 1 and "lower border" in notes[0]


def test_a_disc_of_the_sacrum_is_left_out():
    found, _ = assembled(WHOLE, lowest=0)
    assert [disc.level for disc in found] == ["L5-S1", "L4-L5", "L3-L4"]


def test_nothing_found_is_an_empty_result():
    image = scan()
    frame = NetworkFrame.of(image)
    output = NetworkOutput(np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32))
    labels, found, probability, notes = assemble(frame, image, output, Options(), 1.0)
    assert not labels.array.any() and found == () and notes == [] and probability.array.shape == SHAPE


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 4.4), (1.25, 1.25, 2.0)], ids=str)
def test_discs_lie_where_the_network_saw_them_on_any_grid(spacing):
    """Also two discs a few voxels apart: each voxel belongs to the disc that is nearest."""
    shape = tuple(round(n * s / t) for n, s, t in zip(SHAPE, (2.0, 1.25, 1.25), spacing[::-1]))
    image = scan(spacing, shape)
    found, _ = assembled([(120.0, 9.0, 0.98), (104.0, 9.0, 0.98), (70.0, 9.0, 0.98)], image=image)
    places = [(image.ijk_of_lps(disc.centre_mm_lps) * spacing)[1] for disc in found]
    offset = (1.25 - spacing[1]) / 2  # both grids share their centre
    np.testing.assert_allclose(places, np.array([120.0, 104.0, 70.0]) + offset, atol=0.6)
    ellipsoid_mm3 = 4 / 3 * np.pi * 20 * 4.5 * 16
    np.testing.assert_allclose([disc.volume_mm3 for disc in found], ellipsoid_mm3, rtol=0.06)


def test_advice_of_a_run_goes_as_soon_as_it_was_followed():
    """Fault of version 0.1: after all discs were named the reader was still told to name one."""
    image = scan()
    frame = NetworkFrame.of(image)
    probability = np.max([blob(image, *disc) for disc in WHOLE], axis=0)
    output = output_of(image, probability, 1, [disc[0] for disc in WHOLE], sure=1.0)
    labels, found, kept, notes = assemble(frame, image, output, Options(), 60.0)
    result = SegmentationResult(labels, found, kept, ModelInfo("m", "1", "0"), "cpu", 1, notes=tuple(notes))
    assert [advice.code for advice in result.advice] == [AdviceCode.NO_LEVELS] and len(result.warnings) == 1
    named = set_level(result, result.discs[0].label, "L5-S1")
    assert [disc.level for disc in named.discs] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3"] and named.warnings == ()
    assert all(disc.flags == (Flag.EDITED,) for disc in named.discs)


def test_a_slab_is_said_once_and_a_disc_is_cut_off_on_its_own(monkeypatch):
    """A volume of 20 mm cuts every disc at its sides; one of 64 mm that a disc leaves at the top cuts that one."""
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "MIDDLE_MM", (9.0, 40.0))
        found, notes = assembled(WHOLE, image=scan(shape=(10, *SHAPE[1:])))
    assert len(found) == 4 and not any(Flag.CUT_OFF in disc.flags for disc in found)
    assert len(notes) == 1 and notes[0].startswith("The slab shows the middle 20 mm of each disc:")
    found, notes = assembled([*WHOLE[:3], (1.5, 9.0, 0.98)], minimum_volume_mm3=100.0)
    assert [Flag.CUT_OFF in disc.flags for disc in found] == [False, False, False, True] and not notes


def test_outlines_run_where_the_model_is_calibrated_and_corrections_follow():
    image = scan()
    frame = NetworkFrame.of(image)
    soft = gaussian_filter(np.max([blob(image, *disc) for disc in WHOLE], axis=0), 1.0)
    output = output_of(image, soft, 1, [disc[0] for disc in WHOLE])
    volumes = []
    for level, threshold in ((0.5, 0.5), (0.65, 0.5), (0.5, 0.65)):
        levels = OutlineLevels(level, level, level)
        labels, found, kept, _ = assemble(frame, frame.to_network(), output, Options(threshold=threshold), 1.0, levels)
        volumes.append(sum(disc.volume_mm3 for disc in found))
        assert threshold > 0.5 or (np.mean((kept.array > 0.5) == (labels.array > 0)) > 0.999), "corrections see this border"
    assert volumes[1] < 0.97 * volumes[0], "the border lies further inside"
    assert volumes[2] == pytest.approx(volumes[1], rel=0.01), "a threshold moves it in the same way"
    assert outline_levels_of(build_network("discnet")).plates > 0.5 > outline_levels_of(build_network("discnet")).sides
    assert outline_levels_of(build_network("fcn3d")) == OutlineLevels(0.5, 0.5, 0.5)


LEVELS = OutlineLevels(plates=0.7, front_and_back=0.4, sides=0.3)


def tilted(image: Volume, tilt_deg: float) -> tuple[Volume, np.ndarray]:
    """A tilted disc of 10 x 36 x 44 mm with blunt rims, and the probability of a network that sees each of its
    sides at another level of ``LEVELS``; a millimetre is 2 of log-odds."""
    k, j, i = (np.indices(image.array.shape).T * image.spacing_mm[::-1]).T
    a = np.radians(tilt_deg)
    j, i = j - 100.0, i - MIDDLE_MM[1]
    along = (k - MIDDLE_MM[0], np.cos(a) * j + np.sin(a) * i, np.cos(a) * i - np.sin(a) * j)
    radii = (22.0, 5.0, 18.0)
    radius = sum((x / r) ** 4 for x, r in zip(along, radii)) ** 0.25 + 1e-6
    gradient = np.stack([(x / r / radius) ** 3 / r for x, r in zip(along, radii)])
    length = np.linalg.norm(gradient, axis=0)
    normal = gradient / np.maximum(length, 1e-6)
    logits = [np.log(p / (1 - p)) for p in (LEVELS.sides, LEVELS.plates, LEVELS.front_and_back)]
    odds = np.einsum("n,nkji->kji", logits, normal**2) - 2.0 * (radius - 1) / np.maximum(length, 1e-6)
    return image.with_array((radius < 1).astype(np.uint8)), 1 / (1 + np.exp(np.clip(-odds, -50, 50)))


@pytest.mark.parametrize("tilt_deg", [54.0, 35.0, -20.0])
def test_height_and_widths_of_a_tilted_disc_are_right_at_the_same_time(tilt_deg):
    """With one level on the whole border, the one that is right for the height makes the disc too narrow."""
    image = scan()
    truth, probability = tilted(image, tilt_deg)
    (true,) = measure_discs(truth)
    frame = NetworkFrame.of(image)
    output = output_of(image, probability, 1, [100.0])
    errors = {}
    for levels in (LEVELS, OutlineLevels(0.7, 0.7, 0.7), OutlineLevels(0.4, 0.4, 0.4)):
        labels, *_ = assemble(frame, frame.to_network(), output, Options(), 1.0, levels)
        (found,) = measure_discs(labels)
        keys = ("middle_height_mm", "depth_mm", "width_mm")
        errors[levels] = [getattr(found, key) - getattr(true, key) for key in keys]
    assert np.abs(errors[LEVELS]).max() < 0.2
    assert errors[OutlineLevels(0.7, 0.7, 0.7)][1] < -0.5, "too narrow where the height is right"
    assert errors[OutlineLevels(0.4, 0.4, 0.4)][0] > 1.0, "too high where the width is right"


@pytest.mark.parametrize("count, said", [(23, True), (24, False), (25, True), (None, False)])
def test_another_number_of_vertebrae_than_24_is_said(monkeypatch, count, said):
    monkeypatch.setattr("IVDSegmentationLib.segmentation.assemble.counted_vertebrae", lambda *found: count)
    _, notes = assembled(WHOLE)
    assert len(notes) == said and all(note.startswith(f"{count} vertebrae were counted between skull") for note in notes)

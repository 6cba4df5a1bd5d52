"""DICOM SEG, written by our own codes and read back by highdicom: segments, codes of CID 7604, geometry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import CATEGORY_CODE, code_of_label
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.volume import Volume
from sample_files import SAGITTAL, image_of, result_of, rotation, spine, write_dicom

highdicom = pytest.importorskip("highdicom")
pydicom = pytest.importorskip("pydicom")

FRAME_OF_REFERENCE = "1.2.3.4.5.6"


def source_files(folder: Path, volume: Volume) -> list[Path]:
    """A DICOM series with the attributes that every scanner writes."""
    write_dicom(folder, volume)
    files = sorted(folder.iterdir())
    for file in files:
        dataset = pydicom.dcmread(file)
        dataset.FrameOfReferenceUID = FRAME_OF_REFERENCE
        dataset.PatientName, dataset.PatientID = "Doe^Jane", "4711"
        dataset.save_as(file)
    return files


@pytest.fixture
def labels() -> Volume:
    """Four discs on an oblique grid; 51 has no level."""
    return spine((1, 2, 10, 51), direction=rotation((4, -7, 11)) @ SAGITTAL)


def test_segments_codes_and_geometry_come_back(tmp_path, labels):
    from IVDSegmentationLib.output.dicom_seg import write_dicom_seg

    result = result_of(labels)
    edited = replace(result.discs[1], flags=("edited",))
    result = replace(result, discs=(result.discs[0], edited, *result.discs[2:]))
    files = source_files(tmp_path / "series", image_of(labels))
    seg = highdicom.seg.segread(write_dicom_seg(result, files, tmp_path / "discs.dcm", "T2 discs"))

    described = [seg.get_segment_description(n) for n in seg.segment_numbers]
    assert [one.segment_label for one in described] == ["L5-S1", "L4-L5", "T8-T9", "unknown 1"]
    types = [one.segmented_property_type for one in described]
    assert [(t.scheme_designator, t.value, t.meaning) for t in types] == [code_of_label(d.label) for d in result.discs]
    assert [t.value for t in types] == ["715056000", "84020006", "9188009", "360499006"]
    known = pydicom.sr.codedict.codes.cid7604
    assert {t.value for t in types[:3]} <= {getattr(known, name).value for name in known.dir()}
    assert {one.segmented_property_category.value for one in described} == {CATEGORY_CODE[1]}
    assert [str(one.algorithm_type.value) for one in described] == ["AUTOMATIC", "SEMIAUTOMATIC", "AUTOMATIC", "AUTOMATIC"]

    assert (seg.Modality, seg.PatientID, seg.SeriesNumber, seg.SeriesDescription) == ("SEG", "4711", 101, "T2 discs")
    assert seg.FrameOfReferenceUID == FRAME_OF_REFERENCE
    sources = {pydicom.dcmread(file).SOPInstanceUID for file in files}
    referenced = {instance for _study, _series, instance in seg.get_source_image_uids()}
    assert referenced and referenced <= sources

    read = seg.get_volume(combine_segments=True)
    for number, disc in enumerate(result.discs, start=1):
        found = np.argwhere(np.asarray(read.array) == number)
        indices = labels.ijk_of_lps(found @ read.affine[:3, :3].T + read.affine[:3, 3])
        assert np.abs(indices - indices.round()).max() < 1e-3, "voxels lie on the grid of the label map"
        again = np.zeros(labels.array.shape, bool)
        again[tuple(indices.round().astype(int).T[::-1])] = True
        assert np.array_equal(again, labels.array == disc.label), disc.level


def test_what_cannot_be_exported_is_refused(tmp_path, labels):
    from IVDSegmentationLib.output.dicom_seg import write_dicom_seg

    result = result_of(labels)
    with pytest.raises(InputError, match="no disc to export"):
        write_dicom_seg(replace(result, discs=()), [], tmp_path / "discs.dcm")
    with pytest.raises(InputError, match="were not found"):
        write_dicom_seg(result, [], tmp_path / "discs.dcm")
    (tmp_path / "broken.dcm").write_bytes(b"not DICOM")
    with pytest.raises(InputError, match="cannot be read"):
        write_dicom_seg(result, [tmp_path / "broken.dcm"], tmp_path / "discs.dcm")
    write_dicom(tmp_path / "bare", image_of(labels))
    with pytest.raises(OutputError, match="Frame Of Reference"):
        write_dicom_seg(result, sorted((tmp_path / "bare").iterdir()), tmp_path / "discs.dcm")
    assert not (tmp_path / "discs.dcm").exists()

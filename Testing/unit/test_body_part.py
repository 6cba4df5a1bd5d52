"""The body part that a file's header names: read, kept with the result, and held against what was found."""

from __future__ import annotations

import json

import numpy as np
import pytest
from dicom_files import classic, enhanced, frames_of_volume, scan
from IVDSegmentationLib.cohort.doubt import doubt_of, message_of
from IVDSegmentationLib.output.report import make_report
from IVDSegmentationLib.segmentation.result import SegmentationResult, arguments_of_run
from IVDSegmentationLib.spine import Disc, disagreement
from IVDSegmentationLib.volume.body_part import body_parts_of
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.volume.write import write_volume
from IVDSegmentationLib.worker.transfer import load_volume, save_volume
from known_result import spine_scan


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ("KNEE; Kniegelenk re.; IRM GENOU; RM rodilla; 膝関節", ["knee"]),
        ("BRAIN; MRT Schädel; cerveau; head; 头颅MRI", ["head"]),
        ("CSPINE; MR C-Spine w/o; HWS nativ; rachis cervical; Colonna_cervicale; CWK; 頸椎MRI", ["cervical spine"]),
        ("TSPINE; MRI T-SPINE; BWS; rachis dorsal; columna dorsal; thoracic spine", ["thoracic spine"]),
        ("LSPINE; Lendenwirbelsäule; rachis lombaire; L SPINE; LSSPINE; lumbosacral spine; 腰椎", ["lumbar spine"]),
        ("BREAST; mamma bds.", ["breast"]),
        ("shoulder L; SCHULTER; épaule", ["shoulder"]),
        ("MR Abdomen", ["abdomen"]),
        ("PELVIS; Becken", ["pelvis"]),
        ("SPINE; whole spine; GANZE WIRBELSÄULE; t2_tse_sag; head first supine; CT Spine; ", []),
    ],
)
def test_words_of_headers(texts, named):
    for text in texts.split(";"):
        assert list(body_parts_of([text])) == named, text


def test_several_texts_add_up_and_spine_alone_takes_back_what_is_none():
    assert body_parts_of(["SPINE", "MRI cervical spine"]) == ("cervical spine",)
    assert body_parts_of(["SPINE", "MRI knee"]) == ()
    assert body_parts_of(["LSPINE", "MRI cervical spine"]) == ("cervical spine", "lumbar spine")
    assert body_parts_of(["thoracolumbar"]) == ("thoracic spine", "lumbar spine")


def discs(*labels: int) -> list[Disc]:
    return [Disc(label, (0.0, 0.0, 30.0 * n), 5000.0, 0.99) for n, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("labels", "parts", "said"),
    [
        ((1, 2, 3), ("knee",), "'knee', but discs were found"),
        ((51, 52), ("shoulder",), "'shoulder', but discs were found"),
        ((1, 2, 3), ("cervical spine",), "'cervical spine', but the levels found are L5-S1 to L3-L4"),
        ((20, 21), ("lumbar spine", "pelvis"), "'lumbar spine, pelvis', but the levels found are C5-C6 to C4-C5"),
        ((1, 2), ("head",), "'head', but the levels found are"),
        ((), ("lumbar spine",), "no spine was found"),
        ((), ("knee",), ""),
        ((), (), ""),
        ((1, 2, 3), (), ""),
        ((1, 2, 3), ("lumbar spine",), ""),
        ((1, 2, 3), ("abdomen",), ""),
        ((1, 2, 3), ("cervical spine", "lumbar spine"), ""),
        ((6,), ("thoracic spine",), ""),
        ((51, 52), ("cervical spine",), ""),
        ((22, 23), ("head",), ""),
    ],
)
def test_it_is_said_where_header_and_discs_disagree(labels, parts, said):
    sentence = disagreement(discs(*labels), parts)
    assert said in sentence and bool(sentence) == bool(said)


def test_classic_dicom(tmp_path):
    classic(tmp_path / "a", scan(), BodyPartExamined="KNEE")
    classic(tmp_path / "b", scan(), StudyDescription="MRT HWS nativ")
    classic(tmp_path / "c", scan(), BodyPartExamined="SPINE")
    assert [read_volume(tmp_path / name).body_parts for name in "abc"] == [("knee",), ("cervical spine",), ()]


def test_enhanced_dicom_by_its_anatomic_region(tmp_path):
    from pydicom.dataset import Dataset

    def change(dataset):
        region, anatomy, shared = Dataset(), Dataset(), Dataset()
        region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "122494006", "SCT", "Cervical spine"
        anatomy.AnatomicRegionSequence = [region]
        shared.FrameAnatomySequence = [anatomy]
        dataset.SharedFunctionalGroupsSequence = [shared]

    enhanced(tmp_path / "one.dcm", frames_of_volume(scan()), change=change)
    assert read_volume(tmp_path / "one.dcm").body_parts == ("cervical spine",)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (json.dumps({"BodyPartExamined": "LSPINE", "ProtocolName": 3}), ("lumbar spine",)),
        (json.dumps(["KNEE"]), ()),
        ("{not json", ()),
    ],
)
def test_the_json_file_beside_a_nifti_image(tmp_path, content, named):
    write_volume(scan(), tmp_path / "image.nii.gz")
    assert read_volume(tmp_path / "image.nii.gz").body_parts == ()
    (tmp_path / "image.json").write_text(content, encoding="utf-8")
    assert read_volume(tmp_path / "image.nii.gz").body_parts == named


def with_header(*parts: str) -> SegmentationResult:
    result, _ = spine_scan()
    record = json.loads(json.dumps({**result.run_record(), "body_parts": parts}))
    return SegmentationResult(result.labels, result.discs, result.probability, **arguments_of_run(record))


def test_the_report_says_it_and_a_cohort_shows_such_scans_first():
    report = make_report(with_header("knee"), "", "", 0.0, 0.0)
    assert report["body_parts"] == ["knee"]
    assert report["header_disagrees"] in report["warnings"] and "'knee'" in report["header_disagrees"]
    assert doubt_of(report) == 1.0 and message_of(report) == report["header_disagrees"]
    agrees = make_report(with_header("lumbar spine"), "", "", 0.0, 0.0)
    assert agrees["header_disagrees"] == "" and doubt_of(agrees) < 1.0 and message_of(agrees) == ""


def test_it_is_said_of_the_discs_as_they_are():
    result = with_header("cervical spine")
    assert result.header_disagrees
    assert not result.with_discs(result.labels, discs(21, 22)).header_disagrees


def test_the_worker_gets_it_with_the_volume(tmp_path):
    from dataclasses import replace

    volume = replace(scan(), body_parts=("knee",))
    save_volume(tmp_path, "input", volume)
    loaded = load_volume(tmp_path, "input")
    assert loaded.body_parts == ("knee",) and np.array_equal(loaded.array, volume.array)

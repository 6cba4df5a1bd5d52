"""The command line from its arguments to its files, words and exit codes. The network is replaced by a threshold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.cli import main
from IVDSegmentationLib.cli.exit_codes import worst
from IVDSegmentationLib.cli.main import VERBS
from IVDSegmentationLib.cli.names import expand_inputs, output_names
from IVDSegmentationLib.errors import InputError, ModelError
from IVDSegmentationLib.output import OUTPUT_NAMES
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.checks import check_volume
from IVDSegmentationLib.volume.image import image_of_volume
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import DISC_VALUE, image_of, result_of, spine, write_dicom
from scipy import ndimage

LIBRARY = Path(__file__).resolve().parents[2] / "IVDSegmentation"


class ThresholdSegmenter:
    """Finds what is as bright as the discs of ``image_of``, names it from below."""

    made: list[tuple] = []

    def __init__(self, model="default", device="auto", threads=None) -> None:
        if model == "missing":
            raise ModelError("There is no model named 'missing'. Available: none.")
        self.made.append((model, device, threads))

    def segment(self, volume, options=None, progress=None, cancelled=None):
        warnings = check_volume(volume)
        if progress:
            for stage in ("prepare", "network", "postprocess"):
                progress(stage, 0.5)
        if volume.array.max() > 5000:
            raise ZeroDivisionError("a bug")
        if volume.array.max() > 4000:
            raise KeyboardInterrupt
        parts, count = ndimage.label(volume.array == DISC_VALUE)
        order = sorted(range(1, count + 1), key=lambda n: volume.lps_of_ijk(np.argwhere(parts == n).mean(0)[::-1])[2])
        labels = np.zeros(volume.array.shape, np.uint8)
        for label, part in enumerate(order, 1):
            labels[parts == part] = label
        return result_of(volume.with_array(labels), notes=warnings)


@pytest.fixture(autouse=True)
def segmenter(monkeypatch):
    monkeypatch.setattr("IVDSegmentationLib.segmentation.pipeline.Segmenter", ThresholdSegmenter)
    ThresholdSegmenter.made = []
    return ThresholdSegmenter


@pytest.fixture
def scan(tmp_path) -> Path:
    write_volume(image_of(spine()), tmp_path / "scan.nii.gz")
    return tmp_path / "scan.nii.gz"


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "results"


def write_empty_scan(path: Path) -> Path:
    labels = spine()
    write_volume(labels.with_array(np.random.default_rng(0).integers(0, 200, labels.array.shape).astype(np.int16)), path)
    return path


def test_one_scan_gives_its_files_a_table_and_progress(scan, out, capsys):
    assert main(["segment", str(scan), "--output", str(out)]) == 0
    assert sorted(one.name for one in (out / "scan").iterdir()) == sorted(OUTPUT_NAMES)
    assert read_volume(out / "scan" / "labels.nii.gz").same_grid(read_volume(scan))
    report = json.loads((out / "scan" / "report.json").read_text(encoding="utf-8"))
    assert report["input"] == scan.name
    assert report["seconds"]["read"] > 0
    told = capsys.readouterr()
    assert "4 discs: look at L3-L4" in told.out and str(out / "scan") in told.out
    assert "L5-S1" in told.out and "very thin" in told.out
    assert "finding discs" in told.err and "writing" in told.err


def test_the_report_holds_no_folder_of_the_input_unless_asked(scan, out, tmp_path):
    assert main(["segment", str(scan), "-o", str(out), "-q"]) == 0
    assert tmp_path.name not in (out / "scan" / "report.json").read_text(encoding="utf-8")
    assert main(["segment", str(scan), "-o", str(out), "-q", "--full-paths"]) == 0
    assert json.loads((out / "scan" / "report.json").read_text(encoding="utf-8"))["input"] == str(scan)


def test_a_loop_over_inputs_of_one_name_keeps_every_result(scan, out, tmp_path, capsys):
    inputs = [tmp_path / exam / "t2.nii.gz" for exam in ("exam1", "exam2", "exam3")]
    for number, path in enumerate(inputs):
        path.parent.mkdir()
        write_volume(image_of(spine(tuple(range(1, 2 + number)))), path)
    for _ in range(2):  # the second round replaces each result by its own
        for path in inputs:
            assert main(["segment", str(path), "-o", str(out)]) == 0
    assert sorted(one.name for one in out.iterdir()) == ["exam2_t2", "exam3_t2", "t2"]
    for folder, count in (("t2", 1), ("exam2_t2", 2), ("exam3_t2", 3)):
        assert len(json.loads((out / folder / "report.json").read_text())["discs"]) == count
    assert "t2 holds the results of another input" in capsys.readouterr().err
    assert main(["segment", str(inputs[1]), "-o", str(out), "--json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["folder"] == str(out / "exam2_t2")


def test_quiet_prints_nothing(scan, out, capsys):
    assert main(["segment", str(scan), "-o", str(out), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_json_is_all_that_goes_to_stdout(scan, out, capsys):
    assert main(["segment", str(scan), "nothing.nii", "-o", str(out), "--json", "-q"]) == 2
    told = capsys.readouterr()
    done, failed = json.loads(told.out)
    assert [disc["level"] for disc in done["discs"]] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3"]
    assert failed["input"] == "nothing.nii" and "does not exist" in failed["error"]
    assert told.err == "ivdseg: nothing.nii does not exist. Check the path.\n"


def test_model_device_and_threads_are_passed_on_and_the_model_is_loaded_once(scan, out, segmenter):
    arguments = ["--model", "mine", "--device", "cpu", "--threads", "3"]
    assert main(["segment", str(scan), str(scan), "-o", str(out), *arguments]) == 0
    assert segmenter.made == [("mine", "cpu", 3)]


def test_a_bad_input_does_not_stop_the_rest(scan, out, tmp_path, capsys):
    (tmp_path / "broken.nrrd").write_text("no")
    write_volume(Volume(np.zeros((9, 99, 99), np.uint8)), tmp_path / "empty.nii")
    inputs = [tmp_path / "broken.nrrd", tmp_path / "empty.nii", scan]
    assert main(["segment", *map(str, inputs), "-o", str(out)]) == 2
    told = capsys.readouterr().err
    assert "broken.nrrd is not a volume that can be read" in told
    assert f"ivdseg: {tmp_path / 'empty.nii'}: All voxels have the same value (0)" in told
    assert "Traceback" not in told
    assert [one.name for one in out.iterdir()] == ["scan"]


def test_no_disc_is_an_outcome_of_its_own(scan, out, tmp_path, capsys):
    nothing = write_empty_scan(tmp_path / "nothing.nii.gz")
    assert main(["segment", str(nothing), "-o", str(out)]) == 3
    assert "No spine was found in this volume." in capsys.readouterr().err
    assert (out / "nothing" / "preview.png").is_file()
    assert main(["segment", str(nothing), str(scan), "-o", str(out)]) == 3
    assert main(["segment", str(nothing), "gone.nii", "-o", str(out)]) == 2


def test_the_worst_exit_code():
    assert worst([0, 0]) == 0
    assert worst([0, 3]) == 3
    assert worst([3, 2, 0]) == 2
    assert worst([2, 1]) == 1


def test_frames_and_series_are_chosen(out, tmp_path, capsys):
    volume = image_of(spine((1, 2)))
    other = volume.with_array(volume.array[:, ::-1].copy())
    sitk.WriteImage(sitk.JoinSeries([image_of_volume(volume), image_of_volume(other)]), str(tmp_path / "moving.nrrd"))
    assert main(["segment", str(tmp_path / "moving.nrrd"), "-o", str(out)]) == 2
    assert "4D: it has 2 frames" in capsys.readouterr().err
    assert main(["segment", str(tmp_path / "moving.nrrd"), "-o", str(out), "--frame", "1"]) == 0

    for number in (1, 2):
        write_dicom(tmp_path / "exam" / str(number), volume, f"1.2.3.{number}", f"t2_sag_{number}", number=number)
    assert main(["segment", str(tmp_path / "exam"), "-o", str(out)]) == 2
    assert "  2: t2_sag_2, sagittal" in capsys.readouterr().err
    assert main(["segment", str(tmp_path / "exam"), "-o", str(out), "--series", "t2_sag_2"]) == 0
    assert "Series 2: t2_sag_2" in capsys.readouterr().err
    assert (out / "exam" / "labels.nii.gz").is_file()


def test_warnings_are_told(out, tmp_path, capsys):
    labels = spine((1,))
    image = image_of(labels)
    write_volume(Volume(image.array, (0.8, 0.8, 2.0), image.origin_mm_lps, image.direction), tmp_path / "near.mha")
    main(["segment", str(tmp_path / "near.mha"), "-o", str(out)])
    assert "warning: The field of view is small" in capsys.readouterr().err


def test_a_model_that_is_missing_is_told_once(scan, out, capsys):
    assert main(["segment", str(scan), str(scan), "-o", str(out), "--model", "missing"]) == 2
    assert capsys.readouterr().err.count("no model named 'missing'") == 1


def test_an_output_that_cannot_be_made_is_told(scan, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["segment", str(scan), "-o", str(tmp_path / "file"), "-q"]) == 2
    assert "Choose another" in capsys.readouterr().err


def test_an_error_of_ours_is_one_sentence_and_debug_shows_more(out, tmp_path, capsys):
    image = image_of(spine())
    write_volume(image.with_array(image.array * 6), tmp_path / "bug.nrrd")
    assert main(["segment", str(tmp_path / "bug.nrrd"), "-o", str(out), "-q"]) == 1
    told = capsys.readouterr().err
    assert "failed unexpectedly (ZeroDivisionError: a bug). Add --debug" in told and "Traceback" not in told
    assert main(["segment", str(tmp_path / "bug.nrrd"), "-o", str(out), "-q", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_stops_without_a_trace(out, tmp_path, capsys):
    image = image_of(spine())
    write_volume(image.with_array(image.array * 5), tmp_path / "long.nrrd")
    assert main(["segment", str(tmp_path / "long.nrrd"), "-o", str(out), "-q"]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_names_of_outputs(tmp_path):
    for folder in ("exam1", "exam2", "dicom.folder"):
        (tmp_path / folder).mkdir()
    assert output_names([Path("a/scan.v2.nii.gz"), Path("b.seq.nrrd"), Path("c.mhd"), Path("d.dat")]) == [
        "scan.v2", "b", "c", "d.dat",
    ]  # fmt: skip
    assert output_names([tmp_path / "dicom.folder"]) == ["dicom.folder"]
    assert output_names([tmp_path / "exam1" / "t2.nii", tmp_path / "exam2" / "t2.nii"]) == ["exam1", "exam2"]
    assert output_names([tmp_path / "t2.nii", tmp_path / "t2.nrrd", tmp_path / "t1.nii"]) == ["t2_1", "t2_2", "t1"]


def test_no_output_folder_is_used_twice_or_lies_outside(tmp_path, monkeypatch):
    taken = [tmp_path / "t2.nii", tmp_path / "t2.nrrd", tmp_path / "t2_1.nii"]
    assert output_names(taken) == ["t2_2", "t2_3", "t2_1"]
    assert output_names([tmp_path / "Scan.nii", tmp_path / "scan.nrrd"]) == ["Scan_1", "scan_2"]
    (tmp_path / "exam" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "exam" / "inner")
    assert output_names([Path("..")]) == ["exam"]
    assert output_names([Path(".")]) == ["inner"]


def test_patterns_are_expanded_where_the_shell_does_not(tmp_path):
    for name in ("b.nii", "a.nii", "c.mha"):
        (tmp_path / name).touch()
    assert [one.name for one in expand_inputs([str(tmp_path / "*.nii")])] == ["a.nii", "b.nii"]
    with pytest.raises(InputError, match="No file matches"):
        expand_inputs([str(tmp_path / "*.nrrd")])


def write_cases(folder: Path) -> Path:
    for name, labels in (("one", spine((1, 2, 3))), ("two", spine((1, 2)))):
        (folder / name).mkdir(parents=True)
        write_volume(labels, folder / name / "labels.nii.gz")
        write_volume(image_of(labels), folder / name / "image.nii.gz")
        (folder / name / "case.json").write_text(json.dumps({"id": name}))
    (folder / "splits.json").write_text(json.dumps({"comment": "x", "validation": ["two"]}))
    return folder


def test_a_model_is_judged_on_cases(tmp_path, capsys):
    cases = write_cases(tmp_path / "cases")
    assert main(["evaluate", str(cases), "-q"]) == 0
    table = capsys.readouterr().out
    assert "all discs" in table and "100.0 %" in table and "one" in table and "two" in table
    assert main(["evaluate", str(cases), "-q", "--split", "validation", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["discs"] == 2
    assert main(["evaluate", str(cases), "--split", "test"]) == 2
    assert "no split 'test'. It has: validation" in capsys.readouterr().err


def test_what_segment_wrote_can_be_evaluated(tmp_path, capsys):
    cases = write_cases(tmp_path / "cases")
    images = [str(cases / name / "image.nii.gz") for name in ("one", "two")]
    assert main(["segment", *images, "-o", str(tmp_path / "results"), "-q"]) == 0
    assert main(["evaluate", str(tmp_path / "results"), str(cases), "-q", "--save", str(tmp_path / "s.json")]) == 0
    figures = json.loads((tmp_path / "s.json").read_text())["all"]
    assert (figures["discs"], figures["missed"], figures["false"], figures["level_errors"]) == (5, 0, 0, 0)
    assert figures["dice"]["mean"] == 1.0


def test_label_maps_by_name_and_single_files(tmp_path, capsys):
    for folder in ("found", "truth"):
        (tmp_path / folder).mkdir()
    write_volume(spine((1, 2)), tmp_path / "truth" / "a.nrrd")
    write_volume(spine((1, 2)), tmp_path / "truth" / "b.nii.gz")
    write_volume(spine((2, 3)), tmp_path / "found" / "a.nii.gz")
    assert main(["evaluate", str(tmp_path / "found"), str(tmp_path / "truth"), "-q", "--json"]) == 2
    told = capsys.readouterr()
    assert "b was not scored: no prediction was found" in told.err
    scores = json.loads(told.out)
    assert scores["all"]["level_errors"] == 2 and scores["without_prediction"] == ["b"]
    pair = [str(tmp_path / "found" / "a.nii.gz"), str(tmp_path / "truth" / "a.nrrd")]
    assert main(["evaluate", *pair, "-q"]) == 0
    assert main(["evaluate", *pair, "more"]) == 2
    assert main(["evaluate", str(tmp_path / "found" / "a.nii.gz"), str(tmp_path / "truth")]) == 2
    assert main(["evaluate", str(tmp_path / "truth")]) == 2
    assert "has no image to segment" in capsys.readouterr().err


def test_an_image_in_place_of_labels_is_told(tmp_path, capsys):
    image = image_of(spine((1, 2)))
    write_volume(image.with_array(image.array / np.float32(7)), tmp_path / "a.nii.gz")
    write_volume(spine((1, 2)), tmp_path / "b.nii.gz")
    assert main(["evaluate", str(tmp_path / "a.nii.gz"), str(tmp_path / "b.nii.gz"), "-q"]) == 2
    assert "not a label map" in capsys.readouterr().err


def test_models_are_listed(capsys):
    assert main(["models", "--json"]) == 0
    cards = json.loads(capsys.readouterr().out)
    assert main(["models"]) == 0
    told = capsys.readouterr().out
    assert all(card["name"] in told for card in cards)


@pytest.mark.slow
def test_phantoms_are_cases_that_can_be_evaluated(tmp_path, capsys):
    assert main(["synthesize", "--seed", "5", "--output", str(tmp_path / "p"), "-q"]) == 0
    folder = tmp_path / "p" / "phantom_5"
    assert {one.name for one in folder.iterdir()} == {"image.nii.gz", "labels.nii.gz", "case.json"}
    assert main(["evaluate", str(folder / "labels.nii.gz"), str(folder), "-q", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["all"]
    assert figures["discs"] >= 3 and figures["dice"]["mean"] == 1.0
    assert main(["synthesize", "--seed", "-1", "--output", str(tmp_path / "p")]) == 2


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("train", "benchmark")])
def test_every_verb_has_help(verb, capsys):
    assert main([verb, "--help"]) == 0
    told = capsys.readouterr().out
    assert VERBS[verb].summary[1:] in " ".join(told.split())
    assert "--debug" in told


def test_wrong_words_are_told_with_exit_code_2(capsys):
    assert main([]) == 2
    assert main(["slice"]) == 2
    assert main(["segment", "scan.nii"]) == 2
    assert main(["segment", "scan.nii", "-o", "x", "--threads", "0"]) == 2
    assert main(["--version"]) == 0
    told = capsys.readouterr()
    assert "--output" in told.err and "number of 1 or more" in told.err and told.out.startswith("ivdseg ")


def run_python(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(LIBRARY), "PYTHONIOENCODING": encoding}
    return subprocess.run([sys.executable, *arguments], capture_output=True, encoding=encoding, env=environment)


def test_as_a_module_it_tells_errors_in_a_sentence(tmp_path):
    path = tmp_path / "Größe.nii.gz"
    done = run_python("-m", "IVDSegmentationLib", "segment", str(path), "-o", str(tmp_path / "out"), "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"ivdseg: {path} does not exist. Check the path.\n"


def test_a_terminal_without_foreign_letters_gets_escapes_not_a_crash(tmp_path):
    arguments = ["-m", "IVDSegmentationLib", "segment", str(tmp_path / "Größe.nii.gz"), "-o", str(tmp_path), "--json"]
    done = run_python(*arguments, encoding="ascii")
    assert done.returncode == 2
    assert "Größe" in json.loads(done.stdout)[0]["error"]


def test_help_comes_without_torch():
    code = "import sys, IVDSegmentationLib.cli as c; c.main(['segment', '-h']); print('torch' in sys.modules)"
    assert run_python("-c", code).stdout.endswith("False\n")


def test_a_package_that_is_missing_is_named_with_the_remedy(scan, out, monkeypatch, capsys):
    def without_torch(self, *arguments):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(ThresholdSegmenter, "__init__", without_torch)
    assert main(["segment", str(scan), str(scan), "-o", str(out), "-q"]) == 2
    told = capsys.readouterr().err
    assert told == "ivdseg: The Python package 'torch' is missing. Install it: pip install torch\n"


def test_numpy_gets_one_thread_before_it_is_imported():
    code = (
        "import os, sys; from IVDSegmentationLib.__main__ import run; "
        "assert 'numpy' not in sys.modules and os.environ['OPENBLAS_NUM_THREADS'] == '1'"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment["PYTHONPATH"] = str(LIBRARY)
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)

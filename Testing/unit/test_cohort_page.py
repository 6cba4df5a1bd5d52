"""The page of a cohort in a real browser: sort, filter, mark, export, and 10,000 scans."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.cohort.command import Cohort
from IVDSegmentationLib.cohort.contents import read_contents
from IVDSegmentationLib.cohort.page import write_page
from IVDSegmentationLib.cohort.scans import Source, Status
from IVDSegmentationLib.cohort.settings import Settings
from IVDSegmentationLib.cohort.state import FILE_NAME, State
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume

LEVELS = ("L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1", "T11-T12")


def disc(level: str, label: int, confidence: float = 0.99, flags: tuple[str, ...] = ()) -> dict:
    return {"level": level, "label": label, "confidence": confidence, "flags": list(flags)}


def fill(folder: Path, count: int) -> State:
    """A state with so many scans. Of the first 100 every tenth failed, every seventh has a thin disc, doubt by position."""
    state = State(folder / FILE_NAME)
    state.add([Source(f"/patients/Name Surname {n}/t2.nii.gz", f"scan{n:05d}") for n in range(count)])
    for n, record in enumerate(state.records()[:100]):
        if n % 10 == 9:
            record = replace(record, status=Status.FAILED, message="The file is damaged.")
        else:
            discs = [disc(level, k + 1, flags=("thin",) if n % 7 == 0 and k == 0 else ()) for k, level in enumerate(LEVELS)]
            record = replace(record, status=Status.DONE, doubt=n % 100 / 100, summary={"discs": discs})
        state.store(record)
    return state


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("profile")
    for switch in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", "window-size=1400,900", f"user-data-dir={profile}"),
    ):
        options.add_argument(f"--{switch}")
    options.add_experimental_option("prefs", {"download.default_directory": str(profile)})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(driver)) as running:
        running.downloads = profile
        yield running


def rows(browser) -> list[str]:
    """Names of the scans in view, from above."""
    script = "return [...document.querySelectorAll('.row')].sort((a,b)=>a.offsetTop-b.offsetTop).map(r=>r.dataset.id)"
    return browser.execute_script(script)


def choose(browser, element: str, value: str) -> None:
    from selenium.webdriver.support.select import Select

    Select(browser.find_element("id", element)).select_by_value(value)


def press(browser, *keys: str) -> None:
    for key in keys:
        browser.find_element("tag name", "body").send_keys(key)


@pytest.mark.slow
def test_sorting_filtering_marking_and_exporting(browser, tmp_path):
    state = fill(tmp_path, 60)
    browser.get(write_page(read_contents(tmp_path, state)).as_uri())
    assert rows(browser)[:7] == ["scan00009", "scan00019", "scan00029", "scan00039", "scan00049", "scan00059", "scan00058"]
    choose(browser, "sort", "name")
    assert rows(browser)[:3] == ["scan00000", "scan00001", "scan00002"]
    choose(browser, "flag", "very thin")
    assert rows(browser)[:3] == ["scan00000", "scan00007", "scan00014"]
    choose(browser, "flag", "")
    choose(browser, "status", "failed")
    assert browser.find_element("id", "counts").text == "6 of 60 scans shown, 6 failed, 0 marked"
    choose(browser, "status", "")

    from selenium.webdriver.common.keys import Keys

    browser.find_element("id", "who").send_keys('Dr "Q", x')
    browser.find_element("css selector", ".row[data-id=scan00000]").click()
    browser.execute_script("document.activeElement.blur()")
    press(browser, "g", Keys.ARROW_DOWN, "r", "n", "x", Keys.ARROW_DOWN, "g", "u")
    choose(browser, "mark", "unmarked")
    assert rows(browser)[:3] == ["scan00003", "scan00004", "scan00005"]
    browser.find_element("id", "export").click()
    exported = browser.downloads / "marks.csv"
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(browser, 120).until(lambda _: exported.is_file() and exported.stat().st_size)
    state.close()
    with Cohort(tmp_path, Settings()) as cohort:
        (tmp_path / "scans").mkdir()
        write_volume(Volume(np.zeros((4, 8, 8), np.int16), (4.0, 1.0, 1.0)), tmp_path / "scans" / "t2.nii.gz")
        plan = cohort.prepare(tmp_path / "scans", marks=exported)
        assert [record.id for record in plan.again] == ["scan00001"]
        assert {scan: mark[:2] for scan, mark in cohort.state.marks().items()} == {
            "scan00000": ("good", 'Dr "Q", x'),
            "scan00002": ("exclude", 'Dr "Q", x'),
        }
    # what was marked is still there when the page is opened again
    browser.refresh()
    assert "3 marked" in browser.find_element("id", "counts").text


@pytest.mark.slow
def test_ten_thousand_scans_keep_few_rows_in_the_document(browser, tmp_path):
    with fill(tmp_path, 10_000) as state:
        browser.get(write_page(read_contents(tmp_path, state)).as_uri())
    assert "10000 of 10000 scans" in browser.find_element("id", "counts").text
    for action in ("list.scrollTop = 400000", "list.scrollTop = 0", "$('search').value = '77'; update()"):
        browser.execute_script(action)
        assert len(rows(browser)) < 40


def test_the_page_names_no_path_and_cannot_be_broken_by_a_name(tmp_path):
    with State(tmp_path / FILE_NAME) as state:
        state.add([Source("/patients/Jane Doe/t2.nii.gz", "</script><script>alert(1)")])
        text = write_page(read_contents(tmp_path, state)).read_text("utf-8")
    assert "Jane" not in text
    assert text.count("</script>") == 2

"""The one-page report: complete, self-contained, and without anything about the patient unless asked."""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from IVDSegmentationLib.correction import remove_disc
from IVDSegmentationLib.errors import OutputError
from IVDSegmentationLib.reporting import report_page, write_report_page
from known_disc import SAGITTAL
from known_result import spine_scan


@pytest.fixture(scope="module")
def scan():
    return spine_scan((1.5, 1.5, 4.0), SAGITTAL)


def test_the_page_holds_pictures_table_and_plots(scan) -> None:
    result, image = scan
    page = report_page(remove_disc(result, 3), image)
    pictures = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page)
    assert len(pictures) == 2
    for picture in pictures:
        content = base64.b64decode(picture)
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", content[16:24])
        assert min(width, height) > 50
    assert page.count("<tr>") == 1 + 5
    for text in ("L5-S1", "T12-L1", "Lordosis L1-S1", "No disc is named L3-L4", "a disc seems to be missing above"):
        assert text in page
    for svg in re.findall(r"<svg.*?</svg>", page):
        ElementTree.fromstring(svg)
    assert page.count("<svg") == 3
    assert "http" not in page.replace("http-equiv", ""), "nothing is loaded from elsewhere"


def test_patient_data_only_where_asked(scan, tmp_path) -> None:
    result, image = scan
    assert "Döe" not in report_page(result, image)
    path = write_report_page(tmp_path / "Bericht_é.html", result, image, patient={"Name": "Döe <J>", "ID": ""})
    page = path.read_text(encoding="utf-8")
    assert "Döe &lt;J&gt;" in page and "<b>ID" not in page
    with pytest.raises(OutputError):
        write_report_page(tmp_path / "none" / "r.html", result, image)


def test_a_result_without_discs(scan) -> None:
    result, image = scan
    nothing = replace(result, discs=(), labels=result.labels.with_array(result.labels.array * 0))
    assert "0 discs" in report_page(nothing, image)

"""One page about a result: pictures, measurements, plots. Everything is inside the one HTML file."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..files import write_text
from ..formatting import times
from ..measurement import COLUMNS, Column, DiscMeasurements, lordosis_l1_s1_deg, measure_discs
from ..measurement.repeatability import LORDOSIS_KEY, smallest_detectable
from ..measurement.table import WHY_NO_LORDOSIS
from ..output.preview import marks_of
from ..pictures import chart_svg, coronal_picture, png_bytes, sagittal_picture
from ..segmentation.result import SegmentationResult
from ..spine import Disc, Outline, field_of_view
from ..volume import Volume
from .charts import charts_of

_LEFT_OUT = ("centre_x_mm_lps", "centre_y_mm_lps", "centre_z_mm_lps")
_STYLE = """
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { font: 12px/1.4 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1c2430; background: #fff;
  max-width: 190mm; margin: 0 auto; padding: 6mm 0 }
h1 { font-size: 19px; margin: 0 0 2px } .meta { color: #5a6675; margin: 0 0 10px }
.patient { margin: 0 0 8px } .patient b { font-weight: 600 }
.top { display: grid; grid-template-columns: minmax(0, 9fr) minmax(0, 4fr) minmax(0, 9fr); gap: 10px;
  align-items: start; margin-bottom: 10px }
.top img { width: 100%; max-height: 118mm; object-fit: contain; background: #000; border-radius: 3px; display: block }
figure { margin: 0 } figcaption { color: #5a6675; font-size: 10.5px; margin-top: 2px }
svg { width: 100%; display: block; margin-bottom: 8px } svg text { font-size: 10px; fill: #1c2430 }
svg text.title { font-weight: 600; font-size: 11px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 10.5px }
th, td { padding: 3px 4px; text-align: right; border-bottom: 1px solid #e4e8ed; vertical-align: bottom }
th { font-weight: 600; color: #3b4654 } th:first-child, td:first-child, th:last-child, td:last-child { text-align: left }
td span { display: block; color: #7b8694; white-space: nowrap; font-size: 9.5px }
 th span { display: block; font-weight: 400; color: #7b8694 }
.note { border-left: 3px solid #d9822b; background: #fdf3e7; padding: 5px 9px; margin: 8px 0 }
.note p { margin: 2px 0 } .lordosis { margin: 8px 0 } .small { color: #5a6675; font-size: 10px; margin-top: 8px }
"""


def report_page(
    result: SegmentationResult,
    image: Volume,
    measured: Sequence[DiscMeasurements] | None = None,
    patient: Mapping[str, str] | None = None,
) -> str:
    """The page as HTML text.

    ``patient``: heading -> text, printed only where it is given: otherwise the page holds no name, number, date
    or file name. ``measured``: the measurements, where they are known already.
    """
    if measured is None:
        measured = measure_discs(result.labels, image)
    marks = marks_of(result)
    charts = "".join(chart_svg(chart) for chart in charts_of(measured))
    summary = f"{field_of_view(result.discs)} · {len(result.discs)} discs · model {result.model.name} {result.model.version}"
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Intervertebral discs</title>',
            f"<style>{_STYLE}</style></head><body>",
            "<h1>Intervertebral discs</h1>",
            f'<p class="meta">{html.escape(summary)} · {_grid(image)}</p>',
            _patient(patient or {}),
            '<div class="top">',
            _figure(sagittal_picture(image, result.labels, marks), "Mid-sagittal, along the discs: outline red, centre green"),
            _figure(coronal_picture(image, result.labels, marks), "Coronal, along the discs"),
            f"<div>{charts}</div></div>",
            _table(result, measured),
            _lordosis(measured),
            _warnings(result),
            '<p class="small">Heights: mean thickness at 8-20, 42-58 and 80-92 % of the depth within 5 mm of the '
            "mid-sagittal plane. Height index: mean height divided by the AP width. Wedge: + open to the front. "
            "Signal / CSF: mean signal over that of the fluid behind the disc. ±: smallest detectable change; two scans of one "
            "disc that differ by less may show an unchanged disc. –: could not be measured. "
            "Research use only; not a medical device.</p>",
            "</body></html>",
        ]
    )


def write_report_page(
    path: str | Path,
    result: SegmentationResult,
    image: Volume,
    measured: Sequence[DiscMeasurements] | None = None,
    patient: Mapping[str, str] | None = None,
) -> Path:
    """Writes the page, complete or not at all. Raises ``OutputError``."""
    write_text(path, report_page(result, image, measured, patient))
    return Path(path)


def _grid(image: Volume) -> str:
    return f"{times(image.size_ijk, sign='×')} voxels of {times(image.spacing_mm, sign='×')} mm"


def _patient(patient: Mapping[str, str]) -> str:
    if not patient:
        return ""
    parts = (f"<b>{html.escape(key)}:</b> {html.escape(value)}" for key, value in patient.items() if value)
    return f'<p class="patient">{" &nbsp; ".join(parts)}</p>'


def _figure(picture: np.ndarray, caption: str) -> str:
    data = base64.b64encode(png_bytes(picture)).decode("ascii")
    text = html.escape(caption)
    return f'<figure><img alt="{text}" src="data:image/png;base64,{data}"><figcaption>{text}</figcaption></figure>'


def _table(result: SegmentationResult, measured: Sequence[DiscMeasurements]) -> str:
    columns = [column for column in COLUMNS if column.key not in _LEFT_OUT]
    discs = {disc.label: disc for disc in result.discs}
    head = "".join(f"<th>{html.escape(c.heading)}<span>{html.escape(c.unit) or '&nbsp;'}</span></th>" for c in columns)
    rows = []
    for one in reversed(measured):
        disc = discs.get(one.label)
        cells = "".join(_cell(column, one, disc.outline if disc else None) for column in columns)
        rows.append(f"<tr>{cells}<td>{html.escape(_remarks(disc))}</td></tr>")
    return f"<table><thead><tr>{head}<th>Remarks</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(column: Column, one: DiscMeasurements, outline: Outline | None) -> str:
    """The value with its error; an empty one says on hover why."""
    text = column.text_with_error(one, outline)
    if not text:
        return f'<td title="Not measured: {html.escape(column.why_empty)}.">–</td>'
    value, _, error = text.partition(" ± ")
    return f"<td>{html.escape(value)}{f' <span>± {html.escape(error)}</span>' if error else ''}</td>"


def _remarks(disc: Disc | None) -> str:
    return "; ".join(disc.remarks) if disc else ""


def _lordosis(measured: Sequence[DiscMeasurements]) -> str:
    angle = lordosis_l1_s1_deg(measured)
    error = smallest_detectable(LORDOSIS_KEY, angle)
    text = f"cannot be measured: {WHY_NO_LORDOSIS}"
    if angle is not None and error is not None:
        text = f"{angle:.0f}° ± {error:.0f}°"
    return f'<p class="lordosis"><b>Lordosis L1-S1:</b> {text}</p>'


def _warnings(result: SegmentationResult) -> str:
    if not result.warnings:
        return ""
    return f'<div class="note">{"".join(f"<p>{html.escape(text)}</p>" for text in result.warnings)}</div>'

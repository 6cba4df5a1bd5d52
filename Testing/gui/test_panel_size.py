"""The panel in Slicer's module panel at its narrowest: 390 pixels, without scroll bars, every row to be seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .cohort_cases import make_cohort
from .conftest import add_volume, run_model, wait_for
from .panel_pictures import WIDTH, use_slicers_look, with_doubts


@pytest.fixture
def shown(host, stub_panel):
    """The panel as wide as Slicer's, on the screen."""
    import slicer

    before = slicer.app.font()
    use_slicers_look()
    panel = slicer.modules.ivdsegmentation.widgetRepresentation()
    panel.resize(WIDTH, 900)
    panel.show()
    settle()
    yield stub_panel
    panel.hide()
    slicer.app.setFont(before)


def settle() -> None:
    import slicer

    for _ in range(10):
        slicer.app.processEvents()


def needed_width() -> int:
    import slicer

    settle()
    return slicer.modules.ivdsegmentation.widgetRepresentation().minimumSizeHint().width()


def worst_result(panel):
    """A result on the screen whose lowest disc carries every flag."""
    from known_result import spine_scan

    from .review.review_cases import filled_review_tab

    filled_review_tab(panel, with_doubts(spine_scan((1.5, 1.5, 4.0))), Path())


def check_table(table) -> None:
    """No scroll bar, columns within the table, no text cut off in a row of its own, all rows inside."""
    import qt

    settle()
    assert not table.horizontalScrollBar().isVisible() and not table.verticalScrollBar().isVisible()
    widths = [table.columnWidth(column) for column in range(table.columnCount)]
    assert sum(widths) <= table.viewport().width
    metrics = qt.QFontMetrics(table.font)
    for row in range(table.rowCount):
        for column in range(table.columnCount):
            item = table.item(row, column)
            if item is None or not item.text():
                continue
            span = sum(widths[column : column + table.columnSpan(row, column)])
            lines = item.text().splitlines()
            assert max(metrics.boundingRect(line).width() for line in lines) < span, item.text()
            assert len(lines) * metrics.height() <= table.rowHeight(row)
    bottom = table.rowViewportPosition(table.rowCount - 1) + table.rowHeight(table.rowCount - 1)
    assert bottom <= table.viewport().height


def test_the_list_of_segment_fits(shown):
    worst_result(shown)
    shown.ui.tabWidget.currentIndex = 0
    table = shown.tabs[0].ui.discTable
    check_table(table)
    assert any("a disc seems to be missing above" in table.item(row, 0).text() for row in range(table.rowCount))
    header = table.horizontalHeader()
    modes = {int(header.sectionResizeMode(column)) for column in range(table.columnCount)}
    assert 3 not in modes, "ResizeToContents counts the text of rows that span columns"


def test_the_list_of_review_fits(shown):
    worst_result(shown)
    check_table(shown.tabs[1].ui.discTable)


def test_no_tab_widens_the_panel(shown, tmp_path):
    """With a long name of a volume, every part unfolded, cases and a judged run."""
    from .panel_pictures import _show_run

    volume = add_volume("T2 TSE sagittal lumbar spine with a very long name from the scanner (1)")
    wait_for(lambda: shown.session.volume is volume)
    run_model(shown.tabs[0], "quick")
    wait_for(lambda: not shown.tabs[0].job.running)
    _show_run(shown.tabs[2], "done")
    assert not shown.tabs[2].ui.validationPicture.isHidden()
    reason = "a scan with a very long name.nii.gz cannot be read: it is no image, and this sentence is a long one."
    shown.tabs[3].run_section.attach(
        make_cohort(tmp_path, {"a-scan-with-a-very-long-name-from-the-scanner-" * 2: 0.9}, {"bad": reason})
    )
    shown.tabs[3].review.open_next()
    wait_for(lambda: shown.tabs[3].review.current is not None)
    for index in range(4):
        shown.ui.tabWidget.currentIndex = index
        for part in shown.tabs[index].widget.children():
            if hasattr(part, "collapsed"):
                part.collapsed = False
        assert needed_width() <= WIDTH, shown.tabs[index].title


def test_only_the_tab_that_is_shown_counts_for_the_height(shown):
    import slicer

    panel = slicer.modules.ivdsegmentation.widgetRepresentation()
    heights = []
    for index in (0, 2, 0):
        shown.ui.tabWidget.currentIndex = index
        settle()
        heights.append(max(panel.sizeHint().height(), panel.layout().totalHeightForWidth(WIDTH)))
    assert heights[0] == heights[2] < heights[1], "a short tab does not scroll into emptiness"


def test_an_apostrophe_in_a_message_is_no_escape(shown):
    from IVDSegmentationLib.panels.shared.message_area import Kind

    tab = shown.tabs[0]
    tab.messages.show(Kind.ERROR, ["Choose the device 'cpu' <now>."])
    assert "'cpu' &lt;now&gt;" in tab.ui.messageLabel.text and tab.ui.messageLabel.text.startswith("<p")


def test_the_measurements_show_their_flags_last_and_cut_off(shown):
    worst_result(shown)
    view = shown.tabs[1].ui.tableView
    model = view.model()
    titles = [model.horizontalHeaderItem(column).text() for column in range(model.columnCount())]
    assert titles[0] == "Confidence" and titles[-1] == "Flags"
    assert max(view.columnWidth(column) for column in range(len(titles))) <= 160
    levels = [model.verticalHeaderItem(row).text() for row in range(model.rowCount())]
    assert levels[0] == "L5-S1", "the level stays in view as the header of the row"
    assert np.isfinite([float(model.item(row, 0).text()) for row in range(model.rowCount())]).all()

"""The list of discs to review: seen or hidden, level, height, volume, confidence, outline, reviewed; flags below, in words.

The top row is the highest disc, as in the picture; a click on the heading 'Outline' sorts by doubt instead. Keys: Up and Down,
N for the next doubtful disc, Enter to accept, Delete, space to show or hide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import qt
from slicer.i18n import tr as _

from ...measurement.repeatability import smallest_detectable
from ...spine import Disc, Flag, discs_to_look_at, doubt_of
from ..shared.disc_table import DiscTable
from ..shared.signal import Signal, guarded

SEEN, LEVEL, HEIGHT, VOLUME, CONFIDENCE, OUTLINE, REVIEWED = range(7)
_SEEN_WIDTH = 26


class ReviewList:
    """Fills a QTableWidget. Signals: ``chosen(label)``, ``visibility_changed(label, visible)``, ``accept_wanted()``,
    ``delete_wanted()``."""

    def __init__(self, table: Any) -> None:
        self.chosen = Signal()
        self.visibility_changed = Signal()
        self._segment_ids: dict[int, str] = {}
        self._discs: tuple[Disc, ...] = ()
        self._reviewed: dict[int, bool] = {}
        self._by_doubt = False
        self._refill: Callable[[], None] = lambda: None
        self.accept_wanted = Signal()
        self.delete_wanted = Signal()
        titles = ["", _("Level"), _("Height mm"), _("cm³"), _("Conf."), _("Outline"), "✓"]
        tips = [
            _("Whether the disc is shown."),
            _("Upper and lower vertebra. A pencil marks discs edited by hand."),
            _("Middle height in mm with the smallest change that is more than error: mean thickness at half the depth."),
            _("Volume inside the image in cm³."),
            _("Probability that the level is right, given all discs found."),
            _("How good the outline is, as estimated: good, look (at it), poor. A click sorts the list by doubt, and back."),
            _("Accepted by you."),
        ]
        self._rows = DiscTable(table, titles, tips, self.chosen.emit)
        self._rows.size_columns(LEVEL, (HEIGHT, VOLUME, CONFIDENCE, OUTLINE, REVIEWED))
        header = table.horizontalHeader()
        header.setSectionResizeMode(SEEN, qt.QHeaderView.Fixed)
        header.resizeSection(SEEN, _SEEN_WIDTH)
        table.connect("cellPressed(int,int)", guarded(self._pressed))
        header.setSectionsClickable(True)
        header.connect("sectionClicked(int)", guarded(self._heading_clicked))
        table.connect("itemChanged(QTableWidgetItem*)", guarded(self._item_changed))
        self._shortcuts: list[Any] = []
        for key, call in (
            ("Return", self.accept_wanted.emit),
            ("Enter", self.accept_wanted.emit),
            ("Delete", self.delete_wanted.emit),
            ("Space", self._toggle_seen),
            ("N", self.next_doubtful),
        ):
            shortcut = qt.QShortcut(qt.QKeySequence(key), table)
            shortcut.setContext(qt.Qt.WidgetWithChildrenShortcut)
            shortcut.connect("activated()", guarded(call))
            self._shortcuts.append(shortcut)

    @property
    def labels(self) -> list[int]:
        """Label values from the top row down."""
        return self._rows.labels

    @property
    def current(self) -> int | None:
        """Label value of the disc that is selected."""
        return self._rows.current

    def row_of_label(self, label: int) -> int:
        """The disc's own row. Raises ``ValueError`` where it is not listed."""
        return self._rows.row_of_label(label)

    def show(
        self,
        discs: tuple[Disc, ...],
        heights_mm: Mapping[int, float | None],
        visible: Mapping[int, bool],
        reviewed: Mapping[int, bool],
        segment_ids: Mapping[int, str],
    ) -> None:
        """Fill the list anew; ``discs`` from below, the mappings by label value. The same disc stays selected, whatever
        its level has become: it keeps its segment. Where it is gone, no disc is selected."""

        def add(disc: Disc) -> int:
            label = disc.label
            return self._add(disc, heights_mm.get(label), visible.get(label, True), reviewed.get(label, False))

        before = self._segment_ids.get(self.current) if self.current is not None else None
        self._segment_ids = dict(segment_ids)
        self._discs, self._reviewed = discs, dict(reviewed)
        self._refill = lambda: self.show(discs, heights_mm, visible, reviewed, segment_ids)
        self._rows.fill(self._in_order(), add)
        for label, segment_id in self._segment_ids.items():
            if segment_id == before:
                self.select(label)

    def select(self, label: int) -> bool:
        """Select a disc without emitting ``chosen``. False where it is not listed."""
        return self._rows.select(label, LEVEL)

    def step(self, by: int) -> None:
        """Choose the next disc towards the head (+1) or the feet (-1); the nearest end where none is selected."""
        labels = self.labels
        if not labels:
            return
        current = self.current
        if current is None:
            row = len(labels) - 1 if by > 0 else 0
        else:
            row = min(max(labels.index(current) - by, 0), len(labels) - 1)
        self.select(labels[row])
        self.chosen.emit(labels[row])

    # ---------------------------------------------------------------------- doubt
    def next_doubtful(self) -> None:
        """Choose the next disc, from the most doubtful on, that asks for a look and was not accepted yet."""
        wanted = {disc.label for disc in discs_to_look_at(self._discs) if not self._reviewed.get(disc.label)}
        order = [disc.label for disc in self._by_falling_doubt()]
        current = self.current
        start = order.index(current) + 1 if current in wanted else 0
        for label in (*order[start:], *order[:start]):
            if label in wanted:
                self.select(label)
                self.chosen.emit(label)
                return

    @property
    def by_doubt(self) -> bool:
        """Whether the most doubtful disc stands on top."""
        return self._by_doubt

    def _by_falling_doubt(self) -> list[Disc]:
        """Accepted discs come last."""
        return sorted(reversed(self._discs), key=lambda disc: (self._reviewed.get(disc.label, False), -doubt_of(disc)))

    def _in_order(self) -> list[Disc]:
        return self._by_falling_doubt() if self._by_doubt else list(reversed(self._discs))

    def _heading_clicked(self, column: int) -> None:
        if column in (LEVEL, OUTLINE):
            self._by_doubt = column == OUTLINE and not self._by_doubt
            self._refill()

    # ---------------------------------------------------------------------- rows
    def _add(self, disc: Disc, height_mm: float | None, visible: bool, reviewed: bool) -> int:
        """Append the row of a disc and, below it, its flags; their height in pixels."""
        rows = self._rows
        row = rows.add_row(disc.label)
        seen = rows.put(row, SEEN, "")
        seen.setFlags(qt.Qt.ItemIsUserCheckable | qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
        seen.setCheckState(qt.Qt.Checked if visible else qt.Qt.Unchecked)
        seen.setToolTip(_("Show or hide this disc."))
        edited = disc.is_edited
        level = rows.put_level(row, LEVEL, disc, " ✎" if edited else "")
        if edited:
            level.setToolTip(_("Edited by hand. A new run asks before replacing this disc."))
        self._put_measure(row, HEIGHT, "middle_height_mm", height_mm, "mm", always=True)
        self._put_measure(row, VOLUME, "volume_cm3", disc.volume_mm3 / 1000, "cm³", always=False)
        rows.put_confidence(row, CONFIDENCE, disc)
        rows.put_outline(row, OUTLINE, disc)
        rows.put(row, REVIEWED, "✓" if reviewed else "", align=qt.Qt.AlignCenter)
        others = replace(disc, flags=tuple(flag for flag in disc.flags if flag is not Flag.EDITED))
        return rows.row_height + rows.add_flags(others, LEVEL)

    def _put_measure(self, row: int, column: int, key: str, value: float | None, unit: str, always: bool) -> None:
        """A value with its error, which stands in the cell (``always``) or on hover; why there is none on hover."""
        disc = next(disc for disc in self._discs if disc.label == self._rows.label_of_row(row))
        error = smallest_detectable(key, value, disc.outline)
        if value is None:
            item = self._rows.put_number(row, column, "–")
            item.setToolTip(_("Not measured: too little of the disc is there."))
            return
        text = f"{value:.1f}"
        if error is None:
            self._rows.put_number(row, column, text)
            return
        with_error = f"{text} ± {error:.1f}"
        tip = _("{value} {unit}: a change by less than ± between two scans may be none.")
        item = self._rows.put_number(row, column, with_error if always else text)
        item.setToolTip(tip.format(value=with_error, unit=unit))

    # ---------------------------------------------------------------------- user
    def _pressed(self, row: int, column: int) -> None:
        if column != SEEN:
            self._rows.pressed(row)

    def _item_changed(self, item: Any) -> None:
        if not self._rows.filling and item.column() == SEEN:
            self.visibility_changed.emit(self._rows.label_of_row(item.row()), item.checkState() == qt.Qt.Checked)

    def _toggle_seen(self) -> None:
        label = self.current
        if label is not None:
            item = self._rows.widget.item(self.row_of_label(label), SEEN)
            seen = item.checkState() == qt.Qt.Checked
            item.setCheckState(qt.Qt.Unchecked if seen else qt.Qt.Checked)

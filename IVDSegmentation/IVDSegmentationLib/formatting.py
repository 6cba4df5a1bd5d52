"""Numbers and tables as text: the same form in messages, tables, reports and the panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral


def times(numbers: Iterable[float], sign: str = "x") -> str:
    """Sizes and spacings: '40 x 304 x 304', '0.875 x 0.875 x 4'. Whole numbers in full, others to three digits."""
    return f" {sign} ".join(str(n) if isinstance(n, Integral) else f"{float(n):.3g}" for n in numbers)


def text_table(headings: Sequence[str], groups: Sequence[Sequence[Sequence[str]]]) -> str:
    """A table in columns of a fixed width, the first one to the left, the others to the right, and a rule above each
    group of rows."""
    rows = [headings, *(row for group in groups for row in group)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        cells = (cell.rjust(width) if n else cell.ljust(width) for n, (cell, width) in enumerate(zip(row, widths)))
        return "  ".join(cells)

    rule = "  ".join("-" * width for width in widths)
    lines = [line(headings)]
    for group in groups:
        lines += [rule, *(line(row) for row in group)]
    return "\n".join(lines)

"""How one call is laid out as text: rows of cells that fold on a terminal and stay one line each in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from qa_pipeline.published.output import visible
from qa_pipeline.terminal import out

INDENT = 2
GAP = 2
NARROWEST_TEXT = 16
"""Columns that are left to the last cell of a row however narrow the terminal is."""


def heading(title: str, note: str = "") -> None:
    """A line above a part of the call, with an empty line before it."""
    line(Text())
    line(Text.assemble((title, "bold"), (f"  {note}" if note else "", "dim")))


def line(text: Text) -> None:
    """One line, folded where a terminal is too narrow for it."""
    out.print(text, soft_wrap=not out.is_terminal)


def plain(value: object, style: str = "") -> Text:
    """What files and services gave, as text on one line that can neither steer the terminal nor be markup."""
    return Text(visible(" ".join(str(value).split())), style)


def grid(rows: Sequence[Sequence[Text]], *, right: frozenset[int] = frozenset()) -> None:
    """Rows of as many cells each; only the last cell may be long. `right`: columns whose cells end at one place."""
    if not rows:
        return
    if out.is_terminal:
        _folding(rows, right)
    else:
        _unfolded(rows, right)


def _folding(rows: Sequence[Sequence[Text]], right: frozenset[int]) -> None:
    table = Table.grid(padding=(0, GAP, 0, 0))
    last = len(rows[0]) - 1
    for index in range(last):
        table.add_column(no_wrap=True, justify="right" if index in right else "left")
    table.add_column(overflow="fold", min_width=NARROWEST_TEXT)
    for row in rows:
        table.add_row(*row)
    out.print(Padding(table, (0, 0, 0, INDENT)), soft_wrap=False)


def _unfolded(rows: Sequence[Sequence[Text]], right: frozenset[int]) -> None:
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - cell_len(cell.plain))
            cells.append(space + cell.plain if index in right else cell.plain + space)
        line(Text((" " * INDENT + (" " * GAP).join(cells)).rstrip()))

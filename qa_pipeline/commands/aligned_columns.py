"""Rows under their headings on the terminal, each column as wide as its widest cell."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from qa_pipeline.published.output import visible
from qa_pipeline.terminal import out


def print_columns(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Prints nothing where there are no rows. Control characters of cells are shown, not obeyed."""
    lines = [headings, *(tuple(map(visible, row)) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines if len(lines) > 1 else ():
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        out.print("  ".join(padded).rstrip(), markup=False)

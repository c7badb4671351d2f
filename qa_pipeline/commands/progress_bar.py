"""Progress of a command that counts what it has done: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from qa_pipeline.terminal import PlainProgress, err


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Shows how many of `total` are done; the function it gives is told how many more are."""
    if not err.is_terminal:
        yield _plain_lines(what, total)
        return
    columns = (TextColumn(what, markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


def _plain_lines(what: str, total: int) -> Callable[[int], None]:
    done, lines = 0, PlainProgress(err, about=what)

    def advance(number: int) -> None:
        nonlocal done
        done += number
        lines.show(what, f"{done:,}/{total:,} {what}")

    return advance

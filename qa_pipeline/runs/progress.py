"""Live progress of a run: a bar over the range's channels on a terminal, plain lines anywhere else.

Reads the ledger from a thread of its own: the run is not disturbed.
"""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import FINAL, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import PlainProgress

REFRESH_S = 0.5


class RunProgress:
    """Context manager around a run of this process; `step` is what is shown as the run's newest step."""

    def __init__(self, settings: Settings, days: DayRange) -> None:
        self._ledger = Ledger(open_operations(settings.operations_database_url))
        self._range = (days.first.isoformat(), days.last.isoformat())
        self.step = "starting"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)
        # Dagster captures the standard streams while a step runs; a copy of the descriptor still leads to the user.
        self._stream = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        self._console = Console(file=self._stream, highlight=False, soft_wrap=True)
        self._plain = PlainProgress(self._console)
        self._progress = Progress(
            TextColumn("{task.fields[step]}", style="cyan"),
            BarColumn(),
            TextColumn("{task.fields[channels]}"),
            TextColumn("{task.fields[detail]}", style="dim"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("run", total=None, step="starting", channels="", detail="")

    def __enter__(self) -> RunProgress:
        if self._console.is_terminal:
            self._progress.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=10)
        if self._console.is_terminal:
            self._progress.stop()
        self._stream.close()

    def say(self, sentence: str) -> None:
        """Prints what the user should know at once."""
        self._console.print(sentence, markup=False, style="yellow")

    def _watch(self) -> None:
        while not self._stop.wait(REFRESH_S):
            self._show(self.step, self._ledger.counts(*self._range))

    def _show(self, step: str, counts: dict[UnitState, int]) -> None:
        done, total = sum(counts.get(state, 0) for state in FINAL), sum(counts.values())
        waiting = {state: counts[state] for state in UnitState if counts.get(state) and state not in FINAL}
        detail = ", ".join(f"{count} {state.value}" for state, count in waiting.items())
        if self._console.is_terminal:
            channels = f"{done}/{total} channels" if total else ""
            self._progress.update(
                self._task, completed=done, total=total or None, step=step, channels=channels, detail=detail
            )
            return
        line = f"{step}: {done}/{total} channels" + (f" ({detail})" if detail else "")
        self._plain.show(step, line)

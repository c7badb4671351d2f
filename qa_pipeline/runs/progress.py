"""Live progress of a run: each step and asset as it is made, and what the run is waiting for now.

A bar over the range's channels on a terminal, plain lines anywhere else: one when a step begins, one when it ends, and
one every few seconds between, so that a long step never looks like a dead one. The ledger is read from a thread of its
own: the run is not disturbed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import FINAL, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import PLAIN_EVERY_S, PlainProgress

REFRESH_S = 0.5
PAYING_STEP = "transcriptions"
DONE = "done"
AGAIN = "will try again:"
WAITS_FOR = {
    UnitState.PLANNED: "to be sent",
    UnitState.SENDING: "being sent",
    UnitState.SUBMITTED: "with the service",
    UnitState.SUCCEEDED: "to be fetched",
    UnitState.UNKNOWN: "with an unknown outcome",
}
"""State of channels that are not done → what they wait for."""


@dataclass(slots=True)
class Step:
    """A step of the run that is at work: when it began, by the monotonic clock, and the assets it has made.

    One that is cut into parts for several machines counts as one step; `running` are the steps of Dagster under way.
    """

    name: str
    began_at: float
    assets: list[str] = field(default_factory=list)
    parts: int = 0
    parts_done: int = 0
    running: set[str] = field(default_factory=set)


def step_of(step_key: str) -> str:
    """The step that a step of Dagster belongs to: `acoustics` for `acoustics.measure[4f2a]`."""
    return step_key.partition(".")[0].partition("[")[0]


def heartbeat(number: int, total: int, step: Step, counts: Mapping[UnitState, int], now: float) -> str:
    """What the run is at: `step 3 of 7, transcriptions: 50 of 58 channels, 8 with the service (0:42)`."""
    what = f"step {number} of {total}, {step.name}" if total else step.name
    detail = f": {waiting_for(counts)}" if step.name == PAYING_STEP and counts else ""
    if step.parts:
        detail = f": {step.parts_done} of {step.parts} parts"
    return f"{what}{detail} ({_minutes(now - step.began_at)})"


def waiting_for(counts: Mapping[UnitState, int]) -> str:
    """How many channels are done, and what the others wait for."""
    done, total = sum(counts.get(state, 0) for state in FINAL), sum(counts.values())
    waits = [f"{counts[state]} {words}" for state, words in WAITS_FOR.items() if counts.get(state)]
    return ", ".join([f"{done} of {total} channels", *waits])


def ended(step: Step, standing: str, now: float) -> str:
    """How a step ended, with the assets it made where they have other names: `done transcripts, sentences (0:02)`."""
    return f"{standing} {', '.join(step.assets) or step.name} ({_minutes(now - step.began_at)})"


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


class RunProgress:
    """Context manager around a run of this process. `begin`, `made` and `end` say what the run does."""

    def __init__(self, settings: Settings, days: DayRange, steps: Sequence[str] = ()) -> None:
        self._ledger = Ledger(open_operations(settings.operations_database_url))
        self._range = (days.first.isoformat(), days.last.isoformat())
        self._total, self._ended = len(steps), 0
        self._steps: dict[str, Step] = {}
        self._between = Step("starting", time.monotonic())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)
        # Dagster captures the standard streams while a step runs; a copy of the descriptor still leads to the user.
        self._stream = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        self._console = Console(file=self._stream, highlight=False, soft_wrap=True)
        self._plain = PlainProgress(self._console)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[step]}", style="cyan", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("run", total=None, step="starting")

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

    def begin(self, step_key: str) -> None:
        """A step begins; on a terminal the bar says so."""
        name = step_of(step_key)
        step = self._steps.setdefault(name, Step(name, time.monotonic()))
        step.running.add(step_key)

    def made(self, step_key: str, asset: str) -> None:
        """A step has made an asset; a range of days says so for each of its days."""
        step = self._steps.get(step_of(step_key))
        if step is not None and asset not in step.assets:
            step.assets.append(asset)

    def add_part(self, step_key: str) -> None:
        """A step has cut off a part that another one takes."""
        step = self._steps.get(step_of(step_key))
        if step is not None:
            step.parts += 1

    def end(self, step_key: str, standing: str) -> None:
        """A step ended: `done`, `failed`, or `AGAIN` where it has begun for nothing. One in parts is done with its
        last one, when it has made its assets."""
        name = step_of(step_key)
        step = self._steps.get(name, Step(name, time.monotonic()))
        step.running.discard(step_key)
        if standing == DONE and step_key != name:
            step.parts_done += "[" in step_key
            if step.running or not step.assets:
                return
        self._ended += standing != AGAIN
        told = step if standing == DONE or step_key == name else replace(step, name=step_key, assets=[])
        self._console.print(ended(told, standing, time.monotonic()), markup=False)
        if not step.running and standing != AGAIN:
            self._steps.pop(name, None)
            self._between = Step("between two steps", time.monotonic())

    def _watch(self) -> None:
        while not self._stop.wait(REFRESH_S):
            step = next((step for step in list(self._steps.values()) if step.running or step.parts), self._between)
            self._show(step, self._ledger.counts(*self._range))

    def _show(self, step: Step, counts: dict[UnitState, int]) -> None:
        line = heartbeat(min(self._ended + 1, self._total), self._total, step, counts, time.monotonic())
        if self._console.is_terminal:
            done, total = sum(counts.get(state, 0) for state in FINAL), sum(counts.values())
            self._progress.update(self._task, completed=done, total=total or None, step=line)
            return
        if step is not self._between or time.monotonic() - step.began_at >= PLAIN_EVERY_S:
            self._plain.show(step.name, line)

"""What was drawn, period by period, and what has become of it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.drawing.drawing import SECOND, Drawing
from qa_pipeline.drawing.store import DrawStore
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.reviews.states import TaskState
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import Task
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, out

PERIODS_SHOWN = 60
_HEADINGS = ["Plan", "Period", "Calls", "Drawn", "Risks", "Tasks", "Done", "Begun", "Open", "Overdue", "Given up"]


def status_command() -> int:
    """Prints a line per plan and period, the newest last."""
    engine = open_operations(load_settings().operations_database_url)
    try:
        store = DrawStore(engine)
        periods, tasks = store.periods(), Drawing(store, Reviews(engine)).tasks_by_period()
    finally:
        engine.dispose()
    if not periods:
        out.print("Nothing was drawn yet: `qa-pipeline sampling draw` draws, and so do runs.", markup=False)
        return EXIT_OK
    rows = [_cells(row, tasks.get((row["plan"], row["period"]), [])) for row in periods[-PERIODS_SHOWN:]]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    for cells in (_HEADINGS, *rows):
        texts = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
        out.print("  ".join([*texts, *numbers]), markup=False)
    if second := sum(task.task_id.endswith(SECOND) for own in tasks.values() for task in own):
        out.print(f"{second:,} of the tasks are second evaluations of a call.", markup=False)
    return EXIT_OK


def _cells(row: Mapping[str, Any], tasks: Sequence[Task]) -> list[str]:
    strata = json.loads(row["strata"])
    calls = sum(calls for _, calls, _, _ in strata)
    risks = sum(taken for _, _, taken, is_risk in strata if is_risk)
    return [row["plan"], row["period"], *(f"{figure:,}" for figure in (calls, row["drawn"], risks, *_counts(tasks)))]


def _counts(tasks: Sequence[Task]) -> tuple[int, ...]:
    states = Counter(task.state for task in tasks)
    unfinished = [task for task in tasks if task.state in (TaskState.OPEN, TaskState.STARTED)]
    overdue = sum(task.due_at is not None and task.due_at < time.time() for task in unfinished)
    chosen = (TaskState.DONE, TaskState.STARTED, TaskState.OPEN)
    return len(tasks), *(states[state] for state in chosen), overdue, states[TaskState.CANCELLED]

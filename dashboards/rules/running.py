"""Comparisons that run while pages are looked at: one process at a time, watched by a thread; the newest of each person
is kept for two hours, or until the next one.

Nothing of it is kept in memory but counts by group and some examples: calls that flip are written to a file.
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import json
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from dashboards.filters import DateRange
from dashboards.serving.current_settings import current_settings
from qa_pipeline.judging.comparing import Compared, Flip, RuleChange
from qa_pipeline.judging.comparing_news import Begun, Done, Failed
from qa_pipeline.judging.flips import COLUMNS, flip_row
from qa_pipeline.judging.score_effects import ScoreChange, summed_scores
from qa_pipeline.processes.children import child_environment, last_lines
from qa_pipeline.processes.warden import signal_group

MOST_EXAMPLES = 40
"""Calls that are kept of each kind of flip; the file has all."""

MOST_KEPT = 12
"""Comparisons of so many people are kept."""

KEPT_S = 2 * 3600.0
"""What came of one is kept for so long: it has what people said."""

LEFT_BEHIND_S = 24 * 3600.0
"""A folder that is older is of a server that was killed: no comparison takes so long."""

ENDS_WITHIN_S = 10.0
SHOWN_LINES = 5

State = Literal["running", "done", "cancelled", "failed"]
Kind = tuple[str, str, str]
"""Rule, outcome before, outcome after."""


class Busy(RuntimeError):
    """Somebody's comparison is running; only one may."""


@dataclass
class Comparing:
    """One comparison, as far as it is. `calls` of `total` are judged."""

    owner: str
    days: DateRange
    folder: Path
    state: State = "running"
    reason: str = ""
    total: int = 0
    calls: int = 0
    flips: int = 0
    changes: dict[str, RuleChange] = field(default_factory=dict)
    examples: dict[Kind, list[Flip]] = field(default_factory=dict)
    scores: list[ScoreChange] = field(default_factory=list)
    card_faults: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    watch: threading.Thread | None = None

    @property
    def file(self) -> Path:
        """All calls that flip, as CSV."""
        return self.folder / "flips.csv"

    @property
    def is_running(self) -> bool:
        """Whether it is at work."""
        return self.state == "running"

    def add(self, compared: Compared, rows: Any) -> None:
        """What a stretch of calls came to; `rows` writes the file."""
        for change in compared.changes:
            known = self.changes.setdefault(change.rule_id, change)
            if known is not change:
                known.add(change)
        for flip in compared.flips:
            rows.writerow(flip_row(flip))
            of_kind = self.examples.setdefault((flip.rule_id, flip.before, flip.after), [])
            if len(of_kind) < MOST_EXAMPLES:
                of_kind.append(flip)
        self.scores = summed_scores([*self.scores, *compared.scores])
        self.flips += len(compared.flips)
        self.calls += compared.calls


_lock = threading.Lock()
_newest: dict[str, Comparing] = {}


def comparison_of(owner: str) -> Comparing | None:
    """The newest comparison of a person."""
    with _lock:
        known = _newest.get(owner)
        if known is not None and known.state == "done" and not known.file.exists():
            _drop(owner)  # an erasure took it: what is kept in memory goes as well
            return None
        return known


def begin(owner: str, drafts: Mapping[str, str], days: DateRange) -> Comparing:
    """Starts one.

    Raises:
        Busy: another one is running.
    """
    with _lock:
        if any(each.is_running for each in _newest.values()):
            raise Busy
        comparing = Comparing(owner, days, _new_folder())
        _drop(owner)
        _newest[owner] = comparing
        while len(_newest) > MOST_KEPT:
            _drop(next(iter(_newest)))
        comparing.process = _started(comparing)
    asked = {"drafts": dict(drafts), "first": days.first.isoformat(), "last": days.last.isoformat()}
    comparing.watch = threading.Thread(target=_watch, args=(comparing, asked), name="rule comparison", daemon=True)
    comparing.watch.start()
    return comparing


def _new_folder() -> Path:
    """A folder of QA_HOME, where an erasure finds it; what a server that was killed has left there goes."""
    place = current_settings().comparisons_folder
    place.mkdir(parents=True, exist_ok=True)
    for left in place.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - LEFT_BEHIND_S:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="rule-flips-", dir=place))


def _drop(owner: str) -> None:
    if known := _newest.pop(owner, None):
        shutil.rmtree(known.folder, ignore_errors=True)


def _forget(comparing: Comparing) -> None:
    """Drops one whose time is over, unless its person has made another one since."""
    with _lock:
        if _newest.get(comparing.owner) is comparing:
            _drop(comparing.owner)


@atexit.register
def end_all() -> None:
    """Leaves neither a process nor a file behind."""
    with _lock:
        for owner, comparing in list(_newest.items()):
            cancel(comparing)
            _drop(owner)


def cancel(comparing: Comparing) -> None:
    """Ends one that is running; what it has found so far is left out."""
    if comparing.is_running and comparing.process is not None:
        comparing.state = "cancelled"
        _end(comparing.process)


def _started(comparing: Comparing) -> subprocess.Popen[bytes]:
    """In a process group of its own, so that it ends with all processes that it has started."""
    with _log(comparing).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "qa_pipeline.judging.comparing_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=child_environment(),
            start_new_session=True,
        )


def _log(comparing: Comparing) -> Path:
    return comparing.folder / "log.txt"


def _watch(comparing: Comparing, asked: Mapping[str, object]) -> None:
    process = comparing.process
    assert process is not None
    try:
        _read(comparing, process, asked)
    except Exception as error:  # a thread has nobody to raise to: the page says it
        _fail(comparing, f"{type(error).__name__}: {error}")
    finally:
        _end(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
    if comparing.is_running:
        _fail(comparing, last_lines(_log(comparing), 0, SHOWN_LINES))
    forgetting = threading.Timer(KEPT_S, _forget, args=(comparing,))
    forgetting.daemon = True
    forgetting.start()


def _read(comparing: Comparing, process: subprocess.Popen[bytes], asked: Mapping[str, object]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(OSError):  # what it says instead of reading is in its log
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
    is_done = False
    with comparing.file.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        while comparing.is_running and not is_done and (told := _told(process.stdout)) is not None:
            match told:
                case Begun():
                    comparing.total, comparing.card_faults = told.calls, told.card_faults
                case Compared():
                    comparing.add(told, rows)
                case Failed():
                    _fail(comparing, told.reason)
                case Done():
                    is_done = True
    if is_done and comparing.is_running:
        comparing.state = "done"


def _told(pipe: IO[bytes]) -> object | None:
    """What the process says next; None where it has ended."""
    try:
        said: object = pickle.load(pipe)  # noqa: S301 - of a process of ours, by a pipe that nobody else has
        return said
    except (EOFError, pickle.UnpicklingError):
        return None


def _fail(comparing: Comparing, reason: str) -> None:
    if comparing.is_running:
        comparing.state, comparing.reason = "failed", reason


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks the process and those that it has started, then ends them."""
    signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        signal_group(process.pid, signal.SIGKILL)
        process.wait()

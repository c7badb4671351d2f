"""Which days a sensor asks for, and when it asks again: arithmetic on values, without Dagster, clock or database.

A day is asked for when something of it landed, and it is done when a run of it has succeeded and no channel of it is
open. Until then it stays in the cursor: a failed run, or one that never began, is asked for again, later each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum

FIRST_DELAY_S = 600.0
LONGEST_DELAY_S = 6 * 3600.0
LOST_AFTER_S = 1800.0
"""A run that was asked for and cannot be found so long after was never made, or has been deleted."""

MOST_TRIES = 12
"""A day whose runs succeed so often and whose channels are open all the same waits for a person."""

STATE_KEY = "//"
"""Beside the folders in the text of a cursor: no folder has this name, and an earlier version reads it as one."""

NAMED = 5
OPEN = "open"
"""Stands for the fingerprint of a day that is asked for because channels of it are open."""


class Ending(Enum):
    """What became of a run that was asked for."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    UNHEARD_OF = "unheard of"


@dataclass(slots=True)
class Asked:
    """A day that is not done. `run_key` is that of the run that was asked for at `asked_at`, None where one is to be
    asked for, not before `not_before`; `tries` are the runs that did not get it done. Times are UTC epoch seconds."""

    fingerprint: str
    tries: int = 0
    not_before: float = 0.0
    run_key: str | None = None
    asked_at: float = 0.0

    def ask_again(self, now: float, *, at_once: bool) -> None:
        """Counts a run that did not get the day done; the first time the next tick is late enough."""
        delay_s = 0.0 if at_once else min(FIRST_DELAY_S * 2 ** (self.tries - 1), LONGEST_DELAY_S)
        self.tries += 1
        self.run_key, self.not_before = None, now + delay_s


@dataclass(slots=True)
class Cursor:
    """What a sensor remembers: the fingerprints of days as it has seen them, days that are not done, the series of its
    run keys, and how often it has seen changes. `folders` are fingerprints by folder, of an earlier version.

    Dagster makes one run per run key, ever. A new series, which a cursor has that was reset, lets every day run again;
    the number of changes, a day that became again what it was.
    """

    series: str
    seen: dict[str, str] = field(default_factory=dict)
    days: dict[str, Asked] = field(default_factory=dict)
    changes: int = 0
    folders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None, series: str) -> Cursor:
        """The cursor of a text; a new one of `series` where there is none. Earlier versions kept folders, the first of
        them nothing else."""
        folders = json.loads(text) if text else {}
        state = folders.pop(STATE_KEY, {"series": series, "days": {}})
        days = {day: Asked(**values) for day, values in state["days"].items()}
        return cls(state["series"], state.get("seen", {}), days, state.get("changes", 0), folders)

    def write(self) -> str:
        """The text that `read` reads."""
        days = {day: asdict(asked) for day, asked in self.days.items()}
        state = {"series": self.series, "days": days, "seen": self.seen, "changes": self.changes}
        return json.dumps({**self.folders, STATE_KEY: state})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a tick asks for, by day → run key, and what a person should know."""

    requests: dict[str, str]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tick sees: changed days and their fingerprints, partitions in order, how runs ended by run key, and days
    with channels that are open: of those `at_service` something was sent, and its result is kept for a day only."""

    changed: Mapping[str, str]
    partitions: Collection[str]
    endings: Mapping[str, Ending]
    open_days: Collection[str]
    at_service: Collection[str]


def decide(cursor: Cursor, seen: Seen, now: float) -> Decision:
    """Brings the cursor up to date and says which days are asked for now."""
    cursor.changes += bool(seen.changed)
    for day, fingerprint in seen.changed.items():
        cursor.days[day] = Asked(f"{fingerprint}.{cursor.changes}")
    for day in list(cursor.days):
        _look_back(cursor, day, seen, now)
    for day in set(seen.at_service) - set(cursor.days):
        cursor.days[day] = Asked(OPEN)
    partitions = set(seen.partitions)
    requests = {}
    for day, asked in sorted(cursor.days.items()):
        if asked.run_key is None and asked.not_before <= now and day in partitions:
            parts = (day, asked.fingerprint, cursor.series, *([str(asked.tries)] if asked.tries else []))
            # Open days come without a fingerprint that changes, and may come again when they were done in between.
            asked.run_key = ":".join(parts) if asked.fingerprint != OPEN else ":".join((*parts, f"{now:.0f}"))
            asked.asked_at = now
            requests[day] = asked.run_key
    return Decision(requests, _notes(cursor, seen, now))


def _look_back(cursor: Cursor, day: str, seen: Seen, now: float) -> None:
    """What became of the run that was asked for."""
    asked = cursor.days[day]
    if asked.run_key is None:
        return
    match seen.endings.get(asked.run_key, Ending.UNHEARD_OF):
        case Ending.SUCCEEDED if day not in seen.open_days or asked.tries >= MOST_TRIES:
            del cursor.days[day]
        case Ending.SUCCEEDED | Ending.FAILED:
            asked.ask_again(now, at_once=asked.tries == 0)
        case Ending.UNHEARD_OF if now - asked.asked_at > LOST_AFTER_S:
            asked.ask_again(now, at_once=True)
        case _:
            pass


def _notes(cursor: Cursor, seen: Seen, now: float) -> list[str]:
    first, last = min(seen.partitions, default=""), max(seen.partitions, default="")
    early = sorted(day for day in cursor.days if day < first)
    late = sorted(day for day in cursor.days if day > last)
    again = sorted(day for day, asked in cursor.days.items() if asked.run_key is None and asked.not_before > now)
    notes = []
    if early:
        notes.append(f"left out, because start_date is {first}: {_named(early)}")
    if late:
        notes.append(f"waiting until it is that day in the pipeline's time zone: {_named(late)}")
    if again:
        notes.append(f"not done after a run, and asked for again later: {_named(again)}")
    return notes


def _named(days: list[str]) -> str:
    return ", ".join(days[:NAMED]) + (f" and {len(days) - NAMED} more" if len(days) > NAMED else "")

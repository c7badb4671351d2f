"""How what is published stands: days, engines, failures by reason and what mends them.

`qa-pipeline status` and the page Pipeline are its two faces.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.statements.files import read_sql
from qa_pipeline.wording.languages import to_translate

SEND_AGAIN = to_translate("`qa-pipeline retry` sends them again")

FIXES: dict[str, tuple[str, str]] = {
    "DUAL_MONO": (
        to_translate("Partial"),
        to_translate("record each party apart, or set on_dual_mono to both"),
    ),
    "SOURCE_MISSING": (
        to_translate("Failed"),
        to_translate("put the recordings back, and run the days again"),
    ),
    "MISSING_RECORDING": (
        to_translate("Partial"),
        to_translate("correct the recordings that their messages name, and run the days again"),
    ),
    "LOCAL_MODEL_NOT_INSTALLED": (
        to_translate("Failed"),
        to_translate("`make whisper`, `qa-pipeline models pull whisper`, and run the days again"),
    ),
    "STILL_OPEN": (
        to_translate("Open"),
        to_translate("run their days again to go on with them"),
    ),
    "IMPORT_UNREADABLE": (
        to_translate("Failed"),
        to_translate("correct or remove their transcripts, and run the days again"),
    ),
}
"""Reason → how its calls stand, and what mends them: sending again would not help."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Failed and partial calls of one reason, from the newest to the oldest, and what mends them."""

    reason: str | None
    calls: int
    call_ids: list[str]
    first_date: dt.date | None
    last_date: dt.date | None

    @property
    def standing(self) -> str:
        """Failed, Partial or Open, a text of the catalogue."""
        return FIXES.get(self.reason or "", (to_translate("Failed"), SEND_AGAIN))[0]

    @property
    def fix(self) -> str:
        """What to do, commands in backticks, a text of the catalogue."""
        return FIXES.get(self.reason or "", (to_translate("Failed"), SEND_AGAIN))[1]

    @property
    def command(self) -> str:
        """The command that goes on with these calls, once what `fix` names besides is done."""
        verb = "run" if self.reason in FIXES else "retry"
        days = f" --from {self.first_date} --to {self.last_date}" if self.first_date else ""
        return f"qa-pipeline {verb}{days}"


def age(snapshot: Snapshot, now: dt.datetime) -> dt.timedelta | None:
    """How long ago the snapshot was published, None where nobody wrote it down. `now` has a time zone."""
    [(published_at,)] = snapshot.tuples("select max(published_at) from publication")
    return now - published_at if published_at else None


def newest_days(snapshot: Snapshot, shown: int) -> list[tuple[Any, ...]]:
    """Day (None: undated), calls, ok, partial, failed and quarantined of the newest days."""
    return snapshot.tuples(read_sql("reads/count_calls_by_day.sql"), {"days_shown": shown})


def engines(snapshot: Snapshot) -> list[tuple[str, int]]:
    """Engines and how many channels each transcribed, the most first."""
    found = snapshot.tuples(
        "select engine, count(*) as channels from transcripts where model <> 'none' group by engine "
        "order by channels desc, engine"
    )
    return [(str(engine), int(channels)) for engine, channels in found]


def failures(snapshot: Snapshot) -> list[Failure]:
    """Failed and partial calls of all days by reason, the most frequent first."""
    return [Failure(*row) for row in snapshot.tuples(read_sql("reads/list_failures_by_reason.sql"))]


def calls_with_odd_values(snapshot: Snapshot) -> int:
    """Calls whose results hold values that can't be right; 0 where a version without remarks published them."""
    if "transcript_remarks" not in snapshot.tables():
        return 0
    [(calls,)] = snapshot.tuples("select count(distinct call_id) from transcript_remarks")
    return int(calls)


def stale_calls(snapshot: Snapshot) -> list[tuple[str, int, list[str]]]:
    """Reason, number and ids of calls that are shown as transcribed before: what lies in the landing zone is faulty."""
    if "stale_reason" not in snapshot.columns("calls"):
        return []
    query = "select stale_reason, count(*), list(call_id order by call_id) from calls where stale_reason is not null"
    return [
        (str(reason), int(number), ids) for reason, number, ids in snapshot.tuples(f"{query} group by all order by all")
    ]

"""The only place of the dashboards that reads DuckDB.

A page opens the published snapshot once and asks everything of it, so that what it shows belongs together. The link
qa.duckdb is resolved first: a snapshot is immutable under its real path, while DuckDB gives a process that still
holds the old file the old file again when the link's path is reopened. Nobody writes a snapshot, so there is no
lock to wait for on either side. The connection is read-only and cannot reach any other file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dashboards import figure_statements, statements
from dashboards.figures import Group, Mean
from dashboards.filters import SORTS, CallFilter, DateRange

LINK_NAME = "qa.duckdb"
OPEN_ATTEMPTS = 3
"""A snapshot may be deleted between reading the link and opening the file; the link then names a newer one."""

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}


class NoSnapshot(LookupError):
    """Nothing was published yet."""


class UnreadableSnapshot(RuntimeError):
    """There is a snapshot and it cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Publication:
    """When a snapshot was made (local time), by which version, and which call dates it holds."""

    published_at: dt.datetime | None
    pipeline_version: str | None
    first_date: dt.date | None
    last_date: dt.date | None
    calls: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of a date range. `undated` recordings are among the quarantined whatever the range."""

    calls: int
    ok: int
    partial: int
    failed: int
    quarantined: int
    undated: int
    audio_s: float
    billed_s: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the call list. `customer_course` is each customer sentence's emotion in the order of time."""

    call_id: str
    call_date: dt.date | None
    started_at: dt.datetime | None
    agent_id: str | None
    agent_name: str | None
    queue: str | None
    duration_s: float | None
    status: str
    engines: list[str]
    languages: list[str]
    customer_course: list[str | None]
    match_role: str | None
    match_ms: int | None
    match_text: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of one call besides its words."""

    call_id: str
    call_date: dt.date | None
    started_at: dt.datetime | None
    agent_id: str | None
    agent_name: str | None
    customer_id: str | None
    queue: str | None
    direction: str | None
    duration_s: float | None
    container: str | None
    codec: str | None
    sample_rate: int | None
    channels: int | None
    agent_channel: int | None
    source_uri: str
    status: str
    status_reason: str | None
    status_message: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    """One role of a call: its transcript (`engine` None: there is none) and its last attempt, if any was made."""

    role: str
    channel_id: int
    engine: str | None
    model: str | None
    language: str | None
    emotion: str | None
    sentence_count: int
    state: str | None
    code: str | None
    message: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `number` counts the call's sentences of both roles in the order of time, from 0.

    Models that answer at once give no times; such sentences come last, by role.
    """

    number: int
    role: str
    begin_ms: int | None
    end_ms: int | None
    text: str
    language: str | None
    emotion: str | None


@dataclass(frozen=True, slots=True)
class Sound:
    """What was heard on one channel before it was sent; `waveform` is what `qa_pipeline.audio.peaks` writes."""

    role: str
    channel_id: int
    action: str
    defects: list[str]
    speech_s: float
    speech_ratio: float
    speech_loudness_db: float | None
    loudness_db: float
    peak_db: float
    clipping_ratio: float
    correlation: float | None
    waveform: bytes


@dataclass(frozen=True, slots=True)
class Turn:
    """A row of `turns`."""

    turn_id: int
    role: str
    begin_ms: int
    end_ms: int
    text: str
    gap_ms: int | None
    overlap_ms: int
    is_backchannel: bool
    interrupts: bool
    interrupted_turn_id: int | None
    interruption_ms: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Calls of a range that escalated and recovered, and by which definitions its figures were made."""

    escalated: int
    recovered: int
    definition_versions: list[str]


def snapshot_path(home: Path) -> Path:
    """The real path of the newest snapshot below `home` (QA_HOME).

    Raises:
        NoSnapshot: nothing was published.
        UnreadableSnapshot: the link points to a file that is gone.
    """
    link = home / LINK_NAME
    for _ in range(2):  # the very first publish may put the link there between a look at it and the next
        try:
            return link.resolve(strict=True)
        except OSError:
            if not link.is_symlink():
                raise NoSnapshot(f"there is no {link}") from None
    raise UnreadableSnapshot(f"{link} points to {link.readlink()}, which is gone")


@contextmanager
def open_snapshot(home: Path, time_zone: str = "UTC") -> Iterator[Snapshot]:
    """Opens the newest snapshot for the length of the block; times are shown in `time_zone`.

    Raises:
        NoSnapshot, UnreadableSnapshot: as their names say; the latter also for a query that fails inside the block.
    """
    path, connection = _connect(home)
    try:
        yield Snapshot(path, connection, time_zone)
    except duckdb.Error as error:
        raise UnreadableSnapshot(f"{path.name} does not answer: {error}") from error
    finally:
        connection.close()


def _connect(home: Path) -> tuple[Path, duckdb.DuckDBPyConnection]:
    for attempt in range(1, OPEN_ATTEMPTS + 1):
        path = snapshot_path(home)
        try:
            return path, duckdb.connect(str(path), read_only=True, config=_CONFIG)
        except duckdb.Error as error:
            if attempt == OPEN_ATTEMPTS or path.exists():
                raise UnreadableSnapshot(f"{path} cannot be opened: {error}") from error
    raise AssertionError("unreachable")  # pragma: no cover


class Snapshot:
    """One open snapshot. Every method is one question; all times are local to `time_zone`."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, time_zone: str) -> None:
        self.path = path
        self._connection = connection
        self._time_zone = time_zone

    def has(self, *tables: str) -> bool:
        """Whether the snapshot has these tables; one that an earlier version published may lack some."""
        found = self._rows("select table_name from duckdb_tables()")
        return set(tables) <= {row["table_name"] for row in found}

    def publication(self) -> Publication:
        """When this snapshot was made and what dates it holds."""
        return Publication(**self._rows(statements.PUBLICATION, time_zone=self._time_zone)[0])

    def totals(self, dates: DateRange) -> Totals:
        """Calls by status, audio, billed seconds and cost of a date range."""
        return Totals(**self._ask(statements.TOTALS, dates)[0])

    def calls_by_day(self, dates: DateRange) -> list[dict[str, Any]]:
        """call_date, status, calls."""
        return self._ask(statements.CALLS_BY_DAY, dates)

    def customer_emotions_by_day(self, dates: DateRange) -> list[dict[str, Any]]:
        """call_date, emotion (None: not labelled), speech_s of the customers, where there are times."""
        return self._ask(statements.CUSTOMER_EMOTIONS_BY_DAY, dates)

    def emotions_by_role(self, dates: DateRange) -> list[dict[str, Any]]:
        """role, emotion (None: not labelled), speech_s, where there are times."""
        return self._ask(statements.EMOTIONS_BY_ROLE, dates)

    def languages(self, dates: DateRange) -> list[dict[str, Any]]:
        """language, sentences, speech_s; the most spoken first."""
        return self._ask(statements.LANGUAGES, dates)

    def models(self, dates: DateRange) -> list[dict[str, Any]]:
        """model, channels, untimed (channels without times), unlabelled (channels with words and no emotion)."""
        return self._ask(statements.MODELS, dates)

    def engines(self, dates: DateRange) -> list[dict[str, Any]]:
        """engine, channels, skipped (channels that nobody was paid for), failed (attempts), billed_s, cost_usd."""
        return self._ask(statements.ENGINES, dates)

    def trends(self, dates: DateRange) -> dict[str, list[tuple[dt.date, Mean]]]:
        """Of each metric of calls_daily its mean a day, over the days on which a call has it."""
        found: dict[str, list[tuple[dt.date, Mean]]] = {}
        for row in self._ask(figure_statements.TRENDS, dates):
            found.setdefault(row["metric"], []).append((row["key"], _mean(row)))
        return found

    def means(self, dates: DateRange) -> dict[str, Mean]:
        """Of each metric of calls_daily its mean over all calls that have it."""
        return {row["metric"]: _mean(row) for row in self._ask(figure_statements.MEANS, dates)}

    def outcomes(self, dates: DateRange) -> Outcomes:
        """How many calls escalated and recovered, and by which definitions that was judged."""
        row = self._ask(figure_statements.OUTCOMES, dates)[0]
        return Outcomes(row["escalated"], row["recovered"], list(row["definition_versions"] or []))

    def agents(self, dates: DateRange) -> list[Group]:
        """The agents with their means; those with the most calls first."""
        return self._groups(figure_statements.AGENTS, figure_statements.AGENT_FIGURES, dates)

    def queues(self, dates: DateRange) -> list[Group]:
        """The queues with their means; those with the most calls first."""
        return self._groups(figure_statements.QUEUES, figure_statements.QUEUE_FIGURES, dates)

    def defects(self, dates: DateRange) -> list[dict[str, Any]]:
        """defect, channels, calls, skipped (channels not sent), quarantined (channels)."""
        return self._ask(figure_statements.DEFECTS, dates)

    def angriest_calls(self, dates: DateRange, limit: int) -> list[dict[str, Any]]:
        """call_id, agent_id, agent_name, queue, angry_s (None: no times), share of the customer's labelled speech."""
        return self._ask(statements.ANGRIEST_CALLS, dates, limit=limit)

    def problems(self, dates: DateRange, limit: int) -> list[dict[str, Any]]:
        """call_id, call_date, status, reason, message of what is not ok; quarantined first."""
        return self._ask(statements.PROBLEMS, dates, limit=limit)

    def choices(self) -> dict[str, list[str]]:
        """What the calls can be narrowed to: agents, queues, languages and defects that occur."""
        found = self._rows(statements.CHOICES)[0]
        if self.has("acoustics"):
            found |= self._rows(statements.DEFECT_CHOICES)[0]
        return {"defects": [], **{name: list(values or []) for name, values in found.items()}}

    def count_calls(self, chosen: CallFilter) -> int:
        """How many calls the filter leaves."""
        condition, values = chosen.condition()
        return int(self._rows(f"select count(*) as calls from calls where {condition}", **values)[0]["calls"])

    def calls(self, chosen: CallFilter, *, sort: str, descending: bool, limit: int, offset: int) -> list[CallRow]:
        """One page of the call list. `sort` is a key of `SORTS`; the call id settles ties."""
        condition, values = chosen.condition()
        direction = "desc" if descending else "asc"
        sql = statements.CALLS.format(condition=condition, order=f"{SORTS[sort]} {direction} nulls last")
        text = chosen.text.strip() or None
        page = {"page_size": limit, "page_start": offset, "match": text, "time_zone": self._time_zone}
        return [CallRow(**row) for row in self._rows(sql, **values, **page)]

    def call(self, call_id: str) -> Call | None:
        """The call of that id, or None."""
        rows = self._rows(statements.CALL, call_id=call_id, time_zone=self._time_zone)
        return Call(**rows[0]) if rows else None

    def channels(self, call_id: str) -> list[Channel]:
        """The call's agent and customer; empty when the call was never sent."""
        return [Channel(**row) for row in self._rows(statements.CHANNELS, call_id=call_id)]

    def sentences(self, call_id: str, *, limit: int, offset: int = 0) -> list[Sentence]:
        """A stretch of the call's sentences in the order of time."""
        rows = self._rows(statements.SENTENCES, call_id=call_id, limit=limit, offset=offset)
        return [Sentence(**row) for row in rows]

    def sound(self, call_id: str) -> list[Sound]:
        """What was heard on the call's channels; empty where nobody listened."""
        return [Sound(**row) for row in self._rows(figure_statements.SOUND, call_id=call_id)]

    def call_metrics(self, call_id: str) -> dict[str, Any] | None:
        """The columns of `call_metrics`, or None where the call has none."""
        rows = self._rows(figure_statements.CALL_METRICS, call_id=call_id)
        return rows[0] if rows else None

    def turns(self, call_id: str, *, limit: int, offset: int = 0) -> list[Turn]:
        """A stretch of the call's turns in the order of time."""
        rows = self._rows(figure_statements.TURNS, call_id=call_id, limit=limit, offset=offset)
        return [Turn(**row) for row in rows]

    def turn_at(self, call_id: str, at_ms: int) -> int:
        """The id of the last turn that begins at or before `at_ms`; 0 before the first."""
        return int(self._rows(figure_statements.TURN_AT, call_id=call_id, at_ms=at_ms)[0]["turn_id"])

    def count_turns(self, call_id: str) -> int:
        """How many turns the call has."""
        return int(self._rows(figure_statements.TURN_COUNT, call_id=call_id)[0]["turns"])

    def sentence_at(self, call_id: str, at_ms: int) -> int:
        """The number of the last sentence that begins at or before `at_ms`; 0 before the first."""
        return int(self._rows(statements.SENTENCE_AT, call_id=call_id, at_ms=at_ms)[0]["number"])

    def _groups(self, sql: str, figures: str, dates: DateRange) -> list[Group]:
        means: dict[str, dict[str, Mean]] = {}
        for row in self._ask(figures, dates):
            means.setdefault(row["key"], {})[row["metric"]] = _mean(row)
        groups = [Group(**row, means=means.get(row["key"], {})) for row in self._ask(sql, dates)]
        return sorted(groups, key=lambda group: (-group.n, -group.calls, group.key))

    def _ask(self, sql: str, dates: DateRange, **values: Any) -> list[dict[str, Any]]:
        return self._rows(sql, from_date=dates.first, to_date=dates.last, **values)

    def _rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        answer = self._connection.execute(sql, values)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _mean(row: dict[str, Any]) -> Mean:
    return Mean(row["n"], row["mean"], row["ci_low"], row["ci_high"], row["unit"])

"""Reads and moves of the ledger. Every method is one transaction; none waits for the network."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, RowMapping, and_, case, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from qa_pipeline.ledger.contexts import context_of, keep_contexts
from qa_pipeline.ledger.states import ANSWERED, IMPORT_KIND, MOVES, READING_FAULTS, UNDER_WAY, UnitState
from qa_pipeline.ledger.tables import units
from qa_pipeline.transcription.imports.parameters import ImportParameters
from qa_pipeline.transcription.parameters import TranscriptionParameters

RESUMABLE = frozenset(
    {UnitState.PLANNED, UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.UNKNOWN}
)
TAKEN = frozenset({UnitState.SUBMITTED, UnitState.SUCCEEDED})
"""The service has a task, and its result is not here."""
KEY_COLUMNS = ("recording_id", "channel_id", "model", "parameters_hash")
IN_CLAUSE_LIMIT = 500
"""SQLite takes at most 32,766 parameters in a statement; far below it plans stay quick."""

Key: TypeAlias = tuple[str, int, str, str]


class IllegalMove(RuntimeError):
    """A unit was asked to go where its state cannot go: somebody else moved it, or a bug."""


@dataclass(frozen=True, slots=True)
class Billing:
    """Who would be asked and paid: kind 'dashscope' or 'local', engine's name, price region, account hash."""

    engine_kind: str
    engine: str
    region: str
    account: str


@dataclass(frozen=True, slots=True)
class KeptParameters:
    """What a row was asked with, kept as it was sent; `digest` is the row's."""

    digest: str
    sent: Mapping[str, Any]

    def to_request(self) -> dict[str, Any]:
        """What was sent."""
        return dict(self.sent)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One channel of one file that somebody wants transcribed. `audio_s` is the file's length, s; `channel_id` counts
    the channels of the file, which may be another one in the call (`recordings.channels`).

    `model_reason` says why this model; `context` is sent along and makes no other work of it; a channel that goes
    `apart` never shares a request with the other one.
    """

    recording_id: str
    channel_id: int
    model: str
    parameters: TranscriptionParameters | ImportParameters | KeptParameters
    call_id: str
    call_date: str
    source_uri: str
    audio_s: float
    model_reason: str | None = None
    context: str | None = None
    apart: bool = False
    settings_hash: str | None = None

    @property
    def context_sha256(self) -> str | None:
        """What the ledger knows the context by."""
        return None if self.context is None else hashlib.sha256(self.context.encode()).hexdigest()

    @property
    def key(self) -> Key:
        """What makes two work items the same paid work."""
        return (self.recording_id, self.channel_id, self.model, self.parameters.digest)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the ledger."""

    unit_id: str
    submission_id: str
    recording_id: str
    channel_id: int
    model: str
    parameters_hash: str
    attempt: int
    parameters: dict[str, Any]
    call_id: str
    call_date: str
    source_uri: str
    audio_s: float
    engine_kind: str
    engine: str
    region: str
    account: str
    state: UnitState
    worker_id: str | None
    task_id: str | None
    file_url: str | None
    code: str | None
    message: str | None
    billed_s: float | None
    cost_usd: float | None
    raw_path: str | None
    raw_sha256: str | None
    planned_at: float
    sending_at: float | None
    submitted_at: float | None
    ended_at: float | None
    fetched_at: float | None
    parsed_at: float | None
    model_reason: str | None = None
    context_sha256: str | None = None
    asked_again: int | None = None
    settings_hash: str | None = None
    answered_by: str | None = None

    @property
    def made_by(self) -> str:
        """The engine that answered, as far as the answer is signed; else the one that was to be asked."""
        return self.answered_by or self.engine

    @property
    def key(self) -> Key:
        """What makes two rows attempts at the same paid work."""
        return (self.recording_id, self.channel_id, self.model, self.parameters_hash)


class Ledger:
    """The ledger on one operations database; safe to share between threads and processes."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self.clock = clock

    # -- planning ---------------------------------------------------------------------------------------------

    def plan(
        self, wanted: Sequence[WorkItem], billing: Billing, *, together: bool, returned: Collection[str] = ()
    ) -> list[LedgerRow]:
        """The current row for each wanted unit, in order; rows that were missing are written as `planned`.

        What is answered, under way or failed for good is returned as it stands and never planned again, but for the
        units `returned`: they failed before anything was sent, and can be sent now. With `together`, new units of one
        recording share a submission where their parameters are equal.
        """
        return self._again_where_another_was_faster(
            lambda connection: self._plan(connection, wanted, billing, together=together, returned=returned)
        )

    def forecast(self, wanted: Sequence[WorkItem], engine_kind: str) -> list[LedgerRow | None]:
        """The current row for each wanted unit, or None where a run would send it. Writes nothing."""
        with self.engine.connect() as connection:
            attempts = self._attempts(connection, wanted)
        return [row_in_force(attempts[unit.key], engine_kind) for unit in wanted]

    def plan_again(self, unit_ids: Iterable[str], billing: Billing, *, answered: bool = False) -> list[LedgerRow]:
        """A new attempt, `planned`, for each unit: a person's word, or the service's advice to resubmit.

        Where a later attempt is under way or answered already, that one is returned and nothing is added: two people,
        or two runs, that ask for the same must not pay for it twice. With `answered` somebody wants another answer
        to units that have one; the old one counts until the new one is there.
        """
        chosen = list(unit_ids)
        return self._again_where_another_was_faster(
            lambda connection: self._plan_again(connection, chosen, billing, asked_again=1 if answered else None)
        )

    def plan_changed(self, wanted: Sequence[WorkItem], billing: Billing, *, together: bool) -> list[LedgerRow]:
        """A row, `planned`, for each request that a person wants although its channel is answered in another form."""
        known = self.forecast(wanted, billing.engine_kind)
        tried = [row.unit_id for row in known if row is not None and row.state in (UnitState.PLANNED, UnitState.FAILED)]
        fresh = [item for item, row in zip(wanted, known, strict=True) if row is None]
        again = self.plan_again(tried, billing, answered=True)
        return again + self._again_where_another_was_faster(
            lambda connection: self._plan(connection, fresh, billing, together=together, returned=(), asked_again=1)
        )

    def _again_where_another_was_faster(self, work: Callable[[Connection], list[LedgerRow]]) -> list[LedgerRow]:
        for _ in range(5):
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except IntegrityError:
                continue  # another run planned the same unit between our read and our write; read again
        raise IllegalMove("another run keeps planning the same recordings; try again when it has ended")

    def _plan_again(
        self, connection: Connection, unit_ids: Sequence[str], billing: Billing, *, asked_again: int | None
    ) -> list[LedgerRow]:
        now = self.clock()
        asked = [_unit(row) for row in _select_in(connection, units.c.unit_id, unit_ids)]
        newest = {unit.key: unit for unit in sorted(asked, key=lambda unit: unit.attempt)}
        attempts = self._attempts(connection, asked)
        planned = []
        for key, unit in newest.items():
            later = row_in_force([row for row in attempts[key] if row.attempt > unit.attempt], billing.engine_kind)
            if later is not None and later.state is not UnitState.FAILED:
                planned.append(later.unit_id)
                continue
            values = {name: getattr(unit, name) for name in (*KEY_COLUMNS, *_DESCRIPTION)}
            values |= _new_row(billing, now) | {"attempt": attempts[key][-1].attempt + 1, "asked_again": asked_again}
            connection.execute(insert(units).values(values))
            planned.append(values["unit_id"])
        return [_unit(row) for row in _select_in(connection, units.c.unit_id, planned)]

    def _plan(
        self,
        connection: Connection,
        wanted: Sequence[WorkItem],
        billing: Billing,
        *,
        together: bool,
        returned: Collection[str],
        asked_again: int | None = None,
    ) -> list[LedgerRow]:
        attempts = self._attempts(connection, wanted)
        now = self.clock()
        fresh: list[dict[str, Any]] = []
        submissions: dict[tuple[str, str, str], str] = {}
        for unit in {unit.key: unit for unit in wanted}.values():
            known = row_in_force(attempts[unit.key], billing.engine_kind)
            if known is not None and known.unit_id not in returned:
                continue
            row = _new_row(billing, now) | {
                "recording_id": unit.recording_id,
                "channel_id": unit.channel_id,
                "model": unit.model,
                "parameters_hash": unit.parameters.digest,
                "parameters": unit.parameters.to_request(),
                "call_id": unit.call_id,
                "call_date": unit.call_date,
                "source_uri": unit.source_uri,
                "audio_s": unit.audio_s,
                "model_reason": unit.model_reason,
                "context_sha256": unit.context_sha256,
                "settings_hash": unit.settings_hash,
                "asked_again": asked_again,
                "attempt": 1 + max((row.attempt for row in attempts[unit.key]), default=0),
            }
            if together and not unit.apart:
                group = (unit.recording_id, unit.model, unit.parameters.digest)
                row["submission_id"] = submissions.setdefault(group, row["submission_id"])
            fresh.append(row)
        if fresh:
            connection.execute(insert(units), fresh)
        self._take_over_planned(connection, attempts, billing)
        keep_contexts(connection, (unit.context for unit in wanted), now)
        rows = self._in_force(connection, wanted, billing)
        return self._take_over_wishes(connection, list(zip(wanted, rows, strict=True)))

    def _in_force(self, connection: Connection, wanted: Sequence[WorkItem], billing: Billing) -> list[LedgerRow]:
        attempts = self._attempts(connection, wanted)
        rows = [row_in_force(attempts[unit.key], billing.engine_kind) for unit in wanted]
        return [row for row in rows if row is not None]

    def _take_over_wishes(self, connection: Connection, pairs: Sequence[tuple[WorkItem, LedgerRow]]) -> list[LedgerRow]:
        """What was planned and never sent is sent as it is wanted now: from where the recording lies, for the call that
        it is, with the context and for the reason of now."""
        current = []
        for item, row in pairs:
            values = {name: getattr(item, name) for name in _AS_WANTED_NOW}
            if row.state is UnitState.PLANNED and any(getattr(row, name) != value for name, value in values.items()):
                where = and_(units.c.unit_id == row.unit_id, units.c.state == UnitState.PLANNED)
                connection.execute(update(units).where(where).values(values))
                row = replace(row, **values)
            current.append(row)
        return current

    def _take_over_planned(
        self, connection: Connection, attempts: dict[Key, list[LedgerRow]], billing: Billing
    ) -> None:
        """A row planned for another engine and never sent now belongs to this one."""
        stale = [
            row.unit_id
            for rows in attempts.values()
            for row in rows
            if row.state is UnitState.PLANNED and (row.engine, row.account) != (billing.engine, billing.account)
        ]
        values = {
            "engine_kind": billing.engine_kind,
            "engine": billing.engine,
            "region": billing.region,
            "account": billing.account,
        }
        for start in range(0, len(stale), IN_CLAUSE_LIMIT):
            chosen = units.c.unit_id.in_(stale[start : start + IN_CLAUSE_LIMIT])
            connection.execute(update(units).where(chosen, units.c.state == UnitState.PLANNED).values(values))

    def _attempts(self, connection: Connection, wanted: Sequence[WorkItem | LedgerRow]) -> dict[Key, list[LedgerRow]]:
        recordings = sorted({unit.recording_id for unit in wanted})
        found: dict[Key, list[LedgerRow]] = defaultdict(list)
        for row in _select_in(connection, units.c.recording_id, recordings):
            unit = _unit(row)
            found[unit.key].append(unit)
        for rows in found.values():
            rows.sort(key=lambda row: row.attempt)
        return found

    # -- moving -----------------------------------------------------------------------------------------------

    def move(self, submission_id: str, to: UnitState, **fields: Any) -> None:
        """Moves all units of a submission; see `move_in` for the rules."""
        with self.engine.begin() as connection:
            self.move_in(connection, submission_id, to, **fields)

    def move_in(self, connection: Connection, submission_id: str, to: UnitState, **fields: Any) -> None:
        """Moves all units of a submission to state `to` inside the caller's transaction.

        Raises:
            IllegalMove: no unit of the submission is in a state that may go there.
        """
        if not self.try_move_in(connection, submission_id, to, **fields):
            raise IllegalMove(f"submission {submission_id} cannot become {to}: it is in no state that leads there")

    def try_move_in(self, connection: Connection, submission_id: str, to: UnitState, **fields: Any) -> bool:
        """Like `move_in`, but says False where another run has moved the submission already."""
        origins = [state for state, targets in MOVES.items() if to in targets]
        where = and_(units.c.submission_id == submission_id, units.c.state.in_(origins))
        return connection.execute(update(units).where(where).values(state=to, **fields)).rowcount > 0

    def note_taken(self, connection: Connection, submission_id: str, code: str | None, message: str | None) -> None:
        """Notes what keeps a submission that the service has taken from its answer; its state stays."""
        where = and_(units.c.submission_id == submission_id, units.c.state.in_(TAKEN))
        connection.execute(update(units).where(where).values(code=code, message=message))

    def set_billed(self, connection: Connection, submission_id: str, billed_s: float, price_per_s: float) -> None:
        """Notes what a submission was billed; a task over several channels is split evenly between them."""
        where = units.c.submission_id == submission_id
        count = connection.execute(select(func.count()).select_from(units).where(where)).scalar_one()
        share = billed_s / count
        connection.execute(update(units).where(where).values(billed_s=share, cost_usd=share * price_per_s))

    def note_answered_by(self, connection: Connection, submission_id: str, engines: Mapping[int, str]) -> None:
        """Notes which engine answered channels of a submission: channel id → its name."""
        for channel_id, engine in engines.items():
            where = and_(units.c.submission_id == submission_id, units.c.channel_id == channel_id)
            connection.execute(update(units).where(where).values(answered_by=engine))

    def note_unreadable(self, faults: Mapping[str, tuple[str, str]]) -> None:
        """Notes why the raw JSON of units could not be read: unit id → code and message.

        A code of the service stays, as it says how the document is to be read once it can be.
        """
        with self.engine.begin() as connection:
            for unit_id, (code, message) in faults.items():
                is_ours = or_(units.c.code.is_(None), units.c.code.in_(READING_FAULTS))
                values = {"code": case((is_ours, code), else_=units.c.code), "message": message}
                connection.execute(update(units).where(units.c.unit_id == unit_id).values(values))

    def note_open(self, reasons: Mapping[str, str | None]) -> None:
        """Notes why units are still under way (unit id → a sentence); what has ended meanwhile keeps its own."""
        by_reason: dict[str | None, list[str]] = defaultdict(list)
        for unit_id, reason in reasons.items():
            by_reason[reason].append(unit_id)
        with self.engine.begin() as connection:
            for reason, unit_ids in by_reason.items():
                for chunk in _chunks(unit_ids):
                    where = and_(units.c.unit_id.in_(chunk), units.c.state.in_(UNDER_WAY))
                    connection.execute(update(units).where(where).values(message=reason))

    def mark_parsed(self, unit_ids: Iterable[str]) -> None:
        """Notes that the raw JSON of these units is in the warehouse; an earlier fault of reading it is over."""
        code = case((units.c.code.in_(READING_FAULTS), None), else_=units.c.code)
        values = {"state": UnitState.PARSED, "parsed_at": self.clock(), "code": code, "message": None}
        with self.engine.begin() as connection:
            for chunk in _chunks(unit_ids):
                where = and_(units.c.unit_id.in_(chunk), units.c.state.in_(ANSWERED))
                connection.execute(update(units).where(where).values(values))

    # -- reading ----------------------------------------------------------------------------------------------

    def context_of(self, unit: LedgerRow) -> str | None:
        """The context that goes with a unit; None where it has none."""
        if unit.context_sha256 is None:
            return None
        with self.engine.connect() as connection:
            return context_of(connection, unit.context_sha256)

    def get(self, unit_ids: Iterable[str]) -> list[LedgerRow]:
        """The rows of these ids."""
        with self.engine.connect() as connection:
            return [_unit(row) for row in _select_in(connection, units.c.unit_id, unit_ids)]

    def of_submissions(self, submission_ids: Iterable[str]) -> list[LedgerRow]:
        """The rows of these submissions."""
        with self.engine.connect() as connection:
            return [_unit(row) for row in _select_in(connection, units.c.submission_id, submission_ids)]

    def of_recordings(self, recording_ids: Iterable[str]) -> list[LedgerRow]:
        """Every attempt for these recordings."""
        with self.engine.connect() as connection:
            return [_unit(row) for row in _select_in(connection, units.c.recording_id, recording_ids)]

    def in_states(self, states: Iterable[UnitState]) -> list[LedgerRow]:
        """Every row in one of these states, oldest first."""
        query = select(units).where(units.c.state.in_(list(states))).order_by(units.c.planned_at)
        with self.engine.connect() as connection:
            return [_unit(row) for row in connection.execute(query).mappings()]

    def open_rows(self) -> list[LedgerRow]:
        """Every row that is still under way, oldest first, but those whose channel has been answered since."""
        rows = self.in_states(UNDER_WAY)
        answered_at: dict[tuple[str, int], float] = {}
        for row in self.of_recordings({row.recording_id for row in rows}):
            if row.state in ANSWERED:
                channel = (row.recording_id, row.channel_id)
                answered_at[channel] = max(answered_at.get(channel, 0.0), row.planned_at)
        return [row for row in rows if answered_at.get((row.recording_id, row.channel_id), 0.0) <= row.planned_at]

    def known_tasks(self) -> dict[str, float]:
        """Every task this ledger knows to be its own, and when its request left (UTC epoch seconds; 0 if not noted)."""
        query = select(units.c.task_id, func.max(units.c.sending_at)).where(units.c.task_id.is_not(None))
        with self.engine.connect() as connection:
            rows = connection.execute(query.group_by(units.c.task_id))
            return {str(task_id): float(sending_at or 0.0) for task_id, sending_at in rows}

    def counts(self, first: str | None = None, last: str | None = None) -> dict[UnitState, int]:
        """Units by state, over the call dates `first`..`last` (ISO), both included."""
        query = select(units.c.state, func.count()).group_by(units.c.state)
        if first is not None:
            query = query.where(units.c.call_date >= first)
        if last is not None:
            query = query.where(units.c.call_date <= last)
        with self.engine.connect() as connection:
            return {UnitState(state): count for state, count in connection.execute(query)}


def row_in_force(attempts: Sequence[LedgerRow], engine_kind: str) -> LedgerRow | None:
    """Which of a key's attempts decides, or None when the unit is still to be planned.

    What the paid service did counts everywhere, and so does an import. What the local service did counts only while
    the local service is the engine: with a key set, a recording that was only tried locally is sent. A row that was
    planned and never sent counts for any engine. An answer counts before any other attempt, but for one that a person
    asked for although there was an answer: that one counts while it is under way.
    """
    counting = ("dashscope", IMPORT_KIND, engine_kind)
    relevant = [row for row in attempts if row.engine_kind in counting or row.state is UnitState.PLANNED]
    if relevant and relevant[-1].asked_again and relevant[-1].state in UNDER_WAY:
        return relevant[-1]
    for states in (ANSWERED, RESUMABLE):
        matching = [row for row in relevant if row.state in states]
        if matching:
            return matching[-1]
    return relevant[-1] if relevant else None


_AS_WANTED_NOW = ("source_uri", "call_id", "call_date", "context_sha256", "model_reason", "settings_hash")
_DESCRIPTION = (
    "parameters",
    "call_id",
    "call_date",
    "source_uri",
    "audio_s",
    "model_reason",
    "context_sha256",
    "settings_hash",
)


def _new_row(billing: Billing, now: float) -> dict[str, Any]:
    return {
        "unit_id": uuid.uuid4().hex,
        "submission_id": uuid.uuid4().hex,
        "state": UnitState.PLANNED,
        "engine_kind": billing.engine_kind,
        "engine": billing.engine,
        "region": billing.region,
        "account": billing.account,
        "planned_at": now,
    }


def _unit(row: RowMapping) -> LedgerRow:
    return LedgerRow(**{**row, "state": UnitState(row["state"])})


def _chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    everything = list(values)
    for start in range(0, len(everything), IN_CLAUSE_LIMIT):
        yield everything[start : start + IN_CLAUSE_LIMIT]


def _select_in(connection: Connection, column: Any, values: Iterable[Any]) -> list[RowMapping]:
    rows: list[RowMapping] = []
    for chunk in _chunks(values):
        rows.extend(connection.execute(select(units).where(column.in_(chunk))).mappings())
    return rows

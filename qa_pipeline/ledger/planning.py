"""Planning: the current row of each unit that is wanted, and new attempts where somebody wants them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, and_, update
from sqlalchemy.exc import IntegrityError

from qa_pipeline.ledger.attempts import attempts, recordings
from qa_pipeline.ledger.contexts import keep_contexts
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.rows import (
    Billing,
    Key,
    LedgerRow,
    PlannedByOthers,
    WorkItem,
    by_work,
    row_in_force,
    rows_in_force,
)
from qa_pipeline.ledger.selecting import chunks, rows_of_submissions, rows_where, units_of
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.writing import call_ids, engine_id, insert_attempts, recording_ids, request_id

KEY_COLUMNS = ("recording_id", "channel_id", "model", "parameters_hash")


class Planning(OpenedLedger):
    """The part of the ledger that plans."""

    @outlasting
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

    @outlasting
    def forecast(self, wanted: Sequence[WorkItem], engine_kind: str) -> list[LedgerRow | None]:
        """The current row for each wanted unit, or None where a run would send it. Writes nothing."""
        with self.engine.connect() as connection:
            return _in_force(connection, wanted, engine_kind)

    @outlasting
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
        raise PlannedByOthers("another run keeps planning the same recordings; try again when it has ended")

    def _plan_again(
        self, connection: Connection, unit_ids: Sequence[str], billing: Billing, *, asked_again: int | None
    ) -> list[LedgerRow]:
        now = self.clock()
        asked = rows_where(connection, attempts.c.unit, units_of(unit_ids))
        newest = {unit.key: unit for unit in sorted(asked, key=lambda unit: unit.attempt)}
        tried = by_work(_attempts_at(connection, asked))
        planned, fresh = [], []
        for key, unit in newest.items():
            later = row_in_force([row for row in tried[key] if row.attempt > unit.attempt], billing.engine_kind)
            if later is not None and later.state is not UnitState.FAILED:
                planned.append(later.submission_id)
                continue
            values = {name: getattr(unit, name) for name in (*KEY_COLUMNS, *_DESCRIPTION)}
            values |= _new_row(billing, now) | {"attempt": tried[key][-1].attempt + 1, "asked_again": asked_again}
            fresh.append(values)
            planned.append(values["submission_id"])
        insert_attempts(connection, fresh)
        keys = set(newest)
        return [row for row in rows_of_submissions(connection, planned) if row.key in keys]

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
        tried = by_work(_attempts_at(connection, wanted))
        now = self.clock()
        fresh: list[dict[str, Any]] = []
        submissions: dict[tuple[str, str, str], str] = {}
        for unit in {unit.key: unit for unit in wanted}.values():
            known = row_in_force(tried.get(unit.key, ()), billing.engine_kind)
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
                "attempt": 1 + max((row.attempt for row in tried.get(unit.key, ())), default=0),
            }
            if together and not unit.apart:
                group = (unit.recording_id, unit.model, unit.parameters.digest)
                row["submission_id"] = submissions.setdefault(group, row["submission_id"])
            fresh.append(row)
        insert_attempts(connection, fresh)
        self._take_over_planned(connection, tried, billing)
        keep_contexts(connection, (unit.context for unit in wanted), now)
        rows = [row for row in _in_force(connection, wanted, billing.engine_kind) if row is not None]
        return self._take_over_wishes(connection, list(zip(wanted, rows, strict=True)))

    def _take_over_wishes(self, connection: Connection, pairs: Sequence[tuple[WorkItem, LedgerRow]]) -> list[LedgerRow]:
        """What was planned and never sent is sent as it is wanted now: from where the recording lies, for the call that
        it is, with the context and for the reason of now. What another one is at stays as that one took it."""
        current = []
        for item, row in sorted(pairs, key=lambda pair: int(pair[1].unit_id)):
            wishes = {name: getattr(item, name) for name in _AS_WANTED_NOW}
            # each machine may see the recording elsewhere, and sends it from there: see the dispatcher
            differs = {name for name, value in wishes.items() if getattr(row, name) != value}
            if row.state is UnitState.PLANNED and differs > (differs & _WHERE_IT_LIES if self.is_shared else set()):
                self._note_wishes(connection, item, row)
                row = replace(row, **wishes)
            current.append(row)
        in_order = {row.unit_id: row for row in current}
        return [in_order[row.unit_id] for _, row in pairs]

    def _note_wishes(self, connection: Connection, item: WorkItem, row: LedgerRow) -> None:
        facts = {name: getattr(item, name) for name in _AS_WANTED_NOW}
        facts |= {"recording_id": row.recording_id, "audio_s": row.audio_s, "parameters": row.parameters}
        [call] = call_ids(connection, [facts], recording_ids(connection, [row.recording_id])).values()
        values = {"call": call, "request": request_id(connection, facts), "call_date": item.call_date}
        where = and_(attempts.c.unit == int(row.unit_id), attempts.c.state == UnitState.PLANNED, self.is_free())
        connection.execute(update(attempts).where(where).values(values))

    def _take_over_planned(self, connection: Connection, tried: dict[Key, list[LedgerRow]], billing: Billing) -> None:
        """A row planned for another engine and never sent now belongs to this one."""
        stale = sorted(
            int(row.unit_id)
            for rows in tried.values()
            for row in rows
            if row.state is UnitState.PLANNED and (row.engine, row.account) != (billing.engine, billing.account)
        )
        if not stale:
            return
        engine = engine_id(connection, asdict(billing))
        for chunk in chunks(stale):
            chosen = and_(attempts.c.unit.in_(chunk), attempts.c.state == UnitState.PLANNED, self.is_free())
            connection.execute(update(attempts).where(chosen).values(engine=engine))


def _in_force(connection: Connection, wanted: Sequence[WorkItem], engine_kind: str) -> list[LedgerRow | None]:
    return rows_in_force(wanted, _attempts_at(connection, wanted), engine_kind)


def _attempts_at(connection: Connection, wanted: Sequence[WorkItem | LedgerRow]) -> list[LedgerRow]:
    """Every attempt at the recordings of these."""
    return rows_where(connection, recordings.c.recording_id, sorted({unit.recording_id for unit in wanted}))


_AS_WANTED_NOW = ("source_uri", "call_id", "call_date", "context_sha256", "model_reason", "settings_hash")
_WHERE_IT_LIES = {"source_uri"}
_DESCRIPTION = ("parameters", "audio_s", *_AS_WANTED_NOW)


def _new_row(billing: Billing, now: float) -> dict[str, Any]:
    return {"submission_id": uuid.uuid4().hex, "state": UnitState.PLANNED, "planned_at": now, **asdict(billing)}

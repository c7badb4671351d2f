"""What can be read of the ledger, each by a day or an index: no question looks at all of history."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, and_, exists, func, select

from qa_pipeline.ledger.attempts import attempts, engines, recordings, texts
from qa_pipeline.ledger.contexts import context_of
from qa_pipeline.ledger.id_endings import has_one_id
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.selecting import chunks, read_rows, rows_of_submissions, rows_query, rows_where, units_of
from qa_pipeline.ledger.states import ANSWERED, UNDER_WAY, UnitState


class Queries(OpenedLedger):
    """The part of the ledger that is read."""

    @outlasting
    def context_of(self, unit: LedgerRow) -> str | None:
        """The context that goes with a unit; None where it has none."""
        if unit.context_sha256 is None:
            return None
        with self.engine.connect() as connection:
            return context_of(connection, unit.context_sha256)

    @outlasting
    def get(self, unit_ids: Iterable[str]) -> list[LedgerRow]:
        """The rows of these ids."""
        with self.engine.connect() as connection:
            return rows_where(connection, attempts.c.unit, units_of(unit_ids))

    @outlasting
    def of_submissions(self, submission_ids: Iterable[str]) -> list[LedgerRow]:
        """The rows of these submissions."""
        with self.engine.connect() as connection:
            return rows_of_submissions(connection, submission_ids)

    @outlasting
    def of_recordings(self, recording_ids: Iterable[str]) -> list[LedgerRow]:
        """Every attempt for these recordings."""
        with self.engine.connect() as connection:
            return rows_where(connection, recordings.c.recording_id, recording_ids)

    @outlasting
    def in_states(
        self, states: Iterable[UnitState], first: str | None = None, last: str | None = None
    ) -> list[LedgerRow]:
        """Every row in one of these states, oldest first, of the call dates `first`..`last` (ISO), both included.

        Answered rows are most of the ledger: name days with them.
        """
        wheres = [attempts.c.state.in_(list(states)), *_within(first, last)]
        query = rows_query().where(*wheres).order_by(attempts.c.planned_at, attempts.c.unit)
        with self.engine.connect() as connection:
            return read_rows(connection, query)

    @outlasting
    def with_codes(self, codes: Collection[str]) -> list[LedgerRow]:
        """Every row with one of these codes."""
        with self.engine.connect() as connection:
            return rows_where(connection, attempts.c.code, codes)

    @outlasting
    def answered_by_others(self, kind: str, made_by: Collection[str]) -> list[LedgerRow]:
        """Every answer of engines of that kind that none of the engines `made_by` made."""
        with self.engine.connect() as connection:
            of_kind = {
                row.id: row.engine for row in connection.execute(select(engines).where(engines.c.engine_kind == kind))
            }
            signed = exists().where(attempts.c.engine.in_(of_kind), attempts.c.answered_by == texts.c.id)
            named = select(texts.c.id).where(texts.c.text.not_in(made_by), signed.correlate(texts))
            others = list(connection.execute(named).scalars())
            unsigned = [number for number, name in of_kind.items() if name not in made_by]
            wheres = [
                and_(attempts.c.engine.in_(of_kind), attempts.c.answered_by.in_(others)),
                and_(attempts.c.engine.in_(unsigned), attempts.c.answered_by.is_(None)),
            ]
            found = []
            for where in wheres:
                found += read_rows(connection, rows_query().where(where, attempts.c.state.in_(ANSWERED)))
            return found

    def open_rows(self) -> list[LedgerRow]:
        """Every row that is still under way, oldest first, but those whose channel has been answered since."""
        rows = self.in_states(UNDER_WAY)
        answered_at: dict[tuple[str, int], float] = {}
        for row in self.of_recordings({row.recording_id for row in rows}):
            if row.state in ANSWERED:
                channel = (row.recording_id, row.channel_id)
                answered_at[channel] = max(answered_at.get(channel, 0.0), row.planned_at)
        return [row for row in rows if answered_at.get((row.recording_id, row.channel_id), 0.0) <= row.planned_at]

    @outlasting
    def known_tasks(self, task_ids: Iterable[str]) -> dict[str, float]:
        """Which of these tasks this ledger knows to be its own, and when their requests left (UTC epoch seconds; 0 if
        not noted)."""
        known: dict[str, float] = {}
        with self.engine.connect() as connection:
            for chunk in chunks(task_ids):
                query = select(attempts.c.task_id, attempts.c.sending_at).where(has_one_id(attempts.c.task_id, chunk))
                for task_id, sending_at in connection.execute(query):
                    known[task_id] = max(known.get(task_id, 0.0), sending_at or 0.0)
        return known

    @outlasting
    def counts(self, first: str | None = None, last: str | None = None) -> dict[UnitState, int]:
        """Units by state, over the call dates `first`..`last` (ISO), both included."""
        query = select(attempts.c.state, func.count()).where(attempts.c.state.in_(list(UnitState)))
        with self.engine.connect() as connection:
            found = connection.execute(query.where(*_within(first, last)).group_by(attempts.c.state)).all()
        return {state: count for state, count in found}  # noqa: C416 - a row is not a pair to the type checker

    @outlasting
    def newest_days(self, number: int) -> list[str]:
        """The newest call dates that the ledger has work of, at most `number`, newest first."""
        days: list[str] = []
        with self.engine.connect() as connection:
            while len(days) < number:
                before = [attempts.c.call_date < days[-1]] if days else []
                newest = [
                    connection.execute(
                        select(func.max(attempts.c.call_date)).where(attempts.c.state == state, *before)
                    ).scalar_one()
                    for state in UnitState
                ]
                if not any(newest):
                    break
                days.append(max(day for day in newest if day is not None))
        return days


def _within(first: str | None, last: str | None) -> list[ColumnElement[bool]]:
    """The conditions that a row is of days from `first` to `last`."""
    return [
        *([attempts.c.call_date >= first] if first is not None else []),
        *([attempts.c.call_date <= last] if last is not None else []),
    ]

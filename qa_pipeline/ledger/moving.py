"""Moves of rows from state to state, and notes on rows. Every method is one transaction, or part of the caller's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from qa_pipeline.ledger.attempts import attempts, work
from qa_pipeline.ledger.id_endings import has_id
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.rows import IllegalMove
from qa_pipeline.ledger.selecting import chunks, short_path, units_of
from qa_pipeline.ledger.states import ANSWERED, FINAL, MOVES, READING_FAULTS, TAKEN, UNDER_WAY, UnitState
from qa_pipeline.ledger.writing import text_ids

_OVER = {"worker_id": None, "fence": None, "held_until": None, "file_url": None}
"""What nobody needs of a row that has come to its end: the raw JSON names the audio's address too."""


def stands_in(connection: Connection, submission_id: str, state: UnitState) -> bool:
    """Whether a submission is in a state."""
    query = select(attempts.c.unit).where(has_id(attempts.c.submission_id, submission_id), attempts.c.state == state)
    return connection.execute(query.limit(1)).first() is not None


def _is_in(states: Collection[UnitState]) -> ColumnElement[bool]:
    """What rows that are looked up by their number must be in. Said by the other states, for which there is no index:
    SQLite takes few rows to be in a state, and would read all that ever were."""
    return attempts.c.state.not_in([state for state in UnitState if state not in states])


_FREE = {"fence": None, "held_until": None}


class Moving(OpenedLedger):
    """The part of the ledger that moves."""

    def move(self, submission_id: str, to: UnitState, **fields: Any) -> None:
        """Moves all units of a submission; see `move_in` for the rules."""
        with self.engine.begin() as connection:
            self.move_in(connection, submission_id, to, **fields)

    def move_in(self, connection: Connection, submission_id: str, to: UnitState, **fields: Any) -> None:
        """Moves all units of a submission to state `to` inside the caller's transaction; `fields` are those of a row.

        Raises:
            IllegalMove: no unit of the submission is in a state that may go there.
        """
        if not self.try_move_in(connection, submission_id, to, **fields):
            raise IllegalMove(submission_id, to)

    def try_move_in(
        self, connection: Connection, submission_id: str, to: UnitState, *, fenced_by: int | None = None, **fields: Any
    ) -> bool:
        """Like `move_in`, but says False where another run has moved the submission already.

        With `fenced_by` only a row with that claim is moved: see `claims`.
        """
        origins = [state for state, targets in MOVES.items() if to in targets]
        where = and_(has_id(attempts.c.submission_id, submission_id), attempts.c.state.in_(origins))
        if fenced_by is not None:
            where = and_(where, attempts.c.fence == fenced_by)
        values = self._columns(connection, submission_id, fields)
        if to in FINAL:
            values = _OVER | values
        elif to in (UnitState.UNKNOWN, UnitState.PLANNED):
            values = _FREE | values
        return connection.execute(update(attempts).where(where).values(state=to, **values)).rowcount > 0

    def _columns(self, connection: Connection, submission_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of a row as columns of the table."""
        values = dict(fields)
        if "kept_in" in values:
            kept_in = values["kept_in"]
            values["kept_in"] = None if kept_in is None else text_ids(connection, [kept_in])[kept_in]
        if "raw_path" in values:
            query = (
                select(work.c.model, attempts.c.call_date)
                .join_from(attempts, work, work.c.id == attempts.c.work)
                .where(has_id(attempts.c.submission_id, submission_id))
                .limit(1)
            )
            found = connection.execute(query).one_or_none()
            path = values.pop("raw_path")
            values["raw"] = short_path(path, *found, submission_id) if found else path
        return values

    def note_taken(self, connection: Connection, submission_id: str, code: str | None, message: str | None) -> None:
        """Notes what keeps a submission that the service has taken from its answer; its state stays."""
        where = and_(has_id(attempts.c.submission_id, submission_id), attempts.c.state.in_(TAKEN))
        connection.execute(update(attempts).where(where).values(code=code, message=message))

    def set_billed(self, connection: Connection, submission_id: str, billed_s: float, price_per_s: float) -> None:
        """Notes what a submission was billed; a task over several channels is split evenly between them."""
        where = has_id(attempts.c.submission_id, submission_id)
        count = connection.execute(select(func.count()).select_from(attempts).where(where)).scalar_one()
        share = billed_s / count
        connection.execute(update(attempts).where(where).values(billed_s=share, cost_usd=share * price_per_s))

    def note_answered_by(self, connection: Connection, submission_id: str, engines: Mapping[int, str]) -> None:
        """Notes which engine answered channels of a submission: channel id → its name."""
        names = text_ids(connection, set(engines.values())) if engines else {}
        for channel_id, engine in engines.items():
            where = and_(has_id(attempts.c.submission_id, submission_id), attempts.c.channel_id == channel_id)
            connection.execute(update(attempts).where(where).values(answered_by=names[engine]))

    @outlasting
    def note_unreadable(self, faults: Mapping[str, tuple[str, str]]) -> None:
        """Notes why the raw JSON of units could not be read: unit id → code and message.

        A code of the service stays, as it says how the document is to be read once it can be.
        """
        with self.engine.begin() as connection:
            for unit_id, (code, message) in sorted(faults.items()):
                is_ours = or_(attempts.c.code.is_(None), attempts.c.code.in_(READING_FAULTS))
                values = {"code": case((is_ours, code), else_=attempts.c.code), "message": message}
                connection.execute(update(attempts).where(attempts.c.unit.in_(units_of([unit_id]))).values(values))

    @outlasting
    def note_open(self, reasons: Mapping[str, str | None]) -> None:
        """Notes why units are still under way (unit id → a sentence); what has ended meanwhile keeps its own."""
        by_reason: dict[str | None, list[int]] = defaultdict(list)
        for unit_id, reason in reasons.items():
            by_reason[reason].extend(units_of([unit_id]))
        with self.engine.begin() as connection:
            for reason, unit_ids in by_reason.items():
                for chunk in chunks(sorted(unit_ids)):
                    where = and_(attempts.c.unit.in_(chunk), _is_in(UNDER_WAY))
                    connection.execute(update(attempts).where(where).values(message=reason))

    @outlasting
    def mark_parsed(self, unit_ids: Iterable[str]) -> None:
        """Notes that the raw JSON of these units is in the warehouse; an earlier fault of reading it is over. Rows of
        which that was noted before stay as they are."""
        code = case((attempts.c.code.in_(READING_FAULTS), None), else_=attempts.c.code)
        values = {"state": UnitState.PARSED, "parsed_at": self.clock(), "code": code, "message": None}
        is_new = or_(
            attempts.c.state != UnitState.PARSED,
            attempts.c.code.in_(READING_FAULTS),
            attempts.c.message.is_not(None),
        )
        with self.engine.begin() as connection:
            for chunk in chunks(sorted(units_of(unit_ids))):
                where = and_(attempts.c.unit.in_(chunk), _is_in(ANSWERED), is_new)
                connection.execute(update(attempts).where(where).values(values))

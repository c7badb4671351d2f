"""Whose a submission is: claims that several senders, on one machine or many, take in one database.

A claim is a number (the fence) that is written into the rows of a submission, and a moment by the ledger's clock until
which nobody else takes them:

- a planned submission is taken before its recording is looked at or uploaded, so no two senders upload the same;
- `sending` is written only under the claim, and gives the sender a short time in which its request may leave. Whether
  that time is over, and whether the fence is still its own, it asks before the first byte and before the last one: a
  sender that was frozen, or whose clock is wrong, finds that out and gives up with an incomplete request;
- what was left in `sending` is taken, with a new fence, by whoever finds out what became of it, and not before the time
  of the claim is over. From then on the one before can move nothing and send nothing;
- a task is polled by whoever has the claim on it; the claim of a dead machine runs out.

Whoever is at work says so every few seconds, and its claims last longer by that (see `workers`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, or_, select, type_coerce, update

from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.id_endings import has_id
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.selecting import chunks, units_of
from qa_pipeline.ledger.states import TAKEN, UnitState

LEASE_S = 60.0
"""A claim lasts so long after its owner last said that it lives."""

SEND_WINDOW_S = 15.0
"""Within so long after `sending` was written the last byte of the request has left, or it never leaves."""

GUARD_S = 15.0
"""And so long after that nobody asks what became of it: the last byte may be on its way."""

_HELD_UNTIL = type_coerce(attempts.c.held_until, BigInteger)


@dataclass(frozen=True, slots=True)
class Claim:
    """One worker's claim on a submission; no two claims have the same fence."""

    submission_id: str
    worker_id: str
    fence: int = field(default_factory=lambda: secrets.randbits(62))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a unit stands, for those who wait for another worker."""

    state: UnitState
    worker_id: str | None
    held_until: float | None


class Claiming(OpenedLedger):
    """The part of the ledger that says whose something is."""

    def take(
        self,
        connection: Connection,
        claim: Claim,
        states: Collection[UnitState],
        *,
        gone: Collection[str | None] = (),
        guard_s: float = 0.0,
    ) -> bool:
        """Takes a submission that is in one of these states, if nobody is at it; whether it did.

        Somebody is at it until the time of its claim and `guard_s` are over, unless its worker is one of the `gone`.
        """
        free = or_(
            _HELD_UNTIL.is_(None),
            _HELD_UNTIL + round(guard_s * 1000) < self.now_ms(),
            attempts.c.fence == claim.fence,  # done before, and nobody knew
            attempts.c.worker_id.in_([worker for worker in gone if worker is not None]),
        )
        where = and_(has_id(attempts.c.submission_id, claim.submission_id), attempts.c.state.in_(list(states)), free)
        values = {"worker_id": claim.worker_id, "fence": claim.fence, "held_until": self._in(LEASE_S)}
        return connection.execute(update(attempts).where(where).values(values)).rowcount > 0

    def begin_sending(self, connection: Connection, claim: Claim, **fields: Any) -> bool:
        """Notes that the request may leave now, and gives it its time; False where another one has the claim."""
        where = and_(
            has_id(attempts.c.submission_id, claim.submission_id),
            attempts.c.fence == claim.fence,
            attempts.c.state.in_([UnitState.PLANNED, UnitState.SENDING]),
        )
        values = {"state": UnitState.SENDING, "held_until": self._in(SEND_WINDOW_S), **fields}
        return connection.execute(update(attempts).where(where).values(values)).rowcount > 0

    def may_send(self, claim: Claim) -> bool:
        """Whether the claim stands and the time of the request is not over, by the database's clock."""
        query = select(attempts.c.unit).where(
            has_id(attempts.c.submission_id, claim.submission_id),
            attempts.c.fence == claim.fence,
            attempts.c.state == UnitState.SENDING,
            self.now_ms() < _HELD_UNTIL,
        )
        with self.engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def hold_task(self, connection: Connection, claim: Claim) -> None:
        """The submission has become a task: its time is that of one that is polled."""
        where = and_(has_id(attempts.c.submission_id, claim.submission_id), attempts.c.state.in_(TAKEN))
        values = {"worker_id": claim.worker_id, "fence": claim.fence, "held_until": self._in(LEASE_S)}
        connection.execute(update(attempts).where(where).values(values))

    def release(self, connection: Connection, claim: Claim) -> None:
        """Gives up a claim on something that is not being sent."""
        where = and_(
            has_id(attempts.c.submission_id, claim.submission_id),
            attempts.c.fence == claim.fence,
            attempts.c.state != UnitState.SENDING,
        )
        connection.execute(update(attempts).where(where).values(worker_id=None, fence=None, held_until=None))

    def leave(self, connection: Connection, submission_id: str, worker_id: str) -> None:
        """Gives up whatever claim a worker has on something that is not being sent."""
        where = and_(has_id(attempts.c.submission_id, submission_id), self._claimed_by(worker_id))
        connection.execute(update(attempts).where(where).values(worker_id=None, fence=None, held_until=None))

    @outlasting
    def keep_claims(self, worker_id: str) -> None:
        """Makes the claims of a worker last from now on, but for those on requests that may be leaving."""
        with self.engine.begin() as connection:
            values = {"held_until": self._in(LEASE_S)}
            connection.execute(update(attempts).where(self._claimed_by(worker_id)).values(values))

    @outlasting
    def release_all(self, worker_id: str) -> None:
        """Gives up all claims of a worker, but for those on requests that may have left."""
        with self.engine.begin() as connection:
            values = {"worker_id": None, "fence": None, "held_until": None}
            connection.execute(update(attempts).where(self._claimed_by(worker_id)).values(values))

    @outlasting
    def standings(self, unit_ids: Iterable[str]) -> dict[str, Standing]:
        """Where units stand, by id."""
        columns = (attempts.c.unit, attempts.c.state, attempts.c.worker_id, attempts.c.held_until)
        found: dict[str, Standing] = {}
        with self.engine.connect() as connection:
            for chunk in chunks(units_of(unit_ids)):
                for unit, *standing in connection.execute(select(*columns).where(attempts.c.unit.in_(chunk))):
                    found[str(unit)] = Standing(*standing)
        return found

    @staticmethod
    def _claimed_by(worker_id: str) -> Any:
        held = (UnitState.PLANNED, UnitState.SUBMITTED, UnitState.SUCCEEDED)
        return and_(attempts.c.worker_id == worker_id, attempts.c.state.in_(held), attempts.c.fence.is_not(None))

    def _in(self, seconds: float) -> Any:
        """The moment in so many seconds, for a column."""
        return type_coerce(self.now_ms() + round(seconds * 1000), BigInteger)

"""Legal holds: calls and customers of which nothing may be erased, nor forgotten by age, until they are released."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import Engine, insert, select, update

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.erasure_tables import legal_holds

HeldKind: TypeAlias = Literal["call", "customer"]


class OnHold(UserError):
    """What was asked for is on hold; the message names hold, reason and the way out."""


class NoSuchHold(UserError):
    """There is no hold of this id that stands."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a call or customer. Times are UTC epoch seconds; it stands while `released_at` is None."""

    hold_id: str
    kind: str
    subject: str
    reason: str
    held_by: str
    held_at: float
    released_at: float | None
    released_by: str | None

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: hold {self.hold_id[:8]} by {self.held_by} ({self.reason})"


def hold(engine: Engine, kind: HeldKind, subjects: Iterable[str], reason: str, by: str) -> list[Hold]:
    """Puts calls or customers on hold; what is on hold already gets one more."""
    made = [Hold(uuid.uuid4().hex, kind, each, reason, by, time.time(), None, None) for each in subjects]
    with engine.begin() as connection:
        for each in made:
            connection.execute(
                insert(legal_holds).values(
                    hold_id=each.hold_id,
                    kind=each.kind,
                    subject=each.subject,
                    reason=each.reason,
                    held_by=each.held_by,
                    held_at=each.held_at,
                )
            )
    return made


def list_holds(engine: Engine, *, released: bool = False) -> list[Hold]:
    """Those that stand, the oldest first; with `released` all that there ever were."""
    query = select(legal_holds).order_by(legal_holds.c.held_at, legal_holds.c.hold_id)
    if not released:
        query = query.where(legal_holds.c.released_at.is_(None))
    with engine.connect() as connection:
        return [Hold(**row) for row in connection.execute(query).mappings()]


def release(engine: Engine, hold_id: str, by: str) -> Hold:
    """Ends a hold, by its id or the beginning of it.

    Raises:
        NoSuchHold: none that stands, or several, begin so.
    """
    found = [each for each in list_holds(engine) if each.hold_id.startswith(hold_id)] if hold_id else []
    if len(found) != 1:
        several = f"{len(found)} holds begin with" if found else "no hold that stands begins with"
        raise NoSuchHold(f"{several} {hold_id!r}; `qa-pipeline hold --list` shows them")
    own = legal_holds.c.hold_id == found[0].hold_id
    with engine.begin() as connection:
        connection.execute(update(legal_holds).where(own).values(released_at=time.time(), released_by=by))
    return found[0]


def holds_on(engine: Engine, call_ids: Collection[str], customers: Collection[str]) -> list[Hold]:
    """The holds that stand on any of these."""
    wanted = {"call": set(call_ids), "customer": set(customers)}
    return [each for each in list_holds(engine) if each.subject in wanted[each.kind]]


def require_not_held(engine: Engine, call_ids: Collection[str], customers: Collection[str]) -> None:
    """Raises OnHold where any of these is on hold."""
    found = holds_on(engine, call_ids, customers)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise OnHold(
            f"{found[0]}{more}: nothing was erased. When it may go, end the hold: `qa-pipeline hold --release "
            f"{found[0].hold_id[:8]}`"
        )

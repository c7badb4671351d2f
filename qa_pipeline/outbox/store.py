"""The outbox itself: causes and messages in the operations database, and whose turn it is to send.

A cause is written once per channel, whoever finds it again. What is to be said together is made one message, with its
key, before anything is sent, so that a sender that is killed at any moment is followed by one that sends the same
message under the same key. A channel is held by one sender at a time; a claim is a number (the fence) and a moment
until which nobody else takes it, as of submissions in `ledger.claims`.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, case, func, or_, select, type_coerce, update

from qa_pipeline.alerts.causes import Cause, cause_of, gravest, message_key
from qa_pipeline.alerts.timing import Waiting
from qa_pipeline.ledger.alert_tables import alert_causes, alert_channels, alert_messages
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.ledger.writing import insert_new
from qa_pipeline.outbox.adding import new_causes, row_of
from qa_pipeline.outbox.forgetting import drop_empty_messages, prune
from qa_pipeline.outbox.kept import DEAD, SENT, WAITING, Kept

LEASE_S = 120.0
"""Longer than one message takes to be sent; a sender that was killed is followed after that."""

_HELD_UNTIL = type_coerce(alert_channels.c.held_until, BigInteger)
_IN_ORDER = (alert_messages.c.made_at, alert_messages.c.position, alert_messages.c.message_key)


@dataclass(frozen=True, slots=True)
class Turn:
    """A sender's claim on a channel; no two have the same fence."""

    channel: str
    fence: int


class Outbox(OpenedLedger):
    """The outbox in one operations database; safe to share between threads and processes."""

    @outlasting
    def add(self, found: Sequence[tuple[str, Cause]], home: Path) -> int:
        """Keeps causes for channels, in their order; returns how many are new. What is known already stays as it is;
        causes of calls that were erased are none, by the tombstones whose key `home` has, nor are those of days that
        were taken out.

        Raises:
            TombstonesUnreadable: `home` does not have the key.
        """
        now, added = self.clock(), 0
        with self.engine.begin() as connection:
            for position, (channel, cause) in enumerate(new_causes(connection, found, home)):
                row = row_of(channel, cause, now, position)
                statement = insert_new(connection, alert_causes).values(**row).on_conflict_do_nothing()
                added += connection.execute(statement.returning(alert_causes.c.cause_key)).first() is not None
        return added

    def unknown(self, found: Sequence[tuple[str, Cause]], home: Path) -> list[tuple[str, Cause]]:
        """Those that `add` would keep, in their order."""
        with self.engine.connect() as connection:
            return new_causes(connection, found, home)

    @outlasting
    def prune(self, first_day: dt.date) -> int:
        """Takes out what was told long ago, see `forgetting.prune`; returns how many messages."""
        with self.engine.begin() as connection:
            return prune(connection, self.clock(), first_day)

    @outlasting
    def take(self, channel: str) -> Turn | None:
        """Takes a channel for some time; None where another sender is at it. Moments that a clock which was ahead left
        there are set back to now."""
        turn, now_ms = Turn(channel, secrets.randbits(62)), self.now_ms()
        was_ahead = now_ms + round(2 * LEASE_S * 1000) < _HELD_UNTIL
        free = or_(_HELD_UNTIL.is_(None), now_ms > _HELD_UNTIL, was_ahead)
        with self.engine.begin() as connection:
            connection.execute(insert_new(connection, alert_channels).values(channel=channel).on_conflict_do_nothing())
            taken = update(alert_channels).where(alert_channels.c.channel == channel, free).values(self._hold(turn))
            if not connection.execute(taken).rowcount:
                return None
            _set_back(connection, channel, self.clock())
        return turn

    @outlasting
    def leave(self, turn: Turn) -> None:
        """Gives a channel up."""
        with self.engine.begin() as connection:
            connection.execute(update(alert_channels).where(_is_its(turn)).values(fence=None, held_until=None))

    def waiting_causes(self, channel: str) -> list[Waiting]:
        """Causes that are in no message yet, in the order in which they came."""
        columns = alert_causes.c
        query = (
            select(columns.cause_key, columns.raised_at, columns.severity)
            .where(columns.channel == channel, columns.message_key.is_(None))
            .order_by(columns.raised_at, columns.position, columns.cause_key)
        )
        with self.engine.connect() as connection:
            return [Waiting(*row) for row in connection.execute(query)]

    def make_messages(self, turn: Turn, groups: Sequence[Sequence[str]], waiting: Sequence[Waiting]) -> bool:
        """Makes a message of each group of causes, all at once; whether the channel is still this sender's."""
        grave = {each.key: each.severity for each in waiting}
        now = self.clock()
        with self.engine.begin() as connection:
            if not self._keeps(connection, turn):
                return False
            for position, group in enumerate(groups):
                key = message_key(list(group))
                row = {
                    "channel": turn.channel,
                    "message_key": key,
                    "state": WAITING,
                    "severity": gravest([grave[each] for each in group]),
                    "causes": len(group),
                    "made_at": now,
                    "position": position,
                    "attempts": 0,
                    "refusals": 0,
                }
                connection.execute(_as_new(insert_new(connection, alert_messages), row))
                for chunk in chunks(group):
                    its = and_(alert_causes.c.channel == turn.channel, alert_causes.c.cause_key.in_(chunk))
                    connection.execute(update(alert_causes).where(its).values(message_key=key))
        return True

    @outlasting
    def drop_empty(self, turn: Turn) -> bool:
        """Takes out messages of which an erasure left nothing; whether the channel is still this sender's."""
        with self.engine.begin() as connection:
            if not self._keeps(connection, turn):
                return False
            drop_empty_messages(connection)
        return True

    def messages(
        self, channel: str | None = None, state: str | None = None, *, newest: int | None = None
    ) -> list[Kept]:
        """Messages in their order, the oldest first; with `newest` so many of those that ended last, the newest
        first."""
        columns = alert_messages.c
        query = select(*(columns[name] for name in Kept.__dataclass_fields__))
        if channel is not None:
            query = query.where(columns.channel == channel)
        if state is not None:
            query = query.where(columns.state == state)
        query = query.order_by(*_IN_ORDER) if newest is None else query.order_by(columns.ended_at.desc()).limit(newest)
        with self.engine.connect() as connection:
            return [Kept(**row) for row in connection.execute(query).mappings()]

    def causes_of(self, channel: str, key: str) -> list[Cause]:
        """The causes of a message, in the order in which they came."""
        columns = alert_causes.c
        query = (
            select(columns.cause)
            .where(columns.channel == channel, columns.message_key == key)
            .order_by(columns.raised_at, columns.position, columns.cause_key)
        )
        with self.engine.connect() as connection:
            return [cause_of(kept) for (kept,) in connection.execute(query)]

    def pace(self, channel: str) -> tuple[float, list[float]]:
        """Before which moment nothing is sent there after a failure, and when something was sent in the last minute."""
        columns = alert_channels.c
        with self.engine.connect() as connection:
            query = select(columns.not_before, columns.sent_at).where(columns.channel == channel)
            row = connection.execute(query).one_or_none()
        return (row.not_before or 0.0, json.loads(row.sent_at or "[]")) if row is not None else (0.0, [])

    def last_served(self) -> dict[str, float]:
        """Channel → when something was last sent there, or tried."""
        now, columns = self.clock(), alert_channels.c
        with self.engine.connect() as connection:
            rows = connection.execute(select(columns.channel, columns.sent_at)).all()
        return {
            row.channel: max((at for at in json.loads(row.sent_at or "[]") if at <= now), default=0.0) for row in rows
        }

    def begin(self, turn: Turn, message: Kept, sent_at: Sequence[float]) -> bool:
        """Notes that a message may leave now; whether the channel is still this sender's, for as long again."""
        now = self.clock()
        recent = [at for at in sent_at if now - 60.0 < at <= now]
        with self.engine.begin() as connection:
            if not self._keeps(connection, turn):
                return False
            values = {"attempts": alert_messages.c.attempts + 1, "tried_at": now}
            connection.execute(update(alert_messages).where(_is_message(message)).values(values))
            noted = update(alert_channels).where(_is_its(turn)).values(sent_at=json.dumps([*recent, now]))
            connection.execute(noted)
        return True

    @outlasting
    def note_sent(self, message: Kept) -> None:
        """The message is there, and the channel's next one may follow."""
        now = self.clock()
        with self.engine.begin() as connection:
            values = {"state": SENT, "ended_at": now, "trouble": None}
            connection.execute(update(alert_messages).where(_is_message(message)).values(values))
            its = alert_channels.c.channel == message.channel
            connection.execute(update(alert_channels).where(its).values(not_before=None))

    @outlasting
    def note_trouble(self, message: Kept, said: str, *, refused: bool, wait_s: float | None) -> None:
        """The message is not there. It is tried again after `wait_s`; without, it is given up, and the next one
        follows."""
        now = self.clock()
        is_over = {"state": DEAD, "ended_at": now} if wait_s is None else {}
        values = {"trouble": said, "refusals": alert_messages.c.refusals + int(refused), **is_over}
        until = None if wait_s is None else now + wait_s
        is_waiting = alert_messages.c.state == WAITING  # another sender may have got it there meanwhile
        with self.engine.begin() as connection:
            connection.execute(update(alert_messages).where(_is_message(message), is_waiting).values(values))
            its = alert_channels.c.channel == message.channel
            connection.execute(update(alert_channels).where(its).values(not_before=until))

    @outlasting
    def give_up(self, channel: str, made_before: float, said: str) -> int:
        """Gives up messages of a channel that nothing can be sent to, and that were made before a moment."""
        columns = alert_messages.c
        old = (columns.channel == channel, columns.state == WAITING, columns.made_at < made_before)
        with self.engine.begin() as connection:
            _set_back(connection, channel, self.clock())
            values = {"state": DEAD, "ended_at": self.clock(), "trouble": said}
            return connection.execute(update(alert_messages).where(*old).values(values)).rowcount

    @outlasting
    def revive(self) -> int:
        """Lets what was given up wait again, behind what waits already; returns how many messages."""
        values = {"state": WAITING, "ended_at": None, "attempts": 0, "refusals": 0, "made_at": self.clock()}
        with self.engine.begin() as connection:
            connection.execute(update(alert_channels).values(not_before=None))
            return connection.execute(
                update(alert_messages).where(alert_messages.c.state == DEAD).values(values)
            ).rowcount

    def counts(self) -> dict[str, dict[str, int]]:
        """Channel → how many causes are in no message yet (`collected`), and how many messages are in each state."""
        columns = alert_messages.c
        by_state = [func.sum(case((columns.state == state, 1), else_=0)) for state in (WAITING, SENT, DEAD)]
        found: dict[str, dict[str, int]] = {}
        with self.engine.connect() as connection:
            for channel, *numbers in connection.execute(select(columns.channel, *by_state).group_by(columns.channel)):
                found[channel] = dict(zip((WAITING, SENT, DEAD), map(int, numbers), strict=True))
            collected = select(alert_causes.c.channel, func.count()).where(alert_causes.c.message_key.is_(None))
            for channel, number in connection.execute(collected.group_by(alert_causes.c.channel)):
                found.setdefault(channel, dict.fromkeys((WAITING, SENT, DEAD), 0))["collected"] = int(number)
        return {channel: {"collected": 0, **numbers} for channel, numbers in sorted(found.items())}

    def _hold(self, turn: Turn) -> dict[str, Any]:
        until = type_coerce(self.now_ms() + round(LEASE_S * 1000), BigInteger)
        return {"fence": turn.fence, "held_until": until}

    def _keeps(self, connection: Connection, turn: Turn) -> bool:
        """Makes a turn last from now on; False where another sender has taken the channel."""
        return connection.execute(update(alert_channels).where(_is_its(turn)).values(self._hold(turn))).rowcount > 0


def _is_its(turn: Turn) -> Any:
    return and_(alert_channels.c.channel == turn.channel, alert_channels.c.fence == turn.fence)


def _is_message(message: Kept) -> Any:
    its = alert_messages.c
    return and_(its.channel == message.channel, its.message_key == message.message_key)


def _set_back(connection: Connection, channel: str, now: float) -> None:
    """Sets back what was raised and made by a clock that was ahead: it would wait until that time comes."""
    raised, made = alert_causes.c, alert_messages.c
    late = and_(raised.channel == channel, raised.message_key.is_(None), raised.raised_at > now)
    connection.execute(update(alert_causes).where(late).values(raised_at=now))
    late = and_(made.channel == channel, made.state == WAITING, made.made_at > now)
    connection.execute(update(alert_messages).where(late).values(made_at=now))


def _as_new(statement: Any, row: dict[str, Any]) -> Any:
    """Adds a message, or begins one anew that was never sent and whose causes were found again."""
    keys = ["channel", "message_key"]
    anew = {name: value for name, value in row.items() if name not in keys}
    anew |= {"tried_at": None, "trouble": None, "ended_at": None}
    unsent = alert_messages.c.state != SENT
    return statement.values(**row).on_conflict_do_update(index_elements=keys, set_=anew, where=unsent)

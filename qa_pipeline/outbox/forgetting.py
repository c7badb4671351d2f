"""Takes out of the outbox what is over: erased calls, messages of which nothing is left, and what was told long ago."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from qa_pipeline.alerts.causes import CauseKind
from qa_pipeline.ledger.alert_tables import alert_causes, alert_channels, alert_messages
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.outbox.kept import SENT, WAITING

KEPT_DAYS = 90
"""So long after it was sent or given up a message is kept, and so old must be what its causes are about."""

_DAY_S = 86400.0
_BY_KEY_ALONE = {"call_id": None, "cause": "{}"}
_OF_ITS_MESSAGE = and_(
    alert_messages.c.channel == alert_causes.c.channel, alert_messages.c.message_key == alert_causes.c.message_key
)


def forget_calls(connection: Connection, call_ids: Iterable[str]) -> int:
    """Takes calls out of their causes, which stay by their keys alone; what was not sent yet never is, and a message of
    which nothing is left goes. Returns how many causes."""
    forgotten = 0
    for chunk in chunks(call_ids):
        its = alert_causes.c.call_id.in_(chunk)
        unsent = exists().where(_OF_ITS_MESSAGE, alert_messages.c.state != SENT)
        is_unsent = or_(alert_causes.c.message_key.is_(None), unsent)
        forgotten += connection.execute(delete(alert_causes).where(its, is_unsent)).rowcount
        forgotten += connection.execute(update(alert_causes).where(its).values(_BY_KEY_ALONE)).rowcount
    drop_empty_messages(connection)
    return forgotten


def drop_empty_messages(connection: Connection) -> None:
    """Takes out messages that are not sent and have no cause any more."""
    is_empty = ~exists().where(_OF_ITS_MESSAGE)
    connection.execute(delete(alert_messages).where(alert_messages.c.state != SENT, is_empty))


def prune(connection: Connection, now: float, first_day: dt.date) -> int:
    """Takes out messages that ended `KEPT_DAYS` before `now` (UTC epoch seconds); returns how many. Their causes stay
    by their keys alone as long as they could be found again: until their days are before `first_day`, which is the
    first that alerts.yaml asks for, and as old."""
    is_old = and_(alert_messages.c.state != WAITING, alert_messages.c.ended_at < now - KEPT_DAYS * _DAY_S)
    its = and_(alert_causes.c.cause != _BY_KEY_ALONE["cause"], exists().where(_OF_ITS_MESSAGE, is_old))
    connection.execute(update(alert_causes).where(its).values(_BY_KEY_ALONE))
    pruned = connection.execute(delete(alert_messages).where(is_old)).rowcount
    newest = connection.execute(select(func.max(alert_causes.c.call_date))).scalar()
    if newest is not None:
        # by the newest call and not by the clock alone, which may be ahead
        _take_out_days(connection, min(first_day, dt.date.fromisoformat(newest) - dt.timedelta(days=KEPT_DAYS)))
    return pruned


def _take_out_days(connection: Connection, before: dt.date) -> None:
    """Takes out causes of days before one, whose messages are gone; their channels are told of no such day again. Runs
    that failed are few, and not found by a day: they stay by their keys."""
    day = before.isoformat()
    is_over = and_(
        alert_causes.c.message_key.is_not(None),
        alert_causes.c.kind != CauseKind.FAILED_RUN.value,
        alert_causes.c.call_date < day,
        ~exists().where(_OF_ITS_MESSAGE),
    )
    channels = connection.execute(select(alert_causes.c.channel).where(is_over).distinct()).scalars().all()
    of_channels = and_(alert_channels.c.channel.in_(channels), _is_earlier(day))
    connection.execute(update(alert_channels).where(of_channels).values(told_from=day))
    connection.execute(delete(alert_causes).where(is_over))


def _is_earlier(day: str) -> ColumnElement[bool]:
    return or_(alert_channels.c.told_from.is_(None), alert_channels.c.told_from < day)

"""How alerts stand, channel by channel: what waits, what failed and why, what was sent last.

`qa-pipeline doctor` and the page Pipeline are its faces."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.errors import UserError
from qa_pipeline.outbox.kept import DEAD, SENT, WAITING, Kept
from qa_pipeline.outbox.rounds import Alerting, alerting
from qa_pipeline.outbox.store import Outbox
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.reading import BadFile

DEAD_SHOWN = 10
GONE = "there is no such channel any more"


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """One channel. `collected` alerts are in no message yet; `oldest_at` is when the oldest message that waits was
    made, `trouble` why it was not sent; moments are UTC epoch seconds. `without_address` says why it is told nothing;
    empty where it has an address."""

    channel: str
    kind: str
    collected: int
    waiting: int
    dead: int
    oldest_at: float | None
    trouble: str
    last_sent_at: float | None
    without_address: str


@dataclass(frozen=True, slots=True)
class AlertStanding:
    """All channels, and the messages that were given up last."""

    channels: tuple[ChannelStanding, ...]
    dead: tuple[Kept, ...]


def standing_of(settings: Settings) -> AlertStanding | None:
    """How alerts stand; None where nobody is told of anything, or it can't be said, which doctor explains."""
    try:
        with alerting(settings) as opened:
            return None if opened is None else alert_standing(opened)
    except (BadFile, UserError, SQLAlchemyError, OSError):
        return None


def alert_standing(opened: Alerting) -> AlertStanding:
    """How all channels stand: those of the file, and those that the outbox still has something of."""
    counts = opened.outbox.counts()
    known = {channel.id: channel.kind for channel in opened.plan.channels}
    names = [*known, *(channel for channel in counts if channel not in known)]
    without = {name: GONE for name in names if name not in known} | dict(opened.without)
    channels = [
        _standing(opened.outbox, name, known.get(name, ""), counts.get(name, {}), without.get(name, ""))
        for name in names
    ]
    return AlertStanding(tuple(channels), tuple(opened.outbox.messages(state=DEAD, newest=DEAD_SHOWN)))


def _standing(outbox: Outbox, channel: str, kind: str, counts: dict[str, int], without_address: str) -> ChannelStanding:
    waiting = outbox.messages(channel, WAITING)
    sent = outbox.messages(channel, SENT, newest=1)
    return ChannelStanding(
        channel,
        kind,
        collected=counts.get("collected", 0),
        waiting=len(waiting),
        dead=counts.get(DEAD, 0),
        oldest_at=waiting[0].made_at if waiting else None,
        trouble=(waiting[0].trouble or "") if waiting else "",
        last_sent_at=sent[0].ended_at if sent else None,
        without_address=without_address,
    )

"""Outboxes, senders and a clock that stands still until it is told to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.alerts.causes import Cause
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.outbox.addresses import Address
from qa_pipeline.outbox.sending import Sender
from qa_pipeline.outbox.store import Outbox
from tests.alerts.building import AT, plan

HOUR_S = 3600.0


class Clock:
    """Gives the moment it was set to."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


def outbox_in(folder: Path, clock: Callable[[], float]) -> Outbox:
    return Outbox(open_operations(f"sqlite:///{folder / 'operations.sqlite'}"), clock)


def home_of(outbox: Outbox) -> Path:
    return Path(outbox.engine.url.database or "").parent


def told(outbox: Outbox, *causes: Cause, channel: str = "leads") -> int:
    return outbox.add([(channel, cause) for cause in causes], home_of(outbox))


def sender(outbox: Outbox, url: str, *, secret: str = "", alerts: AlertPlan | None = None, **more: Any) -> Sender:
    read = alerts or plan()
    known = {channel.id: Address(url, secret) for channel in read.channels}
    own = {"without": {}, "time_zone": "UTC", "is_over": lambda: False, "addresses": known, **more}
    return Sender(outbox, read, **own)


def states(outbox: Outbox) -> list[str]:
    return [message.state for message in outbox.messages()]


def keys(causes: Sequence[Cause]) -> list[str]:
    return [cause.key for cause in causes]

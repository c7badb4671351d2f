"""One round: what is published is looked through for causes, and what is due is sent. Everybody who tells people of
something (the daily run, Dagster's sensors, commands) does it by this, as often as they like."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from qa_pipeline.alerts.causes import Cause
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.outbox.addresses import Address, addresses_of
from qa_pipeline.outbox.alert_file import alert_file, read_alert_file
from qa_pipeline.outbox.finding import find_causes
from qa_pipeline.outbox.sending import Sender, Sent
from qa_pipeline.outbox.store import Outbox
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.snapshot import NothingPublished
from qa_pipeline.settings import Settings

BUDGET_S = 25.0
"""No message is begun later in a round: Dagster ends a sensor's tick after a minute, and a mail may take half of it."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to: causes that are new for a channel, and messages. `without` says of channels without an
    address why."""

    added: int = 0
    sent: Sent = field(default_factory=Sent)
    without: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alerting:
    """Plan, addresses and outbox of a project, open."""

    settings: Settings
    plan: AlertPlan
    outbox: Outbox
    addresses: Mapping[str, Address]
    without: Mapping[str, str]

    def add(self, causes: Sequence[Cause]) -> int:
        """Keeps causes for the channels that they go to and that have an address; how many are new."""
        return self.outbox.add(
            [
                (channel, cause)
                for cause in causes
                for channel in self.plan.channels_of(cause)
                if channel in self.addresses
            ],
            self.settings.home,
        )

    def find(self) -> int:
        """Keeps the causes in what is published, and takes out what was told long ago; how many are new.

        Raises:
            UnreadableSnapshot: it can't be read.
            TombstonesUnreadable: this QA_HOME can't tell which calls were erased.
        """
        today = dt.datetime.fromtimestamp(self.outbox.clock(), self.settings.tz).date()
        self.outbox.prune(self.plan.first_day(today))
        if not self.addresses:
            return 0
        try:
            with open_published(self.settings) as snapshot:
                return self.add(find_causes(snapshot, self.plan, today))
        except NothingPublished:
            return 0

    def send(self, budget_s: float | None = BUDGET_S) -> Sent:
        """Sends what is due; with `budget_s` no message is begun after so many seconds."""
        until = time.monotonic() + budget_s if budget_s is not None else None
        return Sender(
            self.outbox,
            self.plan,
            self.addresses,
            self.without,
            self.settings.timezone,
            is_over=lambda: until is not None and time.monotonic() > until,
        ).send_all()


@contextmanager
def alerting(settings: Settings) -> Iterator[Alerting | None]:
    """What the project's alerts.yaml asks for, open for a block; None where there is none: then nothing is written.

    Raises:
        BadFile: it has a fault.
    """
    path = alert_file(settings)
    if path is None:
        yield None
        return
    plan = read_alert_file(path)
    addresses, without = addresses_of(plan, settings.plain_http_hosts)
    engine = open_operations(settings.operations_database_url)
    try:
        yield Alerting(settings, plan, Outbox(engine), addresses, without)
    finally:
        engine.dispose()


def alert_round(settings: Settings) -> Round:
    """Keeps the causes in what is published, and sends what is due.

    Raises:
        BadFile: alerts.yaml has a fault; nothing was kept or sent.
        UserError: what is published, or the operations database, can't be read.
    """
    with alerting(settings) as opened:
        if opened is None:
            return Round()
        return Round(opened.find(), opened.send(), opened.without)

"""Sends what waits in the outbox: in order on each channel, no faster than its receiver takes it, and a message of each
channel in turn, so that a receiver that is slow holds up none but itself."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from qa_pipeline.alerts.causes import Cause
from qa_pipeline.alerts.channels import Channel
from qa_pipeline.alerts.messages import Message, message_of
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.alerts.replies import Trouble
from qa_pipeline.alerts.timing import (
    REFUSALS,
    due_groups,
    is_quiet,
    is_too_soon,
    is_urgent,
    wait_after,
    wait_for_pace,
)
from qa_pipeline.outbox.addresses import Address
from qa_pipeline.outbox.kept import WAITING, Kept
from qa_pipeline.outbox.mail import mail
from qa_pipeline.outbox.store import Outbox, Turn
from qa_pipeline.outbox.webhooks import post

_HOUR_S = 3600.0


@dataclass(slots=True)
class Sent:
    """What became of messages in one round: there, not there yet, given up."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.sent + other.sent, self.failed + other.failed, self.given_up + other.given_up)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends by a plan; `without` says of channels without an address why. `time_zone` is that of quiet hours which
    name none. Moments are those of the outbox's clock. `is_over` is asked before each message."""

    outbox: Outbox
    plan: AlertPlan
    addresses: Mapping[str, Address]
    without: Mapping[str, str]
    time_zone: str
    is_over: Callable[[], bool]

    def send_all(self) -> Sent:
        """Sends what is due now on every channel that no other sender is at, one message of each at a time."""
        done = Sent()
        channels = deque(self._longest_unserved_first())
        while channels and not self.is_over():
            channel = channels.popleft()
            if self._send_one(channel, self.addresses[channel.id], done):
                channels.append(channel)
        return done + Sent(given_up=self._give_up_unsendable())

    def _longest_unserved_first(self) -> list[Channel]:
        served = self.outbox.last_served()
        channels = [channel for channel in self.plan.channels if channel.id in self.addresses]
        return sorted(channels, key=lambda channel: served.get(channel.id, 0.0))

    def _give_up_unsendable(self) -> int:
        """Messages of channels that have no address any more, or are gone."""
        before = self.outbox.clock() - self.plan.give_up_hours * _HOUR_S
        given_up = 0
        for channel in self.outbox.counts():
            if channel not in self.addresses:
                reason = self.without.get(channel, "there is no such channel any more")
                given_up += self.outbox.give_up(channel, before, f"no address: {reason}")
        return given_up

    def _send_one(self, channel: Channel, address: Address, done: Sent) -> bool:
        turn = self.outbox.take(channel.id)
        if turn is None:
            return False
        try:
            return self._send_next(channel, address, turn, done)
        finally:
            self.outbox.leave(turn)

    def _send_next(self, channel: Channel, address: Address, turn: Turn, done: Sent) -> bool:
        """Sends the next message that may leave; whether another one may follow."""
        if not self._make_messages(channel, turn):
            return False
        now = self.outbox.clock()
        not_before, sent_at = self.outbox.pace(channel.id)
        if is_too_soon(not_before, now) or wait_for_pace(sent_at, now, channel.most_per_minute) > 0:
            return False
        kept = next(
            (each for each in self.outbox.messages(channel.id, WAITING) if self._may_leave(channel, each)), None
        )
        if kept is None:
            return False
        causes = self.outbox.causes_of(channel.id, kept.message_key)
        if not causes:
            return self.outbox.drop_empty(turn)
        if not self.outbox.begin(turn, kept, sent_at):
            return False
        trouble = self._deliver(channel, address, kept, causes)
        if trouble is None:
            self.outbox.note_sent(kept)
            done.sent += 1
            return True
        return self._after_trouble(kept, trouble, done)

    def _make_messages(self, channel: Channel, turn: Turn) -> bool:
        """Puts causes that are due together; False where the channel is another sender's by now."""
        waiting = self.outbox.waiting_causes(channel.id)
        groups = due_groups(channel, waiting, self.outbox.clock(), self._local(channel))
        return not groups or self.outbox.make_messages(turn, groups, waiting)

    def _may_leave(self, channel: Channel, kept: Kept) -> bool:
        is_held = is_quiet(channel, self.outbox.clock(), self._local(channel))
        return not is_held or is_urgent(channel, kept.severity)

    def _deliver(self, channel: Channel, address: Address, kept: Kept, causes: list[Cause]) -> Trouble | None:
        message = message_of(causes, self.plan.language_of(channel), self.plan.dashboards_url, kept.made_at)
        return deliver(channel, address, message, self.outbox.clock())

    def _after_trouble(self, kept: Kept, trouble: Trouble, done: Sent) -> bool:
        is_old = self.outbox.clock() - kept.made_at >= self.plan.give_up_hours * _HOUR_S
        is_hopeless = trouble.is_refused and kept.refusals + 1 >= REFUSALS
        wait_s = None if is_old or is_hopeless else wait_after(kept.attempts + 1, trouble.wait_s)
        self.outbox.note_trouble(kept, trouble.said, refused=trouble.is_refused, wait_s=wait_s)
        done.failed += 1
        done.given_up += wait_s is None
        return wait_s is None

    def _local(self, channel: Channel) -> Callable[[float], dt.datetime]:
        named = channel.quiet.timezone if channel.quiet is not None else None
        zone = ZoneInfo(named or self.plan.timezone or self.time_zone)
        return lambda at: dt.datetime.fromtimestamp(at, zone)


def deliver(channel: Channel, address: Address, message: Message, now: float) -> Trouble | None:
    """Sends a message by what the channel is; what went wrong, or None. `now` in UTC epoch seconds."""
    if channel.kind == "mail":
        return mail(channel, address, message)
    return post(channel, address, message, now)

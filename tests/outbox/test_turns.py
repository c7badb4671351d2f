"""Channels take turns: a slow receiver holds up no channel but its own."""

from __future__ import annotations

from collections.abc import Callable

from qa_pipeline.outbox.addresses import Address
from qa_pipeline.outbox.store import Outbox
from tests.alerts.building import PLAN, hit, plan
from tests.outbox.building import Clock, sender, told
from tests.outbox.receivers import WebReceiver, web_receiver

CHANNEL = "  - {id: leads, kind: webhook, url_env: QA_ALERT_URL}\n"
ROUTED = PLAN.replace("to: [leads]", "to: [leads, b, c]")
THREE = plan(ROUTED.replace(CHANNEL, "".join(CHANNEL.replace("leads", name) for name in ("leads", "b", "c"))))


def served(outbox: Outbox, receiver: WebReceiver, is_over: Callable[[], bool] = lambda: False) -> list[str]:
    """The channels that a round sends to, message by message."""
    known = len(receiver.got)
    addresses = {each.id: Address(f"{receiver.url}&to={each.id}") for each in THREE.channels}
    sender(outbox, receiver.url, alerts=THREE, addresses=addresses, is_over=is_over).send_all()
    return [got.path.rpartition("=")[2] for got in receiver.got[known:]]


def after(messages: int) -> Callable[[], bool]:
    """The time of a round that is over after so many messages."""
    left = [False] * messages
    return lambda: not (left and left.pop() is False)


def test_each_channel_has_a_message_before_the_next(outbox: Outbox, receiver: WebReceiver) -> None:
    for channel in ("leads", "b", "c"):
        told(outbox, hit("c1"), hit("c2"), channel=channel)
    assert served(outbox, receiver) == ["leads", "b", "c"] * 2


def test_a_round_begins_with_the_channel_that_was_served_longest_ago(outbox: Outbox, clock: Clock) -> None:
    with web_receiver() as receiver:
        for channel in ("leads", "b", "c"):
            told(outbox, *[hit(f"c{number}") for number in range(4)], channel=channel)
        rounds = []
        for _ in range(4):
            rounds.append(served(outbox, receiver, after(1)))
            clock.pass_s(61)
    assert rounds == [["leads"], ["b"], ["c"], ["leads"]], "though every round has time for one message alone"

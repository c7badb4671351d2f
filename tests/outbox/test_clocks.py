"""A clock that was ahead for a while and is right again: no channel waits until that time comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import update

from qa_pipeline.ledger.alert_tables import alert_channels
from qa_pipeline.outbox.store import Outbox
from tests.alerts.building import AT, PLAN, hit, plan
from tests.outbox.building import HOUR_S, Clock, sender, states, told
from tests.outbox.receivers import Answer, WebReceiver, unused_port, web_receiver

MONTH_S = 30 * 24 * HOUR_S


@contextmanager
def ahead(clock: Clock) -> Iterator[None]:
    clock.pass_s(MONTH_S)
    yield
    clock.pass_s(-MONTH_S)


def test_a_failure_does_not_silence_its_channel(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    told(outbox, hit())
    with ahead(clock):
        assert sender(outbox, f"http://127.0.0.1:{unused_port()}/").send_all().failed == 1
    assert sender(outbox, receiver.url).send_all().sent == 1


def test_what_was_sent_then_does_not_count_for_the_pace(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    alerts = plan(PLAN.replace("url_env: QA_ALERT_URL", "url_env: QA_ALERT_URL, per_minute: 1"))
    told(outbox, hit("c1"), hit("c2"), hit("c3"))
    with ahead(clock):
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1
    assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1
    assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 0, "the pace goes on"


def test_a_digest_waits_for_its_own_time_alone(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    alerts = plan(PLAN.replace("url_env: QA_ALERT_URL", "url_env: QA_ALERT_URL, digest_minutes: 60"))
    with ahead(clock):
        told(outbox, hit())
    assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 0
    clock.pass_s(HOUR_S)
    assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1


def test_a_message_made_then_is_given_up_in_time(outbox: Outbox, clock: Clock) -> None:
    with ahead(clock), web_receiver(lambda _: Answer(500)) as receiver:
        told(outbox, hit())
        sender(outbox, receiver.url).send_all()
    with web_receiver(lambda _: Answer(500)) as receiver:
        sender(outbox, receiver.url).send_all()
        clock.pass_s(73 * HOUR_S)
        assert sender(outbox, receiver.url).send_all().given_up == 1
    assert states(outbox) == ["dead"]


def test_a_sender_that_was_killed_then_is_followed(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    told(outbox, hit())
    with ahead(clock):
        assert outbox.take("leads") is not None
    assert sender(outbox, receiver.url).send_all().sent == 1


def test_a_wait_that_a_receiver_asked_for_still_counts(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    told(outbox, hit())
    outbox.take("leads")
    with outbox.engine.begin() as connection:
        values = {"not_before": AT + 23 * HOUR_S, "held_until": None, "sent_at": json.dumps([])}
        connection.execute(update(alert_channels).values(values))
    assert sender(outbox, receiver.url).send_all().sent == 0
    clock.pass_s(24 * HOUR_S)
    assert sender(outbox, receiver.url).send_all().sent == 1

"""What waits is sent once, in order and under its key, whatever the receiver does. By a clock that is told to go on."""

from __future__ import annotations

import json
import logging

import jsonschema
import pytest

from qa_pipeline.alerts.timing import REFUSALS, TOGETHER_FROM
from qa_pipeline.outbox import webhooks
from qa_pipeline.outbox.store import LEASE_S, Outbox
from tests.alerts.building import PLAN, hit, plan, rate
from tests.alerts.shapes import SHAPES
from tests.outbox.building import HOUR_S, Clock, keys, sender, states, told
from tests.outbox.receivers import Answer, WebReceiver, unused_port, web_receiver


def in_order(receiver: WebReceiver) -> list[str]:
    return [got.key for got in receiver.got]


def test_an_alert_is_sent_once_under_the_key_of_its_cause(outbox: Outbox, receiver: WebReceiver) -> None:
    causes = [hit("c1"), hit("c2"), rate()]
    assert told(outbox, *causes) == 3
    done = sender(outbox, receiver.url).send_all()
    assert (done.sent, done.failed) == (3, 0)
    assert in_order(receiver) == keys(causes)
    assert [got.body["key"] for got in receiver.got] == keys(causes)
    assert receiver.got[0].body["causes"][0]["url"] == "https://qa.example.org/call?call=c1"
    assert told(outbox, *causes, hit("c1", title="renamed")) == 0, "found again"
    assert sender(outbox, receiver.url).send_all().sent == 0
    assert len(receiver.got) == 3


def test_a_receiver_that_is_down_for_hours_misses_nothing_and_gets_nothing_twice(outbox: Outbox, clock: Clock) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}/"
    causes = [hit(f"c{number}") for number in range(5)]
    told(outbox, *causes)
    tries = 0
    for _ in range(5 * 60):  # five hours, looked at every minute
        tries += sender(outbox, nobody).send_all().failed
        clock.pass_s(60)
    assert 8 < tries < 20, "it is asked less and less often"
    assert states(outbox) == ["waiting"] * 5
    assert "no connection" in str(outbox.messages()[0].trouble)
    clock.pass_s(HOUR_S)
    with web_receiver() as receiver:
        assert sender(outbox, receiver.url).send_all().sent == 5
        assert in_order(receiver) == keys(causes)
    assert states(outbox) == ["sent"] * 5


def test_what_can_not_be_sent_holds_what_is_behind_it(outbox: Outbox, clock: Clock) -> None:
    first, second = hit("c1"), hit("c2")
    with web_receiver(lambda number: Answer(500 if number < 2 else 200)) as receiver:
        told(outbox, first)
        assert sender(outbox, receiver.url).send_all().failed == 1
        told(outbox, second)
        assert sender(outbox, receiver.url).send_all().failed == 0, "not before its time"
        clock.pass_s(31)
        assert sender(outbox, receiver.url).send_all().failed == 1
        clock.pass_s(59)
        sender(outbox, receiver.url).send_all()
        assert in_order(receiver) == keys([first, first])
        clock.pass_s(2)
        assert sender(outbox, receiver.url).send_all().sent == 2
        assert in_order(receiver) == keys([first, first, first, second])


def test_a_receiver_that_asks_to_wait_is_waited_for(outbox: Outbox, clock: Clock) -> None:
    answers = [Answer(429, headers={"Retry-After": "900"}), Answer()]
    with web_receiver(lambda number: answers[min(number, 1)]) as receiver:
        told(outbox, hit())
        sender(outbox, receiver.url).send_all()
        clock.pass_s(899)
        sender(outbox, receiver.url).send_all()
        assert len(receiver.got) == 1
        clock.pass_s(2)
        assert sender(outbox, receiver.url).send_all().sent == 1
    assert outbox.messages()[0].attempts == 2


def test_redirects_are_not_followed(outbox: Outbox, receiver: WebReceiver) -> None:
    moved = Answer(307, headers={"Location": receiver.url})
    with web_receiver(lambda _: moved) as old:
        told(outbox, hit())
        assert sender(outbox, old.url).send_all().failed == 1
    assert receiver.got == []
    assert "HTTP 307: it sends elsewhere" in str(outbox.messages()[0].trouble)


@pytest.mark.parametrize("answer", [Answer(slow_s=1.5), Answer(body=b"x" * 60, dripping=True)])
def test_an_answer_that_takes_too_long_is_none(outbox: Outbox, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks.post, "__defaults__", (0.3,))
    with web_receiver(lambda _: answer) as receiver:
        told(outbox, hit())
        assert sender(outbox, receiver.url).send_all().failed == 1
    assert "within 0.3 s" in str(outbox.messages()[0].trouble)


def test_what_is_refused_for_what_it_is_does_not_hold_the_others_for_ever(outbox: Outbox, clock: Clock) -> None:
    with web_receiver() as receiver:
        receiver.answer = lambda number: Answer(400 if receiver.got[number].key == hit("bad").key else 200)
        told(outbox, hit("bad"), hit("good"))
        for _ in range(REFUSALS):
            sender(outbox, receiver.url).send_all()
            clock.pass_s(HOUR_S)
        assert states(outbox) == ["dead", "sent"]
        assert in_order(receiver) == [hit("bad").key] * REFUSALS + [hit("good").key]


def test_what_nobody_takes_is_given_up_after_the_set_time_and_can_be_sent_again(outbox: Outbox, clock: Clock) -> None:
    alerts = plan(PLAN.replace("since:", "give_up_hours: 2\nsince:"))
    with web_receiver(lambda _: Answer(503)) as receiver:
        told(outbox, hit("c1"), hit("c2"))
        for _ in range(4):
            sender(outbox, receiver.url, alerts=alerts).send_all()
            clock.pass_s(HOUR_S)
        assert states(outbox) == ["dead", "dead"]
        assert outbox.messages()[0].trouble == "HTTP 503"
        assert told(outbox, hit("c1")) == 0, "it is not found anew"
        receiver.answer = lambda _: Answer()
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 0
        assert outbox.revive() == 2
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 2
        assert in_order(receiver)[-2:] == keys([hit("c1"), hit("c2")])


def test_what_waits_for_a_channel_that_is_gone_is_given_up(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    told(outbox, hit(), channel="gone")
    turn = outbox.take("gone")
    assert turn is not None
    waiting = outbox.waiting_causes("gone")
    outbox.make_messages(turn, [[each.key for each in waiting]], waiting)
    assert sender(outbox, receiver.url).send_all().given_up == 0
    clock.pass_s(73 * HOUR_S)
    assert sender(outbox, receiver.url).send_all().given_up == 1
    assert outbox.messages()[0].trouble == "no address: there is no such channel any more"


def test_many_at_once_are_one_message_under_one_key(outbox: Outbox, receiver: WebReceiver) -> None:
    causes = [hit(f"c{number}") for number in range(TOGETHER_FROM)]
    told(outbox, *causes)
    assert sender(outbox, receiver.url).send_all().sent == 1
    [got] = receiver.got
    assert [cause["key"] for cause in got.body["causes"]] == keys(causes)
    assert got.key == got.body["key"]
    assert got.key not in keys(causes)


def test_a_digest_is_made_once_and_tried_again_as_it_was(outbox: Outbox, clock: Clock) -> None:
    alerts = plan(PLAN.replace("url_env: QA_ALERT_URL", "url_env: QA_ALERT_URL, digest_minutes: 60"))
    with web_receiver(lambda number: Answer(500 if number == 0 else 200)) as receiver:
        told(outbox, hit("c1"))
        clock.pass_s(1800)
        told(outbox, hit("c2"))
        assert sender(outbox, receiver.url, alerts=alerts).send_all().failed == 0
        clock.pass_s(1801)
        assert sender(outbox, receiver.url, alerts=alerts).send_all().failed == 1
        told(outbox, hit("c3"))
        clock.pass_s(60)
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1
        assert in_order(receiver)[0] == in_order(receiver)[1]
        assert receiver.got[0].body == receiver.got[1].body
        assert [cause["call_id"] for cause in receiver.got[1].body["causes"]] == ["c1", "c2"]
        clock.pass_s(3600)
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1
        assert receiver.got[2].key == hit("c3").key


def test_nothing_is_sent_in_quiet_hours_but_what_is_urgent(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    quiet = 'quiet: {from: "11:00", to: "13:00", timezone: UTC}, urgent: critical'  # the clock is set to 12:00 UTC
    alerts = plan(PLAN.replace("url_env: QA_ALERT_URL", f"url_env: QA_ALERT_URL, {quiet}"))
    told(outbox, hit("c1"), hit("fire", severity="critical"), hit("c2"))
    assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1
    assert in_order(receiver) == [hit("fire").key]
    clock.pass_s(HOUR_S + 1)
    assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1
    assert [cause["call_id"] for cause in receiver.got[1].body["causes"]] == ["c1", "c2"]


def test_a_message_that_failed_before_quiet_hours_waits_for_their_end(outbox: Outbox, clock: Clock) -> None:
    quiet = 'quiet: {from: "12:10", to: "13:00", timezone: UTC}'
    alerts = plan(PLAN.replace("url_env: QA_ALERT_URL", f"url_env: QA_ALERT_URL, {quiet}"))
    with web_receiver(lambda number: Answer(500 if number == 0 else 200)) as receiver:
        told(outbox, hit())
        sender(outbox, receiver.url, alerts=alerts).send_all()
        clock.pass_s(1800)
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 0
        clock.pass_s(1801)
        assert sender(outbox, receiver.url, alerts=alerts).send_all().sent == 1


def test_no_more_a_minute_than_the_channel_says(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    alerts = plan(PLAN.replace("url_env: QA_ALERT_URL", "url_env: QA_ALERT_URL, per_minute: 3"))
    told(outbox, *[hit(f"c{number}") for number in range(7)])
    sent = []
    for _ in range(4):
        sent.append(sender(outbox, receiver.url, alerts=alerts).send_all().sent)
        clock.pass_s(61)
    assert sent == [3, 3, 1, 0]


def test_a_second_sender_leaves_a_channel_to_the_first_and_follows_one_that_is_gone(
    outbox: Outbox, clock: Clock, receiver: WebReceiver
) -> None:
    told(outbox, hit())
    assert outbox.take("leads") is not None, "a sender that is killed right afterwards"
    assert sender(outbox, receiver.url).send_all().sent == 0
    clock.pass_s(LEASE_S + 1)
    assert sender(outbox, receiver.url).send_all().sent == 1


def test_a_sender_that_stood_still_for_too_long_sends_nothing_more(outbox: Outbox, clock: Clock) -> None:
    told(outbox, hit())
    first = outbox.take("leads")
    assert first is not None
    waiting = outbox.waiting_causes("leads")
    assert outbox.make_messages(first, [[hit().key]], waiting)
    clock.pass_s(LEASE_S + 1)
    assert outbox.take("leads") is not None
    [message] = outbox.messages("leads")
    assert not outbox.begin(first, message, [])
    assert not outbox.make_messages(first, [[hit().key]], waiting)


def test_the_time_of_a_round_ends_it_between_two_messages(outbox: Outbox, receiver: WebReceiver) -> None:
    told(outbox, hit("c1"), hit("c2"), hit("c3"))
    left = [False, False, True, True]
    assert sender(outbox, receiver.url, is_over=lambda: left.pop(0)).send_all().sent == 2
    assert sender(outbox, receiver.url).send_all().sent == 1


@pytest.mark.parametrize("kind", ["slack", "teams", "feishu", "dingtalk", "wecom", "webhook"])
def test_what_arrives_has_the_receivers_shape_and_signature(kind: str, outbox: Outbox) -> None:
    alerts = plan(PLAN.replace("kind: webhook", f"kind: {kind}"))
    with web_receiver(lambda _: Answer(body=json.dumps({"code": 0, "errcode": 0}).encode())) as receiver:
        told(outbox, hit(title="承诺 ü"))
        done = sender(outbox, receiver.url, alerts=alerts, secret="a secret").send_all()
        assert (done.sent, done.failed) == (1, 0)
        [got] = receiver.got
    jsonschema.validate(got.body, SHAPES[kind])
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert ("sign" in got.body) == (kind == "feishu")
    assert ("&sign=" in got.path) == (kind == "dingtalk")


def test_no_address_is_in_a_log_or_in_what_is_kept(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with web_receiver(lambda _: Answer(500, b"https://hooks/s3cret")) as receiver:
        told(outbox, hit())
        sender(outbox, receiver.url).send_all()
        assert receiver.got[0].path.startswith("/hook/s3cret")
    assert "HTTP Request: POST" in caplog.text
    assert "s3cret" not in caplog.text
    assert "s3cret" not in str(outbox.messages())

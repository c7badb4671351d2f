"""Erased calls are told to nobody, and what was told long ago is taken out and never told again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.ledger.alert_tables import alert_messages
from qa_pipeline.ledger.tombstones import KEY_FILE, TombstoneKind, TombstonesUnreadable, key_to_write, write_tombstones
from qa_pipeline.outbox.forgetting import KEPT_DAYS, forget_calls
from qa_pipeline.outbox.kept import DEAD
from qa_pipeline.outbox.store import Outbox
from tests.alerts.building import AT, DAY, hit
from tests.outbox.building import Clock, home_of, keys, sender, states, told
from tests.outbox.receivers import Answer, WebReceiver, web_receiver

DAY_S = 86400.0
RUN = Cause(kind=CauseKind.FAILED_RUN, severity="high", identity=("r",), title="daily", call_date=DAY)


def in_order(receiver: WebReceiver) -> list[str]:
    return [got.key for got in receiver.got]


def bury(outbox: Outbox, *call_ids: str) -> None:
    """Sets the tombstones of calls, as the first step of an erasure does."""
    key = key_to_write(outbox.engine, home_of(outbox), AT)
    with outbox.engine.begin() as connection:
        write_tombstones(connection, key, [(TombstoneKind.CALL, each) for each in call_ids], "e", AT)


def forget(outbox: Outbox, *call_ids: str) -> int:
    with outbox.engine.begin() as connection:
        return forget_calls(connection, call_ids)


def first_message(outbox: Outbox) -> None:
    """Makes a message of what waits, and does not send it."""
    turn = outbox.take("leads")
    assert turn is not None
    waiting = outbox.waiting_causes("leads")
    assert outbox.make_messages(turn, [[each.key for each in waiting]], waiting)
    outbox.leave(turn)


def test_an_erased_call_is_sent_to_nobody_and_leaves_no_trace_but_its_key(
    outbox: Outbox, receiver: WebReceiver
) -> None:
    told(outbox, hit("canary-1"))
    sender(outbox, receiver.url).send_all()
    told(outbox, hit("canary-2"), RUN)
    assert forget(outbox, "canary-1", "canary-2") == 2
    assert sender(outbox, receiver.url).send_all().sent == 1
    assert in_order(receiver) == keys([hit("canary-1"), RUN])
    assert told(outbox, hit("canary-1")) == 0
    with outbox.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("select * from alert_causes").fetchall())
    assert "canary" not in kept


def test_a_call_whose_erasure_has_begun_is_not_found_again_in_the_old_snapshot(
    outbox: Outbox, receiver: WebReceiver
) -> None:
    told(outbox, hit("canary-1"))
    bury(outbox, "canary-1", "canary-2")
    forget(outbox, "canary-1", "canary-2")
    found = [hit("canary-1"), hit("canary-2"), hit("kept"), RUN]
    assert [cause.call_id for _, cause in outbox.unknown([("leads", each) for each in found], home_of(outbox))] == [
        "kept",
        None,
    ]
    assert told(outbox, *found) == 2
    sender(outbox, receiver.url).send_all()
    assert in_order(receiver) == keys([hit("kept"), RUN])


def test_without_the_key_of_the_tombstones_no_cause_of_a_call_is_taken(outbox: Outbox) -> None:
    bury(outbox, "c1")
    (home_of(outbox) / KEY_FILE).unlink()
    with pytest.raises(TombstonesUnreadable, match="erased calls could come back"):
        told(outbox, hit("c2"))
    assert told(outbox, RUN) == 1


def test_a_message_that_an_erasure_empties_goes_and_holds_up_nothing(outbox: Outbox, receiver: WebReceiver) -> None:
    with web_receiver(lambda _: Answer(500)) as down:
        told(outbox, hit("c1"))
        sender(outbox, down.url).send_all()
    told(outbox, hit("c2"))
    forget(outbox, "c1")
    assert outbox.messages() == []
    not_before, _ = outbox.pace("leads")
    assert not_before > 0
    assert sender(outbox, receiver.url).send_all().failed == 0


def test_a_message_that_an_earlier_version_left_empty_ends_at_once(outbox: Outbox, receiver: WebReceiver) -> None:
    told(outbox, hit("c1"))
    first_message(outbox)
    with outbox.engine.begin() as connection:
        connection.exec_driver_sql("delete from alert_causes")
    told(outbox, hit("c2"), hit("c3"))
    done = sender(outbox, receiver.url).send_all()
    assert (done.sent, done.failed, done.given_up) == (2, 0, 0)
    assert in_order(receiver) == keys([hit("c2"), hit("c3")])
    assert states(outbox) == ["sent", "sent"]


def test_a_cause_that_is_found_again_leaves_though_its_message_was_given_up(
    outbox: Outbox, receiver: WebReceiver
) -> None:
    told(outbox, hit("c1"))
    first_message(outbox)
    with outbox.engine.begin() as connection:
        connection.execute(update(alert_messages).values(state=DEAD, ended_at=AT, refusals=5, trouble="HTTP 400"))
        connection.exec_driver_sql("delete from alert_causes")
    assert told(outbox, hit("c1")) == 1
    assert sender(outbox, receiver.url).send_all().sent == 1
    [message] = outbox.messages()
    assert (message.state, message.refusals, message.trouble) == ("sent", 0, None)


def tables(outbox: Outbox) -> tuple[int, int]:
    """How many causes and messages are kept."""
    with outbox.engine.connect() as connection:
        counts = [
            connection.exec_driver_sql(f"select count(*) from {name}").scalar_one()
            for name in ("alert_causes", "alert_messages")
        ]
    return counts[0], counts[1]


def test_what_was_told_long_ago_is_taken_out_and_never_told_again(
    outbox: Outbox, clock: Clock, receiver: WebReceiver
) -> None:
    with web_receiver(lambda _: Answer(400)) as refusing:
        told(outbox, hit("refused"))
        for _ in range(5):
            sender(outbox, refusing.url).send_all()
            clock.pass_s(3600)
    told(outbox, hit("c1"), RUN)
    sender(outbox, receiver.url).send_all()
    clock.pass_s((KEPT_DAYS - 1) * DAY_S)
    week = dt.timedelta(days=7)
    assert outbox.prune(DAY + dt.timedelta(days=KEPT_DAYS) - week) == 0
    assert outbox.revive() == 1
    assert sender(outbox, receiver.url).send_all().sent == 1
    clock.pass_s((KEPT_DAYS + 2) * DAY_S)
    today = DAY + dt.timedelta(days=2 * KEPT_DAYS + 2)
    told(outbox, hit("today", call_date=today))
    sender(outbox, receiver.url).send_all()
    assert outbox.prune(today - week) == 3
    assert tables(outbox) == (2, 1), "today's alert, and the failed run by its key"
    assert told(outbox, hit("c1"), hit("refused"), RUN) == 0, "though alerts.yaml may ask for older days by now"
    assert told(outbox, hit("late", call_date=today - week)) == 1


def test_causes_that_could_be_found_again_stay_by_their_keys(
    outbox: Outbox, clock: Clock, receiver: WebReceiver
) -> None:
    told(outbox, hit("canary"))
    sender(outbox, receiver.url).send_all()
    clock.pass_s((KEPT_DAYS + 1) * DAY_S)
    assert outbox.prune(DAY) == 1
    assert tables(outbox) == (1, 0)
    with outbox.engine.connect() as connection:
        assert "canary" not in str(connection.exec_driver_sql("select * from alert_causes").fetchall())
    assert told(outbox, hit("canary")) == 0
    assert sender(outbox, receiver.url).send_all().sent == 0


def test_a_clock_that_is_ahead_takes_out_no_key(outbox: Outbox, clock: Clock, receiver: WebReceiver) -> None:
    told(outbox, hit("c1"))
    sender(outbox, receiver.url).send_all()
    clock.pass_s(3650 * DAY_S)
    outbox.prune(DAY + dt.timedelta(days=3650))
    clock.pass_s(-3650 * DAY_S)
    assert told(outbox, hit("c1"), hit("c2")) == 1

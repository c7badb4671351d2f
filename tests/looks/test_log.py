"""The log of looks: a row for each, in order, and nothing that is changed or taken away goes unnoticed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from qa_pipeline.ledger.look_tables import raw_looks, raw_looks_head
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks.chain import What, appending
from qa_pipeline.looks.erasing import erase_from_looks
from qa_pipeline.looks.log import Looks, LooksFilter, NoReason

EVERYTHING = LooksFilter()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Looks]:
    times = itertools.count(1_000_000)
    opened = Looks(open_operations(f"sqlite:///{tmp_path / 'operations.sqlite'}"), lambda: float(next(times)))
    yield opened
    opened.close()


def look(log: Looks, who: str = "al@example.com", call_id: str = "c1", reason: str = "a complaint") -> None:
    log.note(who=who, role="admin", call_id=call_id, what=What.TEXT, reason=reason)


def test_each_look_is_a_row_with_who_when_which_call_what_and_why(log: Looks) -> None:
    log.note(who="al@example.com", role="admin", call_id="c1", what=What.SOUND, reason="  a\ncomplaint  ")
    [row] = log.find(EVERYTHING)
    assert (row.seq, row.at, row.who, row.role, row.call_id, row.what, row.reason) == (
        1, 1_000_000.0, "al@example.com", "admin", "c1", What.SOUND, "a complaint",
    )  # fmt: skip
    look(log, who="bo@example.com", call_id="c2")
    assert [each.seq for each in log.find(EVERYTHING)] == [2, 1], "the newest first"
    assert log.check().fault is None
    assert (log.check().looks, log.check().last_at) == (2, 1_000_001.0)


def test_looks_are_found_by_person_call_and_time(log: Looks) -> None:
    for who, call_id in (("al", "c1"), ("bo", "c1"), ("al", "c2")):
        look(log, who, call_id)
    found = {
        "who": LooksFilter(who="al"),
        "call": LooksFilter(call_id="c1"),
        "since": LooksFilter(since=1_000_001.0),
        "until": LooksFilter(until=1_000_001.0),
        "both": LooksFilter(who="al", call_id="c2"),
    }
    assert {name: [each.seq for each in log.find(chosen)] for name, chosen in found.items()} == {
        "who": [3, 1], "call": [2, 1], "since": [3, 2], "until": [1], "both": [3],
    }  # fmt: skip
    assert [each.seq for each in log.find(EVERYTHING, 2)] == [3, 2]
    assert log.count(LooksFilter(who="al")) == 2


@pytest.mark.parametrize("reason", ["", "   ", "abc", "x" * 501])
def test_nobody_looks_without_a_reason(log: Looks, reason: str) -> None:
    with pytest.raises(NoReason):
        look(log, reason=reason)
    assert log.count(EVERYTHING) == 0


def test_what_no_database_keeps_is_kept_otherwise(log: Looks) -> None:
    look(log, call_id="a\x00b", reason="half \ud800 a character")
    [row] = log.find(EVERYTHING)
    assert (row.call_id, row.reason) == ("a\ufffdb", "half \ufffd a character")
    assert log.check().fault is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (update(raw_looks).where(raw_looks.c.seq == 2).values(who="mallory"), "row 2 is not as it was written"),
        (update(raw_looks).where(raw_looks.c.seq == 3).values(reason="none of it"), "row 3 is not as it was written"),
        (delete(raw_looks).where(raw_looks.c.seq == 2), "row 2 is missing"),
        (delete(raw_looks).where(raw_looks.c.seq == 3), "rows after 2 are missing"),
        (delete(raw_looks), "rows after 0 are missing"),
    ],
)
def test_a_row_that_was_changed_or_taken_away_is_named(log: Looks, change: object, fault: str) -> None:
    for _ in range(3):
        look(log)
    with log.engine.begin() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert log.check().fault == fault


def test_a_head_that_was_set_back_is_noticed_by_the_next_look(log: Looks) -> None:
    for _ in range(3):
        look(log)
    [first, *_] = sorted(log.find(EVERYTHING), key=lambda each: each.seq)
    with log.engine.begin() as connection:
        connection.execute(update(raw_looks_head).values(seq=1, hash=first.hash[::-1]))
    assert log.check().fault == "row 1 is not the one that was written last"


def test_many_at_once_are_one_after_the_other(log: Looks) -> None:
    threads = [
        threading.Thread(target=lambda name=name: [look(log, who=name) for _ in range(5)])
        for name in ("al", "bo", "cy")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.count(EVERYTHING) == 15
    assert log.check().fault is None


def erase(log: Looks, word: str) -> int:
    with appending(log.engine) as connection:
        return erase_from_looks(
            connection, lambda text: text.replace(word, "[erased]"), erasure_id="e1", actor="al", now=2_000_000.0
        )


def test_what_is_erased_is_gone_and_the_log_still_whole(log: Looks) -> None:
    look(log, call_id="c1", reason="Mr Miller asked")
    look(log, call_id="c2", reason="a complaint")
    assert erase(log, "c1") == 1
    assert erase(log, "Miller") == 1
    assert erase(log, "Miller") == 0, "an erasure that is gone on with changes nothing again"
    assert [(each.seq, each.call_id, each.reason) for each in log.find(EVERYTHING)] == [
        (2, "c2", "a complaint"), (1, "[erased]", "Mr [erased] asked"),
    ]  # fmt: skip
    assert (log.check().fault, log.check().looks, log.count(EVERYTHING)) == (None, 2, 2)
    look(log)
    assert log.check().fault is None
    with log.engine.begin() as connection:
        connection.execute(update(raw_looks).where(raw_looks.c.seq == 1).values(who="mallory"))
    assert log.check().fault == "row 1 is not as it was written"
    assert erase(log, "Mr") == 1
    assert log.check().fault == "row 1 is not as it was written", "an erasure makes nothing right"

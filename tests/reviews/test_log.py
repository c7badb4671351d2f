"""The log: nothing is done twice, nothing in it can be changed unnoticed, and everything else follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, insert, select, update

from qa_pipeline.ledger.review_tables import (
    DERIVED,
    evaluation_answers_state,
    evaluations_state,
    review_head,
    review_log,
    review_tasks,
)
from qa_pipeline.reviews.chain import digest
from qa_pipeline.reviews.checking import as_line, check_all, check_end, make_again, raw_rows
from qa_pipeline.reviews.faults import BadReview, ReviewError
from qa_pipeline.reviews.json_values import canonical
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.states import Decision, LogKind
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef, EvaluationSummary, NewAnswer
from tests.reviews.building import (
    AGENT,
    CALL,
    CARD,
    EVALUATOR,
    GOOD,
    LEAD,
    OTHER_AGENT,
    OTHER_CALL,
    OTHER_EVALUATOR,
    disputed,
    drafted,
    hasty,
    sampled,
    submitted,
)


def silent(_count: int) -> None:
    """Progress that nobody sees."""


def fill(reviews: Reviews) -> None:
    """A log with a row of nearly every kind."""
    reviews.assign(LEAD, [sampled(), sampled("b", OTHER_CALL), sampled("c", OTHER_CALL)])
    reviews.cancel(LEAD, "b", request_id=new_request_id())
    reviews.reassign(LEAD, "c", assignee=OTHER_EVALUATOR.login, due_at=1.5, request_id=new_request_id())
    saved = disputed(reviews)
    reviews.decide(
        LEAD,
        saved.evaluation_id,
        Decision.CHANGED,
        "She did",
        answers={"solved": NewAnswer(("yes",))},
        revision=saved.revision,
        request_id=new_request_id(),
    )
    draft = drafted(reviews, OTHER_EVALUATOR, OTHER_CALL, task_id="c")
    reviews.withdraw(OTHER_EVALUATOR, draft.evaluation_id, revision=draft.revision, request_id=new_request_id())


@contextmanager
def tampered(engine: Engine, of: int, **values: Any) -> Iterator[None]:
    """A row of the log that somebody changed, for as long as the block lasts."""
    where = review_log.c.seq == of
    with engine.begin() as connection:
        before = dict(connection.execute(select(review_log).where(where)).mappings().one())
        connection.execute(update(review_log).where(where).values(values))
    yield
    with engine.begin() as connection:
        connection.execute(update(review_log).where(review_log.c.seq == values.get("seq", of)).values(before))


def named(engine: Engine) -> list[int]:
    return sorted({fault.seq for fault in check_all(engine, silent).faults})


def rows_of(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in raw_rows(connection)]


def test_a_request_that_comes_again_is_done_once(reviews: Reviews) -> None:
    first = reviews.start(EVALUATOR, CALL, CARD, request_id="start")
    assert reviews.start(EVALUATOR, CALL, CARD, request_id="start").evaluation_id == first.evaluation_id
    key = first.evaluation_id
    saved = reviews.answer(EVALUATOR, key, "solved", ("no",), revision=1, request_id="one", seconds=2)
    newer = reviews.answer(EVALUATOR, key, "solved", ("yes",), revision=saved.revision, request_id="two")
    head = reviews.head()
    assert reviews.answer(EVALUATOR, key, "solved", ("no",), revision=1, request_id="one", seconds=2) == saved
    done = reviews.submit(EVALUATOR, key, revision=newer.revision, request_id="done")
    assert reviews.submit(EVALUATOR, key, revision=newer.revision, request_id="done") == done
    assert reviews.head() == head + 1
    found = reviews.evaluation(EVALUATOR, key)
    assert (found.answers["solved"].answer, found.seconds_spent) == (("yes",), 2)


def test_a_requests_id_is_for_one_write_of_one_person(reviews: Reviews) -> None:
    first = reviews.start(EVALUATOR, CALL, CARD, request_id="start")
    for write in (
        lambda: reviews.start(OTHER_EVALUATOR, CALL, CARD, request_id="start"),
        lambda: reviews.answer(EVALUATOR, first.evaluation_id, "solved", ("no",), revision=1, request_id="start"),
        lambda: reviews.start(EVALUATOR, CALL, CARD, request_id=""),
        lambda: reviews.start(EVALUATOR, CALL, CARD, request_id="x" * 65),
    ):
        with pytest.raises(BadReview):
            write()


def test_a_write_that_fails_in_the_middle_leaves_nothing(reviews: Reviews) -> None:
    draft = drafted(reviews)
    head = reviews.head()

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE review_head"):
            raise RuntimeError("the power went")

    event.listen(reviews.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="power"):
        reviews.submit(EVALUATOR, draft.evaluation_id, revision=draft.revision, request_id="one")
    event.remove(reviews.engine, "before_cursor_execute", fail)
    assert (reviews.head(), reviews.evaluation(EVALUATOR, draft.evaluation_id)) == (head, draft)
    assert (
        reviews.submit(EVALUATOR, draft.evaluation_id, revision=draft.revision, request_id="one").state == "submitted"
    )
    assert named(reviews.engine) == []


def test_any_change_of_any_row_is_found_and_named(reviews: Reviews) -> None:
    fill(reviews)
    engine = reviews.engine
    rows = rows_of(engine)
    assert named(engine) == []
    for row in rows:
        seq = row["seq"]
        changes: list[dict[str, Any]] = [
            {"at": row["at"] + 0.001},
            {"actor": "mallory"},
            {"kind": LogKind.WITHDRAWN.value if row["kind"] != LogKind.WITHDRAWN else LogKind.SUBMITTED.value},
            {"kind": "unheard_of"},
            {"payload": row["payload"].replace("{", '{"x":1,', 1)},
            {"payload": row["payload"].replace(",", ", ", 1)},
            {"payload": "{"},
            {"call_id": "another"},
            {"request_id": f"another {seq}"},
            {"hash": "0" * 64},
        ]
        for change in changes if seq == len(rows) // 2 else changes[seq % 10 : seq % 10 + 1]:
            with tampered(engine, seq, **change):
                assert seq in named(engine), change
        forged = {**as_line(row), "actor": "mallory"}  # by somebody who knows how hashes are made
        with tampered(engine, seq, actor="mallory", hash=digest(forged)):
            assert named(engine) == [seq]
    assert named(engine) == []


def test_rows_that_are_missing_are_named(reviews: Reviews) -> None:
    fill(reviews)
    engine, last = reviews.engine, reviews.head()
    for seq in (1, 5, last):
        with tampered(engine, seq, seq=last + 100):
            assert seq in named(engine)
    with engine.begin() as connection:
        connection.execute(review_log.delete().where(review_log.c.seq > last - 2))
    [fault] = check_all(engine, silent).faults
    assert str(fault) == f"row {last - 1}: rows {last - 1} to {last} are missing at the end"
    assert check_end(engine).faults
    with engine.begin() as connection:
        connection.execute(review_head.delete())
    assert named(engine) == [1]


def test_what_does_not_follow_from_the_log_is_named_and_made_again(reviews: Reviews) -> None:
    fill(reviews)
    engine = reviews.engine
    before = {table.name: _contents(engine, table) for table in DERIVED}
    with engine.begin() as connection:
        connection.execute(update(evaluations_state).where(evaluations_state.c.score < 100).values(score=100.0))
        connection.execute(evaluation_answers_state.delete().where(evaluation_answers_state.c.question_id == "solved"))
        connection.execute(
            insert(review_tasks).values(
                {**before["review_tasks"][0], "task_id": "made up", "last_seq": 3},
            )
        )
    said = [str(fault) for fault in check_all(engine, silent).faults]
    assert any("evaluations_state has another score" in fault for fault in said)
    assert any("evaluation_answers_state lacks" in fault for fault in said)
    assert any("review_tasks has made up, which is not in the log" in fault for fault in said)
    make_again(engine, silent)
    assert {table.name: _contents(engine, table) for table in DERIVED} == before
    assert named(engine) == []


def _contents(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()]


def test_the_quick_look_finds_what_was_changed_lately(reviews: Reviews) -> None:
    fill(reviews)
    engine, last = reviews.engine, reviews.head()
    quick = check_end(engine, 5)
    assert (quick.rows, quick.head, quick.faults) == (5, last, ())
    with tampered(engine, last - 2, actor="mallory"):
        assert [fault.seq for fault in check_end(engine, 5).faults] == [last - 2]
    with tampered(engine, 2, actor="mallory"):
        assert check_end(engine, 5).faults == ()


def test_an_empty_store_is_whole(reviews: Reviews) -> None:
    assert check_all(reviews.engine, silent).faults == check_end(reviews.engine).faults == ()
    assert (reviews.head(), make_again(reviews.engine, silent)) == (0, 0)


def test_rows_come_after_a_number_in_their_order(reviews: Reviews) -> None:
    submitted(reviews)
    rows = reviews.since(LEAD, 0, limit=3)
    assert [row.seq for row in rows] == [1, 2, 3]
    assert rows[0].kind is LogKind.CARD_KEPT
    rest = reviews.since(LEAD, 3)
    assert [row.seq for row in rest] == list(range(4, reviews.head() + 1))
    assert all(json.loads(canonical(row.payload)) == row.payload for row in rest)


TEXTS = st.text(max_size=20)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["answer", "comment", "submit", "withdraw", "release", "dispute", "uphold", "change", "retract"]
        ),
        st.sampled_from([CALL, OTHER_CALL]),
        st.sampled_from(sorted(GOOD)),
        TEXTS,
        st.floats(0, 1e4),
    ),
    max_size=14,
)


@pytest.mark.thorough
@settings(max_examples=40)
@given(STEPS)
def test_whatever_is_done_the_tables_follow_from_the_log(
    tmp_path_factory: pytest.TempPathFactory, empty_operations: Path, steps: list[Any]
) -> None:
    file = tmp_path_factory.mktemp("steps") / "operations.sqlite"
    file.write_bytes(empty_operations.read_bytes())
    reviews = Reviews(hasty(file))
    engine = reviews.engine
    written = 0
    for name, call, question, text, seconds in steps:
        latest = _target(reviews, name, call)
        head = reviews.head()
        try:
            _do(reviews, latest, name, question, text, seconds)
            written += 1
        except ReviewError:
            assert reviews.head() == head, "what is refused writes nothing"
    checked = check_all(engine, silent)
    assert checked.faults == ()
    assert checked.rows >= written
    reviews.close()


def _target(reviews: Reviews, name: str, call: CallRef) -> EvaluationSummary:
    """The newest evaluation of a call; a new draft where there is none, or none to answer."""
    found = reviews.of_call(LEAD, call.call_id)
    if found and (name != "answer" or found[-1].state == "draft"):
        return found[-1]
    return reviews.start(EVALUATOR, call, CARD, request_id=new_request_id())


def _do(reviews: Reviews, latest: EvaluationSummary, name: str, question: str, text: str, seconds: float) -> None:
    key = latest.evaluation_id
    given: dict[str, Any] = {"revision": latest.revision, "request_id": new_request_id()}
    agent = AGENT if latest.call == CALL else OTHER_AGENT
    match name:
        case "answer":
            reviews.answer(EVALUATOR, key, question, GOOD[question], comment=text, seconds=seconds, **given)
        case "comment":
            reviews.comment(EVALUATOR, key, text, moment_ms=round(seconds), **given)
        case "submit":
            reviews.submit(EVALUATOR, key, **given)
        case "withdraw":
            reviews.withdraw(EVALUATOR, key, reason=text, **given)
        case "release":
            reviews.release(LEAD, key, **given)
        case "dispute":
            reviews.dispute(agent, key, text, questions=[question], **given)
        case "uphold":
            reviews.decide(LEAD, key, Decision.UPHELD, text, **given)
        case "change":
            reviews.decide(LEAD, key, Decision.CHANGED, text, answers={"solved": NewAnswer(("yes",), text)}, **given)
        case "retract":
            reviews.retract(LEAD, key, text, **given)

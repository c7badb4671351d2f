"""What a machine may answer by itself: the rule, and the figures that it looks at."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import duckdb
import pytest

from qa_pipeline.published.blind_answers import blind_answers
from qa_pipeline.scorecards.machine import Trust
from qa_pipeline.scorecards.trust import BlindAgreement, against_automatic, agreement_of, lower_bound, trust_now
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from tests.reviews.in_tables import READ_AT, shown

GOOD = BlindAgreement(calls=40, agreeing=38, ac1=0.9, rarer=8, rarer_found=6)


def table(yes: int, first: int, second: int, no: int) -> Counter[tuple[str, str]]:
    return Counter({("yes", "yes"): yes, ("yes", "no"): first, ("no", "yes"): second, ("no", "no"): no})


@pytest.mark.parametrize(("counts", "ac1"), [((90, 4, 4, 2), 0.91), ((45, 4, 4, 47), 0.84)])
def test_agreement_is_that_of_the_checked_figures(counts: tuple[int, ...], ac1: float) -> None:
    found = agreement_of(table(*counts), ["yes", "no"])
    assert (found.calls, found.agreeing, round(found.ac1 or 0, 2)) == (100, 92, ac1)
    assert (found.rarer, found.rarer_found) == ((6, 2) if counts[0] == 90 else (49, 45))


def test_an_answer_that_nobody_gave_is_the_rarer_one() -> None:
    found = agreement_of(Counter({("yes", "yes"): 40}), ["yes", "partly"])
    assert (found.rarer, found.ac1) == (0, 1)
    assert agreement_of({}, ["yes", "no"]) == BlindAgreement(0, 0, None, 0, 0)


@pytest.mark.parametrize(("hits", "n", "low"), [(10, 10, 72.2), (19, 20, 76.4), (0, 20, 0.0), (0, 0, 0.0)])
def test_the_lower_bound_is_wilsons(hits: int, n: int, low: float) -> None:
    assert round(100 * lower_bound(hits, n), 1) == low


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, None),
        ({"calls": 29, "agreeing": 29}, "29 calls were answered blind, fewer than 30"),
        ({"agreeing": 36}, "agreement is 0.77 at least, below 0.8 (95%)"),
        ({"ac1": 0.59}, "AC1 is 0.59, below 0.6"),
        ({"ac1": None}, "AC1 is not known, below 0.6"),
        ({"rarer": 4, "rarer_found": 4}, "the rarer answer was seen 4 times, fewer than 5"),
        ({"rarer": 10, "rarer_found": 5}, "the machine found 5 of 10 rarer answers, below 60%"),
    ],
)
def test_automatic_needs_calls_agreement_and_the_rarer_answer(changed: dict[str, Any], said: str | None) -> None:
    found = BlindAgreement(**{**{name: getattr(GOOD, name) for name in GOOD.__slots__}, **changed})
    assert against_automatic(found) == ((said,) if said else ())
    assert trust_now(Trust.AUTOMATIC, found) is (Trust.ASSISTED if said else Trust.AUTOMATIC)
    assert trust_now(Trust.DRAFT, found) is Trust.DRAFT


def test_only_blind_answers_that_count_are_held_against_the_machines() -> None:
    def rows(name: str, kind: str, state: str, call: str, answer: str, **keys: Any) -> None:
        own = {"evaluation_id": name, "call_id": call, "loaded_at": READ_AT}
        begun = {"scorecard_version": "1", "failed_by": [], "is_expert": False, "created_at": READ_AT, "revision": 1,
                 "dispute_round": 0, "dispute_questions": []}  # fmt: skip
        of_card = {
            "scorecard_id": "c",
            "evaluation_type": kind,
            "state": state,
            "submitted_at": keys.pop("at", READ_AT),
        }
        insert_rows(connection, "evaluations", [{**own, **begun, **of_card}])
        source = keys.pop("source", "metric" if kind == "machine" else "person")
        given = {"question_id": "q", "question_version": "v", "answer_kind": "options", "options": [answer], **keys}
        insert_rows(connection, "evaluation_answers", [{**own, "source": source, "evidence": [], **given}])

    with duckdb.connect() as connection:
        apply_schema(connection)
        for call in ("1", "2", "3"):
            rows(f"m{call}", "machine", "submitted", call, "yes")
        rows("m4", "machine", "submitted", "4", "", answer_kind="cannot_tell", options=[])
        rows("a", "blind", "released", "1", "yes")
        rows("b", "blind", "submitted", "2", "no")
        rows("c", "blind", "submitted", "3", "", answer_kind="not_applicable", options=[])
        rows("d", "blind", "retracted", "3", "no")
        rows("e", "standard", "submitted", "3", "no")
        rows("f", "blind", "submitted", "4", "no")
        rows("a second one", "blind", "released", "1", "no", at=READ_AT + dt.timedelta(hours=1))
        rows("g", "blind", "submitted", "1", "no", question_version="earlier")
        assert blind_answers(shown(connection)) == {
            ("c", "q", "v"): {("yes", "yes"): 1, ("yes", "no"): 1, ("yes", "not_applicable"): 1}
        }
        by_rule = {"source": "rule", "actor": "greeting", "question_id": "r"}
        later = {"answered_at": READ_AT + dt.timedelta(hours=1), "content_hash": "2"}
        rows("r1", "machine", "submitted", "1", "yes", **by_rule, answered_at=READ_AT, content_hash="1")
        rows("r2", "machine", "submitted", "2", "no", **by_rule, **later)
        rows("r3", "machine", "submitted", "3", "", **by_rule, **later, answer_kind="not_applicable")
        for call in ("1", "2", "3"):
            rows(f"p{call}", "blind", "submitted", call, "no", question_id="r")
        found = blind_answers(shown(connection))["c", "r", "v"]
        assert found == {("no", "no"): 1, ("not_applicable", "no"): 1}, "by the rule as it is now alone"

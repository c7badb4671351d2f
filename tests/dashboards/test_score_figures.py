"""Figures of evaluations: means and intervals by group and version, blind agreement, health of questions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from dashboards.cards.scores import in_groups, scores_card, trend_card, versions_card
from dashboards.filters import CallFilter, DateRange
from dashboards.periods import periods_of
from dashboards.results.choice import EvaluationChoice
from dashboards.results.figures import agreement, health, scores_by, strictness_of
from qa_pipeline.agreement.intervals import mean_of, wilson
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.warehouse.database import apply_schema, insert_rows

DAY = dt.date(2025, 9, 1)
DATES = DateRange(DAY, DAY + dt.timedelta(days=30))
AT = dt.datetime(2025, 9, 1, 9, tzinfo=dt.UTC)
ANYBODY = EvaluationChoice(CallFilter(DATES), picked="all")


class Published:
    """A snapshot in memory, and rows of evaluations to put into it."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        apply_schema(self.connection)
        self._snapshot = Snapshot(self.connection, "UTC", name="memory", identity=f"memory {uuid.uuid4()}")
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.number = 0

    @property
    def snapshot(self) -> Snapshot:
        """With all that was put in."""
        for table, rows in self.rows.items():
            insert_rows(self.connection, table, rows)
        self.rows.clear()
        return self._snapshot

    def evaluation(self, score: float | None = 80.0, /, **given: Any) -> str:
        """Puts one in, with answers by question: (kind, options, earned, possible)."""
        self.number += 1
        answers = given.pop("answers", {})
        row: dict[str, Any] = {
            "evaluation_id": f"e{self.number:04}", "call_id": f"c{self.number:04}", "call_date": DAY, "agent_id": "a-1",
            "queue": "billing", "scorecard_id": "card", "scorecard_version": "v1", "evaluation_type": "standard",
            "evaluator": "eve", "state": "released", "score": score, "score_before_fail": score, "failed_by": [],
            "coverage": 1.0, "seconds_spent": 60.0, "is_expert": False, "created_at": AT, "disputed_at": None,
            "submitted_at": AT + dt.timedelta(seconds=self.number), "released_at": AT, "dispute_round": 0,
            "dispute_questions": [], "revision": 2, "loaded_at": AT, "sample_id": None, "inclusion_probability": None,
            "superseded_by": None, "decision": None,
        } | given  # fmt: skip
        self.rows["evaluations"].append(row)
        self.rows["evaluation_answers"] += [
            {
                "evaluation_id": row["evaluation_id"], "question_id": question, "call_id": row["call_id"],
                "call_date": row["call_date"], "answer_kind": kind, "options": options, "earned": earned,
                "possible": possible, "source": "person", "evidence": [], "seconds_spent": 5.0, "loaded_at": AT,
            }
            for question, (kind, options, earned, possible) in answers.items()
        ]  # fmt: skip
        return str(row["evaluation_id"])

    def question(self, question: str, options: dict[str, float], version: str = "v1") -> None:
        """Puts a question of the card in; `options` by their points."""
        texts = [{"id": name, "text": name, "points": points, "auto_fail": None} for name, points in options.items()]
        self.rows["scorecard_questions"].append(
            {
                "scorecard_id": "card", "scorecard_version": version, "question_id": question, "question_version": "q1",
                "title": "Card", "scoring": "points", "min_coverage": 0.7, "section_id": "s", "section_title": "S",
                "section_weight": 1.0, "position": 1, "text": f"{question}?", "type": "single", "weight": 1.0,
                "possible": max(options.values()), "is_scored": True, "is_bonus": False, "may_be_not_applicable": True,
                "critical": [], "kept_at": AT, "options": texts,
            }
        )  # fmt: skip

    def outcome(self, call_id: str, name: str, value: float) -> None:
        """Puts an outcome of a call in."""
        self.rows["outcomes"].append(
            {"call_id": call_id, "name": name, "call_date": DAY, "value": value, "is_flag": False, "loaded_at": AT}
        )


YES, NO = ("options", ["yes"], 1.0, 1.0), ("options", ["no"], 0.0, 1.0)
NA = ("not_applicable", [], None, None)


@pytest.fixture
def published() -> Iterator[Published]:
    made = Published()
    yield made
    made.snapshot.close()


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    [row] = rows
    return row


def test_a_mean_has_students_interval_and_an_automatic_fail_is_a_zero_in_it(published: Published) -> None:
    scores = [90.0, 70.0, 85.0, 0.0]
    for score in scores[:3]:
        published.evaluation(score)
    published.evaluation(0.0, score_before_fail=95.0, failed_by=["identity"])
    published.evaluation(None, coverage=0.2)
    published.evaluation(10.0, state="submitted", released_at=None)  # nobody has released it
    published.evaluation(20.0, evaluation_type="calibration")

    row = only(scores_by(published.snapshot, ANYBODY, "all"))
    wanted = mean_of(scores)
    assert wanted.interval is not None
    assert (row["evaluations"], row["n"], row["auto_fails"]) == (5, 4, 1)
    assert row["mean"] == pytest.approx(wanted.mean)
    assert row["ci_low"] == pytest.approx(max(0, wanted.interval.low), abs=0.01)
    assert row["ci_high"] == pytest.approx(min(100, wanted.interval.high), abs=0.01)


def test_scores_that_are_all_alike_have_the_widest_interval_that_scores_can_have(published: Published) -> None:
    for _ in range(10):
        published.evaluation(100.0)
    row = only(scores_by(published.snapshot, ANYBODY, "all"))
    assert row["ci_low"] == pytest.approx(100 * wilson(10, 10).low, abs=0.01)
    assert row["ci_high"] == 100


def test_a_risk_stratum_is_weighted_by_what_it_stands_for_and_chosen_calls_are_left_out(published: Published) -> None:
    for score in (90.0, 80.0):
        published.evaluation(score, sample_id="random", inclusion_probability=0.1)
    published.evaluation(20.0, sample_id="risk", inclusion_probability=1.0)
    published.evaluation(5.0)  # somebody picked it

    drawn = EvaluationChoice(CallFilter(DATES), picked="drawn")
    row = only(scores_by(published.snapshot, drawn, "all"))
    assert row["n"] == 3
    assert row["mean"] == pytest.approx((10 * 90 + 10 * 80 + 20) / 21)
    assert only(scores_by(published.snapshot, ANYBODY, "all"))["n"] == 4


def test_what_each_plan_drew_and_what_somebody_chose_have_means_of_their_own(published: Published) -> None:
    for plan, score, probability in (("week", 90.0, 0.5), ("week", 60.0, 1.0), ("risk", 10.0, 0.1)):
        published.evaluation(score, sample_id=f"{plan}/2025-W36/c", inclusion_probability=probability)
    published.evaluation(50.0)
    rows = scores_by(published.snapshot, ANYBODY, "plan")
    assert [(row["key"], row["n"], row["mean"]) for row in rows] == [
        ("", 1, 50.0), ("risk", 1, 10.0), ("week", 2, 80.0),
    ]  # fmt: skip
    of_week = EvaluationChoice(CallFilter(DATES), picked="drawn", plan="week")
    assert only(scores_by(published.snapshot, of_week, "all"))["mean"] == 80.0
    assert only(scores_by(published.snapshot, EvaluationChoice(CallFilter(DATES), picked="chosen"), "all"))["n"] == 1
    assert EvaluationChoice.from_query(of_week.to_query()) == of_week

    card = versions_card(rows, {}, "chosen", lambda row: f"list?plan={row['key']}", lambda row: "")
    assert card.body is not None
    assert [(line[2].text, line[4].href) for line in card.body.rows] == [
        ("drawn by risk", "list?plan=risk"), ("drawn by week", "list?plan=week"), ("chosen", "list?plan="),
    ]  # fmt: skip


def test_two_versions_are_never_one_mean_and_the_line_breaks_between_them(published: Published) -> None:
    for day, version, score in ((0, "v1", 60.0), (1, "v1", 70.0), (2, "v2", 90.0), (2, "v2", 80.0), (2, "v1", 50.0)):
        published.evaluation(score, scorecard_version=version, call_date=DAY + dt.timedelta(days=day))
    rows = scores_by(published.snapshot, ANYBODY, "all")
    assert {(row["scorecard_version"], row["n"], row["mean"]) for row in rows} == {("v1", 3, 60.0), ("v2", 2, 85.0)}

    days = DateRange(DAY, DAY + dt.timedelta(days=2))
    periods = periods_of(days, "day")
    by_day = scores_by(published.snapshot, ANYBODY.on(days), "all", "day")
    body = trend_card(by_day, periods, lambda row, days: f"{row['scorecard_version']} {days.first}").body
    assert body is not None
    assert [(point.at, point.mean, point.href) for point in body.points] == [
        (0, 60.0, "v1 2025-09-01"), (1, 70.0, "v1 2025-09-02"), (2, 85.0, "v2 2025-09-03"),
    ]  # fmt: skip
    assert [mark.at for mark in body.marks] == [2]
    assert "beside it 50.0% in 1 of version v1" in body.points[2].text


def test_below_twenty_scores_nobody_is_ranked_and_overlapping_intervals_are_one_group(published: Published) -> None:
    for agent, middle, n in (("high", 90.0, 25), ("alike", 89.0, 25), ("low", 40.0, 25), ("few", 99.0, 19)):
        for number in range(n):
            published.evaluation(middle + (number % 3 - 1) * 5, agent_id=agent)
    rows = scores_by(published.snapshot, ANYBODY, "agent")
    grouped = {row["key"]: group for row, group in in_groups(rows, lambda row: row["key"])}
    assert grouped == {"alike": "1", "high": "1", "low": "2", "few": ""}
    assert list(grouped) == ["alike", "high", "low", "few"]  # by name where nobody can be told apart

    card = scores_card("Scores", "Agent", rows, lambda row: row["key"], lambda row: f"list?agent={row['key']}")
    assert card.body is not None
    few = card.body.rows[-1]
    assert (few[1].text, few[2].text, few[2].href) == ("too few", "19", "list?agent=few")


def test_agreement_is_of_blind_first_answers_alone(published: Published) -> None:
    published.question("greeting", {"yes": 1, "no": 0})
    for number in range(24):
        call = f"shared{number}"
        for rater in ("eve", "bo"):
            answer = NO if rater == "bo" and number < 4 else YES
            published.evaluation(
                call_id=call, evaluator=rater, evaluation_type="blind", answers={"greeting": answer},
                state="retracted" if number == 0 and rater == "bo" else "released",
            )  # fmt: skip
        # a second look by one of them, and what a dispute made of it, change nothing
        published.evaluation(call_id=call, evaluator="bo", evaluation_type="blind", answers={"greeting": YES})
        published.evaluation(call_id=call, evaluator="lea", evaluation_type="dispute", answers={"greeting": YES})
        published.evaluation(call_id=call, evaluator="ann", answers={"greeting": NO})

    found = agreement(published.snapshot, DATES, "card", "v1", with_machine=False)["greeting"]
    assert (found.n, found.raters) == (24, 2)
    assert found.percent.value == pytest.approx(20 / 24)
    assert found.confusion.raters == ("bo", "eve")


def test_the_machine_is_held_against_one_blind_answer_per_call(published: Published) -> None:
    published.question("greeting", {"yes": 1, "no": 0})
    for number in range(20):
        for rater in ("eve", "bo"):
            published.evaluation(
                call_id=f"m{number}", evaluator=rater, evaluation_type="blind", answers={"greeting": YES}
            )
        machine = NO if number < 5 else YES
        published.evaluation(
            call_id=f"m{number}", evaluator=None, evaluation_type="machine", state="released",
            answers={"greeting": machine},
        )  # fmt: skip
    found = agreement(published.snapshot, DATES, "card", "v1", with_machine=True)["greeting"]
    assert found.n == 20
    assert found.percent.value == pytest.approx(15 / 20)
    assert found.confusion.raters == ("machine", "people")


def test_strictness_is_over_calls_that_several_have_scored(published: Published) -> None:
    for number in range(20):
        published.evaluation(70.0, call_id=f"s{number}", evaluator="strict", evaluation_type="blind")
        published.evaluation(80.0, call_id=f"s{number}", evaluator="mild", evaluation_type="blind")
        published.evaluation(10.0, evaluator="alone")
    found = strictness_of(published.snapshot, DATES, "card", "v1")
    assert [(each.evaluator, each.difference.mean) for each in found] == [("strict", -10.0), ("mild", 10.0)]


def test_the_health_of_a_question_names_its_shares_overturns_and_odds(published: Published) -> None:
    published.question("solved", {"yes": 1, "no": 0})
    for number in range(40):
        call = f"h{number}"
        answer = NA if number >= 36 else YES if number % 2 else NO
        disputed: dict[str, Any] = {}
        if number < 4:
            later = published.evaluation(
                call_id=call, evaluation_type="dispute", state="changed", answers={"solved": YES if number < 2 else NO}
            )
            disputed = {
                "state": "retracted", "superseded_by": later, "decision": "changed", "disputed_at": AT,
                "dispute_questions": ["solved"],
            }  # fmt: skip
            answer = NO
        published.evaluation(call_id=call, answers={"solved": answer}, **disputed)
        published.outcome(call, "csat", float(5 if number % 2 else 1 + number % 4))
    [found] = health(published.snapshot, DATES, "card", "v1", "people")
    assert (found.answers, found.not_applicable.hits, found.not_applicable.n) == (40, 4, 40)
    assert (found.overturned.hits, found.overturned.n) == (2, 4)  # of four decisions two changed this answer
    assert found.seconds == 5.0
    odds = found.odds["csat"]
    assert odds.n == 36
    assert odds.ratio is not None
    assert odds.ratio > 1

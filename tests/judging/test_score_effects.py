"""What a changed rule does to scores: means before and after, and the interval of the difference, paired by call."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path
from statistics import fmean, stdev

import pytest

from qa_pipeline.agreement.intervals import t_95
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.judging.comparing import Comparison, compare_stored, total
from qa_pipeline.judging.score_effects import ScoreSums, cards_naming
from qa_pipeline.rules.reading import read_book
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.scorecards.reading import read_placed_card
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put

GREETING = "id: greeting\ntitle: Greets\ncondition: {phrases: {any: [%s]}, role: agent}\n"
BILL = "id: bill\ntitle: Bill\ncondition: {phrases: {any: [账单]}, role: agent}\n"
CARD = """
scorecard: service
title: Service
scoring: points
effective_to: %s
sections:
  - id: s
    title: S
    questions:
      - id: greeted
        text: Greeted?
        options: [{id: yes, text: Yes, points: 3}, {id: no, text: No, points: 0}]
        answered_by: {rules: [{rule: greeting, outcome: hit, answer: yes}, {rule: greeting, outcome: miss, answer: no}]}
      - id: billed
        text: Was it about a bill?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
        answered_by: {rules: [{rule: bill, outcome: hit, answer: yes}, {rule: bill, outcome: miss, answer: no}]}
"""


def cards(until: dt.date = DAY_2) -> CardFolder:
    return CardFolder((read_placed_card(CARD % until, "card"),), ())


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    opened = Warehouse(tmp_path / "warehouse.duckdb")
    texts = ["您好，账单。", "您好。", "喂，账单。", "喂？"]
    put(opened, *(call_rows(f"c{n}", DAY_1, text=text, agent_id=f"a-{n % 2}") for n, text in enumerate(texts)))
    put(opened, call_rows("d", DAY_2, text="您好。", agent_id="a-0"))
    return opened


def compared(warehouse: Warehouse, folder: CardFolder, changed: str = GREETING % "喂"):  # type: ignore[no-untyped-def]
    old = read_book({"g": GREETING % "您好", "b": BILL})
    new = read_book({"g": GREETING % "您好", "b": BILL}, changed={"draft": changed})
    with warehouse.transaction() as connection:
        return total(
            compare_stored(connection, old, new, (DAY_1, DAY_2), MetricThresholds(), cards=folder, processes=1)
        )


def test_scores_are_compared_call_by_call_with_the_rules_that_stay(warehouse: Warehouse) -> None:
    found = compared(warehouse, cards())
    assert [change.rule_id for change in found.changes] == ["greeting"], "the other one only answers beside it"
    [score] = found.scores
    # 100, 75, 25, 0, 75 become 25, 0, 100, 75, 0
    assert (score.scorecard, score.everybody.n, score.everybody.changed) == ("service", 5, 5)
    assert score.everybody.means == (pytest.approx(55.0), pytest.approx(40.0))
    moved = [-75.0, -75.0, 75.0, 75.0, -75.0]
    half = t_95(4) * stdev(moved) / 5**0.5
    interval = score.everybody.interval
    assert interval is not None
    assert (interval.low, interval.high) == (pytest.approx(fmean(moved) - half), pytest.approx(fmean(moved) + half))
    agents = {key: sums.n for (_, key), sums in score.groups("agent")}
    assert agents == {"a-0": 3, "a-1": 2}


def test_only_calls_of_the_cards_days_are_scored(warehouse: Warehouse) -> None:
    [score] = compared(warehouse, cards(DAY_1)).scores
    assert score.everybody.n == 4


def test_a_rule_that_is_gone_leaves_calls_without_a_score(warehouse: Warehouse) -> None:
    old = read_book({"g": GREETING % "您好", "b": BILL})
    with warehouse.transaction() as connection:
        compared = compare_stored(
            connection, old, read_book({"b": BILL}), (DAY_1, DAY_2), MetricThresholds(), cards=cards(), processes=1
        )
        [score] = total(compared).scores
    assert (score.everybody.n, score.everybody.lost) == (0, 5), "3 of 4 points can't be told"
    assert score.everybody.means is None


def test_without_a_card_that_names_a_changed_rule_nothing_is_scored(warehouse: Warehouse) -> None:
    assert cards_naming(cards(), ["promise"]) == cards_naming(None, ["greeting"]) == ()
    other = compared(warehouse, CardFolder((), ()))
    assert (other.calls, other.scores) == (5, [])


def test_a_comparison_can_be_sent_to_another_process() -> None:
    book = read_book({"g": GREETING % "您好", "b": BILL})
    sent = Comparison(book, book, MetricThresholds(), frozenset({"greeting"}), cards_naming(cards(), ["greeting"]))
    assert sent._books
    assert pickle.loads(pickle.dumps(sent)).cards[0].version == sent.cards[0].version


def test_where_no_score_changes_there_is_no_interval_to_believe() -> None:
    sums = ScoreSums()
    for score in (50.0, 60.0):
        sums.add(score, score)
    sums.add(None, None)
    assert (sums.n, sums.is_touched, sums.interval, sums.means) == (2, False, None, (55.0, 55.0))

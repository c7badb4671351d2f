"""What plans say, and what is refused with file and line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.sampling.conditions import CallCondition
from qa_pipeline.sampling.frames import FrameCall, Period, PeriodKind, period_before, period_named, period_with
from qa_pipeline.sampling.periods import newest_period, periods_to_draw
from qa_pipeline.sampling.plans import Eligibility, Plan, Size
from qa_pipeline.sampling.reading import read_plans
from qa_pipeline.yaml_files.reading import BadFile

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "sampling.yaml"
DAY = dt.date(2025, 9, 3)


def a_plan(**changes: Any) -> Plan:
    given = {
        "plan": "weekly", "scorecard": "service", "period": "week", "effective_from": "2025-09-01", "seed": 1,
        "strata": {"take": 4},
    }  # fmt: skip
    return Plan.model_validate(given | changes)


def call(call_id: str = "c1", **facts: Any) -> FrameCall:
    return FrameCall(call_id, **{"call_date": DAY, "agent_id": "a-1"} | facts)


def condition(**given: Any) -> CallCondition:
    return CallCondition.model_validate(given)


def test_the_sample_file_is_one() -> None:
    weekly, monthly = read_plans(SAMPLE.read_text(encoding="utf-8"), "sampling.yaml").plans
    assert (weekly.blind_share, weekly.blind_probability) == (0.2, 0.2)
    assert [risk.id for risk in weekly.risk] == ["dead-air", "unsolved"]
    assert monthly.strata.by == ("tenure", "agent")
    assert weekly.version != monthly.version


HEAD = """plans:
  - plan: weekly
    scorecard: service
    period: week
    effective_from: 2025-09-01
    seed: 1
"""
STRATA = HEAD + "    strata: {take: 2}"
RISK = STRATA + "\n    risk:\n      - {id: x, take: 1, when: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "line 2: strata: it is missing"),
        (HEAD + "    strata: {by: [agent]}", "line 7: strata: give take, or share"),
        (HEAD + "    strata: {take: 0}", "line 7: take: input should be greater than or equal to 1"),
        (HEAD + "    strata: {take: 2, at_most: 3}", "at_least and at_most go with share"),
        (HEAD + "    strata: {take: 2, by: [agent, agent]}", "by names something twice"),
        (HEAD + "    strata: {take: 2, by: [tenure]}", "tenure in by and tenure_days go together"),
        (HEAD + "    strata: {take: 2, by: [tenure], tenure_days: [90, 30]}", "tenure_days rise"),
        (STRATA + "\n    colour: red", "line 8: colour: there is no such key"),
        (STRATA + "\n    blind_share: 1.2", "line 8: blind_share: input should be less than"),
        (STRATA + "\n    effective_to: 2025-08-01", "effective_to lies before effective_from"),
        (RISK + "{metric: dead_air_s}}", "line 9: when: metric goes with"),
        (RISK + "{outcome: csat}}", "outcome goes with is, or"),
        (RISK + "{rule: a, metric: b, below: 1}}", "a condition is one of"),
        (RISK + "{rule: a, results: [no]}}", "line 9"),
        (RISK + "{metadata: queue}}", "metadata and values go together"),
        (RISK + "{metric: a, above: 3, below: 2}}", "nothing is both over 3 and under 2"),
        (RISK + "{rule: a, at_least: 2}}", "bounds go with metric or outcome"),
        (
            STRATA + "\n    evaluators: {people: [{login: Ana@x.org}, {login: ana@x.org}]}",
            "line 8: evaluators: a login is there twice",
        ),
        (STRATA + "\n" + STRATA.removeprefix("plans:\n"), "line 8: there is a plan weekly already"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_plans(text, "sampling.yaml")
    assert any(said in fault for fault in caught.value.faults), caught.value.faults


def test_two_risks_of_one_id_are_refused() -> None:
    risk = "      - {id: x, take: 1, when: {rule: a}}\n"
    with pytest.raises(BadFile, match="line 10: weekly has a risk x already"):
        read_plans(STRATA + "\n    risk:\n" + risk + risk, "sampling.yaml")


@pytest.mark.parametrize(
    ("size", "calls", "taken"),
    [
        ({"take": 4}, 3, 3),
        ({"take": 4}, 90, 4),
        ({"share": 0.07}, 100, 7),
        ({"share": 0.05}, 101, 6),
        ({"share": 0.001}, 5, 1),
        ({"share": 0.5, "at_least": 3, "at_most": 10}, 4, 3),
        ({"share": 0.5, "at_most": 10}, 100, 10),
    ],
)
def test_how_many_of_a_stratum(size: dict[str, Any], calls: int, taken: int) -> None:
    assert Size.model_validate(size).of(calls) == taken


def test_the_version_is_of_the_content() -> None:
    assert a_plan().version == a_plan(blind_share=0.2).version
    assert a_plan().version != a_plan(seed=2).version


def test_what_is_asked_for_and_not_known_keeps_a_call_out() -> None:
    chosen = Eligibility.model_validate({"queues": ["billing"], "min_duration_s": 30, "max_duration_s": 600})
    assert chosen.lets_in(call(queue="billing", duration_s=30))
    assert not chosen.lets_in(call(queue="billing"))
    assert not chosen.lets_in(call(queue="tech", duration_s=30))
    assert not chosen.lets_in(call(queue="billing", duration_s=601))
    assert not chosen.lets_in(call(queue="billing", duration_s=30, status="partial"))
    by_metric = Eligibility.model_validate({"when": {"metric": "talk_ratio", "below": 0.5}})
    assert by_metric.lets_in(call(metrics={"talk_ratio": 0.4}))
    assert not by_metric.lets_in(call())


def test_conditions_hold_do_not_hold_or_are_not_known() -> None:
    silent = condition(metric="dead_air_s", at_least=10)
    assert silent.holds(call(metrics={"dead_air_s": 10})) is True
    assert silent.holds(call(metrics={"dead_air_s": 9.9})) is False
    assert silent.holds(call()) is None
    assert CallCondition.model_validate({"not": {"metric": "dead_air_s", "at_least": 10}}).holds(call()) is None
    assert condition(outcome="resolved", **{"is": False}).holds(call(outcomes={"resolved": 0})) is True
    assert condition(outcome="csat", at_most=2).holds(call(outcomes={"csat": 3})) is False
    assert condition(defects=["CLIPPED", "SILENT"]).holds(call(defects=frozenset({"SILENT"}))) is True
    assert condition(defects=["CLIPPED"]).holds(call()) is False
    assert condition(rule="greeting").holds(call(rules={"greeting": "hit"})) is True
    assert condition(rule="greeting", results=["miss"]).holds(call(rules={"greeting": "hit"})) is False
    assert condition(rule="greeting").holds(call()) is None
    retention = condition(metadata="queue", values=["retention", "vip"])
    assert [retention.holds(call(queue=queue)) for queue in ("vip", "billing", None)] == [True, False, None]
    assert condition(metadata="agent", values=["a-1"]).holds(call()) is True
    some = {"any": [{"rule": "unknown"}, {"metric": "dead_air_s", "above": 1}]}
    assert CallCondition.model_validate(some).holds(call(metrics={"dead_air_s": 2})) is True
    assert CallCondition.model_validate(some).holds(call(metrics={"dead_air_s": 1})) is None
    both = {"all": some["any"]}
    assert CallCondition.model_validate(both).holds(call(metrics={"dead_air_s": 1})) is False
    assert CallCondition.model_validate(both).holds(call(metrics={"dead_air_s": 2})) is None


def test_periods_are_days_iso_weeks_and_months() -> None:
    assert period_with(dt.date(2024, 12, 31), PeriodKind.WEEK) == Period(
        dt.date(2024, 12, 30), dt.date(2025, 1, 5), "2025-W01"
    )
    assert period_with(dt.date(2024, 2, 9), PeriodKind.MONTH).last == dt.date(2024, 2, 29)
    assert period_named("2025-W36", PeriodKind.WEEK) == period_named("2025-09-03", PeriodKind.WEEK)
    assert period_before(period_named("2025-01", PeriodKind.MONTH), PeriodKind.MONTH).name == "2024-12"
    assert len(period_named("2025-09", PeriodKind.MONTH).days) == 30
    for name, kind in (("2025-W60", PeriodKind.WEEK), ("2025-9", PeriodKind.MONTH), ("2025-W36", PeriodKind.DAY)):
        with pytest.raises(ValueError, match=f"{name} is not a {kind}; write "):
            period_named(name, kind)


def test_only_periods_that_are_over_and_in_effect_are_drawn() -> None:
    days = [dt.date(2025, 8, 30), dt.date(2025, 9, 3), dt.date(2025, 9, 7), dt.date(2025, 9, 8)]
    found = periods_to_draw(a_plan(), days, dt.date(2025, 9, 8))
    assert [period.name for period in found] == ["2025-W36"]
    assert periods_to_draw(a_plan(effective_to="2025-09-07"), days, dt.date(2025, 10, 1)) == found
    sunday, monday = dt.date(2025, 9, 7), dt.date(2025, 9, 8)
    assert periods_to_draw(a_plan(), [sunday], sunday) == [], "it is not over while its last day is run"
    assert periods_to_draw(a_plan(), [monday], monday) == found, "so the first run after it draws it"
    assert periods_to_draw(a_plan(), [sunday], monday, are_published=False) == []
    assert periods_to_draw(a_plan(), [monday], monday, are_published=False) == found
    assert newest_period(a_plan(), dt.date(2025, 9, 7)) is None
    assert newest_period(a_plan(), dt.date(2025, 9, 9)) == found[0]
    assert newest_period(a_plan(effective_to="2025-09-02"), dt.date(2025, 12, 1)) == found[0]

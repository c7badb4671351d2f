"""Draws can be repeated, change little when calls come late, and every call has a probability that is kept."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.sampling.assigning import Evaluator, spread
from qa_pipeline.sampling.draws import Draw, draw, sample_id_of
from qa_pipeline.sampling.estimates import SampledValue, weighted_mean
from qa_pipeline.sampling.frames import FrameCall, PeriodKind, period_named
from qa_pipeline.sampling.plans import Plan

WEEK = period_named("2025-W36", PeriodKind.WEEK)


def a_plan(**changes: Any) -> Plan:
    given = {
        "plan": "weekly", "scorecard": "service", "period": "week", "effective_from": "2025-09-01", "seed": 1,
        "strata": {"take": 4},
    }  # fmt: skip
    return Plan.model_validate(given | changes)


def frame(size: int, agents: int = 3, begin: int = 0, **facts: Any) -> list[FrameCall]:
    return [
        FrameCall(f"c{n:05}", WEEK.first + dt.timedelta(n % 7), agent_id=f"a-{n % agents}", **facts)
        for n in range(begin, begin + size)
    ]


def ids(found: Draw) -> set[str]:
    return {each.call_id for each in found.drawn}


def test_the_same_seed_and_calls_give_the_same_draw_in_any_order() -> None:
    calls = frame(90)
    found = draw(a_plan(), WEEK, calls)
    random.Random(3).shuffle(calls)
    assert found.drawn == draw(a_plan(), WEEK, calls).drawn
    assert Counter(each.agent_id for each in found.drawn) == {"a-0": 4, "a-1": 4, "a-2": 4}
    assert {each.inclusion_probability for each in found.drawn} == {4 / 30}
    assert ids(draw(a_plan(seed=2), WEEK, calls)) != ids(found)
    assert ids(draw(a_plan(plan="other"), WEEK, calls)) != ids(found), "plans draw independently of each other"
    one = found.drawn[0]
    assert (one.frame_calls, one.stratum_calls, one.stratum_taken) == (90, 30, 4)
    assert json.loads(one.stratum) == {"agent": "a-0"}


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 60), st.integers(0, 10_000))
def test_a_call_more_changes_one_drawn_call_at_most(size: int, seed: int) -> None:
    plan = a_plan(seed=seed, strata={"take": 4, "by": []})
    before, after = draw(plan, WEEK, frame(size)), draw(plan, WEEK, frame(size + 1))
    assert len(ids(before) - ids(after)) <= 1
    assert ids(after) - ids(before) <= {f"c{size:05}"}


def test_other_days_and_calls_that_are_not_eligible_are_left_out() -> None:
    plan = a_plan(effective_from="2025-09-02", effective_to="2025-09-03", eligible={"agents": ["a-1"]})
    calls = [*frame(90), FrameCall("late", WEEK.last + dt.timedelta(1), agent_id="a-1")]
    assert {each.call_date for each in draw(plan, WEEK, calls).drawn} <= {dt.date(2025, 9, 2), dt.date(2025, 9, 3)}
    assert {each.agent_id for each in draw(plan, WEEK, calls).drawn} == {"a-1"}
    assert draw(plan, WEEK, []).drawn == ()
    with pytest.raises(ValueError, match="is there twice"):
        draw(plan, WEEK, calls * 2)


def test_strata_are_by_all_that_is_given_and_what_is_not_known_is_one_of_them() -> None:
    plan = a_plan(strata={"by": ["queue", "tenure"], "tenure_days": [90, 365], "take": 1})
    hired = {"new": 30, "young": 90, "old": 400}
    calls = [
        FrameCall(name, WEEK.first, queue="billing", hired_at=WEEK.first - dt.timedelta(days))
        for name, days in hired.items()
    ]
    calls.append(FrameCall("unknown", WEEK.first))
    found = {each.call_id: json.loads(each.stratum) for each in draw(plan, WEEK, calls).drawn}
    assert found == {
        "new": {"queue": "billing", "tenure": "0-89"},
        "young": {"queue": "billing", "tenure": "90-364"},
        "old": {"queue": "billing", "tenure": "365+"},
        "unknown": {"queue": None, "tenure": None},
    }


def test_a_risk_is_a_stratum_of_its_own_and_the_first_that_holds_counts() -> None:
    risk = [
        {"id": "silent", "take": 3, "when": {"metric": "dead_air_s", "at_least": 10}},
        {"id": "any-metric", "take": 5, "when": {"metric": "dead_air_s", "at_least": 5}},
    ]
    calls = frame(60) + frame(20, begin=60, metrics={"dead_air_s": 12}) + frame(10, begin=80, metrics={"dead_air_s": 6})
    found = draw(a_plan(risk=risk), WEEK, calls)
    strata = {json.dumps(json.loads(each.key)): (each.calls, each.taken, each.is_risk) for each in found.strata}
    assert strata['{"risk": "silent"}'] == (20, 3, True)
    assert strata['{"risk": "any-metric"}'] == (10, 5, True)
    assert sum(calls for calls, _, _ in strata.values()) == 90
    assert sum(each.is_risk for each in found.drawn) == 8


def test_late_calls_are_drawn_at_their_own_probability_and_what_was_drawn_stays() -> None:
    plan = a_plan(strata={"take": 10, "by": []})
    first = draw(plan, WEEK, frame(100))
    again = draw(plan, WEEK, frame(100), first.frame)
    assert (again.drawn, again.late_calls, again.frame_hash) == ((), 0, first.frame_hash)
    assert draw(a_plan(strata={"take": 10, "by": []}, seed=2), WEEK, frame(100), first.frame).drawn == (), (
        "a plan that has another seed now does not draw a period a second time"
    )
    later = draw(plan, WEEK, frame(150), first.frame)
    assert later.late_calls == 50
    assert ids(later) == ids(draw(plan, WEEK, frame(150))) - {call.call_id for call in frame(100)}
    assert {each.inclusion_probability for each in later.drawn} == {10 / 150}


@pytest.mark.thorough
def test_a_mean_over_calls_that_came_in_two_lots_is_not_biased() -> None:
    """Whatever is late: each call is weighted by the probability that it really had."""
    value = {call.call_id: 60.0 + (20 if n >= 60 else 0) + n % 7 for n, call in enumerate(frame(90))}
    truth = sum(value.values()) / 90
    totals = []
    for seed in range(250):
        plan = a_plan(seed=seed, strata={"take": 9, "by": []})
        first = draw(plan, WEEK, frame(60))
        drawn = [*first.drawn, *draw(plan, WEEK, frame(90), first.frame).drawn]
        totals.append(sum(value[each.call_id] / each.inclusion_probability for each in drawn) / 90)
    mean = sum(totals) / len(totals)
    error = (sum((each - mean) ** 2 for each in totals) / len(totals) ** 2) ** 0.5
    assert abs(mean - truth) < 3 * error


def test_500_draws_with_a_risk_stratum_give_the_mean_of_all_calls() -> None:
    """Risks score far worse and are drawn far more often; a plain mean of what was drawn is far off."""
    calls = frame(120, agents=4) + frame(30, agents=4, begin=120, metrics={"dead_air_s": 30})
    chance = random.Random(1)
    value = {call.call_id: chance.gauss(55 if call.metrics else 85, 10) for call in calls}
    truth = sum(value.values()) / len(value)
    risk = [{"id": "silent", "take": 12, "when": {"metric": "dead_air_s", "at_least": 10}}]
    means, plain, covered = [], [], 0
    for seed in range(500):
        drawn = draw(a_plan(seed=seed, risk=risk), WEEK, calls).drawn
        found = weighted_mean(
            SampledValue(value[each.call_id], each.inclusion_probability, each.stratum) for each in drawn
        )
        means.append(found.mean)
        plain.append(sum(value[each.call_id] for each in drawn) / len(drawn))
        covered += found.interval.low <= truth <= found.interval.high
    spread_of_means = (sum((each - truth) ** 2 for each in means) / 500) ** 0.5
    assert abs(sum(means) / 500 - truth) < 3 * spread_of_means / 500**0.5
    assert abs(sum(plain) / 500 - truth) > 20 * spread_of_means / 500**0.5
    assert 0.92 <= covered / 500 <= 0.98


def test_blind_and_double_shares_are_kept_and_double_ones_are_blind() -> None:
    found = draw(a_plan(strata={"take": 100, "by": []}, blind_share=0.2, double_share=0.1), WEEK, frame(100)).drawn
    assert sum(each.is_blind for each in found) == 20
    assert sum(each.is_double for each in found) == 10
    assert all(each.is_blind for each in found if each.is_double)
    times = Counter[bool]()
    for seed in range(300):  # of four calls a fifth is one, or none
        times.update(
            each.is_blind for each in draw(a_plan(seed=seed, strata={"take": 4, "by": []}), WEEK, frame(9)).drawn
        )
    assert times[True] / 1200 == pytest.approx(0.2, abs=0.035)
    everything = draw(a_plan(blind_share=1, double_share=0), WEEK, frame(9)).drawn
    assert all(each.is_blind and each.blind_probability == 1 for each in everything)


def test_calls_are_spread_by_load_and_nobody_gets_an_own_call_or_one_of_the_own_team() -> None:
    calls = frame(40, agents=2, team="north")
    plan = a_plan(strata={"take": 15}, double_share=0, evaluators={"not_own_team": True})
    drawn = draw(plan, WEEK, calls).drawn
    by_id = {call.call_id: call for call in calls}
    pool = [
        Evaluator("ana", agent_ids=frozenset({"a-0"})),
        Evaluator("ben"),
        Evaluator("cai", teams=frozenset({"north"})),
    ]
    found = spread(plan, drawn, by_id, pool, {"ben": 6}, {})
    given = Counter(each.evaluator for each in found)
    assert given["cai"] == 0
    assert all(each.drawn.agent_id != "a-0" for each in found if each.evaluator == "ana")
    assert given["ana"] + given["ben"] == 30
    assert given["ana"] == 15, "the first has fewer open calls, and may have half of them"
    even = spread(plan, drawn, by_id, [Evaluator("ana"), Evaluator("ben")], {}, {})
    assert Counter(each.evaluator for each in even) == {"ana": 15, "ben": 15}


def test_who_has_as_many_as_may_be_gets_no_more_and_the_rest_is_for_anybody() -> None:
    calls = frame(10, agents=1)
    plan = a_plan(strata={"take": 10})
    found = spread(plan, draw(plan, WEEK, calls).drawn, {each.call_id: each for each in calls},
                   [Evaluator("ana", most=4)], {}, {"ana": 1})  # fmt: skip
    assert Counter(each.evaluator for each in found) == {"ana": 3, None: 7}


def test_a_double_call_goes_to_two_people_where_there_are_two() -> None:
    calls = frame(10, agents=1)
    plan = a_plan(strata={"take": 10}, double_share=1)
    by_id = {each.call_id: each for each in calls}
    found = spread(plan, draw(plan, WEEK, calls).drawn, by_id, [Evaluator("ana"), Evaluator("ben")], {}, {})
    assert all({each.evaluator, each.second_evaluator} == {"ana", "ben"} for each in found)
    alone = spread(plan, draw(plan, WEEK, calls).drawn, by_id, [Evaluator("ana")], {}, {})
    assert all((each.evaluator, each.second_evaluator) == ("ana", None) for each in alone)


def test_ids_of_samples_stay_short_whatever_calls_are_called() -> None:
    assert sample_id_of(a_plan(), WEEK, "c1") == "weekly/2025-W36/c1"
    long = sample_id_of(a_plan(), WEEK, "通" * 500)
    assert len(long) <= 120
    assert long != sample_id_of(a_plan(), WEEK, "通" * 501)

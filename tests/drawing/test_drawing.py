"""Draws are kept and assigned once, whoever draws, however often, and wherever it was killed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine

from qa_pipeline.drawing.drawing import Drawing
from qa_pipeline.drawing.store import DrawnMeanwhile, DrawStore
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.states import EvaluationType, TaskKind, TaskState
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.sampling.assigning import Evaluator
from qa_pipeline.sampling.draws import draw
from qa_pipeline.sampling.frames import FrameCall, PeriodKind, period_named
from qa_pipeline.sampling.plans import Plan
from tests.postgres import postgres_server

WEEK = period_named("2025-W36", PeriodKind.WEEK)
NEXT = period_named("2025-W37", PeriodKind.WEEK)
AT = 1_757_900_000.0
POOL = [Evaluator("ana"), Evaluator("ben")]


@pytest.fixture
def drawing(engine: Engine) -> Drawing:
    return Drawing(DrawStore(engine), Reviews(engine))


def a_plan(**changes: Any) -> Plan:
    given = {
        "plan": "weekly", "scorecard": "service", "period": "week", "effective_from": "2025-09-01", "seed": 1,
        "strata": {"take": 4}, "due_days": 3, "double_share": 0.5,
    }  # fmt: skip
    return Plan.model_validate(given | changes)


def frame(size: int, period: Any = WEEK) -> dict[str, FrameCall]:
    calls = [
        FrameCall(f"{period.name}-{n}", period.first + dt.timedelta(n % 7), agent_id=f"a-{n % 2}") for n in range(size)
    ]
    return {call.call_id: call for call in calls}


def tasks(engine: Engine) -> list[Any]:
    return Reviews(engine).tasks(PIPELINE, states=tuple(TaskState), limit=10_000)


def test_a_period_is_drawn_and_assigned_once_however_often_it_is_asked_for(engine: Engine, drawing: Drawing) -> None:
    first = drawing.draw_period(a_plan(), WEEK, frame(40), POOL, AT)
    assert (len(first.assignments), first.tasks, first.calls, first.notes()) == (8, 12, 40, [])
    again = drawing.draw_period(a_plan(), WEEK, frame(40), POOL, AT + 100)
    assert (len(again.assignments), again.tasks) == (0, 0)
    found = tasks(engine)
    assert len(found) == 12
    samples = [task for task in found if task.task_kind is TaskKind.SAMPLE]
    assert {task.inclusion_probability for task in samples} == {4 / 20}
    assert all(task.sample_id == task.task_id for task in samples)
    doubles = [task for task in found if task.task_kind is TaskKind.DOUBLE]
    assert len(doubles) == 4
    for second in doubles:
        [one] = [task for task in samples if task.session_id == second.session_id]
        assert {one.assignee, second.assignee} == {"ana", "ben"}
        assert one.evaluation_type is second.evaluation_type is EvaluationType.BLIND
        assert second.sample_id is None, "the call is one of the sample once"
    assert {task.due_at for task in found} == {AT + 3 * 86_400}
    row = DrawStore(engine).drawn("weekly", "2025-W36")[0]
    assert (row["frame_calls"], row["stratum"], row["period_to"]) == (40, row["stratum"], "2025-09-07")


def test_a_period_without_eligible_calls_is_not_noted_as_drawn(engine: Engine, drawing: Drawing) -> None:
    assert drawing.draw_period(a_plan(), WEEK, {}, POOL, AT).assignments == ()
    assert DrawStore(engine).periods() == []
    assert len(drawing.draw_period(a_plan(), WEEK, frame(40), POOL, AT).assignments) == 8


def test_late_calls_are_added_to_what_was_drawn(engine: Engine, drawing: Drawing) -> None:
    drawing.draw_period(a_plan(), WEEK, frame(40), POOL, AT)
    before = {task.task_id for task in tasks(engine)}
    later = drawing.draw_period(a_plan(), WEEK, frame(400), POOL, AT)
    assert before < {task.task_id for task in tasks(engine)}
    assert "360 calls came after the period had been drawn" in later.notes()
    assert {each.drawn.inclusion_probability for each in later.assignments} == {4 / 200}


def test_a_draw_that_was_killed_before_its_tasks_were_made_is_finished_by_the_next(
    engine: Engine, drawing: Drawing
) -> None:
    store = DrawStore(engine)
    given = drawing.preview(a_plan(), WEEK, frame(40), POOL)
    store.keep(a_plan(), WEEK, given.draw, given.assignments, store.frame("weekly", WEEK.name), AT)
    assert tasks(engine) == []
    assert drawing.draw_period(a_plan(), WEEK, frame(40), POOL, AT).tasks == 12


def test_of_two_who_draw_at_once_one_draws(engine: Engine, drawing: Drawing) -> None:
    store = DrawStore(engine)
    before = store.frame("weekly", WEEK.name)
    made = draw(a_plan(), WEEK, frame(40).values())
    store.keep(a_plan(), WEEK, made, [], before, AT)
    with pytest.raises(DrawnMeanwhile):
        store.keep(a_plan(), WEEK, made, [], before, AT)
    at_once(3, lambda: drawing.draw_period(a_plan(), NEXT, frame(60, NEXT), POOL, AT))
    assert len(tasks(engine)) == 12


def at_once(times: int, work: Callable[[], object]) -> None:
    """Does it so many times in parallel; what any of them raises is raised."""
    with ThreadPoolExecutor(times) as pool:
        for done in [pool.submit(work) for _ in range(times)]:
            done.result()


@pytest.mark.process
def test_postgresql_keeps_draws_alike() -> None:
    with postgres_server() as server:
        engine = open_operations(server.url)
        drawing = Drawing(DrawStore(engine), Reviews(engine))
        at_once(4, lambda: drawing.draw_period(a_plan(), WEEK, frame(60), POOL, AT))
        assert len(tasks(engine)) == 12
        assert len(drawing.draw_period(a_plan(), WEEK, frame(400), POOL, AT).draw.strata) == 2
        [row] = DrawStore(engine).periods()
        assert row["drawn"] == len(DrawStore(engine).drawn("weekly", WEEK.name)) > 8
        engine.dispose()


def test_a_preview_keeps_and_assigns_nothing(engine: Engine, drawing: Drawing) -> None:
    assert len(drawing.preview(a_plan(), WEEK, frame(40), POOL).assignments) == 8
    assert tasks(engine) == []
    assert DrawStore(engine).periods() == []


def test_what_nobody_evaluated_stays_or_is_given_up_as_the_plan_says(engine: Engine, drawing: Drawing) -> None:
    for_ever = a_plan(double_share=0)
    drawing.draw_period(for_ever, WEEK, frame(40), POOL, AT)
    drawing.draw_period(for_ever, NEXT, frame(40, NEXT), POOL, AT)
    assert {task.state for task in tasks(engine)} == {TaskState.OPEN}
    other = a_plan(plan="other", double_share=0, carry_over_periods=0)
    drawing.draw_period(other, WEEK, frame(40), POOL, AT)
    drawn = drawing.draw_period(other, NEXT, frame(40, NEXT), POOL, AT)
    assert drawn.given_up == 8
    states = {key: {task.state for task in own} for key, own in drawing.tasks_by_period().items()}
    assert states == {
        ("weekly", "2025-W36"): {TaskState.OPEN}, ("weekly", "2025-W37"): {TaskState.OPEN},
        ("other", "2025-W36"): {TaskState.CANCELLED}, ("other", "2025-W37"): {TaskState.OPEN},
    }  # fmt: skip
    assert drawing.draw_period(other, NEXT, frame(40, NEXT), POOL, AT).given_up == 0


def test_who_is_given_calls_depends_on_what_is_open_already(engine: Engine, drawing: Drawing) -> None:
    alone = drawing.draw_period(a_plan(double_share=0), WEEK, frame(40), POOL[:1], AT)
    assert {each.evaluator for each in alone.assignments} == {"ana"}
    after = drawing.draw_period(a_plan(double_share=0), NEXT, frame(40, NEXT), POOL, AT)
    assert {each.evaluator for each in after.assignments} == {"ben"}


def test_an_empty_pool_leaves_calls_to_whoever_takes_them_and_says_so(engine: Engine, drawing: Drawing) -> None:
    drawn = drawing.draw_period(a_plan(), WEEK, frame(40), [], AT)
    assert {task.assignee for task in tasks(engine)} == {None}
    assert drawn.notes() == [
        "8 of the calls are for whoever takes them, as no evaluator may have them",
        "4 calls are to be evaluated by two, and the pool has no second person for them",
    ]
    assert drawn.tasks == 8

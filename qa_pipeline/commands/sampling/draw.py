"""Draws calls of what is published, by hand; runs of the pipeline do the same for the periods of their days."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from qa_pipeline.commands.sampling.check import project_plans
from qa_pipeline.drawing.drawing import Drawing, PeriodDrawn
from qa_pipeline.drawing.frame import list_calls
from qa_pipeline.drawing.plan_file import read_plan_file
from qa_pipeline.drawing.pool import pool_of
from qa_pipeline.drawing.store import DrawStore
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.sampling.assigning import Assignment
from qa_pipeline.sampling.frames import Period, period_named
from qa_pipeline.sampling.periods import is_in_effect, newest_period
from qa_pipeline.sampling.plans import Plan
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.figures import count
from qa_pipeline.yaml_files.reading import BadFile

SHOWN_STRATA = 40


def draw_command(plan_id: str | None, period_name: str | None, *, is_dry: bool) -> int:
    """Draws each plan's period and says what came of it."""
    settings = load_settings()
    now = dt.datetime.now(settings.tz)
    chosen = chosen_periods(settings, plan_id, period_name, now.date())
    engine = open_operations(settings.operations_database_url)
    try:
        drawing = Drawing(DrawStore(engine), Reviews(engine))
        with open_published(settings) as snapshot:
            for plan, period in chosen:
                _draw(settings, snapshot, drawing, plan, period, now, is_dry=is_dry)
    finally:
        engine.dispose()
    return EXIT_OK


def chosen_periods(
    settings: Settings, plan_id: str | None, period_name: str | None, today: dt.date
) -> list[tuple[Plan, Period]]:
    """The plans that the options name, all without any, each with the period that is named or the last that is over.

    Raises:
        CommandError: there is no such plan, or no such period.
    """
    try:
        plans = read_plan_file(project_plans(settings)).plans
    except BadFile as error:
        raise CommandError(str(error)) from None
    if plan_id is not None and plan_id not in {plan.plan for plan in plans}:
        raise CommandError(f"there is no plan {plan_id}; there are {', '.join(plan.plan for plan in plans)}")
    wanted = [plan for plan in plans if plan_id in (None, plan.plan)]
    periods = [(plan, _period(plan, period_name, today)) for plan in wanted]
    found = [(plan, period) for plan, period in periods if period is not None]
    if not found:
        raise CommandError("no plan has a period that is over; name one with --period")
    return found


def _period(plan: Plan, name: str | None, today: dt.date) -> Period | None:
    if name is None:
        return newest_period(plan, today)
    try:
        period = period_named(name, plan.period)
    except ValueError as error:
        raise CommandError(f"{plan.plan}: {error}") from None
    if not is_in_effect(plan, period):
        raise CommandError(f"{plan.plan} is not for calls of {period.name}; see effective_from and effective_to")
    if period.last >= today:
        raise CommandError(f"{period.name} is not over before {period.last + dt.timedelta(1)}")
    return period


def _draw(
    settings: Settings,
    snapshot: Snapshot,
    drawing: Drawing,
    plan: Plan,
    period: Period,
    now: dt.datetime,
    *,
    is_dry: bool,
) -> None:
    calls = list_calls(snapshot.tuples, period, [plan])
    pool = pool_of(snapshot.tuples, plan, settings.dashboard_users, period.last)
    if is_dry:
        found = drawing.preview(plan, period, calls, pool)
        _print_strata(found)
    else:
        found = drawing.draw_period(plan, period, calls, pool, now.timestamp())
    blind = sum(each.drawn.is_blind for each in found.assignments)
    double = sum(each.drawn.is_double for each in found.assignments)
    drawn = f"{count(len(found.assignments), 'call')} of {found.calls:,} {'would be ' if is_dry else ''}drawn"
    also = f", {blind} blind, {double} by two" if found.assignments else ""
    tasks = "" if is_dry else f"; {count(found.tasks, 'task')} assigned"
    out.print(f"{plan.plan} {period.name}: {drawn}{also}{tasks}", markup=False)
    for login, times in sorted(_given(found.assignments).items()):
        out.print(f"  {login}: {count(times, 'call')}", markup=False)
    if found.given_up:
        out.print(f"  {count(found.given_up, 'task')} of earlier periods given up", markup=False)
    for note in found.notes():
        out.print(f"  note: {note}", markup=False, style="yellow")


def _given(assignments: Sequence[Assignment]) -> Counter[str]:
    people = [login for each in assignments for login in (each.evaluator, each.second_evaluator)]
    return Counter(login for login in people if login is not None)


def _print_strata(found: PeriodDrawn) -> None:
    new = Counter(each.drawn.stratum for each in found.assignments)
    for stratum in found.draw.strata[:SHOWN_STRATA]:
        risk = " (risk)" if stratum.is_risk else ""
        out.print(f"  {stratum.key}{risk}: {new[stratum.key]} of {stratum.calls:,}", markup=False)
    if (more := len(found.draw.strata) - SHOWN_STRATA) > 0:
        out.print(f"  … and {more:,} more strata", markup=False)

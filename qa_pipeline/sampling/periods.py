"""Which periods of a plan are to be drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from qa_pipeline.sampling.frames import Period, period_before, period_with
from qa_pipeline.sampling.plans import Plan


def periods_to_draw(plan: Plan, days: Iterable[dt.date], today: dt.date, *, are_published: bool = True) -> list[Period]:
    """The periods of these days and the ones before these, as far as they are over and the plan is for them, in order:
    the last day of a period is often run while it is not over. Where the days' calls can't be seen yet, which
    `are_published` says, only the ones before."""
    own = {period_with(day, plan.period) for day in days}
    before = {period_before(period, plan.period) for period in own}
    found = own | before if are_published else before - own
    return sorted(period for period in found if period.last < today and is_in_effect(plan, period))


def newest_period(plan: Plan, today: dt.date) -> Period | None:
    """The last period that is over and that the plan is for; None where there is none."""
    period = period_before(period_with(today, plan.period), plan.period)
    if plan.effective_to is not None and plan.effective_to < period.first:
        period = period_with(plan.effective_to, plan.period)
    return period if is_in_effect(plan, period) else None


def is_in_effect(plan: Plan, period: Period) -> bool:
    """Whether any day of the period is one of the plan's."""
    return period.last >= plan.effective_from and period.first <= (plan.effective_to or dt.date.max)

"""Which periods of a plan are to be drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from qa_pipeline.sampling.frames import Period, period_before, period_with
from qa_pipeline.sampling.plans import Plan


def periods_to_draw(plan: Plan, days: Iterable[dt.date], today: dt.date) -> list[Period]:
    """The periods with any of these days that are over and that the plan is for, in order."""
    found = {period_with(day, plan.period) for day in days}
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

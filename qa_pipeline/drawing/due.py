"""What a run draws: the periods of its days that are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qa_pipeline.drawing.drawing import Drawing, PeriodDrawn
from qa_pipeline.drawing.frame import Ask, list_calls
from qa_pipeline.drawing.pool import pool_of
from qa_pipeline.people.roles import User
from qa_pipeline.sampling.periods import periods_to_draw
from qa_pipeline.sampling.plans import Plan


def draw_due(
    drawing: Drawing,
    ask: Ask,
    plans: Sequence[Plan],
    days: Sequence[dt.date],
    users: Sequence[User],
    now: dt.datetime,
    *,
    are_published: bool = True,
) -> list[PeriodDrawn]:
    """Draws each plan's periods of `days`, and the ones before, as far as they are over by `now`, which is in the time
    zone of the settings. `ask` is asked for all of their calls; `are_published`: whether it knows those of `days`."""
    found = []
    for plan in plans:
        for period in periods_to_draw(plan, days, now.date(), are_published=are_published):
            calls = list_calls(ask, period, [plan])
            pool = pool_of(ask, plan, users, period.last)
            found.append(drawing.draw_period(plan, period, calls, pool, now.timestamp()))
    return found

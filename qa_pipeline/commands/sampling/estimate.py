"""What samples say of all calls of a period."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.agreement.intervals import Interval
from qa_pipeline.commands.sampling.draw import chosen_periods
from qa_pipeline.drawing.estimating import PeriodEstimate, estimate_period
from qa_pipeline.published.newest import open_published
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, out
from qa_pipeline.wording.figures import count, signed


def estimate_command(plan_id: str | None, period_name: str | None) -> int:
    """Prints the estimates of each plan's period."""
    settings = load_settings()
    chosen = chosen_periods(settings, plan_id, period_name, dt.datetime.now(settings.tz).date())
    with open_published(settings) as snapshot:
        for plan, period in chosen:
            found = estimate_period(snapshot.tuples, plan, period)
            out.print(f"{plan.plan} {period.name}", markup=False)
            for line in _lines(found):
                out.print(f"  {line}", markup=False)
    return EXIT_OK


def _lines(found: PeriodEstimate) -> list[str]:
    lines = [f"{found.evaluated:,} of {count(found.drawn, 'drawn call')} evaluated with a score"]
    if found.mean.mean is None:
        return lines
    plain = f"; a plain mean of what was evaluated would be {found.plain_mean:.1f}%"
    few = "too few to conclude anything; " if found.mean.is_too_few else ""
    lines.append(f"All eligible calls: {few}{_shown(found.mean.mean, found.mean.interval)}{plain}")
    corrected = found.corrected
    if corrected.machine is not None:
        scored = f"Machine alone: {corrected.machine:.1f}% of {count(corrected.calls, 'call')}"
        if corrected.mean is None or corrected.correction is None:
            lines.append(f"{scored}; corrected: too few blind evaluations ({corrected.n} of 20)")
        else:
            by = f"by {signed(corrected.correction)} points, as {count(corrected.n, 'blind evaluation')} say"
            lines.append(f"{scored}; corrected {by}: {_shown(corrected.mean, corrected.interval)}")
    return lines


def _shown(mean: float, interval: Interval | None) -> str:
    between = f" ({max(interval.low, 0):.1f} to {interval.high:.1f})" if interval else ""
    return f"{mean:.1f}%{between}"

"""What the sample of a period says of all its eligible calls, of what is published."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.agreement.intervals import MeanOf
from qa_pipeline.drawing.frame import Ask, list_calls
from qa_pipeline.sampling.draws import is_meant
from qa_pipeline.sampling.estimates import CorrectedMean, PairedValue, SampledValue, corrected_mean, weighted_mean
from qa_pipeline.sampling.frames import Period
from qa_pipeline.sampling.plans import Plan
from qa_pipeline.statements.files import read_sql


class _Sampled(NamedTuple):
    """A row of list_sampled_scores."""

    call_id: str
    stratum: str
    is_risk: bool
    inclusion_probability: float
    is_blind: bool
    blind_probability: float
    score: float | None
    blind_score: float | None
    machine_score: float | None


@dataclass(frozen=True, slots=True)
class PeriodEstimate:
    """Scores in percent. `mean` is of all eligible calls of the period, by the sample; `plain_mean` is that of what was
    evaluated, which risks pull down. `corrected` is the machine's mean over all eligible calls that it has scored,
    corrected by blind evaluations; its n is 0 where nothing is to be compared."""

    drawn: int
    evaluated: int
    mean: MeanOf
    plain_mean: float | None
    corrected: CorrectedMean


def estimate_period(ask: Ask, plan: Plan, period: Period) -> PeriodEstimate:
    """The estimates by what was drawn and evaluated so far; `ask` is asked of what is published."""
    rows = [
        _Sampled(*row)
        for row in ask(read_sql("reads/list_sampled_scores.sql"), {"plan": plan.plan, "period": period.name})
    ]
    scored = [(row, row.score) for row in rows if row.score is not None]
    mean = weighted_mean(
        (SampledValue(score, row.inclusion_probability, _stratum(row)) for row, score in scored),
        Counter(_stratum(row) for row in rows),
    )
    plain = sum(score for _, score in scored) / len(scored) if scored else None
    return PeriodEstimate(len(rows), len(scored), mean, plain, _corrected(ask, plan, period, rows))


def _corrected(ask: Ask, plan: Plan, period: Period, rows: list[_Sampled]) -> CorrectedMean:
    """Of calls that the machine has scored: those it could not score are no part of its mean. Of people counts
    what they gave blind at first: whoever decides a dispute has seen answers."""
    values = {"scorecard": plan.scorecard, "from_date": period.first, "to_date": period.last}
    machine: dict[str, float] = dict(ask(read_sql("reads/list_machine_scores.sql"), values))
    calls = list_calls(ask, period, [plan]).values() if machine else ()
    meant = {call.call_id for call in calls if is_meant(plan, period, call)}
    blind = [row for row in rows if row.is_blind and row.machine_score is not None]
    pairs = [
        PairedValue(row.machine_score, given, row.inclusion_probability * row.blind_probability, _stratum(row))
        for row in blind
        if row.machine_score is not None and (given := row.blind_score) is not None
    ]
    scores = [score for call_id, score in machine.items() if call_id in meant]
    return corrected_mean(scores, pairs, Counter(_stratum(row) for row in blind))


def _stratum(row: _Sampled) -> str:
    """Late calls have another probability, and are drawn apart from the others."""
    return f"{row.stratum} {row.inclusion_probability!r}"

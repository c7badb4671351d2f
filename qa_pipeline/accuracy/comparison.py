"""Whether one set of transcripts is better than another of the same calls, or only luckier.

Paired bootstrap over calls (Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance
evaluation", ICASSP 2004): calls are drawn with replacement, both rates are recalculated for the same draw, and the
middle 95% of the differences are the interval. Calls and not sentences are drawn, because the sentences of a call
share voice, line and topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qa_pipeline.accuracy.errors import Counts
from qa_pipeline.accuracy.figures import CallCounts, Figures, Group, Measure, total

RESAMPLES = 2_000
"""Enough that the bounds of an interval move by about a twentieth of its width from seed to seed."""
FEWEST_CALLS = 5
"""Below it a draw of calls says nothing, and no interval is given (the limit that metrics of agents have)."""
_DRAWN_AT_ONCE = 1_000_000
_SEED = 20_040_517

Verdict = Literal["better", "worse", "unclear", "too few calls"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One group in both sets. `low` and `high` bound `current` − `compared` (rates); None under FEWEST_CALLS."""

    group: Group
    measure: Measure
    calls: int
    compared: Counts
    current: Counts
    low: float | None
    high: float | None

    @property
    def change(self) -> float | None:
        """Rate now minus rate before: below zero is fewer errors. None without a reference."""
        now, before = self.current.rate, self.compared.rate
        return None if now is None or before is None else now - before

    @property
    def verdict(self) -> Verdict:
        """Whether the interval leaves zero out, and on which side."""
        if self.low is None or self.high is None:
            return "too few calls"
        if self.high < 0:
            return "better"
        return "worse" if self.low > 0 else "unclear"


def compare(compared: Figures, current: Figures) -> list[Difference]:
    """Every group that both sets have. Both must be of the same references. Groups of models are left out: a change
    of the model is what is compared."""
    return [
        _difference(group, measure, compared[group, measure], current[group, measure])
        for group, measure in current
        if group.kind != "model" and (group, measure) in compared
    ]


def _difference(group: Group, measure: Measure, compared: CallCounts, current: CallCounts) -> Difference:
    call_ids = sorted(current)
    low, high = paired_interval(
        [current[call_id].reference for call_id in call_ids],
        [compared[call_id].edits for call_id in call_ids],
        [current[call_id].edits for call_id in call_ids],
    )
    return Difference(group, measure, len(call_ids), total(compared), total(current), low, high)


def paired_interval(
    reference: Sequence[int], compared: Sequence[int], current: Sequence[int]
) -> tuple[float, float] | tuple[None, None]:
    """95% interval of the difference of rates, from units and errors by call. The same figures give the same bounds.

    None where there are fewer than FEWEST_CALLS calls with a reference.
    """
    calls = len(reference)
    if sum(units > 0 for units in reference) < FEWEST_CALLS:
        return None, None
    units = np.asarray(reference, dtype=np.float64)
    change = np.asarray(current, dtype=np.float64) - np.asarray(compared, dtype=np.float64)
    random = np.random.default_rng(_SEED)
    drawn = max(1, _DRAWN_AT_ONCE // calls)
    differences = []
    for start in range(0, RESAMPLES, drawn):
        times = random.multinomial(calls, np.full(calls, 1 / calls), size=min(drawn, RESAMPLES - start))
        lengths = times @ units
        differences.append((times @ change)[lengths > 0] / lengths[lengths > 0])
    low, high = np.percentile(np.concatenate(differences), [2.5, 97.5])
    return float(low), float(high)

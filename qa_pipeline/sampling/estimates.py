"""What a sample says of all calls: means weighted by how likely each call was drawn, and machine scores corrected by
people's.

Nothing here mixes risks into a mean: a call of a risk stratum, drawn three times as likely, counts a third.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.agreement.intervals import TOO_FEW_BELOW, Interval, MeanOf, of_mean


class SampledValue(NamedTuple):
    """A value of a sampled call (a score, 0 to 100). `stratum` is whatever names the calls that it was drawn with: of
    several plans or periods, these too. `inclusion_probability` is over 0 and up to 1."""

    value: float
    inclusion_probability: float
    stratum: str = ""


class PairedValue(NamedTuple):
    """The machine's score of a call and the person's, who was blind to it; the rest as `SampledValue`. The probability
    is that of being drawn and of being evaluated blind."""

    machine: float
    person: float
    inclusion_probability: float
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class CorrectedMean:
    """The mean score of all calls: the machine's over `calls`, corrected by `n` calls that people have evaluated blind.

    `machine` is the machine's mean alone, `correction` what is added to it; `mean` with its standard error and 95%
    interval is in points of the score. Below 20 calls there are neither mean nor interval.
    """

    calls: int
    n: int
    machine: float | None
    correction: float | None
    mean: float | None
    standard_error: float | None
    interval: Interval | None

    @property
    def is_too_few(self) -> bool:
        """Whether too few calls were evaluated blind to correct anything."""
        return self.n < TOO_FEW_BELOW


def weighted_mean(values: Iterable[SampledValue], drawn: Mapping[str, int] | None = None) -> MeanOf:
    """The mean of all calls that might have been drawn, with its standard error and interval. `drawn` has the calls
    that were drawn of each stratum, where some of them are not evaluated: these are taken to be like the others.

    The mean is Hájek's (each value weighted by 1 ÷ probability, divided by the sum of the weights); the standard error
    is that of a stratified sample drawn without repeats, by linearization (Särndal, Swensson and Wretman 1992, 5.7 and
    7.7). Strata with one value are put together, as their spread is not known. A stratum of which every call was drawn
    and evaluated adds nothing.

    Raises:
        ValueError: a probability is not over 0 and up to 1, or more calls of a stratum are evaluated than were drawn.
    """
    found = list(values)
    if drawn is not None:
        found = _of_the_evaluated(found, drawn)
    if any(not 0 < each.inclusion_probability <= 1 for each in found):
        raise ValueError("an inclusion probability is over 0 and up to 1")
    if not found:
        return MeanOf(0, None, None, None)
    weights = [1 / each.inclusion_probability for each in found]
    total = math.fsum(weights)
    mean = math.fsum(weight * each.value for weight, each in zip(weights, found, strict=True)) / total
    parts: dict[str, list[tuple[float, float]]] = {}
    for weight, each in zip(weights, found, strict=True):
        parts.setdefault(each.stratum, []).append((weight * (each.value - mean) / total, each.inclusion_probability))
    strata = _with_a_spread(list(parts.values()))
    if strata is None:
        return MeanOf(len(found), mean, None, None)
    variance = math.fsum(map(_variance, strata))
    return of_mean(len(found), mean, math.sqrt(variance), max(1, len(found) - len(strata)))


def corrected_mean(
    machine: Sequence[float], pairs: Iterable[PairedValue], drawn: Mapping[str, int] | None = None
) -> CorrectedMean:
    """The machine's mean over all calls, plus the weighted mean of what people gave more (difference estimator: Cassel,
    Särndal and Wretman 1976). `machine` has its score of each call of the population, those of `pairs` among them.

    It is right whatever the machine's fault is, and the nearer both are the surer: its error is that of the
    differences. `drawn` is as of `weighted_mean`, of calls that were to be evaluated blind.

    Raises:
        ValueError: as of `weighted_mean`.
    """
    both = list(pairs)
    own = math.fsum(machine) / len(machine) if machine else None
    differences = weighted_mean(
        (SampledValue(pair.person - pair.machine, pair.inclusion_probability, pair.stratum) for pair in both), drawn
    )
    if own is None or differences.mean is None or differences.interval is None or len(both) < TOO_FEW_BELOW:
        return CorrectedMean(len(machine), len(both), own, None, None, None, None)
    interval = Interval(own + differences.interval.low, own + differences.interval.high)
    mean = own + differences.mean
    return CorrectedMean(len(machine), len(both), own, differences.mean, mean, differences.standard_error, interval)


def _of_the_evaluated(values: list[SampledValue], drawn: Mapping[str, int]) -> list[SampledValue]:
    """The values with the probabilities of being drawn and evaluated."""
    evaluated = Counter(value.stratum for value in values)
    if more := next((stratum for stratum, n in evaluated.items() if n > drawn.get(stratum, 0)), None):
        raise ValueError(f"more calls of {more} are evaluated than were drawn")
    return [
        value._replace(
            inclusion_probability=value.inclusion_probability * evaluated[value.stratum] / drawn[value.stratum]
        )
        for value in values
    ]


def _with_a_spread(strata: list[list[tuple[float, float]]]) -> list[list[tuple[float, float]]] | None:
    """Strata of two values and more: single ones are put together, one alone with the smallest other. None: there are
    not two values."""
    several = sorted((own for own in strata if len(own) > 1), key=len)
    single = [value for own in strata if len(own) == 1 for value in own]
    certain = [value for value in single if value[1] == 1]
    uncertain = [value for value in single if value[1] < 1]
    if len(uncertain) == 1:
        if several:
            several[0] = [*several[0], *uncertain]
        elif certain:
            return [[*uncertain, *certain]]
        else:
            return None
    elif uncertain:
        several.append(uncertain)
    several += [[value] for value in certain]
    return several or None


def _variance(own: Sequence[tuple[float, float]]) -> float:
    """What a stratum adds; with the part of its calls that was not drawn."""
    n = len(own)
    if n < 2:
        return 0.0
    middle = math.fsum(value for value, _ in own) / n
    left = 1 - math.fsum(probability for _, probability in own) / n
    return left * n / (n - 1) * math.fsum((value - middle) ** 2 for value, _ in own)

"""What samples say of all calls, held to plain arithmetic and to simulations."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from qa_pipeline.sampling.estimates import PairedValue, SampledValue, corrected_mean, weighted_mean


def test_a_simple_sample_has_the_textbooks_error() -> None:
    values = [70.0, 80.0, 90.0, 60.0]
    found = weighted_mean(SampledValue(value, 4 / 20) for value in values)
    assert found.mean == 75
    assert found.standard_error == pytest.approx(math.sqrt((1 - 4 / 20) * statistics.variance(values) / 4))
    assert found.is_too_few


def test_calls_count_by_how_likely_they_were_drawn() -> None:
    found = weighted_mean([SampledValue(40, 0.5, "risk"), SampledValue(42, 0.5, "risk"), *[SampledValue(90, 0.1)] * 3])
    assert found.mean == pytest.approx((40 * 2 + 42 * 2 + 90 * 30) / 34)


def test_where_all_calls_were_evaluated_there_is_no_error() -> None:
    found = weighted_mean([SampledValue(70, 1), SampledValue(90, 1)])
    assert (found.mean, found.standard_error) == (80, 0)


def test_single_calls_of_strata_are_put_together() -> None:
    each_alone = weighted_mean([SampledValue(70, 0.1, "a"), SampledValue(90, 0.1, "b"), SampledValue(80, 0.1, "c")])
    assert each_alone.standard_error == pytest.approx(math.sqrt(0.9 * 100 / 3))
    assert weighted_mean([SampledValue(70, 0.1)]).interval is None
    assert weighted_mean([]).mean is None
    joined = weighted_mean([SampledValue(70, 0.1, "a"), SampledValue(60, 0.2, "b"), SampledValue(90, 0.2, "b")])
    assert joined.standard_error is not None
    with_all_of_one = weighted_mean([SampledValue(70, 0.1, "a"), SampledValue(60, 1, "b")])
    assert with_all_of_one.standard_error > 0


def test_calls_that_nobody_evaluated_are_taken_to_be_like_the_others_of_their_stratum() -> None:
    values = [
        SampledValue(60, 0.5, "a"),
        SampledValue(70, 0.5, "a"),
        SampledValue(90, 0.5, "b"),
        SampledValue(94, 0.5, "b"),
    ]
    found = weighted_mean(values, {"a": 4, "b": 2})
    assert found.mean == pytest.approx((65 * 8 + 92 * 4) / 12)
    with pytest.raises(ValueError, match="more calls of b"):
        weighted_mean(values, {"a": 4, "b": 1})


def test_a_probability_is_one() -> None:
    for probability in (0, 1.1, -1):
        with pytest.raises(ValueError, match="probability"):
            weighted_mean([SampledValue(1, probability)])


@pytest.mark.parametrize(("correlation", "sd"), [(0.70, 1.63), (0.85, 1.15), (0.95, 0.66)])
def test_a_machine_that_is_too_generous_is_corrected(correlation: float, sd: float) -> None:
    """400 calls, 30 evaluated blind, the machine 5 points too generous: people alone have a spread of 2.1."""
    chance = np.random.default_rng(4)
    shared = chance.standard_normal(400)
    own = [chance.standard_normal(400), chance.standard_normal(400)]
    whole = [each - each.mean() for each in (shared, *own)]
    basis = np.linalg.qr(np.array(whole).T)[0].T * math.sqrt(400)
    people = 75 + 12 * basis[0]
    machine = 80 + 12 * (correlation * basis[0] + math.sqrt(1 - correlation**2) * basis[1])
    corrected, alone, covered = [], [], 0
    for _ in range(600):
        chosen = chance.choice(400, 30, replace=False)
        found = corrected_mean(machine.tolist(), [PairedValue(machine[n], people[n], 30 / 400) for n in chosen])
        corrected.append(found.mean - 75)
        covered += found.interval.low <= 75 <= found.interval.high
        alone.append(weighted_mean(SampledValue(people[n], 30 / 400) for n in chosen).mean - 75)
        assert found.machine == pytest.approx(80)
    assert statistics.fmean(corrected) == pytest.approx(0, abs=3 * sd / math.sqrt(600))
    assert statistics.stdev(corrected) == pytest.approx(sd, rel=0.1)
    assert statistics.stdev(alone) == pytest.approx(2.1, rel=0.1)
    assert 0.92 <= covered / 600 <= 0.98


def test_few_blind_calls_correct_nothing() -> None:
    found = corrected_mean([80.0] * 100, [PairedValue(80, 75, 0.19)] * 19)
    assert found.is_too_few
    assert (found.machine, found.mean, found.interval, found.n, found.calls) == (80, None, None, 19, 100)
    assert corrected_mean([], []).machine is None

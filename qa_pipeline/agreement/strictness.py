"""Who scores lower or higher than others do on the same calls, and how evaluators did in a calibration session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from qa_pipeline.agreement.intervals import MeanOf, Share, mean_of, share_of
from qa_pipeline.agreement.ratings import Value


@dataclass(frozen=True, slots=True)
class Strictness:
    """`difference` is the mean, over calls that others have scored too, of the own score less the mean of theirs, in
    points of the score: below 0 is stricter. Its interval is over calls; below 20 of them it says nothing."""

    evaluator: str
    difference: MeanOf


@dataclass(frozen=True, slots=True)
class Differing:
    """One answer of a session that is not the expert's; None where one of both gave none."""

    call_id: str
    question_id: str
    answer: Value | None
    expert_answer: Value | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """An evaluator against the expert: `agreed` is the share of the expert's answers that the evaluator gave too,
    `score_difference` the own scores less the expert's (points of the score, over the calls of both), `differing` the
    rest, by call and question."""

    evaluator: str
    agreed: Share
    score_difference: MeanOf
    differing: tuple[Differing, ...]


def strictness(scores: Iterable[tuple[str, str, float]]) -> list[Strictness]:
    """Each evaluator's strictness, the strictest first, from rows of (call_id, evaluator, score); those who share no
    call with anybody are left out.

    Which of them can be told apart is what `groups_of` of the pages says of means with intervals.

    Raises:
        ValueError: an evaluator has two scores of a call; of several evaluations the caller says which counts.
    """
    calls: dict[str, dict[str, float]] = {}
    for call_id, evaluator, score in scores:
        own = calls.setdefault(call_id, {})
        if evaluator in own:
            raise ValueError(f"{evaluator} has two scores of the call {call_id}")
        own[evaluator] = score
    differences: dict[str, list[float]] = {}
    for given in calls.values():
        for evaluator, score in given.items():
            if others := [other for name, other in given.items() if name != evaluator]:
                differences.setdefault(evaluator, []).append(score - fmean(others))
    found = [Strictness(evaluator, mean_of(values)) for evaluator, values in sorted(differences.items())]
    return sorted(found, key=lambda each: each.difference.mean or 0)


def calibration(
    answers: Iterable[tuple[str, str, str, Value]],
    expert: str,
    scores: Iterable[tuple[str, str, float | None]] = (),
) -> list[Calibration]:
    """Each evaluator of a session against `expert`, who is one of the evaluators; the nearest first.

    `answers` are rows of (call_id, question_id, evaluator, answer), `scores` of (call_id, evaluator, score). Only calls
    count that an evaluator and the expert have both answered: who has not come to a call yet has not erred in it.
    """
    given: dict[str, dict[tuple[str, str], Value]] = {}
    for call_id, question_id, evaluator, value in answers:
        given.setdefault(evaluator, {})[call_id, question_id] = value
    scored: dict[str, dict[str, float]] = {}
    for call_id, evaluator, score in scores:
        if score is not None:
            scored.setdefault(evaluator, {})[call_id] = score
    experts = given.pop(expert, {})
    found = [
        _against(evaluator, own, experts, scored.get(evaluator, {}), scored.get(expert, {}))
        for evaluator, own in sorted(given.items())
    ]
    return sorted(found, key=lambda each: -(each.agreed.share if each.agreed.share is not None else -1))


def _against(
    evaluator: str,
    own: Mapping[tuple[str, str], Value],
    experts: Mapping[tuple[str, str], Value],
    own_scores: Mapping[str, float],
    expert_scores: Mapping[str, float],
) -> Calibration:
    calls = {call_id for call_id, _ in own} & {call_id for call_id, _ in experts}
    asked = sorted(place for place in {*own, *experts} if place[0] in calls)
    differing = tuple(
        Differing(*place, own.get(place), experts.get(place)) for place in asked if own.get(place) != experts.get(place)
    )
    both = sorted(own_scores.keys() & expert_scores.keys())
    return Calibration(
        evaluator,
        share_of(len(asked) - len(differing), len(asked)),
        mean_of([own_scores[call_id] - expert_scores[call_id] for call_id in both]),
        differing,
    )

"""What of the rules that cards name is not as the project has them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from qa_pipeline.scorecards.machine import Trust
from qa_pipeline.scorecards.reading import PlacedCard


def faults_of_rules(cards: Iterable[PlacedCard], needs_review: Mapping[str, bool]) -> Iterator[str]:
    """Sentences with file and line; `needs_review` says of each rule of the project whether a person has to look at its
    hits. A rule that is not there would leave its question unanswered in every call."""
    for placed in cards:
        for named in placed.rules:
            here = f"{placed.label}, line {named.line}: {named.question.id} is answered by the rule {named.rule}"
            if named.rule not in needs_review:
                yield f"{here}, which rules/ does not have; {_way_out(named.rule, needs_review)}."
            elif needs_review[named.rule] and named.question.trusted is Trust.AUTOMATIC:
                yield (
                    f"{here}, whose hits a person has to look at (needs_review), so it can't be automatic; "
                    "write trust: assisted."
                )


def _way_out(rule_id: str, known: Iterable[str]) -> str:
    if near := difflib.get_close_matches(rule_id, list(known), 1):
        return f"did you mean {near[0]}"
    return "write the rule, or take the entry out"

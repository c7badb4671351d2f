"""Which means can be told apart: groups of those that can't, a compact letter display with numbers. Pure.

Two means can be told apart where their 95% intervals have no value in common; that they overlap is not handed on from
one neighbour to the next. So each largest set of means that all overlap each other is a group, and a mean may be in
several: with A, B and C from high to low, where B overlaps both and A does not overlap C, A is in group 1, B in groups
1 and 2, and C in group 2. Two means share a group exactly where they can't be told apart (Piepho, 2004, "An algorithm
for a letter-based representation of all-pairwise comparisons"; of intervals the largest sets lie in one order, so a
mean's groups are a first and a last).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.figures import Mean
from qa_pipeline.wording.languages import t

RANKED_FROM = 20
"""Calls below which nobody is ranked: with 4 calls, an agent who does well in 90% of them comes out at or below one who
does in 80% in every third month; with 20, in every fifth."""


@dataclass(frozen=True, slots=True, order=True)
class Groups:
    """The groups that a mean is in, from the first to the last; 1 holds the highest mean."""

    first: int
    last: int

    def __str__(self) -> str:
        """As it is shown: 2, or 2–4."""
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"


def groups_of(means: Mapping[str, Mean], least: int = RANKED_FROM) -> dict[str, Groups]:
    """Key → its groups, from 1 for those around the highest mean; keys with fewer than `least` values, or without an
    interval, have none."""
    # highest interval first; an end that two intervals have in common is in both
    spans = sorted(
        (-mean.ci_high, mean.ci_low, key)
        for key, mean in means.items()
        if mean.n >= least and mean.ci_low is not None and mean.ci_high is not None
    )
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    still_open: dict[str, float] = {}
    number, is_new = 0, True
    for minus_high, low, key in spans:
        left = [each for each, its_low in still_open.items() if its_low > -minus_high]
        for each in left:
            last[each] = number
            del still_open[each]
        # a group is whole when somebody leaves it; whoever comes next begins another one
        is_new = is_new or bool(left)
        if is_new:
            number, is_new = number + 1, False
        first[key], still_open[key] = number, low
    last |= dict.fromkeys(still_open, number)
    return {key: Groups(first[key], last[key]) for key in first}


def in_words(found: Groups | None, groups: Mapping[str, Groups]) -> str:
    """Of one among all: group 2 of 5, groups 2–4 of 5."""
    if found is None:
        return t("too few calls to rank")
    number = max(each.last for each in groups.values())
    if found.first == found.last:
        return t("group {number} of {all}", number=found.first, all=number)
    return t("groups {first}–{last} of {all}", first=found.first, last=found.last, all=number)

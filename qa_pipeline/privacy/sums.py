"""Whether a word such as "bill" or "transferred" says that the number behind it is an amount, also where a card or an
account stands between the two: "the balance on my card is 250000"."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from qa_pipeline.privacy.contexts import PERSONAL, Cue
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.sentences import SaidSentence

REACH = 60
"""Characters between such a word and its number."""

_LINKS = frozenset(
    normalize(
        "of is was are were be for shows showed showing stands at about around over nearly almost exactly just only "
        "another roughly me us them him her it's "
        "de es era fue son unos casi por "
        "est était sont environ presque d "
        "von ist war beträgt betrug sind über ungefähr etwa rund noch mir uns lautet "
        "是 了 为 有 共 总 约 は が で も に 约 "
    ).split()
)
"""Words between a sum and its number. None that says where something goes: "transferred to 1234567"."""
_IS = frozenset(
    normalize(
        "of is was are were shows showed stands de es era fue est était ist war beträgt von 是 了 为 は が"
    ).split()
)
_OF_WHAT = frozenset(
    normalize(
        "of on for from in off my your the our his her a an this that "
        "de del la el en mi su una tu "
        "du des sur ma mon le les une votre "
        "der des die das auf für meiner meine meinem meines ihrer ihre von vom zu "
        "的 我 您 里 上 の"
    ).split()
)
"""Words between a sum and the card or account that it is of."""
_BESIDE = 16
"""Characters before such a word in which "number" makes its number one of something else: "the number on the bill"."""
_NUMBER = re.compile(normalize(r"\b(?:numbers?|no|nr|code|reference|numero|nummer|referenz)\b|号码|编号|番号|号"))


def sum_before(sentence: SaidSentence, before: Cue | None, begin: int) -> Cue | None:
    """The word that says of the number at `begin` that it is an amount; `before` is the nearest of other words."""
    at = bisect_right(sentence.sums, begin, key=lambda cue: cue.end)
    if not at or begin - sentence.sums[at - 1].end > REACH:
        return None
    nearest = sentence.sums[at - 1]
    if _NUMBER.search(sentence.normalized.text, max(0, nearest.begin - _BESIDE), begin):
        return None
    if before is not None and before.topic == "order" and before.begin == nearest.begin:
        return None  # an invoice, which has a number
    if before is None or nearest.begin >= before.begin:
        return nearest if _all_in(_words(sentence, nearest.end, begin), _LINKS) else None
    of_what, behind = _words(sentence, nearest.end, before.begin), _words(sentence, before.end, begin)
    is_of_it = before.topic in PERSONAL and _all_in(of_what, _OF_WHAT) and _all_in(behind, _LINKS)
    return nearest if is_of_it and not _IS.isdisjoint(behind) else None


def _words(sentence: SaidSentence, begin: int, end: int) -> Sequence[str]:
    tokens = sentence.normalized.tokens
    first = bisect_left(tokens, begin, key=lambda token: token.begin)
    return [token.text for token in tokens[first : bisect_left(tokens, end, key=lambda token: token.begin)]]


def _all_in(words: Sequence[str], known: frozenset[str]) -> bool:
    return all(word in known or word in (":", "'", "’", ",") for word in words)

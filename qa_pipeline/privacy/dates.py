"""Whether a number is a day or some years and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.privacy.chains import Chain
from qa_pipeline.privacy.contexts import PERSONAL
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.numbers import Unit, is_beside_month
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.privacy.topics import LOOKS_BACK, About

MOST_DATE = 8
"""Digits of a date."""

_MOST_YEARS = 12
_OF_DAYS = frozenset(normalize("on in en am im 于 在").split())
"""Between a word such as "account" and a number they say that it is the day of something."""
_ARTICLES = ({"el"}, {"le"})
_ASKS_FOR_A_DAY = re.compile(
    normalize(
        r"\b(?:when|date|day|expir\w*|valid\w*|until|cuando|fecha|dia|caduc\w*|venc\w*|quand|jour|jusqu\w*"
        r"|wann|datum|gultig\w*|ablauf\w*)\b"
        r"|什么时候|日期|哪天|几号|到期|有效期|期限|いつ|何日|日付|日にち|期限"
    )
)


def is_date(said: Sequence[SaidSentence], chain: Chain, spoken_of: About) -> bool:
    """Whether it is one. What looks like a date is none where it is called a number of something else: "my sort code is
    12-10-11"."""
    units = [unit for run in chain.runs for unit in run.units]
    if len(units) == 1 and units[0].shape == "date":
        return not _is_named(said, chain, spoken_of)
    if len(chain.digits) <= MOST_DATE and any(is_beside_month(said[run.sentence], run) for run in chain.runs):
        return True
    if len(units) > 1 and len(chain.digits) <= _MOST_YEARS and all(is_year(unit.digits) for unit in units):
        return True
    is_of_day = spoken_of.topic not in PERSONAL or _ASKS_FOR_A_DAY.search(" ".join(spoken_of.gap or ())) is not None
    return is_of_day and len(chain.runs) == 1 and _is_day(units)


def is_year(digits: str) -> bool:
    """Whether it looks like a year of the last or of this century."""
    return len(digits) == 4 and digits[:2] in ("19", "20")


def _is_named(said: Sequence[SaidSentence], chain: Chain, spoken_of: About) -> bool:
    if spoken_of.topic not in PERSONAL:
        return False
    if spoken_of.is_asked:
        place = chain.runs[0].sentence
        asked = "\n".join(sentence.normalized.text for sentence in said[max(0, place - LOOKS_BACK) : place])
        return _ASKS_FOR_A_DAY.search(asked) is None
    gap = {word for word in spoken_of.gap or () if word.isalnum()}
    return spoken_of.is_near and not gap & _OF_DAYS and gap not in _ARTICLES


def _is_day(units: Sequence[Unit]) -> bool:
    """Whether it is 20240506, 2024 05 06 or 06 05 2024."""
    digits = "".join(unit.digits for unit in units)
    lengths = [len(unit.digits) for unit in units]
    if len(digits) != MOST_DATE or any(unit.is_spoken for unit in units):
        return False
    if lengths in ([8], [4, 2, 2]):
        return is_year(digits[:4]) and _are_month_and_day(digits[4:6], digits[6:])
    is_in_order = _are_month_and_day(digits[2:4], digits[:2]) or _are_month_and_day(digits[:2], digits[2:4])
    return lengths == [2, 2, 4] and is_year(digits[4:]) and is_in_order


def _are_month_and_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31

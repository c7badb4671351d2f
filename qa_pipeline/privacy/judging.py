"""Whether a number is personal, and what it is called: by its shape and by what is said around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa_pipeline.privacy.amounts import is_counted
from qa_pipeline.privacy.chains import Chain
from qa_pipeline.privacy.checks import has_id_date, is_card, is_chinese_id
from qa_pipeline.privacy.contexts import LAST_DIGITS, PERSONAL, Topic
from qa_pipeline.privacy.dates import is_date, is_year
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.policy import Kind
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.privacy.topics import LOOKS_BACK, About, about

LEAST_DIGITS = 6
"""From here on a number is personal unless something says that it is not."""

FEW_REACH = 80
"""Characters before few digits in which "last four" is looked for."""

_LEAST_GROUP = 3
_NUMBER = re.compile(normalize(r"\bnumbers?\b|\bnumero\b|nummer\b|号码|番号|电话号|手机号"))
_FEWEST: Mapping[Topic | None, int] = {"card": 3, "id_number": 4, "account": 4, "code": 3, "iban": 4, "phone": 5}
"""Digits that are masked where their topic is said right before them, or asked for."""

_MOST_ABROAD = 17
"""Digits of a telephone number with its country (ITU-T E.164), and two zeros before."""
_CHINESE_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")


def kind_of(said: Sequence[SaidSentence], chain: Chain) -> Kind | None:
    """What a number is, as a kind that the policy decides on; None where it is nothing personal."""
    digits = chain.digits
    spoken_of = about(said, chain)
    topic = spoken_of.topic
    if is_card(digits) and topic not in ("phone", "id_number", "account"):
        return "card"
    if is_date(said, chain, spoken_of) or is_counted(said, chain, spoken_of):
        return None
    if topic == "order" and not _is_unmistakable(digits):
        return "order_number" if len(digits) >= LEAST_DIGITS else None
    if len(digits) < LEAST_DIGITS:
        return _kind_of_few(said, chain, spoken_of)
    return _kind_of_many(chain, topic)


def may_be_known(said: Sequence[SaidSentence], chain: Chain) -> bool:
    """Whether few digits that are a known number are said as one: not as a date, a year or an amount."""
    spoken_of = about(said, chain)
    if is_date(said, chain, spoken_of) or is_counted(said, chain, spoken_of):
        return False
    return not is_year(chain.digits) or (spoken_of.topic in PERSONAL and (spoken_of.is_near or spoken_of.is_asked))


def _is_unmistakable(digits: str) -> bool:
    return is_card(digits) or is_chinese_id(digits)


def _kind_of_many(chain: Chain, topic: Topic | None) -> Kind:
    digits = chain.digits
    if is_chinese_id(digits) or (has_id_date(digits) and topic in (None, "id_number")):
        return "id_number"
    if topic in PERSONAL:
        return PERSONAL[topic]
    is_abroad = digits.startswith("00") and len(digits) <= _MOST_ABROAD
    if _CHINESE_MOBILE.fullmatch(digits) or is_abroad or (digits[0] == "0" and 9 <= len(digits) <= 12):
        return "phone"
    groups = [len(unit.digits) for run in chain.runs for unit in run.units]
    if groups in ([3, 3, 4], [1, 3, 3, 4]):
        return "phone"
    return "card" if 14 <= len(digits) <= 19 and set(groups[:-1]) == {4} else "digits"


def _kind_of_few(said: Sequence[SaidSentence], chain: Chain, spoken_of: About) -> Kind | None:
    """Of few digits: security codes, last four digits, short accounts; only where they are spoken of directly."""
    run, topic, count = chain.runs[0], spoken_of.topic, len(chain.digits)
    begin = run.units[0].begin
    text = said[run.sentence].normalized.text[max(0, begin - FEW_REACH) : begin]
    asked = said[run.sentence - 1].normalized.text if run.sentence and is_answer(chain) else ""
    if count == 4 and (LAST_DIGITS.search(text) or LAST_DIGITS.search(asked)):
        return PERSONAL.get(topic, "digits") if topic else "digits"
    if topic == "phone" and _begins_phone(said, chain, spoken_of):
        return "phone"
    if topic not in _FEWEST or count < _FEWEST[topic]:
        return None
    may_be_year = is_year(chain.digits) and topic in ("account", "phone")
    return PERSONAL[topic] if spoken_of.is_asked or (spoken_of.is_near and not may_be_year) else None


def _begins_phone(said: Sequence[SaidSentence], chain: Chain, spoken_of: About) -> bool:
    """Whether it is the first group of a telephone number, all that is said after the number was asked for."""
    place = chain.runs[0].sentence
    asked = "\n".join(sentence.normalized.text for sentence in said[max(0, place - LOOKS_BACK) : place])
    is_first = spoken_of.is_asked and is_answer(chain) and len(chain.digits) >= _LEAST_GROUP
    return is_first and not is_year(chain.digits) and _NUMBER.search(asked) is not None


def is_answer(chain: Chain) -> bool:
    """Whether the number is all that is said in its sentence."""
    return chain.runs[0].from_start and chain.runs[-1].to_end

"""Whether a number says how much or how many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from qa_pipeline.privacy.chains import Chain
from qa_pipeline.privacy.contexts import PERSONAL, Topic
from qa_pipeline.privacy.normalized import Token, normalize
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.privacy.topics import About
from qa_pipeline.privacy.units import CODES, COUNTED, MONEY, SIGNS, WEAK

MOST_MONEY = 12
"""Digits of a number that money is said of; cards have more."""

MOST_BARE = 7
"""Digits of a number that only a word such as "balance" or "days" calls one: longer ones are accounts and phones."""

_MOST_OF_DAY = 6
_OF_TIME = frozenset(normalize("for in on and with has en con y fur am mit hat seit").split())
"""Between a word such as "account" and a number they say that it is counted: "my card for 250 days"."""


def is_counted(said: Sequence[SaidSentence], chain: Chain, spoken_of: About) -> bool:
    """Whether it is an amount or a quantity, by its form, its currency, what is counted, or what was asked for."""
    units = [unit for run in chain.runs for unit in run.units]
    topic, count = spoken_of.topic, len(chain.digits)
    if len(units) == 1 and (units[0].is_scaled or units[0].shape == "grouped") and topic not in PERSONAL:
        return True
    if count > MOST_MONEY or (chain.digits.startswith("0") and count > 1):
        return False
    if is_money(said, chain):
        return True
    behind = _behind(said, chain)
    if topic == "amount" and _are_bare_amounts(chain):
        return True
    is_named = topic in PERSONAL and (spoken_of.is_near or spoken_of.is_asked)
    is_named = is_named and _OF_TIME.isdisjoint(spoken_of.gap or ())
    if count > MOST_BARE or is_named or (behind in WEAK and count > _MOST_OF_DAY and topic in PERSONAL):
        return False
    return behind in COUNTED or _is_list(said, chain, topic)


def is_money(said: Sequence[SaidSentence], chain: Chain) -> bool:
    """Whether a currency stands beside it."""
    return _before(said, chain) in SIGNS | CODES or _behind(said, chain) in MONEY


def _are_bare_amounts(chain: Chain) -> bool:
    """Whether each part is short enough for an amount: people answer "1200" and then "3400"."""
    return all(
        len(run.digits) <= MOST_BARE and (len(run.digits) == 1 or not run.digits.startswith("0")) for run in chain.runs
    )


def _before(said: Sequence[SaidSentence], chain: Chain) -> str:
    """The word before a number, unless it belongs to another number: Rs. 250000, but not 50€ 250000."""
    run = chain.runs[0]
    tokens, at = said[run.sentence].normalized.tokens, run.units[0].first - 1
    if at > 0 and tokens[at].text == "." and tokens[at - 1].text in CODES:
        at -= 1
    if at < 0 or (at and _is_right_behind(tokens[at - 1], tokens[at]) and tokens[at].end < run.units[0].begin):
        return ""
    return tokens[at].text


def _behind(said: Sequence[SaidSentence], chain: Chain) -> str:
    """The word behind a number, unless it belongs to another number: 250000 € but not 250000 €50."""
    run = chain.runs[-1]
    tokens, at = said[run.sentence].normalized.tokens, run.units[-1].after
    if at >= len(tokens):
        return ""
    is_of_next = tokens[at].text in SIGNS | CODES and at + 1 < len(tokens) and tokens[at + 1].text.isdecimal()
    return "" if is_of_next else tokens[at].text


def _is_right_behind(number: Token, sign: Token) -> bool:
    return number.text.isdecimal() and number.end == sign.begin and sign.text in MONEY


def _is_list(said: Sequence[SaidSentence], chain: Chain, topic: Topic | None) -> bool:
    """Whether it is some small numbers in a row, as 10, 20, 30."""
    if topic in PERSONAL or len(chain.digits) >= 9 or len(chain.runs) > 1:
        return False
    units = chain.runs[0].units
    text = said[chain.runs[0].sentence].normalized.text
    gaps = {text[one.end : other.begin].strip() for one, other in pairwise(units)}
    return len(units) > 1 and gaps <= {",", "、", "，"} and all(1 < len(unit.digits) <= 3 for unit in units)

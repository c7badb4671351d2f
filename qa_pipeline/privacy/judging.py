"""Whether a number is personal, and what it is called: by its shape and by what is said around it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from qa_pipeline.privacy.chains import Chain
from qa_pipeline.privacy.checks import has_id_date, is_card, is_chinese_id
from qa_pipeline.privacy.contexts import LAST_DIGITS, Cue, Topic, is_between
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.numbers import is_beside_month
from qa_pipeline.privacy.policy import Kind
from qa_pipeline.privacy.sentences import SaidSentence

LEAST_DIGITS = 6
"""From here on a number is personal unless something says that it is not."""

LOOKS_BACK = 3
"""Sentences before a number in which a question for it is looked for."""

ORDER_REACH = 40
"""Characters between a word such as "order number" and the number that it speaks of."""

MOST_CUES = 8
"""Words on either side of a number that are looked at."""

FEW_REACH = 80
"""Characters before few digits in which "last four" is looked for."""

MOST_AMOUNT = 12
MOST_DATE = 8

_KINDS: dict[Topic, Kind] = {
    "card": "card", "phone": "phone", "id_number": "id_number", "account": "account", "iban": "iban", "code": "digits",
}  # fmt: skip
_FEWEST: dict[Topic, int] = {"card": 3, "id_number": 4, "account": 4, "code": 3, "iban": 4, "phone": 5}
"""Digits that are masked where their topic is said right before them, or asked for."""

_UNITS = frozenset(
    normalize(
        "$ € £ ¥ ₹ % usd eur gbp cny rmb jpy dollar dollars euro euros pound pounds yuan yen peso pesos franc francs "
        "cent cents bucks quid percent thousand million billion units unit pieces people customers users employees "
        "items miles points steps words minutes seconds hours days weeks months years times copies kilometers kg km "
        "gb mb porciento dolares libras centimos unidades personas clientes puntos minutos horas dias meses anos veces "
        "dollars livres centimes unites personnes clients points minutes heures jours mois ans fois pourcent "
        "元 块 圆 円 角 分 人 个 件 次 台 份 条 张 位 倍 米 吨 天 年 月 日 号 点 时 秒 小 岁 "
        "名 家 箱 万 千 百 亿 度 本 枚 回 歳 社"
    ).split()
)
"""What is counted, right behind a number. 号 is that of a day."""
_MONEY = frozenset("$€£¥₹")
_CODES = ("usd", "eur", "gbp", "cny", "rmb", "jpy")
_WEAK_UNITS = frozenset("号个人日月年点分时小")
"""Behind a number of seven digits or more they begin another word."""

_CHINESE_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")


def kind_of(said: Sequence[SaidSentence], chain: Chain) -> Kind | None:
    """What a number is, as a kind that the policy decides on; None where it is nothing personal."""
    digits = chain.digits
    cue, is_asked = _topic(said, chain)
    topic = cue.topic if cue else None
    if is_card(digits) and topic not in ("phone", "id_number", "account"):
        return "card"
    if _is_date(said, chain) or _is_counted(said, chain, topic):
        return None
    if topic == "order" and cue is not None and not _is_unmistakable(digits):
        return "order_number" if len(digits) >= LEAST_DIGITS else None
    if len(digits) < LEAST_DIGITS:
        return _kind_of_few(said, chain, cue, is_asked=is_asked)
    return _kind_of_many(chain, topic)


def _is_unmistakable(digits: str) -> bool:
    return is_card(digits) or is_chinese_id(digits)


def _kind_of_many(chain: Chain, topic: Topic | None) -> Kind:
    digits = chain.digits
    if is_chinese_id(digits) or (has_id_date(digits) and topic in (None, "id_number")):
        return "id_number"
    if topic in _KINDS:
        return _KINDS[topic]
    if _CHINESE_MOBILE.fullmatch(digits) or (digits[0] == "0" and 9 <= len(digits) <= 12):
        return "phone"
    groups = [len(unit.digits) for run in chain.runs for unit in run.units]
    if groups in ([3, 3, 4], [1, 3, 3, 4]):
        return "phone"
    return "card" if 14 <= len(digits) <= 19 and set(groups[:-1]) == {4} else "digits"


def _kind_of_few(said: Sequence[SaidSentence], chain: Chain, cue: Cue | None, *, is_asked: bool) -> Kind | None:
    """Of few digits: security codes, last four digits, short accounts; only where they are spoken of directly."""
    run, topic, count = chain.runs[0], cue.topic if cue else None, len(chain.digits)
    begin = run.units[0].begin
    text = said[run.sentence].normalized.text[max(0, begin - FEW_REACH) : begin]
    asked = said[run.sentence - 1].normalized.text if run.sentence and is_answer(chain) else ""
    if count == 4 and (LAST_DIGITS.search(text) or LAST_DIGITS.search(asked)):
        return _KINDS.get(topic, "digits") if topic else "digits"
    if topic not in _FEWEST or count < _FEWEST[topic]:
        return None
    if is_asked:
        return _KINDS[topic]
    assert cue is not None
    tokens = said[run.sentence].normalized.tokens
    at = bisect_left(tokens, cue.end, key=lambda token: token.begin)
    is_near = cue.end <= begin and all(is_between(tokens[place].text) for place in range(at, run.units[0].first))
    is_year = count == 4 and chain.digits[:2] in ("19", "20") and topic in ("account", "phone")
    return _KINDS[topic] if is_near and not is_year else None


def is_answer(chain: Chain) -> bool:
    """Whether the number is all that is said in its sentence."""
    return chain.runs[0].from_start and chain.runs[-1].to_end


def _topic(said: Sequence[SaidSentence], chain: Chain) -> tuple[Cue | None, bool]:
    """The nearest word before the number that says what it is, and whether it is in a question that the number answers;
    else the nearest one behind it in its sentence."""
    run = chain.runs[0]
    begin, end = run.units[0].begin, chain.runs[-1].units[-1].end
    own = said[run.sentence].cues
    last = bisect_right(own, begin, key=lambda cue: cue.end)
    before = next((cue for cue in reversed(own[max(0, last - MOST_CUES) : last]) if _reaches(cue, begin)), None)
    if before is not None:
        return before, False
    role = said[run.sentence].role
    nearest_of_others = True
    for place in range(run.sentence - 1, max(-1, run.sentence - 1 - LOOKS_BACK), -1):
        found = [cue for cue in said[place].cues[-MOST_CUES:] if cue.topic not in ("amount", "email")]
        if found:
            is_question = said[place].role != role and nearest_of_others
            if found[-1].topic == "order" and not (is_question and run.from_start):
                continue
            return found[-1], is_question and run.from_start
        nearest_of_others = nearest_of_others and said[place].role == role
    first = bisect_left(own, end, key=lambda cue: cue.begin)
    after = next((cue for cue in own[first : first + MOST_CUES] if cue.topic not in _NOT_AFTER), None)
    return (after if len(chain.runs) == 1 else None), False


_NOT_AFTER = ("order", "amount", "email", "birth")


def _reaches(cue: Cue, begin: int) -> bool:
    return begin - cue.end <= ORDER_REACH if cue.topic in ("order", "amount") else cue.topic != "email"


def _is_date(said: Sequence[SaidSentence], chain: Chain) -> bool:
    """Whether it is a day or some years and nothing else."""
    units = [unit for run in chain.runs for unit in run.units]
    if len(units) == 1 and units[0].shape == "date":
        return True
    if len(chain.digits) <= MOST_DATE and any(is_beside_month(said[run.sentence], run) for run in chain.runs):
        return True
    return len(units) > 1 and len(chain.digits) <= 12 and all(_is_year(unit.digits) for unit in units)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20")


def _is_counted(said: Sequence[SaidSentence], chain: Chain, topic: Topic | None) -> bool:
    """Whether it says how much or how many."""
    units = [unit for run in chain.runs for unit in run.units]
    if len(units) == 1 and (units[0].is_scaled or units[0].shape == "grouped") and topic not in _KINDS:
        return True
    if len(chain.digits) > MOST_AMOUNT:
        return False
    if topic == "amount":
        return True
    before, behind = _beside(said, chain)
    if before in _MONEY or before in _CODES:
        return True
    if behind in _WEAK_UNITS and len(chain.digits) > LEAST_DIGITS and topic in _KINDS:
        return False
    return behind in _UNITS or _is_list(said, chain, topic)


def _beside(said: Sequence[SaidSentence], chain: Chain) -> tuple[str, str]:
    first, last = chain.runs[0], chain.runs[-1]
    before, behind = said[first.sentence].normalized.tokens, said[last.sentence].normalized.tokens
    at, after = first.units[0].first - 1, last.units[-1].after
    return (before[at].text if at >= 0 else "", behind[after].text if after < len(behind) else "")


def _is_list(said: Sequence[SaidSentence], chain: Chain, topic: Topic | None) -> bool:
    """Whether it is some small numbers in a row, as 10, 20, 30."""
    if topic in _KINDS or len(chain.digits) >= 9 or len(chain.runs) > 1:
        return False
    units = chain.runs[0].units
    text = said[chain.runs[0].sentence].normalized.text
    gaps = {text[one.end : other.begin].strip() for one, other in pairwise(units)}
    return len(units) > 1 and gaps <= {",", "、", "，"} and all(1 < len(unit.digits) <= 3 for unit in units)

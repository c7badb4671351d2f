"""E-mail addresses, written or said aloud: "jane dot miller at example dot com", "ana punto lopez arroba …"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from qa_pipeline.privacy.normalized import Token, normalize
from qa_pipeline.privacy.sentences import Detector, SaidSentence, Span

_LOCAL = re.compile(r"[\w.+%-]*\w[\w.+%-]*\s?\Z", re.ASCII)
_WRITTEN_DOMAIN = re.compile(r"@\s?[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?:\.[a-z0-9-]{1,63}){0,8}", re.ASCII)
_LONGEST_LOCAL = 64
_DOT = r"(?:\s*\.(?=\S)|\s+(?:dot|punto|point|punkt)\s+|\s*[(\[](?:dot|punto|point|punkt)[)\]]\s*|\s*(?:点|ドット)\s*)"
_CLEAR_AT = (
    r"(?:\s*@\s*|\s*[(\[](?:at|arroba|arobase)[)\]]\s*"
    r"|\s+(?:at sign|at the rate|arroba|arobase|arobas|klammeraffe)\s+"
    r"|\s*(?:艾特|圈a|圈 a|小老鼠|アットマーク|アット)\s*)"
)
_NO_DOMAIN = r"(?!(?:the|our|your|my|his|her|their|a|an|this|that|some|any|every|which|www)(?![a-z0-9-]))"
_AT = rf"\s+at\s+{_NO_DOMAIN}"
_IN = rf"\s+(?:chez|bei)\s+{_NO_DOMAIN}"
"""French and German words that some say for the sign; they are other words too."""
_LABEL = r"[a-z0-9一-九零〇幺]+(?:[\s-][a-z0-9]+){0,3}?"
_ENDINGS = "com|net|org|edu|gov|info|io|co|cn|jp|de|es|fr|uk|us|eu|mx|ar|ca|au|ch|at|be|it|nl|hk|tw|me|cat|app|dev|biz"
_COUNTRIES = (
    "a[cdefgilmoqrstuwxz]|b[abdefghijmnorstwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[ceegrstu]|f[ijkmor]"
    "|g[abdefghilmnpqrstuwy]|h[kmnrtu]|i[delmnoqrst]|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]"
    "|m[acdeghklmnopqrstuvwxyz]|n[acefgilopruz]|om|p[aefghklmnrstwy]|qa|r[eosuw]|s[abcdeghijklmnorstuvxyz]"
    "|t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw]"
)
"""Codes of countries, as endings."""
_MAIL = "gmail|g mail|hotmail|icloud"
_PROVIDERS = f"{_MAIL}|outlook|yahoo|qq|163|126|gmx|foxmail|orange|free|laposte"
_DOMAIN = rf"(?:{_LABEL}{_DOT}){{1,3}}(?:{_ENDINGS})(?![a-z0-9])"
_CLEAR_DOMAIN = rf"{_LABEL}{_DOT}(?:[a-z0-9-]+{_DOT}){{0,2}}[a-z]{{2,24}}(?![a-z0-9])"
"""Behind a word that is nothing but the sign, whatever the ending."""
_SAID_DOT = r"\s+(?:dot|punkt)\s+"
_SPOKEN_DOT = r"\s+(?:point|punkt)\s+"
_COUNTRY_DOMAIN = rf"{_LABEL}{_SAID_DOT}(?:[a-z0-9-]+{_SAID_DOT}){{0,2}}(?:{_COUNTRIES})(?![a-z0-9])"
"""Behind a plain "at", where a said "dot" is no other word: "at some point my" is no address."""
_WRITTEN_COUNTRY = (
    rf"[a-z0-9](?:[a-z0-9-]{{0,62}}[a-z0-9])?(?:\.[a-z0-9-]{{1,63}}){{0,3}}\.(?:{_COUNTRIES}|{_ENDINGS})"
    r"(?![a-z0-9-]|\.[a-z0-9])"
)
"""A domain in one word behind a plain "at", as recognizers write it; "I am at home.my" is one too."""
_ALOUD = re.compile(
    rf"{_CLEAR_AT}(?:{_CLEAR_DOMAIN}|(?:{_PROVIDERS})(?![a-z0-9]))"
    rf"|{_AT}(?:{_COUNTRY_DOMAIN}|{_DOMAIN}|(?:{_MAIL})(?![a-z0-9]))|{_IN}{_LABEL}{_SPOKEN_DOT}(?:{_ENDINGS})(?![a-z0-9])"
)
_WRITTEN_AT = re.compile(rf"{_AT}(?:{_WRITTEN_COUNTRY}|(?:{_PROVIDERS})(?![a-z0-9]))")
_HAS_AT = re.compile(r"[@＠]|\b(?:at|ät|chez|bei)\b|arroba|arobas|klammeraffe|艾特|圈|小老鼠|アット|ｱｯﾄ", re.IGNORECASE)

_LINKS = frozenset(
    normalize(
        "dot punto point punkt underscore unterstrich dash hyphen bindestrich minus plus score guion bajo tiret bas "
        "moins . - _ + 点 下 划 线 横 "
        "杠 ド ッ ト"
    ).split()
)
_STOPS = frozenset(
    normalize(
        "is it's its my the email mail address e to me on at and or use with write send reach contact que con "
        "de correo es mi su el la al un una escriba est mon ma l'adresse adresse courriel c'est le a sur vous "
        "pouvez envoyez just yes so that's that it for look looking meet see be am are was were we you i us visit "
        "visited find found go went come came buy bought saw read order ordered page site met "
        "ist meine mein und lautet bitte an ich bin habe die das unter erreichen erreichbar ja also"
    ).split()
)
_TELLING = frozenset(normalize("is it's email mail address to me contact use write that's ist unter an lautet").split())
"""Words right before an address."""
_MOST_WORDS = 6
LOOKS_BACK = 3
"""Sentences before an address in which mail is spoken of."""


def emails(said: Sequence[SaidSentence]) -> Iterator[Span]:
    """Where addresses stand. One that goes over two sentences is found in each where its part has the "at"."""
    for place, sentence in enumerate(said):
        if not _HAS_AT.search(sentence.text):
            continue
        text = sentence.normalized.text
        for match in _WRITTEN_DOMAIN.finditer(text):
            before = _LOCAL.search(text, max(0, match.start() - _LONGEST_LOCAL), match.start())
            if before is not None:
                yield _span(sentence, place, before.start(), match.end(), "shape")
        for match in _ALOUD.finditer(text):
            begin = _local_part(sentence, match.start())
            if begin is not None:
                yield _span(sentence, place, begin, match.end(), "spoken")
        written = list(_WRITTEN_AT.finditer(text))
        is_mail = bool(written) and _speaks_of_mail(said, place)
        for match in written:
            begin = _local_part(sentence, match.start())
            if begin is not None and (is_mail or _is_told(sentence, begin, match.start())):
                yield _span(sentence, place, begin, match.end(), "spoken")


def _span(sentence: SaidSentence, place: int, begin: int, end: int, how: Detector) -> Span:
    begin, end = sentence.normalized.original_span(begin, end)
    return Span(place, begin, end, "email", how)


def _is_told(sentence: SaidSentence, begin: int, end: int) -> bool:
    """Whether what stands before an "at" is the begin of an address, also where nobody spoke of mail: it is written as
    no word is, or nothing else is said before it."""
    if any(not (char.isalpha() or char.isspace()) for char in sentence.normalized.text[begin:end]):
        return True
    tokens = sentence.normalized.tokens
    at = bisect_right(tokens, begin, key=lambda token: token.end) - 1
    while at >= 0 and not tokens[at].text.isalnum():
        at -= 1
    return at < 0 or tokens[at].text in _TELLING


def _speaks_of_mail(said: Sequence[SaidSentence], place: int) -> bool:
    spoken = said[max(0, place - LOOKS_BACK) : place + 1]
    return any(cue.topic == "email" for sentence in spoken for cue in sentence.cues)


def _local_part(sentence: SaidSentence, end: int) -> int | None:
    """Where the part before the "at" begins: words up to one that is none of it, or letters that are spelled."""
    tokens = sentence.normalized.tokens
    begin, count = None, 0
    last = bisect_right(tokens, end, key=lambda each: each.end) - 1
    for place in range(last, -1, -1):
        token = tokens[place]
        if token.text in _LINKS:
            continue
        if _is_spelled(tokens, place, last):
            begin = token.begin
            continue
        is_name = token.text not in _STOPS and (token.text.isascii() or token.text in "零〇一二三四五六七八九十幺")
        if not is_name or not token.text.isalnum() or count >= _MOST_WORDS:
            break
        begin, count = token.begin, count + 1
    return begin


def _is_spelled(tokens: Sequence[Token], place: int, last: int) -> bool:
    """Whether it is a letter beside another one."""
    beside = [tokens[at].text for at in (place - 1, place + 1) if 0 <= at <= last]
    return _is_letter(tokens[place].text) and any(map(_is_letter, beside))


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isascii() and word.isalpha()

"""Account numbers of ISO 13616 that are spelled: "D E eight nine, three seven zero four …"."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.privacy.checks import IBAN_LENGTHS
from qa_pipeline.privacy.normalized import Token
from qa_pipeline.privacy.number_words import number_at
from qa_pipeline.privacy.sentences import SaidSentence

LEAST_DIGITS = 10
MOST_LETTERS = 4
"""Letters of a bank's code that are said or written as one word."""


def spelled_ibans(sentence: SaidSentence) -> Iterator[tuple[int, int, str]]:
    """Where they stand in the normalised text, each with its last four signs: a country, and as many letters and digits
    as its numbers have."""
    tokens = sentence.normalized.tokens
    at = 0
    while at < len(tokens):
        found = _country(sentence, at)
        end = _end(sentence, found[0], found[1]) if found else None
        if end is None:
            at += 1
            continue
        after, signs = end
        yield tokens[at].begin, tokens[after - 1].end, signs[-4:]
        at = after


def _country(sentence: SaidSentence, at: int) -> tuple[str, int] | None:
    """The country's code that begins at a token, as one word or as two letters, and the token behind it."""
    tokens = sentence.normalized.tokens
    if tokens[at].text in IBAN_LENGTHS and _is_capital(sentence, tokens[at]):
        return tokens[at].text, at + 1
    both = "".join(token.text for token in tokens[at : at + 2] if len(token.text) == 1)
    return (both, at + 2) if both in IBAN_LENGTHS else None


def _end(sentence: SaidSentence, country: str, after: int) -> tuple[int, str] | None:
    """The token behind it and its signs; None where it is of another length."""
    tokens, signs = sentence.normalized.tokens, country
    while after < len(tokens) and len(signs) < IBAN_LENGTHS[country]:
        text = tokens[after].text
        number = number_at(tokens, after, sentence.language) if text.isdecimal() or len(text) > 1 else None
        if number is not None:
            signs, after = signs + number.digits, number.after
        elif text.isascii() and text.isalpha() and (len(text) == 1 or _is_capital(sentence, tokens[after])):
            signs, after = signs + text, after + 1
        elif text in _FILLERS or not text.isalnum():
            after += 1
        else:
            return None
    is_whole = len(signs) == IBAN_LENGTHS[country] and sum(map(str.isdigit, signs)) >= LEAST_DIGITS
    return (after, signs) if is_whole and signs[2:4].isdigit() else None


def _is_capital(sentence: SaidSentence, token: Token) -> bool:
    """Whether it is written as a code: BARC, and no word."""
    begin, end = sentence.normalized.original_span(token.begin, token.end)
    return len(token.text) <= MOST_LETTERS and sentence.text[begin:end].isupper()


_FILLERS = frozenset(("uh", "um", "er", "then", "and", "y", "et", "und", "euh"))

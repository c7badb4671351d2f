"""What is personal in the texts of one call."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from qa_pipeline.privacy.birth_dates import birth_dates
from qa_pipeline.privacy.chains import Chain, chains
from qa_pipeline.privacy.emails import emails
from qa_pipeline.privacy.judging import kind_of
from qa_pipeline.privacy.known_values import KnownSearch, KnownValue
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.numbers import Run, runs_of
from qa_pipeline.privacy.policy import LEAST_FOR_LAST4, Kind
from qa_pipeline.privacy.prefilter import may_have_numbers
from qa_pipeline.privacy.sentences import Detector, SaidSentence, Span
from qa_pipeline.privacy.shapes import IP, ibans

READ_BACK_WITHIN = 8
"""Sentences after a number in which its digits are looked for again, by whoever."""

LEAST_READ_BACK = 3
"""Digits that are a part of a number that was said before."""

_Places = dict[int, list[tuple[int, int]]]


def personal_spans(said: Sequence[SaidSentence], known: Sequence[KnownValue] = ()) -> list[Span]:
    """What is personal in the sentences of a call, in their order. `said` are those of all channels in the order of
    time. Spans don't overlap; a number over several sentences has a span in each."""
    search = KnownSearch(known)
    numbered = [may_have_numbers(sentence.text) for sentence in said]
    found: list[Span] = [*search.spans(said), *emails(said)]
    if any(numbered):
        found += _shaped(said, numbered)
        found += birth_dates(said, numbered)
        found += _numbers(said, numbered, found, search)
    return _merged(found)


def _shaped(said: Sequence[SaidSentence], numbered: Sequence[bool]) -> Iterator[Span]:
    """Addresses of machines and account numbers, which are written as nothing else is."""
    for place, sentence in enumerate(said):
        if not numbered[place] or not any(char.isdigit() for char in sentence.text):
            continue
        normalized = sentence.normalized
        for match in IP.finditer(normalized.text):
            yield Span(place, *normalized.original_span(*match.span()), "ip", "shape")
        for begin, end in ibans(normalized.text):
            compact = "".join(char for char in normalized.text[begin:end] if char.isalnum())
            yield Span(place, *normalized.original_span(begin, end), "iban", "shape", compact[-4:])


def _numbers(
    said: Sequence[SaidSentence], numbered: Sequence[bool], taken: Sequence[Span], search: KnownSearch
) -> Iterator[Span]:
    places: _Places = {}
    for span in _merged(taken):
        places.setdefault(span.sentence, []).append((span.begin, span.end))
    runs = [
        [run for run in runs_of(sentence, place) if not _is_taken(sentence, run, places)] if numbered[place] else []
        for place, sentence in enumerate(said)
    ]
    personal: list[tuple[Chain, Kind]] = []
    for chain in chains(said, runs):
        kind, detector = search.number(chain.digits), "known"
        if kind is None:
            kind, detector = kind_of(said, chain), "spoken" if chain.is_spoken else "shape"
        if kind is not None:
            personal.append((chain, kind))
            yield from _spans(said, chain, kind, detector)  # type: ignore[arg-type]
    yield from _read_back(said, runs, personal)


def _is_taken(sentence: SaidSentence, run: Run, places: _Places) -> bool:
    taken = places.get(run.sentence)
    if not taken:
        return False
    begin, end = sentence.normalized.original_span(run.units[0].begin, run.units[-1].end)
    at = bisect_left(taken, end, key=lambda place: place[0])  # those that begin before the run ends
    return at > 0 and taken[at - 1][1] > begin


def _spans(said: Sequence[SaidSentence], chain: Chain, kind: Kind, detector: Detector) -> Iterator[Span]:
    for run in chain.runs:
        has_end = run is chain.runs[-1] and len(chain.digits) >= LEAST_FOR_LAST4
        last4 = chain.digits[-4:] if has_end else ""
        begin, end = _with_letters(said[run.sentence], run, kind)
        yield Span(run.sentence, *said[run.sentence].normalized.original_span(begin, end), kind, detector, last4)


_LETTERED = ("id_number", "iban", "account")
_NO_LETTERS = frozenset(
    normalize("a i o y e id nr is es it my on at el le la of to in me am or no ok so et un").split()
)


def _with_letters(sentence: SaidSentence, run: Run, kind: Kind) -> tuple[int, int]:
    """A run with the signs that begin it, and with the letters that belong to it: QQ 12 34 56 C."""
    tokens, text = sentence.normalized.tokens, sentence.normalized.text
    begin, end = run.units[0].begin, run.units[-1].end
    before, behind = run.units[0].first - 1, run.units[-1].after
    if kind in _LETTERED:
        while before >= 0 and _is_letters(tokens[before].text, begin - tokens[before].end):
            begin = tokens[before].begin
            before -= 1
        if behind < len(tokens) and _is_letters(tokens[behind].text, tokens[behind].begin - end, most=1):
            end = tokens[behind].end
    while begin and text[begin - 1] in "+(#":
        begin -= 1
    return begin, end


def _is_letters(word: str, blanks: int, most: int = 2) -> bool:
    return word.isascii() and word.isalpha() and len(word) <= most and blanks <= 1 and word not in _NO_LETTERS


def _read_back(
    said: Sequence[SaidSentence], runs: Sequence[Sequence[Run]], personal: Sequence[tuple[Chain, Kind]]
) -> Iterator[Span]:
    """Parts of these numbers that are said again soon after."""
    covered = {(run.sentence, run.units[0].begin) for chain, _ in personal for run in chain.runs}
    for chain, kind in personal:
        if len(chain.digits) <= LEAST_READ_BACK:
            continue
        first, last = chain.runs[0].sentence, chain.runs[-1].sentence + READ_BACK_WITHIN
        for of_sentence in runs[first : last + 1]:
            for run in of_sentence:
                key = (run.sentence, run.units[0].begin)
                if key not in covered and len(run.digits) >= LEAST_READ_BACK and run.digits in chain.digits:
                    covered.add(key)
                    has_end = chain.digits.endswith(run.digits) and len(chain.digits) >= LEAST_FOR_LAST4
                    last4 = run.digits if has_end else ""
                    begin, end = run.units[0].begin, run.units[-1].end
                    own = said[run.sentence].normalized.original_span(begin, end)
                    yield Span(run.sentence, *own, kind, "readback", last4[-4:])


def _merged(spans: Sequence[Span]) -> list[Span]:
    """In their order, and where some overlap one for all of them, of the kind of the first that was found."""
    found: list[Span] = []
    ranked = {id(span): rank for rank, span in enumerate(spans)}
    for span in sorted(spans, key=lambda each: (each.sentence, each.begin, each.end)):
        if found and found[-1].sentence == span.sentence and span.begin < found[-1].end:
            before = found.pop()
            chosen = min(before, span, key=lambda each: ranked.get(id(each), len(spans)))
            merged = chosen._replace(begin=before.begin, end=max(before.end, span.end))
            ranked[id(merged)] = ranked.get(id(chosen), len(spans))
            found.append(merged)
        else:
            found.append(span)
    return found

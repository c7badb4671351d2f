"""What is personal in the texts of one call."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from qa_pipeline.privacy.amounts import is_money
from qa_pipeline.privacy.birth_dates import birth_dates
from qa_pipeline.privacy.chains import Chain, chains
from qa_pipeline.privacy.emails import emails
from qa_pipeline.privacy.following import IN_GROUPS, follows
from qa_pipeline.privacy.judging import kind_of, may_be_known
from qa_pipeline.privacy.known_values import LEAST_TAIL, KnownSearch, KnownValue
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.numbers import Run, Unit, is_beside_month, runs_of
from qa_pipeline.privacy.policy import LEAST_FOR_LAST4, Kind, Policy, RedactionPolicy
from qa_pipeline.privacy.prefilter import may_have_numbers
from qa_pipeline.privacy.sentences import Detector, SaidSentence, Span
from qa_pipeline.privacy.shapes import addresses, ibans
from qa_pipeline.privacy.spoken_ibans import spelled_ibans

READ_BACK_WITHIN = 8
"""Sentences after a number in which its digits are looked for again, by whoever."""

LEAST_READ_BACK = 3
"""Digits that are a part of a number that was said before."""

MOST_NEARBY = 40
"""Numbers on either side of such digits that they may be a part of."""

_Places = dict[int, list[tuple[int, int]]]
_AS_SHIPPED = RedactionPolicy()
_SHOWN: dict[Policy, int] = {"mask": 0, "last4": 1, "keep": 2}
"""How much of a value a policy shows."""


def personal_spans(
    said: Sequence[SaidSentence], known: Sequence[KnownValue] = (), policy: RedactionPolicy = _AS_SHIPPED
) -> list[Span]:
    """What is personal in the sentences of a call, in their order. `said` are those of all channels in the order of
    time. Spans don't overlap: of two that would, the one that `policy` shows less of stands for both. A number over
    several sentences has a span in each."""
    search = KnownSearch(known)
    numbered = [may_have_numbers(sentence.text) for sentence in said]
    found: list[Span] = [*search.spans(said), *emails(said)]
    if any(numbered):
        found += _shaped(said, numbered)
        found += birth_dates(said, numbered)
        found += _numbers(said, numbered, found, search)
    return _merged(found, policy)


def _shaped(said: Sequence[SaidSentence], numbered: Sequence[bool]) -> Iterator[Span]:
    """Addresses of machines and account numbers, which are written as nothing else is."""
    for place, sentence in enumerate(said):
        if not numbered[place]:
            continue
        normalized = sentence.normalized
        for begin, end, last4 in spelled_ibans(sentence):
            yield Span(place, *normalized.original_span(begin, end), "iban", "spoken", last4)
        if not any(char.isdigit() for char in sentence.text):
            continue
        for begin, end in addresses(normalized.text):
            yield Span(place, *normalized.original_span(begin, end), "ip", "shape")
        for begin, end in ibans(normalized.text):
            own = normalized.original_span(begin, end)
            if not normalized.text[begin + 2].isdigit() and sentence.text[own[0]].islower():
                continue  # a word before a number: "is 5000 and the card is 4539 1488"
            compact = "".join(char for char in normalized.text[begin:end] if char.isalnum())
            yield Span(place, *own, "iban", "shape", compact[-4:])


def _numbers(
    said: Sequence[SaidSentence], numbered: Sequence[bool], taken: Sequence[Span], search: KnownSearch
) -> Iterator[Span]:
    places: _Places = {}
    for span in _merged(taken, _AS_SHIPPED):
        places.setdefault(span.sentence, []).append((span.begin, span.end))
    runs = [
        [rest for run in runs_of(sentence, place) for rest in _not_taken(sentence, run, places)]
        if numbered[place]
        else []
        for place, sentence in enumerate(said)
    ]
    personal: list[tuple[Chain, Kind]] = []
    last_of: dict[str, tuple[Run, Kind]] = {}  # the last number of each role that is said in groups
    for chain in chains(said, runs):
        kind, detector = _kind(said, chain, search)
        role = said[chain.runs[0].sentence].role
        if kind in (None, "digits") and role in last_of and follows(said, chain, last_of[role][0]):
            kind, detector = last_of[role][1], "spoken"
        if kind is not None:
            personal.append((chain, kind))
            if kind in IN_GROUPS:
                last_of[role] = (chain.runs[-1], kind)
            yield from _spans(said, chain, kind, detector)
    yield from _read_back(said, runs, personal)


def _kind(said: Sequence[SaidSentence], chain: Chain, search: KnownSearch) -> tuple[Kind | None, Detector]:
    """What a number is, and how that was found."""
    known = search.number(chain.digits)
    if known is not None and (len(chain.digits) >= LEAST_TAIL or may_be_known(said, chain)):
        return known, "known"
    kind = kind_of(said, chain)
    if kind in (None, "order_number") and (within := search.number_within(chain.digits)) is not None:
        return within, "known"
    return kind, "spoken" if chain.is_spoken else "shape"


def _not_taken(sentence: SaidSentence, run: Run, places: _Places) -> list[Run]:
    """What is left of a run where some of its numbers are something else: each part a run of its own."""
    taken = places.get(run.sentence)
    if not taken:
        return [run]
    parts: list[list[Unit]] = [[]]
    for unit in run.units:
        begin, end = sentence.normalized.original_span(unit.begin, unit.end)
        at = bisect_left(taken, end, key=lambda place: place[0]) - 1  # the last one that begins before the unit ends
        if at < 0 or taken[at][1] <= begin:
            parts[-1].append(unit)
        elif taken[at][0] <= begin and taken[at][1] >= end:
            parts.append([])
        else:  # more than what was found: a number by itself
            parts += [[unit], []]
    return [
        Run(
            run.sentence,
            tuple(part),
            run.from_start and part[0] is run.units[0],
            run.to_end and part[-1] is run.units[-1],
        )
        for part in parts
        if part
    ]


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
    begins = [_place(chain.runs[0]) for chain, _ in personal]
    covered = {_place(run) for chain, _ in personal for run in chain.runs}
    for run in (run for of_sentence in runs for run in of_sentence):
        if _place(run) in covered or len(run.digits) < LEAST_READ_BACK or _is_of_its_own(said, run):
            continue
        at = bisect_left(begins, _place(run))
        for chain, kind in personal[max(0, at - MOST_NEARBY) : at + MOST_NEARBY]:
            if _is_part(run, chain):
                has_end = chain.digits.endswith(run.digits) and len(chain.digits) >= LEAST_FOR_LAST4
                last4 = run.digits[-4:] if has_end else ""
                own = said[run.sentence].normalized.original_span(run.units[0].begin, run.units[-1].end)
                yield Span(run.sentence, *own, kind, "readback", last4)
                break


def _is_of_its_own(said: Sequence[SaidSentence], run: Run) -> bool:
    """Whether a month or a currency beside few digits says that they are no part of another number."""
    is_few = len(run.digits) < LEAST_TAIL
    return is_few and (is_beside_month(said[run.sentence], run) or is_money(said, Chain((run,))))


def _place(run: Run) -> tuple[int, int]:
    return run.sentence, run.units[0].begin


def _is_part(run: Run, chain: Chain) -> bool:
    """Whether it says a part of a number that was said in its sentence or soon before."""
    first, last = chain.runs[0].sentence, chain.runs[-1].sentence + READ_BACK_WITHIN
    return first <= run.sentence <= last and len(chain.digits) > LEAST_READ_BACK and run.digits in chain.digits


def _merged(spans: Sequence[Span], policy: RedactionPolicy) -> list[Span]:
    """In their order, and where some overlap one for all of them: of the kind of which least is shown, and of the first
    that was found among those."""
    found: list[tuple[int, Span]] = []
    ranked = [(_SHOWN[policy.of(span.kind)] * len(spans) + number, span) for number, span in enumerate(spans)]
    for rank, span in sorted(ranked, key=lambda each: each[1][:3]):
        if found and found[-1][1].sentence == span.sentence and span.begin < found[-1][1].end:
            before = found.pop()
            least, chosen = min(before, (rank, span))
            found.append((least, chosen._replace(begin=before[1].begin, end=max(before[1].end, span.end))))
        else:
            found.append((rank, span))
    return [span for _, span in found]

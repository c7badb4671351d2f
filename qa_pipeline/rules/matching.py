"""Conditions that look for something said: phrases, pairs of phrases, regular expressions, what is nearly said, labels.

A place counts where what is written there can be relied on. Where nothing is found, that is a miss only if the stretch
in which it was looked for can be relied on too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.rules.compiled import Compiled
from qa_pipeline.rules.conditions import EmotionIs, LanguageIs, PhraseChoice
from qa_pipeline.rules.listening import NO_TIMES, HeardCall, Span
from qa_pipeline.rules.phrases import Phrase
from qa_pipeline.rules.places import almost_said, fuzzy_places, near_places, phrase_places, regex_hits
from qa_pipeline.rules.verdicts import MISS, NEAR_MS, Hit, Verdict, doubts, found, opposite, unknown

ALMOST_SAID = "almost_said"
NO_LABELS = {"language": "no_languages", "emotion": "no_emotions"}

TakeBack = Callable[[Sequence[Hit]], tuple[list[Hit], list[str]]]
"""From hits to those that stay, and the reasons why of others it can't be told (`unless`)."""


class _Found(NamedTuple):
    """What was found of something: hits that count, and why others don't."""

    hits: Sequence[Hit] = ()
    doubts: Sequence[str] = ()


_NOTHING = _Found()


def _counting(heard: HeardCall, hits: Sequence[Hit], span: Span | None, take_back: TakeBack) -> _Found:
    """Those of some hits that lie in the stretch, are not taken back, and can be relied on."""
    inside = [hit for hit in hits if span is None or span[0] <= (hit.begin_ms or 0) < span[1]]
    if not inside:
        return _NOTHING
    kept, reasons = take_back(inside)
    relied_on: list[Hit] = []
    for hit in kept:
        of_hit = list(doubts(heard.call, hit.role, hit.begin_ms, hit.end_ms))
        reasons += of_hit
        if not of_hit:
            relied_on.append(hit)
    return _Found(relied_on, reasons)


def look_for_words(heard: HeardCall, compiled: Compiled, take_back: TakeBack) -> Verdict:
    """What phrases, near, regex and fuzzy come to."""
    condition = compiled.condition
    if condition.window and not heard.has_times:
        return unknown([NO_TIMES])
    span, roles = heard.reach(condition.window), heard.roles(condition.role)
    if condition.phrases:
        return _choose(heard, compiled, condition.phrases, span, take_back)
    find = {"near": _near_hits, "regex": _regex_hits, "fuzzy": _fuzzy_hits}[compiled.operator]
    looked = _counting(heard, find(heard, compiled, roles, span), span, take_back)
    return _one_verdict(looked, not_told(heard, roles, span))


def _one_verdict(looked: _Found, silent: Sequence[str]) -> Verdict:
    """Found; perhaps there, for these reasons; or not there."""
    reasons = [*looked.doubts, *silent]
    if looked.hits:
        return found(looked.hits, reasons)
    return unknown(reasons) if reasons else MISS


def not_told(heard: HeardCall, roles: Sequence[str], span: Span | None) -> list[str]:
    """Why nobody can say that something was not said by these roles in a stretch."""
    if heard.call.reason:
        return [heard.call.reason]
    begin, end = span or (None, None)
    return [reason for role in roles for reason in doubts(heard.call, role, begin, end, margin_ms=NEAR_MS)]


def _near_hits(heard: HeardCall, compiled: Compiled, roles: Sequence[str], _: Span | None) -> list[Hit]:
    near = compiled.condition.near
    assert near is not None
    return [
        heard.hit(role, place)
        for role in roles
        if role in heard.texts
        for place in near_places(
            heard.texts[role],
            compiled.phrases,
            compiled.second,
            within=near.within_words,
            is_ordered=near.order == "given",
            without=compiled.without,
        )
    ]


def _regex_hits(heard: HeardCall, compiled: Compiled, roles: Sequence[str], _: Span | None) -> list[Hit]:
    assert compiled.pattern is not None
    return [hit for role in roles for hit in regex_hits(heard, role, compiled.pattern)]


def _fuzzy_hits(heard: HeardCall, compiled: Compiled, roles: Sequence[str], span: Span | None) -> list[Hit]:
    fuzzy = compiled.condition.fuzzy
    assert fuzzy is not None
    hits: list[Hit] = []
    for role in roles:
        if (text := heard.texts.get(role)) is None:
            continue
        stretches = None if span is None else text.stretches_in(span)
        places = (fuzzy_places(text, phrase, fuzzy.at_least, stretches) for phrase in compiled.phrases)
        hits += [heard.hit(role, place) for place in chain.from_iterable(places)]
    return hits


def _choose(
    heard: HeardCall, compiled: Compiled, choice: PhraseChoice, span: Span | None, take_back: TakeBack
) -> Verdict:
    """Any, all, none or at least so many of some phrases."""
    texts = [(role, heard.texts[role]) for role in heard.roles(compiled.condition.role) if role in heard.texts]
    looked = dict.fromkeys(compiled.phrases, _NOTHING)
    for phrase in compiled.phrases:
        if not (said := [(role, text) for role, text in texts if text.may_have(phrase)]):
            continue
        hits = [
            heard.hit(role, place) for role, text in said for place in phrase_places(text, phrase, compiled.without)
        ]
        looked[phrase] = _counting(heard, hits, span, take_back) if hits else _NOTHING
    if choice.none:
        return opposite(_at_least(heard, compiled, looked, span, 1))
    if choice.all:
        return _at_least(heard, compiled, looked, span, len(looked))
    if choice.counting == "times":
        return _at_least_times(heard, compiled, looked, span, choice.at_least or 1)
    return _at_least(heard, compiled, looked, span, choice.at_least or 1)


def _at_least(
    heard: HeardCall, compiled: Compiled, looked: dict[Phrase, _Found], span: Span | None, wanted: int
) -> Verdict:
    """Whether so many of the phrases are said."""
    said = [each for each in looked.values() if each.hits]
    if len(said) >= wanted:
        return _found(heard, compiled, looked, span, [hit for each in said for hit in each.hits])
    missing = {phrase: each for phrase, each in looked.items() if not each.hits}
    return _perhaps(heard, compiled, missing, span, wanted - len(said))


def _at_least_times(
    heard: HeardCall, compiled: Compiled, looked: dict[Phrase, _Found], span: Span | None, wanted: int
) -> Verdict:
    """Whether they are said so many times: words that two of them share are said once."""
    hits: list[Hit] = []
    for hit in sorted((hit for each in looked.values() for hit in each.hits), key=_place):
        if not hits or not _overlap(hits[-1], hit):
            hits.append(hit)
    if len(hits) >= wanted:
        return _found(heard, compiled, looked, span, hits)
    return _perhaps(heard, compiled, looked, span, 1)


def _place(hit: Hit) -> tuple[int, int, int, int, int]:
    """To put hits in order: by channel, by begin, the longest one first."""
    return (
        hit.channel_id or 0,
        hit.sentence_id or 0,
        hit.begin_char or 0,
        -(hit.last_sentence_id or 0),
        -(hit.end_char or 0),
    )


def _overlap(one: Hit, other: Hit) -> bool:
    """Whether two places have words in common."""
    begins = [(hit.sentence_id or 0, hit.begin_char or 0) for hit in (one, other)]
    ends = [(hit.last_sentence_id or 0, hit.end_char or 0) for hit in (one, other)]
    return one.channel_id == other.channel_id and max(begins) < min(ends)


def _found(
    heard: HeardCall, compiled: Compiled, looked: dict[Phrase, _Found], span: Span | None, hits: Sequence[Hit]
) -> Verdict:
    """That it is said, and why there may be more of it."""
    silent = not_told(heard, heard.roles(compiled.condition.role), span)
    return found(hits, [*chain.from_iterable(each.doubts for each in looked.values()), *silent])


def _perhaps(
    heard: HeardCall, compiled: Compiled, missing: dict[Phrase, _Found], span: Span | None, lacking: int
) -> Verdict:
    """What it means that so many phrases are lacking of those that were not found for sure."""
    roles = heard.roles(compiled.condition.role)
    if reasons := not_told(heard, roles, span):
        return unknown([*chain.from_iterable(each.doubts for each in missing.values()), *reasons])
    doubtful = [each for each in missing.values() if each.doubts]
    almost = 0
    if span is not None and not compiled.without and compiled.condition.if_almost_said != "miss":
        almost = sum(
            _is_almost(heard, phrase, span, roles, each.hits) for phrase, each in missing.items() if not each.doubts
        )
    if len(doubtful) + almost < lacking:
        return MISS
    reasons = list(chain.from_iterable(each.doubts for each in doubtful))
    return unknown([*reasons, *[ALMOST_SAID] * bool(almost)])


def _is_almost(heard: HeardCall, phrase: Phrase, span: Span, roles: Sequence[str], said: Sequence[Hit]) -> bool:
    """Something like the phrase lies in the window, so that a recognizer's fault may be all that is wrong; where it
    is said, beside that."""
    return any(
        not any(_overlap(heard.hit(role, place), hit) for hit in said)
        for role in roles
        if role in heard.texts
        for place in almost_said(heard.texts[role], phrase, span)
    )


def look_for_labels(heard: HeardCall, compiled: Compiled, take_back: TakeBack) -> Verdict:
    """What language and emotion come to."""
    condition = compiled.condition
    wanted = condition.language or condition.emotion
    assert wanted is not None
    if condition.window and not heard.has_times:
        return unknown([NO_TIMES])
    span, roles = heard.reach(condition.window), heard.roles(condition.role)
    said = list(heard.sentences(roles, span))
    labelled = [each for each in said if _label(each, compiled) is not None]
    silent = not_told(heard, roles, span)
    if said and not labelled:
        return unknown([NO_LABELS[compiled.operator], *silent])
    meant = [each for each in labelled if _label(each, compiled) in wanted.among]
    if wanted.run_at_least is not None:
        meant = _runs(said, compiled, wanted, wanted.run_at_least)
    looked = _counting(heard, [heard.whole_sentence(each) for each in meant], None, take_back)
    if wanted.share_at_least is not None and looked.hits:
        kept = {(hit.channel_id, hit.sentence_id) for hit in looked.hits}
        share = _length([each for each in labelled if (each.channel_id, each.sentence_id) in kept]) / _length(labelled)
        if silent or looked.doubts:
            return unknown([*looked.doubts, *silent])
        return found(looked.hits) if share >= wanted.share_at_least else MISS
    return _one_verdict(looked, silent)


def _label(said: RuleSentence, compiled: Compiled) -> str | None:
    return said.language if compiled.operator == "language" else said.emotion


def _runs(
    said: Sequence[RuleSentence], compiled: Compiled, wanted: LanguageIs | EmotionIs, at_least: int
) -> list[RuleSentence]:
    """The sentences of runs that are long enough; no label ends a run, and so does another speaker."""
    runs: list[list[RuleSentence]] = [[]]
    for each in said:
        is_meant = _label(each, compiled) in wanted.among
        if runs[-1] and (not is_meant or runs[-1][-1].role != each.role):
            runs.append([])
        if is_meant:
            runs[-1].append(each)
    return [each for run in runs if len(run) >= at_least for each in run]


def _length(said: Sequence[RuleSentence]) -> float:
    """How long some sentences last, ms; how many they are where the model gives no times."""
    known = [each.end_ms - each.begin_ms for each in said if each.begin_ms is not None and each.end_ms is not None]
    total: int = sum(known)
    return total if total and len(known) == len(said) else len(said)

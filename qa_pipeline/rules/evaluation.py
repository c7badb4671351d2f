"""What rules come to in a call: an outcome for each, with its reason or its evidence."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.compiled import Compiled
from qa_pipeline.rules.conditions import AppliesTo
from qa_pipeline.rules.listening import NO_TIMES, HeardCall
from qa_pipeline.rules.matching import TakeBack, look_for_labels, look_for_words, not_told
from qa_pipeline.rules.verdicts import (
    HIT,
    MISS,
    OTHER_RULE_NOT_APPLICABLE,
    Hit,
    Outcome,
    State,
    Verdict,
    all_of,
    any_of,
    found,
    opposite,
    unknown,
)

Trace = Callable[[int, Compiled, Verdict], None]
"""Is told of each condition how deep it is, and what it came to; the inner ones first."""


_OF_OTHERS = ("all", "any", "not", "absence", "sequence")
"""Conditions that are made of others, and say nothing of roles themselves."""


class RuleOutcome(NamedTuple):
    """One rule in one call. `reason` is a code of docs/rules.md where it is not_applicable or not_evaluated."""

    rule: BookedRule
    outcome: Outcome
    reason: str | None = None
    hits: tuple[Hit, ...] = ()


def outcomes_of(call: RuleCall, book: RuleBook) -> list[RuleOutcome]:
    """What each rule of a book comes to, in their order."""
    return Judge(call, book).outcomes()


class Judge:
    """One call, and what each rule comes to in it."""

    def __init__(self, call: RuleCall | HeardCall, book: RuleBook, trace: Trace | None = None) -> None:
        self.heard = call if isinstance(call, HeardCall) else HeardCall(call)
        self._call = self.heard.call
        self._book = book
        self._trace = trace
        self._known: dict[str, RuleOutcome] = {}
        self._verdicts: dict[str, Verdict] = {}
        """Of rules that were looked at: what decided."""

    def outcomes(self) -> list[RuleOutcome]:
        """The outcome of each rule of the book, in its order."""
        return [self.outcome(rule) for rule in self._book.rules]

    def outcome(self, rule: BookedRule) -> RuleOutcome:
        """The outcome of one rule, judged once per call, as other rules may name it."""
        known = self._known.get(rule.id)
        if known is None:
            known = self._known[rule.id] = self._outcome(rule)
        return known

    def _outcome(self, rule: BookedRule) -> RuleOutcome:
        if reason := self._is_out_of_force(rule):
            return RuleOutcome(rule, Outcome.NOT_APPLICABLE, reason)
        outcome, reason = applies(rule.rule.applies_to, self._call)
        if outcome is not None:
            return RuleOutcome(rule, outcome, reason)
        if rule.when is not None:
            before = self._verdict(rule.when, 0)
            if before.state is State.UNKNOWN:
                return self._not_told(rule, before)
            if before.state is State.MISS:
                return RuleOutcome(rule, Outcome.NOT_APPLICABLE, "precondition")
        verdict = self._verdicts[rule.id] = self._verdict(rule.condition, 0)
        if verdict.state is State.UNKNOWN:
            return self._not_told(rule, verdict)
        is_hit = verdict.state is State.HIT
        return RuleOutcome(rule, Outcome.HIT if is_hit else Outcome.MISS, hits=verdict.hits)

    def _not_told(self, rule: BookedRule, verdict: Verdict) -> RuleOutcome:
        """Not applicable where nothing is unknown but what other rules aren't applicable for."""
        self._verdicts[rule.id] = verdict
        is_other = all(reason.startswith(OTHER_RULE_NOT_APPLICABLE) for reason in verdict.reasons)
        outcome = Outcome.NOT_APPLICABLE if is_other else Outcome.NOT_EVALUATED
        return RuleOutcome(rule, outcome, ", ".join(verdict.reasons))

    def _is_out_of_force(self, rule: BookedRule) -> str | None:
        """Why a rule isn't in force on the day of the call. A call without a day is judged by the rules as they are."""
        day, first, last = self._call.call_date, rule.rule.effective_from, rule.rule.effective_to
        if day is None:
            return None
        is_in_force = (first or dt.date.min) <= day <= (last or dt.date.max)
        return None if is_in_force else "not_in_effect"

    def _verdict(self, compiled: Compiled, depth: int) -> Verdict:
        verdict = self._judged(compiled, depth)
        if self._trace:
            self._trace(depth, compiled, verdict)
        return verdict

    def _judged(self, compiled: Compiled, depth: int) -> Verdict:
        below = depth + 1
        match compiled.operator:
            case "phrases" | "near" | "regex" | "fuzzy":
                return look_for_words(self.heard, compiled, self._take_back(compiled, below))
            case "language" | "emotion":
                return look_for_labels(self.heard, compiled, self._take_back(compiled, below))
            case "all":
                return all_of([self._verdict(each, below) for each in compiled.all])
            case "any":
                return any_of([self._verdict(each, below) for each in compiled.any])
            case "not" if compiled.inner:
                return opposite(self._verdict(compiled.inner, below))
            case "absence" if compiled.inner:
                return self._absence(compiled.inner, self._verdict(compiled.inner, below))
            case "sequence" if compiled.anchor and compiled.expect:
                return self._sequence(compiled, below)
            case "metric":
                return self._metric(compiled)
            case "rule":
                return self._other_rule(compiled.condition.rule or "")
        raise AssertionError(compiled.operator)

    def _absence(self, inner: Compiled, verdict: Verdict) -> Verdict:
        """The opposite, with the stretches as evidence in which it was looked for."""
        if verdict.state is not State.MISS:
            return opposite(verdict)
        spans = {(each.condition.role, each.condition.window) for each in inner.walk() if not list(each.children())}
        return found(
            [
                self.heard.missing(role, self.heard.span(window) if self.heard.has_times else None)
                for role, window in spans
            ]
        )

    def _metric(self, compiled: Compiled) -> Verdict:
        metric = compiled.condition.metric
        assert metric is not None
        value = self._call.metrics.get(metric.name)
        if value is None:
            return unknown([f"metric_unknown:{metric.name}"])
        return HIT if metric.holds(value) else MISS

    def _other_rule(self, rule_id: str) -> Verdict:
        other = self.outcome(self._book.rule(rule_id))
        if other.outcome is Outcome.NOT_APPLICABLE:
            return unknown([f"{OTHER_RULE_NOT_APPLICABLE}:{rule_id}"])
        return self._verdicts.get(rule_id) or unknown([other.reason or ""])

    def _take_back(self, compiled: Compiled, depth: int) -> TakeBack:
        """Takes hits back near which the condition of `unless` is met."""
        taken_back = self._taken_back(compiled, depth)

        def take_back(hits: Sequence[Hit]) -> tuple[list[Hit], list[str]]:
            kept: list[Hit] = []
            reasons: list[str] = []
            for hit in hits:
                is_taken, doubt = taken_back(hit)
                reasons += doubt
                if not is_taken and not doubt:
                    kept.append(hit)
            return kept, reasons

        return take_back

    def _taken_back(self, compiled: Compiled, depth: int) -> Callable[[Hit], tuple[bool, Sequence[str]]]:
        """Whether the condition of `unless` is met near a hit, or why that can't be told. The condition is looked at
        once, and only if there is a hit."""
        if compiled.unless is None or compiled.condition.unless is None:
            return lambda _: (False, ())
        unless, within_ms = compiled.unless, compiled.condition.unless.within_s * 1000
        told: list[tuple[Verdict, _Moments]] = []

        def taken_back(hit: Hit) -> tuple[bool, Sequence[str]]:
            if not told:
                met = self._verdict(unless, depth)
                told.append((met, _Moments(met.hits)))
            verdict, moments = told[0]
            if verdict.is_everywhere:
                return True, ()
            if self._has_no_place(unless) and verdict.state is not State.HIT:
                return False, verdict.reasons
            if not self.heard.has_times:
                return False, (NO_TIMES,)
            begin, end = (hit.begin_ms or 0) - within_ms, (hit.end_ms or 0) + within_ms
            if moments.are_in(begin, end):
                return True, ()
            near = not_told(self.heard, sorted(self._roles(unless)), (round(begin), round(end)))
            return False, near or self._everywhere(verdict)

        return taken_back

    def _has_no_place(self, compiled: Compiled) -> bool:
        """Whether what a condition finds holds in all of the call."""
        match compiled.operator:
            case "all":
                return all(map(self._has_no_place, compiled.all))
            case "any":
                return all(map(self._has_no_place, compiled.any))
            case "rule":
                return self._has_no_place(self._book.rule(compiled.condition.rule or "").condition)
            case "phrases":
                return bool(compiled.condition.phrases and compiled.condition.phrases.none)
        return compiled.operator in ("metric", "not")

    def _roles(self, compiled: Compiled) -> set[str]:
        """Whose words a condition is about."""
        if compiled.operator == "rule":
            return self._roles(self._book.rule(compiled.condition.rule or "").condition)
        if compiled.operator == "metric":
            return set()
        within = set[str]().union(*map(self._roles, compiled.children()))
        return within if compiled.operator in _OF_OTHERS else within.union(self.heard.roles(compiled.condition.role))

    def _everywhere(self, verdict: Verdict) -> list[str]:
        """Why a condition can't be told wherever in the call; what is wrong with stretches of the call is left out."""
        of_stretches = {stretch.reason for found in self._call.unreliable.values() for stretch in found}
        return [reason for reason in (*verdict.reasons, *verdict.doubts) if reason not in of_stretches]

    def _sequence(self, compiled: Compiled, depth: int) -> Verdict:
        sequence = compiled.condition.sequence
        assert sequence is not None
        assert compiled.anchor is not None
        assert compiled.expect is not None
        anchor = self._verdict(compiled.anchor, depth)
        expect = self._verdict(compiled.expect, depth)
        if anchor.state is not State.HIT:
            return anchor if anchor.state is State.UNKNOWN else MISS
        if anchor.is_everywhere:
            return self._without_place(compiled, expect, depth)
        if sequence.within_s is not None and not self.heard.has_times and not expect.is_everywhere:
            return unknown([NO_TIMES])
        taken_back = self._taken_back(compiled, depth)
        matched: list[Hit] = []
        reasons: list[str] = []
        lacking = 0
        for one in anchor.hits:
            pair, doubt = self._pair(one, expect, compiled, taken_back)
            matched += pair
            reasons += doubt
            lacking += not pair and not doubt
        if sequence.each and lacking:
            return MISS
        if sequence.each and (reasons or anchor.doubts):
            return unknown([*reasons, *anchor.doubts])
        if matched:
            return found(matched, [*reasons, *anchor.doubts])
        reasons += anchor.doubts
        return unknown(reasons) if reasons else MISS

    def _pair(
        self, one: Hit, expect: Verdict, compiled: Compiled, taken_back: Callable[[Hit], tuple[bool, Sequence[str]]]
    ) -> tuple[list[Hit], list[str]]:
        """An anchor with the nearest place of what is expected, neither of them taken back; or why it can't be told
        whether there is one; or neither."""
        is_taken, doubt = taken_back(one)
        if is_taken:
            return [], []
        if expect.is_everywhere:
            return ([], list(doubt)) if doubt else ([one], [])
        reasons: list[str] = []
        others = [other for other in expect.hits if self._is_in_reach(one, other, compiled)]
        for other in sorted(others, key=lambda other: self._apart(one, other)):
            is_other_taken, of_other = taken_back(other)
            if is_other_taken:
                continue
            if not of_other and not doubt:
                return [one, other], []
            reasons += of_other
        if reasons or (doubt and others):
            return [], [*doubt, *reasons]
        return [], self._doubts_beside(one, compiled, expect)

    def _without_place(self, compiled: Compiled, expect: Verdict, depth: int) -> Verdict:
        """What a sequence comes to whose anchor holds in all of the call: wherever the other is, it is beside it."""
        if expect.state is not State.HIT or compiled.unless is None:
            return expect
        if expect.is_everywhere:
            verdict = self._verdict(compiled.unless, depth)
            return {State.HIT: MISS, State.MISS: expect}.get(verdict.state, verdict)
        kept, reasons = self._take_back(compiled, depth)(expect.hits)
        if kept:
            return found(kept, [*reasons, *expect.doubts])
        return unknown(reasons) if reasons else MISS

    def _is_in_reach(self, one: Hit, other: Hit, compiled: Compiled) -> bool:
        sequence = compiled.condition.sequence
        assert sequence is not None
        if other == one:
            return False
        if sequence.order == "after" and not self._is_before(one, other):
            return False
        if sequence.order == "before" and not self._is_before(other, one):
            return False
        if sequence.within_s is not None:
            return _distance_ms(one, other) <= sequence.within_s * 1000
        if sequence.within_sentences is not None and _is_said(one) and _is_said(other):
            return abs(other.order - one.order) <= sequence.within_sentences
        return True

    def _is_before(self, one: Hit, other: Hit) -> bool:
        """Whether one is said before the other: by the moments at which they begin, where there are times. What is
        missing in a stretch is before all that is said in it, and after that."""
        if not _is_said(one) or not _is_said(other):
            end = other.begin_ms if _is_said(other) else other.end_ms
            return one.begin_ms is None or end is None or one.begin_ms <= end
        return self._moment(one) < self._moment(other)

    def _moment(self, hit: Hit) -> tuple[int, int, int]:
        begin = hit.begin_ms or 0 if self.heard.has_times else 0
        return begin, hit.order, hit.begin_char or 0

    def _apart(self, one: Hit, other: Hit) -> tuple[float, int]:
        return _distance_ms(one, other) if self.heard.has_times else 0, abs(other.order - one.order)

    def _doubts_beside(self, one: Hit, compiled: Compiled, expect: Verdict) -> list[str]:
        """Why nobody can say that what is expected isn't where it is expected."""
        sequence = compiled.condition.sequence
        assert sequence is not None
        assert compiled.expect is not None
        if doubt := self._everywhere(expect):
            return doubt
        within_ms = None if sequence.within_s is None else round(sequence.within_s * 1000)
        begin: int | None = one.begin_ms if sequence.order == "after" else None
        end: int | None = one.end_ms if sequence.order == "before" else None
        if within_ms is not None and one.begin_ms is not None and one.end_ms is not None:
            begin = one.begin_ms - (0 if sequence.order == "after" else within_ms)
            end = one.end_ms + (0 if sequence.order == "before" else within_ms)
        roles = sorted(self._roles(compiled.expect))
        if self._has_no_place(compiled.expect):
            return list(expect.reasons)
        span = (begin or 0, end if end is not None else max(self._call.duration_ms or 0, (begin or 0) + 1))
        return not_told(self.heard, roles, span)


def applies(to: AppliesTo, call: RuleCall) -> tuple[Outcome | None, str | None]:
    """Why a rule is not for a call, or can't be told to be: outcome and reason; nothing where it is for it."""
    seconds = None if call.duration_ms is None else call.duration_ms / 1000
    unknown_yet: str | None = None
    for wanted, known, reason in (
        (to.queue, {call.queue} if call.queue else set(), "queue"),
        (to.direction, {call.direction} if call.direction else set(), "direction"),
        (to.language, call.languages, "language"),
    ):
        if wanted is None:
            continue
        if known and known.isdisjoint(wanted):
            return Outcome.NOT_APPLICABLE, f"other_{reason}"
        if not known:
            unknown_yet = unknown_yet or f"{reason}_unknown"
    if to.min_duration_s is not None:
        if seconds is not None and seconds < to.min_duration_s:
            return Outcome.NOT_APPLICABLE, "too_short"
        if seconds is None:
            unknown_yet = unknown_yet or "duration_unknown"
    return (Outcome.NOT_EVALUATED, unknown_yet) if unknown_yet else (None, None)


class _Moments:
    """When some hits are, to find whether one lies in a stretch without a look at all of them."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        spans = sorted((hit.begin_ms or 0, hit.end_ms or 0) for hit in hits)
        self._begins = [begin for begin, _ in spans]
        self._last_ends = list(accumulate((end for _, end in spans), max))

    def are_in(self, begin_ms: float, end_ms: float) -> bool:
        """Whether one of them lies at least in part in a stretch, its ends included."""
        begun = bisect_right(self._begins, end_ms)
        return begun > 0 and self._last_ends[begun - 1] >= begin_ms


def _is_said(hit: Hit) -> bool:
    """Not that something is missing."""
    return hit.sentence_id is not None


def _distance_ms(one: Hit, other: Hit) -> float:
    """How far apart two hits are; 0 where they overlap."""
    begins, ends = (one.begin_ms or 0, other.begin_ms or 0), (one.end_ms or 0, other.end_ms or 0)
    return max(0, max(begins) - min(ends))

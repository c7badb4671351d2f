"""What rules come to in a call: an outcome for each, with its reason or its evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
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

    def outcomes(self) -> list[RuleOutcome]:
        """Of every rule."""
        return [self.outcome(rule) for rule in self._book.rules]

    def outcome(self, rule: BookedRule) -> RuleOutcome:
        """Of one rule, once."""
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
                return _not_told(rule, before)
            if before.state is State.MISS:
                return RuleOutcome(rule, Outcome.NOT_APPLICABLE, "precondition")
        verdict = self._verdict(rule.condition, 0)
        if verdict.state is State.UNKNOWN:
            return _not_told(rule, verdict)
        is_hit = verdict.state is State.HIT
        return RuleOutcome(rule, Outcome.HIT if is_hit else Outcome.MISS, hits=verdict.hits)

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
        match other.outcome:
            case Outcome.HIT:
                return Verdict(State.HIT, other.hits)
            case Outcome.MISS:
                return MISS
            case Outcome.NOT_APPLICABLE:
                return unknown([f"{OTHER_RULE_NOT_APPLICABLE}:{rule_id}"])
        return unknown([other.reason or ""])

    def _take_back(self, compiled: Compiled, depth: int) -> TakeBack:
        """Takes hits back near which the condition of `unless` is met."""

        def take_back(hits: Sequence[Hit]) -> tuple[list[Hit], list[str]]:
            if compiled.unless is None or compiled.condition.unless is None:
                return list(hits), []
            if not self.heard.has_times:
                return [], [NO_TIMES]
            within_ms = compiled.condition.unless.within_s * 1000
            verdict = self._verdict(compiled.unless, depth)
            roles = list(_roles(self.heard, compiled.unless))
            kept, reasons = [], []
            for hit in hits:
                begin, end = hit.begin_ms or 0, hit.end_ms or 0
                if any(_distance_ms(hit, other) <= within_ms for other in verdict.hits):
                    continue
                near = not_told(self.heard, roles, (round(begin - within_ms), round(end + within_ms)))
                if doubt := near or self._everywhere(verdict):
                    reasons += doubt
                else:
                    kept.append(hit)
            return kept, reasons

        return take_back

    def _everywhere(self, verdict: Verdict) -> list[str]:
        """Why a condition can't be told wherever in the call; what is wrong with stretches of the call is left out."""
        of_stretches = {stretch.reason for found in self._call.unreliable.values() for stretch in found}
        return [reason for reason in verdict.reasons if reason not in of_stretches]

    def _sequence(self, compiled: Compiled, depth: int) -> Verdict:
        sequence = compiled.condition.sequence
        assert sequence is not None
        assert compiled.anchor is not None
        assert compiled.expect is not None
        anchor = self._verdict(compiled.anchor, depth)
        expect = self._verdict(compiled.expect, depth)
        if anchor.state is not State.HIT:
            return anchor if anchor.state is State.UNKNOWN else MISS
        if sequence.within_s is not None and not self.heard.has_times:
            return unknown([NO_TIMES])
        matched: list[Hit] = []
        reasons: list[str] = []
        lacking = 0
        for one in anchor.hits:
            others = [other for other in expect.hits if self._is_in_reach(one, other, compiled)]
            if others:
                matched += [one, min(others, key=lambda other: abs(_order(other)[0] - _order(one)[0]))]
            elif doubt := self._doubts_beside(one, compiled, expect):
                reasons += doubt
            else:
                lacking += 1
        kept, taken_back = self._take_back(compiled, depth)(matched) if matched else ([], [])
        reasons += taken_back
        if sequence.each and lacking:
            return MISS
        if sequence.each and reasons:
            return unknown(reasons)
        if kept:
            return found(kept)
        return unknown(reasons) if reasons else MISS

    def _is_in_reach(self, one: Hit, other: Hit, compiled: Compiled) -> bool:
        sequence = compiled.condition.sequence
        assert sequence is not None
        if other == one:
            return False
        is_after = _order(other) > _order(one)
        if (sequence.order == "after" and not is_after) or (sequence.order == "before" and is_after):
            return False
        if sequence.within_s is not None:
            return _distance_ms(one, other) <= sequence.within_s * 1000
        if sequence.within_sentences is not None:
            return abs(other.order - one.order) <= sequence.within_sentences
        return True

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
        roles = list(_roles(self.heard, compiled.expect))
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


def _not_told(rule: BookedRule, verdict: Verdict) -> RuleOutcome:
    """Not applicable where nothing is unknown but what other rules aren't applicable for."""
    is_other = all(reason.startswith(OTHER_RULE_NOT_APPLICABLE) for reason in verdict.reasons)
    outcome = Outcome.NOT_APPLICABLE if is_other else Outcome.NOT_EVALUATED
    return RuleOutcome(rule, outcome, ", ".join(verdict.reasons))


def _order(hit: Hit) -> tuple[int, int]:
    return hit.order, hit.begin_char or 0


def _distance_ms(one: Hit, other: Hit) -> float:
    """How far apart two hits are; 0 where they overlap."""
    begins, ends = (one.begin_ms or 0, other.begin_ms or 0), (one.end_ms or 0, other.end_ms or 0)
    return max(0, max(begins) - min(ends))


def _roles(heard: HeardCall, compiled: Compiled) -> Iterator[str]:
    """Whose words a condition is about."""
    roles = {role for each in compiled.walk() for role in heard.roles(each.condition.role) if not list(each.children())}
    yield from sorted(roles)

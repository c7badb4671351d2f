"""A condition of a rule in one line, and a rule as lines, for people who look at what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from qa_pipeline.rules.conditions import AppliesTo, Condition, Labels, PhraseItem, PhraseList, Rule, Sequence, Window
from qa_pipeline.wording.languages import t, to_translate

MOST_PHRASES = 4

SPEAKERS = {
    "agent": to_translate("by the agent"),
    "customer": to_translate("by the customer"),
    "other": to_translate("by somebody else"),
}
ORDERS = {
    "after": to_translate("expected after the anchor"),
    "before": to_translate("expected before the anchor"),
    "either": to_translate("expected before or after the anchor"),
}


class Line(NamedTuple):
    """A line of what a rule says, and how deep it stands below what it is part of."""

    depth: int
    text: str


def rule_lines(rule: Rule) -> list[Line]:
    """What a rule says: whom it is for, its precondition, and its condition with all conditions inside it."""
    lines = [Line(0, text) for text in _applies(rule)]
    if rule.when is not None:
        lines += [Line(0, t("only where this occurs:")), *_below(rule.when, 1)]
    return [*lines, Line(0, t("it is a hit where this holds:")), *_below(rule.condition, 1)]


def described(condition: Condition) -> str:
    """Its operator with what it looks for, who is meant, and where."""
    return " ".join(part for part in (_what(condition), _who(condition), _where(condition.window)) if part)


def _below(condition: Condition, depth: int) -> Iterator[Line]:
    """A condition, and what is inside it one step deeper."""
    yield Line(depth, described(condition))
    named = {"anchor": t("anchor:"), "expect": t("expected:")}
    if condition.unless:
        named["unless"] = t("but not within {seconds} s of this:", seconds=f"{condition.unless.within_s:g}")
    for place, inner in condition.inner():
        name = next((named[str(part)] for part in place if part in named), "")
        yield from _named(name, list(_below(inner, depth + 1)))
    if without := condition.without:
        said = {
            "before": t("but not right behind: {phrases}", phrases=_some(without.phrases)),
            "after": t("but not right before: {phrases}", phrases=_some(without.phrases)),
            "either": t("but not next to: {phrases}", phrases=_some(without.phrases)),
        }
        yield Line(depth + 1, said[without.side])


def _named(name: str, lines: list[Line]) -> list[Line]:
    return [Line(lines[0].depth, f"{name} {lines[0].text}".strip()), *lines[1:]]


def _applies(rule: Rule) -> Iterator[str]:
    to: AppliesTo = rule.applies_to
    for values, text in (
        (to.queue, to_translate("only calls of the queues {values}")),
        (to.direction, to_translate("only calls of the directions {values}")),
        (to.language, to_translate("only calls in the languages {values}")),
    ):
        if values:
            yield t(text, values=t(", ").join(values))
    if to.min_duration_s is not None:
        yield t("only calls of {seconds} s or more", seconds=f"{to.min_duration_s:g}")
    if rule.effective_from is not None:
        yield t("only calls from {day} on", day=rule.effective_from)
    if rule.effective_to is not None:
        yield t("only calls up to {day}", day=rule.effective_to)


def _what(condition: Condition) -> str:
    if condition.phrases or condition.near or condition.regex or condition.fuzzy:
        return _words(condition)
    if condition.language:
        return t("language: {values}", values=t(", ").join(condition.language.among)) + _measure(condition.language)
    if condition.emotion:
        return t("emotion: {values}", values=t(", ").join(map(t, condition.emotion.among))) + _measure(
            condition.emotion
        )
    if metric := condition.metric:
        low = "" if metric.at_least is None else t(" from {value}", value=f"{metric.at_least:g}")
        high = "" if metric.below is None else t(" below {value}", value=f"{metric.below:g}")
        return t("metric: {name}", name=metric.name) + low + high
    if condition.sequence:
        return _sequence(condition.sequence)
    if condition.rule:
        return t("rule: {rule}", rule=condition.rule)
    return {"all": t("all of"), "any": t("any of"), "not": t("not"), "absence": t("absence")}[condition.operator]


def _words(condition: Condition) -> str:
    if choice := condition.phrases:
        phrases = _some(choice.items)
        if choice.of and choice.counting == "times":
            return t("phrases: at least {n} times of {phrases}", n=choice.at_least, phrases=phrases)
        if choice.of:
            return t("phrases: at least {n} of {phrases}", n=choice.at_least, phrases=phrases)
        if choice.any:
            return t("phrases: any of {phrases}", phrases=phrases)
        if choice.all:
            return t("phrases: all of {phrases}", phrases=phrases)
        return t("phrases: none of {phrases}", phrases=phrases)
    if near := condition.near:
        return t(
            "near: {first} and {second} within {n} words",
            first=_some(near.first), second=_some(near.second), n=near.within_words,
        )  # fmt: skip
    if fuzzy := condition.fuzzy:
        alike = f"{fuzzy.at_least:g}"
        return t("fuzzy: {phrases}, {percent}% alike", phrases=_some(fuzzy.phrases), percent=alike)
    return t("regex: {pattern}", pattern=condition.regex)


def _sequence(sequence: Sequence) -> str:
    reach = "" if sequence.within_s is None else t(" within {seconds} s", seconds=f"{sequence.within_s:g}")
    if sequence.within_sentences:
        reach = t(" within {n} sentences", n=sequence.within_sentences)
    each = t(", each time") if sequence.each else ""
    return t("sequence: {order}{reach}{each}", order=t(ORDERS[sequence.order]), reach=reach, each=each)


def _some(items: tuple[PhraseItem, ...]) -> str:
    shown = [
        t("list {name}", name=item.list) if isinstance(item, PhraseList) else f"“{item}”"
        for item in items[:MOST_PHRASES]
    ]
    more = [t("and {n} more", n=len(items) - MOST_PHRASES)] if len(items) > MOST_PHRASES else []
    return t(", ").join([*shown, *more])


def _measure(labels: Labels) -> str:
    share = t(", at least {share} of the time", share=f"{labels.share_at_least:.0%}") if labels.share_at_least else ""
    run = t(", {n} sentences in a row", n=labels.run_at_least) if labels.run_at_least else ""
    return share + run


def _who(condition: Condition) -> str:
    return t(SPEAKERS[condition.role]) if condition.role != "anyone" else ""


def _where(window: Window | None) -> str:
    if window is None:
        return ""
    of = t(" of the talk") if window.of == "talk" else ""
    for value, text in (
        (window.first_s, to_translate("in the first {n} s")),
        (window.last_s, to_translate("in the last {n} s")),
        (window.first_percent, to_translate("in the first {n}%")),
        (window.last_percent, to_translate("in the last {n}%")),
    ):
        if value is not None:
            return t(text, n=f"{value:g}") + of
    unit, begin, end = (" s", window.from_s, window.to_s)
    if begin is None and end is None:
        unit, begin, end = "%", window.from_percent, window.to_percent
    to = t("the end") if end is None else f"{end:g}{unit}"
    return t("from {begin} to {end}", begin=f"{begin or 0:g}{unit}", end=to) + of

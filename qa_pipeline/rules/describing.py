"""A condition in one line, for people who look at what it comes to."""

from __future__ import annotations

from qa_pipeline.rules.conditions import Condition, Labels, PhraseItem, PhraseList, Window

MOST_PHRASES = 4


def described(condition: Condition) -> str:
    """Its operator with what it looks for, who is meant, and where."""
    return " ".join(part for part in (_what(condition), _who(condition), _where(condition.window)) if part)


def _what(condition: Condition) -> str:
    if choice := condition.phrases:
        if choice.of:
            times = " times" if choice.counting == "times" else ""
            return f"phrases: at least {choice.at_least}{times} of {_some(choice.items)}"
        kind = "any" if choice.any else "all" if choice.all else "none"
        return f"phrases: {kind} of {_some(choice.items)}"
    if near := condition.near:
        return f"near: {_some(near.first)} and {_some(near.second)} within {near.within_words} words"
    if condition.regex:
        return f"regex: {condition.regex}"
    if fuzzy := condition.fuzzy:
        return f"fuzzy: {_some(fuzzy.phrases)}, {fuzzy.at_least:g} % alike"
    for name, labels in (("language", condition.language), ("emotion", condition.emotion)):
        if labels:
            return f"{name}: {', '.join(labels.among)}{_measure(labels)}"
    if metric := condition.metric:
        low = "" if metric.at_least is None else f" from {metric.at_least:g}"
        high = "" if metric.below is None else f" below {metric.below:g}"
        return f"metric: {metric.name}{low}{high}"
    if sequence := condition.sequence:
        reach = f" within {sequence.within_s:g} s" if sequence.within_s is not None else ""
        if sequence.within_sentences:
            reach = f" within {sequence.within_sentences} sentences"
        return f"sequence: expected {sequence.order} the anchor{reach}{', each time' if sequence.each else ''}"
    if condition.rule:
        return f"rule: {condition.rule}"
    return {"all": "all of", "any": "any of"}.get(condition.operator, condition.operator)


def _some(items: tuple[PhraseItem, ...]) -> str:
    shown = [f"list {item.list}" if isinstance(item, PhraseList) else f"“{item}”" for item in items[:MOST_PHRASES]]
    return ", ".join([*shown, *[f"and {len(items) - MOST_PHRASES} more"] * (len(items) > MOST_PHRASES)])


def _measure(labels: Labels) -> str:
    share = f", at least {labels.share_at_least:.0%} of the time" if labels.share_at_least else ""
    run = f", {labels.run_at_least} sentences in a row" if labels.run_at_least else ""
    return share + run


def _who(condition: Condition) -> str:
    return f"by {condition.role}" if condition.role != "anyone" else ""


def _where(window: Window | None) -> str:
    if window is None:
        return ""
    of = " of the talk" if window.of == "talk" else ""
    for value, text in (
        (window.first_s, "in the first {:g} s"),
        (window.last_s, "in the last {:g} s"),
        (window.first_percent, "in the first {:g} %"),
        (window.last_percent, "in the last {:g} %"),
    ):
        if value is not None:
            return text.format(value) + of
    unit, begin, end = ("s", window.from_s, window.to_s)
    if begin is None and end is None:
        unit, begin, end = "%", window.from_percent, window.to_percent
    return f"from {begin or 0:g} {unit} to {'the end' if end is None else f'{end:g} {unit}'}{of}"

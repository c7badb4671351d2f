"""What answers choices in Amazon Connect by itself: rules by a number of the contact become `answered_by`, all else is
named. There is no silent default option in cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.scorecards.forms.connect_conditions import NotCarried, condition_of
from qa_pipeline.scorecards.forms.connect_terms import COUNTS
from qa_pipeline.scorecards.forms.taking import LONGEST_LEFT, Taken, shown, tidy

Written = dict[str, Any]
BY_HAND = "the question is answered by people here, until a rule or a metric answers it"


def choice_automation(automation: Taken, refs: Mapping[str, str]) -> Written | None:
    """`answered_by` of a question of one choice, by the RefIds of its options; None, and said, where a card has no such
    rules."""
    options = automation.items("Options")
    rules = [_rule(option, refs) for option in options]
    default = automation.raw("DefaultOptionRefId")
    metrics = {metric for metric, _ in (rule for rule in rules if rule is not None)}
    if options and None not in rules and len(metrics) == 1:
        ranges = [own for rule in rules if rule is not None for _, own in [rule]]
        if default is not None and default in refs:
            ranges.append({"option": refs[default]})
            automation.note(
                f"{shown(default)} where no rule fits; not where the metric is not known", "DefaultOptionRefId"
            )
        [metric] = metrics
        automation.note(
            f"the rules are by the metric {metric} here, which may be defined otherwise: docs/metrics.md", "Options"
        )
        return {"metric": metric, "options": ranges}
    for option in options:
        _leave(option)
    _leave_default(automation, "DefaultOptionRefId")
    leave_source(automation)
    return None


def leave_automation(automation: Taken) -> None:
    """Names the automation of a question of several choices."""
    for option in automation.items("Options"):
        _leave(option)
    _leave_default(automation, "DefaultOptionRefIds")
    leave_source(automation)


def leave_source(automation: Taken) -> None:
    """Names where the answers come from, unless a card says so."""
    source = automation.inner("AnswerSource")
    if source is not None and (kind := source.text("SourceType")):
        automation.note(f"AnswerSource {kind}: {BY_HAND}", "AnswerSource")


def _rule(option: Taken, refs: Mapping[str, str]) -> tuple[str, Written] | None:
    """The metric, and the option that numbers of a range mean; None for a rule that is no such thing."""
    rule = option.inner("AutomationRule")
    condition = rule.inner("Condition") if rule else None
    chosen = refs.get(rule.text("OptionRefId") or "") if rule else None
    if condition is None or chosen is None:
        return None
    try:
        found = _range(condition_of(condition))
    except NotCarried:
        found = None
    if found is None:
        condition.take_rest()  # it is named as a whole
        return None
    metric, bounds = found
    return metric, {"option": chosen, **bounds}


def _range(condition: Written) -> tuple[str, Written] | None:
    """The metric that a condition looks at, and the range in which it wants it."""
    parts: Sequence[Written] = condition.get("all", [condition])
    bounds: Written = {}
    metrics = {part.get("metric") for part in parts}
    [metric] = metrics if len(metrics) == 1 else [None]
    for part in parts:
        for name, value in part.items():
            if name == "metric":
                continue
            bound = _bound(name, value, str(metric))
            if bound is None or bound[0] in bounds:
                return None
            bounds[bound[0]] = bound[1]
    is_range = bounds.get("at_least", float("-inf")) < bounds.get("below", float("inf"))
    return (metric, bounds) if metric is not None and is_range else None


def _bound(name: str, value: Any, metric: str) -> tuple[str, float] | None:
    """A bound as a range has it: of whole numbers, above 3 is at least 4."""
    if name in ("at_least", "below"):
        return name, value
    if name in ("above", "at_most") and metric in COUNTS and float(value).is_integer():
        return ("at_least" if name == "above" else "below"), tidy(value + 1)
    return None


def _leave(option: Taken) -> None:
    if (category := option.inner("RuleCategory")) is not None:
        chosen = category.text("OptionRefId") or category.raw("OptionRefIds")
        name, present = category.text("Category"), category.text("Condition")
        option.note(
            f"{shown(chosen)} for contacts with the category {shown(name)} {present}: {BY_HAND}", "RuleCategory"
        )
    if (rule := option.inner("AutomationRule")) is not None:
        chosen = rule.text("OptionRefId")
        option.note(f"{shown(chosen)} by {shown(rule.raw('Condition'), LONGEST_LEFT)}: {BY_HAND}", "AutomationRule")


def _leave_default(automation: Taken, key: str) -> None:
    if (default := automation.raw(key)) is not None:
        automation.note(f"{shown(default)} is not carried over: no option is chosen in silence here", key)

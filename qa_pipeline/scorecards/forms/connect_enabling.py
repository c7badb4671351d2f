"""Conditions and ranges of a card, as Amazon Connect enables questions and answers them by rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.scorecards.cards import Question
from qa_pipeline.scorecards.conditions import Condition
from qa_pipeline.scorecards.forms.connect_terms import BOUNDS, METRICS

Written = dict[str, Any]
_FIELDS = {metric: field for field, metric in METRICS.items()}
_COMPARATORS = {bound: comparator for comparator, bound in BOUNDS.items()}
_OPPOSITE = {"at_least": "below", "below": "at_least", "above": "at_most", "at_most": "above"}


class CantSay(Exception):
    """A condition that Connect can't say; the message says why, as the end of a sentence."""


def condition_for(
    condition: Condition, questions: Mapping[str, str], options: Mapping[str, Mapping[str, str]]
) -> Written:
    """The Condition of an Enablement, by the RefIds of questions and of their options.

    Raises:
        CantSay: Connect has no such condition.
    """
    operand = _operand(condition, questions, options, negated=False)
    inner: Written = operand.get("Condition", {"Operands": [operand]})
    return inner


def automation_for(question: Question, refs: Mapping[str, str]) -> Written:
    """The rules by which a number of the contact answers a single choice, by the RefIds of its options; a range that is
    open on both sides is its default there, and ends them. Empty where a contact has no such number."""
    metric = question.answered_by.metric if question.answered_by is not None else None
    if question.answered_by is None or metric not in _FIELDS:
        return {}
    found: Written = {}
    rules: list[Written] = []
    for each in question.answered_by.options:
        if each.at_least is None and each.below is None:
            found["DefaultOptionRefId"] = refs[each.option]
            break
        own = Condition(metric=metric, at_least=each.at_least, below=each.below)
        rules.append({"AutomationRule": {"Condition": condition_for(own, {}, {}), "OptionRefId": refs[each.option]}})
    return {"Automation": {"Options": rules, **found, "AnswerSource": {"SourceType": "CONDITION"}}} if rules else {}


def _operand(
    condition: Condition, questions: Mapping[str, str], options: Mapping[str, Mapping[str, str]], *, negated: bool
) -> Written:
    """An operand; what is negated is turned around at its leaves, as Connect has no NOT."""
    if condition.not_ is not None:
        return _operand(condition.not_, questions, options, negated=not negated)
    if (inner := condition.all if condition.all is not None else condition.any) is not None:
        if not inner:
            raise CantSay("it has all or any of nothing")
        is_all = (condition.all is not None) != negated
        return _combined([_operand(each, questions, options, negated=negated) for each in inner], is_all=is_all)
    if condition.question is not None:
        source = {"Type": "QUESTION_REF_ID", "RefId": questions[condition.question]}
        if condition.has_bounds:
            return _bounded(source, condition, negated=negated)
        refs = options[condition.question]
        values = [{"Type": "OPTION_REF_ID", "RefId": refs[each]} for each in condition.answers or ()]
        return _one_of(source, values, negated=negated)
    if condition.metric is not None:
        if condition.metric not in _FIELDS:
            raise CantSay(f"a contact has no {condition.metric}")
        return _bounded({"Type": "CONTACT", "ContactField": _FIELDS[condition.metric]}, condition, negated=negated)
    values = [{"Type": "STRING_VALUE", "StringValue": each} for each in condition.values or ()]
    return _one_of({"Type": "CONTACT", "ContactAttributeKey": condition.metadata}, values, negated=negated)


def _one_of(source: Written, values: list[Written], *, negated: bool) -> Written:
    if not values:
        raise CantSay("it names no values")
    return _expression(source, "NOT_IN" if negated else "IN", values)


def _bounded(source: Written, condition: Condition, *, negated: bool) -> Written:
    bounds = {name: value for name in _COMPARATORS if (value := getattr(condition, name)) is not None}
    if negated:
        bounds = {_OPPOSITE[name]: value for name, value in bounds.items()}
    operands = [
        _expression(source, _COMPARATORS[name], [{"Type": "NUMERIC_VALUE", "NumericValue": value}])
        for name, value in bounds.items()
    ]
    return operands[0] if len(operands) == 1 else _combined(operands, is_all=not negated)


def _combined(operands: list[Written], *, is_all: bool) -> Written:
    return {"Condition": {"Operands": operands, "Operator": "AND" if is_all else "OR"}}


def _expression(source: Written, comparator: str, values: list[Written]) -> Written:
    return {"Expression": {"Source": source, "Values": values, "Comparator": comparator}}

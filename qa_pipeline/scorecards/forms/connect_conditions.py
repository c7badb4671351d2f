"""When Amazon Connect enables a question, as the condition of a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa_pipeline.scorecards.forms.connect_terms import BOUNDS, METRICS
from qa_pipeline.scorecards.forms.taking import Taken
from qa_pipeline.scorecards.scoring import METADATA

Written = dict[str, Any]
DEEPEST = 20
_IS_ONE_OF = ("IN", "EQUAL_TO", "EXACT")
_IS_NONE_OF = ("NOT_IN", "NOT_EQUAL_TO")


class NotCarried(Exception):
    """A condition that a card can't say; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Known:
    """A question that conditions may look at: its id and type here, and its options by RefId."""

    id: str
    type: str
    options: Mapping[str, str]


def enabled_when(enablement: Taken, questions: Mapping[str, Known]) -> Written:
    """The condition with which an item is enabled.

    Raises:
        NotCarried: a card can't say it.
    """
    action, default = enablement.text("Action"), enablement.text("DefaultAction")
    condition = enablement.inner("Condition")
    if condition is None:
        raise NotCarried("it has no Condition")
    found = _condition(condition, questions, 0)
    default = default or ("DISABLE" if action == "ENABLE" else "ENABLE")
    match action, default:
        case "ENABLE", "DISABLE":
            return found
        case "DISABLE", "ENABLE":
            return {"not": found}
        case "DISABLE", "DISABLE":  # Connect never asks it
            return {"all": [found, {"not": found}]}
        case "ENABLE", "ENABLE":
            raise NotCarried("both of its actions enable")
    raise NotCarried(f"the actions {action} and {default} are not known")


def condition_of(taken: Taken) -> Written:
    """A condition by itself, which looks at no questions.

    Raises:
        NotCarried: a card can't say it.
    """
    return _condition(taken, {}, 0)


def _condition(taken: Taken, questions: Mapping[str, Known], depth: int) -> Written:
    if depth >= DEEPEST:
        raise NotCarried(f"it is nested deeper than {DEEPEST}")
    operator = taken.text("Operator")
    found = [_operand(each, questions, depth) for each in taken.items("Operands")]
    if not found:
        raise NotCarried("it has no Operands")
    if len(found) == 1:
        return found[0]
    if operator not in ("AND", "OR"):
        raise NotCarried(f"the Operator {operator} is not known")
    return {"all" if operator == "AND" else "any": found}


def _operand(taken: Taken, questions: Mapping[str, Known], depth: int) -> Written:
    if (inner := taken.inner("Condition")) is not None:
        return _condition(inner, questions, depth + 1)
    if (expression := taken.inner("Expression")) is not None:
        return _expression(expression, questions)
    raise NotCarried("it has an operand that is neither Expression nor Condition")


def _expression(taken: Taken, questions: Mapping[str, Known]) -> Written:
    comparator = taken.text("Comparator") or ""
    source, values = taken.inner("Source"), [_value(each) for each in taken.items("Values")]
    if source is None or not values:
        raise NotCarried("it has an Expression without Source or Values")
    kind = source.text("Type")
    ref, field = source.text("RefId"), source.text("ContactField")
    attribute = source.text("ContactAttributeKey") or source.text("SegmentAttributeKey")
    others = [source.text(key) for key in ("EvaluationMetadataField", "AiMetricsField")]
    if kind == "QUESTION_REF_ID":
        if (question := questions.get(ref or "")) is None:
            raise NotCarried(f"it looks at the question {ref}, which is not in the card")
        return _of_question(question, comparator, values)
    if kind == "CONTACT" and field in METRICS:
        return _bounded({"metric": METRICS[field]}, comparator, values)
    if kind == "CONTACT" and attribute:
        return _of_attribute(attribute, comparator, values)
    looked_at = field or next((each for each in others if each), None) or kind
    raise NotCarried(f"calls have no {looked_at} here")


def _value(taken: Taken) -> Any:
    """An option by RefId as a text of its own kind, else the text, number or flag."""
    kind = taken.text("Type")
    ref, text, number = taken.text("RefId"), taken.text("StringValue"), taken.number("NumericValue")
    flag, moment = taken.raw("BooleanValue"), taken.raw("DateTimeValue")
    found = {"OPTION_REF_ID": ref, "STRING_VALUE": text, "NUMERIC_VALUE": number}.get(kind or "")
    if found is None:
        raise NotCarried(
            f"it compares with {flag if flag is not None else moment or kind}, which no condition does here"
        )
    return found


def _of_question(question: Known, comparator: str, values: list[Any]) -> Written:
    if all(isinstance(value, int | float) for value in values):
        if question.type != "number":
            raise NotCarried(f"{question.id} is not answered with a number")
        return _bounded({"question": question.id}, comparator, values)
    if unknown := [value for value in values if value not in question.options]:
        raise NotCarried(f"{question.id} has no option {unknown[0]}")
    chosen = [question.options[value] for value in values]
    one_of = {"question": question.id, "answers": chosen}
    if comparator in _IS_NONE_OF:
        return {"not": one_of}
    if question.type == "several" and comparator == "EXACT":
        others = [option for option in question.options.values() if option not in chosen]
        each: list[Written] = [{"question": question.id, "answers": [option]} for option in chosen]
        without = [{"not": {"question": question.id, "answers": others}}] if others else []
        return {"all": [*each, *without]} if len(each) + len(without) > 1 else each[0]
    if comparator in _IS_ONE_OF or (comparator == "ALL_IN" and question.type == "single"):
        return one_of
    raise NotCarried(f"no condition here compares by {comparator}")


def _of_attribute(key: str, comparator: str, values: list[Any]) -> Written:
    if key not in METADATA or not all(isinstance(value, str) for value in values):
        raise NotCarried(f"calls have no {key} here, as a text that it compares")
    one_of = {"metadata": key, "values": values}
    if comparator in _IS_NONE_OF:
        return {"not": one_of}
    if comparator in _IS_ONE_OF:
        return one_of
    raise NotCarried(f"no condition here compares by {comparator}")


def _bounded(subject: Written, comparator: str, values: list[Any]) -> Written:
    if not all(isinstance(value, int | float) for value in values):
        raise NotCarried("it compares a number with a text")
    if comparator in BOUNDS and len(values) == 1:
        return {**subject, BOUNDS[comparator]: values[0]}
    equal = [{**subject, "at_least": value, "at_most": value} for value in values]
    found: Written = equal[0] if len(equal) == 1 else {"any": equal}
    if comparator in _IS_NONE_OF:
        return {"not": found}
    if comparator in _IS_ONE_OF:
        return found
    raise NotCarried(f"no condition here compares a number by {comparator}")

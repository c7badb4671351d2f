"""Values of evaluations as JSON and back. What is written is canonical: the same value is always the same text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from qa_pipeline.reviews.values import Evidence
from qa_pipeline.scorecards.scoring import CallFacts, Given, NoOption, Score

REPLACED = "\ufffd"


def canonical(value: Any) -> str:
    """JSON with sorted keys and without spaces; characters as they are, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def storable(value: Any) -> Any:
    """The value with U+FFFD for what no database keeps in a text: NUL, and halves of characters."""
    if isinstance(value, str):
        return value.replace("\x00", REPLACED).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value


def answer_kind(answer: Given) -> str:
    """`options`, `number`, `text` or `date`, or the name of an answer that is no option."""
    match answer:
        case NoOption():
            return answer.value
        case tuple():
            return "options"
        case str():
            return "text"
        case dt.date():
            return "date"
        case _:
            return "number"


def answer_value(answer: Given) -> Any:
    """What JSON holds of an answer beside its kind; None for one that is no option."""
    match answer:
        case NoOption():
            return None
        case tuple():
            return list(answer)
        case dt.date():
            return answer.isoformat()
        case _:
            return answer


def answer_json(answer: Given) -> dict[str, Any]:
    """`{"kind": "options", "value": ["yes"]}`, `{"kind": "not_applicable", "value": null}` and the like."""
    return {"kind": answer_kind(answer), "value": answer_value(answer)}


def answer_of(kind: str, value: Any) -> Given:
    """The answer of its kind and its JSON value."""
    match kind:
        case "options":
            return tuple(str(option) for option in value)
        case "number":
            return float(value)
        case "text":
            return str(value)
        case "date":
            return dt.date.fromisoformat(value)
        case _:
            return NoOption(kind)


def evidence_json(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Places of a call, as a list of objects."""
    return [
        {
            "role": each.role,
            "sentence_ids": list(each.sentence_ids),
            "begin_ms": each.begin_ms,
            "end_ms": each.end_ms,
        }
        for each in evidence
    ]


def evidence_of(items: Iterable[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """Places of a call, of a list of objects."""
    return tuple(
        Evidence(item.get("role"), tuple(item.get("sentence_ids") or ()), item.get("begin_ms"), item.get("end_ms"))
        for item in items
    )


def score_json(score: Score) -> dict[str, Any]:
    """A score in whole, with what each question gave."""
    return {
        "score": score.score,
        "score_before_fail": score.score_before_fail,
        "coverage": score.coverage,
        "failed_by": list(score.failed_by),
        "reason": score.reason,
        "sections": dict(score.sections),
        "critical": dict(score.critical),
        "answers": [
            {
                "question": each.question,
                "answer": answer_json(each.answer),
                "earned": each.earned,
                "possible": each.possible,
                "weight": each.weight,
            }
            for each in score.answers
        ],
    }


def facts_json(facts: CallFacts) -> dict[str, Any]:
    """The facts of a call that conditions of a card were held against."""
    return {"metrics": dict(facts.metrics), "metadata": dict(facts.metadata)}


def facts_of(kept: Mapping[str, Any]) -> CallFacts:
    """Facts as `facts_json` wrote them."""
    return CallFacts(kept["metrics"], kept["metadata"])

"""Amazon Connect's forms, field by field: each is carried over or named, by the model that botocore has."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.forms.connect_reading import card_of_connect
from qa_pipeline.scorecards.reading import BadCard
from tests.scorecards.forms.connect_forms import CREATED, DESCRIBED
from tests.scorecards.forms.leaves import keys_of, objects_of, with_key, without

CONSTANT = {"Operator", "Action", "DefaultAction", "Status", "DisplayAs"}
"""What means the same without it in these forms: all but one value, or the other side, says what is so anyway."""


def model() -> dict[str, Any]:
    file = Path(botocore.__file__).parent / "data" / "connect" / "2017-08-08" / "service-2.json.gz"
    shapes: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))["shapes"]
    return shapes


def members(shapes: dict[str, Any], name: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Every member (shape, key) that is reached from a shape."""
    if name in seen:
        return
    seen.add(name)
    shape = shapes[name]
    for key, member in shape.get("members", {}).items():
        yield name, key
        yield from members(shapes, member["shape"], seen)
    if "member" in shape:
        yield from members(shapes, shape["member"]["shape"], seen)


def said_of(shapes: dict[str, Any], name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every member that a form says something of; a key that the model does not have fails."""
    shape = shapes[name]
    if shape["type"] == "list":
        for each in value:
            yield from said_of(shapes, shape["member"]["shape"], each)
    elif shape["type"] == "structure":
        for key, inner in value.items():
            yield name, key
            yield from said_of(shapes, shape["members"][key]["shape"], inner)


def outcome(form: Any) -> tuple[Any, ...]:
    try:
        made = card_of_connect(form, label="f.json", card_id="f", scoring=None)
    except BadCard as error:
        return ("refused", tuple(error.faults))
    return json.dumps(made.card), made.notes


def test_the_forms_here_say_all_that_the_api_can_say() -> None:
    shapes = model()
    wanted = {*members(shapes, "CreateEvaluationFormRequest", set()), *members(shapes, "EvaluationForm", set())}
    said = {*said_of(shapes, "CreateEvaluationFormRequest", CREATED),
            *said_of(shapes, "EvaluationForm", DESCRIBED["EvaluationForm"])}  # fmt: skip
    assert said == wanted


def test_each_field_is_carried_over_or_named() -> None:
    for form in (CREATED, DESCRIBED):
        whole = outcome(form)
        assert whole[0] != "refused", whole
        silent = [path for path in keys_of(form) if path[-1] not in CONSTANT and outcome(without(form, path)) == whole]
        assert silent == []
        Card.model_validate(json.loads(whole[0]))


def test_a_field_that_a_later_api_adds_is_named_wherever_it_is() -> None:
    for path in objects_of(DESCRIBED):
        if path[-1:] != ("Tags",):  # its keys are the users' own
            _, notes = outcome(with_key(DESCRIBED, path, "LaterKey", {"a": 1}))
            assert any("LaterKey" in str(note) for note in notes), path

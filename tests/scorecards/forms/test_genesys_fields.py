"""Genesys Cloud's forms, field by field: each is carried over or named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.forms.genesys_reading import card_of_genesys
from qa_pipeline.scorecards.reading import BadCard
from tests.scorecards.forms.genesys_forms import FIELDS, FORM, INNER
from tests.scorecards.forms.leaves import keys_of, objects_of, with_key, without

CONSTANT = {"combiningOperation", "type", "builtInType"}
"""Of one predicate, of a question of one choice and in the usual order they say what is so anyway."""

OTHERS = "publishedVersions"
"""Other versions of the form, which are named as a whole."""


def outcome(form: Any) -> tuple[Any, ...]:
    try:
        made = card_of_genesys(form, label="f.json", card_id="f", scoring=None, critical="business")
    except BadCard as error:
        return ("refused", tuple(error.faults))
    return json.dumps(made.card), made.notes


def said_of(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for each in value if isinstance(value, list) else [value]:
        for key, inner in each.items():
            yield name, key
            if key in INNER:
                yield from said_of(INNER[key], inner)


def test_the_form_here_says_all_that_the_api_can_say() -> None:
    assert set(said_of("EvaluationForm", FORM)) == {
        (name, key) for name, keys in FIELDS.items() for key in keys.split()
    }


def test_each_field_is_carried_over_or_named() -> None:
    whole = outcome(FORM)
    assert whole[0] != "refused", whole
    paths = [path for path in keys_of(FORM) if path[-1] not in CONSTANT and OTHERS not in path[:-1]]
    assert [path for path in paths if outcome(without(FORM, path)) == whole] == []
    Card.model_validate(json.loads(whole[0]))


def test_a_field_that_a_later_api_adds_is_named_wherever_it_is() -> None:
    for path in objects_of(FORM):
        if OTHERS not in path:
            _, notes = outcome(with_key(FORM, path, "laterKey", {"a": 1}))
            assert any("laterKey" in str(note) for note in notes), path

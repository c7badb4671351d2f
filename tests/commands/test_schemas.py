"""The schemas by which editors complete and check what people write in YAML."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.commands.conftest import Typed
from tests.scenario import ROOT


@pytest.mark.parametrize(
    ("family", "bad"), [("alerts", {"channels": [{"id": "x"}]}), ("sampling", {"plans": [{"plan": "x"}]})]
)
def test_the_schema_takes_the_sample_and_nothing_less(typed: Typed, family: str, bad: dict[str, Any]) -> None:
    schema = json.loads(typed(family, "schema").out)
    sample = YAML(typ="safe").load(ROOT / "samples" / f"{family}.yaml")
    jsonschema.validate(json.loads(json.dumps(sample, default=str)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, schema)

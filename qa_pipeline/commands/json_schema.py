"""Prints the JSON schemas by which editors complete and check what people write in YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import typer


def print_json_schema(schema: Mapping[str, Any]) -> None:
    """A schema as pydantic gives it, with the dialect that it is in."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))

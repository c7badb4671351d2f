"""The shapes of documented answers, to hold against those of the local service."""

import json
from pathlib import Path
from typing import Any

DOCUMENTED = Path(__file__).with_name("documented")


def shape(value: Any) -> Any:
    """Names and types without the values; a list is as its first element."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def documented_shape(name: str) -> Any:
    return shape(json.loads((DOCUMENTED / name).read_text(encoding="utf-8")))

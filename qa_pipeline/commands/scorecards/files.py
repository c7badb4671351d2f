"""Cards as they are written."""

from __future__ import annotations

import io

from ruamel.yaml import YAML

LONGEST_LINE = 120


def yaml_of(card: object) -> str:
    """A card of plain values, as YAML 1.2."""
    writer = YAML()
    writer.width = LONGEST_LINE
    writer.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    writer.dump(card, text)
    return text.getvalue()

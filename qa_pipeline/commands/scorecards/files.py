"""Cards as they are written."""

from __future__ import annotations

import io
import json
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from qa_pipeline.terminal import CommandError

LONGEST_LINE = 120
BREAKS = ("\x85", "\u2028", "\u2029")
"""Breaks of lines to YAML, and letters like others to JSON."""


def json_of(content: object) -> str:
    """Plain values as JSON, which reads the same as YAML."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    for each in BREAKS:
        text = text.replace(each, f"\\u{ord(each):04x}")
    return f"{text}\n"


def yaml_of(card: object) -> str:
    """A card of plain values, as YAML 1.2."""
    writer = YAML()
    writer.width = LONGEST_LINE
    writer.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    writer.dump(_quoted(card), text)
    return text.getvalue()


def _quoted(value: object) -> object:
    """The same, with texts that hold unusual breaks of lines in quotes, where they are escaped: written as they are,
    one of them would come back as a blank."""
    if isinstance(value, dict):
        return {key: _quoted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_quoted(inner) for inner in value]
    if isinstance(value, str) and any(each in value for each in BREAKS):
        return DoubleQuotedScalarString(value)
    return value


def write_whole(target: Path, content: str | bytes) -> None:
    """Writes a file, whole or not at all.

    Raises:
        CommandError: it is there already, or can't be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        if target.exists():
            raise CommandError(f"{target} is there already; name another file with --output, or delete it")
        part.replace(target)
    except OSError as error:
        raise CommandError(f"{target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)

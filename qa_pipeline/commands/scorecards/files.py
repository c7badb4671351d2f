"""Cards as they are written."""

from __future__ import annotations

import io
from pathlib import Path

from ruamel.yaml import YAML

from qa_pipeline.terminal import CommandError

LONGEST_LINE = 120


def yaml_of(card: object) -> str:
    """A card of plain values, as YAML 1.2."""
    writer = YAML()
    writer.width = LONGEST_LINE
    writer.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    writer.dump(card, text)
    return text.getvalue()


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

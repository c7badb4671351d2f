"""The files of scorecards, and of answers to them."""

from __future__ import annotations

import io
from pathlib import Path

from ruamel.yaml import YAML

from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.terminal import CommandError

LONGEST_LINE = 120


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        BadCard: it is not UTF-8.
        CommandError: it can't be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCard([f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8."]) from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None


def yaml_of(card: object) -> str:
    """A card of plain values, as YAML 1.2."""
    writer = YAML()
    writer.width = LONGEST_LINE
    writer.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    writer.dump(card, text)
    return text.getvalue()

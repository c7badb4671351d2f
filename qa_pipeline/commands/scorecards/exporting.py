"""Writes a card as plain YAML or JSON, for other programs: without remarks and without keys that have their default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import typer

from qa_pipeline.commands.scorecards.files import yaml_of
from qa_pipeline.scorecards.folder import text_of
from qa_pipeline.scorecards.reading import BadCard, read_card
from qa_pipeline.terminal import EXIT_OK, CommandError, out


def export_command(card_file: Path, target: Path | None, written_as: Literal["yaml", "json"]) -> int:
    """To `target`, or to the terminal. It is the same card: its version stays."""
    if target is not None and target.exists():
        raise CommandError(f"{target} is there already; name another file with --output, or delete it")
    try:
        card = read_card(text_of(card_file), str(card_file))
    except BadCard as error:
        raise CommandError(str(error)) from None
    content = card.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = yaml_of(content) if written_as == "yaml" else json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if target is None:
        typer.echo(text, nl=False)
        return EXIT_OK
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{target}: {error.strerror}") from None
    out.print(f"✓ {target}: {card.scorecard} {card.version}", markup=False)
    return EXIT_OK

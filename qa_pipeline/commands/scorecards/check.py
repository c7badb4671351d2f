"""Checks scorecards: each with its version and what it is made of, or with every fault, by file and line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from qa_pipeline.commands.scorecards.files import text_of
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import BadCard, read_card
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.wording.figures import count

FOLDER = "scorecards"
ENDINGS = (".yaml", ".yml")


def check_command(files: Sequence[Path]) -> int:
    """1 where any card has a fault, or two have one id."""
    chosen = list(files) or _cards_of_the_project()
    faults = 0
    seen: dict[str, Path] = {}
    for path in chosen:
        try:
            card = read_card(text_of(path), str(path))
        except BadCard as error:
            faults += len(error.faults)
            for fault in error.faults:
                err.print(f"✗ {fault}", markup=False, style="red")
            continue
        if card.scorecard in seen:
            faults += 1
            err.print(f"✗ {path}: {seen[card.scorecard]} is the card {card.scorecard} too.", markup=False, style="red")
        seen.setdefault(card.scorecard, path)
        out.print(f"✓ {path}: {_described(card)}", markup=False)
    return EXIT_WORK_REMAINS if faults else EXIT_OK


def print_schema() -> None:
    """The JSON schema of a card, for editors that complete and check YAML by one."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Card.model_json_schema()}
    typer.echo(json.dumps(schema, indent=1, ensure_ascii=False))


def _described(card: Card) -> str:
    from_day = f", from {card.effective_from}" if card.effective_from else ""
    to_day = f", to {card.effective_to}" if card.effective_to else ""
    questions = count(len(card.questions), "question")
    return f"{card.scorecard} {card.version}, {questions} scored {card.scoring}{from_day}{to_day}"


def _cards_of_the_project() -> list[Path]:
    folder = load_settings().resolve(Path(FOLDER))
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in ENDINGS) if folder.is_dir() else []
    if not found:
        raise CommandError(f"there is no card in {folder}; copy one from samples/scorecards, or name the files")
    return found

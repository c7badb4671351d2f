"""Finds and reads the scorecards of a project."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.scorecards.folder import FOLDER, CardFolder, card_files, read_cards
from qa_pipeline.settings import Settings


def project_cards(settings: Settings) -> CardFolder:
    """The cards of the project, and what is wrong with those that can't be read."""
    return read_cards(card_files(settings.resolve(Path(FOLDER))))

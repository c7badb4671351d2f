"""The scorecards of the project: those for the calls of a day, read again when a file has changed."""

from __future__ import annotations

from pathlib import Path

from dashboards.remembered import Remembered
from qa_pipeline.scorecards.folder import FOLDER, CardFolder, card_files, read_cards
from qa_pipeline.settings import Settings

_FOLDERS: Remembered[CardFolder] = Remembered(8)


def card_folder(settings: Settings) -> Path:
    """Where the cards are."""
    return settings.resolve(Path(FOLDER))


def cards_of(settings: Settings) -> CardFolder:
    """The cards that can be read, and what is wrong with others."""
    files = card_files(card_folder(settings))
    asked = tuple((str(path), _stamp(path)) for path in files)
    return _FOLDERS.get(asked, lambda: read_cards(files))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size

"""The cards of a folder: one file per version of a card, and which of them is for the calls of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import PlacedCard, read_placed_card
from qa_pipeline.yaml_files.reading import BadFile
from qa_pipeline.yaml_files.texts import read_text

FOLDER = "scorecards"
"""Where a project has its cards, below the folder of its settings."""

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class CardFolder:
    """The cards that can be read, and sentences with file and line on what is wrong with the others and between them.
    Of one card there may be several files, each for days of its own."""

    cards: tuple[PlacedCard, ...]
    faults: tuple[str, ...]

    def on(self, day: dt.date) -> tuple[Card, ...]:
        """The cards for calls of this day, by their ids."""
        return tuple(
            sorted((each.card for each in self.cards if each.card.is_for(day)), key=lambda card: card.scorecard)
        )

    def card_on(self, scorecard: str, day: dt.date) -> Card | None:
        """The one version of a card that is for calls of this day."""
        return next((card for card in self.on(day) if card.scorecard == scorecard), None)


def card_files(folder: Path) -> tuple[Path, ...]:
    """The files of cards in a folder, by name; none where there is no such folder."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()))


def read_cards(files: Sequence[Path]) -> CardFolder:
    """The cards of these files. Two of one id whose days overlap are a fault, and of those the first is kept."""
    cards: list[PlacedCard] = []
    faults: list[str] = []
    for path in files:
        try:
            placed = read_placed_card(read_text(path), str(path))
        except BadFile as error:
            faults += error.faults
            continue
        if said := list(_overlaps(placed, cards)):
            faults += said
        else:
            cards.append(placed)
    return CardFolder(tuple(cards), tuple(faults))


def _overlaps(placed: PlacedCard, others: Sequence[PlacedCard]) -> Iterator[str]:
    card = placed.card
    for other in others:
        if other.card.scorecard != card.scorecard:
            continue
        begins = max(card.effective_from or dt.date.min, other.card.effective_from or dt.date.min)
        ends = min(card.effective_to or dt.date.max, other.card.effective_to or dt.date.max)
        if begins <= ends:
            yield (
                f"{placed.label}, line {placed.line}: {other.label}, line {other.line}, is the card {card.scorecard} "
                f"too{_days(begins, ends)}; give both effective_from and effective_to, so that no day has two."
            )


def _days(begins: dt.date, ends: dt.date) -> str:
    """The days that two cards share, as a part of a sentence."""
    if ends == dt.date.max:
        return "" if begins == dt.date.min else f" from {begins} on"
    return f" until {ends}" if begins == dt.date.min else f" from {begins} to {ends}"

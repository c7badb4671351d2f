"""Checks scorecards: each with its version and what it is made of, or with every fault, by file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from qa_pipeline.commands.json_schema import print_json_schema
from qa_pipeline.commands.near_names import did_you_mean
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.judging.rule_files import project_book, rule_files, rules_folder
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.folder import FOLDER, card_files, read_cards
from qa_pipeline.scorecards.reading import BadCard, PlacedCard
from qa_pipeline.scorecards.rule_names import faults_of_rules
from qa_pipeline.scorecards.scoring import METADATA
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, out, print_faults
from qa_pipeline.wording.figures import count

NUMBERS = tuple(column for column, entry in CATALOGUE.items() if entry.unit not in ("", "JSON"))
"""The metrics of a call that are numbers, or flags."""


def check_command(files: Sequence[Path]) -> int:
    """1 where any card has a fault, names a rule that is not there, or two versions of one are for the same day."""
    settings = load_settings()
    found = read_cards(list(files) or _cards_of_the_project())
    faults = [*found.faults, *(said for placed in found.cards for said in unknown_facts(placed))]
    faults += unknown_rules(settings, found.cards)
    print_faults(faults)
    for placed in found.cards:
        out.print(f"✓ {placed.label}: {_described(placed.card)}", markup=False)
    return EXIT_WORK_REMAINS if faults else EXIT_OK


def chosen_cards(files: Sequence[Path]) -> tuple[Card, ...]:
    """The cards of these files, or of the project where none are named.

    Raises:
        BadCard: one can't be read, or two are for the same day; all that is wrong is named.
        CommandError: the project has none.
    """
    found = read_cards(list(files) or _cards_of_the_project())
    if found.faults:
        raise BadCard(found.faults)
    return tuple(placed.card for placed in found.cards)


def unknown_facts(placed: PlacedCard) -> Iterator[str]:
    """What a card asks of metrics and metadata that calls don't have, as sentences."""
    for question in placed.card.questions:
        parts = list(question.asked_when.parts()) if question.asked_when else []
        metrics = [part.metric for part in parts if part.metric]
        metadata = [part.metadata for part in parts if part.metadata]
        if question.answered_by is not None and question.answered_by.metric is not None:
            metrics.append(question.answered_by.metric)
        for what, names, known in (("metric", metrics, NUMBERS), ("metadata", metadata, METADATA)):
            for name in names:
                if name not in known:
                    said = f"{question.id} looks at the {what} {name}, which calls don't have"
                    yield f"{placed.label}: {said}; {hint(name, known)}"


def unknown_rules(settings: Settings, cards: Sequence[PlacedCard]) -> list[str]:
    """What of the rules that cards name is not as rules/ has them, as sentences; nothing without that folder, or
    without a card that names any."""
    if not any(placed.rules for placed in cards) or not rule_files(rules_folder(settings)):
        return []
    try:
        book = project_book(settings)
    except BadRules:
        return [f"{rules_folder(settings)} has faults, so the rules that cards name can't be looked up; "
                "`qa-pipeline rules check` names them."]  # fmt: skip
    return list(faults_of_rules(cards, {rule.id: rule.rule.needs_review for rule in book.rules}))


def hint(name: str, known: Sequence[str]) -> str:
    """What may have been meant by a name, as the end of a sentence."""
    others = "docs/metrics.md lists them." if known is NUMBERS else f"they have {', '.join(known)}."
    return did_you_mean(name, known, others)


def print_schema() -> None:
    """The JSON schema of a card, for editors that complete and check YAML by one."""
    print_json_schema(Card.model_json_schema())


def _described(card: Card) -> str:
    from_day = f", from {card.effective_from}" if card.effective_from else ""
    to_day = f", to {card.effective_to}" if card.effective_to else ""
    questions = count(len(card.questions), "question")
    return f"{card.scorecard} {card.version}, {questions} scored {card.scoring}{from_day}{to_day}"


def _cards_of_the_project() -> tuple[Path, ...]:
    folder = load_settings().resolve(Path(FOLDER))
    if not (found := card_files(folder)):
        raise CommandError(f"there is no card in {folder}; copy one from samples/scorecards, or name the files")
    return found

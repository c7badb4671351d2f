"""How far what answers questions of cards may be trusted: by people who answered the same calls blind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.commands.scorecards.check import chosen_cards
from qa_pipeline.published.blind_answers import blind_answers
from qa_pipeline.published.newest import open_published
from qa_pipeline.scorecards.cards import Question
from qa_pipeline.scorecards.machine import Trust
from qa_pipeline.scorecards.question_versions import band_name, question_version
from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.scorecards.trust import BlindAgreement, against_automatic, agreement_of, lower_bound, trust_now
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, out


def trust_command(files: Sequence[Path]) -> int:
    """1 where a card calls a question automatic that the figures of the newest snapshot don't carry."""
    settings = load_settings()
    try:
        cards = chosen_cards(files)
    except BadCard as error:
        raise CommandError(str(error)) from None
    with open_published(settings) as snapshot:
        given = blind_answers(snapshot)
    asked = [(card, question) for card in cards for question in card.questions if question.trusted is not None]
    if not asked:
        out.print(
            "No question of these cards is answered by a metric or by rules; answered_by says which is.", markup=False
        )
    status = EXIT_OK
    for card, question in asked:
        pairs = given.get((card.scorecard, question.id, question_version(question)), Counter())
        found = agreement_of(pairs, _answers(question))
        status = max(status, _print(f"{card.scorecard} {question.id}", question.trusted or Trust.ADVISORY, found))
    return status


def _answers(question: Question) -> list[str]:
    return [option.id for option in question.options] or [band_name(band) for band in question.bands]


def _print(name: str, declared: Trust, found: BlindAgreement) -> int:
    against = against_automatic(found)
    is_kept = trust_now(declared, found) is declared
    is_now = (
        declared.value
        if is_kept
        else f"{declared.value} in the card, {trust_now(declared, found).value} by the figures"
    )
    out.print(f"{'✓' if is_kept else '✗'} {name}: {is_now}", markup=False)
    share = (
        f"{found.agreeing / found.calls:.0%}, {lower_bound(found.agreeing, found.calls):.0%} at least"
        if found.calls
        else "–"
    )
    ac1 = "–" if found.ac1 is None else f"{found.ac1:.2f}"
    out.print(f"  {found.calls} answered blind, agreement {share}, AC1 {ac1}", markup=False)
    for said in against:
        out.print(f"  not automatic: {said}", markup=False)
    if not against and declared is not Trust.AUTOMATIC:
        out.print("  it may be automatic", markup=False)
    return EXIT_OK if is_kept else EXIT_WORK_REMAINS

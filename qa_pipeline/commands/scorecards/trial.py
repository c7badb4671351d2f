"""Scores answers that somebody wrote down by a card, so that a card can be tried before anybody is scored by it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from qa_pipeline.commands.scorecards.files import text_of
from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.reading import BadCard, read_card
from qa_pipeline.scorecards.scoring import BadAnswer, Given, NoOption, Score, needs_comment, score_call
from qa_pipeline.terminal import EXIT_OK, CommandError, out


def try_command(card_file: Path, answers_file: Path) -> int:
    """Prints the score, what it is made of, and which answers demand a comment."""
    try:
        card = read_card(text_of(card_file), str(card_file))
        answers = _answers(card, YAML(typ="safe").load(text_of(answers_file)))
        score = score_call(card, answers)
    except (BadCard, BadAnswer) as error:
        raise CommandError(str(error)) from None
    except YAMLError as error:
        raise CommandError(f"{answers_file} is not YAML: {' '.join(str(error).split())}") from None
    _print(card, score)
    return EXIT_OK


def _answers(card: Card, written: Any) -> dict[str, Given]:
    if not isinstance(written, Mapping):
        raise BadAnswer("write a line for each answer, such as greeting: yes")
    questions = {question.id: question for question in card.questions}
    return {str(name): _answer(questions.get(str(name)), value) for name, value in written.items()}


def _answer(question: Question | None, value: Any) -> Given:
    """`yes`, `[one, other]`, a number where the question has bands, or `not_applicable` and its like."""
    if isinstance(value, str) and value in tuple(NoOption):
        return NoOption(value)
    if question is not None and question.type == "number" and isinstance(value, int | float):
        return float(value)
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _print(card: Card, score: Score) -> None:
    said = f"none: {score.reason}" if score.score is None else f"{score.score:.1f} %"
    is_failed = bool(score.failed_by) and score.score_before_fail is not None
    before = f" ({score.score_before_fail:.1f} % before)" if is_failed else ""
    out.print(f"Score     {said}{before}, {card.scoring}, {score.coverage:.0%} of the weight answered", markup=False)
    if score.failed_by:
        out.print(f"Failed by {', '.join(score.failed_by)}", markup=False)
    for section in card.sections:
        mean = score.sections[section.id]
        out.print(f"          {section.title}: {'–' if mean is None else f'{mean:.1f} %'}", markup=False)
    for tag, mean in score.critical.items():
        out.print(f"Critical  {tag}: {mean:.1f} %", markup=False)
    questions = {question.id: question for question in card.questions}
    for each in score.answers:
        if needs_comment(questions[each.question], each.answer):
            out.print(f"Comment   {each.question} demands one", markup=False)

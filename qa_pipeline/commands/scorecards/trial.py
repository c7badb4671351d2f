"""Scores answers that somebody wrote down by a card, so that a card can be tried before anybody is scored by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from qa_pipeline.commands.scorecards.check import NUMBERS, hint
from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.machine import OUTCOMES
from qa_pipeline.scorecards.metric_answers import answers_of_metrics
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.scorecards.rule_answers import answers_of_rules
from qa_pipeline.scorecards.scoring import (
    METADATA,
    BadAnswer,
    CallFacts,
    Given,
    NoOption,
    Score,
    needs_comment,
    score_call,
)
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.yaml_files.reading import BadFile
from qa_pipeline.yaml_files.texts import read_text


def try_command(
    card_file: Path,
    answers_file: Path,
    *,
    metrics: Sequence[str],
    metadata: Sequence[str],
    rules: Sequence[str],
) -> int:
    """Prints the score, what it is made of, and which answers demand a comment. `metrics`, `metadata` and outcomes of
    `rules` of the call are written NAME=VALUE; what is answered in the file counts before what these say."""
    values = dict(_named("--metric", each, NUMBERS) for each in metrics)
    facts = CallFacts(
        {name: _number(name, value) for name, value in values.items()},
        dict(_named("--metadata", each, METADATA) for each in metadata),
    )
    try:
        card = read_card(read_text(card_file), str(card_file))
        written = _answers(card, YAML(typ="safe").load(read_text(answers_file)))
        measured = answers_of_metrics(card, facts.metrics)
        ruled = answers_of_rules(card, dict(_came_to(card, each) for each in rules))
        score = score_call(card, measured | ruled | written, facts)
    except (BadFile, BadAnswer) as error:
        raise CommandError(str(error)) from None
    except (YAMLError, ValueError) as error:  # ValueError: a day that there is not
        raise CommandError(f"{answers_file} is not YAML: {' '.join(str(error).split())}") from None
    _print(card, score)
    for what, answers in (("Metric", measured), ("Rule", ruled)):
        for name, answer in answers.items():
            if name not in written:
                out.print(f"{what:9} {name}: {_said(answer)}", markup=False)
    return EXIT_OK


def _said(answer: Given) -> str:
    return (
        f"{answer:g}" if isinstance(answer, float) else ", ".join(answer) if isinstance(answer, tuple) else str(answer)
    )


def _named(option: str, text: str, known: Sequence[str]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise CommandError(f"{option} is {text!r}: write NAME=VALUE")
    if name.strip() not in known:
        raise CommandError(f"{option} names {name.strip()}, which calls don't have; {hint(name.strip(), known)}")
    return name.strip(), value.strip()


def _came_to(card: Card, text: str) -> tuple[str, str]:
    name, _, outcome = (part.strip() for part in text.partition("="))
    if name not in card.rule_ids:
        known = f"name one of {', '.join(card.rule_ids)}" if card.rule_ids else "no rule answers any question of it"
        raise CommandError(f"--rule names {name!r}, which the card does not; {known}")
    if outcome not in OUTCOMES:
        raise CommandError(f"--rule {name} is {outcome!r}: write one of {', '.join(OUTCOMES)}")
    return name, outcome


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CommandError(f"--metric {name} is {text!r}: write a number") from None


def _answers(card: Card, written: Any) -> dict[str, Given]:
    if not isinstance(written, Mapping):
        raise BadAnswer("write a line for each answer, such as greeting: yes")
    questions = {question.id: question for question in card.questions}
    return {str(name): _answer(questions.get(str(name)), value) for name, value in written.items()}


def _answer(question: Question | None, value: Any) -> Given:
    """`yes`, `[one, other]`, a number, a text or a day where the question is for one, or `not_applicable` and its like.
    Nothing after the colon is no answer."""
    if value is None:
        return NoOption.UNANSWERED
    if isinstance(value, str) and value in tuple(NoOption):
        return NoOption(value)
    if question is None:  # refused with all that the card does not have
        return (str(value),)
    match question.type:
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        case "text" if isinstance(value, str):
            return value
        case "text" if not isinstance(value, list | dict):  # what YAML makes of it is no longer what was written
            raise BadAnswer(f"{question.id} is answered with a text: write {value} in quotes")
        case "date" if isinstance(value, dt.date):
            return value
        case "date" if isinstance(value, str):
            return _day(question, value)
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _day(question: Question, written: str) -> dt.date:
    """In quotes, as JSON has it."""
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise BadAnswer(f"{question.id} is answered with a date, such as 2025-03-31, not with {written}") from None


def _print(card: Card, score: Score) -> None:
    said = f"none: {score.reason}" if score.score is None else f"{score.score:.1f}%"
    is_failed = bool(score.failed_by) and score.score_before_fail is not None
    before = f" ({score.score_before_fail:.1f}% before)" if is_failed else ""
    out.print(f"Score     {said}{before}, {card.scoring}, {score.coverage:.0%} of the weight answered", markup=False)
    if score.failed_by:
        out.print(f"Failed by {', '.join(score.failed_by)}", markup=False)
    for section in card.sections:
        mean = score.sections[section.id]
        out.print(f"          {section.title}: {'–' if mean is None else f'{mean:.1f}%'}", markup=False)
    for tag, mean in score.critical.items():
        out.print(f"Critical  {tag}: {mean:.1f}%", markup=False)
    questions = {question.id: question for question in card.questions}
    for each in score.answers:
        if needs_comment(questions[each.question], each.answer):
            out.print(f"Comment   {each.question} demands one", markup=False)

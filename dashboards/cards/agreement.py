"""Cards of the page of agreement: how far evaluators answer alike, who is stricter, who has done how much. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.board.figures import Card, Cell, Column, Table
from qa_pipeline.agreement.intervals import TOO_FEW_BELOW, Interval, MeanOf, Share, share_of
from qa_pipeline.agreement.questions import Agreement, Coefficient
from qa_pipeline.agreement.strictness import Strictness
from qa_pipeline.wording.clocks import UNKNOWN, duration
from qa_pipeline.wording.evaluations import NO_OPTIONS, share_interval, share_text
from qa_pipeline.wording.figures import signed
from qa_pipeline.wording.languages import t, tn

SEVERAL = " + "
"""Between the options of one answer, as list_first_answers.sql has them."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of a card: its id, its text, the texts of its options by id."""

    question_id: str
    text: str
    options: Mapping[str, str]


def agreement_card(
    found: Mapping[str, Agreement], questions: Sequence[AskedQuestion], opens: Callable[[str], str]
) -> Card:
    """A line per question; `opens` leads to its table of answers."""
    lines = []
    for question in questions:
        own = found.get(question.question_id)
        name = Cell(question.text, opens(question.question_id) if own and own.n else "", question.question_id)
        if own is None or own.is_too_few:
            few = Cell(t("too few"), tone="quiet")
            lines.append((name, Cell(f"{own.n if own else 0:,}"), few, few, few))
        else:
            lines.append(
                (name, Cell(f"{own.n:,}"), _percent_cell(own.percent), number_cell(own.ac1), number_cell(own.alpha))
            )
    columns = (
        Column(t("Question")),
        Column(t("Shared calls"), is_number=True, help=t("Calls that two people or more have answered.")),
        Column(t("Same answer"), is_number=True),
        Column(t("AC1"), is_number=True, help=t("Gwet's AC1: agreement beyond chance; 1 is full.")),
        Column(t("α"), is_number=True, help=t("Krippendorff's alpha; 1 is full, 0 is chance.")),
    )
    notes = (
        t("95% intervals over calls, in brackets. Below {n} shared calls nothing is concluded.", n=TOO_FEW_BELOW),
        t("Percent alone misleads where nearly all pass: read it with AC1 and α."),
    )
    return Card(t("Agreement by question"), Table(columns, tuple(lines)), notes=notes)


def confusion_card(question: AskedQuestion, found: Agreement) -> Card:
    """Who answered what: a row for an answer of one, a column for that of the other."""
    table = found.confusion
    words = [answer_word(question, value) for value in table.values]
    most = max((count for row in table.counts for count in row), default=0) or 1
    lines = [
        (
            Cell(word),
            *(Cell(f"{count:,}", shade=count / most, tone="" if count else "quiet") for count in table.counts[at]),
        )
        for at, word in enumerate(words)
    ]
    if table.raters:
        row, column = map(_rater_word, table.raters)
        first = t("{row} ↓ · {column} →", row=row, column=column)
        note = t("Rows: {row}. Columns: {column}.", row=row, column=column)
    else:
        first = t("Answer")
        note = t("Of each call every pair of evaluators counts both ways.")
    columns = (Column(first), *(Column(word, is_number=True) for word in words))
    calls = tn("{n} shared call.", "{n} shared calls.", found.n)
    return Card(question.text, Table(columns, tuple(lines)), notes=(f"{calls} {note}",))


def _rater_word(rater: str) -> str:
    return {"people": t("People"), "machine": t("Machine")}.get(rater, rater)


def answer_word(question: AskedQuestion, value: str | float) -> str:
    """An answer as the card words it."""
    if not isinstance(value, str):
        return f"{value:g}"
    if value in NO_OPTIONS:
        return t(NO_OPTIONS[value])
    parts = value.split(SEVERAL)
    return SEVERAL.join(question.options.get(part, part) for part in parts)


def strictness_card(found: Sequence[Strictness]) -> Card:
    """Who scores lower or higher than others on the same calls."""
    title = t("Evaluators' strictness")
    if not found:
        return Card(title, notes=(t("No call was scored by two people."),))
    lines = [
        (Cell(each.evaluator), Cell(f"{each.difference.n:,}"), _difference_cell(each.difference)) for each in found
    ]
    columns = (
        Column(t("Evaluator")),
        Column(t("Shared calls"), is_number=True),
        Column(t("Against the others"), is_number=True, help=t("Own score less the mean of the others', in points.")),
    )
    notes = (
        t("Below 0 is stricter. Who can't be told from 0 has an interval that holds it."),
        t("Below {n} shared calls nothing is concluded.", n=TOO_FEW_BELOW),
    )
    return Card(title, Table(columns, tuple(lines)), notes=notes)


def evaluators_card(found: Sequence[Mapping[str, Any]], opens: Callable[[str], str]) -> Card:
    """What everybody evaluated in the range, and how disputes about it ended. `found`: rows of
    count_work_of_evaluators."""
    title = t("Evaluations and disputes")
    if not found:
        return Card(title, notes=(t("Nobody has evaluated a call of these dates."),))
    lines = [
        (
            Cell(row["evaluator"], opens(row["evaluator"])),
            Cell(f"{row['submitted']:,}", opens(row["evaluator"])),
            Cell(duration(row["seconds"] / row["submitted"]) if row["submitted"] else UNKNOWN),
            Cell(f"{row['disputes']:,}"),
            Cell(f"{row['decided']:,}"),
            Cell(f"{row['overturned']:,}"),
            share_cell(share_of(row["overturned"], row["decided"])),
        )
        for row in found
    ]
    columns = (
        Column(t("Evaluator")),
        Column(t("Submitted"), is_number=True),
        Column(t("Time per evaluation"), is_number=True),
        Column(t("Disputes"), is_number=True),
        Column(t("Decided"), is_number=True),
        Column(t("Overturned"), is_number=True),
        Column(t("Overturn rate"), is_number=True),
    )
    note = t(
        "Overturned: the decision changed the evaluation or the rule. Below {n} nothing is concluded.", n=TOO_FEW_BELOW
    )
    return Card(title, Table(columns, tuple(lines)), notes=(note,))


def share_cell(share: Share) -> Cell:
    """A share with its interval; too few says so."""
    if share.is_too_few:
        return Cell(t("too few"), tone="quiet")
    return Cell(share_text(share.share), note=_bracketed(_share_span(share.interval)))


def number_cell(found: Coefficient) -> Cell:
    """A coefficient with its interval; one that is not defined says so."""
    if found.value is None:
        return Cell(t("not defined"), tone="quiet")
    span = "" if found.interval is None else t("{low} to {high}", low=_two(found.interval.low),
                                               high=_two(found.interval.high))  # fmt: skip
    return Cell(_two(found.value), note=_bracketed(span))


def _percent_cell(found: Coefficient) -> Cell:
    return Cell(share_text(found.value), note=_bracketed(_share_span(found.interval)))


def _difference_cell(found: MeanOf) -> Cell:
    if found.is_too_few or found.mean is None:
        return Cell(t("too few"), tone="quiet")
    span = "" if found.interval is None else t("{low} to {high}", low=signed(found.interval.low),
                                               high=signed(found.interval.high))  # fmt: skip
    return Cell(t("{by} points", by=signed(found.mean)), note=_bracketed(span))


def _share_span(interval: Interval | None) -> str:
    return "" if interval is None else share_interval(interval.low, interval.high)


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _bracketed(text: str) -> str:
    return f"({text})" if text else ""

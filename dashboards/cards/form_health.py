"""Cards of the page of form health: which questions of a card tell something, and which only cost time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dashboards.board.figures import Card, Cell, Column, Table
from dashboards.cards.agreement import number_cell, share_cell
from qa_pipeline.agreement.intervals import TOO_FEW_BELOW, Share
from qa_pipeline.agreement.odds import OddsRatio
from qa_pipeline.agreement.questions import Agreement
from qa_pipeline.wording.clocks import UNKNOWN, duration
from qa_pipeline.wording.languages import t


class Leads(Protocol):
    """Gives addresses of evaluations."""

    def __call__(self, question_id: str, answer: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True)
class QuestionHealth:
    """A question of a version of a card. `not_applicable` is of all answers, `always_yes` of those that earned points:
    how many earned all; `overturned` of the decided disputes that named it; `seconds` is the mean per answer; `odds` by
    outcome. Texts and dates are not scored."""

    question_id: str
    text: str
    is_scored: bool
    answers: int
    not_applicable: Share
    always_yes: Share
    agreement: Agreement | None
    overturned: Share
    seconds: float | None
    odds: Mapping[str, OddsRatio]


def health_card(found: Sequence[QuestionHealth], leads: Leads) -> Card:
    """A line per question; `leads` gives the address of its evaluations, or of those with one answer."""
    lines = [
        (
            Cell(each.text, note=each.question_id),
            Cell(f"{each.answers:,}", leads(each.question_id) if each.answers else ""),
            replace(share_cell(each.not_applicable), href=_if(each.not_applicable.hits, leads, each, "not_applicable")),
            share_cell(each.always_yes) if each.is_scored else Cell(t("not scored"), tone="quiet"),
            _agreement_cell(each.agreement),
            share_cell(each.overturned) if each.overturned.n else Cell(UNKNOWN, tone="quiet"),
            Cell(UNKNOWN if each.seconds is None else duration(each.seconds)),
        )
        for each in found
    ]
    columns = (
        Column(t("Question")),
        Column(t("Answers"), is_number=True),
        Column(t("N/A"), is_number=True, help=t("Share of all answers.")),
        Column(t("Always yes"), is_number=True, help=t("Share of the scored answers that earned all points.")),
        Column(t("AC1"), is_number=True, help=t("Gwet's AC1: agreement beyond chance; 1 is full.")),
        Column(t("Overturn rate"), is_number=True, help=t("Of the decided disputes that named the question.")),
        Column(t("Time"), is_number=True, help=t("Mean per answer.")),
    )
    notes = (
        t("A question that is nearly always N/A or yes tells calls apart hardly ever; one on which evaluators disagree "
          "needs better definitions."),
        t("95% intervals in brackets; below {n} nothing is concluded.", n=TOO_FEW_BELOW),
    )  # fmt: skip
    return Card(t("Questions"), Table(columns, tuple(lines)), notes=notes)


def _if(hits: int, leads: Leads, each: QuestionHealth, answer: str) -> str:
    return leads(each.question_id, answer) if hits else ""


def outcomes_card(found: Sequence[QuestionHealth], outcomes: Sequence[str], named: Callable[[str], str]) -> Card:
    """Whether calls that earn all points of a question turn out better, by outcome."""
    title = t("Questions and outcomes")
    if not outcomes:
        return Card(title, notes=(t("Calls have no outcomes yet. Put outcomes.csv into QA_HOME or the landing zone."),))
    scored = [each for each in found if each.is_scored]
    lines = [
        (Cell(each.text, note=each.question_id), *(odds_cell(each.odds.get(outcome)) for outcome in outcomes))
        for each in scored
    ]
    good_from: dict[str, set[float]] = {}
    for each in scored:
        for outcome, odds in each.odds.items():
            if odds.good_from is not None:
                good_from.setdefault(outcome, set()).add(odds.good_from)
    columns = (Column(t("Question")), *(Column(named(outcome), is_number=True) for outcome in outcomes))
    notes = [
        t("Odds ratios: how many times the odds of a good outcome are in calls that earn all points; 1 is no "
          "connection. That is no proof of a cause."),
        *(_from_where(named(name), edges) for name, edges in good_from.items()),
        t("95% intervals in brackets; below {n} nothing is concluded.", n=TOO_FEW_BELOW),
    ]  # fmt: skip
    return Card(title, Table(columns, tuple(lines)), notes=tuple(notes))


def _from_where(outcome: str, edges: set[float]) -> str:
    if len(edges) > 1:
        return t("{outcome} is good from the middle of the calls of each question on.", outcome=outcome)
    return t("{outcome} is good from {value} on, its middle.", outcome=outcome, value=f"{next(iter(edges)):g}")


def odds_cell(found: OddsRatio | None) -> Cell:
    """An odds ratio with its interval, and the calls that it is over."""
    if found is None or found.is_too_few:
        return Cell(t("too few"), tone="quiet", note=t("n = {n}", n=f"{found.n:,}") if found else "")
    if found.ratio is None or found.interval is None:
        return Cell(t("always the same"), tone="quiet", note=t("n = {n}", n=f"{found.n:,}"))
    low, high = found.interval.low, found.interval.high
    span = t("{low} to {high}", low=_ratio(low), high=_ratio(high))
    return Cell(_ratio(found.ratio), note=f"({span}), {t('n = {n}', n=f'{found.n:,}')}")


def _ratio(value: float) -> str:
    """Three digits, as many as an interval this wide bears."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _agreement_cell(found: Agreement | None) -> Cell:
    if found is None or found.is_too_few:
        return Cell(t("too few"), tone="quiet")
    return number_cell(found.ac1)

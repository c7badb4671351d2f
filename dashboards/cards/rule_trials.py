"""What the conditions of a rule come to in one call, as a table. Pure."""

from __future__ import annotations

from dashboards.board.figures import Card, Cell, Column, Table
from dashboards.cards.rows import call_address
from dashboards.cards.rule_hits import speaker
from qa_pipeline.judging.trial import Step, Trial
from qa_pipeline.rules.verdicts import Hit, Outcome, State
from qa_pipeline.wording.clocks import place
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rule_conditions import described
from qa_pipeline.wording.rules import outcome_label, reason_in_words

INDENT = "\u2003"
"""A blank that a browser keeps."""


def trial_card(trial: Trial, call_id: str | None) -> Card:
    """A rule's outcome with each condition that was looked at, and where it is met; `call_id` is that of a published
    call, in which each place plays."""
    rule, outcome = trial.rule.rule, trial.outcome
    title = t("{rule}: {outcome}", rule=rule.title, outcome=outcome_label(outcome.outcome))
    notes = [t("because {reason}", reason=reason_in_words(outcome.reason))] if outcome.reason else []
    if rule.what_to_do and outcome.outcome in (Outcome.HIT, Outcome.MISS):
        notes.append(t("What to do: {text}", text=rule.what_to_do))
    if not trial.steps:
        return Card(title, notes=tuple(notes))
    lines = [line for step in trial.steps for line in _lines(step, call_id)]
    columns = (Column(t("Condition")), Column(t("Comes to")), Column(t("Why, or where")))
    return Card(title, Table(columns, tuple(lines)), notes=tuple(notes))


def _lines(step: Step, call_id: str | None) -> list[tuple[Cell, ...]]:
    indent = INDENT * step.depth
    before = t("precondition: ") if step.part == "when" and not step.depth else ""
    why = reason_in_words(", ".join(step.verdict.reasons))
    lines: list[tuple[Cell, ...]] = [
        (Cell(f"{indent}{before}{described(step.condition)}"), Cell(_state(step.verdict.state)), _words(why))
    ]
    for hit in step.evidence:
        href = call_address(call_id, hit.begin_ms / 1000) if call_id and hit.begin_ms is not None else ""
        lines.append((Cell(f"{indent}↳ {_moment(hit)}", href), Cell(""), _words(_evidence(hit))))
    more = len(step.verdict.hits) - len(step.evidence)
    if step.evidence and more > 0:
        said = tn("and {n} place more", "and {n} places more", more)
        lines.append((Cell(f"{indent}↳ {said}", tone="quiet"), Cell(""), Cell("")))
    return lines


def _words(text: str) -> Cell:
    return Cell(text, tone="words")


def _state(state: State) -> str:
    return {State.HIT: f"✓ {t('met')}", State.MISS: f"✗ {t('not met')}", State.UNKNOWN: f"? {t('not told')}"}[state]


def _moment(hit: Hit) -> str:
    begin = "" if hit.begin_ms is None else place(hit.begin_ms)
    end = f" – {place(hit.end_ms)}" if hit.sentence_id is None and hit.end_ms is not None else ""
    return f"{begin}{end} {speaker(hit.role)}".strip()


def _evidence(hit: Hit) -> str:
    return t("nothing of it is said") if hit.sentence_id is None else hit.text

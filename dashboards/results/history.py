"""What was done to an evaluation, in sentences: who, what, when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboards.board.figures import Card, Cell, Column, Table
from dashboards.results.actions import at_moment
from dashboards.results.record import answer_words
from qa_pipeline.reviews.json_values import answer_of
from qa_pipeline.reviews.states import LogKind
from qa_pipeline.reviews.values import Evaluation, LogRow
from qa_pipeline.wording.clocks import clock
from qa_pipeline.wording.evaluations import score_text, state_label, type_label
from qa_pipeline.wording.languages import t, to_translate


def history_card(found: Evaluation, rows: Sequence[LogRow], zone: str) -> Card:
    """A line per row of the log, oldest first."""
    texts = {question.id: question.text for question in found.card.questions}
    lines = [
        (Cell(at_moment(row.at, zone)), Cell(row.actor), Cell(_done(row)), Cell(_more(found, row, texts), tone="words"))
        for row in rows
    ]
    columns = (Column(t("When")), Column(t("Who")), Column(t("What")), Column(t("More")))
    note = t("Nothing in it can be changed; each row is sealed with the ones before.")
    return Card(t("History"), Table(columns, tuple(lines)), notes=(note,))


_DONE = {
    LogKind.EVALUATION_STARTED: to_translate("began"),
    LogKind.ANSWER_GIVEN: to_translate("answered"),
    LogKind.COMMENT_ADDED: to_translate("commented"),
    LogKind.SUBMITTED: to_translate("submitted"),
    LogKind.RELEASED: to_translate("released"),
    LogKind.ACKNOWLEDGED: to_translate("acknowledged"),
    LogKind.DISPUTED: to_translate("disputed"),
    LogKind.DECIDED: to_translate("decided"),
    LogKind.RETRACTED: to_translate("retracted"),
    LogKind.WITHDRAWN: to_translate("gave the draft up"),
    LogKind.TASK_ASSIGNED: to_translate("made a task of it"),
}
"""Kind of a row of the log → its English words."""


def _done(row: LogRow) -> str:
    return t(_DONE[row.kind]) if row.kind in _DONE else str(row.kind)


def _more(found: Evaluation, row: LogRow, texts: Mapping[str, str]) -> str:
    said = row.payload
    match row.kind:
        case LogKind.EVALUATION_STARTED:
            return type_label(str(said.get("evaluation_type", "")))
        case LogKind.ANSWER_GIVEN:
            return _answer(found, said, texts)
        case LogKind.COMMENT_ADDED:
            at = said.get("moment_ms")
            return " ".join(filter(None, ("" if at is None else clock(at / 1000), str(said.get("text") or ""))))
        case LogKind.SUBMITTED:
            score = said.get("score") or {}
            return score_text(score.get("score")) if isinstance(score, dict) else ""
        case LogKind.DISPUTED:
            about = t(", ").join(texts.get(each, each) for each in said.get("questions") or ())
            return ": ".join(filter(None, (about, str(said.get("reason") or ""))))
        case LogKind.DECIDED:
            by_evaluator = t("by the evaluator, as there was nobody else") if said.get("by_evaluator") else ""
            parts = (state_label(str(said.get("decision", ""))), str(said.get("reason") or ""), by_evaluator)
            return t("; ").join(filter(None, parts))
        case _:
            return str(said.get("reason") or "")


def _answer(found: Evaluation, said: Mapping[str, object], texts: Mapping[str, str]) -> str:
    name = str(said.get("question", ""))
    question = next((each for each in found.card.questions if each.id == name), None)
    given = said.get("answer")
    if question is None or not isinstance(given, dict):
        return texts.get(name, name)
    words = answer_words(question, answer_of(given["kind"], given["value"]))
    return ": ".join((question.text, words))

"""Which questions of a card tell calls apart, and which only cost time."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import form_health as cards
from dashboards.components import date_controls, evaluation_controls, url_controls
from dashboards.links import EVALUATIONS_PAGE
from dashboards.page import Reading, reading
from dashboards.results.choice import EvaluationChoice
from dashboards.results.figures import health
from dashboards.results.seen import seen_by
from dashboards.serving.access import Right
from dashboards.serving.review_store import reviews_of
from dashboards.shell.document import title
from qa_pipeline.wording.languages import t

NO_REPEAT = "no_repeat_call"


def form_health(page: Reading) -> None:
    """The whole page."""
    title(t("Form health"))
    if evaluation_controls.explain_none(page):
        return
    if not page.viewer.may(Right.SEE_EVALUATIONS):
        st.info(t("Your role does not include what evaluators answered."), icon=":material/lock:")
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dates = date_controls.date_range(page)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            version = evaluation_controls.card_controls(evaluation_controls.cards_of(page, dates))
            names = {"people": t("People"), "machine": t("Machine")}
            url_controls.named_choice("source", t("Evaluated by"), names, "people")
    evaluation_controls.said_of_snapshot(page, seen_by(page.viewer, reviews_of(page.settings), page.snapshot))
    if version is None:
        st.info(
            t("No call of these dates was evaluated. The health of a form shows once some dozens of calls are."),
            icon=":material/vital_signs:",
        )
        return
    chosen = EvaluationChoice.from_query(url_controls.parameters()).on(dates)
    chosen = evaluation_controls.with_version(chosen, version)
    found = health(page.snapshot, dates, *version, chosen.source)
    outcomes = list(dict.fromkeys(name for each in found for name in each.odds))

    def leads(question_id: str, answer: str | None = None) -> str:
        query = replace(chosen, question=question_id, answer=answer).to_query()
        return address(EVALUATIONS_PAGE, query | {"view": ["list"]})

    board(
        "form_health",
        Section("", (cards.health_card(found, leads),)),
        Section("", (cards.outcomes_card(found, outcomes, _outcome_name),)),
    )
    evaluation_controls.files(page, "form_health", t("Form health"), chosen.to_query())


def _outcome_name(name: str) -> str:
    return t("no repeat call within seven days") if name == NO_REPEAT else name


with reading() as opened:
    form_health(opened)

"""How far evaluators answer alike, who is stricter, what each has to do, and how often disputes overturned them."""

from __future__ import annotations

import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import agreement as cards
from dashboards.components import evaluation_controls, url_controls
from dashboards.components.evaluation_frame import Source, one_version
from dashboards.filters import DateRange
from dashboards.links import EVALUATIONS_PAGE, INBOX_PAGE
from dashboards.page import Reading, reading
from dashboards.queries import ask
from dashboards.results.choice import EvaluationChoice
from dashboards.results.figures import agreement, asked, questions_of, strictness_of
from qa_pipeline.wording.languages import t


def agreement_page(page: Reading) -> None:
    """The whole page."""
    of = one_version(
        page,
        t("Agreement"),
        Source(t("Compared"), {"people": t("People with each other"), "machine": t("People with the machine")}),
        t("No call of these dates was evaluated. Agreement is measured on calls that two people evaluate blind: let a "
          "sampling plan draw some for double scoring."),
        ":material/compare_arrows:",
    )  # fmt: skip
    if of is not None:
        _questions(page, of.chosen, of.version)
        _evaluators(page, of.dates, of.version, of.chosen)


def _questions(page: Reading, chosen: EvaluationChoice, version: tuple[str, str]) -> None:
    found = agreement(page.snapshot, chosen.range, *version, with_machine=chosen.source == "machine")
    questions = asked(questions_of(page.snapshot, *version))
    kept = {name: values for name, values in url_controls.parameters().items() if name != "question"}

    def opens(question_id: str) -> str:
        return address("agreement", kept | {"question": [question_id]})

    opened = next((each for each in questions if each.question_id == chosen.question), None)
    shown = [cards.agreement_card(found, questions, opens)]
    notes = (t("Only answers count that were given blind, and the first of each person: before a dispute, and before "
               "anybody else's were to be seen."),)  # fmt: skip
    parts = [Section("", tuple(shown), notes)]
    if opened is not None and opened.question_id in found and found[opened.question_id].n:
        parts.insert(0, Section(t("Who answered what"), (cards.confusion_card(opened, found[opened.question_id]),)))
    board("agreement", *parts)
    evaluation_controls.files(page, "agreement", t("Agreement"), chosen.to_query())


def _evaluators(page: Reading, dates: DateRange, version: tuple[str, str], chosen: EvaluationChoice) -> None:
    def opens(evaluator: str) -> str:
        query = EvaluationChoice(evaluators=(evaluator,)).on(dates).to_query()
        return address(EVALUATIONS_PAGE, query | {"view": ["list"]})

    drawn = (
        cards.strictness_card(strictness_of(page.snapshot, dates, *version)),
        cards.evaluators_card(ask(page.snapshot, "count_work_of_evaluators", dates), opens),
    )
    board("evaluators", Section(t("Evaluators"), drawn, narrowest=420))
    st.page_link(INBOX_PAGE, label=t("Who has how much to do now"), icon=":material/inbox:")
    evaluation_controls.files(page, "strictness", t("Evaluators' strictness"), chosen.to_query())


with reading() as opened:
    agreement_page(opened)

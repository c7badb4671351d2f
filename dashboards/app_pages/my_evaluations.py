"""An agent's own evaluations: what was released, what is still to be read, and what became of disputes."""

from __future__ import annotations

import time

import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Card, Cell, Column, Section, Table
from dashboards.cards.rows import call_address
from dashboards.links import evaluation_link
from dashboards.page import Reading, reading
from dashboards.results.actions import at_moment
from dashboards.results.seen import Seen, seen_by
from dashboards.serving.review_store import reviews_of
from dashboards.shell.document import title
from qa_pipeline.reviews.disputes import dispute_until, why_no_dispute
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.states import EvaluationState
from qa_pipeline.reviews.values import EvaluationSummary
from qa_pipeline.wording.evaluations import score_text, state_label
from qa_pipeline.wording.languages import t, tn

MOST_LISTED = 1000  # the newest; an agent has some a month


def my_evaluations(page: Reading) -> None:
    """The whole page. The newest change is at the top."""
    title(t("My evaluations"))
    seen = seen_by(page.viewer, reviews_of(page.settings), page.snapshot)
    try:
        shown = seen.reviews.evaluations(seen.who, limit=MOST_LISTED)
    except NotAllowed:  # nothing says whose calls are whose
        shown = []
    if not shown:
        st.info(
            t("No evaluation of yours is released yet. When a lead releases one, it is listed here."),
            icon=":material/inbox:",
        )
        return
    unread = sum(each.state is EvaluationState.RELEASED for each in shown)
    st.markdown(
        tn("**{n} evaluation is new to you.**", "**{n} evaluations are new to you.**", unread)
        if unread
        else t("You have read all of them.")
    )
    board("my_evaluations", Section("", (_card(seen, shown, page.settings.timezone),)))


def _card(seen: Seen, shown: list[EvaluationSummary], zone: str) -> Card:
    lines = []
    for each in shown:
        link = address(*evaluation_link(each.evaluation_id))
        lines.append(
            (
                Cell(seen.reviews.card(each.scorecard_id, each.scorecard_version).title, link),
                Cell(score_text(each.score), link, t("automatic fail") if each.failed_by else ""),
                Cell(state_label(each.state)),
                Cell(_until(seen, each, zone), tone="quiet"),
                Cell(each.call.call_id, call_address(each.call.call_id)),
                Cell(str(each.call.call_date)),
                Cell(at_moment(each.released_at, zone)),
                Cell(each.evaluator),
            )
        )
    columns = (
        Column(t("Scorecard")),
        Column(t("Score"), is_number=True),
        Column(t("State")),
        Column(t("Dispute until")),
        Column(t("Call")),
        Column(t("Day")),
        Column(t("Released")),
        Column(t("Evaluator")),
    )
    note = t("Open one to read its answers, hear the places they are about, and to acknowledge or dispute it.")
    return Card(t("Evaluations of your calls"), Table(columns, tuple(lines)), notes=(note,))


def _until(seen: Seen, each: EvaluationSummary, zone: str) -> str:
    policy = seen.reviews.policy
    return "" if why_no_dispute(each, policy, time.time()) else at_moment(dispute_until(each, policy), zone)


with reading() as opened:
    my_evaluations(opened)

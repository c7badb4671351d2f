"""Evaluations of everybody, or an evaluator's own: what waits to be released, disputes, and the list behind figures.

Everything here was read from the store a moment ago; the list lays what is newer over the snapshot.
"""

from __future__ import annotations

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards.evaluation_list import evaluations_card
from dashboards.components import date_controls, evaluation_controls, url_controls
from dashboards.finding import agent_names
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.results.actions import told
from dashboards.results.choice import EvaluationChoice
from dashboards.results.listing import find_evaluations
from dashboards.results.releasing import disputes, release_queue
from dashboards.results.seen import Seen, seen_by
from dashboards.serving.access import Right
from dashboards.serving.review_store import reviews_of
from dashboards.shell.document import title
from qa_pipeline.wording.evaluations import STATES, state_label
from qa_pipeline.wording.languages import t, tn

PER_PAGE = 50
LAST_PAGE = 200
LISTED_STATES = tuple(state for state in STATES if state not in ("draft", "withdrawn", "retracted"))


def evaluations(page: Reading) -> None:
    """The whole page: `view` is release, disputes or list."""
    title(t("Evaluations"))
    told()
    if not evaluation_controls.may_list(page):
        st.info(t("Your role sees figures of evaluations only."), icon=":material/lock:")
        return
    seen = seen_by(page.viewer, reviews_of(page.settings), page.snapshot)
    view = _view(page)
    zone = page.settings.timezone
    if view == "release":
        release_queue(seen, agent_names(page.snapshot), zone)
    elif view == "disputes":
        disputes(seen, agent_names(page.snapshot), zone)
    else:
        _list(page, seen)


def _view(page: Reading) -> str:
    names = {"release": t("To release"), "disputes": t("Disputes"), "list": t("List")}
    if not page.viewer.may(Right.SEE_EVALUATIONS):
        return "list"
    asked = url_controls.one_of("view", list(names), "")
    narrowed = set(url_controls.parameters()) & {"card", "version", "agent", "team", "state", "question", "from", "to"}
    value = asked or ("list" if narrowed else "release")
    st.session_state["control_view"] = value
    st.segmented_control(
        t("View"), list(names), key="control_view", format_func=names.__getitem__, required=True,
        label_visibility="collapsed", on_change=url_controls.write, args=("view", "control_view"),
    )  # fmt: skip
    return value


def _list(page: Reading, seen: Seen) -> None:
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="bottom"):
        dates = date_controls.date_range(page)
        evaluation_controls.people_controls(page)
        url_controls.many("state", t("State"), list(LISTED_STATES), state_label)
    chosen = EvaluationChoice.from_query(url_controls.parameters()).on(dates)
    _chips(chosen)
    number = url_controls.number("page", 1, low=1, high=LAST_PAGE)
    rows, total = find_evaluations(page.snapshot, seen, chosen, limit=number * PER_PAGE, zone=page.settings.timezone)
    if not total:
        st.info(
            t("No evaluation in these dates with this choice. Take a part of the choice away, or choose other dates."),
            icon=":material/search_off:",
        )
        return
    evaluation_controls.said_of_snapshot(page, seen)
    names = agent_names(page.snapshot)
    shown = [
        row | {"agent_name": row["agent_name"] or names.get(row["agent_id"])} for row in rows[(number - 1) * PER_PAGE :]
    ]
    board("evaluations", Section("", (evaluations_card(tn("{n} evaluation", "{n} evaluations", total), shown, ()),)))
    evaluation_controls.files(page, "evaluations", t("Evaluations"), chosen.to_query())
    url_controls.pages("page", min(LAST_PAGE, -(-total // PER_PAGE)))


def _chips(chosen: EvaluationChoice) -> None:
    """What narrows the list besides its controls: where a figure led here. A click takes it away."""
    given = {
        "card": chosen.cards,
        "version": chosen.versions,
        "evaluator": chosen.evaluators,
        "question": (chosen.question,) if chosen.question else (),
        "answer": (chosen.answer,) if chosen.answer else (),
        "source": (t("Machine"),) if chosen.source != "people" else (),
        "picked": (picked,)
        if (picked := {"drawn": t("drawn"), "chosen": t("chosen")}.get(chosen.picked or ""))
        else (),
        "plan": (chosen.plan,) if chosen.plan else (),
    }
    words = {
        "card": t("Scorecard"),
        "version": t("Version"),
        "evaluator": t("Evaluator"),
        "question": t("Question"),
        "answer": t("Answer"),
        "source": t("Evaluated by"),
        "picked": t("Calls"),
        "plan": t("Sampling plan"),
    }
    if not any(given.values()):
        return
    with st.container(horizontal=True, gap="small", key="chips_of_evaluations"):
        for name, values in given.items():
            if values:
                label = f"{words[name]}: {', '.join(values)}"
                st.button(
                    plain(label), key=f"without_{name}", icon=":material/close:",
                    on_click=url_controls.set_parameters, kwargs={name: None, "page": None},
                )  # fmt: skip


with reading() as opened:
    evaluations(opened)

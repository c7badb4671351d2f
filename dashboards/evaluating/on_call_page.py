"""Evaluations on the page of a call: which one is open, how one begins, and what is hidden meanwhile.

`&evaluation=ID` opens an evaluation beside the call, `&task=ID` the one that is to be done for a task, which begins
with that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import streamlit as st

from dashboards.evaluating.card_choice import card_folder, cards_of
from dashboards.evaluating.component import evaluation_form
from dashboards.evaluating.form_data import may_look
from dashboards.links import CALL_PAGE
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.serving.access import Right, viewer
from dashboards.serving.recording_places import told_to
from dashboards.serving.review_store import colleague, reviews_of
from qa_pipeline.errors import UserError
from qa_pipeline.published.snapshot import Row
from qa_pipeline.reviews.blindness import blind_calls_of
from qa_pipeline.reviews.faults import BadReview, NotFound, ReviewError, WrongState
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.reaching import reaching
from qa_pipeline.reviews.states import BLIND_TYPES, CURRENT_STATES, EvaluationState
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef, Evaluation, EvaluationSummary
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.wording.evaluations import score_text, state_label
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.review_faults import review_fault

EVALUATION, TASK = "evaluation", "task"
_REFUSED = "evaluation_refused"
FORM_SHARE = (1.5, 1.0)
"""Widths of what stands beside each other: the call, and the form."""


def opened_evaluation(page: Reading, call: Row) -> Evaluation | None:
    """The evaluation that the address names, or that is begun for the task it names. None where it names none, or one
    that the person may not see or begin, which is said then."""
    named, task = st.query_params.get(EVALUATION), st.query_params.get(TASK)
    if not (named or task) or not may_look(colleague(page.viewer, page.settings)):
        return None
    try:
        with reaching():
            reviews, who = reviews_of(page.settings), colleague(page.viewer, page.settings)
            found = reviews.evaluation(who, named) if named else _for_task(page, reviews, task or "")
    except UserError as error:
        st.warning(plain(why_not(error)), icon=":material/lock:")
        return None
    if found.call.call_id != call["call_id"]:
        st.warning(t("This evaluation is of another call."), icon=":material/help:")
        return None
    st.query_params.pop(TASK, None)
    st.query_params[EVALUATION] = found.evaluation_id
    return found


def why_hidden(page: Reading, call_id: str) -> str | None:
    """Why the figures of a call are hidden: the person is at a blind evaluation of it, or is to be, or nobody can say.
    None where they are not."""
    who = colleague(page.viewer, page.settings)
    if not who.may(Right.EVALUATE):
        return None
    blind = blind_calls_of(lambda: reviews_of(page.settings), who)
    if blind is None:
        return t("The figures of this call are hidden: it can't be looked up whether you are to evaluate it blind.")
    if call_id in blind:
        return t("The figures of this call are hidden until you have submitted your blind evaluation of it.")
    return None


def form_beside(evaluation: Evaluation) -> None:
    """The form, where the page has made room for it."""
    with st.container(key="evaluation_beside"):
        evaluation_form(viewer(), evaluation.evaluation_id)
        st.page_link(
            CALL_PAGE,
            label=t("Close the form"),
            icon=":material/close:",
            query_params={"call": evaluation.call.call_id},
        )


def evaluate_button(page: Reading, call: Row) -> None:
    """A button with the evaluations of the call that the person may see, and the cards to begin another with."""
    who = colleague(page.viewer, page.settings)
    if not may_look(who):
        return
    # another one is another button, which is closed: what was chosen in it is open beside the call now
    with st.popover(t("Evaluate"), icon=":material/rule:", key=f"evaluate_{st.query_params.get(EVALUATION, '')}"):
        if refused := st.session_state.pop(_REFUSED, None):
            st.warning(plain(refused), icon=":material/info:")
        try:
            with reaching():
                reviews = reviews_of(page.settings)
                found = reviews.of_call(who, call["call_id"])
                tasks = reviews.tasks(who, call_id=call["call_id"], assignees=[who.login])
        except UserError as error:
            st.caption(plain(why_not(error)))
            return
        titles = {each.card.scorecard: each.card.title for each in cards_of(page.settings).cards}
        for each in found:
            if each.state is not EvaluationState.WITHDRAWN:
                _link(each, titles.get(each.scorecard_id, each.scorecard_id))
        if not who.may(Right.EVALUATE):
            return
        waiting = [task for task in tasks if task.evaluation_id is None]
        for task in waiting:
            st.page_link(
                CALL_PAGE,
                label=t("Begin what is assigned: {card}", card=plain(titles.get(task.scorecard_id, task.scorecard_id))),
                icon=":material/assignment:",
                query_params={"call": call["call_id"], TASK: task.task_id},
            )
        if not any(task.evaluation_type in BLIND_TYPES for task in waiting):
            _begin(
                page,
                call,
                [each for each in found if each.evaluator == who.login],
                {each.scorecard_id for each in waiting},
            )


def why_not(error: UserError) -> str:
    """Why the store refuses something, in the reader's language where that is known."""
    if isinstance(error, WrongState | NotFound | BadReview):
        return t("This can't be done: {reason}.", reason=review_fault(str(error)))
    if isinstance(error, ReviewError):
        return t("You may not see or do this: {reason}.", reason=review_fault(str(error)))
    return t("Evaluations can't be reached just now: {reason}", reason=str(error))


def call_ref(call: Row) -> CallRef | None:
    """The call as evaluations know it; None for a recording without a date, which can't be evaluated."""
    day = call["call_date"]
    return CallRef(call["call_id"], day, call["agent_id"]) if isinstance(day, dt.date) else None


def _link(found: EvaluationSummary, title: str) -> None:
    score = f" · {score_text(found.score)}" if found.score is not None else ""
    label = f"{title} · {found.evaluator} · {state_label(found.state)}{score}"
    st.page_link(
        CALL_PAGE,
        label=plain(label),
        icon=":material/edit_note:" if found.state is EvaluationState.DRAFT else ":material/fact_check:",
        query_params={"call": found.call.call_id, EVALUATION: found.evaluation_id},
    )


def _begin(page: Reading, call: Row, own: Sequence[EvaluationSummary], assigned: Collection[str]) -> None:
    """The cards for the call's day, without those that are assigned or of which the person has a draft."""
    ref = call_ref(call)
    if ref is None:
        st.caption(t("A recording without a date can't be evaluated: no card says that it is for it."))
        return
    folder = cards_of(page.settings)
    cards = folder.on(ref.call_date)
    if not cards:
        place = told_to(page.viewer, str(card_folder(page.settings)), page.settings)
        st.caption(t("No scorecard is for calls of this day. Put one into `{folder}`.", folder=place.replace("`", "'")))
    if folder.faults and page.viewer.may(Right.ASSIGN):
        st.caption(plain(t("Some scorecards can't be read; `qa-pipeline scorecards check` says why.")))
    done = {each.scorecard_id for each in own if each.state in CURRENT_STATES}
    drafts = {each.scorecard_id for each in own if each.state is EvaluationState.DRAFT}
    for card in cards:
        if card.scorecard in drafts or card.scorecard in assigned:
            continue
        again = card.scorecard in done
        sure = not again or st.checkbox(
            t("You have evaluated this call by {card} already. Evaluate it once more", card=plain(card.title)),
            key=f"again_{card.scorecard}",
        )
        st.button(
            t("Begin: {card}", card=plain(card.title)),
            key=f"begin_{card.scorecard}",
            icon=":material/add:",
            disabled=not sure,
            on_click=_start,
            args=(page, ref, card),
        )


def _start(page: Reading, ref: CallRef, card: Card) -> None:
    """The right is looked up at the click. Where there is a draft already, that is what opens."""
    try:
        with reaching():
            made = reviews_of(page.settings).start(
                colleague(viewer(), page.settings), ref, card, request_id=new_request_id()
            )
    except UserError as error:
        st.session_state[_REFUSED] = why_not(error)
        return
    st.query_params[EVALUATION] = made.evaluation_id


def _for_task(page: Reading, reviews: Reviews, task_id: str) -> Evaluation:
    """The evaluation that was begun for a task, or begins now.

    Raises:
        ReviewError: there is no such task for the person, or it can't be begun.
    """
    who = colleague(page.viewer, page.settings)
    task = reviews.task(who, task_id)
    if task.evaluation_id is not None:
        return reviews.evaluation(who, task.evaluation_id)
    card = cards_of(page.settings).card_on(task.scorecard_id, task.call.call_date)
    if card is None:
        raise WrongState(
            t("no scorecard {card} is for calls of {day}", card=task.scorecard_id, day=task.call.call_date)
        )
    return reviews.start(who, task.call, card, task_id=task.task_id, request_id=new_request_id())

"""What people do to an evaluation on its page: read it, dispute it, release it, take it back.

A click is done once: its request's id is made with the page and kept until the store has answered. Whoever was slower
than somebody else is told so, and sees what the evaluation is now.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards.markdown import plain
from dashboards.results.seen import Seen
from dashboards.serving.access import viewer
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.disputes import dispute_until, why_no_dispute
from qa_pipeline.reviews.faults import Changed, Incomplete, NotAllowed, ReviewError, WrongState
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person, why_not_answer_as_agent, why_not_release
from qa_pipeline.reviews.states import ALLOWED_FROM, EvaluationState, LogKind
from qa_pipeline.reviews.values import Evaluation
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.review_faults import review_fault

LONGEST_REASON = 4000
_TOLD = "told_of_evaluations"


def told() -> None:
    """Says what became of the last click."""
    for was_done, text in st.session_state.pop(_TOLD, []):
        if was_done:
            st.success(plain(text), icon=":material/check_circle:")
        else:
            st.warning(plain(text), icon=":material/info:")


def tell(text: str, *, was_done: bool) -> None:
    """Has a text said when the page is drawn next."""
    st.session_state.setdefault(_TOLD, []).append((was_done, text))


def at_moment(seconds: float | None, zone: str) -> str:
    """A moment of the store in the time zone of the pages."""
    return moment(None if seconds is None else dt.datetime.fromtimestamp(seconds, ZoneInfo(zone)))


def now_as(seen: Seen) -> Person:
    """Whoever asks, with the role of this moment: it may have been taken away since the page was drawn."""
    now = viewer()
    return replace(seen.who, login=now.user, role=now.role)


def do(what: str, evaluation_id: str, act: Callable[[str], object], said: str) -> bool:
    """Does one thing to one evaluation under a request's id, and has it said how it went."""
    key = f"request_{what}_{evaluation_id}"
    request_id = st.session_state.setdefault(key, new_request_id())
    try:
        act(request_id)
    except ReviewError as error:
        tell(refusal(error), was_done=False)
        return False
    finally:
        st.session_state.pop(key, None)
    if said:
        tell(said, was_done=True)
    return True


def refusal(error: ReviewError) -> str:
    """Why the store did not do something, for whoever clicked."""
    match error:
        case Changed():
            return t("Somebody else was faster. This is the evaluation as it is now; do it again if it is still right.")
        case NotAllowed():
            return t("You may not do this.")
        case WrongState():
            return t("This can't be done any more: the evaluation has moved on.")
        case Incomplete():
            return t(
                "The card demands a comment with these answers: {questions}.", questions=", ".join(error.questions)
            )
        case _:
            return review_fault(str(error))


def acknowledge_or_dispute(seen: Seen, found: Evaluation, zone: str) -> None:
    """What the agent of the call may do: nothing for anybody else."""
    policy = seen.reviews.policy
    if why_not_answer_as_agent(seen.who, found, policy) is not None or found.released_at is None:
        return
    if found.state in ALLOWED_FROM[LogKind.ACKNOWLEDGED]:
        st.button(
            t("I have read it"), key="acknowledge", icon=":material/done_all:", type="primary",
            on_click=_acknowledge, args=(seen, found),
        )  # fmt: skip
    until = at_moment(dispute_until(found, policy), zone)
    if why_no_dispute(found, policy, time.time()) is not None:
        _say_why_no_dispute(found, policy.dispute_rounds, until)
        return
    with st.expander(t("I do not agree"), icon=":material/gavel:"):
        st.caption(t("You can dispute it until {moment}. Somebody other than its evaluator decides.", moment=until))
        texts = {question.id: question.text for question in found.card.questions}
        st.multiselect(
            t("Questions that you dispute"), list(texts), key="dispute_questions", format_func=texts.__getitem__,
            placeholder=t("the whole evaluation"),
        )  # fmt: skip
        st.text_area(t("Your reason"), key="dispute_reason", max_chars=LONGEST_REASON)
        st.button(t("Dispute it"), key="dispute", icon=":material/gavel:", on_click=_dispute, args=(seen, found))


def _say_why_no_dispute(found: Evaluation, rounds: int, until: str) -> None:
    match found.state:
        case EvaluationState.DISPUTED:
            st.info(t("You have disputed it. It is being decided."), icon=":material/hourglass_top:")
        case EvaluationState.RETRACTED | EvaluationState.ACKNOWLEDGED:
            return
        case _ if found.dispute_round >= rounds:
            st.caption(t("It was disputed before, and the decision is final."))
        case _:
            st.caption(t("It could be disputed until {moment}.", moment=until))


def _acknowledge(seen: Seen, found: Evaluation) -> None:
    do(
        "acknowledge", found.evaluation_id,
        lambda request_id: seen.reviews.acknowledge(
            now_as(seen), found.evaluation_id, revision=found.revision, request_id=request_id
        ),
        t("You have acknowledged it."),
    )  # fmt: skip


def _dispute(seen: Seen, found: Evaluation) -> None:
    reason = st.session_state["dispute_reason"].strip()
    if not reason:
        tell(t("Say why: a dispute needs a reason."), was_done=False)
        return
    questions = tuple(st.session_state["dispute_questions"])
    was_done = do(
        "dispute", found.evaluation_id,
        lambda request_id: seen.reviews.dispute(
            now_as(seen), found.evaluation_id, reason, questions=questions, revision=found.revision,
            request_id=request_id,
        ),
        t("Your dispute is on its way. You will see here how it is decided."),
    )  # fmt: skip
    if was_done:
        st.session_state["dispute_reason"], st.session_state["dispute_questions"] = "", []


def release_button(seen: Seen, found: Evaluation) -> None:
    """Shows the evaluation to its agent; nothing for who may not, or once it was done."""
    if (
        found.state is not EvaluationState.SUBMITTED
        or why_not_release(seen.who, found, seen.reviews.policy) is not None
    ):
        return
    st.button(
        t("Release it to the agent"), key="release", icon=":material/send:", type="primary", on_click=_release,
        args=(seen, found),
    )  # fmt: skip


def _release(seen: Seen, found: Evaluation) -> None:
    release_one(seen, found.evaluation_id, found.revision, t("The agent can see it now."))


def release_one(seen: Seen, evaluation_id: str, revision: int, said: str = "") -> bool:
    """Releases an evaluation as it was seen; whether that was done."""
    return do(
        "release", evaluation_id,
        lambda request_id: seen.reviews.release(
            now_as(seen), evaluation_id, revision=revision, request_id=request_id
        ),
        said,
    )  # fmt: skip


def retract_form(seen: Seen, found: Evaluation) -> None:
    """Takes an evaluation back that should not be; for who may release, and where it can be done."""
    if found.state not in ALLOWED_FROM[LogKind.RETRACTED] or not seen.who.may(Right.RELEASE):
        return
    with st.expander(t("Take it back"), icon=":material/undo:"):
        st.caption(t("It counts no more then, and its agent sees that. A dispute is decided instead."))
        st.text_input(t("Reason, which the agent reads"), key="retract_reason", max_chars=LONGEST_REASON)
        st.button(t("Take it back"), key="retract", on_click=_retract, args=(seen, found))


def _retract(seen: Seen, found: Evaluation) -> None:
    reason = st.session_state["retract_reason"].strip()
    if not reason:
        tell(t("Say why: the agent reads your reason."), was_done=False)
        return
    do(
        "retract", found.evaluation_id,
        lambda request_id: seen.reviews.retract(
            now_as(seen), found.evaluation_id, reason, revision=found.revision, request_id=request_id
        ),
        t("It is taken back."),
    )  # fmt: skip

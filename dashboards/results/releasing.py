"""What waits for a lead: evaluations to be released, one or several at once, and disputes to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboards.components import url_controls
from dashboards.links import evaluation_link
from dashboards.markdown import plain
from dashboards.results.actions import at_moment, release_one, tell
from dashboards.results.seen import Seen
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.rights import why_not_release
from qa_pipeline.reviews.states import EvaluationState, EvaluationType
from qa_pipeline.reviews.values import EvaluationFilter, EvaluationSummary
from qa_pipeline.wording.evaluations import score_text, share_text, type_label
from qa_pipeline.wording.languages import t, tn

PER_PAGE = 25

TO_RELEASE = EvaluationFilter(
    states=frozenset({EvaluationState.SUBMITTED}),
    types=frozenset({EvaluationType.STANDARD, EvaluationType.BLIND, EvaluationType.DISPUTE}),
)
DISPUTED = EvaluationFilter(states=frozenset({EvaluationState.DISPUTED}))


def release_queue(seen: Seen, names: dict[str, str], zone: str) -> None:
    """Evaluations that are submitted and not shown to their agents yet."""
    total = seen.reviews.count_evaluations(seen.who, TO_RELEASE)
    if not total:
        st.info(
            t("Nothing waits to be released. Evaluations come here when they are submitted."), icon=":material/inbox:"
        )
        return
    shown = _page_of(seen, TO_RELEASE, total)
    able = [each for each in shown if why_not_release(seen.who, each, seen.reviews.policy) is None]
    chosen = [each for each in able if st.session_state.get(_box(each))]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(tn("**{n} evaluation** to be released", "**{n} evaluations** to be released", total))
        if able:
            is_all = len(chosen) == len(able)
            st.button(
                t("Select none") if is_all else t("Select all of this page"), key="select_all", type="tertiary",
                on_click=_select, args=(able,), kwargs={"is_on": not is_all},
            )  # fmt: skip
            st.button(
                tn("Release {n} selected", "Release {n} selected", len(chosen)), key="release_selected", type="primary",
                icon=":material/send:", disabled=not chosen, on_click=_release, args=(seen, chosen),
            )  # fmt: skip
    with st.container(key="list_to_release"):
        for each in shown:
            _line(each, names, zone, box=each in able)
    url_controls.pages("page", -(-total // PER_PAGE))


def disputes(seen: Seen, names: dict[str, str], zone: str) -> None:
    """Evaluations that their agents object to, the newest first."""
    total = seen.reviews.count_evaluations(seen.who, DISPUTED)
    if not total:
        st.info(t("No dispute is open. Agents dispute evaluations on their own page."), icon=":material/balance:")
        return
    st.markdown(tn("**{n} dispute** to be decided", "**{n} disputes** to be decided", total))
    with st.container(key="list_disputes"):
        for each in _page_of(seen, DISPUTED, total):
            _line(each, names, zone, box=False)
            since = t("disputed {moment}", moment=at_moment(each.disputed_at, zone))
            st.text(f"{since}: {each.dispute_reason or ''}")
            if each.evaluator == seen.who.login and seen.who.may(Right.DECIDE):
                st.caption(t("You evaluated this call. Somebody else decides the dispute."))
    url_controls.pages("page", -(-total // PER_PAGE))


def _page_of(seen: Seen, chosen: EvaluationFilter, total: int) -> list[EvaluationSummary]:
    number = url_controls.number("page", 1, low=1, high=max(1, -(-total // PER_PAGE)))
    return seen.reviews.evaluations(seen.who, chosen, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)


def _line(each: EvaluationSummary, names: dict[str, str], zone: str, *, box: bool) -> None:
    agent = names.get(each.call.agent_id or "", each.call.agent_id) or t("not known")
    said = [
        agent,
        score_text(each.score) if each.score is not None else t("no score"),
        t("automatic fail") if each.failed_by else "",
        t("{share} covered", share=share_text(each.coverage)),
        type_label(each.evaluation_type),
        each.evaluator,
        t("submitted {moment}", moment=at_moment(each.submitted_at, zone)),
    ]
    with st.container(horizontal=True, vertical_alignment="center", key=f"evaluation_{each.evaluation_id}"):
        if box:
            label = t("Select call {call} of {agent}", call=each.call.call_id, agent=agent)
            st.checkbox(plain(label), key=_box(each), label_visibility="collapsed", width="content")
        link, query = evaluation_link(each.evaluation_id)
        st.page_link(link, label=plain(each.call.call_id), query_params=query, width="content")
        # each part takes its direction from its own letters
        parts = " · ".join(f"<bdi>{escape(part)}</bdi>" for part in said if part)
        st.html(f'<span class="qa-parts">{parts}</span>', width="stretch")


def _box(each: EvaluationSummary) -> str:
    """A box is for the evaluation as it was seen: another revision has another one."""
    return f"choose_{each.evaluation_id}_{each.revision}"


def _select(able: Sequence[EvaluationSummary], *, is_on: bool) -> None:
    for each in able:
        st.session_state[_box(each)] = is_on


def _release(seen: Seen, chosen: Sequence[EvaluationSummary]) -> None:
    done = sum(release_one(seen, each.evaluation_id, each.revision) for each in chosen)
    if done:
        tell(tn("{n} evaluation is released.", "{n} evaluations are released.", done), was_done=True)

"""One evaluation beside its call: what was answered and why, what became of it, and what its reader may do.

`?evaluation=ID` names it. What is shown was read from the store of evaluations a moment ago.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section, Tile, Tiles
from dashboards.cards.scores import version_name
from dashboards.components import evaluation_controls
from dashboards.components.call_player import call_player
from dashboards.finding import agent_names
from dashboards.links import EVALUATIONS_PAGE, MY_EVALUATIONS_PAGE, call_link, evaluation_link
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.results.actions import acknowledge_or_dispute, at_moment, release_button, retract_form, told
from dashboards.results.deciding import decision_form
from dashboards.results.history import history_card
from dashboards.results.record import record
from dashboards.results.seen import Seen, seen_by
from dashboards.serving.review_store import reviews_of
from dashboards.shell.document import title
from qa_pipeline.reviews.faults import ReviewError
from qa_pipeline.reviews.states import Decision, EvaluationState
from qa_pipeline.reviews.values import Evaluation
from qa_pipeline.wording.evaluations import score_text, share_text, state_label, type_label
from qa_pipeline.wording.languages import t


def evaluation_page(page: Reading) -> None:
    """The page of the evaluation that the URL names."""
    if page.viewer.sees_only_own:
        st.page_link(MY_EVALUATIONS_PAGE, label=t("My evaluations"), icon=":material/arrow_back:")
    elif evaluation_controls.may_list(page):
        st.page_link(EVALUATIONS_PAGE, label=t("Evaluations"), icon=":material/arrow_back:")
    asked = st.query_params.get("evaluation", "")
    seen = seen_by(page.viewer, reviews_of(page.settings), page.snapshot)
    try:
        found = seen.reviews.evaluation(seen.who, asked)
    except ReviewError:
        title(t("No such evaluation"))
        st.warning(t("There is no such evaluation, or it is not yours to see."), icon=":material/search_off:")
        return
    title(f"{found.card.title}: {found.call.call_id}")
    told()
    _what_became_of_it(page, seen, found)
    _figures(page, found)
    beside, own = st.columns([3, 2], gap="medium")
    with beside:
        call_player(page, found.call.call_id)
    with own:
        with st.container(horizontal=True, key="evaluation_actions"):
            release_button(seen, found)
            link, query = call_link(found.call.call_id)
            st.page_link(link, label=t("The whole call"), icon=":material/call:", query_params=query)
        record(found, page.settings.timezone)
        acknowledge_or_dispute(seen, found, page.settings.timezone)
        decision_form(page, seen, found)
        retract_form(seen, found)
    rows = seen.reviews.history(seen.who, found.evaluation_id)
    board("history", Section("", (history_card(found, rows, page.settings.timezone),)))


def _figures(page: Reading, found: Evaluation) -> None:
    before = found.score_before_fail
    was_failed = before is not None and before != found.score
    why = t("{score} before the automatic fail", score=score_text(before)) if was_failed else ""
    tiles = [
        Tile(t("Score"), score_text(found.score), found.reason or why, tone="alert" if found.failed_by else ""),
        Tile(t("Coverage"), share_text(found.coverage), t("of the weight")),
        *(Tile(_critical(tag), score_text(score)) for tag, score in found.critical.items()),
    ]
    board("evaluation", Tiles(tuple(tiles)))
    zone, agent = page.settings.timezone, found.call.agent_id
    facts = {
        t("State"): state_label(found.state),
        t("Agent"): agent_names(page.snapshot).get(agent, agent) if agent else t("not known"),
        t("Day of the call"): found.call.call_date,
        t("Evaluator"): found.evaluator,
        t("Type"): type_label(found.evaluation_type),
        t("Submitted"): at_moment(found.submitted_at, zone),
        t("Released"): at_moment(found.released_at, zone),
        t("Version"): f"{found.scorecard_id} {version_name(found.scorecard_version)}",
    }
    lines = (f"<div><dt>{escape(label)}</dt><dd>{escape(str(value))}</dd></div>" for label, value in facts.items())
    st.html(f'<dl class="qa-facts">{"".join(lines)}</dl>')


def _critical(tag: str) -> str:
    names = {
        "customer": t("Customer critical"),
        "business": t("Business critical"),
        "compliance": t("Compliance critical"),
    }
    return names.get(tag, tag)


def _what_became_of_it(page: Reading, seen: Seen, found: Evaluation) -> None:
    """The dispute and its decision, also on the evaluation that the decision made; the way from one to the other."""
    before, after = _visible(seen, found.supersedes), _visible(seen, found.superseded_by)
    is_of_another = found.disputed_at is None and before is not None
    _dispute(page, before if is_of_another and before is not None else found, is_of_another=is_of_another)
    if found.state is EvaluationState.RETRACTED:
        st.warning(t("This evaluation was taken back; it counts no more."), icon=":material/undo:")
    for other, label in ((after, t("The evaluation in its place")), (before, t("The evaluation before it"))):
        if other is not None:
            link, query = evaluation_link(other.evaluation_id)
            st.page_link(link, label=label, icon=":material/arrow_forward:", query_params=query)


def _dispute(page: Reading, found: Evaluation, *, is_of_another: bool) -> None:
    zone = page.settings.timezone
    if found.disputed_at is not None and found.dispute_reason:
        texts = {question.id: question.text for question in found.card.questions}
        about = t(", ").join(texts.get(each, each) for each in found.dispute_questions)
        said = t("Disputed {moment}: {reason}", moment=at_moment(found.disputed_at, zone), reason=found.dispute_reason)
        st.info("  \n".join(plain(each) for each in (said, about) if each), icon=":material/gavel:")
    if found.decision is not None:
        words = {
            Decision.UPHELD: t("The evaluation stands."),
            Decision.CHANGED: t("Another evaluation took its place."),
            Decision.RULE_CHANGED: t("The card was at fault."),
        }
        became = t("This evaluation took the place of the disputed one.") if is_of_another else words[found.decision]
        said = t(
            "Decided {moment} by {who}: {reason}",
            moment=at_moment(found.decided_at, zone), who=found.decided_by, reason=found.decision_reason or "",
        )  # fmt: skip
        st.info(f"{became}  \n{plain(said)}", icon=":material/balance:")


def _visible(seen: Seen, evaluation_id: str | None) -> Evaluation | None:
    """An evaluation, where there is one that the person may see."""
    if evaluation_id is None:
        return None
    try:
        return seen.reviews.evaluation(seen.who, evaluation_id)
    except ReviewError:
        return None


with reading() as opened:
    evaluation_page(opened)

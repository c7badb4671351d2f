"""The form by which a dispute is decided: upheld, another evaluation in its place, or a rule that was at fault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboards.cards.scores import version_name
from dashboards.evaluating.card_choice import cards_of
from dashboards.evaluating.opening import around_call
from dashboards.page import Reading
from dashboards.results.actions import LONGEST_REASON, do, now_as, tell
from dashboards.results.record import answer_words
from dashboards.results.seen import Seen
from qa_pipeline.reviews.states import Decision, EvaluationState
from qa_pipeline.reviews.values import Evaluation, NewAnswer
from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.scoring import Given, NoOption
from qa_pipeline.wording.languages import t

NOT_APPLICABLE = NoOption.NOT_APPLICABLE.value


def decision_form(page: Reading, seen: Seen, found: Evaluation) -> None:
    """The form, for somebody who may decide; for an evaluator of the call, that somebody else does."""
    if found.state is not EvaluationState.DISPUTED or seen.who.is_agent:
        return
    is_own = seen.who.login == found.evaluator
    if seen.reviews.why_not_decide(seen.who, found.evaluation_id) is not None:
        if is_own:
            st.info(
                t("You evaluated this call. Somebody else decides the dispute."), icon=":material/supervisor_account:"
            )
        return
    if is_own:
        st.warning(
            t("You are the only person here, so you decide about your own evaluation; the history says so."),
            icon=":material/person_alert:",
        )
    words = {
        Decision.UPHELD: t("Upheld: the evaluation stands"),
        Decision.CHANGED: t("Changed: another evaluation takes its place"),
        Decision.RULE_CHANGED: t("Rule changed: the card was at fault"),
    }
    with st.container(border=True, key="decision"):
        st.subheader(t("Decide the dispute"), anchor=False)
        chosen = st.radio(t("Decision"), list(words), key="decision_kind", format_func=words.__getitem__)
        changed = _new_answers(found) if chosen is Decision.CHANGED else []
        newer = _newer_card(page, found) if chosen is Decision.RULE_CHANGED else None
        st.text_area(t("Reason, which the agent reads"), key="decision_reason", max_chars=LONGEST_REASON)
        st.button(
            t("Decide"), key="decide", icon=":material/gavel:", type="primary", on_click=_decide,
            args=(page, seen, found, chosen, changed, newer),
        )  # fmt: skip


def _newer_card(page: Reading, found: Evaluation) -> Card | None:
    """The card as it is in scorecards/ now for calls of that day, where the person wants the call scored by it."""
    card = cards_of(page.settings).card_on(found.scorecard_id, found.call.call_date)
    if card is None or card.version == found.scorecard_version:
        st.caption(
            t("Once the card is corrected in scorecards/, the call can be scored by it. Without that the score stays.")
        )
        return None
    label = t("Score it again by the card as it is now, version {version}", version=version_name(card.version))
    return card if st.checkbox(label, key="decision_card", value=True) else None


def _new_answers(found: Evaluation) -> list[Question]:
    questions = {question.id: question for question in found.card.questions}
    chosen = st.multiselect(
        t("Questions with another answer"), list(questions), default=[*found.dispute_questions],
        key=f"changed_{found.evaluation_id}_{found.revision}", format_func=lambda each: questions[each].text,
    )  # fmt: skip
    for question_id in chosen:
        _answer_widgets(found, questions[question_id])
    return [questions[question_id] for question_id in chosen]


def _answer_widgets(found: Evaluation, question: Question) -> None:
    given = found.answers.get(question.id)
    now = NoOption.UNANSWERED if given is None else given.answer
    st.caption(t("{question} Now: {answer}", question=question.text, answer=answer_words(question, now)))
    key = f"new_{question.id}"
    texts = {option.id: option.text for option in question.options}
    label = t("New answer to: {question}", question=question.text)
    match question.type:
        case "single":
            options = [*texts, *([NOT_APPLICABLE] if question.not_applicable else [])]
            st.selectbox(
                label, options, index=None, key=key, placeholder=t("Choose an answer"),
                format_func=lambda each: texts.get(each) or t("not applicable"),
            )  # fmt: skip
        case "several":
            st.multiselect(label, list(texts), key=key, format_func=texts.__getitem__)
        case "number":
            st.number_input(label, key=key, value=None)
        case "text":
            st.text_area(label, key=key, max_chars=LONGEST_REASON)
        case "date":
            st.date_input(label, key=key, value=None, format="YYYY-MM-DD")
    if question.not_applicable and question.type != "single":
        st.checkbox(t("not applicable"), key=f"{key}_na")
    st.text_input(t("Comment to this answer"), key=f"{key}_comment", max_chars=LONGEST_REASON)


def _chosen_answer(question: Question) -> Given | None:
    value: Any = st.session_state.get(f"new_{question.id}")
    if st.session_state.get(f"new_{question.id}_na") or value == NOT_APPLICABLE:
        return NoOption.NOT_APPLICABLE
    match question.type:
        case "single":
            return None if value is None else (value,)
        case "several":
            return tuple(value) if value else None
        case "number":
            return None if value is None else float(value)
        case "text":
            return value.strip() or None if isinstance(value, str) else None
        case "date":
            return value if isinstance(value, dt.date) else None


def _decide(
    page: Reading, seen: Seen, found: Evaluation, decision: Decision, changed: Sequence[Question], newer: Card | None
) -> None:
    reason = st.session_state["decision_reason"].strip()
    if not reason:
        tell(t("Say why: the agent reads your reason."), was_done=False)
        return
    answers: dict[str, NewAnswer] = {}
    for question in changed:
        answer = _chosen_answer(question)
        if answer is None:
            tell(t("Choose a new answer to: {question}", question=question.text), was_done=False)
            return
        answers[question.id] = NewAnswer(answer, st.session_state.get(f"new_{question.id}_comment", "").strip() or None)
    if decision is Decision.CHANGED and not answers:
        tell(t("Choose the questions that get another answer."), was_done=False)
        return
    facts = around_call(page.viewer, page.settings, found).facts if newer is not None else None
    was_done = do(
        "decide", found.evaluation_id,
        lambda request_id: seen.reviews.decide(
            now_as(seen), found.evaluation_id, decision, reason, answers=answers, card=newer, facts=facts,
            revision=found.revision, request_id=request_id,
        ),
        t("The dispute is decided, and the agent sees the decision."),
    )  # fmt: skip
    if was_done:
        st.session_state["decision_reason"] = ""

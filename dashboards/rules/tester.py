"""A rule tried on a call: the project's or a pasted one, on a published call or on what is written down.

It is what `qa-pipeline rules test` does. What is pasted is neither stored nor part of the address.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards.rule_trials import trial_card
from dashboards.components import url_controls
from dashboards.evaluating.on_call_page import why_hidden
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.rules.drafts import LONGEST_RULE, RefusedDraft, draft_of, read_draft
from dashboards.rules.known import KnownRules
from dashboards.serving.recording_places import told_to
from qa_pipeline.judging.stored_calls import read_stored_call
from qa_pipeline.judging.trial import Trial, as_meant, try_rule
from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.dialogue import BadDialogue, read_dialogue
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.rule_faults import rule_fault

LONGEST_TEXT = 200_000
"""Characters of a pasted dialogue: some ten hours of talk. The command reads longer ones."""

EXAMPLE = "0:02 agent: Thank you for calling, this is Wei.\n0:06 customer (angry): I want to cancel."
RULE_EXAMPLE = "id: greeting\ntitle: Greets the customer\ncondition:\n  phrases: {any: [good morning]}\n  role: agent"

EVERY = "*"
"""As the rule to try: all of them."""


class NothingToTry(ValueError):
    """Why nothing can be tried: a sentence for the page."""


def tester(page: Reading, known: KnownRules) -> None:
    """The view."""
    st.caption(
        t("What each condition comes to, with the place: the same as `qa-pipeline rules test`. Nothing is stored.")
    )
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            is_pasted = _which_rule(known)
        with right:
            on = _which_call()
        wanted = st.button(t("Try it"), icon=":material/science:")
    if not (wanted or _is_in_address(is_pasted=is_pasted, on=on)):
        return
    try:
        _show(*_tried(page, known, is_pasted=is_pasted, on=on))
    except RefusedDraft as error:
        faults = [rule_fault(told_to(page.viewer, fault, page.settings)) for fault in error.faults]
        st.error("  \n".join(map(plain, faults)), icon=":material/error:")
    except NothingToTry as error:
        st.warning(plain(str(error)), icon=":material/info:")


def _is_in_address(*, is_pasted: bool, on: str) -> bool:
    """Whether the address says all: then a link shows what comes of it."""
    return not is_pasted and on == "call" and bool(st.query_params.get("call"))


def _which_rule(known: KnownRules) -> bool:
    """Draws what to try; whether it is pasted."""
    names = {"project": t("A rule of the project"), "yaml": t("A pasted rule")}
    source = url_controls.named_choice("rule_from", t("Rule"), names, "project" if known.book.rules else "yaml")
    if source == "yaml":
        st.text_area(
            t("The rule, as YAML"), key="tried_yaml", height=260, max_chars=LONGEST_RULE + 1, placeholder=RULE_EXAMPLE
        )
        return True
    rules = {EVERY: t("all rules"), **{rule.id: rule.rule.title for rule in known.book.rules}}
    url_controls.named_choice("id", t("Which one"), rules, EVERY)
    return False


def _which_call() -> str:
    """Draws on what to try it; call or text."""
    names = {"call": t("A published call"), "text": t("A dialogue or a text")}
    on = url_controls.named_choice("on", t("Call"), names, "call")
    if on == "call":
        url_controls.text("call", t("Id of the call"), "c0101")
    else:
        st.text_area(
            t("What is said"), key="tried_text", height=260, max_chars=LONGEST_TEXT + 1, placeholder=EXAMPLE,
            help=t("A line for each sentence, with or without a time; a text without speakers is the agent's."),
        )  # fmt: skip
    return on


def _tried(
    page: Reading, known: KnownRules, *, is_pasted: bool, on: str
) -> tuple[list[Trial], str | None, tuple[str, ...]]:
    """What each rule came to, the call where it is a published one, and faults of the project's own rules."""
    if is_pasted:
        draft = draft_of(str(st.session_state.get("tried_yaml") or ""), t("the pasted rule"))
        book, ids, faults = read_draft(page.settings, known, draft)
    else:
        asked = url_controls.one_of("id", [rule.id for rule in known.book.rules], EVERY)
        book, faults = known.book, ()
        ids = [rule.id for rule in book.rules] if asked == EVERY else [asked]
    rules = [book.rule(rule_id) for rule_id in ids]
    if on == "call":
        call_id = st.query_params.get("call", "").strip()
        return _on_call(page, book, rules, call_id), call_id, faults
    return _on_text(book, rules, str(st.session_state.get("tried_text") or "")), None, faults


def _on_call(page: Reading, book: RuleBook, rules: Sequence[BookedRule], call_id: str) -> list[Trial]:
    if not call_id:
        raise NothingToTry(t("Write the id of a call."))
    if reason := why_hidden(page, call_id):
        raise NothingToTry(reason)
    with page.snapshot.cursor() as cursor:
        call = read_stored_call(cursor, call_id, book, page.settings.metrics)
    if call is None:
        raise NothingToTry(t("There is no published call {call} that can be judged.", call=call_id))
    return [try_rule(call, book, rule) for rule in rules]


def _on_text(book: RuleBook, rules: Sequence[BookedRule], text: str) -> list[Trial]:
    if not text.strip():
        raise NothingToTry(t("Write or paste what is said."))
    if len(text) > LONGEST_TEXT:
        raise NothingToTry(
            t("At most {n} characters are read here; `qa-pipeline rules test --dialogue FILE` reads longer ones.",
              n=f"{LONGEST_TEXT:,}")
        )  # fmt: skip
    try:
        call: RuleCall = read_dialogue(text)
    except BadDialogue as error:
        raise NothingToTry(t("What is said: {fault}", fault=rule_fault(str(error)))) from None
    return [try_rule(as_meant(call, rule.rule.applies_to), book, rule) for rule in rules]


def _show(trials: Sequence[Trial], call_id: str | None, faults: tuple[str, ...]) -> None:
    if faults:
        st.caption(t("The project's own rules have faults, so the pasted one was tried without them."))
    if not trials:
        st.info(t("There is no rule to try."), icon=":material/rule:")
        return
    board("tried", *(Section("", (trial_card(trial, call_id),), narrowest=600) for trial in trials))

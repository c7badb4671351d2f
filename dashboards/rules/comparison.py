"""A changed rule against all stored calls, before it counts: what `qa-pipeline rules diff` does, with a page around it.

For who may, which is asked for where a comparison is begun, shown and taken along.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Card, Part, Section
from dashboards.cards import rule_changes as cards
from dashboards.components import date_controls
from dashboards.filters import DateRange
from dashboards.finding import agent_names
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.periods import shown_range
from dashboards.rules.drafts import LONGEST_RULE, Drafts, RefusedDraft, draft_of, read_draft
from dashboards.rules.flips_route import flips_path
from dashboards.rules.known import KnownRules
from dashboards.rules.running import MOST_EXAMPLES, Busy, Comparing, begin, cancel, comparison_of
from dashboards.serving.access import Right, viewer
from dashboards.serving.recording_places import told_to
from dashboards.serving.review_store import blind_calls_for
from qa_pipeline.judging.comparing import RuleChange, changed_rules
from qa_pipeline.judging.score_effects import Group
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rule_faults import rule_fault

LOOK_EVERY_S = 1.0
LARGEST_FILE_MB = 1


def comparison(page: Reading, known: KnownRules) -> None:
    """The view."""
    who = viewer()
    if not who.may(Right.COMPARE_RULES):
        st.info(t("Changed rules are compared by leads and administrators."), icon=":material/lock:")
        return
    st.caption(
        t("What a changed rule would change in stored calls: the same as `qa-pipeline rules diff`. Nothing is changed.")
    )
    _ask(page, known, who.user)
    found = comparison_of(who.user)
    if found is None:
        _how_to_publish()
    elif found.is_running:
        st.fragment(_progress, run_every=LOOK_EVERY_S)(who.user)
    else:
        _result(page, found)


def _ask(page: Reading, known: KnownRules, owner: str) -> None:
    """Draws what to compare, and begins it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dates = date_controls.date_range(page)
        st.text_area(t("The changed rule, as YAML"), key="compared_yaml", height=260, max_chars=LONGEST_RULE + 1)
        st.file_uploader(
            t("or files with changed rules"), type=["yaml", "yml"], accept_multiple_files=True, key="compared_files",
            max_upload_size=LARGEST_FILE_MB,
        )  # fmt: skip
        if not st.button(t("Compare"), icon=":material/compare_arrows:"):
            return
    try:
        _begin(page, known, owner, dates)
    except RefusedDraft as error:
        faults = [rule_fault(told_to(page.viewer, fault, page.settings)) for fault in error.faults]
        st.error("  \n".join(map(plain, faults)), icon=":material/error:")
    except Busy:
        st.warning(t("Another comparison is running; only one may at a time."), icon=":material/hourglass_top:")


def _begin(page: Reading, known: KnownRules, owner: str, dates: DateRange) -> None:
    if known.faults:
        raise RefusedDraft([t("The project's own rules have faults; mend those first.")])
    drafts = _drafts()
    book, _, _ = read_draft(page.settings, known, drafts)
    if not changed_rules(known.book, book):
        raise RefusedDraft([t("No rule differs: this says what is in use already.")])
    begin(owner, drafts, dates)


def _drafts() -> Drafts:
    """What was pasted and uploaded.

    Raises:
        RefusedDraft: it is nothing, too long, or no text.
    """
    pasted = str(st.session_state.get("compared_yaml") or "")
    files = st.session_state.get("compared_files") or []
    drafts = dict(draft_of(pasted, t("the pasted rule"))) if pasted.strip() or not files else {}
    for file in files:
        try:
            drafts |= draft_of(file.getvalue().decode("utf-8-sig"), file.name)
        except UnicodeDecodeError:
            raise RefusedDraft([t("{file} is not UTF-8; save it as UTF-8.", file=file.name)]) from None
    return drafts


def _progress(owner: str) -> None:
    """How far it is, once a second; in the end the page runs again and shows what came of it."""
    found = comparison_of(owner)
    if found is None or not found.is_running:
        st.rerun()
    done = min(1.0, found.calls / found.total) if found.total else 0.0
    said = tn("{done} of {n} call judged", "{done} of {n} calls judged", found.total, done=f"{found.calls:,}")
    st.progress(done, text=said if found.total else t("Reading the rules and the calls …"))
    st.button(t("Cancel"), icon=":material/stop_circle:", on_click=cancel, args=(found,))


def _result(page: Reading, found: Comparing) -> None:
    if found.state == "cancelled":
        st.info(t("The comparison was cancelled."), icon=":material/stop_circle:")
        return
    if found.state == "failed":
        reason = told_to(page.viewer, found.reason, page.settings)
        st.error(f"{t('The comparison came to nothing.')}  \n{plain(reason)}", icon=":material/error:")
        return
    blind = blind_calls_for(page.viewer, page.settings)
    judged = tn("{n} call judged by both", "{n} calls judged by both", found.calls)
    st.markdown(f"**{plain(judged)}**, {plain(shown_range(found.days))}")
    parts = [part for change in found.changes.values() for part in _parts(page, found, change, blind)]
    named = _names(page)
    parts += [Section("", (cards.scores_card(change, named),)) for change in found.scores]
    board("rule_changes", *parts)
    for fault in found.card_faults:
        st.caption(
            plain(told_to(page.viewer, t("{fault} So scores by this card are not in it.", fault=fault), page.settings))
        )
    if blind is None:
        st.caption(t("Calls that flip are hidden: it can't be looked up which of them you are to evaluate blind."))
    elif found.flips:
        label = t("All calls that flip, as CSV")
        link = f'<a class="qa-file" href="{escape(flips_path())}" download>{escape(label)}</a>'
        st.html(link, width="content")
    _how_to_publish()


def _names(page: Reading) -> Callable[[Group], str]:
    """Names of teams and agents."""
    agents = agent_names(page.snapshot)
    return lambda group: agents.get(group[1], group[1]) if group[0] == "agent" else group[1]


def _parts(page: Reading, found: Comparing, change: RuleChange, blind: frozenset[str] | None) -> list[Part]:
    agents = agent_names(page.snapshot)

    def taker(agent_id: str | None) -> str:
        return UNKNOWN if agent_id is None else agents.get(agent_id, agent_id)

    named = _names(page)
    examples = {} if blind is None else found.examples
    flips = cards.flips_card(change, examples, taker, blind or frozenset(), MOST_EXAMPLES)
    effects = [
        cards.groups_card(change, "team", t("Team"), named),
        cards.groups_card(change, "agent", t("Agent"), named),
    ]
    return [
        Section(cards.change_title(change), (cards.kinds_card(change),)),
        cards.change_tiles(change),
        *_sections([flips]),
        *_sections(effects),
    ]


def _sections(found: list[Card | None]) -> list[Section]:
    there = tuple(card for card in found if card is not None)
    return [Section("", there)] if there else []


def _how_to_publish() -> None:
    st.info(
        t("Publishing is the second step: put the file into the folder rules of the project, in the place of the old "
          "one, then run `qa-pipeline rules run`. It applies the rules to stored calls, without cost."),
        icon=":material/publish:",
    )  # fmt: skip

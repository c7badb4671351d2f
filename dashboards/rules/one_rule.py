"""A rule's own view: what it says, what it comes to, for whom, why not, and its newest hits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Card, Section
from dashboards.cards import rule_groups
from dashboards.cards import rules as cards
from dashboards.cards.rule_hits import hits_card
from dashboards.cards.scores import NOBODY, version_name
from dashboards.components import url_controls
from dashboards.filters import CallFilter, DateRange, published_ranges, rule_choice
from dashboards.finding import agent_names
from dashboards.links import CALLS_PAGE, RULES_PAGE
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.people import people_of
from dashboards.periods import comparable, periods_of
from dashboards.queries import ask, rules_of
from dashboards.rules.known import KnownRules
from qa_pipeline.published.snapshot import Row
from qa_pipeline.rules.book import BookedRule
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.rule_conditions import rule_lines
from qa_pipeline.wording.rules import severity_label

MOST_HITS = 50

FIELDS = {"agent": "agents", "team": "teams", "supervisor": "supervisors", "queue": "queues"}
"""What groups are by → the field of a `CallFilter`."""


def one_rule(page: Reading, known: KnownRules, rule_id: str, dates: DateRange, period: str) -> None:
    """The view of the rule of this id."""
    _back()
    applied = next((row for row in rules_of(page.snapshot) if row["rule_id"] == rule_id), None)
    rule = known.rule(rule_id)
    if applied is None:
        st.warning(t("No rule {rule} was applied to any call.", rule=plain(rule_id)), icon=":material/search_off:")
        if rule is not None:
            _what_it_says(rule, None)
        return
    st.header(plain(applied["title"]), anchor=False)
    _what_it_says(rule, applied)
    group, key = _group(page)
    rows = _went(page, dates, rule_id, group, key)
    earlier = comparable(dates, published_ranges(page.publication)[0].first)
    before = _went(page, earlier, rule_id, group, key) if earlier else []
    figures = cards.by_rule(rows, before).get(rule_id)
    if figures is None:
        st.info(t("It was applied to no call of these dates and this choice."), icon=":material/event_busy:")
        return
    _show(page, figures, rows, dates, period, group, key)


def _back() -> None:
    kept = {name: values for name, values in url_controls.parameters().items() if name not in ("id", "group", "key")}
    st.page_link(RULES_PAGE, label=t("All rules"), icon=":material/arrow_back:", query_params=kept)


def _what_it_says(rule: BookedRule | None, applied: Row | None) -> None:
    """Severity, owner, tags and versions in a line, the rule in words, and what to do."""
    if rule is None:
        st.caption(t("No file has this rule now, so only what it came to is known."))
        return
    facts = [
        severity_label(rule.rule.severity), rule.id, t("version {version}", version=version_name(rule.version)),
        *([t("owner: {owner}", owner=rule.rule.owner)] if rule.rule.owner else []),
        *rule.rule.tags,
        *([t("needs review")] if rule.rule.needs_review else []),
    ]  # fmt: skip
    st.caption(plain(" · ".join(facts)))
    if applied is not None and applied["rule_version"] != rule.version:
        said = t(
            "The file says something else than what was applied last (version {version}). `qa-pipeline rules run` "
            "applies it to stored calls.",
            version=version_name(applied["rule_version"]),
        )
        st.info(said, icon=":material/update:")
    with st.expander(t("What it says"), icon=":material/subject:"):
        st.markdown("\n".join(f"{'  ' * line.depth}- {plain(line.text)}" for line in rule_lines(rule.rule)))
        if rule.rule.what_to_do:
            st.markdown(f"**{t('What to do')}**: {plain(rule.rule.what_to_do)}")
        st.page_link(
            RULES_PAGE, label=t("Try it on a call"), icon=":material/science:",
            query_params={"view": "try", "id": rule.id},
        )  # fmt: skip


def group_labels(page: Reading) -> dict[str, str]:
    """What rates are compared by, where the snapshot knows it."""
    labels = {"agent": t("Agent"), "team": t("Team"), "supervisor": t("Supervisor"), "queue": t("Queue")}
    if not people_of(page.snapshot):
        del labels["team"], labels["supervisor"]
    return labels


def _group(page: Reading) -> tuple[str, str | None]:
    """What rates are compared by, and the one group whose calls are meant, where one is chosen."""
    labels = group_labels(page)
    group = url_controls.one_of("group", list(labels), "agent")
    key = st.query_params.get("key") or None
    st.session_state["control_group"] = group
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            t("Compared"), list(labels), key="control_group", format_func=labels.__getitem__, required=True,
            on_change=_write_group,
        )  # fmt: skip
        if key is not None:
            name = _named(page, group)({"key": key})
            st.button(
                plain(f"{labels[group]}: {name}"), key="chip_key", icon=":material/close:",
                help=t("Take this filter away"), on_click=url_controls.set_parameters, kwargs={"key": None},
            )  # fmt: skip
    return group, key


def _write_group() -> None:
    url_controls.set_parameters(group=st.session_state["control_group"], key=None)


def _went(page: Reading, dates: DateRange, rule_id: str, group: str, key: str | None) -> list[Row]:
    dimension = "all" if key is None else group
    return ask(page.snapshot, "how_rules_went", dates, dimension=dimension, key=key, period=None, rules=[rule_id])


def _show(
    page: Reading,
    figures: cards.RuleFigures,
    rows: Sequence[Row],
    dates: DateRange,
    period: str,
    group: str,
    key: str | None,
) -> None:
    rule_id, version = figures.now["rule_id"], figures.now["rule_version"]
    narrow: dict[str, tuple[str, ...]] = {} if key is None else {FIELDS[group]: (key,)}
    dimension = "all" if key is None else group
    by_period = ask(
        page.snapshot, "how_rules_went", dates, dimension=dimension, key=key, period=period, rules=[rule_id]
    )
    of_groups = ask(page.snapshot, "how_rules_went", dates, dimension=group, key=None, period=None, rules=[rule_id])
    hits = ask(
        page.snapshot, "list_newest_rule_hits", dates, rules=[rule_id], needs_review=None, dimension=group, key=key,
        most=MOST_HITS,
    )  # fmt: skip
    reasons = ask(page.snapshot, "why_a_rule_was_not_evaluated", dates, rule=rule_id, version=version)
    labels = group_labels(page)
    title = t("Hit rate by {group}", group=labels[group].lower())
    beside = [rule_groups.versions_card(rows, dates), rule_groups.reasons_card(reasons) if key is None else None]
    agents = agent_names(page.snapshot)

    def taker(agent_id: str | None) -> str:
        return UNKNOWN if agent_id is None else agents.get(agent_id, agent_id)

    board(
        "rule",
        cards.rule_tiles(figures, dates, narrow),
        Section("", (cards.course_card(t("Hit rate over time"), by_period, periods_of(dates, period), narrow,
                                       figures=figures),)),
        Section("", (hits_card(t("Newest hits"), hits, taker, with_rule=False, notes=_how_many(hits)),)),
        Section("", (rule_groups.groups_card(
            title, labels[group], [row for row in of_groups if row["rule_version"] == version], dates, FIELDS[group],
            _named(page, group), lambda row: _address(group=group, key=row["key"]),
        ),)),
        *_sections(beside),
    )  # fmt: skip
    every = CallFilter(dates, rules=(rule_choice(rule_id, "hit"),), **narrow)  # type: ignore[arg-type]
    label = t("All hits in the list of calls")
    st.page_link(CALLS_PAGE, label=label, icon=":material/list:", query_params=every.to_query())


def _sections(found: Sequence[Card | None]) -> list[Section]:
    there = tuple(card for card in found if card is not None)
    return [Section("", there)] if there else []


def _how_many(hits: Sequence[Row]) -> tuple[str, ...]:
    return (t("The {n} newest are listed.", n=MOST_HITS),) if len(hits) == MOST_HITS else ()


def _address(**changed: str) -> str:
    kept = {name: values for name, values in url_controls.parameters().items() if name != "page"}
    return address(RULES_PAGE, kept | {name: [value] for name, value in changed.items()})


def _named(page: Reading, group: str) -> Callable[[Any], str]:
    names = agent_names(page.snapshot)

    def name(row: Row) -> str:
        key = str(row["key"])
        if key == NOBODY:
            return t("not known")
        if group == "agent":
            known = names.get(key, key)
            return known if known == key else f"{known} ({key})"
        return names.get(key, key) if group == "supervisor" else key

    return name

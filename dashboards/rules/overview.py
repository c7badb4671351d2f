"""All rules over some days: rates with their denominators, their course, what waits to be reviewed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Card, Section
from dashboards.cards import rules as cards
from dashboards.cards.rule_hits import hits_card
from dashboards.components import date_controls, url_controls
from dashboards.filters import DateRange, published_ranges
from dashboards.finding import agent_names
from dashboards.links import RULES_PAGE
from dashboards.page import Reading
from dashboards.periods import comparable, periods_of
from dashboards.queries import ask, rules_of
from dashboards.rules.known import KnownRules, chosen_rules, tags_and_owners
from dashboards.rules.one_rule import one_rule
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rules import SEVERITIES, severity_label

MOST_COURSES = 12
"""Rules whose course is drawn below the table: those that matter most. Each other one has it on its own view."""

MOST_TO_REVIEW = 10


def outcomes(page: Reading, known: KnownRules) -> None:
    """The view: of all rules that are chosen, or of the one that the URL names."""
    applied = rules_of(page.snapshot)
    if not applied:
        st.info(
            t("No rule was applied to any call yet. Copy samples/rules to the folder rules of the project, edit the "
              "lists, and run `qa-pipeline rules run`, which costs nothing."),
            icon=":material/rule:",
        )  # fmt: skip
        return
    asked = st.query_params.get("id", "")
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dates = date_controls.date_range(page)
            period = date_controls.period(dates)
        chosen = {} if asked else _filters(known)
    if asked:
        one_rule(page, known, asked, dates, period)
    else:
        _all_rules(page, chosen_rules(applied, known, chosen), dates, period)


def _filters(known: KnownRules) -> Mapping[str, Sequence[str]]:
    tags, owners = tags_and_owners(known)
    labels: dict[str, tuple[str, Sequence[str], Callable[[str], str]]] = {
        "severity": (t("Severity"), list(SEVERITIES), severity_label),
        "tag": (t("Tag"), tags, str),
        "owner": (t("Owner"), owners, str),
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return {
            name: url_controls.many(name, label, options, show)
            for name, (label, options, show) in labels.items()
            if options or name in st.query_params
        }


def _all_rules(page: Reading, chosen: Sequence[Row], dates: DateRange, period: str) -> None:
    ids = [row["rule_id"] for row in chosen]
    rows = ask(page.snapshot, "how_rules_went", dates, dimension="all", key=None, period=None, rules=ids)
    earlier = comparable(dates, published_ranges(page.publication)[0].first)
    before = (
        ask(page.snapshot, "how_rules_went", earlier, dimension="all", key=None, period=None, rules=ids)
        if earlier
        else []
    )
    found = cards.by_rule(rows, before)
    shown = [found[rule_id] for rule_id in ids if rule_id in found]
    if not shown:
        st.info(t("No rule of this choice was applied to calls of these dates."), icon=":material/filter_alt_off:")
        return
    drawn = shown[:MOST_COURSES]
    courses = _courses(page, drawn, dates, period)
    to_review = ask(
        page.snapshot, "list_newest_rule_hits", dates, rules=ids, needs_review=True, dimension="all", key=None,
        most=MOST_TO_REVIEW,
    )  # fmt: skip
    left = len(shown) - len(drawn)
    more = tn("{n} rule more has its course on its own view.", "{n} rules more have theirs on their own views.", left)
    board(
        "rules",
        Section("", (cards.rules_card(shown, dates, lambda row: rule_address(row["rule_id"])),)),
        Section("", (hits_card(t("Newest hits to review"), to_review, taker(page), with_rule=True),)),
        Section(t("Over time"), courses, (more,) if left else ()),
    )


def _courses(page: Reading, drawn: Sequence[cards.RuleFigures], dates: DateRange, period: str) -> tuple[Card, ...]:
    ids = [figures.now["rule_id"] for figures in drawn]
    rows = ask(page.snapshot, "how_rules_went", dates, dimension="all", key=None, period=period, rules=ids)
    periods = periods_of(dates, period)
    return tuple(
        cards.course_card(
            figures.now["title"],
            [row for row in rows if row["rule_id"] == figures.now["rule_id"]],
            periods,
            {},
            figures=figures,
            href=rule_address(figures.now["rule_id"]),
        )
        for figures in drawn
    )


def rule_address(rule_id: str) -> str:
    """A rule's own view, with the dates as they are."""
    kept = {name: values for name, values in url_controls.parameters().items() if name in ("dates", "from", "to", "by")}
    return address(RULES_PAGE, kept | {"id": [rule_id]})


def taker(page: Reading) -> Callable[[str | None], str]:
    """Names of agents by their ids."""
    names = agent_names(page.snapshot)
    return lambda agent_id: UNKNOWN if agent_id is None else names.get(agent_id, agent_id)

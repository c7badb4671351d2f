"""What figures of evaluations are narrowed by: dates, card, version, team, supervisor, queue, agent. All in the URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards.cards.scores import version_name
from dashboards.components import url_controls
from dashboards.components.team_controls import team_controls
from dashboards.exporting.routes import export_path
from dashboards.filters import DateRange
from dashboards.finding import agent_names
from dashboards.page import Reading
from dashboards.queries import ask, filter_choices
from dashboards.results.choice import EvaluationChoice
from dashboards.results.listing import count_changed, knows_evaluations, read_until
from dashboards.results.seen import Seen
from dashboards.serving.access import Right
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.languages import t, tn


def explain_none(page: Reading) -> bool:
    """Says so where the snapshot is of a version without figures of evaluations; whether it is."""
    if knows_evaluations(page.snapshot):
        return False
    st.info(
        t("This snapshot is of an earlier version, without figures of evaluations; the next run publishes them, free."),
        icon=":material/update:",
    )
    return True


def said_of_snapshot(page: Reading, seen: Seen) -> None:
    """Of which moment the figures are, and how much has changed since."""
    seq, read_at = read_until(page.snapshot)
    if read_at is None:
        st.caption(t("No evaluation was published yet. The next run publishes those that are saved."))
        return
    since = t("Figures are as of {moment}; lists show what was saved since then too.", moment=moment(read_at))
    changed = count_changed(seen, seq) if may_list(page) else 0
    more = tn("{n} evaluation has changed since then.", "{n} evaluations have changed since then.", changed)
    st.caption(f"{since} {more}" if changed else since)


def cards_of(page: Reading, dates: DateRange) -> list[Row]:
    """The versions of cards by which calls of these days were evaluated, those with the most evaluations first."""
    return ask(page.snapshot, "list_scored_cards", dates)


def card_controls(cards: Sequence[Row]) -> tuple[str, str] | None:
    """The card and its version that are chosen; unless somebody chooses, of the card with the most evaluations the
    version whose calls begin last. None where nothing was evaluated."""
    if not cards:
        return None
    amounts: dict[str, int] = {}
    for row in cards:
        amounts[row["scorecard_id"]] = amounts.get(row["scorecard_id"], 0) + row["evaluations"]
    titles = {row["scorecard_id"]: row["title"] for row in reversed(cards)}
    usual = max(amounts, key=lambda each: (amounts[each], each))
    card = url_controls.named_choice("card", t("Scorecard"), titles, usual)
    own = sorted((row for row in cards if row["scorecard_id"] == card), key=lambda row: row["first_date"], reverse=True)
    names = {
        row["scorecard_version"]: t(
            "{version} since {date}", version=version_name(row["scorecard_version"]), date=row["first_date"]
        )
        for row in own
    }
    version = url_controls.named_choice("version", t("Version"), names, next(iter(names)))
    return card, version


def people_controls(page: Reading) -> EvaluationChoice:
    """Agent, team, supervisor and queue, as the URL has them now."""
    names = agent_names(page.snapshot)
    choices = filter_choices(page.snapshot)
    agents = {agent: names.get(agent, agent) for agent in choices["agents"]}
    url_controls.optional("agent", t("Agent"), agents, t("all agents"))
    team_controls(page)
    url_controls.optional("queue", t("Queue"), {queue: queue for queue in choices["queues"]}, t("all queues"))
    return EvaluationChoice.from_query(url_controls.parameters())


def may_list(page: Reading) -> bool:
    """Whether this person has lists of evaluations behind the figures."""
    return page.viewer.may(Right.SEE_EVALUATIONS) or page.viewer.may(Right.EVALUATE)


def files(page: Reading, name: str, of: str, query: Mapping[str, Sequence[str]]) -> None:
    """Links to the rows of the page as files, for those who may take them along; `of` says what they are."""
    if not page.viewer.may(Right.EXPORT):
        return
    asked = urlencode(dict(query), doseq=True)
    with st.container(horizontal=True, key=f"files_{name}"):
        for kind, word in (("csv", "CSV"), ("xlsx", "Excel")):
            address = f"{export_path()}/{name}.{kind}?{asked}"
            label = t("{what} as {format}", what=of, format=word)
            link = f'<a class="qa-file" href="{escape(address)}" aria-label="{escape(label)}" download>{word}</a>'
            st.html(link, width="content")


def with_version(chosen: EvaluationChoice, found: tuple[str, str] | None) -> EvaluationChoice:
    """The choice of one version of a card alone."""
    return chosen if found is None else replace(chosen, cards=(found[0],), versions=(found[1],))

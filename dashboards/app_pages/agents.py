"""All agents side by side, and one of them: how their calls went, against their queue and everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import agents as cards
from dashboards.cards import trends
from dashboards.cards.overview import GROUP_METRICS, UNKNOWN_KEY
from dashboards.cards.rows import means_of
from dashboards.cards.speech import languages_card, roles_card
from dashboards.changes import change_of_mean
from dashboards.components import date_controls, url_controls
from dashboards.components.team_controls import team_controls
from dashboards.filters import DateRange
from dashboards.finding import agent_names
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.people import people_of, within
from dashboards.periods import comparable, periods_of
from dashboards.queries import DAILY_TABLES, ask, ask_frame
from dashboards.shell.document import title
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.definitions import name as metric_name
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.missing_labels import gaps_of, labels_are_hidden

EXTREMES_SHOWN = 5


def agents(page: Reading) -> None:
    """The whole page."""
    title(t("Agents"))
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    with controls:
        dates = date_controls.date_range(page)
    if not page.snapshot.tables() >= DAILY_TABLES:
        st.info(t("This snapshot is of an earlier version, without daily figures; the next run publishes them, free."))
        return
    rows = ask(page.snapshot, "which_agents_and_queues_took_calls", dates)
    groups = [row for row in rows if row["dimension"] == "agent" and row["key"] != UNKNOWN_KEY]
    if not groups:
        st.info(t("No calls of a known agent in these dates."), icon=":material/event_busy:")
        return
    people = within(people_of(page.snapshot), dates)
    groups = cards.with_people(groups, people)
    names = {group["key"]: cards.named(group) for group in sorted(groups, key=lambda group: cards.named(group).lower())}
    with controls:
        chosen = url_controls.optional("agent", t("Agent"), names, t("all agents"))
        team, supervisor = (None, None) if chosen else team_controls(page)
        if chosen:
            period = date_controls.period(dates)
        else:
            labels = {column: metric_name(column) for column in GROUP_METRICS}
            column = url_controls.named_choice("metric", t("Compared by"), labels, "customer_valence")
    means = means_of(ask_frame(page.snapshot, "how_metrics_went", dates, dimensions=["agent"]))
    means.pop(UNKNOWN_KEY, None)
    group = next((group for group in groups if group["key"] == chosen), None)
    if group is not None:
        _one(page, dates, period, group, means, [row for row in people if row["agent_id"] == chosen])
    elif chosen:
        st.info(t("No call of {agent} in these dates.", agent=plain(chosen)), icon=":material/event_busy:")
    else:
        _all(page, dates, cards.of_team(groups, people, team, supervisor), means, column)


def _all(page: Reading, dates: DateRange, groups: Sequence[cards.Group], means: cards.Means, column: str) -> None:
    find = url_controls.text("find", t("Find an agent"), t("A name or an id"))
    by = url_controls.one_of("sort", (cards.AGENT, cards.CALLS), column)
    usual = "up" if by == cards.AGENT else "down"
    order = cards.Order(by, url_controls.one_of("order", ("up", "down"), usual) == "down")
    found = cards.in_order(groups, means, order, page.settings.minimum_n, find)
    if not found:
        st.info(t("No such agent took a call in these dates."), icon=":material/search_off:")
        return
    page_count = -(-len(found) // cards.PER_PAGE)
    first = (url_controls.number("page", 1, low=1, high=page_count) - 1) * cards.PER_PAGE
    shown = found[first : first + cards.PER_PAGE]
    card = cards.agents_card(shown, means, column, order, dates, page.settings.minimum_n, _heading(order))
    board("agents", Section(tn("{n} agent", "{n} agents", len(found)), (card,)))
    url_controls.pages("page", page_count)


def _heading(order: cards.Order) -> Callable[[str], str]:
    """The address of the page with another order. A figure's heading also chooses what agents are compared by."""
    here = {name: values for name, values in url_controls.parameters().items() if name not in ("page", "sort")}

    def leads_to(by: str) -> str:
        new = {"metric" if by in GROUP_METRICS else "sort": [by]}
        falls = order.after_a_click_on(by).is_falling
        return address("agents", here | new | {"order": ["down" if falls else "up"]})

    return leads_to


def _one(
    page: Reading, dates: DateRange, period: str, group: Row, means: cards.Means, periods_of_agent: Sequence[Row]
) -> None:
    snapshot, key = page.snapshot, group["key"]
    periods = periods_of(dates, period)
    earlier = comparable(dates, page.publication["first_date"])
    own = means.get(key, {})
    former = (
        means_of(ask_frame(snapshot, "how_metrics_went", earlier, dimensions=["agent"])).get(key, {}) if earlier else {}
    )
    everybody = means_of(ask_frame(snapshot, "how_metrics_went", dates, dimensions=["all"])).get("all", {})
    queues = [row["queue"] for row in ask(snapshot, "which_queues_did_an_agent_serve", dates, agent=key)]
    marks = trends.version_marks(ask_frame(snapshot, "which_versions_by_day", dates), periods)

    def course(dimension: str, of: str) -> pd.DataFrame:
        return ask_frame(snapshot, "how_metrics_went_by_period", dates, period=period, dimension=dimension, key=of)

    others = {t("all agents"): course("all", "all")}
    teams = list(dict.fromkeys(row["team"] for row in reversed(periods_of_agent) if row["team"]))
    if teams:
        others = {t("team {team}", team=teams[0]): course("team", teams[0])} | others
    if queues and queues[0] != UNKNOWN_KEY:
        others = {t("queue {queue}", queue=queues[0]): course("queue", queues[0])} | others
    mine = course("agent", key)
    drawn = tuple(
        trends.trend_card(
            column,
            mine,
            periods,
            marks,
            now=own.get(column),
            change=change_of_mean(column, own.get(column), former.get(column)) if earlier else "",
            narrow={"agents": (key,)},
            others=others,
        )
        for column in GROUP_METRICS
    )
    models = ask(snapshot, "which_models_transcribed", dates)
    best, worst = cards.extremes_cards(
        ask_frame(snapshot, "which_calls_went_best_and_worst", dates, agent=key, limit=EXTREMES_SHOWN)
    )
    speech = ask_frame(snapshot, "how_an_agents_calls_felt", dates, agent=key)
    spoken = ask_frame(snapshot, "which_languages_an_agent_heard", dates, agent=key)
    served = [t("not known") if queue == UNKNOWN_KEY else queue for queue in queues]
    notes = [t("Queues: {queues}.", queues=t(", ").join(served))] if queues else []
    notes = [*cards.who(periods_of_agent, agent_names(snapshot)), *notes]
    notes.append(t("Quiet lines: {names}.", names=t(", ").join(others)))
    gaps = gaps_of(models) if labels_are_hidden(models) else []
    board(
        "agent",
        cards.agent_tiles(group, own, everybody, means, dates),
        Section(
            cards.named(group),
            drawn,
            tuple(notes),
            narrowest=320,
        ),
        Section("", (best, worst), narrowest=420),
        Section(
            "",
            (
                roles_card(
                    speech,
                    dates,
                    hides_unlabelled=True,
                    notes=gaps,
                    agents=(key,),
                ),
                languages_card(spoken, dates, (key,)),
            ),
            narrowest=420,
        ),
    )


with reading() as opened:
    agents(opened)

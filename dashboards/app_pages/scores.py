"""Scores by agent, team, queue, evaluator and version of a card, and over time; who can be told apart from whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import scores as cards
from dashboards.components import date_controls, evaluation_controls, url_controls
from dashboards.filters import DateRange
from dashboards.finding import agent_names
from dashboards.links import EVALUATIONS_PAGE
from dashboards.page import Reading, reading
from dashboards.people import people_of
from dashboards.periods import periods_of
from dashboards.queries import ask
from dashboards.results.choice import EvaluationChoice, Picked
from dashboards.results.figures import scores_by
from dashboards.results.releasing import TO_RELEASE
from dashboards.results.seen import Seen, seen_by
from dashboards.serving.access import Right
from dashboards.serving.review_store import reviews_of
from dashboards.shell.document import title
from qa_pipeline.wording.languages import t, tn


def scores(page: Reading) -> None:
    """The whole page."""
    title(t("Scores"))
    if evaluation_controls.explain_none(page):
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dates = date_controls.date_range(page)
            period = date_controls.period(dates)
        versions = evaluation_controls.cards_of(page, dates)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            version = evaluation_controls.card_controls(versions)
            asked = evaluation_controls.people_controls(page).on(dates)
            _source(asked)
            counts = ask(page.snapshot, "count_evaluations", dates, source=asked.source)[0]
            asked = replace(asked, picked=_picked(asked, counts))
    seen = seen_by(page.viewer, reviews_of(page.settings), page.snapshot)
    evaluation_controls.said_of_snapshot(page, seen)
    waiting = _waiting(page, seen, dates)
    if version is None:
        _nothing(waiting)
        return
    titles = {row["scorecard_id"]: row["title"] for row in reversed(versions)}
    _show(page, asked, version, period, counts, waiting, titles)


def _waiting(page: Reading, seen: Seen, dates: DateRange) -> int:
    """Evaluations of calls of these days that wait to be released now; 0 for who does not see them."""
    if not page.viewer.may(Right.SEE_EVALUATIONS):
        return 0
    return seen.reviews.count_evaluations(seen.who, replace(TO_RELEASE, first_day=dates.first, last_day=dates.last))


def _source(chosen: EvaluationChoice) -> None:
    names = {"people": t("People"), "machine": t("Machine")}
    url_controls.named_choice("source", t("Evaluated by"), names, chosen.source)


def _picked(chosen: EvaluationChoice, counts: Mapping[str, int]) -> Picked:
    """Evaluations of drawn calls, weighted, where there are any, unless somebody chooses otherwise: chosen calls are
    not a sample, and are never mixed into its mean."""
    usual: Picked = "drawn" if counts["drawn"] else "all"
    value = chosen.picked or usual
    if counts["drawn"]:
        names = {"drawn": t("Drawn by a plan, weighted"), "all": t("All, chosen ones too")}
        url_controls.named_choice("picked", t("Calls"), names, usual)
    return value


def _nothing(waiting: int) -> None:
    if waiting:
        st.info(
            tn("{n} evaluation waits to be released; only what is released counts.",
               "{n} evaluations wait to be released; only what is released counts.", waiting),
            icon=":material/hourglass_top:",
        )  # fmt: skip
    else:
        st.info(
            t("No call of these dates was evaluated. Evaluators find their calls in the inbox; choose other dates to "
              "see earlier ones."),
            icon=":material/fact_check:",
        )  # fmt: skip


def _show(
    page: Reading,
    asked: EvaluationChoice,
    version: tuple[str, str],
    period: str,
    counts: Mapping[str, int],
    waiting: int,
    titles: Mapping[str, str],
) -> None:
    chosen = evaluation_controls.with_version(asked, version)
    every_version = replace(asked, cards=(), versions=())
    group = _group(page)
    whole = scores_by(page.snapshot, chosen, "all")
    periods = periods_of(asked.range, period)
    by_period = scores_by(page.snapshot, replace(asked, cards=(version[0],), versions=()), "all", period)
    rows = scores_by(page.snapshot, chosen, group)
    leads = _leads(page, chosen, group)

    def at_period(row: cards.Row, days: DateRange) -> str:
        return _address(page, replace(chosen, versions=(row["scorecard_version"],)).on(days))

    queue = address(EVALUATIONS_PAGE, {"view": ["release"]})
    labels = _labels()
    board(
        "scores",
        cards.tiles(whole[0] if whole else None, waiting, lambda _: _address(page, chosen), queue),
        Section(titles.get(version[0], version[0]), (cards.trend_card(by_period, periods, at_period),)),
        Section("", (cards.scores_card(
            t("Scores by {group}", group=labels[group].lower()), labels[group], rows, _named(page, group), leads,
            _opens(chosen, group),
        ),)),
        Section("", (cards.versions_card(
            scores_by(page.snapshot, every_version, "all"), titles, _leads(page, every_version, "version"),
            lambda row: _here(card=row["scorecard_id"], version=row["scorecard_version"]),
        ),), notes=_picked_notes(asked, counts)),
    )  # fmt: skip
    evaluation_controls.files(page, "scores", t("Scores"), chosen.to_query() | {"group": [group]})


def _labels() -> dict[str, str]:
    return {
        "agent": t("Agent"),
        "team": t("Team"),
        "supervisor": t("Supervisor"),
        "queue": t("Queue"),
        "evaluator": t("Evaluator"),
    }


def _group(page: Reading) -> str:
    names = _labels()
    if not people_of(page.snapshot):
        del names["team"], names["supervisor"]
    if not page.viewer.may(Right.SEE_EVALUATIONS):
        del names["evaluator"]
    value = url_controls.one_of("group", list(names), "agent")
    st.session_state["control_group"] = value
    st.segmented_control(
        t("Compared"), list(names), key="control_group", format_func=names.__getitem__, required=True,
        on_change=url_controls.write, args=("group", "control_group"),
    )  # fmt: skip
    return value


def _picked_notes(chosen: EvaluationChoice, counts: Mapping[str, int]) -> tuple[str, ...]:
    if chosen.picked == "drawn":
        said = t("Means are of calls that a sampling plan drew, each weighted by how many it stands for.")
        if counts["chosen"]:
            left_out = tn("{n} evaluation of a chosen call is not in them.",
                          "{n} evaluations of chosen calls are not in them.", counts["chosen"])  # fmt: skip
            said = f"{said} {left_out}"
        return (said,)
    if counts["drawn"]:
        return (t("Chosen calls are in these means: they are not a sample of all calls."),)
    return (t("These calls were chosen, not drawn by a sampling plan: they are not a sample of all calls."),)


def _named(page: Reading, group: str) -> Callable[[cards.Row], str]:
    names = agent_names(page.snapshot)

    def name(row: Mapping[str, Any]) -> str:
        key = row["key"]
        if key == cards.NOBODY:
            return t("not known")
        if group == "agent":
            return f"{row['name']} ({key})" if row["name"] else str(key)
        return names.get(key, key) if group == "supervisor" else str(key)

    return name


def _leads(page: Reading, chosen: EvaluationChoice, group: str) -> cards.Leads:
    """Addresses of the evaluations behind a row."""

    def leads(row: cards.Row) -> str:
        if row["key"] == cards.NOBODY:
            return ""
        one = replace(chosen, cards=(row["scorecard_id"],), versions=(row["scorecard_version"],))
        return _address(page, _of(one, group, row["key"]))

    return leads


def _of(chosen: EvaluationChoice, group: str, key: str) -> EvaluationChoice:
    match group:
        case "agent":
            return replace(chosen, calls=replace(chosen.calls, agents=(key,)))
        case "team":
            return replace(chosen, calls=replace(chosen.calls, teams=(key,)))
        case "supervisor":
            return replace(chosen, calls=replace(chosen.calls, supervisors=(key,)))
        case "queue":
            return replace(chosen, calls=replace(chosen.calls, queues=(key,)))
        case "evaluator":
            return replace(chosen, evaluators=(key,))
        case _:
            return chosen


def _opens(chosen: EvaluationChoice, group: str) -> cards.Leads:
    """Addresses of this page, narrowed to one row: its course and its other figures."""

    def opens(row: cards.Row) -> str:
        if row["key"] == cards.NOBODY or group == "evaluator":
            return ""
        return address("scores", _of(chosen, group, row["key"]).to_query() | {"group": [group]})

    return opens


def _here(**changed: str) -> str:
    kept = {name: values for name, values in url_controls.parameters().items() if name != "page"}
    return address("scores", kept | {name: [value] for name, value in changed.items()})


def _address(page: Reading, chosen: EvaluationChoice) -> str:
    if not evaluation_controls.may_list(page):
        return ""
    return address(EVALUATIONS_PAGE, chosen.to_query() | {"view": ["list"]})


with reading() as opened:
    scores(opened)

"""Scores by agent, team, queue, evaluator and version of a card, and over time; who can be told apart from whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

Plans = Mapping[str | None, int]
"""Sampling plan, or None for calls that no plan drew → how many evaluations count."""


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
            source = _source()
            plans = _plans(page, dates, version, source)
            picked, plan = _picked(plans)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            asked = replace(evaluation_controls.people_controls(page).on(dates), picked=picked, plan=plan)
    seen = seen_by(page.viewer, reviews_of(page.settings), page.snapshot)
    evaluation_controls.said_of_snapshot(page, seen)
    waiting = _waiting(page, seen, dates)
    if version is None:
        _nothing(waiting)
        return
    titles = {row["scorecard_id"]: row["title"] for row in reversed(versions)}
    _show(page, asked, version, period, plans, waiting, titles)


def _waiting(page: Reading, seen: Seen, dates: DateRange) -> int:
    """Evaluations of calls of these days that wait to be released now; 0 for who does not see them."""
    if not page.viewer.may(Right.SEE_EVALUATIONS):
        return 0
    return seen.reviews.count_evaluations(seen.who, replace(TO_RELEASE, first_day=dates.first, last_day=dates.last))


def _source() -> str:
    names = {"people": t("People"), "machine": t("Machine")}
    return url_controls.named_choice("source", t("Evaluated by"), names, "people")


def _plans(page: Reading, dates: DateRange, version: tuple[str, str] | None, source: str) -> Plans:
    """How many evaluations by the version count, of each plan's calls, those with the most first."""
    if version is None:
        return {}
    card, content = version
    rows = ask(page.snapshot, "count_evaluations_by_plan", dates, source=source, card=card, version=content)
    return {row["plan"]: row["evaluations"] for row in rows}


def _picked(plans: Plans) -> tuple[Picked, str | None]:
    """Evaluations of calls that one plan drew, weighted, where there are any, unless somebody chooses otherwise: chosen
    calls are not a sample, those of two plans are none of the same calls, and neither is mixed into a plan's mean."""
    drawn = [plan for plan in plans if plan is not None]
    if not drawn:
        return "all", None
    names = {"drawn": t("Drawn by a plan, weighted"), "all": t("All together, unweighted")}
    if None in plans:
        names["chosen"] = t("Chosen by somebody")
    value = url_controls.named_choice("picked", t("Calls"), names, "drawn")
    if value != "drawn":
        return ("chosen" if value == "chosen" else "all"), None
    if len(drawn) == 1:
        return "drawn", drawn[0]
    return "drawn", url_controls.named_choice("plan", t("Sampling plan"), {plan: plan for plan in drawn}, drawn[0])


def _nothing(waiting: int) -> None:
    if waiting:
        st.info(_waits(waiting), icon=":material/hourglass_top:")
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
    plans: Plans,
    waiting: int,
    titles: Mapping[str, str],
) -> None:
    chosen = evaluation_controls.with_version(asked, version)
    everything = replace(asked, cards=(), versions=(), picked="all", plan=None)
    group = _group(page)
    whole = scores_by(page.snapshot, chosen, "all")
    periods = periods_of(asked.range, period)
    by_period = scores_by(page.snapshot, replace(asked, cards=(version[0],), versions=()), "all", period)
    rows = scores_by(page.snapshot, chosen, group)
    others = scores_by(page.snapshot, everything, "plan")
    leads = _leads(page, chosen, group)

    def at_period(row: cards.Row, days: DateRange) -> str:
        return _address(page, replace(chosen, versions=(row["scorecard_version"],)).on(days))

    queue = address(EVALUATIONS_PAGE, {"view": ["release"]})
    labels = _labels()
    if not rows:
        _nothing_chosen(waiting, others)
        return
    board(
        "scores",
        cards.tiles(whole[0] if whole else None, waiting, lambda _: _address(page, chosen), queue,
            by_people=asked.source == "people",
        ),
        Section(
            titles.get(version[0], version[0]), (cards.trend_card(by_period, periods, at_period),),
            notes=(_said_of_calls(asked, plans),),
        ),
        Section("", (cards.scores_card(
            t("Scores by {group}", group=labels[group].lower()), labels[group], rows, _named(page, group), leads,
            _opens(chosen, group),
        ),)),
        Section("", (cards.versions_card(
            others, titles, _without_plan(asked),
            _leads(page, everything, "plan"),
            lambda row: _here(card=row["scorecard_id"], version=row["scorecard_version"], **_of_plan(row["key"])),
        ),)),
    )  # fmt: skip
    evaluation_controls.files(page, "scores", t("Scores"), chosen.to_query() | {"group": [group]})


def _nothing_chosen(waiting: int, others: Sequence[cards.Row]) -> None:
    said = t("No evaluation of this choice counts.")
    if others:
        said = f"{said} {t('By another card, version or plan there are some: choose that above.')}"
    elif waiting:
        said = f"{said} {_waits(waiting)}"
    else:
        said = f"{said} {t('Take a part of the choice away, or choose other dates.')}"
    st.info(said, icon=":material/search_off:")


def _waits(waiting: int) -> str:
    return tn("{n} evaluation waits to be released; only what is released counts.",
              "{n} evaluations wait to be released; only what is released counts.", waiting)  # fmt: skip


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


def _said_of_calls(chosen: EvaluationChoice, plans: Plans) -> str:
    """Of which calls the means are."""
    if chosen.source == "machine":
        return t("By metrics and rules: every transcribed call that the card is for.")
    if chosen.picked == "drawn":
        said = t("Means are of calls that the sampling plan {plan} drew, each weighted by how many it stands for.",
                 plan=chosen.plan)  # fmt: skip
        others = sum(number for plan, number in plans.items() if plan != chosen.plan)
        left_out = tn("{n} other evaluation by this version is not in them.",
                      "{n} other evaluations by this version are not in them.", others)  # fmt: skip
        return f"{said} {left_out}" if others else said
    if chosen.picked == "all" and set(plans) - {None}:
        return t("Drawn and chosen calls are in these means alike: they are not a sample of all calls.")
    return t("These calls were chosen, not drawn by a sampling plan: they are not a sample of all calls.")


def _without_plan(chosen: EvaluationChoice) -> str:
    return t("every call") if chosen.source == "machine" else t("chosen")


def _of_plan(plan: str) -> dict[str, str]:
    """What the address says of calls that the plan drew, or that no plan did."""
    return {"picked": "drawn", "plan": plan} if plan else {"picked": "chosen"}


def _named(page: Reading, group: str) -> Callable[[cards.Row], str]:
    names = agent_names(page.snapshot)

    def name(row: Mapping[str, Any]) -> str:
        key = row["key"]
        if key == cards.NOBODY:
            return t("not known")
        if group == "agent":
            name = row["name"] or names.get(key, key)
            return str(key) if name == key else f"{name} ({key})"
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
        case "plan":
            return replace(chosen, picked="drawn", plan=key) if key else replace(chosen, picked="chosen")
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
    kept = {name: values for name, values in url_controls.parameters().items() if name not in ("page", "plan")}
    return address("scores", kept | {name: [value] for name, value in changed.items()})


def _address(page: Reading, chosen: EvaluationChoice) -> str:
    if not evaluation_controls.may_list(page):
        return ""
    return address(EVALUATIONS_PAGE, chosen.to_query() | {"view": ["list"]})


with reading() as opened:
    scores(opened)

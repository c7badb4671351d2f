"""What happened in a range of dates, what it cost, where it hurt, and what could not be transcribed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Card, Section, VersionMark
from dashboards.cards import overview as cards
from dashboards.cards import trends
from dashboards.cards.problems import defects_card, problems_card
from dashboards.cards.rows import means_of, rows_of
from dashboards.cards.speech import languages_card, roles_card
from dashboards.changes import change_of_mean
from dashboards.components import date_controls
from dashboards.filters import DateRange
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.periods import Period, comparable, periods_of, shown_range
from dashboards.queries import DAILY_TABLES, agent_channels, ask, ask_frame, knows_voices
from dashboards.shell.document import title
from qa_pipeline.published.snapshot import Row
from qa_pipeline.recordings.agent_channel_swaps import is_outdated, outdated, suspected_swaps
from qa_pipeline.wording.agent_channels import advice, still_former, swapped
from qa_pipeline.wording.engine_changes import several_engines
from qa_pipeline.wording.languages import as_sentence, t, tn
from qa_pipeline.wording.missing_labels import gaps_of, labels_are_hidden, nothing_to_show

ANGRIEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Over:
    """What the page looks at: the range, its periods, and the range before, None where not all of it has calls."""

    dates: DateRange
    period: str
    periods: list[Period]
    earlier: DateRange | None


def overview(page: Reading) -> None:
    """The whole page."""
    title(t("Overview"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        dates = date_controls.date_range(page)
        period = date_controls.period(dates)
    over = Over(dates, period, periods_of(dates, period), comparable(dates, page.publication["first_date"]))
    (totals,) = ask(page.snapshot, "count_calls_and_cost", dates)
    if not totals["calls"]:
        date_controls.explain_no_calls(page)
        _undated(page)
        return
    _swapped(page, dates)
    if page.snapshot.tables() >= DAILY_TABLES:
        _figures(page, over, totals)
    else:
        board("counts", cards.tiles(totals, None, None, None, dates))
        _explain_no_trends(page)
        board("problems", Section(t("Calls"), (_problems(page, dates),), narrowest=700))
    _undated(page)


def _problems(page: Reading, dates: DateRange) -> Card:
    return problems_card(ask_frame(page.snapshot, "which_problems_occurred", dates), dates, time.time())


def _figures(page: Reading, over: Over, totals: Row) -> None:
    snapshot, dates, earlier = page.snapshot, over.dates, over.earlier
    (outcomes,) = ask(snapshot, "how_calls_turned_out", dates)
    former = ask(snapshot, "count_calls_and_cost", earlier)[0] if earlier else None
    former_outcomes = ask(snapshot, "how_calls_turned_out", earlier)[0] if earlier else None
    versions = ask_frame(snapshot, "which_versions_by_day", dates)
    marks = trends.version_marks(versions, over.periods)
    models = ask(snapshot, "which_models_transcribed", dates)
    hides = labels_are_hidden(models)
    gaps = gaps_of(models)

    calls = trends.calls_card(_by_period(page, "count_calls_by_period", over), over.periods, marks)
    felt_by_period = _by_period(page, "how_customers_felt_by_period", over)
    felt = trends.emotions_card(felt_by_period, over.periods, marks, hides_unlabelled=hides)
    groups = [row for row in ask(snapshot, "which_agents_and_queues_took_calls", dates) if row["dimension"] == "queue"]
    queue_means = means_of(ask_frame(snapshot, "how_metrics_went", dates, dimensions=["queue"]))
    speech = ask_frame(snapshot, "how_roles_felt", dates)
    angriest = ask_frame(snapshot, "which_calls_were_angriest", dates, limit=ANGRIEST_SHOWN)
    defects = defects_card(ask_frame(snapshot, "which_defects_were_found", dates), dates)
    silent = [] if felt or hides else [nothing_to_show(models)]
    board(
        "overview",
        cards.tiles(totals, former, outcomes, former_outcomes, dates),
        Section(t("Calls and customers"), (calls, felt) if felt else (calls,), (*_notes(page, over), *silent), 420),
        _trends(page, over, versions, marks),
        Section(
            "",
            (
                roles_card(speech, dates, hides_unlabelled=hides, notes=gaps),
                languages_card(ask_frame(snapshot, "which_languages_were_spoken", dates), dates),
                cards.angriest_card(angriest, dates, gaps if hides else []),
                cards.engines_card(ask_frame(snapshot, "which_engines_worked", dates)),
            ),
            narrowest=420,
        ),
        Section("", (cards.queues_card(groups, queue_means, dates, page.settings.minimum_n),)),
        *(Section("", (card,)) for card in _teams(page, dates)),
        Section(
            "",
            (*([defects] if defects else []), _problems(page, dates)),
            narrowest=700,
        ),
    )


def _teams(page: Reading, dates: DateRange) -> list[Card]:
    """How teams did; nothing where no agent has one."""
    rows = [row for row in ask(page.snapshot, "which_teams_took_calls", dates) if row["dimension"] == "team"]
    if not rows:
        return []
    means = means_of(ask_frame(page.snapshot, "how_metrics_went", dates, dimensions=["team"]))
    return [cards.teams_card(rows, means, dates, page.settings.minimum_n)]


def _trends(page: Reading, over: Over, versions: pd.DataFrame, marks: list[VersionMark]) -> Section:
    snapshot, dates, earlier = page.snapshot, over.dates, over.earlier
    by_period = _by_period(page, "how_metrics_went_by_period", over, dimension="all", key="all")
    now = means_of(ask_frame(snapshot, "how_metrics_went", dates, dimensions=["all"])).get("all", {})
    former = (
        means_of(ask_frame(snapshot, "how_metrics_went", earlier, dimensions=["all"])).get("all", {}) if earlier else {}
    )
    notes = [t("Means over calls; the wide lines are their 95% intervals. A point leads to its calls.")]
    if earlier:
        notes.append(t("Compared with {range}.", range=shown_range(earlier)))
        if trends.differs_from(versions, ask_frame(snapshot, "which_versions_by_day", earlier)):
            notes.append(t("That was made by other engines, models or definitions: a change may be theirs."))
    else:
        notes.append(t("Not compared: the period before goes back beyond the first call."))
    if marks:
        notes.append(t("▼ marks another engine, model or definition; the line is broken there."))
    if trends.has_several_definitions(versions):
        notes.append(
            t(
                "The figures of these dates were made by different definitions or thresholds and are not to be "
                "compared. Run the days again to make them alike; nothing is transcribed for it."
            )
        )
    if sentence := several_engines(rows_of(versions)):
        notes.append(sentence)
    drawn = tuple(
        trends.trend_card(
            column,
            by_period,
            over.periods,
            marks,
            now=now.get(column),
            change=change_of_mean(column, now.get(column), former.get(column)) if earlier else "",
        )
        for column in trends.TREND_METRICS
    )
    return Section(t("How calls went"), drawn, tuple(notes), 320)


def _by_period(page: Reading, question: str, over: Over, **values: str) -> pd.DataFrame:
    return ask_frame(page.snapshot, question, over.dates, period=over.period, **values)


def _notes(page: Reading, over: Over) -> tuple[str, ...]:
    notes = []
    if any(period.is_cut for period in over.periods):
        notes.append(t("The first or the last of the periods is cut by the range: it has fewer days than the others."))
    return (*notes, *_on_one_channel(page, over.dates))


def _on_one_channel(page: Reading, dates: DateRange) -> list[str]:
    """How many of the calls behind the figures have both parties on one channel."""
    if not knows_voices(page.snapshot):
        return []
    (found,) = ask(page.snapshot, "count_calls_on_one_channel", dates)
    parts = (
        (found["told_by_voice"], t("divided by voice, without overlap and interruptions")),
        (found["unsure"], t("divided by voice and unsure, in no average that needs agent and customer")),
        (found["without_roles"], t("kept as one text without roles")),
    )
    said = t("; ").join(f"{number:,} {what}" for number, what in parts if number)
    all_of_them = f"{found['transcribed']:,}"
    text = t("Of {calls} transcribed calls, both parties on one channel: {said}.", calls=all_of_them, said=said)
    return [text] if said else []


def _undated(page: Reading) -> None:
    """Recordings without a date belong to no range: they are named apart, and change no figure."""
    (undated,) = ask(page.snapshot, "count_undated_recordings")
    if undated["recordings"]:
        st.caption(
            tn(
                "{n} recording has no date, and is in no range; the list has it by the dates “Without a date”.",
                "{n} recordings have no date, and are in no range; the list has them by the dates “Without a date”.",
                undated["recordings"],
            )
        )


def _swapped(page: Reading, dates: DateRange) -> None:
    """Which setting of the agent's channel looks wrong in these dates: every figure of it is the other party's."""
    rules = page.settings.agent_channel_rules
    groups = agent_channels(page.snapshot, page.settings, dates)
    if (former := outdated(groups, rules)) is not None:
        st.warning(plain(as_sentence(still_former(former))), icon=":material/history:")
    for swap in suspected_swaps(group for group in groups if not is_outdated(group, rules)):
        what = t("Until this is mended, figures of agents are those of customers: {advice}.", advice=advice(swap))
        st.error(plain(f"{as_sentence(swapped(swap))} {what}"), icon=":material/swap_horiz:")
        if swap.fix:
            st.code(swap.fix, language=None, wrap_lines=True)


def _explain_no_trends(page: Reading) -> None:
    version = page.publication["pipeline_version"]
    said = t(
        "This snapshot was published by an earlier version ({version}), without the daily figures of this page. The "
        "next run publishes them for all days, free of charge: nothing is transcribed again.",
        version=t("pipeline {version}", version=version) if version else t("not known"),
    )
    st.info(plain(said), icon=":material/history:")
    st.code(
        f"qa-pipeline run --from {page.publication['last_date']} --to {page.publication['last_date']}",
        language=None,
        wrap_lines=True,
    )


with reading() as opened:
    overview(opened)

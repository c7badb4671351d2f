"""Cards of the page of scores: means that can be told apart and those that can't, and their course by version. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboards.board.axes import axis_of_means
from dashboards.board.figures import Card, Cell, Column, Place, Point, Table, Tick, Tile, Tiles, Trend, VersionMark
from dashboards.cards.groups import RANKED_FROM, groups_of
from dashboards.cards.trends import ENOUGH
from dashboards.figures import Mean
from dashboards.filters import DateRange
from dashboards.periods import Period
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.evaluations import score_interval, score_text, share_text
from qa_pipeline.wording.languages import t, tn

SHOWN_OF_A_VERSION = 8
"""Digits of a version's hash that are shown."""

NOBODY = "unknown"
"""Key of the evaluations of which the group is not known."""

Row = Mapping[str, Any]
"""A row of how_scores_went."""

Leads = Callable[[Row], str]
"""The address of the evaluations behind a row; empty for who may not see any."""


def version_name(version: str) -> str:
    """A version of a card as pages name it."""
    return version[:SHOWN_OF_A_VERSION]


def mean_of(row: Row) -> Mean | None:
    """The mean of a row, None without a score."""
    return Mean(row["n"], row["mean"], row["ci_low"], row["ci_high"]) if row["n"] else None


def in_groups(rows: Sequence[Row], named: Callable[[Row], str]) -> list[tuple[Row, str]]:
    """The rows with their group in words, those of the first group first. Within a group, where nobody can be told from
    anybody, and among those with too few scores the order is that of the names, with what is not known at the end."""
    means = {row["key"]: mean for row in rows if row["key"] != NOBODY and (mean := mean_of(row)) is not None}
    apart = groups_of(means)
    last = max((found.last for found in apart.values()), default=0) + 1

    def place(row: Row) -> tuple[int, int, bool, str]:
        found = apart.get(row["key"])
        first, end = (found.first, found.last) if found else (last, last)
        return first, end, row["key"] == NOBODY, named(row).casefold()

    return [(row, str(apart[row["key"]]) if row["key"] in apart else "") for row in sorted(rows, key=place)]


def scores_card(
    title: str, of: str, rows: Sequence[Row], named: Callable[[Row], str], leads: Leads, opens: Leads | None = None
) -> Card:
    """A table of one version's means by `of` (agent, team …), with its groups. `opens` leads from a name."""
    lines = []
    ranked = in_groups(rows, named)
    for row, group in ranked:
        lines.append((Cell(named(row), opens(row) if opens else ""), _group_cell(row, group), *figures(row, leads)))
    columns = (
        Column(of),
        Column(t("Group"), is_number=True, help=t("Those who have a group in common can't be told apart.")),
        *figure_columns(),
    )
    return Card(title, Table(columns, tuple(lines)), notes=tuple(_group_notes(ranked)))


def versions_card(
    rows: Sequence[Row], titles: Mapping[str, str], without_plan: str, leads: Leads, opens: Leads
) -> Card:
    """A table of cards, their versions and what picked the calls (rows of how_scores_went by plan; `without_plan` says
    what no plan drew); scores of two of them are never put together."""
    begins: dict[str, Any] = {}
    for row in rows:
        version = row["scorecard_version"]
        begins[version] = min(begins.get(version, row["first_date"]), row["first_date"])

    def place(row: Row) -> tuple[Any, ...]:
        version = row["scorecard_version"]
        return row["scorecard_id"], begins[version], version, not row["key"], row["key"]

    lines = [
        (
            Cell(titles.get(row["scorecard_id"], row["scorecard_id"]), opens(row)),
            Cell(version_name(row["scorecard_version"]), opens(row)),
            Cell(t("drawn by {plan}", plan=row["key"]) if row["key"] else without_plan, opens(row)),
            Cell(str(row["first_date"])),
            *figures(row, leads),
        )
        for row in sorted(rows, key=place)
    ]
    columns = (
        Column(t("Scorecard")),
        Column(t("Version")),
        Column(t("Calls")),
        Column(t("First call")),
        *figure_columns(),
    )
    notes = (
        t("Scores of different cards or versions are never averaged, nor those of two sampling plans."),
        t("Drawn calls are weighted by how many they stand for; chosen ones are no sample of all calls."),
    )
    return Card(t("Scorecards, versions and sampling plans"), Table(columns, tuple(lines)), notes=notes)


def figure_columns() -> tuple[Column, ...]:
    """Headings of `figures`."""
    return (
        Column(t("Evaluations"), is_number=True),
        Column(t("Mean score"), is_number=True),
        Column(t("95% interval"), is_number=True),
        Column(t("Auto-fails"), is_number=True, help=t("They count as 0 in the mean.")),
        Column(t("Coverage"), is_number=True, help=t("Mean share of the weight that was answered.")),
    )


def figures(row: Row, leads: Leads) -> tuple[Cell, ...]:
    """Number, mean, interval, automatic fails and coverage of a row; each number leads to its evaluations."""
    href = leads(row)
    unscored = row["evaluations"] - row["n"]
    note = tn("({n} without a score)", "({n} without a score)", unscored) if unscored else ""
    span = score_interval(row["ci_low"], row["ci_high"])
    return (
        Cell(f"{row['evaluations']:,}", href, note),
        Cell(score_text(row["mean"]), href),
        Cell(span or UNKNOWN, tone="" if span else "quiet"),
        Cell(f"{row['auto_fails']:,}", href if row["auto_fails"] else ""),
        Cell(share_text(row["coverage"])),
    )


def _group_cell(row: Row, group: str) -> Cell:
    if group:
        return Cell(group)
    return Cell(t("too few") if row["n"] < RANKED_FROM and row["key"] != NOBODY else UNKNOWN, tone="quiet")


def _group_notes(ranked: Sequence[tuple[Row, str]]) -> list[str]:
    notes = []
    if any(group for _, group in ranked):
        notes.append(
            t("Those who have a group in common can't be told apart: their 95% intervals overlap. Group 1 is highest.")
        )
    few = sum(not group and row["key"] != NOBODY for row, group in ranked)
    if few:
        notes.append(t("Below {least} scores nobody is ranked: too few to tell.", least=RANKED_FROM))
    if any(row["n"] < row["evaluations"] for row, _ in ranked):
        notes.append(t("Where less of the weight was answered than the card asks for, there is no score."))
    return notes


def tiles(row: Row | None, waiting: int, leads: Leads, waiting_address: str, *, by_people: bool = True) -> Tiles:
    """The version's figures over all, and how many evaluations are not counted yet; `row`: of how_scores_went over
    all. A machine's are never released."""
    found = []
    if row is not None:
        href = leads(row)
        span = score_interval(row["ci_low"], row["ci_high"])
        found = [
            Tile(t("Mean score"), score_text(row["mean"]), f"({span})" if span else "", href),
            Tile(t("Evaluations"), f"{row['evaluations']:,}", t("released") if by_people else "", href),
            Tile(t("Auto-fails"), f"{row['auto_fails']:,}", t("0 in the mean"), href),
            Tile(t("Coverage"), share_text(row["coverage"]), t("of the weight")),
        ]
    if waiting and by_people:
        found.append(Tile(t("To be released"), f"{waiting:,}", t("not in the figures yet"), waiting_address))
    return Tiles(tuple(found))


def trend_card(rows: Sequence[Row], periods: Sequence[Period], leads: Callable[[Row, DateRange], str]) -> Card:
    """The mean score of one card by period, the line broken where its version changes. Where a period has several
    versions, that with the most scores is drawn, and the others are named."""
    places = {period.begins: at for at, period in enumerate(periods)}
    by_place: dict[int, list[Row]] = {}
    for row in rows:
        if row["n"] and row["begins"] in places:
            by_place.setdefault(places[row["begins"]], []).append(row)
    if not by_place:
        return Card(t("Mean score over time"), notes=(t("No score in these dates."),))
    drawn = {at: max(found, key=lambda row: (row["n"], row["first_date"])) for at, found in sorted(by_place.items())}
    means = {at: Mean(row["n"], row["mean"], row["ci_low"], row["ci_high"]) for at, row in drawn.items()}
    values = [mean.mean for mean in means.values()]
    for mean in means.values():
        if mean.n >= ENOUGH and mean.ci_low is not None and mean.ci_high is not None:
            values += [max(0.0, mean.ci_low), min(100.0, mean.ci_high)]
    axis = axis_of_means(values, 0.0, 100.0)

    def point(at: int, mean: Mean) -> Point:
        span = score_interval(mean.ci_low, mean.ci_high)
        low, high = (
            (max(axis.low, mean.ci_low), min(axis.high, mean.ci_high))
            if span and mean.ci_low is not None and mean.ci_high is not None
            else (None, None)
        )
        said = [score_text(mean.mean), f"({span})" if span else "", tn("{n} score", "{n} scores", mean.n)]
        said.append(t("version {version}", version=version_name(drawn[at]["scorecard_version"])))
        others = [row for row in by_place[at] if row is not drawn[at]]
        said += [
            t(
                "beside it {mean} in {n} of version {version}",
                mean=score_text(row["mean"]), n=row["n"], version=version_name(row["scorecard_version"]),
            )
            for row in others
        ]  # fmt: skip
        return Point(at, mean.mean, low, high, " ".join(filter(None, said)), leads(drawn[at], periods[at].days))

    body = Trend(
        tuple(Place(period.name, period.short) for period in periods),
        tuple(point(at, mean) for at, mean in means.items()),
        axis.low,
        axis.high,
        tuple(Tick(tick, f"{tick:g}") for tick in axis.ticks),
        tuple(_marks(drawn)),
        t("no score"),
    )
    notes = []
    if not axis.starts_at_zero:
        notes.append(
            t("The axis shows {low} to {high}, not from zero.", low=f"{axis.ticks[0]:g}", high=f"{axis.ticks[-1]:g}")
        )
    if body.marks:
        notes.append(t("The line is broken where the version changes: what lies on both sides isn't compared."))
    return Card(t("Mean score over time"), body, notes=tuple(notes))


def _marks(drawn: Mapping[int, Row]) -> list[VersionMark]:
    """Where the version is another one than before."""
    marks, before = [], None
    for at, row in drawn.items():
        version = row["scorecard_version"]
        if before not in (None, version):
            marks.append(VersionMark(at, t("from here: version {version}", version=version_name(version))))
        before = version
    return marks

"""Cards of the page of rules: rates with their denominators, and their course by version. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards.board.axes import axis_of_means
from dashboards.board.figures import (
    Card,
    Cell,
    Column,
    Place,
    Point,
    Table,
    Tick,
    Tile,
    Tiles,
    Trend,
    VersionMark,
)
from dashboards.cards.rows import calls_address
from dashboards.cards.scores import version_name
from dashboards.cards.trends import ENOUGH
from dashboards.changes import change_of_share
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange, rule_choice
from dashboards.periods import Period
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rules import OUTCOMES, outcome_label, severity_label

Row = Mapping[str, Any]
"""A row of how_rules_went."""

Narrow = Mapping[str, tuple[str, ...]]
"""Fields of a `CallFilter` for whose calls are meant."""

Leads = Callable[[Row], str]
"""An address for a row."""


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A rule over a range: the version of its last calls, the same version in the period before where there is one,
    and how many calls other versions were applied to, which are in none of the figures."""

    now: Row
    earlier: Row | None
    had_another: bool
    left_out: int


def by_rule(rows: Iterable[Row], earlier: Iterable[Row]) -> dict[str, RuleFigures]:
    """Rule → its figures, of rows of how_rules_went over one group and all days of the range, and of the one before."""
    versions: dict[str, list[Row]] = {}
    for row in rows:
        versions.setdefault(row["rule_id"], []).append(row)
    before: dict[str, dict[str, Row]] = {}
    for row in earlier:
        before.setdefault(row["rule_id"], {})[row["rule_version"]] = row
    found = {}
    for rule_id, own in versions.items():
        now = max(own, key=lambda row: (row["last_date"], row["first_date"]))
        then = before.get(rule_id, {})
        left_out = sum(row["calls"] for row in own if row is not now)
        found[rule_id] = RuleFigures(now, then.get(now["rule_version"]), bool(then), left_out)
    return found


def rate_of(row: Row) -> Mean | None:
    """The rate of hits among the calls that were evaluated; None where none was."""
    n = row["hits"] + row["misses"]
    return Mean(n, row["hit_rate"], row["ci_low"], row["ci_high"]) if n else None


def rate_text(row: Row) -> str:
    """The rate: 62.5%."""
    return UNKNOWN if row["hit_rate"] is None else f"{row['hit_rate']:.1%}"


def interval_text(row: Row) -> str:
    """Its interval: 45.8% – 76.8%; empty without one."""
    return "" if row["ci_low"] is None else f"{row['ci_low']:.1%} – {row['ci_high']:.1%}"


def change_text(figures: RuleFigures) -> str:
    """The rate against that of the period before, where the same version was applied there."""
    now, then = figures.now, figures.earlier
    if then is None:
        return t("another version before") if figures.had_another else ""
    return change_of_share(now["hits"], now["hits"] + now["misses"], then["hits"], then["hits"] + then["misses"])


def rules_card(found: Sequence[RuleFigures], dates: DateRange, opens: Leads) -> Card:
    """A table of rules, each with its rate and its denominators; every number opens its calls."""
    lines = [
        (
            Cell(figures.now["title"], opens(figures.now)),
            Cell(severity_label(figures.now["severity"])),
            *figure_cells(figures.now, _days(figures, dates), {}),
            Cell(change_text(figures) or UNKNOWN, tone="quiet"),
        )
        for figures in found
    ]
    columns = (
        Column(t("Rule")),
        Column(t("Severity")),
        *figure_columns(),
        Column(t("Against the period before")),
    )
    notes = [t("The rate is of the calls that were evaluated: hits and misses. What can't be told is never a miss.")]
    if left_out := sum(figures.left_out for figures in found):
        notes.append(
            tn("{n} outcome by an earlier version of a rule is not in the figures.",
               "{n} outcomes by earlier versions of rules are not in the figures.", left_out)
        )  # fmt: skip
    return Card(t("Rules"), Table(columns, tuple(lines)), notes=tuple(notes))


def _days(figures: RuleFigures, dates: DateRange) -> DateRange:
    """The days whose calls are in the figures."""
    return DateRange(figures.now["first_date"], figures.now["last_date"]) if figures.left_out else dates


def figure_columns() -> tuple[Column, ...]:
    return (
        Column(t("Hit rate"), is_number=True),
        Column(t("95% interval"), is_number=True),
        Column(t("Hits"), is_number=True),
        Column(t("Misses"), is_number=True),
        Column(t("Not applicable"), is_number=True, help=t("Calls that it is not for, or without its precondition.")),
        Column(t("Not evaluated"), is_number=True, help=t("Calls of which it can't be told, for a reason.")),
    )


def figure_cells(row: Row, dates: DateRange, narrow: Narrow, *, leads: bool = True) -> tuple[Cell, ...]:
    span = interval_text(row)
    counts = zip(OUTCOMES, (row["hits"], row["misses"], row["not_applicable"], row["not_evaluated"]), strict=True)
    return (
        Cell(rate_text(row)),
        Cell(span or UNKNOWN, tone="" if span else "quiet"),
        *(
            Cell(f"{number:,}", outcome_address(row["rule_id"], outcome, dates, narrow) if number and leads else "")
            for outcome, number in counts
        ),
    )


def outcome_address(rule_id: str, outcome: str, dates: DateRange, narrow: Narrow) -> str:
    """The list of the calls in which a rule comes to something."""
    chosen = CallFilter(dates, rules=(rule_choice(rule_id, outcome),), **narrow)  # type: ignore[arg-type]
    return calls_address(chosen)


def rule_tiles(figures: RuleFigures, dates: DateRange, narrow: Narrow) -> Tiles:
    """What a rule came to over the range: the rate, and the number of calls of each outcome."""
    now, days = figures.now, _days(figures, dates)
    span = interval_text(now)
    counts = zip(OUTCOMES, (now["hits"], now["misses"], now["not_applicable"], now["not_evaluated"]), strict=True)
    evaluated = now["hits"] + now["misses"]
    said = tn("of {n} call evaluated", "of {n} calls evaluated", evaluated)
    tiles = [Tile(t("Hit rate"), rate_text(now), f"({span}) {said}" if span else said)]
    tiles += [
        Tile(
            outcome_label(outcome),
            f"{number:,}",
            t("of {n}", n=f"{now['calls']:,}"),
            outcome_address(now["rule_id"], outcome, days, narrow) if number else "",
        )
        for outcome, number in counts
    ]
    return Tiles(tuple(tiles))


def course_card(
    title: str, rows: Sequence[Row], periods: Sequence[Period], narrow: Narrow, *, figures: RuleFigures, href: str = ""
) -> Card:
    """A rule's rate by period (rows of how_rules_went of one rule and group), the line broken where its version
    changes. Where a period has several versions, that with the most calls evaluated is drawn, and the others named."""
    places = {period.begins: at for at, period in enumerate(periods)}
    by_place: dict[int, list[Row]] = {}
    for row in rows:
        if row["begins"] in places and rate_of(row) is not None:
            by_place.setdefault(places[row["begins"]], []).append(row)
    card = Card(title, None, rate_text(figures.now), _beside(figures.now), change_text(figures), href=href)
    if not by_place:
        return replace(card, notes=(t("No call of these dates was evaluated by it."),))
    drawn = {at: max(found, key=_weight) for at, found in sorted(by_place.items())}
    ends = [row["hit_rate"] for row in drawn.values()]
    for row in drawn.values():
        if row["hits"] + row["misses"] >= ENOUGH:
            ends += [row["ci_low"], row["ci_high"]]
    axis = axis_of_means(ends, 0.0, 1.0)
    body = Trend(
        tuple(Place(period.name, period.short) for period in periods),
        tuple(
            Point(
                at,
                row["hit_rate"],
                max(axis.low, row["ci_low"]),
                min(axis.high, row["ci_high"]),
                _said(row, [other for other in by_place[at] if other is not row]),
                outcome_address(row["rule_id"], "hit", periods[at].days, narrow),
            )
            for at, row in drawn.items()
        ),
        axis.low,
        axis.high,
        tuple(Tick(tick, f"{tick:.0%}") for tick in axis.ticks),
        tuple(_marks(drawn)),
        t("nothing evaluated"),
    )
    notes = []
    if not axis.starts_at_zero:
        low, high = (f"{axis.ticks[place]:.0%}" for place in (0, -1))
        notes.append(t("The axis shows {low} to {high}, not from zero.", low=low, high=high))
    if body.marks:
        notes.append(t("The line is broken where the version changes: what lies on both sides isn't compared."))
    return replace(card, body=body, notes=tuple(notes))


def _weight(row: Row) -> tuple[int, Any]:
    return row["hits"] + row["misses"], row["first_date"]


def _beside(row: Row) -> str:
    span = interval_text(row)
    evaluated = tn("{n} call evaluated", "{n} calls evaluated", row["hits"] + row["misses"])
    return " · ".join(filter(None, (f"({span})" if span else "", evaluated, _not_counted(row))))


def _not_counted(row: Row) -> str:
    """The calls that are in no rate, where there are any."""
    parts = [
        f"{row[outcome]:,} {outcome_label(outcome)}" for outcome in ("not_applicable", "not_evaluated") if row[outcome]
    ]
    return t(", ").join(parts)


def _said(row: Row, others: Sequence[Row]) -> str:
    said = [rate_text(row), f"({interval_text(row)})", tn("{n} call", "{n} calls", row["hits"] + row["misses"])]
    said += [_not_counted(row), t("version {version}", version=version_name(row["rule_version"]))]
    said += [
        t(
            "beside it {mean} in {n} of version {version}",
            mean=rate_text(other), n=other["hits"] + other["misses"], version=version_name(other["rule_version"]),
        )
        for other in others
    ]  # fmt: skip
    return " ".join(filter(None, said))


def _marks(drawn: Mapping[int, Row]) -> Iterable[VersionMark]:
    before = None
    for at, row in drawn.items():
        version = row["rule_version"]
        if before not in (None, version):
            yield VersionMark(at, t("from here: version {version}", version=version_name(version)))
        before = version

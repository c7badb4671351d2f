"""Cards of one call: its figures, the customer's mood from quarter to quarter, and every metric with its meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.board.figures import Card, Cell, Column, Place, Point, Table, Tick, Tile, Tiles, Trend
from dashboards.cards.rows import metric_address, metric_help
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.definitions import name
from qa_pipeline.wording.figures import figure, signed
from qa_pipeline.wording.languages import t

QUARTERS = tuple(f"customer_valence_q{number}" for number in range(1, 5))
LOWEST, HIGHEST = -5, 5
"""Of a valence."""


def figure_tiles(columns: Sequence[str], metrics: Mapping[str, Any]) -> Tiles:
    """A tile per metric, which leads to its definition."""
    return Tiles(tuple(_tile(column, metrics) for column in columns))


def _tile(column: str, metrics: Mapping[str, Any]) -> Tile:
    unit = metrics.get(f"{column}_unit")
    value, note = figure(column, metrics[column], unit), ""
    if unit:
        # words of a unit are small: a number is what is looked for
        value, _, note = value.partition(" ")
    return Tile(name(column), value, note, metric_address(column), metric_help(column))


def sentiment_card(metrics: Mapping[str, Any], why_missing: str) -> Card:
    """The customer's valence in each quarter of the recording; one without labelled speech has no point. `why_missing`
    is said where the call has no valence at all."""
    title, about = t("Customer sentiment by quarter"), metric_address("customer_valence")
    if metrics["customer_valence"] is None:
        return Card(title, notes=(why_missing,), href=about, help=metric_help("customer_valence"))
    valences = [metrics[column] for column in QUARTERS]
    words = [t(metrics["trajectory"]), *(t(column) for column in ("escalated", "recovered") if metrics[column])]
    nothing = t("no labelled speech")
    body = Trend(
        # the figure stands below its point: a reader need not rest on it
        tuple(
            Place(t("Quarter {number}", number=number), nothing if value is None else signed(value))
            for number, value in enumerate(valences, start=1)
        ),
        tuple(
            Point(place, value, None, None, signed(value)) for place, value in enumerate(valences) if value is not None
        ),
        LOWEST,
        HIGHEST,
        tuple(Tick(at, signed(at)) for at in (LOWEST, 0, HIGHEST)),
        nothing=nothing,
    )
    return Card(
        title,
        body,
        figure=t(", ").join(words),
        beside=name("trajectory"),
        notes=(t("The customer's mood in each quarter of the recording"),),
        href=about,
        help=metric_help("customer_valence"),
    )


def every_figure(metrics: Mapping[str, Any], reasons: Mapping[str, str]) -> Card:
    """All metrics but thresholds and versions, with what each means; one that is missing says why."""
    rows = []
    for column, entry in CATALOGUE.items():
        if entry.section != "Thresholds and versions":
            value = figure(column, metrics[column], metrics.get(f"{column}_unit"))
            why = f" ({reasons[column]})" if column in reasons else ""
            rows.append(
                (
                    Cell(name(column), metric_address(column), note=column),
                    Cell(f"{value}{why}"),
                    Cell(metric_help(column), tone="words"),
                )
            )
    columns = (Column(t("Figure")), Column(t("Value")), Column(t("Definition")))
    return Card(t("All figures and their definitions"), Table(columns, tuple(rows)))

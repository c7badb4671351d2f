"""What cards of several pages need: rows of frames, means, addresses of lists of calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboards.board.addresses import address
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange, Span
from dashboards.links import call_link, calls_link
from dashboards.palette import STATUSES
from qa_pipeline.wording.definitions import definition
from qa_pipeline.wording.languages import t, to_translate

HAS_IT = {"valence_shift": Span(low=-10.0)}
"""Ranges of a metric that hold all its values; from 0 where nothing else is said."""

TAKEN = tuple(status for status in STATUSES if status != "quarantined")
"""Statuses of the calls that which_agents_and_queues_took_calls counts."""

NO_ENGINE = {
    "none (silent channel)": to_translate("none (silent channel)"),
    "none (copy of the other channel)": to_translate("none (copy of the other channel)"),
}
"""Engines of sql/marts/costs_daily.sql that are none."""


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame by column name, its gaps as None and its dates as dates."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def mean_of(row: Mapping[str, Any]) -> Mean:
    """The mean of a row of n, mean, ci_low, ci_high and unit."""
    return Mean(row["n"], row["mean"], row["ci_low"], row["ci_high"], row["unit"])


def means_of(frame: pd.DataFrame) -> dict[str, dict[str, Mean]]:
    """Key → metric → mean, of rows as how_metrics_went finds them for one dimension."""
    found: dict[str, dict[str, Mean]] = {}
    for row in rows_of(frame):
        found.setdefault(row["key"], {})[row["metric"]] = mean_of(row)
    return found


def calls_address(chosen: CallFilter, sort: str | None = None) -> str:
    """The address of the list of these calls, the largest first where `sort` is given."""
    return address(*calls_link(chosen, sort=sort))


def call_address(call_id: str, at_s: float | None = None) -> str:
    """The address of a call, at a moment where given."""
    return address(*call_link(call_id, at_s))


def engine_label(engine: str) -> str:
    """An engine's name; where nobody was asked, why."""
    return t(NO_ENGINE.get(engine, engine))


def agent_address(key: str, dates: DateRange) -> str:
    """An agent's own page."""
    return address("agents", {"agent": key, "from": dates.first.isoformat(), "to": dates.last.isoformat()})


def metric_address(column: str) -> str:
    """Where a metric is explained."""
    return address("glossary", {"metric": column})


def metric_help(column: str) -> str:
    """What a metric means, as plain text for a tooltip."""
    return definition(column).replace("`", "")


def calls_with(column: str, dates: DateRange, **chosen: tuple[str, ...]) -> CallFilter:
    """The calls that have a metric: those behind its mean."""
    reach = Span(low=-5.0) if "valence" in column else Span(low=0.0)
    return CallFilter(dates, metrics=((column, HAS_IT.get(column, reach)),), **chosen)  # type: ignore[arg-type]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        is_day = value.tzinfo is None and value == value.normalize()
        return value.date() if is_day else value.to_pydatetime()
    if isinstance(value, dt.date | str | bool | list | tuple | dict) or value is None:
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    return None if not isinstance(value, list) and pd.isna(value) else value

"""Days on which too many calls failed, and days whose rates lie outside their control limits."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.alerts.causes import Cause, CauseKind, Fact
from qa_pipeline.alerts.limits import DayRate, control_limits
from qa_pipeline.alerts.plan import Watched
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.statements.files import read_sql

_COUNTS, _DEAD_AIR = "reads/list_counts_by_day.sql", "reads/list_dead_air_by_day.sql"
_METRIC, _RULES = "reads/list_metric_by_day.sql", "reads/list_rule_rates_by_day.sql"
_NEEDS = {_COUNTS: "counts_daily", _DEAD_AIR: "call_metrics", _METRIC: "metrics_daily", _RULES: "rules_daily"}


@dataclass(frozen=True, slots=True)
class Series:
    """A rate of a group by day. `name` tells rates of one group apart, `version` what is not comparable."""

    dimension: str
    key: str
    name: str
    version: str = ""
    title: str = ""
    rule_id: str | None = None


def find_shares(snapshot: Snapshot, watched: Watched, first: dt.date, last: dt.date) -> Iterator[Cause]:
    """Days on which too large a part of the calls is counted."""
    counted = str(watched.count)
    for row in _count_rows(snapshot, counted, first, last):
        n, count = row["calls"], row[counted]
        if row["dimension"] in watched.by and n >= watched.min_n and count >= (watched.at_least or 0) * n:
            yield Cause(
                kind=CauseKind.SHARE,
                severity=watched.grave(),
                identity=(counted, row["dimension"], row["key"], row["call_date"].isoformat()),
                call_date=row["call_date"],
                queue=_queue(row["dimension"], row["key"]),
                facts={"counted": counted, "count": count, "n": n, "value": count / n},
            )


def find_rates(snapshot: Snapshot, watched: Watched, first: dt.date, last: dt.date) -> Iterator[Cause]:
    """Days whose rate lies outside the limits of the days before."""
    for series, days in _series(snapshot, watched, _before(first, watched.baseline_days), last).items():
        for day in sorted(day for day in days if day >= first):
            earliest = _before(day, watched.baseline_days)
            baseline = [days[each] for each in sorted(days) if earliest <= each < day]
            limits = control_limits(baseline, days[day], min_n=watched.min_n, min_days=watched.min_days)
            if limits is None or limits.holds(days[day].value):
                continue
            facts: dict[str, Fact] = {
                "counted": watched.count,
                "value": days[day].value,
                "low": limits.low,
                "high": limits.high,
                "centre": limits.centre,
                "n": days[day].n,
                "baseline_days": limits.days,
                "is_share": int(days[day].sd is None),
            }
            yield Cause(
                kind=CauseKind.RATE,
                severity=watched.grave(),
                identity=(series.name, series.dimension, series.key, day.isoformat()),
                title=series.title,
                call_date=day,
                rule_id=series.rule_id,
                queue=_queue(series.dimension, series.key),
                facts=facts,
            )


def _series(
    snapshot: Snapshot, watched: Watched, first: dt.date, last: dt.date
) -> dict[Series, dict[dt.date, DayRate]]:
    found: dict[Series, dict[dt.date, DayRate]] = defaultdict(dict)
    if watched.count is not None:
        for row in _count_rows(snapshot, watched.count, first, last):
            series = Series(row["dimension"], row["key"], f"count {watched.count}")
            _put(found, watched, series, row, DayRate(row["calls"], row[watched.count] / max(row["calls"], 1)))
    if watched.metric is not None:
        for row in _rows(snapshot, _METRIC, first, last, metric=watched.metric):
            series = Series(row["dimension"], row["key"], f"metric {watched.metric}", row["unit"], watched.metric)
            _put(found, watched, series, row, DayRate(row["n"], row["mean"], row["sd"]))
    for row in _rows(snapshot, _RULES, first, last, rules=list(watched.rules)) if watched.rules else ():
        name, version = f"rule {row['rule_id']}", row["rule_version"]
        series = Series(row["dimension"], row["key"], name, version, row["title"], row["rule_id"])
        _put(found, watched, series, row, DayRate(row["n"], row["hits"] / max(row["n"], 1)))
    return found


def _put(
    found: dict[Series, dict[dt.date, DayRate]], watched: Watched, series: Series, row: Row, rate: DayRate
) -> None:
    if series.dimension in watched.by and rate.n:
        found[series][row["call_date"]] = rate


def _count_rows(snapshot: Snapshot, counted: str, first: dt.date, last: dt.date) -> list[Row]:
    return _rows(snapshot, _DEAD_AIR if counted == "dead_air" else _COUNTS, first, last)


def _rows(snapshot: Snapshot, file: str, first: dt.date, last: dt.date, **values: object) -> list[Row]:
    """The rows of a select; none where an earlier version published without its table."""
    if _NEEDS[file] not in snapshot.tables():
        return []
    return snapshot.rows(read_sql(file), {"from_date": first, "to_date": last, **values})


def _before(day: dt.date, days: int) -> dt.date:
    return dt.date.fromordinal(max(day.toordinal() - days, 1))


def _queue(dimension: str, key: str) -> str | None:
    return key if dimension == "queue" else None

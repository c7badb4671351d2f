"""The selects of figures: trends and groups from the daily marts, and one call's sound, turns and metrics.

Means of several days are put together from n, mean and standard deviation, as docs/metrics.md (Uncertainty) says; every
name below is a column of ours, values come as $parameters only.
"""

from __future__ import annotations

from collections.abc import Sequence

TREND_METRICS = (
    "talk_ratio",
    "silence_ratio",
    "dead_air_s",
    "overlap_s",
    "response_ms_p50",
    "customer_valence",
    "valence_shift",
)
"""Metrics of calls_daily."""

GROUP_METRICS = (
    "talk_ratio",
    "agent_interruptions",
    "response_ms_p50",
    "agent_talk_speed",
    "customer_valence",
    "valence_shift",
    "negative_share",
)
"""Metrics of agents_daily and queues_daily."""


def pooled(mart: str, key: str, metrics: Sequence[str]) -> str:
    """key, metric, unit, n, mean, ci_low, ci_high of each metric over the rows of the dates that share `key`.

    Talk speeds of two units are never put together: of several units the one with the most calls is given.
    """
    long = "\n    union all\n    ".join(
        f"select {key} as key, '{metric}' as metric, {_unit(mart, metric)} as unit, "
        f"{metric}_n as n, {metric}_mean as mean, {metric}_sd as sd from {mart} "
        "where call_date between $from_date and $to_date"
        for metric in metrics
    )
    return f"""
with long as (
    {long}
),

centred as (
    select
        *,
        sum(n * mean) over alike / nullif(sum(n) over alike, 0) as all_mean
    from long
    window alike as (partition by key, metric, unit)
),

pooled as (
    select
        key,
        metric,
        unit,
        cast(sum(n) as bigint) as n,
        any_value(all_mean) as mean,
        sqrt(sum(coalesce((n - 1) * sd ^ 2, 0) + n * (mean - all_mean) ^ 2) / nullif(sum(n) - 1, 0)) as sd
    from centred
    where n > 0
    group by key, metric, unit
    qualify row_number() over (partition by key, metric order by sum(n) desc, unit) = 1
)

select
    key,
    metric,
    unit,
    n,
    mean,
    mean - t_95(n) * sd / sqrt(n) as ci_low,
    mean + t_95(n) * sd / sqrt(n) as ci_high
from pooled
order by key, metric
"""


def _unit(mart: str, metric: str) -> str:
    return "agent_talk_speed_unit" if metric == "agent_talk_speed" and mart != "calls_daily" else "null::varchar"


TRENDS = pooled("calls_daily", "call_date", TREND_METRICS)
MEANS = pooled("calls_daily", "null::date", TREND_METRICS)

AGENT_FIGURES = pooled("agents_daily", "agent_id", GROUP_METRICS)
QUEUE_FIGURES = pooled("queues_daily", "queue", GROUP_METRICS)

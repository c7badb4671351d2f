"""Conditions on columns of `call_metrics` that a person chooses, put into a select of calls."""

from __future__ import annotations

from collections.abc import Mapping

from qa_pipeline.conversation.catalogue import CATALOGUE

PLACE = "/* conditions on metrics */"
"""Where a select takes them."""

Ends = tuple[float | None, float | None]
"""Lowest and highest value, both included; None leaves that side open."""


def with_metric_ranges(select: str, ranges: Mapping[str, Ends]) -> tuple[str, dict[str, float]]:
    """`select` with a condition at `PLACE` for each column of `call_metrics` in `ranges`, and its further parameters.

    Yes and no are 1 and 0. A call without a value of the metric is in no range.

    Raises:
        KeyError: a column is none of the catalogue.
    """
    conditions, values = [], {}
    for number, (column, ends) in enumerate(ranges.items()):
        measured = f"call_metrics.{CATALOGUE[column].column}::double"
        for end, sign in zip(ends, (">=", "<="), strict=True):
            if end is not None:
                name = f"{'low' if sign == '>=' else 'high'}_{number}"
                conditions.append(f"{measured} {sign} ${name}")
                values[name] = end
    if not conditions:
        return select, values
    chosen = " and ".join(["call_metrics.call_date between $from_date and $to_date", *conditions])
    return select.replace(PLACE, f"and calls.call_id in (select call_id from call_metrics where {chosen})"), values

"""The daily partitions by call date. Time zone and first day are settings, so importing this reads them."""

import datetime as dt
from typing import TypeAlias

import dagster as dg

from qa_pipeline.settings import load_pipeline_settings

_settings = load_pipeline_settings()

DAILY = dg.DailyPartitionsDefinition(
    start_date=_settings.start_date.isoformat(),
    timezone=_settings.timezone,
    end_offset=1,  # today's recordings can be run for today
)


StepContext: TypeAlias = dg.AssetExecutionContext | dg.OpExecutionContext
"""What a step is told of its run: an asset's own, or an op's that is a part of one."""


def days_of(context: StepContext) -> list[dt.date]:
    """The call dates a run is for: one, or all of a single-run backfill's range."""
    return [dt.date.fromisoformat(key) for key in context.partition_keys]

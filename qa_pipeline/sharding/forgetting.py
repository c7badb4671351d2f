"""Forgets what machines share of days that are older than their texts may be kept; the lake has the days."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine

from qa_pipeline.settings import Settings
from qa_pipeline.sharding.local_files import forget_files_of_days_before
from qa_pipeline.sharding.opening import SHARDS, WORK, shared_files
from qa_pipeline.sharding.states import DayStates

LEFT_AFTER = dt.timedelta(days=1)
"""The state of a day that the lake does not have is of a run under way, unless nobody has changed it for so long."""


def forget_days_before(settings: Settings, engine: Engine, before: dt.date) -> int:
    """Removes states of days before that one with their files and shards, and this machine's own files of such days;
    returns how many files in the bucket. A day that a run is at stays: that run forgets its texts when it has ended.

    Raises:
        StorageError: the lake's bucket can't be used.
    """
    forget_files_of_days_before(settings.home / "days", before)
    states, work, shards = DayStates(engine), shared_files(settings, WORK), shared_files(settings, SHARDS)
    days = states.settled_before(before.isoformat(), LEFT_AFTER.total_seconds())
    if not days:
        return 0
    with states.hold(days):  # whoever makes a new state has its files there before the state names them
        states.forget_days(days)
        found = [item.key for day in days for item in work.listed(day)]
        named = states.files()
        gone = [key for key in found if key not in named]
        work.delete(gone)
    of_shards = [item.key for item in shards.listed("") if _day_of(item.key) in days]
    shards.delete(of_shards)
    return len(gone) + len(of_shards)


def _day_of(key: str) -> str:
    """The day of a file of a shard, `<kind>/<day>/<shard>/<file>`."""
    return key.split("/")[1] if key.count("/") > 1 else ""

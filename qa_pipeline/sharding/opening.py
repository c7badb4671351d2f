"""What machines share of days, opened by the settings: the states of days, and the files that go with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Engine

from qa_pipeline.settings import Settings, SettingsError
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.files import SharedFiles
from qa_pipeline.sharding.local_files import forget_old_files
from qa_pipeline.sharding.shards import Shards
from qa_pipeline.sharding.states import DayStates
from qa_pipeline.warehouse.held import Say, say_nothing

WORK, SHARDS = "work", "shards"
"""Folders of the lake: the states of days in the making, and the shards that their steps are cut into."""


def shared_files(settings: Settings, folder: str) -> SharedFiles:
    """A folder of the lake. Reaches for nothing.

    Raises:
        SettingsError: there is no lake.
    """
    if settings.lake is None:
        raise SettingsError("QA_LAKE is not set, and machines share days below it only")
    below = "/".join(filter(None, (settings.lake.prefix, folder)))
    return SharedFiles(replace(settings.lake, prefix=below), settings.bucket_endpoint)


def shards_of(settings: Settings, kind: str) -> Shards:
    """The shards of one kind. Reaches for nothing."""
    return Shards(shared_files(settings, SHARDS), kind)


def open_days(
    settings: Settings, engine: Engine, days: Sequence[dt.date | None], *, say: Say = say_nothing
) -> DayWarehouse:
    """The working database of some days, in files of this machine below `QA_HOME/days`."""
    from qa_pipeline.lake.place import lake_to_write  # what it needs is an extra
    from qa_pipeline.sharding.lake_days import LakeDays

    folder = settings.home / "days"
    forget_old_files(folder)
    published, files = LakeDays(lake_to_write(settings)), shared_files(settings, WORK)
    return DayWarehouse(folder, days, DayStates(engine), files, published=published, say=say)

"""Publishes the newest state of days into the lake, and no state that another machine has replaced meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import LakePublication, publish_held
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.states import DayMovedOn
from qa_pipeline.warehouse.held import Say, say_nothing
from qa_pipeline.warehouse.snapshots import SnapshotInfo

ATTEMPTS = 4
"""From the second one on other machines are kept from the days, so more are needed only where a lock is lost."""


def publish_days(
    warehouse: DayWarehouse,
    place: LakePlace,
    days: Sequence[dt.date],
    note: SnapshotInfo,
    *,
    minimum_n: int,
    with_lists: bool = True,
    say: Say = say_nothing,
) -> LakePublication:
    """Publishes the newest state of `days` and of the undated recordings, and notes that the lake has it.

    No other program of this machine has the working database between reading the states and the end. Whether they are
    still the newest is asked in the lake's transaction: what a state is replaced by is published later, so an older
    state is never put over a newer one.

    Raises:
        DayMovedOn: other machines have changed the days again and again.
        LakeUnusable: catalog or store can't be reached, or another machine has been writing for too long.
        WarehouseBusy: another program has the working database open.
        WarehouseUnusable: the working database has rows twice.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with warehouse.newest(alone=attempt > 1) as versions:
                require_current = partial(warehouse.require, versions)
                made = publish_held(
                    place,
                    warehouse.path,
                    days,
                    note,
                    minimum_n=minimum_n,
                    with_lists=with_lists,
                    say=say,
                    require_current=require_current,
                )
                warehouse.note_published(versions)
                return made
        except DayMovedOn:
            if attempt == ATTEMPTS:
                raise
            say("another machine has changed a day in between; its newer state is published")
    raise AssertionError("the last attempt returns or raises")

"""Takes what was said out of days of the lake that are older than it may be kept; times and figures stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import explained
from qa_pipeline.lake.reading import NoLake, leave, let_go_of_all, open_lake
from qa_pipeline.lake.rewriting import MakeDay, rewrite_days
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.day_parts import DayParts
from qa_pipeline.warehouse.forgetting_texts import without_texts
from qa_pipeline.warehouse.held import Say


def days_with_texts_in_lake(place: LakePlace, before: dt.date, held: Collection[str]) -> list[dt.date]:
    """Days before `before` with calls, other than those `held`, whose texts the lake still has.

    Raises:
        LakeUnusable: catalog or store don't answer.
    """
    values = {"before": before, "held": sorted(held)}
    try:
        opened = open_lake(place)
    except NoLake:
        return []
    try:
        with explained(place), opened.database.cursor() as cursor:
            rows = cursor.execute(read_sql("erase/list_days_with_texts.sql"), values).fetchall()
    finally:
        leave(opened)
    return sorted(day for (day,) in rows)


def forget_texts_in_lake(
    place: LakePlace, days: Sequence[dt.date], held: Collection[str], now: dt.datetime, *, minimum_n: int, say: Say
) -> None:
    """Empties the texts of these days' calls but those that are `held`, and notes `now` as the time of it. Files with
    texts are written anew, and earlier versions go, as far as nobody else reads them; `tidy_lake` removes those later.

    Raises:
        LakeUnusable: catalog or store can't be reached, or somebody else has been writing for too long.
    """
    replacing = without_texts(days, held, now)

    def making(day_parts: DayParts) -> MakeDay:
        return lambda day: day_parts.of_changed_day(day, replacing)

    let_go_of_all()  # a version that is being read is not removed
    rewrite_days(place, lambda _: days, making, minimum_n=minimum_n, say=say)

"""Makes the parts of single days: the tables from the working database, the marts and texts from these.

Rows go from file to file and through no table, so a day of many calls takes no more memory than one of few. A day that
a call or a task has left, because its recording now belongs to another day, is made again of what was published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import refill_mart
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_rows import FACT_TABLES, KEPT_MARTS, WHOLE_TABLES
from qa_pipeline.warehouse.held import WarehouseUnusable
from qa_pipeline.warehouse.keys import primary_keys
from qa_pipeline.warehouse.memory import spare_memory
from qa_pipeline.warehouse.parts import (
    Day,
    Manifest,
    Part,
    names_in,
    quoted,
    select_parts,
    write_merged_part,
    write_part,
)
from qa_pipeline.warehouse.search_texts import refill_search_texts
from qa_pipeline.warehouse.snapshot_file import no_rows, table_columns

SEARCH_TEXTS = "search_texts"
KEYS = "published_keys"
"""Which calls and recordings each day has, as hashes: finds the days that a call has left. No view shows it."""

MOVING = ("calls", "call_channels", "transcription_tasks")
"""What tells of calls that have come from another day."""

MADE_FROM_OTHERS = (*KEPT_MARTS, SEARCH_TEXTS, KEYS)
PUBLISHED_TABLES = (*FACT_TABLES, *MADE_FROM_OTHERS)

_WHOLE = {
    "calls": "status <> 'pending'",
    "call_channels": "call_id in (select call_id from warehouse.calls where {chosen} and status <> 'pending')",
}
"""What is published of a table besides the choice of days: no call that has not come to its end. Channels are of the
day of their call."""


class PublishedRows(Protocol):
    """Reads the rows that are published so far, from parts or from a lake."""

    def select(self, table: str, days: Sequence[Day] | None) -> str | None:
        """A select of a table's rows of these days, or of all; None where none are published."""


class PartRows:
    """What the parts of a manifest in `folder` have."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder, self._manifest = folder, manifest

    def select(self, table: str, days: Sequence[Day] | None) -> str | None:
        """As `PublishedRows` has it; only parts that have rows of the days are read."""
        parts = self._manifest.parts.get(table, []) if days is None else self._manifest.with_days(table, days)
        if not parts:
            return None
        shown = select_parts(parts, names_in(self._folder))
        return shown if days is None else f"select * from ({shown}) where {of_days(days)}"


class DayParts:
    """Writes parts into `folder`, from the working database `warehouse_path` and the rows that are `published` so far.

    To be used as a context manager. It reads the working database for as long as it is open.
    """

    def __init__(self, folder: Path, published: PublishedRows, warehouse_path: Path, minimum_n: int) -> None:
        self._folder, self._published_rows, self._minimum_n = folder, published, minimum_n
        self._connection = empty_database()
        execute = self._connection.execute
        spare_memory(self._connection, folder)
        self._columns = table_columns(self._connection)
        self._keys = primary_keys()
        for table in (*FACT_TABLES, *WHOLE_TABLES):
            execute(f"drop table {table}")
        execute(f"attach '{quoted(warehouse_path)}' as warehouse (read_only)")
        for table in WHOLE_TABLES:  # views of the schema show them
            self._show(table, f"from warehouse.{table}")

    def __enter__(self) -> DayParts:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The database in which the parts are made. Where published rows lie elsewhere, that is attached here."""
        return self._connection

    def find_left_days(self, days: Sequence[dt.date]) -> list[dt.date]:
        """Published days, none of `days`, that have calls or tasks which stand under `days` or under no day by now.

        What they lose is noted for `of_left_day`.
        """
        values = {"days": list(days)}
        found = self._days_with_arriving_keys(days)
        self._show_published([None, *found, *days])
        self._execute(f"create or replace temp table leaving as {read_sql('publish/find_leaving_calls.sql')}", values)
        left = self._rows(read_sql("publish/find_days_left.sql"), values)
        tasks = "select recording_id from warehouse.transcription_tasks where"
        self._execute(
            f"create or replace temp table leaving_tasks as {tasks} in_days(call_date, $days) "
            f"union all {tasks} call_date is null",
            values,
        )
        return sorted(day for (day,) in left if day not in set(days))

    def _days_with_arriving_keys(self, days: Sequence[dt.date]) -> list[dt.date]:
        """Other days with a call or recording that `days` have now; looked for only where `days` have new ones."""
        keys = read_sql("publish/list_keys_by_kind.sql")
        self._show_arriving(days)
        self._execute(f"create or replace temp table arriving_keys as {keys}")
        self._show_published([None, *days])
        self._execute(f"delete from arriving_keys where (kind, key) in (select (kind, key) from ({keys}))")
        known = self._published_rows.select(KEYS, None)
        if known is None or not self._rows("select 1 from arriving_keys limit 1"):
            return []
        rows = self._rows(
            f"select distinct call_date from ({known}) "
            "where key in (select key from arriving_keys) and not list_contains($days::date[], call_date)",
            {"days": list(days)},
        )
        return sorted(day for (day,) in rows)

    def _show_arriving(self, days: Sequence[dt.date]) -> None:
        """Has the views of what moves show what the working database has of these days and of none, asked for one by
        one: so other days are passed over."""
        listed = ", ".join(f"date '{day}'" for day in days)
        for table in MOVING:
            done = "and status <> 'pending'" if table == "calls" else ""
            of = f"select * from warehouse.{table} where"
            self._show(table, f"{of} in_days(call_date, [{listed}]) {done} union all {of} call_date is null {done}")

    def _show_published(self, days: Sequence[Day]) -> None:
        """Has the views of what moves show what is published of these days."""
        for table in MOVING:
            self._show(table, self._published(table, days))

    def of_run_day(self, day: Day) -> dict[str, Part]:
        """The parts of a day by table, from the working database; tables without rows have none."""
        chosen = "call_date is null" if day is None else f"call_date = date '{day}'"
        return self._day(
            day,
            {
                table: f"select * from warehouse.{table} where {chosen} and "
                + _WHOLE.get(table, "true").format(chosen=chosen)
                for table in FACT_TABLES
            },
        )

    def lose(self, call_ids: Collection[str], recording_ids: Collection[str]) -> None:
        """Says what `of_left_day` leaves out: these calls, and the tasks of these recordings."""
        for table, column, values in (
            ("leaving", "call_id", call_ids), ("leaving_tasks", "recording_id", recording_ids)
        ):  # fmt: skip
            made = f"create or replace temp table {table} as select unnest($values::varchar[]) as {column}"
            self._execute(made, {"values": list(values)})

    def of_left_day(self, day: Day) -> dict[str, Part]:
        """The parts of a day by table, from what was published, without what it lost."""
        return self._day(
            day,
            {
                table: f"select * from ({self._published(table, [day])}) where "
                + (
                    "recording_id not in (select recording_id from leaving_tasks)"
                    if table == "transcription_tasks"
                    else "call_id not in (select call_id from leaving)"
                )
                for table in FACT_TABLES
            },
        )

    def of_changed_day(self, day: Day, replacing: Mapping[str, str]) -> dict[str, Part]:
        """The parts of a day by table, from what was published; `replacing` has for a table what stands behind
        `select *`, as SQL."""
        return self._day(
            day,
            {
                table: f"select * {replacing.get(table, '')} from ({self._published(table, [day])})"
                for table in FACT_TABLES
            },
        )

    def is_same(self, table: str, day: Day, part: Part | None) -> bool:
        """Whether a day's new part has just the rows that are published of that day."""
        found = [
            self._rows(f"select count(*), sum(hash(shown)::hugeint) from ({select}) as shown")
            for select in (
                self._published(table, [day]),
                self._published_of(table, [part] if part else [], [day]),
            )
        ]
        return found[0] == found[1]

    def merged(self, table: str, parts: Sequence[Part]) -> Part:
        """One part with the rows of several."""
        return write_merged_part(self._connection, self._folder, table, self._sorted(table, parts), parts)

    def of_whole_table(self, table: str) -> Part | None:
        """The part with all rows of a table of `WHOLE_TABLES`."""
        order = ", ".join(name for name, _ in self._columns[table])
        select = f"from warehouse.{table} order by {order}"
        return write_part(self._connection, self._folder, table, select, is_dated=False)

    def late_days(self, table: str, since: dt.datetime, published: Collection[dt.date]) -> list[dt.date]:
        """Days of whose calls the table has rows that were written after that, or, where it is `published` that they
        had some, none any more."""
        select = f"select distinct call_date from warehouse.{table} where loaded_at > $since and call_date is not null"
        late = {day for (day,) in self._rows(select, {"since": since})}
        gone = "call_date in (select call_date from warehouse.calls)"
        gone += f" and call_date not in (select call_date from warehouse.{table} where call_date is not null)"
        values = {"days": sorted(published)}
        shown = f"select call_date from (select unnest($days::date[]) as call_date) where {gone}"
        return sorted(late.union(day for (day,) in self._rows(shown, values)))

    def of_table_on(self, table: str, day: dt.date) -> Part | None:
        """The part of a table of `FACT_TABLES` with its rows of a day, from the working database."""
        select = f"from warehouse.{table} where call_date = date '{day}' order by {self._order(table)}"
        return write_part(self._connection, self._folder, table, select)

    def texts_of_day(self, day: dt.date) -> Part | None:
        """A day's texts for searches, folded anew from what is published."""
        for table in ("sentences", "transcripts"):
            self._show(table, self._published(table, [day]))
        refill_search_texts(self._connection, [day])
        return self._take(SEARCH_TEXTS)

    def _day(self, day: Day, selects: dict[str, str]) -> dict[str, Part]:
        made: dict[str, Part] = {}
        for table, select in selects.items():
            self._show(table, "select * from " + self._without_rows(table) + f" union all by name {select}")
            if not self._rows(f"select 1 from {table} limit 1"):  # a file to no purpose costs more than to ask
                continue
            part = write_part(self._connection, self._folder, table, f"from {table} order by {self._order(table)}")
            self._show(table, self._published_of(table, [part] if part else [], [day]))
            self._check_keys(table)
            if part:
                made[table] = part
        if day is not None:
            made |= dict(self._made_from_others(day))
        return made

    def _made_from_others(self, day: dt.date) -> Iterator[tuple[str, Part]]:
        for mart in KEPT_MARTS:
            refill_mart(self._connection, mart, [day], minimum_n=self._minimum_n)
        refill_search_texts(self._connection, [day])
        for table in (*KEPT_MARTS, SEARCH_TEXTS):
            if part := self._take(table):
                yield table, part
        if part := write_part(self._connection, self._folder, KEYS, read_sql("publish/list_keys.sql")):
            yield KEYS, part

    def _take(self, table: str) -> Part | None:
        """A part with all rows of a table of this connection, which is empty then."""
        part = write_part(self._connection, self._folder, table, f"from {table} order by {self._order(table)}")
        self._execute(f"delete from {table}")
        return part

    def _check_keys(self, table: str) -> None:
        keys = ", ".join(self._keys[table])
        if twice := self._rows(f"select {keys} from {table} group by all having count(*) > 1 limit 1"):
            raise WarehouseUnusable(f"{table} has several rows with {keys} = {twice[0]}; nothing is published")

    def _published(self, table: str, days: Sequence[Day]) -> str:
        return self._published_rows.select(table, days) or f"select * from {self._without_rows(table)}"

    def _published_of(self, table: str, parts: Sequence[Part], days: Sequence[Day]) -> str:
        """A select of the rows of some days of some parts."""
        return f"select * from ({self._shown(table, parts)}) where {of_days(days)}"

    def _sorted(self, table: str, parts: Sequence[Part]) -> str:
        """Neighbouring parts are sorted already; parts whose days lie between each other's are sorted again."""
        ends = [day for part in parts for day in (part.days[0], part.days[-1])]
        select = self._shown(table, parts)
        is_sorted = ends == sorted(ends, key=str) and not any(part.hidden for part in parts[1:])
        if is_sorted and (len(parts) == 1 or not parts[0].hidden):
            return select
        return f"from ({select}) order by {self._order(table)}"

    def _shown(self, table: str, parts: Sequence[Part]) -> str:
        return select_parts(parts, names_in(self._folder)) if parts else f"select * from {self._without_rows(table)}"

    def _order(self, table: str) -> str:
        return ", ".join(dict.fromkeys(["call_date", *self._keys.get(table, ["key"])]))

    def _without_rows(self, table: str) -> str:
        columns = self._columns.get(table, [("call_date", "date"), ("key", "ubigint")])
        return f"({no_rows(columns)})"

    def _show(self, table: str, select: str) -> None:
        self._execute(f"create or replace view {table} as {select}")

    def _execute(self, sql: str, values: Mapping[str, object] | None = None) -> None:
        self._connection.execute(sql, values)

    def _rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()


def of_days(days: Sequence[Day]) -> str:
    """The condition that a row is of one of these days."""
    dated = ", ".join(f"date '{day}'" for day in days if day is not None)
    conditions = [f"call_date in ({dated})"] if dated else []
    conditions += ["call_date is null"] if None in days else []
    return " or ".join(conditions) or "false"

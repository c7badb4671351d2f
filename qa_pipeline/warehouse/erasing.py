"""Takes calls out of the working database and out of everything that is published, so that no byte of them is left.

A row that is deleted from a DuckDB file stays in it, and compressed as it is no search for its text finds it. So the
working database is written anew, row by row, and takes the place of the old file; parts with rows of the calls are
written without them, and every earlier snapshot goes at once.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import MARTS, VIEWS, refill_mart
from qa_pipeline.warehouse.database import apply_schema, closing_transaction, exclusive_lock
from qa_pipeline.warehouse.held import Waiting, connect_for_writing, connect_waiting
from qa_pipeline.warehouse.memory import spare_memory
from qa_pipeline.warehouse.parts import quoted, sync_file, sync_folder
from qa_pipeline.warehouse.recording_keys import note_recordings
from qa_pipeline.warehouse.snapshot_file import table_columns

ERASE_WAIT_S = 600.0
_NOTHING: Mapping[str, str] = MappingProxyType({})
_BY_RECORDING = "recording_id"
_BY_CALL = "call_id"


@dataclass(frozen=True, slots=True)
class ErasedCalls:
    """Whose rows go: by the call's id, and rows of recordings that name no call."""

    call_ids: tuple[str, ...]
    recording_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class WarehouseErasure:
    """What went: rows by table, and the days that they were of."""

    rows: dict[str, int] = field(default_factory=dict)
    days: set[dt.date] = field(default_factory=set)


def erase_from_warehouse(path: Path, erased: ErasedCalls, *, minimum_n: int, waiting: Waiting) -> WarehouseErasure:
    """Writes the working database anew without these calls; nothing where there is none. `minimum_n` is the setting.

    Raises:
        WarehouseBusy, WarehouseUnusable: it could not be opened.
    """
    found = WarehouseErasure()
    with exclusive_lock(path.with_suffix(".lock"), ERASE_WAIT_S):
        if not path.exists():
            return found
        with connect_waiting(path, waiting) as connection:
            connection.execute("set timezone = 'UTC'")
            apply_schema(connection)
            with closing_transaction(connection):
                _delete(connection, erased, found)
                note_recordings(connection, sorted(found.days))
                for mart in MARTS:
                    if mart not in VIEWS:
                        refill_mart(connection, mart, sorted(found.days), minimum_n=minimum_n)
            connection.execute("force checkpoint")
        write_anew(path)
    return found


def _delete(connection: duckdb.DuckDBPyConnection, erased: ErasedCalls, found: WarehouseErasure) -> None:
    for table, columns in table_columns(connection).items():
        names = {name for name, _ in columns}
        conditions = conditions_on(names, erased)
        if not conditions:
            continue
        values = values_of(conditions, erased)
        where = " or ".join(conditions)
        if "call_date" in names:
            days = connection.execute(f"select distinct call_date from {table} where {where}", values).fetchall()
            found.days |= {day for (day,) in days if day is not None}
        ((count,),) = connection.execute(f"delete from {table} where {where}", values).fetchall()
        if count:
            found.rows[table] = int(count)


def conditions_on(columns: Collection[str], erased: ErasedCalls) -> list[str]:
    """What is said of a row of these calls, as far as a table with these columns knows."""
    conditions = []
    if _BY_CALL in columns:
        conditions.append("list_contains($calls::varchar[], call_id)")
    if _BY_RECORDING in columns and erased.recording_ids:
        conditions.append("list_contains($recordings::varchar[], recording_id)")
    return conditions


def values_of(conditions: Iterable[str], erased: ErasedCalls) -> dict[str, list[str]]:
    """The values of `conditions_on`."""
    text = " ".join(conditions)
    values = {"calls": list(erased.call_ids), "recordings": list(erased.recording_ids)}
    return {name: value for name, value in values.items() if f"${name}" in text}


def write_anew(path: Path, replacing: Mapping[str, str] = _NOTHING) -> None:
    """Puts a copy in the place of the database, which nobody has open and whose log is empty. `replacing` has for a
    table what stands behind `select *`, as SQL."""
    building = path.with_name(f".{path.name}.building")
    _remove_database(building)
    with connect_for_writing(building) as connection:
        apply_schema(connection)
        spare_memory(connection, building.parent)
        tables = list(table_columns(connection))
        connection.execute(f"attach '{quoted(path)}' as earlier (read_only)")
        strange = _tables_besides(connection, tables)
        for table in tables:
            shown = f"select * {replacing.get(table, '')} from earlier.{table}"
            connection.execute(f"insert into {table} by name {shown}")
        for table in strange:  # of the working database alone, of a later version, or a person's own
            connection.execute(f'create table "{table}" as select * from earlier."{table}"')
        connection.execute("detach earlier")
        connection.execute("force checkpoint")
    shutil.rmtree(building.parent / ".spill", ignore_errors=True)
    sync_file(building)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    building.replace(path)
    sync_folder(path.parent)


def _tables_besides(connection: duckdb.DuckDBPyConnection, known: Sequence[str]) -> list[str]:
    rows = connection.execute(read_sql("erase/list_other_tables.sql"), {"known": list(known)}).fetchall()
    return [table for (table,) in rows]


def _remove_database(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)

"""What several machines share, without the calls: the lake, the days in the making, PostgreSQL, a shared history; and
the proof for these. What imports the lake does so when it is wanted: it is an extra."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, Engine, MetaData, String, Table, and_, inspect, select, text, update

from qa_pipeline.erasing.history_columns import is_told
from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.plan import Subject
from qa_pipeline.erasing.proof import Looked, Proof
from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.tables import machines
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.erasing import ErasedCalls
from qa_pipeline.warehouse.held import Say

ROWS_AT_ONCE = 2000
LOCK_TIMEOUT = "60s"
_SYSTEM = ("information_schema", "pg_catalog", "pg_toast")


def erase_days(settings: Settings, engine: Engine, days: Sequence[str]) -> int:
    """Forgets the states of days in the making, with their files and shards; the lake has the days. Returns how many
    files. This machine's copies of days go too.

    Raises:
        StorageError: the lake's bucket can't be used.
    """
    from qa_pipeline.sharding.opening import SHARDS, WORK, shared_files
    from qa_pipeline.sharding.states import UNDATED, DayStates

    states, work, shards = DayStates(engine), shared_files(settings, WORK), shared_files(settings, SHARDS)
    chosen = [*days, UNDATED]
    with states.hold(chosen):
        found = states.read(chosen)
        files = sorted({table.file for state in found.values() for table in state.tables.values()})
        states.forget_days(chosen)
        named = tuple(f"/{day.replace('-', '_')}" for day in days)
        files_of_shards = [item.key for item in shards.listed("") if any(each in f"/{item.key}" for each in named)]
        left = states.files()
        beside = [item.key for item in work.listed("") if item.key not in left]
        work.delete(sorted({*files, *beside}))
        shards.delete(files_of_shards)
    shutil.rmtree(settings.home / "days", ignore_errors=True)
    return len({*files, *beside}) + len(files_of_shards)


def erase_from_lake_of(settings: Settings, erased: ErasedCalls, say: Say) -> int:
    """Takes the calls out of the lake of the settings; returns how many days were made again. Raises LakeUnusable."""
    from qa_pipeline.lake.erasing import erase_from_lake
    from qa_pipeline.lake.place import lake_to_write

    return len(erase_from_lake(lake_to_write(settings), erased, minimum_n=settings.minimum_n, say=say))


def days_with_shared_texts(settings: Settings, before: dt.date, held: Collection[str]) -> list[dt.date]:
    """Days of the lake before that one with calls, other than those `held`, whose texts are there. Raises
    LakeUnusable."""
    from qa_pipeline.lake.forgetting import days_with_texts_in_lake
    from qa_pipeline.lake.place import lake_to_write

    return days_with_texts_in_lake(lake_to_write(settings), before, held)


def forget_shared_texts(
    settings: Settings,
    engine: Engine,
    days: Sequence[dt.date],
    before: dt.date,
    held: Collection[str],
    now: dt.datetime,
    say: Say,
) -> int:
    """Takes the texts of these days out of the lake, and what else machines share of days before `before`; returns how
    many earlier versions stay because somebody reads them.

    Raises:
        LakeUnusable: catalog or store can't be reached, or somebody else has been writing for too long.
        StorageError: the lake's bucket can't be used.
    """
    from qa_pipeline.lake.erasing import versions_of_before
    from qa_pipeline.lake.forgetting import forget_texts_in_lake
    from qa_pipeline.lake.place import lake_to_write
    from qa_pipeline.sharding.forgetting import forget_days_before

    # states first: whoever is killed in between finds the texts in the lake, and does all of it again
    forget_days_before(settings, engine, before)
    if not days:
        return 0
    place = lake_to_write(settings)
    forget_texts_in_lake(place, days, held, now, minimum_n=settings.minimum_n, say=say)
    return versions_of_before(place, say)


def write_anew(engine: Engine) -> None:
    """Has PostgreSQL write the operations tables anew, without the rows that were deleted: `vacuum full`."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
        there = set(inspect(connection).get_table_names())
        for table in metadata.sorted_tables:
            if table.name in there:
                connection.execute(text(f'vacuum full "{table.name}"'))


def scrub_history(settings: Settings, needles: Needles) -> int:
    """Takes what is looked for out of the history that workers share; returns how many cells changed."""
    from qa_pipeline.workers.tables import open_tables

    engine = open_tables(settings)
    try:
        with engine.begin() as connection:
            names = inspect(connection).get_table_names()
            return sum(
                _scrub_table(connection, Table(name, MetaData(), autoload_with=connection), needles) for name in names
            )
    finally:
        engine.dispose()


def other_homes(engine: Engine, settings: Settings) -> list[str]:
    """The homes of other machines that have sent from the shared ledger: what lies there is not seen from here."""
    with engine.connect() as connection:
        rows = connection.execute(select(machines.c.host, machines.c.home).distinct()).all()
    return sorted(f"{host}:{home}" for host, home in rows if home != str(settings.home))


def prove_shared(
    settings: Settings,
    engine: Engine,
    subject: Subject,
    needles: Needles,
    erased: ErasedCalls,
    proof: Proof,
    say: Say,
) -> None:
    """Adds to the proof what machines share: each row of PostgreSQL, the lake's rows and versions."""
    with engine.connect().execution_options(stream_results=True) as connection:
        for schema, table in _tables(connection):
            _look_at_table(connection, schema, table, needles, proof)
    if settings.uses_lake:
        from qa_pipeline.lake.erasing import rows_left, versions_of_before
        from qa_pipeline.lake.place import lake_to_write

        place = lake_to_write(settings)
        left, versions = rows_left(place, erased, say), versions_of_before(place, say)
        proof.looked["lake", "rows asked for"] = Looked("lake", "rows asked for", files=1, found=int(bool(left)))
        if left:
            proof.faults.append(f"the lake has {left:,} rows of it")
        if versions:
            proof.faults.append(
                f"{versions:,} earlier versions of the lake are being read; close what reads them, and go on"
            )


def _look_at_table(connection: Connection, schema: str, table: str, needles: Needles, proof: Proof) -> None:
    found: set[str] = set()
    size = 0
    for row in connection.execute(text(f'select own::text from "{schema}"."{table}" as own')).scalars():
        size += len(row)
        found.update(needles.in_text(row))
    key = ("PostgreSQL", f"schema {schema}, each row")
    looked = proof.looked.setdefault(key, Looked(*key))
    looked.files += 1
    looked.size_bytes += size
    looked.found += bool(found)
    if found:
        proof.faults.append(f"table {schema}.{table} has {', '.join(sorted(found))}")


def _tables(connection: Connection) -> Iterator[tuple[str, str]]:
    for schema in inspect(connection).get_schema_names():
        if schema not in _SYSTEM:
            for table in inspect(connection).get_table_names(schema):
                yield schema, table


def _scrub_table(connection: Connection, table: Table, needles: Needles) -> int:
    columns = [column for column in table.c if isinstance(column.type, String) and is_told(column.name)]
    keys = list(table.primary_key.columns)
    if not columns or not keys:
        return 0
    count = 0
    for row in connection.execute(select(*keys, *(each for each in columns if each not in keys))).mappings().all():
        changed = {
            column.name: needles.without(row[column.name])
            for column in columns
            if row[column.name] is not None and needles.in_text(row[column.name])
        }
        if changed:
            own = and_(*(key == row[key.name] for key in keys))
            connection.execute(update(table).where(own).values(**changed))
            count += len(changed)
    return count

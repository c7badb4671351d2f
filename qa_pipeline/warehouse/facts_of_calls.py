"""What the tables say of calls that are to be erased: their files, people and days, and what nobody else has said."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import apply_schema, exclusive_lock
from qa_pipeline.warehouse.day_parts import PartRows
from qa_pipeline.warehouse.held import Waiting, connect_waiting
from qa_pipeline.warehouse.parts import PARTS, read_manifest
from qa_pipeline.warehouse.published_so_far import current_snapshot

LOOK_WAIT_S = 600.0
TEXTS = 40
_TABLES = ("calls", "call_channels", "sentences")
_DUPLICATES = [QuarantineReason.DUPLICATE_AUDIO.value, QuarantineReason.DUPLICATE_CALL_ID.value]
WORTHLESS = [
    each.value
    for each in (
        QuarantineReason.OUTSIDE_LANDING_ZONE,
        QuarantineReason.EMPTY_FILE,
        QuarantineReason.NOT_AUDIO,
        QuarantineReason.UNREADABLE,
        QuarantineReason.TRUNCATED,
        QuarantineReason.SILENT_CHANNEL,
    )
]
"""Why recordings are set aside that may be the same for calls that have nothing to do with each other."""


@dataclass(slots=True)
class FactsOfCalls:
    """What is known of some calls. `metadata` is what lists and sidecars said besides, each with its key, `imports` are
    transcripts that were taken in, `texts` the longest sentences that no other call has. Of `customers` and `metadata`
    other calls have, or say, those values that are `shared`. The keys of `metadata` are parted by dots.
    `other_files` are recordings of other calls in the same folders, `longer` ids of other calls and customers of which
    one of these is a part."""

    call_ids: set[str] = field(default_factory=set)
    recording_ids: set[str] = field(default_factory=set)
    source_uris: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    metadata: set[tuple[str, str]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    other_files: set[str] = field(default_factory=set)
    longer: set[str] = field(default_factory=set)


def facts_of_calls(
    databases: Iterable[duckdb.DuckDBPyConnection], call_ids: Collection[str], customers: Collection[str]
) -> FactsOfCalls:
    """What these databases say of these calls, of all calls of these customers, and of what stands under another id and
    is the same recording, or was set aside because of one of them."""
    facts = FactsOfCalls()
    for connection in databases:
        values = {
            "call_ids": sorted({*call_ids, *facts.call_ids}),
            "customers": sorted(customers),
            "worthless": WORTHLESS,
            "duplicates": _DUPLICATES,
        }
        before = -1
        while before != len(values["call_ids"]):
            before = len(values["call_ids"])
            found = connection.execute(read_sql("erase/find_calls.sql"), values).fetchall()
            values["call_ids"] = sorted({*values["call_ids"], *(call_id for (call_id,) in found)})
        _add(facts, connection, set(values["call_ids"]))
    facts.other_files -= facts.source_uris
    facts.longer -= facts.call_ids | facts.customers
    return facts


def calls_of_customers(databases: Iterable[duckdb.DuckDBPyConnection], customers: Collection[str]) -> set[str]:
    """The ids of all calls that these databases have of these customers, also of those without texts."""
    statement, values = read_sql("erase/list_held_calls.sql"), {"customers": sorted(customers)}
    return {call_id for connection in databases for (call_id,) in connection.execute(statement, values).fetchall()}


def databases_of_home(warehouse_path: Path, link: Path, waiting: Waiting) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working database and the newest snapshot, one after the other.

    Raises:
        WarehouseBusy: another program has the working database open.
    """
    with exclusive_lock(warehouse_path.with_suffix(".lock"), LOOK_WAIT_S):
        if warehouse_path.exists():
            with connect_waiting(warehouse_path, waiting) as connection:
                apply_schema(connection)
                yield connection
    with _published(link) as published:
        if published is not None:
            yield published


@contextmanager
def _published(link: Path) -> Iterator[duckdb.DuckDBPyConnection | None]:
    snapshot = current_snapshot(link)
    manifest = read_manifest(snapshot) if snapshot else None
    if snapshot is None or manifest is None:
        yield None
        return
    rows = PartRows(snapshot.parent / PARTS, manifest)
    selects = {table: rows.select(table, None) for table in _TABLES}
    with duckdb.connect() as connection:
        apply_schema(connection)
        for table, select in selects.items():
            if select is not None:
                connection.execute(f"drop table {table}")
                connection.execute(f"create view {table} as {select}")
        yield connection


def _add(facts: FactsOfCalls, connection: duckdb.DuckDBPyConnection, call_ids: set[str]) -> None:
    values = {"call_ids": sorted(call_ids)}
    hashed = {"worthless": WORTHLESS}

    def rows(name: str, **more: Any) -> list[tuple[Any, ...]]:
        return connection.execute(read_sql(f"erase/{name}.sql"), values | more).fetchall()

    for call_id, recording_id, customer_id, source_uri, extra, imports, day in rows("list_calls", **hashed):
        facts.call_ids.add(call_id)
        facts.recording_ids |= {recording_id} - {None}
        facts.source_uris |= {source_uri} - {None}
        facts.customers |= {customer_id} - {None}
        facts.metadata |= set(_texts_in(extra))
        facts.imports |= {text for _, text in _texts_in(imports)}
        facts.days |= {str(day)} if day else set()
    for recording_id, source_uri, role, name in rows("list_recordings", **hashed):
        facts.recording_ids |= {recording_id} - {None}
        facts.source_uris |= {source_uri} - {None}
        facts.metadata |= {("name", name)} if name and role != "agent" else set()
    folders = sorted({uri.rpartition("/")[0] for uri in facts.source_uris})
    facts.other_files |= {uri for (uri,) in rows("list_other_files", folders=folders) if uri}
    facts.longer |= {each for (each,) in rows("list_longer_ids", customers=sorted(facts.customers))}
    facts.texts |= {text for (text,) in rows("list_own_sentences", texts=TEXTS)}
    sought = sorted({*facts.customers, *(value for _, value in facts.metadata)})
    facts.shared |= {value for (value,) in rows("list_shared_values", sought=sought)}


def _texts_in(document: str | None) -> list[tuple[str, str]]:
    """The texts of a JSON document, each with the keys above it."""
    return list(_walk("", json.loads(document))) if document else []


def _walk(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _walk(f"{key}.{name}" if key else str(name), each)
    elif isinstance(value, list):
        for each in value:
            yield from _walk(key, each)
    elif isinstance(value, str):
        yield key, value

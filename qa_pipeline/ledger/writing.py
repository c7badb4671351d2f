"""New rows of the ledger, taken apart into the tables that they are kept in.

What several rows share is looked up or added. Several machines may add the same at once: whoever comes second finds
what the first has added. Rows are added in the order of what they are told apart by, so that two who add the same wait
for each other and never each for the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from qa_pipeline.ledger.attempts import attempts, calls, engines, recordings, requests, texts, work
from qa_pipeline.ledger.selecting import BEGINS_WITH_CALL_ID, chunks, short_path

_WORK = ("parameters_hash", "model")
_REQUEST = ("parameters", "model_reason", "context_sha256", "settings_hash")
_ENGINE = ("engine_kind", "engine", "region", "account")
_CALL = ("recording_id", "call_id", "source_uri", "audio_s")
_PLACE = ("recording", "call_id", "folder", "name", "audio_s")

APART = frozenset({*_REQUEST, *_ENGINE, *_CALL, *_WORK, "answered_by", "kept_in", "raw_path"})
"""Fields of a row that are not columns of `attempts`."""


def insert_attempts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows, given by the names of `LedgerRow`'s fields but `unit_id`.

    Raises:
        IntegrityError: another run has planned the same attempt.
    """
    if not rows:
        return
    ordered = sorted(rows, key=lambda row: (row["recording_id"], row["channel_id"], row["attempt"]))
    of_recording = recording_ids(connection, {row["recording_id"] for row in ordered})
    of_call = call_ids(connection, ordered, of_recording)
    of_work = _ids_of(connection, work, _WORK, ordered)
    of_request = request_ids(connection, ordered)
    of_engine = _ids_of(connection, engines, _ENGINE, ordered)
    named = [row.get(name) for row in ordered for name in ("answered_by", "kept_in")]
    of_text = text_ids(connection, {text for text in named if text is not None})
    own = {column.name for column in attempts.c} - APART
    connection.execute(
        insert(attempts),
        [
            {name: row[name] for name in own if name in row}
            | {
                "recording": of_recording[row["recording_id"]],
                "call": of_call[_key(row, _CALL)],
                "work": of_work[_key(row, _WORK)],
                "request": of_request[_request_digest(row)],
                "engine": of_engine[_key(row, _ENGINE)],
                "answered_by": of_text.get(row.get("answered_by")),
                "kept_in": of_text.get(row.get("kept_in")),
                "raw": short_path(row.get("raw_path"), row["model"], row["call_date"], row["submission_id"]),
            }
            for row in ordered
        ],
    )


def recording_ids(connection: Connection, identities: Iterable[str]) -> dict[str | None, int]:
    """The keys of recordings by identity; new ones are added."""
    found = _ids_of(connection, recordings, ("recording_id",), [{"recording_id": each} for each in identities])
    return {key[0]: number for key, number in found.items()}


def text_ids(connection: Connection, wanted: Iterable[str]) -> dict[str | None, int]:
    """The keys of texts; new ones are added."""
    found = _ids_of(connection, texts, ("text",), [{"text": each} for each in wanted])
    return {key[0]: number for key, number in found.items()}


def engine_id(connection: Connection, facts: Mapping[str, str]) -> int:
    """The key of an engine, account and region; a new one is added."""
    return _ids_of(connection, engines, _ENGINE, [facts])[_key(facts, _ENGINE)]


def request_ids(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> dict[bytes, int]:
    """The keys of what was sent along, by `_request_digest`; new ones are added."""
    wanted = [{name: row.get(name) for name in _REQUEST} | {"digest": _request_digest(row)} for row in rows]
    found = _ids_of(connection, requests, ("digest",), wanted)
    return {bytes(key[0]): number for key, number in found.items()}


def request_id(connection: Connection, row: Mapping[str, Any]) -> int:
    """The key of what one row sends along."""
    return request_ids(connection, [row])[_request_digest(row)]


def call_ids(
    connection: Connection, rows: Iterable[Mapping[str, Any]], of_recording: Mapping[str | None, int]
) -> dict[tuple[Any, ...], int]:
    """The keys of what recordings are called and where they lie; new ones are added."""
    wanted = {_key(row, _CALL): row for row in rows}
    folders = text_ids(connection, {_folder_and_name(row)[0] for row in wanted.values()})
    places = {
        key: {
            "recording": of_recording[row["recording_id"]],
            "call_id": row["call_id"],
            "folder": folders[_folder_and_name(row)[0]],
            "name": _folder_and_name(row)[1],
            "audio_s": float(row["audio_s"]),
        }
        for key, row in wanted.items()
    }
    known = _known_calls(connection, {place["recording"] for place in places.values()})
    missing = {_key(place, _PLACE): place for place in places.values() if _key(place, _PLACE) not in known}
    if missing:
        added = insert(calls).returning(calls.c.id, *(calls.c[name] for name in _PLACE))
        for number, *place in connection.execute(added, list(missing.values())):
            known[tuple(place)] = number
    return {key: known[_key(place, _PLACE)] for key, place in places.items()}


def _known_calls(connection: Connection, of: Iterable[int]) -> dict[tuple[Any, ...], int]:
    """The places that attempts at these recordings name, by what they say. An index of places by recording would take
    as much room again as the one of attempts that has them already."""
    known: dict[tuple[Any, ...], int] = {}
    for chunk in chunks(of):
        named = select(attempts.c.call).where(attempts.c.recording.in_(chunk))
        query = select(calls.c.id, *(calls.c[name] for name in _PLACE)).where(calls.c.id.in_(named))
        for number, *place in connection.execute(query.order_by(calls.c.id)):
            known.setdefault(tuple(place), number)
    return known


def _folder_and_name(row: Mapping[str, Any]) -> tuple[str, str]:
    folder, slash, name = row["source_uri"].rpartition("/")
    call_id = row["call_id"]
    short = BEGINS_WITH_CALL_ID + name[len(call_id) :] if call_id and name.startswith(call_id) else name
    return folder + slash, short


def _ids_of(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> dict[tuple[Any, ...], int]:
    """The keys of rows of a table by the columns `names`, which tell its rows apart; new ones are added."""
    wanted = {_key(row, names): row for row in rows}
    known = _known(connection, table, names, wanted)
    missing = sorted(set(wanted) - set(known))
    if missing:
        columns = [column.name for column in table.c if column.name != "id"]
        new = [{name: wanted[key].get(name) for name in columns} for key in missing]
        connection.execute(insert_new(connection, table).on_conflict_do_nothing(), new)
        known |= _known(connection, table, names, missing)
    return known


def _known(
    connection: Connection, table: Table, names: Sequence[str], keys: Iterable[tuple[Any, ...]]
) -> dict[tuple[Any, ...], int]:
    wanted, known = set(keys), {}
    for chunk in chunks({key[0] for key in wanted}):
        query = select(table.c.id, *(table.c[name] for name in names)).where(table.c[names[0]].in_(chunk))
        for number, *values in connection.execute(query):
            if (key := tuple(values)) in wanted:
                known[key] = number
    return known


def insert_new(connection: Connection, table: Table) -> Any:
    """An insert that can be told what to do where the row is there."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def put_rows(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds rows, each with all columns, or puts them in place of those with the same key, also where several machines
    put the same at once. In the order of their keys, so that none waits for one that waits for it."""
    keys = [column.name for column in table.primary_key.columns]
    ordered = sorted(rows, key=lambda row: _key(row, keys))
    if not ordered:
        return
    statement = insert_new(connection, table)
    others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    if others:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement, ordered)


def _key(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _request_digest(row: Mapping[str, Any]) -> bytes:
    facts = [row.get(name) for name in _REQUEST]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).digest()[:16]

"""Takes calls out of the operations database. Rows that are about a call go; rows that somebody still needs (draws,
what people keep) lose what says whom they are about."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import JSON, Connection, String, Table, and_, delete, select, update

from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.plan import Subject
from qa_pipeline.ledger.alert_tables import alert_causes, alert_messages
from qa_pipeline.ledger.attempts import attempts, calls, recordings, requests, texts
from qa_pipeline.ledger.erasure_tables import tombstone_keys, tombstones
from qa_pipeline.ledger.export_tables import export_calls
from qa_pipeline.ledger.look_tables import raw_looks, raw_looks_head
from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.review_tables import DERIVED, review_head, review_log
from qa_pipeline.ledger.sampling_tables import sampling_draws
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.ledger.tables import (
    contexts,
    held_back,
    landing_cache,
    landing_contents,
    landing_files,
    landing_folders,
)

_BY_THEMSELVES = frozenset(
    table.name
    for table in (
        attempts, calls, recordings, requests, texts, held_back, sampling_draws, landing_cache, landing_contents,
        landing_files, landing_folders, review_log, review_head, *DERIVED, tombstones, tombstone_keys, contexts,
        raw_looks, raw_looks_head,
        alert_causes, alert_messages, export_calls,
    )
)  # fmt: skip
"""Tables that are seen to one by one, here, by `reviews.erasing` or by `outbox.store`, and such as hold nothing of
calls."""

_OF_THE_PRODUCT = {
    "account_pace": {"limiter"},
    "alert_channels": {"channel"},
    "attempt_engines": {"engine_kind", "engine", "region", "account"},
    "attempt_work": {"model", "parameters_hash"},
    "erasures": {"erasure_id", "subject", "removed", "proof"},
    "forgotten_days": {"call_date", "what"},
    "ledger_home": {"ledger_id", "whereabouts", "move_id", "elsewhere"},
    "legal_holds": {"hold_id", "kind"},
    "machines": {"store", "host", "home"},
    "review_backups": {"head_hash"},
    "sampling_frames": {"frame_hash"},
    "saved_views": {"view_id"},
    "workers": {"worker_id", "host", "run_id", "process_space", "store"},
}
"""Table → its columns with words of the product, in which nobody writes of people."""


def erase_attempts(connection: Connection, subject: Subject) -> int:
    """Takes the ledger's attempts at the calls, and what only these were described by; returns how many."""
    recording_keys = _keys(connection, recordings, recordings.c.recording_id, subject.recording_ids)
    call_keys = _keys(connection, calls, calls.c.call_id, subject.call_ids)
    for chunk in chunks(recording_keys):
        call_keys |= set(connection.execute(select(calls.c.id).where(calls.c.recording.in_(chunk))).scalars())
    folders = set()
    for chunk in chunks(call_keys):
        folders |= set(connection.execute(select(calls.c.folder).where(calls.c.id.in_(chunk))).scalars())
    gone, asked = 0, set()
    for column, keys in ((attempts.c.call, call_keys), (attempts.c.recording, recording_keys)):
        for chunk in chunks(keys):
            asked |= set(connection.execute(select(attempts.c.request).where(column.in_(chunk))).scalars())
            gone += connection.execute(delete(attempts).where(column.in_(chunk))).rowcount
    for table, keys in ((calls, call_keys), (recordings, recording_keys)):
        for chunk in chunks(keys):
            connection.execute(delete(table).where(table.c.id.in_(chunk)))
    _drop_unused(connection, texts, folders, (calls.c.folder, attempts.c.answered_by, attempts.c.kept_in))
    _drop_unused(connection, requests, asked, (attempts.c.request,))
    return gone


def erase_landing_facts(connection: Connection, subject: Subject) -> None:
    """Forgets what was remembered of the folders of the landing zone in which the calls lie: it is found again, but for
    what belongs to them."""
    uris = {*subject.source_uris, *(each.uri for each in subject.files)}
    folders = sorted({uri.rpartition("/")[0] for uri in uris})
    for chunk in chunks(folders):
        for table in (landing_folders, landing_contents):
            connection.execute(delete(table).where(table.c.folder.in_(chunk)))
        query = select(landing_cache).where(landing_cache.c.folder.in_(chunk))
        for row in connection.execute(query).mappings().all():
            _forget_files(connection, row, uris, set(subject.recording_ids))
    for chunk in chunks(sorted(uris)):
        connection.execute(delete(landing_files).where(landing_files.c.path.in_(chunk)))
    for chunk in chunks(subject.recording_ids):
        connection.execute(delete(landing_files).where(landing_files.c.recording_id.in_(chunk)))


def erase_held(connection: Connection, subject: Subject) -> None:
    """Forgets requests that waited for a person's word."""
    for column, values in (
        (held_back.c.call_id, list(subject.call_ids)),
        (held_back.c.recording_id, subject.recording_ids),
    ):
        for chunk in chunks(values):
            connection.execute(delete(held_back).where(column.in_(chunk)))


def rename_draws(connection: Connection, subject: Subject, needles: Needles, *, keeps: bool) -> int:
    """Draws of sampling plans stay, so that estimates hold, under the calls' new names; or go. Returns how many."""
    count = 0
    for call_id, name in subject.call_ids.items():
        is_its = sampling_draws.c.call_id == call_id
        if not keeps:
            count += connection.execute(delete(sampling_draws).where(is_its)).rowcount
            continue
        for (sample_id,) in connection.execute(select(sampling_draws.c.sample_id).where(is_its)).all():
            values = {"call_id": name, "sample_id": needles.without(sample_id)}
            own = and_(is_its, sampling_draws.c.sample_id == sample_id)
            count += connection.execute(update(sampling_draws).where(own).values(**values)).rowcount
    return count


def scrub_others(connection: Connection, needles: Needles) -> int:
    """Takes what is looked for out of the texts of all other tables, whoever wrote them; returns how many rows
    changed."""
    count = 0
    for table in metadata.sorted_tables:
        fixed = _OF_THE_PRODUCT.get(table.name, set())
        columns = [each for each in table.c if isinstance(each.type, String | JSON) and each.name not in fixed]
        if table.name in _BY_THEMSELVES or not columns:
            continue
        for row in connection.execute(select(table)).mappings().all():
            changed = {
                column.name: plain
                for column in columns
                if row[column.name] is not None and (plain := _plain(row[column.name], needles)) != row[column.name]
            }
            if changed:
                own = and_(*(key == row[key.name] for key in table.primary_key.columns))
                connection.execute(update(table).where(own).values(**changed))
                count += 1
    return count


def _plain(value: Any, needles: Needles) -> Any:
    if isinstance(value, str):
        return needles.without(value)
    if isinstance(value, Mapping):
        return {needles.without(str(key)): _plain(each, needles) for key, each in value.items()}
    return [_plain(each, needles) for each in value] if isinstance(value, list) else value


def _keys(connection: Connection, table: Table, column: Any, values: Iterable[str]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(values):
        found |= set(connection.execute(select(table.c.id).where(column.in_(chunk))).scalars())
    return found


def _drop_unused(connection: Connection, table: Table, keys: Iterable[int], users: tuple[Any, ...]) -> None:
    """Deletes those of these rows that nothing names any more."""
    for chunk in chunks(keys):
        used: set[int] = set()
        for user in users:
            used |= set(connection.execute(select(user).where(user.in_(chunk)).distinct()).scalars())
        connection.execute(delete(table).where(table.c.id.in_([key for key in chunk if key not in used])))


def _forget_files(connection: Connection, row: Mapping[Any, Any], uris: set[str], recording_ids: set[str]) -> None:
    kept = json.loads(zlib.decompress(row["files"]))
    left = {
        name: facts
        for name, facts in kept.items()
        if f"{row['folder']}/{name}" not in uris and facts[2] not in recording_ids
    }
    own = landing_cache.c.folder == row["folder"]
    if not left:
        connection.execute(delete(landing_cache).where(own))
    elif left != kept:
        packed = zlib.compress(json.dumps(left, separators=(",", ":")).encode(), 6)
        connection.execute(update(landing_cache).where(own).values(files=packed))

"""What a channel takes in the ledger: bytes and processor time, in SQLite and in PostgreSQL.

Channels go through all their states as a run takes them there: planned together, claimed, sent, polled, fetched, read;
the moves of 50 channels share a transaction, as in `qa_pipeline.dispatch.group_commit`.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from qa_pipeline.ledger.claims import Claim
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import Billing, LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.transcription.parameters import TranscriptionParameters
from samples.servers import has_postgres
from tests.postgres import postgres_server

PAID = Billing("dashscope", "dashscope beijing", "beijing", "account-of-paid")
MODEL = "qwen3-asr-flash-filetrans"
PLANNED_TOGETHER, MOVED_TOGETHER = 1000, 50
TARGET_BYTES = 400


def ledger(channels: int, say: Callable[[str], None]) -> bool:
    """Prints bytes and processor time of a channel; False where a channel did not come to its end."""
    say(f"Ledger: {channels:,} channels through all their states; target {TARGET_BYTES} bytes a channel")
    say(f"{'':<44}{'bytes':>10}{'CPU ms':>10}{'wall ms':>10}")
    with tempfile.TemporaryDirectory(prefix="qa-ledger-") as folder:
        path = Path(folder, "operations.sqlite")
        complete = _measure("SQLite", f"sqlite:///{path}", channels, say, lambda _engine: {"": path.stat().st_size})
    if not has_postgres():
        say("PostgreSQL is not installed")
        return complete
    with postgres_server() as server:
        return _measure("PostgreSQL", server.url, channels, say, _sizes) and complete


def _measure(
    name: str, url: str, channels: int, say: Callable[[str], None], sizes: Callable[[Engine], dict[str, int]]
) -> bool:
    opened = Ledger(open_operations(url))
    before, cpu, wall = sizes(opened.engine), time.process_time(), time.perf_counter()
    for start in range(0, channels, PLANNED_TOGETHER):
        _run(opened, list(_items(start, min(start + PLANNED_TOGETHER, channels))))
        if opened.is_shared:
            _tidy(opened.engine)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    after = sizes(opened.engine)
    grown = {relation: size - before.get(relation, 0) for relation, size in after.items()}
    count = opened.counts().get(UnitState.PARSED, 0)
    anew = _bytes_anew(opened.engine, sizes, before) if opened.is_shared else None
    opened.engine.dispose()
    each = [sum(grown.values()), 1000 * cpu, 1000 * wall]
    say(f"{name:<44}{each[0] / channels:>10.0f}{each[1] / channels:>10.2f}{each[2] / channels:>10.2f}")
    for relation, size in sorted(grown.items(), key=lambda item: -item[1]):
        if relation and size > channels:
            say(f"  {relation:<42}{size / channels:>10.0f}")
    if anew is not None:
        say(f"  {'all of it, written anew without a gap':<42}{anew / channels:>10.0f}")
    return count == channels


def _items(first: int, end: int) -> Iterator[WorkItem]:
    for number in range(first, end):
        call = number // 2
        yield WorkItem(
            recording_id=hashlib.sha256(f"call {call}".encode()).hexdigest(),
            channel_id=number % 2,
            model=MODEL,
            parameters=TranscriptionParameters(),
            call_id=f"c{call:08}",
            call_date=f"2025-09-{1 + call // 1000 % 28:02}",
            source_uri=f"file:///landing/2025-09-{1 + call // 1000 % 28:02}/c{call:08}.wav",
            audio_s=300.0 + call % 60,
            model_reason="the setting names it",
        )


def _run(opened: Ledger, wanted: Sequence[WorkItem]) -> None:
    rows = opened.plan(wanted, PAID, together=False)
    worker = uuid.uuid4().hex
    for start in range(0, len(rows), MOVED_TOGETHER):
        batch = rows[start : start + MOVED_TOGETHER]
        claims = {row.submission_id: Claim(row.submission_id, worker) for row in batch}
        for step in (_claim, _send, _hold, _succeed, _fetch):
            with opened.engine.begin() as connection:
                for row in batch:
                    step(opened, connection, claims[row.submission_id], row)
    opened.mark_parsed([row.unit_id for row in rows])


def _claim(opened: Ledger, connection: Connection, claim: Claim, _row: LedgerRow) -> None:
    opened.take(connection, claim, [UnitState.PLANNED])


def _send(opened: Ledger, connection: Connection, claim: Claim, _row: LedgerRow) -> None:
    opened.begin_sending(connection, claim, sending_at=opened.clock())


def _hold(opened: Ledger, connection: Connection, claim: Claim, _row: LedgerRow) -> None:
    facts = {"task_id": str(uuid.uuid4()), "submitted_at": opened.clock(), "file_url": "oss://dashscope/a/b/c.wav"}
    opened.move_in(connection, claim.submission_id, UnitState.SUBMITTED, **facts)
    opened.hold_task(connection, claim)


def _succeed(opened: Ledger, connection: Connection, claim: Claim, _row: LedgerRow) -> None:
    opened.move_in(connection, claim.submission_id, UnitState.SUCCEEDED, ended_at=opened.clock())


def _fetch(opened: Ledger, connection: Connection, claim: Claim, row: LedgerRow) -> None:
    raw = {
        "raw_path": f"{row.model}/{row.call_date}/{row.submission_id}.json",
        "raw_sha256": hashlib.sha256(row.submission_id.encode()).hexdigest(),
        "kept_in": "s3://answers/raw",
        "fetched_at": opened.clock(),
    }
    opened.move_in(connection, claim.submission_id, UnitState.FETCHED, **raw)
    opened.set_billed(connection, claim.submission_id, row.audio_s, 0.000032)


def _tidy(engine: Engine) -> None:
    """What PostgreSQL does by itself every minute: here a thousand channels pass in seconds, not in ten minutes."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum"))


def _bytes_anew(engine: Engine, sizes: Callable[[Engine], dict[str, int]], before: Mapping[str, int]) -> int:
    """What tables and indexes take that were written anew, with no room that updates left: the least there can be."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum full"))
    return sum(sizes(engine).values()) - sum(before.values())


def _sizes(engine: Engine) -> dict[str, int]:
    """Bytes of each table and index of the attempts, as they lie: what is dead and not yet used again is in them."""
    query = text(
        "select relname, pg_relation_size(oid) + case when relkind = 'r' then pg_relation_size(oid, 'fsm') else 0 end "
        "from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')"
    )
    with engine.connect() as connection:
        return {name: size for name, size in connection.execute(query)}  # noqa: C416 - a row is not a pair

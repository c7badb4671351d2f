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

from sqlalchemy import Connection, Engine, text

from benchmarks.bytes_kept import landing_memory, sizes
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

_ANEW = {
    "sqlite": {"all of it, written anew by `vacuum`": "vacuum"},
    "postgresql": {
        "all of it after `reindex table attempts`": "reindex table attempts",
        "all of it, written anew by `vacuum full`": "vacuum full",
    },
}
"""By dialect, what gives back the room that updates left, one after the other."""


def ledger(channels: int, say: Callable[[str], None]) -> bool:
    """Prints bytes and processor time of a channel; False where a channel did not come to its end."""
    say(f"Ledger: {channels:,} channels through all their states; target {TARGET_BYTES} bytes a channel")
    say(f"{'':<44}{'bytes':>10}{'CPU ms':>10}{'wall ms':>10}")
    with tempfile.TemporaryDirectory(prefix="qa-ledger-") as folder:
        complete = _measure("SQLite", f"sqlite:///{folder}/operations.sqlite", channels, say)
    if has_postgres():
        with postgres_server() as server:
            complete &= _measure("PostgreSQL", server.url, channels, say)
    else:
        say("PostgreSQL is not installed")
    return landing_memory(say) and complete


def _measure(name: str, url: str, channels: int, say: Callable[[str], None]) -> bool:
    opened = Ledger(open_operations(url))
    before, cpu, wall = sizes(opened.engine), time.process_time(), time.perf_counter()
    for start in range(0, channels, PLANNED_TOGETHER):
        _run(opened, list(_items(start, min(start + PLANNED_TOGETHER, channels))))
        if opened.is_shared:
            _tidy(opened.engine, "vacuum analyze")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    grown = _grown(before, sizes(opened.engine))
    count = opened.counts().get(UnitState.PARSED, 0)
    smaller: dict[str, int] = {}
    for what, statement in _ANEW[opened.engine.dialect.name].items():
        _tidy(opened.engine, statement)
        smaller[what] = sum(_grown(before, sizes(opened.engine)).values())
    opened.engine.dispose()
    each = [sum(grown.values()), 1000 * cpu, 1000 * wall]
    say(f"{name:<44}{each[0] / channels:>10.0f}{each[1] / channels:>10.2f}{each[2] / channels:>10.2f}")
    for relation, size in sorted(grown.items(), key=lambda item: -item[1]):
        if size > channels:
            say(f"  {relation:<42}{size / channels:>10.0f}")
    for what, size in smaller.items():
        say(f"  {what:<42}{size / channels:>10.0f}")
    return count == channels


def _grown(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {relation: size - before.get(relation, 0) for relation, size in after.items()}


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


def _tidy(engine: Engine, statement: str) -> None:
    """After every thousand channels what PostgreSQL does by itself when the dead rows of `attempts` are more than its
    settings there let be: up to 600,000 rows it comes sooner."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))

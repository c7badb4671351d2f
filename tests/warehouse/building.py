"""Small warehouses: a few calls with everything that hangs on them."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from qa_pipeline.warehouse.daily import MARTS, mart_test
from qa_pipeline.warehouse.database import Warehouse, insert_rows
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.held import Say, say_nothing
from qa_pipeline.warehouse.parts import PARTS, quoted
from qa_pipeline.warehouse.snapshot_file import PARTS_VARIABLE
from qa_pipeline.warehouse.snapshots import Publication, SnapshotInfo, publish
from qa_pipeline.warehouse.whole_file import write_whole_file

DAY_1, DAY_2, DAY_3 = dt.date(2025, 9, 1), dt.date(2025, 9, 2), dt.date(2025, 9, 3)
LOADED_AT = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)
MODEL = "qwen3-asr-flash-filetrans"


def recording_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def call_rows(
    call_id: str, day: dt.date | None, *, audio: str | None = None, **fields: Any
) -> dict[str, dict[str, Any]]:
    """One row of each table for a call with one sentence on its agent's channel; `fields` are of `calls`."""
    ids = {"call_id": call_id, "channel_id": 0, "call_date": day, "role": "agent"}
    spoken = {"sentence_count": 1, "speech_s": 0.9, "share": 1.0}
    text = fields.pop("text", f"words of {call_id}")
    recording = recording_id(audio or call_id)
    call = {
        "call_id": call_id,
        "recording_id": recording,
        "call_date": day,
        "duration_s": 10.0,
        "source_uri": f"file:///landing/{day}/{call_id}.wav",
        "status": "ok",
        "loaded_at": LOADED_AT,
        "metadata_extra": '{"seat": "7"}',
        **fields,
    }
    channel = {
        **ids, "segment": 0, "recording_id": recording, "source_channel": 0, "source_uri": call["source_uri"],
        "offset_ms": 0, "duration_s": 10.0,
    }  # fmt: skip
    task = {
        "recording_id": recording, "channel_id": 0, "model": MODEL, "parameters_hash": "ab" * 8, "attempt": 1,
        "call_date": day, "submission_id": "s", "state": "parsed", "billed_s": 10.0,
    }  # fmt: skip
    transcript = {
        **ids, "text": text, "sentence_count": 1, "speech_s": 0.9, "model": MODEL, "engine": "local reference",
        "recording_id": recording, "loaded_at": LOADED_AT,
    }  # fmt: skip
    sentence = {
        **ids,
        "sentence_id": 0,
        "begin_ms": 0,
        "end_ms": 900,
        "text": text,
        "language": "zh",
        "emotion": "happy",
    }
    heard = {
        **ids, "action": "transcribe", "defects": [], "speech_s": 0.9, "speech_ratio": 0.09, "loudness_db": -30.0,
        "loudness_per_s_db": [-30.0], "peak_db": -6.0, "clipping_ratio": 0.0, "waveform": b"\x00\x00",
        "segments": [{"begin_ms": 0, "end_ms": 900}], "channel_sha256": recording, "recording_id": recording,
        "definition_version": "1.0", "options": "{}", "loaded_at": LOADED_AT,
    }  # fmt: skip
    turn = {
        **ids, "turn_id": 0, "begin_ms": 0, "end_ms": 900, "text": text, "first_sentence_id": 0, "last_sentence_id": 0,
        "sentence_count": 1, "overlap_ms": 0, "is_backchannel": False, "interrupts": False, "interruption_ms": 0,
    }  # fmt: skip
    metrics = {
        "call_id": call_id, "call_date": day, "definition_version": "1.0", "thresholds": "{}", "duration_s": 10.0,
        "talk_ratio": 1.0, "loaded_at": LOADED_AT,
    }  # fmt: skip
    rule = {"call_id": call_id, "call_date": day, "rule_id": "greeting", "rule_version": "1"}
    return {
        "calls": call,
        "call_channels": channel,
        "acoustics": heard,
        "call_voices": {
            "call_id": call_id,
            "call_date": day,
            "recording_id": recording,
            "voices": 1,
            "segments": [{"begin_ms": 0, "end_ms": 900, "voice": 0}],
            "definition_version": "1.0",
            "loaded_at": LOADED_AT,
        },
        "transcription_tasks": task,
        "transcripts": transcript,
        "sentences": sentence,
        "transcript_remarks": {
            **ids,
            "remark_id": 0,
            "sentence_id": 0,
            "field": "language",
            "value": '"zh-CN"',
            "action": "converted",
            "occurrences": 1,
        },
        "redactions": {
            **ids,
            "redaction_id": 1,
            "sentence_id": 0,
            "kind": "card",
            "policy": "mask",
            "begin_char": 0,
            "end_char": 6,
            "begin_ms": 0,
            "end_ms": 900,
            "detector": "shape",
        },
        "languages": {**ids, "language": "zh", **spoken},
        "emotions": {**ids, "emotion": "happy", **spoken},
        "turns": turn,
        "call_metrics": metrics,
        "agent_metrics": {
            "call_id": call_id, "agent_id": "a-1", "call_date": day, "definition_version": "1.x", "duration_s": 1.0,
            "loaded_at": metrics["loaded_at"],
        },
        "rule_outcomes": {
            **rule, "outcome": "hit", "hit_count": 1, "title": "Greets", "severity": "low", "needs_review": False,
            "loaded_at": LOADED_AT,
        },
        "rule_hits": {**rule, "hit_id": 0, "outcome": "hit", "role": "agent", "evidence": text},
    }  # fmt: skip


def put(warehouse: Warehouse, *calls: dict[str, dict[str, Any]]) -> None:
    """Adds calls and everything that hangs on them."""
    with warehouse.transaction() as connection:
        for rows in calls:
            for table, row in rows.items():
                insert_rows(connection, table, [row])


def take_away(warehouse: Warehouse, call_id: str) -> None:
    """Removes a call and everything that hangs on it."""
    with warehouse.transaction() as connection:
        of_call = "recording_id in (select recording_id from calls where call_id = ?)"
        connection.execute(f"delete from transcription_tasks where {of_call}", [call_id])
        for table in set(FACT_TABLES) - {"transcription_tasks"}:
            connection.execute(f"delete from {table} where call_id = ?", [call_id])


def snapshot(warehouse: Warehouse, *days: dt.date, keep: int = 5, say: Say = say_nothing) -> Publication:
    link = warehouse.path.parent / "qa.duckdb"
    return publish(warehouse.path, link, days, SnapshotInfo("a-run", "local", "0"), keep=keep, minimum_n=5, say=say)


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file with the parts beside it: a copied home would show those where it was published first."""
    with duckdb.connect(str(path.resolve()), read_only=True) as connection:
        connection.execute(f"set variable {PARTS_VARIABLE} = '{quoted(path.resolve().parent / PARTS)}/'")
        yield connection


def read(path: Path, query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a published file."""
    with opened(path) as connection:
        return connection.execute(query, parameters).fetchall()


def texts(path: Path) -> dict[str, str]:
    """What each call of a snapshot said; fails where its tables disagree about which calls there are."""
    with opened(path) as connection:
        found = dict(connection.execute("select call_id, text from sentences order by call_id").fetchall())
        for table in ("calls", "acoustics", "transcripts", "languages", "emotions", "turns", "call_metrics"):
            there = {row[0] for row in connection.execute(f"select call_id from {table}").fetchall()}
            assert there == set(found), f"{table} has other calls than sentences"
        dates = connection.execute("select call_date from calls union select call_date from calls_daily").fetchall()
        for mart in MARTS:
            wrong = connection.execute(mart_test(mart), {"days": [day for (day,) in dates]}).fetchall()
            assert wrong == [], f"{mart} does not agree with the calls beside it"
    return found


def as_one_file(home: Path) -> Path:
    """Turns a home's newest snapshot into one as earlier versions published them, with every row in it; returns it.

    Its owner may write it, and nothing is left of parts and manifests.
    """
    published = (home / "qa.duckdb").resolve()
    whole = home / "whole.duckdb"
    write_whole_file(published, whole, lambda _: None)
    shutil.rmtree(published.parent / "parts", ignore_errors=True)
    for other in published.parent.iterdir():
        other.unlink()
    whole.replace(published)
    (home / "snapshots.json").unlink(missing_ok=True)
    return published


CHANGE = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("update publication set run_id = 'somebody else'")
    print("changed", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_open(snapshot_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that has the file open for writing, as SQL clients do by default, and has changed a row."""
    snapshot_path.resolve().chmod(0o644)
    process = subprocess.Popen(
        [sys.executable, "-c", CHANGE, str(snapshot_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "changed\n"
        yield process
    finally:
        process.communicate()


def change(snapshot_path: Path) -> None:
    """Somebody changes what a snapshot has in its own file."""
    with held_open(snapshot_path):
        pass

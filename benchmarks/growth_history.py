"""A QA_HOME with a history of any length, and its landing zone, made without running the pipeline on every day of it.

One day is landed, answered and run by the product; the other days are copies of its rows in the warehouse, the ledger
and the landing cache, under other ids. The day after the history has recordings and answers of its own and was never
run: it is the one more day that is measured. Files of history are links to one sparse file: the product knows them by
its cache, and a benchmark that opened one would see them changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.sound import call_body, write_mulaw
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.landing.cache import CachedFile, LandingCache
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import Billing
from qa_pipeline.ledger.states import ANSWERED, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.writing import insert_attempts
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.runs.launch import materialize
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.warehouse.database import Warehouse

NEW_DAY = dt.date(2026, 1, 1)
"""The day that is run; the history ends on the day before."""

SECONDS = 12.0
FRAMES_APART = 7
"""By how many frames the sound of each call is shifted, so that no two are the same."""

LINKS = 60_000
"""A file system may refuse more links to a file."""

DAYS_AT_ONCE = 15
_WORDS = (
    "good",
    "morning",
    "how",
    "can",
    "I",
    "help",
    "you",
    "with",
    "the",
    "order",
    "that",
    "never",
    "came",
    "please",
)
_EMOTIONS = ("neutral", "happy", "sad", "angry", "surprised", "neutral", "neutral")
_QUEUES = ("billing", "orders", "returns", "tech-support")


@dataclass(frozen=True, slots=True)
class HistorySize:
    """`days` of history with `calls` each, of `sentences` on both channels together."""

    days: int
    calls: int
    sentences: int

    @property
    def dates(self) -> list[dt.date]:
        """The days of the history, in order."""
        return [NEW_DAY - dt.timedelta(days=back) for back in range(self.days, 0, -1)]


def environment_of(folder: Path, size: HistorySize) -> dict[str, str]:
    """The settings of the home in `folder`; the landing zone is beside it."""
    return {
        "QA_CONFIG": str(folder / "qa.toml"),
        "QA_HOME": str(folder / "home"),
        "QA_RECORDINGS": str(folder / "landing"),
        "QA_TIMEZONE": "UTC",
        "QA_START_DATE": str(min([NEW_DAY, *size.dates])),
        "QA_SETTLE_S": "0",
    }


def make_history(folder: Path, size: HistorySize, say: Callable[[str], None]) -> None:
    """Makes home and landing zone in `folder`, whose settings are in the environment (`environment_of`)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "qa.toml").touch()
    settings = load_settings()
    zone = folder / "landing"
    body = call_body(noisy=False)
    template = NEW_DAY - dt.timedelta(days=1)
    for day in (template, NEW_DAY) if size.days else (NEW_DAY,):
        say(f"landing {size.calls:,} recordings of {day}")
        _land(zone, day, size, body)
        _answer(settings, day, size)
    if not size.days:
        return
    shutil.move(zone / str(NEW_DAY), folder / "next")
    say(f"running {template}")
    outcome = materialize(settings, DayRange(template, template))
    if outcome.problems:
        raise RuntimeError(f"the day of the template did not come to its end: {outcome.problems}")
    copies = [day for day in size.dates if day != template]
    say(f"copying it to {len(copies)} days")
    _copy_zone(settings, zone, template, copies, size)
    _copy_ledger(settings, template, copies)
    _copy_warehouse(settings, template, copies)
    shutil.move(folder / "next", zone / str(NEW_DAY))
    _set_back(zone, [*size.dates, NEW_DAY])


def call_name(day: dt.date, number: int) -> str:
    """The id of a call; a copy of a day has the day in its place."""
    return f"{day:%y%m%d}-{number:05d}"


def copied_id(recording_id: str, day: dt.date) -> str:
    """The id of a recording in a copy of its day, as SQL computes it too."""
    return hashlib.sha256(f"{recording_id}{day}".encode()).hexdigest()


def _land(zone: Path, day: dt.date, size: HistorySize, body: bytes) -> None:
    folder = zone / str(day)
    folder.mkdir(parents=True)
    for number in range(size.calls):
        start = (2 * FRAMES_APART * (number + 1_000 * (day == NEW_DAY))) % len(body)
        write_mulaw(folder / f"{call_name(day, number)}.wav", body[start:] + body[:start], SECONDS)
        _write_sidecar(folder, day, number)


def _write_sidecar(folder: Path, day: dt.date, number: int) -> None:
    name = call_name(day, number)
    started_at = dt.datetime.combine(day, dt.time(8), dt.UTC) + dt.timedelta(seconds=30 * number % 40_000)
    agent = number % 50
    known = {
        "call_id": name,
        "started_at": started_at.isoformat(),
        "agent_id": f"a{agent:03d}",
        "agent_name": f"Agent {agent}",
        "customer_id": f"c{number * 7919 % 100_000:05d}",
        "queue": _QUEUES[number % len(_QUEUES)],
        "direction": "inbound",
    }
    (folder / f"{name}.json").write_text(json.dumps(known))


def _answer(settings: Settings, day: dt.date, size: HistorySize) -> None:
    """Puts answers for every channel of a day into ledger and raw store, as if they had been fetched."""
    engine = open_operations(settings.operations_database_url)
    ledger = Ledger(engine)
    calls = discover_calls(settings, ledger).usable(DayRange(day, day))
    wanted = Planner(settings).plan(calls).wanted
    rows = ledger.plan(wanted, Billing("local", "benchmark (local service)", "local", "local"), together=True)
    raw: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row.submission_id not in raw:
            document = _document(row.source_uri, row.submission_id, size.sentences)
            path = f"{row.model}/{row.call_date}/{row.submission_id}.json"
            (settings.raw_dir / path).parent.mkdir(parents=True, exist_ok=True)
            (settings.raw_dir / path).write_bytes(document)
            raw[row.submission_id] = path, hashlib.sha256(document).hexdigest()
    at = dt.datetime.combine(day, dt.time(20), dt.UTC).timestamp()
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        seconds[row.submission_id] += row.audio_s
    with engine.begin() as connection:
        for submission, (path, sha256) in raw.items():
            ledger.move_in(connection, submission, UnitState.SENDING, planned_at=at, sending_at=at)
            ledger.move_in(connection, submission, UnitState.SUBMITTED, task_id=submission, submitted_at=at)
            answer = {"ended_at": at, "fetched_at": at, "raw_path": path, "raw_sha256": sha256}
            ledger.move_in(connection, submission, UnitState.FETCHED, **answer)
            ledger.set_billed(connection, submission, seconds[submission], 0.0)
    engine.dispose()


def _document(uri: str, seed: str, sentences: int) -> bytes:
    draw = int(seed[:8], 16)
    step_ms = int(SECONDS * 1000 / sentences)
    transcripts: list[dict[str, Any]] = [{"channel_id": channel, "sentences": []} for channel in (0, 1)]
    for number in range(sentences):
        own = transcripts[number % 2]["sentences"]
        begin = number * step_ms
        text = [_WORDS[(draw + number * 5 + at) % len(_WORDS)] for at in range(8)]
        width = step_ms / len(text)
        words = [
            {
                "begin_time": begin + int(at * width),
                "end_time": begin + int((at + 1) * width),
                "text": word,
                "punctuation": " " if at + 1 < len(text) else ".",
            }
            for at, word in enumerate(text)
        ]
        own.append(
            {
                "sentence_id": len(own),
                "begin_time": begin,
                "end_time": begin + step_ms,
                "language": "en",
                "emotion": _EMOTIONS[(draw + number) % len(_EMOTIONS)],
                "text": f"{' '.join(text)}.",
                "words": words,
            }
        )
    for transcript in transcripts:
        transcript["text"] = " ".join(sentence["text"] for sentence in transcript["sentences"])
    return json.dumps({"file_url": uri, "transcripts": transcripts}).encode()


def _copy_zone(settings: Settings, zone: Path, template: dt.date, copies: Sequence[dt.date], size: HistorySize) -> None:
    """The folders of the copies, and what the landing cache knows of their files."""
    engine = open_operations(settings.operations_database_url)
    known = LandingCache(engine)
    facts: list[CachedFile] = []
    status = (zone / str(template) / f"{call_name(template, 0)}.wav").stat()
    for number in range(size.calls):
        path = zone / str(template) / f"{call_name(template, number)}.wav"
        found = known.get((path.as_uri(), status.st_size, path.stat().st_mtime_ns))
        if found is None:
            raise RuntimeError(f"the product does not remember {path}")
        facts.append(found)
    linked, original = 0, zone
    for day in copies:
        folder = zone / str(day)
        folder.mkdir()
        cache = LandingCache(engine)
        for number in range(size.calls):
            if linked % LINKS == 0:
                original = zone.parent / f"original-{linked}.wav"
                original.touch()
                os.truncate(original, status.st_size)
                os.utime(original, (_evening(template), _evening(template)))
            path = folder / f"{call_name(day, number)}.wav"
            os.link(original, path)
            linked += 1
            _write_sidecar(folder, day, number)
            stamp = (path.as_uri(), status.st_size, int(_evening(template)) * 1_000_000_000)
            cache.add(stamp, CachedFile(copied_id(facts[number].sha256, day), facts[number].facts))
        cache.save()
    engine.dispose()


def _evening(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(21), dt.UTC).timestamp()


def _set_back(zone: Path, days: Sequence[dt.date]) -> None:
    """Files and folders of a day as old as the day; those with several links are already."""
    for day in days:
        at = (_evening(day), _evening(day))
        for entry in os.scandir(zone / str(day)):
            if entry.stat().st_nlink == 1 and (entry.name.endswith(".json") or day == NEW_DAY):
                os.utime(entry.path, at)
        os.utime(zone / str(day), at)
    os.utime(zone, (_evening(NEW_DAY), _evening(NEW_DAY)))


def _copy_ledger(settings: Settings, template: dt.date, copies: Sequence[dt.date]) -> None:
    engine = open_operations(settings.operations_database_url)
    rows = [asdict(row) for row in Ledger(engine).in_states(ANSWERED, str(template), str(template))]
    for day in copies:
        back_s = (template - day).days * 86_400.0
        with engine.begin() as connection:
            insert_attempts(connection, [_copied_row(row, template, day, back_s) for row in rows])
    engine.dispose()


def _copied_row(row: dict[str, Any], template: dt.date, day: dt.date, back_s: float) -> dict[str, Any]:
    submission = uuid.uuid5(uuid.NAMESPACE_OID, f"{row['submission_id']}{day}").hex
    moments = {key: row[key] - back_s for key in row if key.endswith("_at") and isinstance(row[key], float)}
    return {
        **row,
        **moments,
        "submission_id": submission,
        "task_id": submission,
        "recording_id": copied_id(row["recording_id"], day),
        "call_id": _of_day(row["call_id"], day),
        "call_date": str(day),
        "source_uri": _of_day_uri(row["source_uri"], template, day),
        "raw_path": f"{row['model']}/{day}/{submission}.json",
    }


def _of_day(call_id: str, day: dt.date) -> str:
    return f"{day:%y%m%d}{call_id[6:]}"


def _of_day_uri(uri: str, template: dt.date, day: dt.date) -> str:
    return uri.replace(f"/{template}/{template:%y%m%d}-", f"/{day}/{day:%y%m%d}-")


def _copy_warehouse(settings: Settings, template: dt.date, copies: Sequence[dt.date]) -> None:
    """Every row of the template's day, in every table, for the other days; words are left out of the copies."""
    warehouse = Warehouse(settings.warehouse_path)
    with warehouse.transaction() as connection:
        tables = _tables_by_day(connection)
    for start in range(0, len(copies), DAYS_AT_ONCE):
        some = list(copies[start : start + DAYS_AT_ONCE])
        with warehouse.transaction() as connection:
            for table, columns in tables.items():
                changed = _changes(columns)
                connection.execute(
                    f"insert into {table} by name select {table}.* replace ({', '.join(changed)}) "
                    f"from {table}, unnest($days::date[]) as copies (day) where {table}.call_date = $template",
                    {"days": some, "template": template},
                )


def _tables_by_day(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    rows = connection.execute(
        "select table_name, list(column_name) from duckdb_columns() inner join duckdb_tables() using (table_name) "
        "group by table_name having list_contains(list(column_name), 'call_date')"
    ).fetchall()
    return {table: set(columns) for table, columns in rows}


def _changes(columns: set[str]) -> list[str]:
    template = "strftime(call_date, '%Y-%m-%d')"
    made = {
        "call_date": "copies.day",
        "call_id": "strftime(copies.day, '%y%m%d') || substr(call_id, 7)",
        "recording_id": "sha256(recording_id || strftime(copies.day, '%Y-%m-%d'))",
        "source_uri": f"replace(replace(source_uri, {template}, strftime(copies.day, '%Y-%m-%d')), "
        "strftime(call_date, '%y%m%d-'), strftime(copies.day, '%y%m%d-'))",
        "started_at": "started_at - to_days(cast(call_date - copies.day as integer))",
        "words": "null",
    }
    return [f"{select} as {column}" for column, select in made.items() if column in columns]


def main() -> None:
    """`python -m benchmarks.growth_history FOLDER DAYS CALLS SENTENCES`, with the settings in the environment."""
    folder, days, calls, sentences = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    make_history(folder, HistorySize(days, calls, sentences), lambda line: print(line, file=sys.stderr, flush=True))
    print("{}")


if __name__ == "__main__":
    main()

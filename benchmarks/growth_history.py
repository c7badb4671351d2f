"""A QA_HOME with a history of any length, and its landing zone, made without running the pipeline on every day of it.

One day is landed, answered and run by the product; the other days are copies of it under other ids (`growth_copies`),
published as they would be by now (`growth_publishing`), but for the newest few, which the benchmark publishes one by
one. The day after the history has recordings and answers of its own and was never run: it is the one more day that is
measured. Files of history are links to one sparse file: the product knows them by its cache, and a benchmark that
opened one would see them changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.growth_copies import call_name, copy_ledger, copy_warehouse, copy_zone, evening, write_sidecar
from benchmarks.growth_publishing import publish_history
from benchmarks.sound import call_body, write_mulaw
from benchmarks.vocabulary import ranked_words
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import Billing
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.runs.launch import materialize
from qa_pipeline.settings import Settings, load_settings

NEW_DAY = dt.date(2026, 1, 1)
"""The day that is run; the history ends on the day before."""

NOT_YET_PUBLISHED = 4
"""Days before it that are left to be published one by one: with the new day they make five snapshots."""

MADE = "made"
"""A file that is there when all of a home is."""

SECONDS = 12.0
FRAMES_APART = 7
"""By how many frames the sound of each call is shifted, so that no two are the same."""

WORDS_A_SENTENCE = 8
_EMOTIONS = ("neutral", "happy", "sad", "angry", "surprised", "neutral", "neutral")


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
    if outcome.interrupted or outcome.problems:
        why = outcome.problems or "it was interrupted"
        raise RuntimeError(f"the day of the template did not come to its end: {why}")
    copies = [day for day in size.dates if day != template]
    say(f"copying it to {len(copies)} days")
    copy_zone(settings, zone, template, copies, size.calls)
    copy_ledger(settings, template, copies)
    copy_warehouse(settings, template, copies)
    say("publishing them")
    publish_history(settings, template, size.dates[:-NOT_YET_PUBLISHED])
    shutil.move(folder / "next", zone / str(NEW_DAY))
    _set_back(zone, [*size.dates, NEW_DAY])


def _land(zone: Path, day: dt.date, size: HistorySize, body: bytes) -> None:
    folder = zone / str(day)
    folder.mkdir(parents=True)
    for number in range(size.calls):
        start = (2 * FRAMES_APART * (number + 1_000 * (day == NEW_DAY))) % len(body)
        write_mulaw(folder / f"{call_name(day, number)}.wav", body[start:] + body[:start], SECONDS)
        write_sidecar(folder, day, number)


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
    draw = Random(seed)
    step_ms = int(SECONDS * 1000 / sentences)
    transcripts: list[dict[str, Any]] = [{"channel_id": channel, "sentences": []} for channel in (0, 1)]
    for number in range(sentences):
        own = transcripts[number % 2]["sentences"]
        begin = number * step_ms
        text = _said(draw)
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
                "emotion": draw.choice(_EMOTIONS),
                "text": f"{' '.join(text)}.",
                "words": words,
            }
        )
    for transcript in transcripts:
        transcript["text"] = " ".join(sentence["text"] for sentence in transcript["sentences"])
    return json.dumps({"file_url": uri, "transcripts": transcripts}).encode()


def _said(draw: Random) -> list[str]:
    """Words of a sentence, by Zipf's law."""
    words = _words()
    return [words[int(len(words) ** draw.random()) - 1] for _ in range(WORDS_A_SENTENCE)]


@cache
def _words() -> list[str]:
    return ranked_words("en")


def _set_back(zone: Path, days: Sequence[dt.date]) -> None:
    """Files and folders of a day as old as the day; those with several links are already."""
    for day in days:
        at = (evening(day), evening(day))
        for entry in os.scandir(zone / str(day)):
            if entry.stat().st_nlink == 1 and (entry.name.endswith(".json") or day == NEW_DAY):
                os.utime(entry.path, at)
        os.utime(zone / str(day), at)
    os.utime(zone, (evening(NEW_DAY), evening(NEW_DAY)))


def main() -> None:
    """`python -m benchmarks.growth_history FOLDER DAYS CALLS SENTENCES`, with the settings in the environment."""
    folder, days, calls, sentences = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    make_history(folder, HistorySize(days, calls, sentences), lambda line: print(line, file=sys.stderr, flush=True))
    (folder / MADE).touch()
    print("{}")


if __name__ == "__main__":
    main()

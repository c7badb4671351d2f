"""A made-up snapshot of any size, for benchmarks and for looking at a year of calls: `python -m benchmarks.snapshot`.

DuckDB draws everything from hashes, so a size always gives the same calls. Turns and metrics are the product's own: its
code analyses some thousand dialogues, each of which many calls have, with other words. Schema, comments and marts are
those of `sql/`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.vocabulary import LANGUAGES, ranked_words
from qa_pipeline.audio.peaks import PEAKS_PER_SECOND
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.reading.conversations import conversations
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.conversations import add_conversations, spoken_calls
from qa_pipeline.warehouse.daily import MARTS, refill_mart
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.marks import keep_mark
from qa_pipeline.warehouse.search_texts import refill_search_texts

SQL = Path(__file__).with_name("sql")
MIB = 1024 * 1024
DIALOGUES = 2000
PIECES = 3000
CALLS_AT_ONCE = 12_000
BYTES_A_SENTENCE, BYTES_A_DETAILED_SENTENCE = 300, 1500
"""What the snapshot takes of the disk, with the room that the building needs."""
MEMORY = "4GB"
_DAY_OF_DIALOGUES = dt.date(2000, 1, 1)
_WEEKEND = 0.45
"""Calls of a day of the weekend ÷ of a working day."""
_GIVEN = "Alex Bea Chen Dana Emil Fatima Goran Hana Ines Jun Karim Lena Mateo Nora Omar Pia Rosa Sven Tara Yusuf"
_FAMILY = "Adler Brown Costa Diaz Evans Fischer Garcia Haddad Ito Jansen Keller Lopez Moreau Novak Okafor"
_QUEUES = (
    "billing", "tech-support", "orders", "returns", "delivery", "contracts", "retention", "sales", "vip", "fraud",
    "business", "complaints",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SnapshotSize:
    """How much to make: calls over `days` that end with `last_day`, `sentences` per call on average. Calls of the
    newest `detailed_days` have outlines of their sound and words with times, which take most of a real snapshot."""

    calls: int
    sentences: int
    days: int
    last_day: dt.date
    detailed_days: int

    def bytes_needed(self) -> int:
        """Free bytes that the disk must have."""
        sentences = self.calls * self.sentences
        detailed = sentences * min(1.0, self.detailed_days / self.days)
        return int(100 * MIB + sentences * BYTES_A_SENTENCE + detailed * BYTES_A_DETAILED_SENTENCE)


@dataclass(frozen=True, slots=True)
class Day:
    """A day with its number of calls, which are numbered from `first_number` on; `progress` of all days from 0 to 1."""

    day: dt.date
    first_number: int
    calls: int
    progress: float


class NoRoom(RuntimeError):
    """The folder holds something else, or the disk is too full."""


def make_snapshot(home: Path, size: SnapshotSize, say: Callable[[str], None]) -> Path:
    """Publishes a made-up snapshot in the QA_HOME `home`, which is made, and returns its path.

    What was built is removed when something fails. `say` hears of each stage.

    Raises:
        NoRoom: `home` holds anything, or its disk has too little room.
    """
    if home.exists() and any(home.iterdir()):
        raise NoRoom(f"{home} is not empty; name a new folder, nothing is overwritten")
    published = home / "published"
    is_new = not home.exists()
    published.mkdir(parents=True)
    needed, free = size.bytes_needed(), shutil.disk_usage(home).free
    try:
        if free < needed:
            raise NoRoom(f"{home} has {free / MIB:,.0f} MiB free, and about {needed / MIB:,.0f} MiB are needed")
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        target = published / f"qa-{stamp}.duckdb"
        building = published / f".{target.name}.building"
        with tempfile.TemporaryDirectory(prefix=".scratch-", dir=home) as scratch:
            _build(building, Path(scratch), size, say)
        building.chmod(0o444)
        building.replace(target)
        (home / "qa.duckdb").symlink_to(target.relative_to(home))
        keep_mark(published, target)
    except BaseException:
        shutil.rmtree(published)
        if is_new:
            shutil.rmtree(home)
        raise
    return target


def _build(path: Path, scratch: Path, size: SnapshotSize, say: Callable[[str], None]) -> None:
    with empty_database(path) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'; set timezone = 'UTC'")
        connection.execute("set temp_directory = $scratch", {"scratch": str(scratch)})
        apply_comments(connection)
        _set_variables(connection, size)
        say("making words and dialogues")
        _make_words(connection)
        _make_agents(connection)
        _make_dialogues(connection)
        done = 0
        for days in _chunks(size):
            _make_days(connection, days)
            done += sum(day.calls for day in days)
            say(f"{days[-1].day}: {done:,} of {size.calls:,} calls")
        note = [[day.day for days in _chunks(size) for day in days]]
        connection.execute("insert into publication values (now(), 'made-up', ?, 'dashscope', 'made-up')", note)
        connection.execute("checkpoint")


def _set_variables(connection: duckdb.DuckDBPyConnection, size: SnapshotSize) -> None:
    first = size.last_day - dt.timedelta(days=size.days - 1)
    values = {
        "calls": size.calls,
        "sentences": size.sentences,
        "pieces": min(PIECES, size.calls),
        "wholes": min(DIALOGUES, max(size.calls, 20)),
        "engine_day": first + dt.timedelta(days=round(size.days * 0.6)),
        "detailed_from": size.last_day - dt.timedelta(days=size.detailed_days - 1),
    }
    for name, value in values.items():
        connection.execute(f"set variable {name} = ?", [value])
    connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))


def _make_words(connection: duckdb.DuckDBPyConnection) -> None:
    words = [(language, rank, word) for language in LANGUAGES for rank, word in enumerate(ranked_words(language))]
    _make_table(
        connection, "vocabulary", dict(zip(("language", "rank", "word"), zip(*words, strict=True), strict=True))
    )
    connection.execute((SQL / "texts.sql").read_text(encoding="utf-8"))


def _make_agents(connection: duckdb.DuckDBPyConnection) -> None:
    names = [f"{given} {family}" for family in _FAMILY.split() for given in _GIVEN.split()][:200]
    agents = {
        "number": range(len(names)),
        "agent_id": [f"a-{number + 1:03}" for number in range(len(names))],
        "agent_name": names,
        "skill": [0.6 + 1.4 * (number * 37 % len(names)) / len(names) for number in range(len(names))],
        "queues": [_queues_of(number) for number in range(len(names))],
    }
    _make_table(connection, "drawn_agents", agents)


def _queues_of(agent: int) -> list[str]:
    """One to three queues, those of the agent's team."""
    return [_QUEUES[(agent + place) % len(_QUEUES)] for place in range(1 + agent % 3)]


def _make_dialogues(connection: duckdb.DuckDBPyConnection) -> None:
    """Dialogues, their sound, and their turns and metrics as the product finds them."""
    connection.execute((SQL / "dialogues.sql").read_text(encoding="utf-8"))
    _make_table(connection, "dialogue_sounds", _sounds(connection))
    with empty_database() as product:
        for table in ("calls", "transcripts", "acoustics", "sentences"):
            given = connection.execute((SQL / f"dialogue_{table}.sql").read_text(encoding="utf-8")).to_arrow_table()
            product.register("given", given)
            product.execute(f"insert into {table} by name select * from given")
        found = conversations(spoken_calls(product, [_DAY_OF_DIALOGUES]), MetricThresholds(), {})
        for some in iter(lambda: list(islice(found, 1000)), []):
            add_conversations(product, some, dt.datetime.now(dt.UTC))
        for table, name in (("turns", "dialogue_turns"), ("call_metrics", "dialogue_metrics")):
            connection.register("found", product.execute(f"select * from {table}").to_arrow_table())
            connection.execute(f"create temp table {name} as select * from found")
            connection.unregister("found")
    connection.execute((SQL / "turn_sentences.sql").read_text(encoding="utf-8"))


def _sounds(connection: duckdb.DuckDBPyConnection) -> dict[str, Sequence[object]]:
    """What `acoustics` says of each channel of the dialogues: speech where there are sentences, in waves."""
    rows = connection.execute((SQL / "dialogue_speech.sql").read_text(encoding="utf-8")).fetchall()
    columns: dict[str, list[object]] = {
        name: [] for name in ("dialogue_id", "channel_id", "speech_s", "segments", "loudness_per_s_db", "waveform")
    }
    for dialogue_id, channel_id, duration_s, begins, ends in rows:
        pixels = np.zeros(int(duration_s * PEAKS_PER_SECOND) + 1)
        for begin, end in zip(begins, ends, strict=True):
            place = np.arange(begin * PEAKS_PER_SECOND // 1000, end * PEAKS_PER_SECOND // 1000)
            pixels[place] = 18 + 60 * np.abs(np.sin(place * 0.9 + dialogue_id) * np.sin(place * 0.23))
        seconds = pixels[: len(pixels) // PEAKS_PER_SECOND * PEAKS_PER_SECOND].reshape(-1, PEAKS_PER_SECOND).max(axis=1)
        values = (
            dialogue_id,
            channel_id,
            sum(end - begin for begin, end in zip(begins, ends, strict=True)) / 1000,
            [{"begin_ms": begin, "end_ms": end} for begin, end in zip(begins, ends, strict=True)],
            (20 * np.log10(np.maximum(seconds, 0.05) / 128) - 9).round(1).tolist(),
            np.stack([-pixels - 1, pixels], axis=-1).astype(np.int8).tobytes(),
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return dict(columns)


def _chunks(size: SnapshotSize) -> Iterator[list[Day]]:
    """The days with their numbers of calls, in pieces of about `CALLS_AT_ONCE`."""
    days = [size.last_day - dt.timedelta(days=ago) for ago in reversed(range(size.days))]
    weights = np.array([_WEEKEND if day.weekday() >= 5 else 1.0 for day in days])
    ends = np.round(np.cumsum(weights) / weights.sum() * size.calls).astype(int).tolist()
    chunk: list[Day] = []
    for place, (day, first, end) in enumerate(zip(days, [0, *ends], ends, strict=False)):
        chunk.append(Day(day, first, end - first, place / len(days)))
        if end - chunk[0].first_number >= CALLS_AT_ONCE or place == len(days) - 1:
            yield chunk
            chunk = []


def _make_days(connection: duckdb.DuckDBPyConnection, days: Sequence[Day]) -> None:
    rows = [asdict(day) for day in days]
    _make_table(connection, "days_now", {name: [row[name] for row in rows] for name in rows[0]})
    connection.execute((SQL / "days.sql").read_text(encoding="utf-8"))
    chosen = [day.day for day in days]
    for table in ("transcripts", "languages", "emotions"):
        connection.execute(f"insert into {table} by name {read_sql(f'marts/{table}.sql')}", {"days": chosen})
    for mart in MARTS:
        refill_mart(connection, mart, chosen, minimum_n=5)
    refill_search_texts(connection, chosen)


def _make_table(connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[object]]) -> None:
    connection.register("given", pa.table({column: list(values) for column, values in columns.items()}))
    connection.execute(f"create or replace temp table {name} as select * from given")
    connection.unregister("given")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, 1 when there is no room, 2 on wrong use, 130 on Ctrl-C."""
    options = _parser().parse_args(arguments)
    size = SnapshotSize(
        calls=options.calls,
        sentences=options.sentences,
        days=min(options.days, options.calls),
        last_day=options.last_day,
        detailed_days=options.detailed_days,
    )
    began = time.perf_counter()
    try:
        made = make_snapshot(options.home, size, lambda line: print(line, flush=True))
    except NoRoom as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"{made}: {made.stat().st_size / MIB:,.0f} MiB in {time.perf_counter() - began:.0f} s")
    print(f"Look at it: QA_HOME={options.home} qa-pipeline up")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.snapshot",
        description="Makes a snapshot of made-up calls in a new QA_HOME.",
        epilog="examples: python -m benchmarks.snapshot ../year; "
        "python -m benchmarks.snapshot ../large --calls 333000 --detailed-days 2",
    )
    parser.add_argument("home", type=Path, metavar="FOLDER", help="the QA_HOME to make; must not hold anything")
    for name, default, text in (
        ("--calls", 100_000, "calls"),
        ("--sentences", 60, "sentences per call, on average"),
        ("--days", 365, "days over which the calls are spread"),
        ("--detailed-days", 7, "newest days whose calls have outlines and words with times"),
    ):
        parser.add_argument(name, type=_positive, default=default, metavar="N", help=f"{text} (default {default:,})")
    parser.add_argument(
        "--last-day", type=dt.date.fromisoformat, default=dt.datetime.now(dt.UTC).date(), metavar="YYYY-MM-DD",
        help="the newest day (default: today)",
    )  # fmt: skip
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())

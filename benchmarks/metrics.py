"""What a day's figures cost: turns, metrics, languages, emotions and the daily marts of 10,000 made-up calls.

The parent prints; one child fills a working database with sentences, another has the definitions imported, as a run of
Dagster has, and does what the assets do with it (`python -m benchmarks.metrics make|measure FOLDER CALLS`).
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.measuring import neutral_environment, peak_rss_mib, run_child
from qa_pipeline.warehouse.database import Warehouse

DAY = dt.date(2025, 9, 1)
SENTENCES_A_CALL = 60
CORES = 2
TARGET_S, TARGET_MIB = 60.0, 1536
NAME_WIDTH = 34
COLUMNS = ("wall s", "CPU s", "rows", "÷ bare select", "target")

TEXTS = (
    ("en", "Good morning, you are through to the billing desk, how can I help you today?"),
    ("en", "I was charged twice for the same month and nobody can tell me why."),
    ("en", "mm-hm"),
    ("en", "Let me have a look at your account, one moment please."),
    ("zh", "您好，请问有什么可以帮您？"),
    ("zh", "我上个月的账单多扣了两次费用，一直没有人处理。"),
    ("zh", "嗯"),
    ("de", "Ich verstehe, das tut mir leid, ich buche den Betrag sofort zurück."),
    ("ja", "お電話ありがとうございます。確認いたしますので、少々お待ちください。"),
    ("es", "No, eso no es lo que me dijeron la semana pasada."),
)

_FILL = f"""
create temp table texts as select * from (values {{texts}}) as texts (text_id, language, "text");

insert into calls by name
select
    'call-' || lpad(number::varchar, 6, '0') as call_id,
    sha256(number::varchar) as recording_id,
    $day as call_date,
    'agent-' || (hash(number) % 200)::varchar as agent_id,
    'queue-' || (hash(number, 1) % 12)::varchar as queue,
    'inbound' as direction,
    {SENTENCES_A_CALL} * 6.0 + 20 as duration_s,
    0 as agent_channel,
    'file:///made-up.wav' as source_uri,
    'ok' as status,
    now() as loaded_at
from range($calls) as made (number);

insert into sentences by name
select
    calls.call_id,
    calls.call_date,
    place % 2 as channel_id,
    case place % 2 when 0 then 'agent' else 'customer' end as role,
    place // 2 as sentence_id,
    cast(1000 + place * 6000 + hash(calls.call_id, place) % 1500 as integer) as begin_ms,
    cast(begin_ms + 300 + hash(calls.call_id, place, 2) % 6500 as integer) as end_ms,
    texts."text",
    texts.language,
    ['neutral', 'neutral', 'happy', 'sad', 'angry', 'surprised', null][
        cast(hash(calls.call_id, place, 3) % 7 + 1 as bigint)
    ] as emotion
from calls
cross join range({SENTENCES_A_CALL}) as spoken (place)
inner join texts on texts.text_id = hash(calls.call_id, spoken.place, 4) % {len(TEXTS)}
order by calls.call_id, channel_id, sentence_id;

insert into transcripts by name
select
    call_id, channel_id, call_date, role, '' as text, count(*) as sentence_count, 'made-up' as model,
    'made-up' as engine, call_id as recording_id, now() as loaded_at
from sentences
group by all;

insert into acoustics by name
select
    sentences.call_id, sentences.channel_id, sentences.call_date, sentences.role, 'transcribe' as action,
    [] as defects, 180.0 as speech_s, 0.5 as speech_ratio, -25.0 as loudness_db, [-25.0] as loudness_per_s_db,
    -6.0 as peak_db, 0.0 as clipping_ratio,
    list(
        {{{{'begin_ms': sentences.begin_ms, 'end_ms': sentences.end_ms}}}} order by sentences.begin_ms
    ) as segments,
    ''::blob as waveform, sha256(sentences.call_id) as channel_sha256, calls.recording_id, '1.0' as definition_version,
    '{{{{}}}}' as options, now() as loaded_at
from sentences inner join calls on sentences.call_id = calls.call_id
group by sentences.call_id, sentences.channel_id, sentences.call_date, sentences.role, calls.recording_id;

insert into transcription_tasks by name
select
    calls.recording_id, channel_id, 'made-up' as model, '0' as parameters_hash, 1 as attempt, calls.call_date,
    'x' as submission_id, 'parsed' as state, calls.duration_s as audio_s, calls.duration_s as billed_s,
    calls.duration_s * 0.000032 as cost_usd, 'made-up' as engine
from calls cross join range(2) as channels (channel_id);
"""


def metrics(calls: int, say: Callable[[str], None]) -> bool:
    """Fills a database of `calls` calls and prints what its figures cost; False if a call has no row of metrics.

    Raises:
        ChildFailed: a measured process ended with an error.
    """
    say(f"Figures of a day of {calls:,} calls with {calls * SENTENCES_A_CALL:,} sentences; {CORES} cores:")
    say(_row("", dict(zip(COLUMNS, COLUMNS, strict=True))))
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        arguments = [scratch, str(calls)]
        run_child("benchmarks.metrics", ["make", *arguments], neutral_environment())
        found = run_child("benchmarks.metrics", ["measure", *arguments], neutral_environment())
    bare_s = found["bare_s"]
    say(_row("a plain select of the sentences", {"wall s": f"{bare_s:.2f}", "rows": f"{found['sentences']:,}"}))
    for stage in found["stages"]:
        say(_stage(stage["name"], stage, bare_s, ""))
    total = {name: sum(stage[name] for stage in found["stages"]) for name in ("wall_s", "cpu_s", "rows")}
    say(_stage("all of it", total, bare_s, f"< {TARGET_S:.0f}"))
    say(f"peak memory {found['rss_mib']:.0f} MiB ({found['rss_before_mib']:.0f} before; target < {TARGET_MIB:,})")
    if found["calls_with_metrics"] != calls:
        say(f"  INVALID: {found['calls_with_metrics']:,} of {calls:,} calls have metrics")
    return bool(found["calls_with_metrics"] == calls)


def _stage(name: str, stage: dict[str, Any], bare_s: float, target: str) -> str:
    cells = {
        "wall s": f"{stage['wall_s']:.2f}",
        "CPU s": f"{stage['cpu_s']:.2f}",
        "rows": f"{stage['rows']:,}",
        "÷ bare select": f"{stage['wall_s'] / bare_s:.1f}",
        "target": target,
    }
    return _row(name, cells)


def _row(name: str, cells: dict[str, str]) -> str:
    line = "".join(f"{cells.get(column, ''):>{max(len(column) + 2, 11)}}" for column in COLUMNS)
    return f"{name:<{NAME_WIDTH}}{line}".rstrip()


def make(folder: Path, calls: int) -> dict[str, Any]:
    """Fills the database: texts, lengths, emotions and pauses are spread by hashes, the same in every run."""
    texts = ", ".join(f"({place}, '{language}', '{text}')" for place, (language, text) in enumerate(TEXTS))
    with _warehouse(folder).transaction() as connection:
        for statement in _FILL.format(texts=texts).split(";\n"):
            given = {"day": DAY, "calls": calls}
            names = {name: value for name, value in given.items() if f"${name}" in statement}
            if statement.strip():
                connection.execute(statement, names)
    return {"made": calls}


def measure(folder: Path) -> dict[str, Any]:
    """Does with the day what the assets do, each in a transaction of its own."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    importlib.import_module("qa_pipeline.definitions")
    before_mib = peak_rss_mib()
    bare_s, sentences = min(_bare_select(folder) for _ in range(3))
    stages = [_timed(folder, name, work) for name, work in _stages()]
    with _warehouse(folder).transaction() as connection:
        ((measured,),) = connection.execute("select count(*) from call_metrics where talk_ratio is not null").fetchall()
    return {
        "bare_s": bare_s,
        "sentences": sentences,
        "stages": stages,
        "calls_with_metrics": measured,
        "rss_mib": peak_rss_mib(),
        "rss_before_mib": before_mib,
    }


def _bare_select(folder: Path) -> tuple[float, int]:
    with _cores(folder) as connection:
        began = time.perf_counter()
        table = connection.execute(
            "select call_id, channel_id, role, sentence_id, begin_ms, end_ms, text, language, emotion from sentences "
            "where call_date = ? order by call_id, begin_ms",
            [DAY],
        ).to_arrow_table()
        return time.perf_counter() - began, table.num_rows


def _stages() -> Iterator[tuple[str, Callable[[Any], int]]]:
    from qa_pipeline.warehouse.daily import MARTS, refill_mart

    yield "turns and call_metrics", _converse
    for table in ("languages", "emotions"):
        yield table, lambda connection, table=table: _refill(connection, table)  # type: ignore[misc]
    for mart in MARTS:

        def fill(connection: Any, mart: str = mart) -> int:
            refill_mart(connection, mart, [DAY], minimum_n=5)
            return _count(connection, mart)

        yield mart, fill


def _converse(connection: Any) -> int:
    from qa_pipeline.conversation.definitions import MetricThresholds
    from qa_pipeline.defs.assets.conversations import WRITTEN_AT_ONCE
    from qa_pipeline.reading.conversations import conversations
    from qa_pipeline.warehouse.conversations import add_conversations, clear_conversations, spoken_calls

    faults: dict[str, str] = {}
    clear_conversations(connection, [DAY])
    conversed = conversations(spoken_calls(connection, [DAY]), MetricThresholds(), faults)
    for some in iter(lambda: list(islice(conversed, WRITTEN_AT_ONCE)), []):
        add_conversations(connection, some, dt.datetime.now(dt.UTC))
    return _count(connection, "turns") + _count(connection, "call_metrics")


def _refill(connection: Any, table: str) -> int:
    from qa_pipeline.statements.files import read_sql

    connection.execute(f"insert into {table} by name {read_sql(f'marts/{table}.sql')}", {"days": [DAY]})
    return _count(connection, table)


def _count(connection: Any, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def _timed(folder: Path, name: str, work: Callable[[Any], int]) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    with _cores(folder) as connection:
        rows = work(connection)
    return {"name": name, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "rows": rows}


@contextmanager
def _cores(folder: Path) -> Iterator[Any]:
    with _warehouse(folder).transaction() as connection:
        connection.execute(f"set threads = {CORES}")
        yield connection


def _warehouse(folder: Path) -> Warehouse:
    return Warehouse(folder / "warehouse.duckdb")


def main(arguments: Sequence[str]) -> None:
    """The child: says what it made or measured as a line of JSON."""
    task, folder, calls = arguments[0], Path(arguments[1]), int(arguments[2])
    found = make(folder, calls) if task == "make" else measure(folder)
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

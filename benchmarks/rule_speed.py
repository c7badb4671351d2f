"""How long 200 rules take over many calls, beside DuckDB's bare search for their words, and what a change costs."""

from __future__ import annotations

import datetime as dt
import random
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from benchmarks.memory_watch import MemoryWatch
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.judging.comparing import compare_stored, total
from qa_pipeline.judging.judged import judge_stored
from qa_pipeline.judging.stored_calls import metrics_named, read_days
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.places import compiled
from qa_pipeline.rules.reading import read_book
from qa_pipeline.warehouse.database import empty_database, insert_columns

DAY = dt.date(2025, 9, 1)
CALLS_PER_DAY = 10_000
SENTENCES = 60
"""Of a call."""
RULES = 200
SEED = 14
LONG_MB = 10
THREADS = 2

_WORDS = (
    "the", "a", "to", "you", "i", "it", "is", "that", "of", "and", "we", "can", "your", "have", "for", "on", "this",
    "me", "my", "not", "what", "do", "be", "will", "so", "are", "with", "but", "in", "just", "know", "no", "if",
    "account", "bill", "payment", "order", "phone", "line", "router", "card", "address", "month", "service",
    "problem", "number", "check", "please", "thanks", "okay", "yes", "right", "sure", "moment", "today", "tomorrow",
    "week", "email", "send", "paid", "charge", "price", "plan", "contract", "change", "help", "waiting", "called",
    "again", "customer", "support", "technical", "internet", "slow", "working", "broken", "delivery", "parcel",
    "refund", "amount",
)  # fmt: skip
_RARE = tuple(
    f"{first}{middle}{last}"
    for first in ("co", "me", "to", "be", "sa", "li", "du", "fra", "gre", "po")
    for middle in ("r", "ll", "nd", "st", "m", "v", "p", "nt", "ck", "d")
    for last in ("ane", "io", "ent", "ak", "us", "ing", "er", "ed", "ion", "al")
)
VOCABULARY = (*_WORDS, *_RARE)
WEIGHTS = [1 / (place + 10) for place in range(len(VOCABULARY))]
"""As words of a language are: a few are in every sentence, most of them hardly ever."""


def rules_text(count: int = RULES) -> str:
    """Rules of every kind: phrases, expressions, pairs, windows, absences, sequences."""
    chance = random.Random(SEED)

    def phrase() -> str:
        return " ".join([*chance.choices(_WORDS, k=chance.randint(1, 2)), chance.choice(VOCABULARY)])

    def condition(number: int) -> str:
        phrases = ", ".join(phrase() for _ in range(5))
        role = chance.choice(("agent", "customer"))
        match number % 5:
            case 0:
                return f"{{phrases: {{any: [{phrases}]}}, role: {role}}}"
            case 1:
                one, other = chance.sample(_WORDS, 2)
                return f'{{regex: "\\\\b{one} (\\\\w+ )?{chance.choice(_RARE)}|{other} \\\\d+ {one}", role: {role}}}'
            case 2:
                return f"{{near: {{first: [{phrase()}], second: [{phrase()}], within_words: 6}}, role: {role}}}"
            case 3:
                return f"{{phrases: {{any: [{phrases}]}}, role: {role}, window: {{first_s: 20}}}}"
        return f"{{absence: {{phrases: {{any: [{phrases}]}}, role: {role}, window: {{last_s: 30}}}}}}"

    rules = [f"- {{id: r{number}, title: Rule {number}, condition: {condition(number)}}}" for number in range(count)]
    return "\n".join(["rules:", *rules])


def fill(connection: duckdb.DuckDBPyConnection, days: int) -> None:
    """Calls of made-up words, both roles in turns, with sound where words are."""
    chance = random.Random(SEED)
    said = [" ".join(chance.choices(VOCABULARY, WEIGHTS, k=chance.randint(4, 14))) for _ in range(20_000)]
    for number in range(days):
        _fill_day(connection, DAY + dt.timedelta(days=number), number, said, chance)


def _fill_day(
    connection: duckdb.DuckDBPyConnection, day: dt.date, number: int, said: list[str], chance: random.Random
) -> None:
    ids = [f"c{number:03}{place:05}" for place in range(CALLS_PER_DAY)]
    loaded_at = dt.datetime.combine(day, dt.time(), dt.UTC)
    count = len(ids)
    insert_columns(
        connection,
        "calls",
        {
            "call_id": ids,
            "call_date": [day] * count,
            "duration_s": [SENTENCES * 5.0] * count,
            "status": ["ok"] * count,
            "queue": [f"q{place % 5}" for place in range(count)],
            "direction": ["inbound"] * count,
            "agent_id": [f"a{place % 40}" for place in range(count)],
            "source_uri": ["file:///x"] * count,
            "loaded_at": [loaded_at] * count,
            "form": ["stereo"] * count,
            "recordings": [1] * count,
        },
    )
    connection.register("ids", pa.table({"call_id": ids}))
    connection.register("said", pa.table({"place": list(range(len(said))), "text": said}))
    for statement in (
        "insert into sentences by name with numbered as (select call_id, n, "
        "(hash(call_id, n) % 20000)::bigint as place from ids cross join range($n) as t (n)) "
        "select call_id, (n % 2)::int as channel_id, (n // 2)::int as sentence_id, "
        "$day::date as call_date, if(n % 2 = 0, 'agent', 'customer') as role, (n * 5000)::int as begin_ms, "
        "(n * 5000 + 4000)::int as end_ms, said.text, 'en' as language, 'neutral' as emotion "
        "from numbered inner join said using (place)",
        "insert into turns by name select call_id, (sentence_id * 2 + channel_id)::int as turn_id, call_date, role, "
        "channel_id, begin_ms, end_ms, text, sentence_id as first_sentence_id, sentence_id as last_sentence_id, "
        "1 as sentence_count, 0 as overlap_ms, false as is_backchannel, false as interrupts, 0 as interruption_ms "
        "from sentences where call_date = $day",
        "insert into transcripts by name select call_id, channel_id, any_value(call_date) as call_date, "
        "any_value(role) as role, '' as text, 'en' as language, 'neutral' as emotion, count(*)::int as sentence_count, "
        "60.0 as speech_s, 'm' as model, 'e' as engine, 'r' as recording_id, now() as loaded_at from sentences "
        "where call_date = $day group by call_id, channel_id",
        "insert into acoustics by name select call_id, channel_id, any_value(call_date) as call_date, "
        "any_value(role) as role, 'transcribe' as action, [] as defects, 120.0 as speech_s, 0.4 as speech_ratio, "
        "-30.0 as loudness_db, [] as loudness_per_s_db, -6.0 as peak_db, 0.0 as clipping_ratio, "
        "list({begin_ms: begin_ms, end_ms: end_ms} order by begin_ms) as segments, ''::blob as waveform, "
        "'x' as channel_sha256, 'r' as recording_id, '1' as definition_version, '{}' as options, now() as loaded_at "
        "from sentences where call_date = $day group by call_id, channel_id",
    ):
        values = {"day": day, "n": SENTENCES}
        connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})


def print_speed(say: Callable[[str], None], days: int, *, processes: int | None = None) -> None:
    """Seconds, and what they are multiples of."""
    book = read_book({"rules": rules_text()})
    with TemporaryDirectory() as folder, empty_database(Path(folder) / "calls.duckdb") as connection:
        connection.execute(f"set threads = {THREADS}")
        began = time.monotonic()
        fill(connection, days)
        say(f"{days * CALLS_PER_DAY:,} calls of {SENTENCES} sentences, made in {time.monotonic() - began:.0f} s")
        bare_s = _timed(lambda: _bare_filter(connection, book))
        with MemoryWatch() as judging:
            rules_s = _timed(lambda: _judge(connection, book, processes))
        say(
            f"{RULES} rules over {CALLS_PER_DAY:,} calls, {CALLS_PER_DAY * SENTENCES:,} sentences: {rules_s:.1f} s, "
            f"{rules_s / bare_s:.1f} times DuckDB's bare search for their words ({bare_s:.1f} s on {THREADS} threads)"
        )
        changed = read_book({"rules": rules_text()}, changed={"draft": _changed()})
        span = (DAY, DAY + dt.timedelta(days=days - 1))
        compare = partial(compare_stored, connection, book, changed, span, MetricThresholds(), processes=processes)
        with MemoryWatch() as comparing:
            diff_s = _timed(lambda: total(compare()))
        say(f"5 changed rules compared over {days * CALLS_PER_DAY:,} calls: {diff_s:.1f} s")
    say(
        f"most memory of all processes together: {judging.most_mib:,.0f} MiB for the rules, {comparing.most_mib:,.0f} "
        "for the change; the database that was just filled keeps some of it"
    )
    pattern, text = compiled("^(a+)+$"), "a" * (LONG_MB * 2**20) + "b"
    say(f"^(a+)+$ over a sentence of {LONG_MB} MB: {_timed(lambda: pattern.search(text)):.3f} s")


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _bare_filter(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """All phrases of all rules as alternatives, over the sentences of one day."""
    conditions = (each for rule in book.rules for each in rule.condition.walk())
    phrases = {" ".join(phrase) for each in conditions for phrase in (*each.phrases, *each.second)}
    found = "select count(*) from sentences where call_date = $day and regexp_matches(lower(text), $words)"
    connection.execute(found, {"day": DAY, "words": "|".join(sorted(phrases))}).fetchall()


def _judge(connection: duckdb.DuckDBPyConnection, book: RuleBook, processes: int | None) -> None:
    stored = read_days(connection, [DAY], metrics_named(book))
    judged = judge_stored(stored, book, MetricThresholds(), processes=processes)
    rows = sum(each.outcomes.num_rows for each in judged)
    if rows != RULES * CALLS_PER_DAY:
        raise AssertionError(f"{rows} outcomes")


def _changed() -> str:
    """The first five rules, of the other role."""
    roles = {"agent": "customer", "customer": "agent"}
    head, *lines = rules_text().splitlines()
    swapped = [re.sub(r"role: (\w+)", lambda found: f"role: {roles[found[1]]}", line) for line in lines[:5]]
    return "\n".join([head, *swapped])

"""How long searches take over all days: reading every folded text, as pages do, beside an index of words.

The index is what would be written per day if it paid: each word of a day and role, with the texts that say it.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import duckdb

from benchmarks.vocabulary import ranked_words
from dashboards.date_presets import ALL
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import count_calls
from qa_pipeline.published.snapshot import open_file
from qa_pipeline.search.folding import FOLDING, fold
from qa_pipeline.warehouse.database import empty_database

SQL = Path(__file__).parent / "sql"
DAYS = DateRange(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
TEXTS_AT_ONCE = 50_000
SENTENCES_A_CALL = 60
ROUNDS = 3
_LOOK_UP = "select count(distinct (call_date, text)), sum(times) from ({}) as found"
_OF_WORD = "select call_date, unnest(texts) as text, unnest(times) as times from search_terms where contains(word, ?)"


def search(calls: int, say: Callable[[str], None]) -> bool:
    """Prints seconds of each kind of search over `calls` calls of a year, and what both ways take on disk."""
    with tempfile.TemporaryDirectory(prefix="qa-search-") as folder:
        path = Path(folder, "texts.duckdb")
        words = list(ranked_words("en"))
        _make(path, calls, words)
        say(f"search: {calls:,} calls of a year, about {calls * SENTENCES_A_CALL:,} sentences, all days, seconds")
        texts_mib = path.stat().st_size / 2**20
        read = dict(_timed_reading(path, words))
        began = time.perf_counter()
        with _opened(path) as connection:
            connection.execute(
                (SQL / "search_terms.sql").read_text(encoding="utf-8"), {"first": DAYS.first, "last": DAYS.last}
            )
        took = time.perf_counter() - began
        terms_mib = path.stat().st_size / 2**20 - texts_mib
        looked_up = dict(_timed_look_up(path, words))
        say(f"{'':24}{'texts p50':>10}{'p95':>8}{'index p50':>11}{'p95':>8}{'texts ÷ index':>15}")
        for kind, times in read.items():
            other = looked_up.get(kind)
            line = f"{kind:24}{_at(times, 0.5):10.3f}{_at(times, 0.95):8.3f}"
            if other:
                line += f"{_at(other, 0.5):11.3f}{_at(other, 0.95):8.3f}{_at(times, 0.5) / _at(other, 0.5):15.1f}"
            say(line)
        say(f"texts: {texts_mib:,.0f} MiB; the index besides: {terms_mib:,.0f} MiB, made in {took:,.0f} s")
    return True


def _make(path: Path, calls: int, words: list[str]) -> None:
    texts = 2 * calls
    with empty_database(path) as connection:
        statement = (SQL / "search_texts.sql").read_text(encoding="utf-8")
        for first in range(0, texts, TEXTS_AT_ONCE):
            ends = {"from_text": first, "to_text": min(first + TEXTS_AT_ONCE, texts)}
            said = {"english": words, "chinese": [fold(word) for word in ranked_words("zh")], "folding": FOLDING}
            connection.execute(statement, {"texts": texts, **said, **ends})
        connection.execute(
            "insert into calls by name select distinct call_id, call_date, 'x' as source_uri, 'ok' as status, "
            "now() as loaded_at from search_texts"
        )
        connection.execute("checkpoint")


def _kinds(words: list[str]) -> dict[str, list[str]]:
    common, usual, rare = words[3:8], words[200:205], words[4000:4005]
    return {
        "a common word": common,
        "a usual word": usual,
        "a rare word": rare,
        "a word nobody says": ["zzzz", "qqqq", "xxqx", "zqzq", "qzzz"],
        "two words": [f"{one} {other}" for one, other in zip(usual, rare, strict=True)],
        "any of three": [f"{a} OR {b} OR {c}" for a, b, c in zip(common, usual, rare, strict=True)],
        "one without another": [f"{one} -{other}" for one, other in zip(usual, common, strict=True)],
        "a phrase": [f'"{one} {other}"' for one, other in zip(common, usual, strict=True)],
        "said by the agent": [f"agent:{word}" for word in usual],
    }


def _timed_reading(path: Path, words: list[str]) -> Iterator[tuple[str, list[float]]]:
    with open_file(path, "UTC") as snapshot:
        chosen = CallFilter(ALL).on(DAYS.last, DAYS, DAYS)
        for kind, texts in _kinds(words).items():
            times = []
            for _, text in product(range(ROUNDS), texts):
                began = time.perf_counter()
                count_calls(snapshot, CallFilter(chosen.range, text=text))
                times.append(time.perf_counter() - began)
            yield kind, times


def _timed_look_up(path: Path, words: list[str]) -> Iterator[tuple[str, list[float]]]:
    """Searches of words alone, of which the index knows everything."""
    with _opened(path) as connection:
        for kind, texts in _kinds(words).items():
            terms = [text.replace(" OR ", " ").split() for text in texts]
            if any(sign in text for text in texts for sign in '":-'):
                continue
            times = []
            for _, some in product(range(ROUNDS), terms):
                began = time.perf_counter()
                connection.execute(_LOOK_UP.format(" union all ".join([_OF_WORD] * len(some))), some).fetchall()
                times.append(time.perf_counter() - began)
            yield kind, times


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_database(path) as connection:
        yield connection


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]

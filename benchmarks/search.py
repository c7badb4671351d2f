"""How long searches take over all days, as a page asks them, and what an index of words would take beside.

The index is what would be written per day if it paid: each word of a day and role, with the texts that say it. It is
made for the newest days, and the same words are looked up both ways in these.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.vocabulary import ranked_words
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import count_hits, find_calls
from qa_pipeline.published.snapshot import Snapshot, open_file
from qa_pipeline.search.folding import FOLDING, fold
from qa_pipeline.warehouse.database import empty_database

SQL = Path(__file__).parent / "sql"
DAYS = DateRange(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
NEWEST = DateRange(dt.date(2025, 12, 4), dt.date(2025, 12, 31))
TEXTS_AT_ONCE = 50_000
SENTENCES_A_CALL = 60
ROUNDS = 3
_IN_TEXTS = "select count(*) from search_texts where call_date between $first and $last and contains(body, $word)"
_IN_INDEX = (
    "select count(distinct (call_date, text)) from (select call_date, unnest(texts) as text from terms.search_terms "
    "where contains(word, $word))"
)
_MADE, _ADD_DAY = "create table terms.search_terms as", "insert into terms.search_terms"


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock and of the processors."""

    wall_s: float
    cpu_s: float


def search(calls: int, say: Callable[[str], None]) -> bool:
    """Prints seconds of each kind of search over `calls` calls of a year, then both ways in the newest days."""
    with tempfile.TemporaryDirectory(prefix="qa-search-") as folder:
        path = Path(folder, "texts.duckdb")
        make_texts(path, calls)
        say(f"search: {calls:,} calls of a year, about {calls * SENTENCES_A_CALL:,} sentences")
        say(f"texts: {path.stat().st_size / 2**20:,.0f} MiB")
        searches_of_pages(path, say)
        both_ways(path, Path(folder, "terms.duckdb"), say)
    return True


def make_texts(path: Path, calls: int) -> None:
    """Makes the database `path` with `calls` calls and their texts."""
    texts = 2 * calls
    said = {name: [fold(word) for word in ranked_words(code)] for name, code in (("english", "en"), ("chinese", "zh"))}
    with empty_database(path) as connection:
        statement = (SQL / "search_texts.sql").read_text(encoding="utf-8")
        for first in range(0, texts, TEXTS_AT_ONCE):
            ends = {"from_text": first, "to_text": min(first + TEXTS_AT_ONCE, texts)}
            connection.execute(statement, {"texts": texts, "folding": FOLDING, **said, **ends})
        connection.execute(
            "insert into calls by name select distinct call_id, call_date, 'x' as source_uri, 'ok' as status, "
            "'a-' || hash(call_id) % 50 as agent_id, now() as loaded_at from search_texts"
        )
        connection.execute("checkpoint")


def searches_of_pages(path: Path, say: Callable[[str], None]) -> None:
    """Prints what a viewer waits for: the first page of the list, and the number of hits."""
    say(f"{'list and hits, s':28}{'p50':>8}{'p95':>8}{'CPU p50':>10}{'CPU p95':>10}")
    every: list[Took] = []
    with open_file(path, "UTC") as snapshot:
        for kind, searches in _kinds().items():
            took = [_timed(lambda chosen=chosen: _as_a_page(snapshot, chosen)) for chosen in searches]  # type: ignore[misc]
            every += took
            say(_line(kind, took))
    say(_line("all of them", every))


def both_ways(texts: Path, terms: Path, say: Callable[[str], None]) -> None:
    """Prints CPU seconds of words in texts and in an index of the newest days, which is made in database `terms`."""
    with empty_database(terms) as connection:
        connection.execute(f"attach '{texts}' as texts (read_only); use texts")
        made = _timed(lambda: _make_index(connection))
        days = len(NEWEST.days)
        say(f"the newest {days} days, CPU s: {'texts':>8}{'index':>8}")
        for kind, words in _words().items():
            times = [
                min(_timed(lambda: _count(connection, statement, word)).cpu_s for _ in range(ROUNDS))  # noqa: B023
                for statement in (_IN_TEXTS, _IN_INDEX)
                for word in words
            ]
            in_texts, in_index = sum(times[: len(words)]), sum(times[len(words) :])
            say(f"{kind:24}{in_texts / len(words):12.3f}{in_index / len(words):8.3f}")
    size = terms.stat().st_size / 2**20 / days
    say(f"the index: {made.cpu_s / days:.2f} CPU s and {size:.2f} MiB a day")


def _make_index(connection: duckdb.DuckDBPyConnection) -> None:
    """A day at a time: the memory is that of one."""
    statement = (SQL / "search_terms.sql").read_text(encoding="utf-8")
    for number, day in enumerate(NEWEST.days):
        made = statement if number == 0 else statement.replace(_MADE, _ADD_DAY)
        connection.execute(made, {"first": day, "last": day})
    connection.execute("checkpoint terms")


def _count(connection: duckdb.DuckDBPyConnection, statement: str, word: str) -> None:
    days = {"first": NEWEST.first, "last": NEWEST.last} if statement == _IN_TEXTS else {}
    connection.execute(statement, {"word": word, **days}).fetchall()


def _as_a_page(snapshot: Snapshot, chosen: CallFilter) -> None:
    find_calls(snapshot, chosen, sort="date", descending=True, page=1, size=20)
    count_hits(snapshot, chosen, sort="date", descending=True)


def _words() -> dict[str, list[str]]:
    english, chinese = ranked_words("en"), ranked_words("zh")
    return {
        "a letter": list("etaxq"),
        "a common word": english[3:8],
        "a usual word": english[200:205],
        "a rare word": english[4000:4005],
        "a word nobody says": ["zzzz", "qqqq", "xxqx", "zqzq", "qzzz"],
        "a Chinese character": [word[0] for word in chinese[40:45]],
    }


def _kinds() -> dict[str, list[CallFilter]]:
    """Searches over all days by kind, no two the same, since a page's answer is kept."""
    words = _words()
    common, usual, rare = (words[f"a {kind} word"] for kind in ("common", "usual", "rare"))
    three = list(zip(common, usual, rare, strict=True))
    kinds: dict[str, Iterable[str]] = {
        **words,
        "a Chinese word": ranked_words("zh")[10:15],
        "two words": [f"{b} {c}" for _, b, c in three],
        "any of three": [f"{a} OR {b} OR {c}" for a, b, c in three],
        "one without another": [f"{b} -{a}" for a, b, _ in three],
        "a phrase": [f'"{a} {b}"' for a, b, _ in three],
        "a phrase of common words": [f'"the {a}"' for a in common],
        "said by the agent": [f"agent:{b}" for _, b, _ in three],
        "eight words": [f"{a} you I to and it is that" for a in common],
    }
    searches = {kind: [CallFilter(DAYS, text=text) for text in texts] for kind, texts in kinds.items()}
    by_agent = [CallFilter(DAYS, text=b, agents=("a-7",)) for _, b, _ in three]
    return searches | {
        "a usual word, one agent": by_agent,
        "a usual word, newest days": [CallFilter(NEWEST, text=b) for _, b, _ in three],
    }


def _timed(work: Callable[[], None]) -> Took:
    began, used = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - began, time.process_time() - used)


def _line(kind: str, took: list[Took]) -> str:
    walls, cpus = sorted(one.wall_s for one in took), sorted(one.cpu_s for one in took)
    figures = [_at(walls, 0.5), _at(walls, 0.95), _at(cpus, 0.5), _at(cpus, 0.95)]
    return f"{kind:28}{figures[0]:8.2f}{figures[1]:8.2f}{figures[2]:10.2f}{figures[3]:10.2f}"


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))]

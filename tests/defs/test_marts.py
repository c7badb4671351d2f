"""The marts' arithmetic on hand-made sentences: unions of overlaps, shares that add up, the longest spoken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.defs.assets.conversations import refill_from_mart
from qa_pipeline.statements.files import read_sql
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.warehouse.database import Warehouse, apply_schema, insert_rows
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put

SQL_TABLES = ("languages", "emotions")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def said(begin_ms: int, end_ms: int, **labels: Any) -> dict[str, Any]:
    return {"begin_ms": begin_ms, "end_ms": end_ms, "text": "x", **labels}


def connect(*sentences: dict[str, Any], **fields: Any) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds these sentences of one channel (or of what `fields` say)."""
    connection = duckdb.connect()
    apply_schema(connection)
    usual = {"call_id": "c1", "channel_id": 0, "call_date": DAY_1, "role": "agent", **fields}
    insert_rows(connection, "sentences", [{**usual, "sentence_id": n, **row} for n, row in enumerate(sentences)])
    return connection


def mart(connection: duckdb.DuckDBPyConnection, table: str, columns: str) -> list[tuple[Any, ...]]:
    query = f"select {columns} from ({read_sql(f'marts/{table}.sql')}) order by all"
    return connection.execute(query, {"days": [DAY_1]}).fetchall()


def shares(label: str, *sentences: dict[str, Any]) -> dict[str, tuple[int, float, float]]:
    """Label → sentences, speech in seconds, share."""
    with connect(*sentences) as connection:
        rows = mart(connection, f"{label}s", f"{label}, sentence_count, speech_s, round(share, 6)")
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("label", ["language", "emotion"])
def test_shares_are_of_labelled_speech_and_what_nobody_labelled_is_in_no_row(label: str) -> None:
    first, second = ("zh", "en") if label == "language" else ("happy", "angry")
    found = shares(
        label,
        said(0, 1000, **{label: first}),
        said(1000, 1500, **{label: second}),
        said(2000, 4500, **{label: second}),
        said(5000, 99_000),
    )
    assert found == {first: (1, 1.0, 0.25), second: (2, 3.0, 0.75)}


@pytest.mark.parametrize("label", ["language", "emotion"])
def test_overlapping_sentences_of_one_label_are_counted_once(label: str) -> None:
    one = "zh" if label == "language" else "sad"
    assert shares(
        label, said(0, 1000, **{label: one}), said(200, 600, **{label: one}), said(900, 1500, **{label: one})
    ) == {one: (3, 1.5, 1.0)}


def test_overlapping_sentences_of_two_labels_count_for_both() -> None:
    found = shares("emotion", said(0, 1000, emotion="happy"), said(500, 1500, emotion="angry"))
    assert found == {"happy": (1, 1.0, 0.5), "angry": (1, 1.0, 0.5)}


def test_sentences_without_length_share_evenly_instead_of_dividing_by_zero() -> None:
    found = shares("emotion", said(5, 5, emotion="happy"), said(9, 9, emotion="angry"))
    assert found == {"happy": (1, 0.0, 0.5), "angry": (1, 0.0, 0.5)}


def test_a_day_without_sentences_has_no_rows() -> None:
    assert shares("language") == {}


def spoken_from(begin: int, length: int, emotion: str | None, language: str) -> dict[str, Any]:
    return said(begin, begin + length, emotion=emotion, language=language)


SENTENCE = st.builds(
    spoken_from,
    st.integers(0, 20_000),
    st.integers(0, 5_000),
    st.sampled_from([None, *EMOTIONS[:3]]),
    st.sampled_from(LANGUAGE_CODES[:3]),
)


@pytest.mark.thorough
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SENTENCE, min_size=1, max_size=12), st.sampled_from(["emotion", "language"]))
def test_whatever_was_said_shares_add_up_and_speech_is_the_union_counted_by_hand(
    spoken: list[dict[str, Any]], label: str
) -> None:
    rows = sorted(spoken, key=lambda row: (row["begin_ms"], row["end_ms"]))
    by_hand: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row[label] is not None:
            by_hand.setdefault(row[label], []).append(row)
    with connect(*rows) as connection:
        found = mart(connection, f"{label}s", f"{label}, sentence_count, speech_s, share")
    assert {row[0] for row in found} == set(by_hand)
    for value, count, speech_s, share in found:
        heard = {ms for row in by_hand[value] for ms in range(row["begin_ms"], row["end_ms"])}
        assert (count, speech_s) == (len(by_hand[value]), pytest.approx(len(heard) / 1000))
        assert 0 <= share <= 1
    assert not found or sum(row[3] for row in found) == pytest.approx(1.0)


# -- transcripts --------------------------------------------------------------------------------------------------


def transcript(*sentences: dict[str, Any], text: str = "all") -> tuple[Any, ...]:
    with connect(*sentences) as connection:
        connection.execute(
            "create temp table channel_texts as select 'c1' as call_id, 0 as channel_id, cast(? as date) as call_date, "
            "'agent' as role, ? as text, 'm' as model, 'e' as engine, 'r' as recording_id",
            [DAY_1, text],
        )
        return mart(connection, "transcripts", "text, language, emotion, sentence_count, speech_s")[0]


def test_a_transcript_names_the_language_and_emotion_spoken_longest() -> None:
    found = transcript(
        said(0, 1000, language="en", emotion="angry"),
        said(1000, 1400, language="zh", emotion="happy"),
        said(1400, 3000, language="zh", emotion=None),
    )
    assert found == ("all", "zh", "angry", 3, 3.0)


def test_of_two_spoken_equally_long_the_first_in_the_alphabet_is_named_every_time() -> None:
    for order in (("zh", "en"), ("en", "zh")):
        first, second = order
        assert transcript(said(0, 500, language=first), said(500, 1000, language=second))[1] == "en"


def test_a_channel_where_nobody_spoke_has_a_row_with_nothing_made_up() -> None:
    assert transcript(text="") == ("", None, None, 0, 0.0)


def test_the_main_emotion_is_the_one_with_the_largest_share_even_where_sentences_overlap() -> None:
    rows = [
        said(0, 1000, emotion="happy"),
        said(0, 1000, emotion="happy"),
        said(2000, 3500, emotion="angry"),
    ]
    largest = max(shares("emotion", *rows).items(), key=lambda item: item[1][2])[0]
    assert transcript(*rows)[2] == largest == "angry"


# -- refilling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SQL_TABLES)
def test_refilling_a_day_replaces_its_rows_and_leaves_other_days(warehouse: Warehouse, table: str) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_2))
    with warehouse.transaction() as connection:
        connection.execute("update sentences set emotion = 'sad', language = 'en' where call_id = 'a'")
    label = table.removesuffix("s")
    with warehouse.transaction() as connection:
        refill_from_mart(connection, table, [DAY_1])
        rows = connection.execute(f"select call_id, {label} from {table} order by all").fetchall()
    new, old = ("sad", "happy") if label == "emotion" else ("en", "zh")
    assert rows == [("a", new), ("b", old)]


@pytest.mark.parametrize("table", SQL_TABLES)
def test_a_call_that_moved_here_leaves_no_row_under_its_old_day(warehouse: Warehouse, table: str) -> None:
    put(warehouse, call_rows("a", DAY_1))
    with warehouse.transaction() as connection:
        for moved in ("calls", "sentences"):
            connection.execute(f"update {moved} set call_date = ?", [DAY_2])
    with warehouse.transaction() as connection:
        refill_from_mart(connection, table, [DAY_2])
        assert connection.execute(f"select distinct call_date from {table}").fetchall() in ([(DAY_2,)], [])

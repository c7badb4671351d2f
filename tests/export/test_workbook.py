"""A workbook keeps values as they are, and runs nothing."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.export.workbook import CUT, LONGEST_CELL, WrittenWorkbook, write_workbook
from tests.export.workbook_reader import sheets


def written(*rows: Sequence[Any], most_rows: int = 1_048_576) -> tuple[dict[str, Any], WrittenWorkbook]:
    file = io.BytesIO()
    columns = [f"column_{number}" for number in range(len(rows[0]) if rows else 1)]
    about = {"transcribed by": "reference (local service)"}
    done = write_workbook(file, name="calls", columns=columns, rows=rows, about=about, most_rows=most_rows)
    return sheets(file.getvalue()), done


@pytest.mark.parametrize(
    "said", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", '=HYPERLINK("x")', "https://x.example/", "mailto:x", "007", "1e5"]
)
def test_text_stays_text(said: str) -> None:
    found, _ = written([said])
    assert found["calls"][1]["A"] == ("text", said)


@settings(max_examples=50)
@given(st.text(min_size=1).filter(lambda text: "\ufffe" not in text and "\uffff" not in text))
def test_any_text_comes_out_as_it_went_in(said: str) -> None:
    found, _ = written([said])
    assert found["calls"][1]["A"] == ("text", said)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (True, ("b", "1")),
        (12, ("n", "12")),
        (1.5, ("n", "1.5")),
        (Decimal("1.50"), ("n", "1.5")),
        (2**53 + 1, ("text", str(2**53 + 1))),
        (float("nan"), ("text", "nan")),
        (float("-inf"), ("text", "-inf")),
        (dt.date(2025, 9, 1), ("n", "45901")),
        (dt.datetime(2025, 9, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8))), ("n", "45901.5")),
        (dt.date(1899, 1, 1), ("text", "1899-01-01")),
        ([{"text": "好"}], ("text", '[{"text": "好"}]')),
        (b"\x01", ("text", "01")),
        ("\uffff", ("text", "\ufffd")),
    ],
)
def test_values_become_excel_s_own_where_it_can_hold_them(value: Any, cell: tuple[str, str]) -> None:
    found, _ = written([value])
    assert found["calls"][1]["A"] == cell


def test_null_is_an_empty_cell() -> None:
    found, done = written([None, "x"])
    assert found["calls"][1] == {"B": ("text", "x")}
    assert (done.rows, done.cut_texts) == (1, 0)


def test_a_text_longer_than_a_cell_is_cut_with_a_mark_and_counted() -> None:
    found, done = written(["好" * LONGEST_CELL], ["😀" * LONGEST_CELL])
    assert done.cut_texts == 1
    assert found["calls"][1]["A"][1] == "好" * LONGEST_CELL
    cut = found["calls"][2]["A"][1]
    assert cut.endswith(CUT)
    assert len(cut.encode("utf-16-le")) <= 2 * LONGEST_CELL


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_below_the_same_headings() -> None:
    found, done = written(*([number] for number in range(5)), most_rows=3)
    assert {name: [row["A"][1] for row in rows] for name, rows in found.items() if name != "about"} == {
        "calls": ["column_0", "0", "1"],
        "calls 2": ["column_0", "2", "3"],
        "calls 3": ["column_0", "4"],
    }
    assert (done.rows, done.sheets) == (5, 3)


def test_the_last_sheet_says_what_made_the_transcripts() -> None:
    found, _ = written()
    assert list(found) == ["calls", "about"]
    assert found["about"] == [{"A": ("text", "transcribed by"), "B": ("text", "reference (local service)")}]

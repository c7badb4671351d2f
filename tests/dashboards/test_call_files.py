"""The list as a file: the same calls, order and columns, in types that a spreadsheet counts with, and no formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from dashboards.call_table.call_rows import with_details
from dashboards.call_table.columns import CALL, COLUMNS, USUAL, columns_of, fields_of
from dashboards.exporting.call_list import write_calls
from dashboards.exporting.transcripts import NoTranscript, possible_formats, transcript_file
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import find_calls
from qa_pipeline.published.snapshot import Row, Snapshot, open_newest
from tests.scenario import DAY_1, DAY_3

ALL = CallFilter(dates=DateRange(DAY_1, DAY_3))
EVERY_COLUMN = columns_of(list(COLUMNS))


@pytest.fixture(scope="module")
def snapshot(published_home: Path) -> Iterator[Snapshot]:
    with open_newest(published_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


@pytest.fixture(scope="module")
def calls(snapshot: Snapshot) -> list[Row]:
    return find_calls(snapshot, ALL, sort="length", descending=True, page=1, size=100)


def as_csv(snapshot: Snapshot, calls: list[Row], names: list[str]) -> list[dict[str, str]]:
    file = io.BytesIO()
    write_calls(file, "csv", snapshot, [calls], columns_of(names), {})
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def test_the_call_comes_first_and_unknown_columns_are_left_out() -> None:
    assert [column.key for column in columns_of(["queue", "no such", "call", "queue"])] == [CALL, "queue"]
    assert [column.key for column in columns_of([])] == [CALL, *USUAL]


def test_every_column_shows_every_call(snapshot: Snapshot, calls: list[Row]) -> None:
    for call in with_details(snapshot, calls, EVERY_COLUMN):
        for column in EVERY_COLUMN:
            cell = column.show(call)
            assert cell.text or cell.marks, column.key


def test_a_metric_is_shown_as_everywhere_and_written_as_it_is_stored(snapshot: Snapshot, calls: list[Row]) -> None:
    [talk] = snapshot.rows("select talk_ratio from call_metrics where call_id = 'c0102'")
    [call] = [call for call in with_details(snapshot, calls, columns_of(["talk_ratio"])) if call["call_id"] == "c0102"]
    assert COLUMNS["talk_ratio"].show(call).text == f"{talk['talk_ratio']:.0%}"
    [written] = [row for row in as_csv(snapshot, calls, ["talk_ratio"]) if row["call_id"] == "c0102"]
    assert float(written["talk_ratio"]) == talk["talk_ratio"]


def test_a_file_has_the_calls_in_the_order_of_the_list(snapshot: Snapshot, calls: list[Row]) -> None:
    rows = as_csv(snapshot, calls, ["agent", "length", "languages"])
    assert list(rows[0]) == ["call_id", "agent_id", "agent_name", "duration_s", "languages"]
    assert [row["call_id"] for row in rows] == [call["call_id"] for call in calls]
    assert {row["call_id"]: row["languages"] for row in rows}["c0102"]


def test_a_workbook_has_types_widths_and_a_filter(snapshot: Snapshot, calls: list[Row]) -> None:
    file = io.BytesIO()
    write_calls(file, "xlsx", snapshot, [calls], EVERY_COLUMN, {"calls": "all of them"})
    book = openpyxl.load_workbook(file)
    sheet = book["calls"]
    header = [cell.value for cell in sheet[1]]
    assert header == fields_of(EVERY_COLUMN)
    rows = [dict(zip(header, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [row["call_id"] for row in rows] == [call["call_id"] for call in calls]
    first = rows[0]
    assert first["duration_s"] == calls[0]["duration_s"]
    assert isinstance(first["call_date"], dt.datetime)
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(len(calls) + 1, len(header)).coordinate}"
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width >= len("call_id")
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert about["calls"] == "all of them"
    assert "agent_talk_s" in str(about["talk_ratio"])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 151 2345", "+49 151 2345"),
        ("-2", "-2"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
        ("＝1+1", "'＝1+1"),
        ("billing; =1+1", "billing; '=1+1"),
        ("a-ortiz; b-chen", "a-ortiz; b-chen"),
        ("plain, \"quoted\"\nand long", "plain, \"quoted\"\nand long"),
    ],
)  # fmt: skip
def test_nothing_in_a_file_is_run_as_a_formula(snapshot: Snapshot, calls: list[Row], text: str, written: str) -> None:
    call = calls[0] | {"queue": text}
    [row] = as_csv(snapshot, [call], ["queue"])
    assert row["queue"] == written
    file = io.BytesIO()
    write_calls(file, "xlsx", snapshot, [[call]], columns_of(["queue"]), {})
    cell = openpyxl.load_workbook(file)["calls"]["B2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_list_without_calls_is_a_file_with_headings(snapshot: Snapshot) -> None:
    assert as_csv(snapshot, [], ["queue"]) == []
    file = io.BytesIO()
    write_calls(file, "xlsx", snapshot, [], columns_of([]), {})
    assert openpyxl.load_workbook(file)["calls"].max_row == 1


def test_a_call_is_taken_along_in_every_format_that_it_has_something_for(snapshot: Snapshot) -> None:
    assert possible_formats(snapshot, "c0102") == ["srt", "vtt", "txt", "json", "vcon"]
    assert possible_formats(snapshot, "c0104") == []
    assert possible_formats(snapshot, "no such") == []
    said = [row["text"] for row in snapshot.rows("select text from sentences where call_id = 'c0102'")]
    for name in possible_formats(snapshot, "c0102"):
        file = transcript_file(snapshot, "c0102", name)
        assert file.name == f"c0102.{name}"
        assert all(text in file.text or text in json.dumps(file.text) for text in said[:1])


def test_a_call_without_a_transcript_says_so(snapshot: Snapshot) -> None:
    with pytest.raises(NoTranscript, match="c0104 has no transcript: it is quarantined"):
        transcript_file(snapshot, "c0104", "txt")
    with pytest.raises(NoTranscript, match="has no call c9999"):
        transcript_file(snapshot, "c9999", "txt")

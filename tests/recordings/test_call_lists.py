from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.call_lists import CallList, parse_call_list, read_call_list

LABEL = "2025-09-02/calls.csv"


def parse(text: str) -> CallList:
    return parse_call_list(text, LABEL)


def cells(listed: CallList) -> list[dict[str, str]]:
    assert listed.problem is None
    return [call.cells for call in listed.calls]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found_in_the_headings(separator: str) -> None:
    text = "call_id|agent_name|queue\nc1|Weber, Jonas; jr|billing\n".replace("|", separator)
    text = text.replace("Weber, Jonas; jr", '"Weber, Jonas; jr"')
    assert cells(parse(text)) == [{"call_id": "c1", "agent_name": "Weber, Jonas; jr", "queue": "billing"}]


def test_headings_are_known_in_any_case_and_with_blanks() -> None:
    text = "Call ID, AGENT-NAME ,Started At,Campaign Name\nc1,Jonas,2025-09-02T10:00:00,autumn\n"
    assert cells(parse(text)) == [
        {"call_id": "c1", "agent_name": "Jonas", "started_at": "2025-09-02T10:00:00", "Campaign Name": "autumn"}
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_exports_of_spreadsheets_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes('sep=;\r\ncall_id;agent_id;agent_name\r\n="0012";="007";陈薇\r\n;;\r\n'.encode(encoding))
    assert cells(read_call_list(path, LABEL)) == [{"call_id": "0012", "agent_id": "007", "agent_name": "陈薇"}]


def test_empty_cells_and_empty_lines_say_nothing() -> None:
    assert cells(parse("call_id,queue,language\n\nc1,, \n   \nc2,sales,en\n")) == [
        {"call_id": "c1"},
        {"call_id": "c2", "queue": "sales", "language": "en"},
    ]


def test_short_lines_leave_the_last_columns_empty() -> None:
    assert cells(parse("call_id,queue,language\nc1\n")) == [{"call_id": "c1"}]


def test_a_line_with_too_many_cells_spoils_its_own_call_only() -> None:
    listed = parse("call_id,queue\nc1,sales\nc2,billing,late\nc3,sales\n")
    assert listed.problem is None
    assert [call.problem is None for call in listed.calls] == [True, False, True]
    assert listed.calls[1].problem == (
        "2025-09-02/calls.csv, line 3, has 3 cells under 2 headings; put cells that hold a separator in quotes."
    )


def test_a_line_without_id_and_file_is_named() -> None:
    listed = parse("call_id,queue\n,sales\n")
    assert listed.calls[0].problem == "2025-09-02/calls.csv, line 2, names neither a call_id nor a file."


def test_lines_are_counted_as_an_editor_does() -> None:
    listed = parse('sep=,\ncall_id,note\n\nc1,"two\nlines"\nc2,x\n')
    assert [(call.cells["call_id"], call.line) for call in listed.calls] == [("c1", 5), ("c2", 6)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("agent_id,queue\n1,sales\n", "needs a column call_id or file"),
        ("call_id,queue,Queue\nc1,a,b\n", "the column queue twice"),
        ('call_id,queue\nc1,"sales\n', "not a readable CSV file"),
        ("call_id,queue\nc1," + "x" * 200_000 + "\n", "not a readable CSV file"),
    ],
)
def test_a_list_that_can_not_be_used_says_why(text: str, reason: str) -> None:
    listed = parse(text)
    assert listed.calls == []
    assert listed.problem is not None
    assert reason in listed.problem
    assert listed.problem.startswith(LABEL)


def test_a_list_in_an_old_encoding_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes("call_id,agent_name\nc1,陈薇\n".encode("gbk"))
    listed = read_call_list(path, LABEL)
    assert listed.problem is not None
    assert "CSV UTF-8" in listed.problem


def test_recordings_are_found_by_file_before_id() -> None:
    listed = parse("file,call_id\nD:\\rec\\A.WAV,c1\nb.mp3,c2\nc,c3\n,c4\n")

    def lines(name: str, *ids: str) -> list[int]:
        return [call.line for call in listed.find(name, ids)]

    assert lines("a.wav", "c2") == [2]
    assert lines("b.mp3") == [3]
    assert lines("c.wav") == [4]
    assert lines("other.wav", "unknown", "c4", "c1") == [5]
    assert lines("other.wav", "unknown") == []


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=3, max_size=3), max_size=6
    )
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["call_id", "queue", "note"])
    writer.writerows([f"c{index}", *row[1:]] for index, row in enumerate(rows))
    found = cells(parse(out.getvalue()))
    assert [row["call_id"] for row in found] == [f"c{index}" for index in range(len(rows))]
    for row, written in zip(found, rows, strict=True):
        plain = written[2].strip()
        assert row.get("note", "") == plain or plain.startswith('="')


@given(st.text(max_size=300))
def test_any_text_gives_lines_or_a_problem(text: str) -> None:
    listed = parse(text)
    assert listed.problem is None or listed.calls == []

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa_pipeline.recordings.call_lists import CallList, parse_call_list, read_call_list

LABEL = "2025-09-02/calls.csv"


def parse(text: str) -> CallList:
    return parse_call_list(text, LABEL)


def cells(listed: CallList) -> list[dict[str, str]]:
    assert listed.problem is None
    return [call.cells for call in listed.calls]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_headings(separator: str) -> None:
    text = "call_id#agent_name#queue\nc1#Weber, Jonas; jr#billing\n".replace("#", separator)
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
    ],
)
def test_a_list_that_can_not_be_used_says_why(text: str, reason: str) -> None:
    listed = parse(text)
    assert listed.calls == []
    assert listed.problem is not None
    assert reason in listed.problem
    assert listed.problem.startswith(LABEL)


@pytest.mark.parametrize(
    ("lines", "good", "bad"),
    [
        (['c1,"sales', "c2,billing", "c3,x"], ["c2", "c3"], ["c1"]),
        (["c1,sales", 'c2,"billing'], ["c1"], ["c2"]),
        (['c1,"a" b', "c2,billing"], ["c2"], ["c1"]),
        (['c1,"oops', 'c2,"fine"', 'c3,"x'], ["c2"], ["c1", "c3"]),
        (['c1,"oops', "c2,fine", 'c3,bad"', "c4,x"], ["c2", "c3", "c4"], ["c1"]),
        (['c1,"say ""hi"""', 'c2,5" pipe'], ["c1", "c2"], []),
        (['c1,"say \\"hi\\", ok"', "c2,x"], ["c1", "c2"], []),
        (["c1," + "x" * 200_000, "c2,x"], ["c1", "c2"], []),
    ],
)
def test_a_bad_quote_costs_its_own_line(lines: list[str], good: list[str], bad: list[str]) -> None:
    listed = parse("\n".join(["call_id,queue", *lines, ""]))
    assert listed.problem is None
    assert [call.cells["call_id"] for call in listed.calls if call.problem is None] == good
    assert [call.cells["call_id"] for call in listed.calls if call.problem is not None] == bad
    assert [call.line for call in listed.calls] == list(range(2, 2 + len(lines)))
    assert all("has a quote" in call.problem for call in listed.calls if call.problem)


def test_a_quote_that_a_backslash_escapes_is_part_of_the_cell() -> None:
    assert cells(parse('call_id,queue\nc1,"say \\"hi\\", ok"\nc2,"D:\\rec\\"\n')) == [
        {"call_id": "c1", "queue": 'say "hi", ok'},
        {"call_id": "c2", "queue": "D:\\rec\\"},
    ]


@given(st.lists(st.text(alphabet='ab",;\\ ', max_size=10), max_size=6))
def test_a_line_without_quotes_is_read_whatever_stands_around_it(rubbish: list[str]) -> None:
    """Only an open quote that closes again further down, in a cell of several lines, may take it in."""
    text = "".join(f"{line}\nok{index},fine\n" for index, line in enumerate(rubbish))
    listed = parse(f"call_id,queue\n{text}")
    read = {call.cells.get("call_id") for call in listed.calls if call.problem is None}
    assert {f"ok{index}" for index in range(len(rubbish))} <= read


ENCODED = [
    ("gb18030", "c1,陈薇,账单\n"),
    ("gb18030", "c1,欧阳娜娜,技术支持\nc2,瞿颖,\n"),
    ("cp1252", "c1,Müller,Störung\n"),
    ("cp1252", "c1,Zoë Groß,Réclamation\nc2,O’Brien,x\n"),
    ("cp1252", "c1,José Ñíguez,Atención\n"),
    ("cp932", "c1,佐藤遥,請求\n"),
    ("cp932", "c1,山田 太郎,サポート\n"),
    ("cp949", "c1,김민수,요금\n"),
    ("big5", "c1,陳大文,帳單\n"),
    ("cp1251", "c1,Иванов Пётр,Поддержка\n"),
    ("cp1250", "c1,Łukasz Wiśniewski,Płatności\n"),
    ("cp850", "c1,Müller,Störung\n"),
]


@pytest.mark.parametrize(("encoding", "body"), ENCODED)
def test_an_encoding_that_is_not_named_is_judged_and_the_judgement_is_a_remark(
    tmp_path: Path, encoding: str, body: str
) -> None:
    text = f"call_id,agent_name,queue\n{body}"
    (tmp_path / "calls.csv").write_bytes(text.encode(encoding))
    listed = read_call_list(tmp_path / "calls.csv", LABEL)
    assert cells(listed) == cells(parse(text))
    [remark] = listed.remarks
    assert remark.startswith(
        f"{LABEL} was read as {encoding}, judged by its letters; set call_list_encoding to be sure"
    )


@pytest.mark.parametrize(("encoding", "body"), ENCODED)
def test_the_encoding_of_the_settings_is_taken_without_a_remark(tmp_path: Path, encoding: str, body: str) -> None:
    text = f"call_id,agent_name,queue\n{body}"
    (tmp_path / "calls.csv").write_bytes(text.encode(encoding))
    listed = read_call_list(tmp_path / "calls.csv", LABEL, encoding=encoding)
    assert (cells(listed), listed.remarks) == (cells(parse(text)), [])


@pytest.mark.parametrize(
    "content",
    [
        "call_id,agent_name\nc1,陈薇\n".encode("utf-16-le"),
        "call_id,agent_name\nc1,陈薇\n".encode("utf-16-be"),
        "call_id,agent_name\nc1,陈薇\n".encode("utf-32"),
        b"\xef\xbb\xbf" * 2 + "call_id,agent_name\nc1,陈薇\n".encode(),
        "\ufeff".encode("utf-16-le") * 2 + "call_id,agent_name\nc1,陈薇\n".encode("utf-16-le"),
    ],
)
def test_unicode_is_certain_however_it_is_marked(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "calls.csv").write_bytes(content)
    listed = read_call_list(tmp_path / "calls.csv", LABEL, encoding="cp1252" if content[0] == 0xEF else None)
    assert cells(listed) == [{"call_id": "c1", "agent_name": "陈薇"}]
    assert listed.remarks == []


def test_one_line_in_another_encoding_costs_that_line(tmp_path: Path) -> None:
    content = "call_id,agent_name\nc1,Zoë\n".encode() + "c2,Müller\n".encode("cp1252") + b"c3,Kim\n"
    (tmp_path / "calls.csv").write_bytes(content)
    listed = read_call_list(tmp_path / "calls.csv", LABEL)
    assert [(call.cells["call_id"], call.problem is None) for call in listed.calls] == [
        ("c1", True), ("c2", False), ("c3", True),
    ]  # fmt: skip
    assert "line 3, holds bytes that are not in the encoding" in str(listed.calls[1].problem)


def test_a_list_that_is_no_text_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(b"call_id,agent\nc1,\x98\x81\x9d\xa0\n")
    listed = read_call_list(tmp_path / "calls.csv", LABEL)
    assert listed.problem is not None
    assert "line 2" in listed.problem
    assert "CSV UTF-8" in listed.problem
    assert "call_list_encoding" in listed.problem


def test_lines_before_the_headings_are_passed_over() -> None:
    text = "Report: Calls\nFrom;2025-09-01;to;2025-09-02\n\nCall ID;Agent ID;Queue\nc1;7;sales\n"
    listed = parse(text)
    assert cells(listed) == [{"call_id": "c1", "agent_id": "7", "queue": "sales"}]
    assert listed.calls[0].line == 5


def test_the_last_line_without_an_end_is_marked() -> None:
    assert parse("call_id,queue\nc1,a\nc12,bil").open_line == 3
    assert parse("call_id,queue\nc1,a\n").open_line is None
    shorter = parse("call_id,queue\nc1,a\nc12,bil").without_open_line()
    assert [call.cells["call_id"] for call in shorter.calls] == ["c1"]
    assert shorter.find("x.wav", ["c12"]) == []


def workbook(rows: list[list[Any]], before: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    if before is not None:
        before(book)
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("name", ["calls.xlsx", "calls.csv"])
def test_a_workbook_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    began = dt.datetime(2025, 9, 2, 10, 5, 14)  # noqa: DTZ001 - a workbook knows no zones
    rows: list[list[Any]] = [
        ["Report: Calls"],
        ["Call ID", "Started at", "Agent ID", "Agent channel", "Queue"],
        ["0012", began, 17, 1.0, "billing"],
        [13.0, dt.date(2025, 9, 2), 17.5, True, None],
    ]
    (tmp_path / name).write_bytes(workbook(rows))
    listed = read_call_list(tmp_path / name, LABEL)
    assert cells(listed) == [
        {
            "call_id": "0012",
            "started_at": "2025-09-02 10:05:14",
            "agent_id": "17",
            "agent_channel": "1",
            "queue": "billing",
        },
        {"call_id": "13", "started_at": "2025-09-02", "agent_id": "17.5", "agent_channel": "true"},
    ]
    assert [call.line for call in listed.calls] == [3, 4]


def test_the_sheet_with_the_headings_is_read_and_lost_digits_are_seen(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["call_id", "queue"], [12345678901234567, "a"]]
    (tmp_path / "calls.xlsx").write_bytes(workbook(rows, lambda book: book.create_sheet("Cover", 0).append(["Report"])))
    listed = read_call_list(tmp_path / "calls.xlsx", LABEL)
    assert cells(listed)[0]["call_id"] == "1.23456789012346E+16"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"PK\x03\x04 damaged", "is not a workbook that can be read"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel")],
)
def test_a_workbook_that_can_not_be_read_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "calls.xlsx").write_bytes(content)
    listed = read_call_list(tmp_path / "calls.xlsx", LABEL)
    assert reason in str(listed.problem)


@pytest.mark.parametrize(("listed_as", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_a_name_is_found_however_its_letters_are_composed(listed_as: Any, on_disk: Any) -> None:
    name = "Zoë Müller.wav"
    listed = parse(f"file,queue\n{unicodedata.normalize(listed_as, name)},a\n")
    assert len(listed.find(unicodedata.normalize(on_disk, name), [])) == 1
    by_id = parse(f"call_id,queue\n{unicodedata.normalize(listed_as, 'Zoë')},a\n")
    assert len(by_id.find("x.wav", [unicodedata.normalize(on_disk, "Zoë")])) == 1


def test_a_name_in_another_case_is_found_where_it_is_one_recordings() -> None:
    listed = parse("file,queue\na.wav,small\nB.WAV,large\n")
    assert [call.cells["queue"] for call in listed.find("A.WAV", [])] == ["small"]
    assert listed.find("A.WAV", [], beside={"a.wav", "A.WAV"}) == []
    assert [call.cells["queue"] for call in listed.find("a.wav", [], beside={"a.wav", "A.WAV"})] == ["small"]
    both = parse("file,queue\na.wav,small\nA.wav,large\n")
    assert [call.cells["queue"] for call in both.find("A.wav", [])] == ["large"]


def test_an_id_that_became_a_number_finds_its_recording() -> None:
    assert [call.line for call in parse("call_id,queue\n17.0,a\n").find("17.wav", ["17"])] == [2]


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
    # A cell whose second line looks like a row of its own is taken for one whose quote was not closed.
    assume(not any("," in cell and re.search(r"[\r\n]", cell) for row in rows for cell in row))
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

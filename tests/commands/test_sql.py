"""`qa-pipeline sql`: what it answers, in which forms, and what it refuses."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from qa_pipeline.published.shipped_queries import list_queries
from tests.commands.conftest import Typed

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = "select count(*) from range(100000000) a, range(100000) b"
ENDLESS_STREAM = "select a.range from range(100000000) a, range(100000) b where hash(a.range + b.range) = 1"


def test_a_query_is_answered_as_a_table(typed: Typed, snapshot: Path) -> None:
    answer = typed(
        "sql", "select call_id, status, status_reason from calls where call_id in ('c0101', 'c0104') order by 1"
    )
    lines = [line.split() for line in answer.out.splitlines()]
    assert lines == [["call_id", "status", "status_reason"], ["c0101", "ok", "NULL"], ["c0104", "quarantined", "mono"]]
    assert answer.code == 0


def test_a_table_shows_a_hundred_rows_and_says_how_many_there_are(typed: Typed, snapshot: Path) -> None:
    answer = typed("sql", "from range(1234)")
    assert len(answer.out.splitlines()) == 1 + 100
    assert "100 of 1,234 rows; --limit 0 gives all" in answer.err
    assert len(typed("sql", "from range(1234)", "--limit", "0").out.splitlines()) == 1 + 1234


def test_other_formats_have_all_rows_unless_a_limit_is_given(typed: Typed, snapshot: Path) -> None:
    assert len(typed("sql", "from range(25000)", "--format", "csv").out.splitlines()) == 1 + 25_000
    limited = typed("sql", "from range(25000)", "--format", "jsonl", "--limit", "10001")
    assert len(limited.out.splitlines()) == 10_001
    assert "10,001 of 25,000 rows" in limited.err


VALUES = """
select 'it''s' as said, null as nothing, '' as empty, 'a,b "c"' as marks, 1.50::decimal(5, 2) as price,
    5::hugeint as huge, date '2025-09-01' as day, timestamptz '2025-09-01 08:00:00+00' as at,
    time '10:00:01.5' as clock, true as yes, [1, null] as list, {'d': date '2025-09-02'} as struct,
    map {'k': 2} as map, 'nan'::double as nan, 'ab'::blob as bytes, '{"a": [1]}'::json as words,
    interval '1 month 2 days 3 seconds' as span, 1 as twice, 2 as twice
"""


def test_json_keeps_null_and_empty_apart_and_nests_what_is_nested(
    typed: Typed, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_TIMEZONE", "Asia/Shanghai")
    expected = {
        "said": "it's", "nothing": None, "empty": "", "marks": 'a,b "c"', "price": 1.5, "huge": 5,
        "day": "2025-09-01", "at": "2025-09-01T16:00:00+08:00", "clock": "10:00:01.500000", "yes": True,
        "list": [1, None], "struct": {"d": "2025-09-02"}, "map": {"k": 2}, "nan": "NaN", "bytes": "6162",
        "words": {"a": [1]}, "span": "P1M2DT3S", "twice": 1, "twice_1": 2,
    }  # fmt: skip
    assert json.loads(typed("sql", VALUES, "--format", "json").out) == [expected]
    assert [json.loads(line) for line in typed("sql", VALUES, "--format", "jsonl").out.splitlines()] == [expected]


def test_csv_keeps_null_and_empty_apart(typed: Typed, snapshot: Path) -> None:
    text = typed("sql", VALUES, "--format", "csv").out
    header, line = text.splitlines()
    assert header.startswith("said,nothing,empty,marks,price")
    assert line.startswith('it\'s,,"","a,b ""c""",1.50,5,2025-09-01,2025-09-01T08:00:00+00:00,10:00:01.500000,true,')
    row = next(csv.reader([line]))
    assert json.loads(row[header.split(",").index("words")]) == {"a": [1]}


def test_what_was_said_comes_out_of_csv_and_parquet_as_it_went_in(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    query = "select call_id, channel_id, sentence_id, text from sentences order by 1, 2, 3"
    for name in ("said.csv", "said.parquet"):
        assert typed("sql", query, "--output", tmp_path / name).code == 0
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        expected = connection.execute(query).fetchall()
    with (tmp_path / "said.csv").open(encoding="utf-8", newline="") as file:
        assert [(row[0], int(row[1]), int(row[2]), row[3]) for row in list(csv.reader(file))[1:]] == expected
    assert [tuple(row.values()) for row in pq.read_table(tmp_path / "said.parquet").to_pylist()] == expected


@pytest.mark.parametrize(("format_name", "expected"), [("json", "[]\n"), ("jsonl", ""), ("csv", "x\n")])
def test_no_rows_are_still_an_answer(typed: Typed, snapshot: Path, format_name: str, expected: str) -> None:
    assert typed("sql", "select 1 as x where false", "--format", format_name).out == expected


def test_an_answer_without_rows_is_a_parquet_file_with_columns(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    typed("sql", "select 1 as x where false", "-o", tmp_path / "none.parquet")
    assert pq.read_table(tmp_path / "none.parquet").column_names == ["x"]


def test_a_failed_answer_leaves_the_old_file_and_no_half_one(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "spans.parquet"
    target.write_text("older")
    answer = typed("sql", "select interval '1 day' as span", "-o", target)
    assert answer.code == 2
    assert "cast it to varchar" in answer.err
    assert target.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["spans.parquet"]


@pytest.mark.parametrize("name", ["no/such/folder/x.csv", "."])
def test_an_output_that_cannot_be_written_is_named(typed: Typed, snapshot: Path, tmp_path: Path, name: str) -> None:
    answer = typed("sql", "select 1", "--format", "csv", "-o", tmp_path / name)
    assert answer.code in (1, 2)
    assert str(tmp_path / name) in answer.err


def test_an_ending_that_says_no_format_is_refused_and_nothing_is_written(
    typed: Typed, tmp_path: Path, snapshot: Path
) -> None:
    answer = typed("sql", "select 1", "-o", tmp_path / "answer.xyz")
    assert answer.code == 2
    assert "end its name in .csv, .json, .jsonl, .parquet or .txt, or say --format" in answer.err
    assert list(tmp_path.glob("answer*")) == []
    assert typed("sql", "select 1 as one", "-o", tmp_path / "answer.txt").code == 0
    assert "one" in (tmp_path / "answer.txt").read_text(encoding="utf-8")


def test_the_database_is_no_output(typed: Typed, snapshot: Path, home: Path) -> None:
    answer = typed("sql", "select 1", "-o", home / "qa.duckdb")
    assert answer.code == 2
    assert "refusing to overwrite the database" in answer.err
    assert typed("sql", "select 1").code == 0


def test_a_shipped_question_is_asked_by_name_with_typed_parameters(typed: Typed, snapshot: Path) -> None:
    every = typed("sql", "-q", "which_calls_turned_angry", "--format", "jsonl")
    assert [json.loads(line)["call_id"] for line in every.out.splitlines()] == ["c0102"]
    later = typed("sql", "-q", "which_calls_turned_angry", "-p", "from_date=2025-09-02", "--format", "jsonl")
    assert later.out == ""
    wrong = typed("sql", "-q", "which_calls_turned_angry", "-p", "from_date=soon")
    assert (wrong.code, "from_date is 'soon', which is not a valid date" in wrong.err) == (2, True)
    assert typed("sql", "-q", "who_are_you").code == 2


def test_the_list_shows_every_question_and_one_in_full(typed: Typed, home: Path) -> None:
    listed = typed("sql", "--list").out
    assert all(query.name in listed for query in list_queries())
    one = typed("sql", "--list", "-q", "which_calls_turned_angry").out
    assert "Which calls turned angry?" in one
    assert "queue                varchar, no value unless given: only this queue" in one
    assert "emotion_before       the customer's emotion" in one


def test_values_are_given_by_name_and_null_is_nothing(typed: Typed, snapshot: Path) -> None:
    query = "select count(*) as n from calls where call_date >= $day and ($queue is null or queue = $queue)"
    answer = typed("sql", query, "-p", "day=2025-09-02", "-p", "queue=null", "--format", "csv")
    assert answer.out == "n\n8\n"
    answer = typed("sql", query, "-p", "day=2025-09-02", "-p", "queue=retention", "--format", "csv")
    assert answer.out == "n\n3\n"
    injected = typed("sql", query, "-p", "day=2025-09-02", "-p", "queue=x' or true --", "--format", "csv")
    assert injected.out == "n\n0\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("select $day",), "no value for $day; give it with -p day=VALUE"),
        (("select ?",), "parameters without a name"),
        (("select 1", "-p", "day=1"), "-p day: the query has no parameters"),
        (("select $day", "-p", "day"), "write a parameter as name=value"),
        (("select $day", "-p", "day=1", "-p", "day=2"), "-p day is given twice"),
        ((), "give one of: a query, --file FILE, --question NAME"),
        (("select 1", "-q", "who_says_a_phrase"), "give one of"),
        (("--file", "nowhere.sql"), "--file nowhere.sql cannot be read"),
    ],
)
def test_wrong_use_says_what_to_write(typed: Typed, snapshot: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = typed("sql", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select cal\nfrom calls", 'Candidate bindings: "call_id"'),
        ("select call_id\nfrom calls\nwhere quue = 'x'", """(line 3, at "quue = 'x'")"""),
        ("selec 1", 'syntax error at or near "selec" (line 1, at "selec 1")'),
        ("select 'soon'::date from calls", "invalid date field format"),
        ("select * from cals", "Did you mean"),
    ],
)
def test_a_wrong_query_is_answered_in_one_line_with_the_place(
    typed: Typed, snapshot: Path, query: str, said: str
) -> None:
    answer = typed("sql", query)
    assert answer.code == 2
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_statement_that_does_more_than_answer_is_refused(typed: Typed, snapshot: Path) -> None:
    answer = typed("sql", "drop table calls")
    assert (answer.code, answer.out) == (2, "")
    assert "statements are not answered: the snapshot is only read" in answer.err


@pytest.mark.process
def test_a_query_comes_from_a_file_or_from_standard_input(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("-- how many\nselect count(*) as n from calls", encoding="utf-8")
    assert typed("sql", "--file", file, "--format", "csv").out == "n\n13\n"
    piped = subprocess.run(
        [sys.executable, "-m", "qa_pipeline", "sql", "-f", "-", "--format", "csv"],
        input="select count(*) as n from calls", capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert piped.stdout == "n\n13\n"


def test_before_anything_is_published_the_way_there_is_told(typed: Typed, home: Path) -> None:
    answer = typed("sql", "select 1")
    assert answer.code == 1
    assert "nothing is published yet" in answer.err
    assert "make demo" in answer.err


def test_a_snapshot_that_is_none_is_named(typed: Typed, home: Path) -> None:
    home.mkdir()
    (home / "qa.duckdb").write_text("not a database")
    answer = typed("sql", "select 1")
    assert answer.code == 1
    assert f"the snapshot {home / 'qa.duckdb'} cannot be opened" in answer.err


def test_a_home_that_is_none_is_named(typed: Typed, home: Path) -> None:
    home.write_text("a file where the folder should be")
    answer = typed("sql", "select 1")
    assert answer.code == 1
    assert f"the snapshot {home / 'qa.duckdb'} cannot be reached: Not a directory" in answer.err


def test_a_transcript_cannot_steer_the_terminal(typed: Typed, snapshot: Path) -> None:
    answer = typed("sql", "select chr(27) || '[31mred' || chr(7) as said")
    assert "\x1b" not in answer.out
    assert "\\x1b[31mred\\x07" in answer.out


@pytest.mark.process
def test_a_table_too_wide_for_the_terminal_becomes_blocks_with_nothing_cut_off(snapshot: Path, home: Path) -> None:
    text = on_a_terminal(["select * from calls where call_id = 'c0102'"], columns=60)
    for part in ("row 1", "customer_id", "k-c0102", "Lucía Ortiz", "status_message"):
        assert part in text
    narrow = on_a_terminal(["select call_id, status from calls where call_id = 'c0102'"], columns=60)
    assert "row 1" not in narrow


@pytest.mark.process
def test_parquet_does_not_go_to_a_terminal(snapshot: Path, home: Path) -> None:
    assert "Parquet is not for a terminal" in on_a_terminal(["select 1", "--format", "parquet"], columns=100)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux shows what a process has open")
@pytest.mark.parametrize("query", [ENDLESS, ENDLESS_STREAM, "from range(100000000000)"])
@pytest.mark.process
def test_ctrl_c_ends_a_long_query(snapshot: Path, home: Path, tmp_path: Path, query: str) -> None:
    target = tmp_path / "answer.csv"
    with subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline", "sql", query, "-o", str(target)],
        cwd=ROOT, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            wait_until_computing(process, snapshot)
            process.send_signal(signal.SIGINT)
            assert process.wait(300) == 130
        finally:
            process.kill()
    assert not list(tmp_path.glob("*answer*"))


@pytest.mark.process
def test_a_reader_that_stops_early_is_no_trouble(snapshot: Path, home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline", "sql", "from range(1000000)", "--format", "csv"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"range\n"
        process.stdout.close()
        assert process.stderr.read() == b""


def wait_until_computing(process: subprocess.Popen[bytes], snapshot: Path) -> None:
    """Until the process has the snapshot open and has computed for a while since."""
    deadline = time.monotonic() + 300
    while not has_open(process, snapshot):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    opened_at_s = cpu_s(process)
    while cpu_s(process) < opened_at_s + 0.2:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def has_open(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Whether the process has the file open."""
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed in this moment
            if link.readlink() == path:
                return True
    return False


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds of the process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def on_a_terminal(arguments: list[str], *, columns: int) -> str:
    """What `qa-pipeline sql` writes to a terminal of that width, without its colours."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline", "sql", *arguments],
        cwd=ROOT, stdout=follower, stderr=follower, env=environment,
    ) as process:  # fmt: skip
        os.close(follower)
        written = b""
        try:
            while block := os.read(leader, 65536):
                written += block
        except OSError:  # the other side was closed
            pass
        process.wait(300)
    os.close(leader)
    return written.decode()

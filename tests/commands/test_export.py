"""`qa-pipeline export`: which calls and tables it writes, where, and what it refuses."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from qa_pipeline import terminal
from qa_pipeline.commands.export import command as export
from qa_pipeline.transcription.results import parse_result
from tests import scenario
from tests.commands.conftest import Typed
from tests.export.test_subtitles import Cue, read_srt, read_webvtt
from tests.export.workbook_reader import sheets

DAYS = ("--from", "2025-09-01", "--to", "2025-09-03")
TRANSCRIBED = ["c0101", "c0102", "c0103", "c0201", "c0202", "c0205", "c0301", "c0302"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files go; it is not there yet."""
    return tmp_path / "new" / "out"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("format_name", ["srt", "vtt", "txt", "json", "vcon"])
def test_a_range_gives_a_file_a_call_and_names_what_has_no_transcript(
    typed: Typed, snapshot: Path, folder: Path, format_name: str
) -> None:
    done = typed("export", "--format", format_name, *DAYS, "--output", folder)
    assert done.code == 0
    assert names(folder) == [f"{call_id}.{format_name}" for call_id in TRANSCRIBED]
    assert f"wrote 8 {format_name} files to {folder}" in done.out
    assert "skipped c0104: no transcript, the call is quarantined (mono)" in done.err
    assert done.err.count("skipped") == 4
    for call in scenario.CALLS:
        if call.call_id in TRANSCRIBED:
            written = (folder / f"{call.call_id}.{format_name}").read_text(encoding="utf-8")
            assert call.engine in written


def test_a_call_is_written_with_both_sides_by_time(typed: Typed, snapshot: Path, folder: Path) -> None:
    for format_name, read in (("srt", read_srt), ("vtt", read_webvtt)):
        done = typed("export", "--format", format_name, "--call", "c0102", "-o", folder)
        assert done.code == 0
        _, cues = read((folder / f"c0102.{format_name}").read_text(encoding="utf-8"))
        assert cues[2:4] == [
            Cue(8500, 15_000, "Agent", "I see that it left the depot on Monday."),
            Cue(13_000, 19_000, "Customer", "No! I want a Refund, now!"),
        ]


def test_the_json_is_read_as_a_result_with_the_table_s_sentences(typed: Typed, snapshot: Path, folder: Path) -> None:
    typed("export", "--format", "json", *DAYS, "-o", folder)
    found = []
    for call_id in TRANSCRIBED:
        result = parse_result((folder / f"{call_id}.json").read_bytes())
        for channel in result.transcripts:
            found += [
                (call_id, channel.channel_id, item.sentence_id, item.begin_ms, item.text, item.language, item.emotion)
                for item in channel.sentences
            ]
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        expected = connection.execute(
            "select call_id, channel_id, sentence_id, begin_ms, text, language, emotion from sentences order by 1, 2, 3"
        ).fetchall()
    assert found == expected


def test_words_go_into_json(typed: Typed, home: Path, folder: Path) -> None:
    path = scenario.publish_snapshot(home)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update sentences set words = [{begin_ms: 1000, end_ms: 1200, text: '您', punctuation: '，'}] "
            "where call_id = 'c0103'"
        )
    typed("export", "--format", "json", "--call", "c0103", "-o", folder)
    [sentence] = parse_result((folder / "c0103.json").read_bytes()).transcripts[0].sentences
    assert [(word.begin_ms, word.text, word.punctuation) for word in sentence.words] == [(1000, "您", "，")]


def test_a_query_chooses_calls(typed: Typed, snapshot: Path, folder: Path) -> None:
    query = "select queue, call_id from calls where queue = 'retention' union all select 'x', 'gone'"
    done = typed("export", "--format", "txt", "--query", query, "-o", folder)
    assert done.code == 0
    assert names(folder) == ["c0201.txt", "c0205.txt"]
    assert "skipped gone: no such call in the snapshot" in done.err
    assert "skipped c0204" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "srt"], "give one of: --call ID"),
        (["--format", "srt", "--call", "c0101", "--from", "2025-09-01"], "give one of: --call ID"),
        (["--format", "srt", "--to", "2025-09-01"], "--to needs --from"),
        (["--format", "srt", "--from", "2025-09-02", "--to", "2025-09-01"], "is before --from"),
        (["--format", "srt", "--call", "c9999"], "no call c9999 in the snapshot"),
        (["--format", "srt", "--query", "select queue from calls"], "needs a column call_id"),
        (["--format", "srt", "--query", "drop table calls"], "statements are not answered"),
        (["--format", "srt", "--query", "select call_id from nowhere"], "nowhere"),
        (["--format", "xlsx", "--call", "c0101"], "tables are exported with --table"),
        (["--call", "c0101"], "--format of calls is one of srt, vtt, txt, json, vcon"),
        (["--table", "calls"], "--format of a table is one of csv, xlsx, parquet"),
        (["--table", "calls", "--format", "srt"], "--format of a table is one of csv, xlsx, parquet"),
        (["--table", "nowhere", "--format", "csv"], "the snapshot has no table nowhere; it has "),
        (["--table", "calls", "--format", "csv", "--query", "select 1"], "qa-pipeline sql QUERY --output FILE"),
        (["--table", "publication", "--format", "csv", "--call", "x"], "publication has no column call_id"),
        (["--table", "publication", "--format", "csv", *DAYS], "publication has no column call_date"),
    ],
)
def test_wrong_use_is_explained_and_writes_nothing(
    typed: Typed, snapshot: Path, folder: Path, arguments: list[str], said: str
) -> None:
    done = typed("export", *arguments, "--output", folder)
    assert done.code == 2
    assert said in done.err
    assert not folder.exists()


def test_calls_without_any_transcript_are_named_and_nothing_is_written(
    typed: Typed, snapshot: Path, folder: Path
) -> None:
    done = typed("export", "--format", "srt", "--call", "c0104", "-o", folder)
    assert done.code == 1
    assert "skipped c0104: no transcript, the call is quarantined (mono)" in done.err
    assert not folder.exists()
    assert typed("export", "--format", "srt", "--from", "2031-01-01", "-o", folder).code == 1


def test_nothing_published_says_what_to_do(typed: Typed, folder: Path) -> None:
    done = typed("export", "--format", "srt", "--call", "c0101", "-o", folder)
    assert done.code == 1
    assert "nothing is published yet" in done.err


def test_files_that_are_there_are_kept_unless_force_is_given(typed: Typed, snapshot: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "c0102.srt").write_text("mine")
    refused = typed("export", "--format", "srt", *DAYS, "-o", folder)
    assert refused.code == 2
    assert "1 of 8 files are already in" in refused.err
    assert "(c0102.srt)" in refused.err
    assert names(folder) == ["c0102.srt"]
    assert (folder / "c0102.srt").read_text() == "mine"
    assert typed("export", "--format", "srt", *DAYS, "-o", folder, "--force").code == 0
    assert "Good morning" in (folder / "c0102.srt").read_text(encoding="utf-8")


def test_a_table_s_file_is_kept_unless_force_is_given(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    for ending in ("csv", "xlsx", "parquet"):
        path = tmp_path / f"calls.{ending}"
        path.write_text("mine")
        assert typed("export", "--table", "calls", "-o", path).code == 2
        assert path.read_text() == "mine"
        assert typed("export", "--table", "calls", "-o", path, "--force").code == 0
        assert path.stat().st_size > 100


def test_an_output_that_is_no_folder_is_named(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for output in (tmp_path / "file", tmp_path / "file" / "below"):
        done = typed("export", "--format", "srt", "--call", "c0101", "-o", output)
        assert done.code == 2
        assert f"--output {output} cannot be used as a folder" in done.err


def test_the_database_is_no_output(typed: Typed, snapshot: Path, home: Path) -> None:
    done = typed("export", "--table", "calls", "--format", "csv", "-o", home / "qa.duckdb", "--force")
    assert done.code == 2
    assert "refusing to overwrite the database" in done.err
    assert typed("sql", "select 1").code == 0


def test_ids_with_slashes_and_ids_that_differ_in_case_have_files_of_their_own(
    typed: Typed, home: Path, folder: Path
) -> None:
    like = next(call for call in scenario.CALLS if call.call_id == "c0302")
    odd = ["a/b", "../../up", "CALL", "call"]
    calls = tuple(dataclasses.replace(like, call_id=call_id, file_name="x.wav") for call_id in odd)
    scenario.publish_snapshot(home, calls)
    done = typed("export", "--format", "txt", "--from", "2025-09-03", "-o", folder)
    assert done.code == 0
    files = {path.read_text(encoding="utf-8").splitlines()[0]: path.name for path in folder.iterdir()}
    assert sorted(files) == sorted(f"Call: {call_id}" for call_id in odd)
    assert files["Call: a/b"] == "a%2Fb.txt"
    assert files["Call: ../../up"] == "%2E.%2F..%2Fup.txt"
    assert len({name.casefold() for name in files.values()}) == 4


def test_many_calls_are_read_a_batch_at_a_time_and_progress_is_told(
    typed: Typed, snapshot: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH_CALLS", 3)
    monkeypatch.setattr(terminal, "PLAIN_EVERY_S", 0.0)
    done = typed("export", "--format", "srt", *DAYS, "-o", folder)
    assert names(folder) == [f"{call_id}.srt" for call_id in TRANSCRIBED]
    assert [line for line in done.err.splitlines() if line.endswith(" calls")] == [
        f"{number}/8 calls" for number in range(1, 9)
    ]


HAS_ENGINE = ("calls", "transcription_tasks", "transcripts", "sentences", "languages", "emotions", "publication")


@pytest.mark.parametrize("table", HAS_ENGINE)
def test_every_table_comes_out_whole_with_the_engine(typed: Typed, snapshot: Path, tmp_path: Path, table: str) -> None:
    for ending in ("csv", "parquet", "xlsx"):
        assert typed("export", "--table", table, "-o", tmp_path / f"out.{ending}").code == 0
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        [(expected,)] = connection.execute(f"select count(*) from {table}").fetchall()
    assert len(rows) == expected
    assert {row["engine"] for row in rows} - {None} <= {scenario.LOCAL, scenario.CLOUD}
    if table != "calls":  # a call that was not transcribed has none
        assert None not in {row["engine"] for row in rows}
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["engine"] for row in csv.DictReader(file)] == [row["engine"] or "" for row in rows]
    found = sheets((tmp_path / "out.xlsx").read_bytes())
    assert len(found[table]) == 1 + expected
    assert scenario.CLOUD in found["about"][1]["B"][1]


def test_what_was_said_is_no_formula_in_a_workbook_and_unchanged_in_csv(
    typed: Typed, home: Path, tmp_path: Path
) -> None:
    odd = ["=1+1", "+49 30 123", "-5", "@SUM(A1)", scenario.HOSTILE_TEXT]
    said = tuple(scenario.Said("agent", float(n), n + 0.5, text, "en", None) for n, text in enumerate(odd))
    scenario.publish_snapshot(home, (dataclasses.replace(scenario.CALLS[0], said=said),))
    for ending in ("csv", "xlsx"):
        typed("export", "--table", "sentences", "-o", tmp_path / f"said.{ending}")
    header, *rows = sheets((tmp_path / "said.xlsx").read_bytes())["sentences"]
    [column] = [letter for letter, cell in header.items() if cell[1] == "text"]
    assert [row[column] for row in rows] == [("text", text) for text in odd]
    with (tmp_path / "said.csv").open(encoding="utf-8", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == odd


def test_rows_of_a_table_are_chosen_by_day_and_by_call(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    typed("export", "--table", "sentences", "--from", "2025-09-02", "-o", path)
    assert {row["call_id"] for row in pq.read_table(path).to_pylist()} == {"c0201", "c0202", "c0205"}
    typed("export", "--table", "sentences", "--call", "c0103", "-o", path, "--force")
    assert [row["text"] for row in pq.read_table(path).to_pylist()] == ["您好。"]


def test_the_vcon_of_a_call_tells_of_its_agent_and_start(typed: Typed, snapshot: Path, folder: Path) -> None:
    typed("export", "--format", "vcon", "--call", "c0301", "-o", folder)
    vcon = json.loads((folder / "c0301.vcon").read_text(encoding="utf-8"))
    assert vcon["parties"][0]["name"] == "Jonas Weber"
    assert vcon["dialog"][0]["parties"] == [1, 0]
    assert vcon["dialog"][0]["start"] == "2025-09-03T13:30:00.000+00:00"


def test_subtitles_of_a_transcript_with_a_time_that_is_not_believed_name_the_table(
    typed: Typed, snapshot: Path, folder: Path
) -> None:
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("update transcripts set speech_s = null where call_id = 'c0101' and role = 'agent'")
    done = typed("export", "--format", "srt", "--call", "c0101", "--output", folder)
    assert done.code == 1
    assert "a sentence of its transcript has no times (table transcript_remarks)" in done.err


@pytest.mark.parametrize("format_name", ["srt", "vtt"])
def test_subtitles_of_a_transcript_without_times_are_refused_with_the_way_out(
    typed: Typed, snapshot: Path, folder: Path, format_name: str
) -> None:
    take_times(snapshot)
    done = typed("export", "--format", format_name, "--call", "c0101", "--call", "c0102", "--output", folder)
    assert names(folder) == [f"c0102.{format_name}"]
    assert "skipped c0101: its transcript has no times to show subtitles at (qwen3-asr-flash gives none)" in done.err
    assert "export it as txt, json or vcon" in done.err
    alone = typed("export", "--format", format_name, "--call", "c0101", "--output", folder)
    assert (alone.code, names(folder)) == (1, [f"c0102.{format_name}"])


@pytest.mark.parametrize("format_name", ["txt", "json", "vcon"])
def test_a_transcript_without_times_is_written_where_times_are_not_needed(
    typed: Typed, snapshot: Path, folder: Path, format_name: str
) -> None:
    take_times(snapshot)
    assert typed("export", "--format", format_name, "--call", "c0101", "--output", folder).code == 0
    written = (folder / f"c0101.{format_name}").read_text(encoding="utf-8")
    assert all(said.text in json.dumps(written, ensure_ascii=False) for said in scenario.CALLS[0].said)
    assert "begin_time" not in written


def take_times(snapshot: Path) -> None:
    """Makes c0101 a call of a model that gives no times."""
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("update transcripts set speech_s = null, model = 'qwen3-asr-flash' where call_id = 'c0101'")
        connection.execute("update sentences set begin_ms = null, end_ms = null, words = null where call_id = 'c0101'")

"""`qa-pipeline exports`: whatever a command has written to a file is in the register, with the calls in it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks import taken
from qa_pipeline.looks.taken import Register, Taken, TakenFilter, keep_for_erased
from tests.commands.conftest import Typed

EVERYTHING = TakenFilter()


@pytest.fixture
def register(home: Path) -> Register:
    home.mkdir(exist_ok=True)
    return Register(open_operations(f"sqlite:///{home / 'operations.sqlite'}"))


def seen(each: Taken) -> tuple[object, ...]:
    return each.what, Path(each.name).name, each.rows, each.calls, each.first_day, each.last_day


def test_every_file_of_a_command_is_listed_with_its_rows_calls_and_days(
    typed: Typed, snapshot: Path, tmp_path: Path, register: Register
) -> None:
    days = ("--from", "2025-09-01", "--to", "2025-09-02")
    for arguments in (
        ("export", "--format", "srt", *days, "-o", tmp_path / "subtitles"),
        ("export", "--table", "sentences", "--call", "c0102", "-o", tmp_path / "sentences.csv"),
        ("export", "--table", "metrics_daily", "-o", tmp_path / "metrics.csv"),
        ("export", "--format", "duckdb", "-o", tmp_path / "all.duckdb"),
        ("sql", "select count(*) from calls", "-o", tmp_path / "count.csv"),
        ("sql", "select call_id, call_date from calls order by call_id", "--limit", "2", "-o", tmp_path / "two.csv"),
    ):
        assert typed(*arguments).code == 0
    found = [seen(each) for each in register.find(EVERYTHING)]
    assert found[0] == ("query", "two.csv", 2, 2, "2025-09-01", "2025-09-01")
    assert found[1] == ("query", "count.csv", 1, None, None, None)
    assert found[2][0] == "database"
    assert found[2][3] is None
    assert (found[3][1], found[3][3]) == ("metrics.csv", 0), "sums are of no call"
    assert (found[4][1], found[4][3:]) == ("sentences.csv", (1, "2025-09-01", "2025-09-01"))
    assert (found[5][1], found[5][3:]) == ("subtitles", (6, "2025-09-01", "2025-09-02"))

    of_call = typed("exports", "--call", "c0201")
    assert "subtitles" in of_call.out
    assert "sentences.csv" not in of_call.out
    assert "all.duckdb" in of_call.out, "it may hold it"
    assert "metrics.csv" not in of_call.out
    assert typed("exports", "--csv", tmp_path / "exports.csv").code == 0
    with (tmp_path / "exports.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


def test_a_file_that_cannot_be_noted_is_not_written(typed: Typed, snapshot: Path, tmp_path: Path, home: Path) -> None:
    (home / "operations.sqlite").write_bytes(b"no database at all, for some hundred bytes" * 40)
    assert typed("export", "--table", "calls", "-o", tmp_path / "calls.csv").code != 0
    assert not (tmp_path / "calls.csv").exists()


def test_after_an_erasure_the_files_of_a_call_are_known_by_its_other_name(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taken, "MOST_NAMED", 1)
    named, many, earlier, unknown = taken.InIt(), taken.InIt(), taken.InIt(), taken.InIt(calls=None)
    named.add("c1", "2025-09-01")
    for call_id in ("c1", "c2"):
        many.add(call_id, "2025-09-01")
        earlier.add(call_id, "2025-08-01")
    for name, in_it in {"named": named, "many": many, "earlier": earlier, "unknown": unknown}.items():
        register.note("calls", name, in_it, who="al")
    for _ in range(2):
        with register.engine.begin() as connection:
            keep_for_erased(connection, {"c1": "erased-1"}, ["2025-09-01"])
    assert {each.name for each in taken.exports_with(register.engine, ["erased-1"])} == {"named", "many", "unknown"}
    assert taken.exports_with(register.engine, ["c1"]) == []
    assert [each.name for each in register.find(TakenFilter(names=("c1",), day="2025-08-01"))] == ["unknown", "earlier"]

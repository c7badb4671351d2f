"""`qa-pipeline looks`, as people type it, and what doctor says of the log."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from qa_pipeline.cli import app
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.look_tables import raw_looks
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks.chain import What
from qa_pipeline.looks.log import Looks

DAY_1 = 1_756_710_000.0  # 2025-09-01 07:00 UTC


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})
    refused = str(done.exception) if isinstance(done.exception, UserError) else ""
    return done.exit_code, f"{done.output} {refused}"


@pytest.fixture
def looked(home: Path) -> Path:
    home.mkdir()
    times = iter((DAY_1, DAY_1 + 86_400))
    log = Looks(open_operations(f"sqlite:///{home / 'operations.sqlite'}"), lambda: next(times))
    log.note(who="al@example.com", role="admin", call_id="c1", what=What.TEXT, reason="a complaint")
    log.note(who="bo@example.com", role="lead", call_id="c2", what=What.EXPORT, reason="=1+1 for the court")
    log.close()
    return home


def test_looks_are_listed_and_chosen(looked: Path) -> None:
    status, said = run("looks")
    assert status == 0
    assert said.index("bo@example.com") < said.index("al@example.com")
    assert "2 looks" in said
    assert "1 look" in run("looks", "--who", "AL@example.com")[1]
    assert "bo@example.com" not in run("looks", "--call", "c1")[1]
    assert "al@example.com" not in run("looks", "--from", "2025-09-02")[1]
    assert "1 look" in run("looks", "--from", "2025-09-01", "--to", "2025-09-01")[1]
    assert "2 looks, the newest 1 of them here" in run("looks", "--limit", 1)[1]
    assert "is before --from" in run("looks", "--from", "2025-09-02", "--to", "2025-09-01")[1]


def test_nobody_has_looked_yet(home: Path) -> None:
    status, said = run("looks")
    assert (status, said.split()) == (0, ["0", "looks"])
    assert "what was masked" not in run("doctor")[1]


def test_looks_are_a_file_that_a_spreadsheet_runs_nothing_of(looked: Path, tmp_path: Path) -> None:
    file = tmp_path / "looks.csv"
    assert f"{file}: 2 looks" in run("looks", "--csv", file)[1].replace("\n", "")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["who"], row["call_id"], row["what"]) for row in rows] == [
        ("bo@example.com", "c2", "export"), ("al@example.com", "c1", "text"),
    ]  # fmt: skip
    assert rows[0]["reason"] == "'=1+1 for the court"
    assert rows[0]["at"].startswith("2025-09-02T")
    status, said = run("looks", "--csv", tmp_path / "none" / "looks.csv")
    assert (status, "No such file" in said) == (1, True)


def test_a_log_that_was_changed_is_named_also_by_doctor(looked: Path) -> None:
    said = run("doctor")[1].replace("\n", " ")
    assert "2 looks at what was masked, the last on 2025-09-02" in said
    assert "roles that may: admin" in said
    engine = open_operations(f"sqlite:///{looked / 'operations.sqlite'}")
    with engine.begin() as connection:
        connection.execute(update(raw_looks).where(raw_looks.c.seq == 1).values(reason="none"))
    engine.dispose()
    status, said = run("looks")
    assert (status, "row 1 is not as it was written" in said) == (1, True)
    assert "row 1 is not as it was written" in run("doctor")[1].replace("\n", " ")

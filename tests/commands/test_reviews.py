"""`qa-pipeline reviews`: evaluations taken to a file and back, listed and verified, as people type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from qa_pipeline.cli import app
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.review_tables import review_log
from qa_pipeline.reviews.store import Reviews
from tests.reviews.building import EVALUATOR, disputed, store_in


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    refused = str(done.exception) if isinstance(done.exception, UserError) else ""
    return done.exit_code, f"{done.output} {refused}"


@pytest.fixture
def kept(home: Path) -> Reviews:
    home.mkdir()
    reviews = store_in(home)
    disputed(reviews)
    return reviews


def test_evaluations_are_backed_up_restored_and_verified(
    kept: Reviews, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "reviews.jsonl.gz"
    status, said = run("reviews", "backup", file)
    assert (status, "11 rows of the log, 1 card" in said) == (0, True)
    assert run("reviews", "verify", "--backup", file)[0] == 0
    monkeypatch.setenv("QA_HOME", str(tmp_path / "other"))
    assert "11 rows would be added" in run("reviews", "restore", file, "--dry-run")[1]
    assert run("reviews", "list")[1].split() == ["0", "evaluations"]
    assert "differ" in run("reviews", "verify", "--backup", file)[1]
    assert "11 rows added" in run("reviews", "restore", file)[1]
    status, said = run("reviews", "list", "--state", "disputed", "--evaluator", EVALUATOR.login.upper())
    assert status == 0
    assert all(word in said for word in ("call-1", "a-1", "service", "disputed", "91.7", "1 evaluation"))
    [found] = json.loads(run("reviews", "list", "--json")[1])
    assert (found["call"]["call_id"], found["state"], found["dispute_reason"]) == (
        "call-1",
        "disputed",
        "It was solved",
    )
    assert "0 evaluations" in run("reviews", "list", "--agent", "a-2")[1]
    assert "Made again from 11 rows" in run("reviews", "rebuild")[1]


def test_a_row_that_was_changed_is_named_also_by_doctor(kept: Reviews) -> None:
    status, said = run("doctor")
    assert "11 rows in the log of evaluations, the last 11 as they were written" in said
    with kept.engine.begin() as connection:
        connection.execute(update(review_log).where(review_log.c.seq == 7).values(actor="mallory"))
    status, said = run("reviews", "verify")
    assert (status, "row 7: it was changed after it was written" in said) == (1, True)
    status, said = run("doctor")
    assert (status, "not as it was written: row 7" in said) == (1, True)


def test_a_file_that_can_not_be_used_is_named(home: Path, tmp_path: Path) -> None:
    status, said = run("reviews", "restore", tmp_path / "none.jsonl")
    assert (status, "none.jsonl: No such file" in said) == (1, True)
    (tmp_path / "other.jsonl").write_text("{}", encoding="utf-8")
    status, said = run("reviews", "restore", tmp_path / "other.jsonl")
    assert (status, "other.jsonl, line 1: this is not a backup of evaluations" in said) == (1, True)
    status, said = run("reviews", "backup", tmp_path / "no folder" / "reviews.jsonl")
    assert (status, "No such file or directory" in said) == (1, True)


def test_nobody_who_evaluates_nothing_hears_of_it(home: Path) -> None:
    assert "log of evaluations" not in run("doctor")[1]

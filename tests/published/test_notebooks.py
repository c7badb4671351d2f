"""What an analyst does with a snapshot in a notebook, and what they are told when it does not work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import qa_pipeline
from qa_pipeline.errors import UserError
from qa_pipeline.published.notebooks import WrongQuestion
from qa_pipeline.published.snapshot import NothingPublished, UnreadableSnapshot
from tests import scenario


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("notebooks")
    scenario.publish_snapshot(home)
    return home


@pytest.fixture(autouse=True)
def home(published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_HOME", str(published))
    return published


def test_the_newest_snapshot_of_the_home_in_force_answers_with_frames(home: Path) -> None:
    with qa_pipeline.open_snapshot() as snapshot:
        found = snapshot.frame("select call_id, call_date from calls where status = $status", {"status": "ok"})
        assert snapshot.path == (home / "qa.duckdb").resolve()
        assert {"calls", "sentences", "agents_daily"} <= set(snapshot.tables())
    assert list(found.columns) == ["call_id", "call_date"]
    assert len(found) > 0
    assert found["call_date"].dt.year.min() >= 2025


def test_a_home_a_link_and_a_file_name_the_same_snapshot(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_HOME", str(home / "elsewhere"))
    link = home / "qa.duckdb"
    for path in (home, str(home), link, link.resolve()):
        with qa_pipeline.open_snapshot(path) as snapshot:
            assert snapshot.path == link.resolve()


def test_without_a_context_manager_it_is_closed_by_hand() -> None:
    snapshot = qa_pipeline.open_snapshot()
    before = snapshot.frame("select 1 as one")
    snapshot.close()
    snapshot.close()
    assert before["one"].tolist() == [1]
    assert "closed" in repr(snapshot)
    with pytest.raises(WrongQuestion, match="is closed; open it again"):
        snapshot.frame("select 1")


def test_shipped_questions_are_asked_by_name() -> None:
    with qa_pipeline.open_snapshot() as snapshot:
        assert snapshot.questions()["which_calls_turned_angry"].endswith("?")
        assert "call_id" in snapshot.ask("which_calls_turned_angry", from_date="2025-09-01", queue=None).columns
        with pytest.raises(WrongQuestion, match="there is no query 'nonsense'; there are: "):
            snapshot.ask("nonsense")
        with pytest.raises(WrongQuestion, match="takes no parameter 'colour'; it takes: from_date"):
            snapshot.ask("which_calls_turned_angry", colour="red")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select * from no_such_table", "no_such_table"),
        ("selec 1", "syntax error"),
        ("insert into calls (call_id) values ('x')", "insert statements are not answered"),
        ("select * from read_csv('/etc/passwd')", "read_csv is closed"),
        ("attach '/tmp/x.duckdb' as other", "attach statements are not answered"),
        ("select $missing", "missing"),
    ],
)
def test_a_wrong_query_is_named_in_one_line_and_the_snapshot_stays_open(sql: str, reason: str) -> None:
    with qa_pipeline.open_snapshot() as snapshot:
        with pytest.raises(WrongQuestion, match=reason) as told:
            snapshot.frame(sql)
        assert "\n" not in str(told.value)
        assert snapshot.frame("select 2 as two")["two"].tolist() == [2]


def test_what_is_not_there_or_not_a_snapshot_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="run `make demo`"):
        qa_pipeline.open_snapshot(tmp_path)
    with pytest.raises(NothingPublished, match=r"no\.duckdb is missing"):
        qa_pipeline.open_snapshot(tmp_path / "no.duckdb")
    (tmp_path / "text.duckdb").write_text("nothing")
    with pytest.raises(UnreadableSnapshot, match="cannot be opened"):
        qa_pipeline.open_snapshot(tmp_path / "text.duckdb")
    assert issubclass(WrongQuestion, UserError)


def test_importing_the_package_stays_light() -> None:
    code = "import qa_pipeline, sys; print(sorted({'duckdb', 'pandas', 'pydantic', 'dagster'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError):
        qa_pipeline.open_snapshots  # type: ignore[attr-defined]  # noqa: B018

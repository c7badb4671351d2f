"""Asset `agents`: each run reads people.csv, wherever it lies; a list with a fault leaves the one before."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from qa_pipeline.defs.assets.agents import agents
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.warehouse.database import Warehouse

RESOURCES = {"settings": SettingsResource(), "warehouse": WarehouseResource()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "landing").mkdir()
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QA_RECORDINGS", str(tmp_path / "landing"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def teams(home: Path) -> tuple[dict[str, str], list[str], bool]:
    """Teams by agent after a run, the run's notes, and whether the check passed."""
    done = dg.materialize([agents], partition_key="2025-09-01", resources=RESOURCES)
    with Warehouse(home / "warehouse.duckdb").transaction() as connection:
        found = dict(connection.execute("select agent_id, team from agents order by agent_id").fetchall())
    [made] = done.asset_materializations_for_node("agents")
    [check] = done.get_asset_check_evaluations()
    return found, made.metadata["notes"].value, check.passed  # type: ignore[return-value]


def test_a_faulty_list_is_named_and_the_one_before_stays(home: Path) -> None:
    assert teams(home) == ({}, [], True)
    (home.parent / "landing" / "People.CSV").write_text("agent_id,team\nA1,North\n")
    assert teams(home) == ({"A1": "North"}, [], True)
    (home / "people.csv").write_text("agent_id,team\nA1,South\nA1,East\n")
    found, [note], passed = teams(home)
    assert (found, passed) == ({"A1": "North"}, False)
    assert note.startswith("people.csv, line 3: A1 is in line 2 too;")
    assert note.endswith("The list before stays.")


def test_a_setting_that_names_no_file_is_a_fault(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PEOPLE", str(home / "gone.csv"))
    found, [note], passed = teams(home)
    assert (found, passed) == ({}, False)
    assert "gone.csv is not a file; correct the setting people" in note

"""`qa-pipeline status`: what is published, also where it cannot be read."""

from __future__ import annotations

from pathlib import Path

from tests import scenario
from tests.commands.conftest import Typed


def test_the_newest_days_and_what_failed_are_shown(typed: Typed, home: Path) -> None:
    home.mkdir()
    scenario.publish_snapshot(home)
    done = typed("status")
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].startswith(f"Snapshot  {(home / 'qa.duckdb').resolve().name}, published ")
    assert lines[1].split() == ["day", "calls", "ok", "partial", "failed", "quarantined"]
    days = {line.split()[0]: [int(value) for value in line.split()[1:]] for line in lines[2:] if line[:3] == "202"}
    assert set(days) == {day.isoformat() for day in (scenario.DAY_1, scenario.DAY_2, scenario.DAY_3)}
    assert all(row[0] == sum(row[1:]) for row in days.values())
    assert any(line.startswith(("Failed", "Partial")) and "`qa-pipeline retry`" in line for line in lines)


def test_a_snapshot_that_cannot_be_read_hides_neither_ledger_nor_service(typed: Typed, home: Path) -> None:
    home.mkdir()
    (home / "qa.duckdb").write_text("not a database")
    done = typed("status")
    assert done.code == 0
    assert "cannot be opened" in done.out
    assert "Ledger    channels: empty" in done.out
    assert "Service   local, not running" in done.out

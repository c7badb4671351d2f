"""`qa-pipeline status`: what is published, also where it cannot be read."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.reviews.values import CallRef
from qa_pipeline.warehouse.marks import keep_mark
from tests import scenario
from tests.commands.conftest import Typed
from tests.reviews.building import store_in, submitted
from tests.warehouse.building import held_open


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
    (engines,) = [line for line in lines if line.startswith("Engines   channels transcribed: ")]
    assert f" by {scenario.LOCAL}" in engines
    assert f" by {scenario.CLOUD}" in engines
    assert any(line.startswith(("Failed", "Partial")) and "`qa-pipeline retry`" in line for line in lines)


def test_results_with_odd_values_are_counted_and_the_question_named(typed: Typed, home: Path) -> None:
    scenario.publish_snapshot(home)
    done = typed("status")
    assert "Odd       values in the results of 1 call, the rest of which is kept" in done.out
    assert "which_results_have_odd_values" in done.out


def test_what_the_landing_zone_holds_and_nobody_takes_is_named_by_status_and_doctor(
    typed: Typed, home: Path, tmp_path: Path
) -> None:
    zone = tmp_path / "recordings"
    (tmp_path / "elsewhere").mkdir()
    (zone / ".hidden").mkdir(parents=True)
    (zone / "2025-09-01").symlink_to(tmp_path / "elsewhere")
    for number in range(5):
        (zone / f"{number}.zip").write_bytes(b"PK\x03\x04")
    said = "0.zip, 1.zip, 2.zip and 2 more (5 in all) are left out: a ZIP archive"
    linked = "2025-09-01 is left out: a link to a folder, which is not followed"
    status, doctor = typed("status").out, typed("doctor").out
    for notes in (status, doctor):
        assert said in notes
        assert linked in notes
        assert ".hidden is left out: a hidden folder" in notes


def look_swapped(home: Path) -> None:
    """Twelve more calls of the queue sales that look swapped, and as many of billing that do not."""
    with duckdb.connect(str((home / "qa.duckdb").resolve())) as connection:
        for number in range(24):
            queue = "sales" if number < 12 else "billing"
            connection.execute(
                "insert into calls by name select * replace (? as call_id, ? as recording_id, ? as queue, "
                "'agent_channel' as agent_channel_from, 'stereo' as form) from calls where call_id = 'c0101'",
                [f"x{number}", f"{number:064}", queue],
            )
            connection.execute(
                "insert into call_metrics by name select * replace (? as call_id, ? as agent_channel_suspect) "
                "from call_metrics limit 1",
                [f"x{number}", queue == "sales"],
            )


def test_a_queue_that_looks_swapped_is_said_once_with_the_lines_that_mend_it(
    typed: Typed, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.publish_snapshot(home)
    monkeypatch.setenv("QA_AGENT_CHANNEL", "0")
    quiet = typed("status").out
    assert "SWAPPED?" not in quiet
    look_swapped(home)
    status = typed("status").out
    assert status.count("SWAPPED?") == 1
    assert "look swapped in 12 of 12 calls of queue sales (agent_channel says 0)" in " ".join(status.split())
    shown = [line.strip() for line in status[status.index("SWAPPED?") :].splitlines()]
    at = shown.index("[[agent_channels]]")
    assert shown[at : at + 3] == ["[[agent_channels]]", 'queue = "sales"', "channel = 1"]
    findings = [each for each in json.loads(typed("doctor", "--json").out) if each["name"] == "agent channel"]
    assert [each["level"] for each in findings] == ["ok", "warn"]
    assert findings[1]["fix"].endswith(':\n[[agent_channels]]\nqueue = "sales"\nchannel = 1')
    monkeypatch.setenv("QA_AGENT_CHANNELS", '[{"queue": "sales", "channel": 1}]')
    mended = " ".join(typed("status").out.split())
    assert "SWAPPED?" not in mended
    assert "12 calls have the agent's channel of former settings" in mended


def test_a_snapshot_that_cannot_be_read_hides_neither_ledger_nor_service(typed: Typed, home: Path) -> None:
    home.mkdir()
    (home / "qa.duckdb").write_text("not a database")
    done = typed("status")
    assert done.code == 0
    assert "cannot be opened" in done.out
    assert "Ledger    channels: empty" in done.out
    assert "Service   local, not running" in done.out


@pytest.mark.process
def test_a_snapshot_open_for_writing_elsewhere_is_read_and_its_holder_is_named(typed: Typed, snapshot: Path) -> None:
    keep_mark(snapshot.parent, snapshot)
    calls = typed("sql", "select count(*) as calls from calls", "--format", "csv").out
    with held_open(snapshot) as program:
        held = f"open for writing in {Path(sys.executable).resolve().name} (process {program.pid})"
        done = typed("status")
        assert done.code == 0
        assert held in done.out
        assert any(line.startswith("Ledger") for line in done.out.splitlines())
        assert typed("sql", "select count(*) as calls from calls", "--format", "csv").out == calls
        doctor = typed("doctor").out
        assert f"{held}, so readers copy it first" in doctor
        assert "somebody has changed" in doctor
    after = typed("doctor").out
    assert f"somebody has changed {snapshot.name} since it was published" in after
    assert "run any day again" in after


def test_what_figures_of_evaluations_are_as_of_is_said_where_somebody_evaluates(typed: Typed, home: Path) -> None:
    scenario.publish_snapshot(home)
    assert "Evaluated" not in typed("status").out
    reviews = store_in(home)
    submitted(reviews, call=CallRef("c0101", scenario.DAY_1, "a-chen"))
    reviews.engine.dispose()
    assert "Evaluated figures: none yet; the next run of any day brings evaluations" in typed("status").out

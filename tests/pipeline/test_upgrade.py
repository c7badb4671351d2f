"""A QA_HOME of an earlier version opens, runs, shows the same, and pays for nothing again.

`home-of-0.1.0.tar.xz` was made by two runs of one day with the code of commit bf463a8 (version 0.1.0, before metrics
were kept by the row): four of the sample calls, of which one is mono and one has a silent channel. Compute logs, locks
and the older snapshot were left out.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qa_pipeline.conversation.sentences import ROLES
from tests.pipeline.harness import COMPARED, GOLDEN_DAY, Pipeline
from tests.serving import SAMPLES

HOME = Path(__file__).resolve().parents[1] / "fixtures" / "home-of-0.1.0.tar.xz"
CALLS = ("c0101.mp3", "c0108.opus", "c0191.wav", "c0192.wav")
BY_DAY = ("calls_daily", "agents_daily", "queues_daily", "languages_daily", "emotions_daily", "costs_daily")
NOT_COMPARED = (
    "loaded_at",
    "definition_version",
    "thresholds",
    "unrecorded_s",
    "engine",
    *(f"{role}_unsure_share" for role in ROLES),
)
"""Columns that the old version lacks, or that change with every new threshold."""
SUMMARY = "select status, count(*) as calls from calls group by all order by all"


@pytest.fixture
def upgraded(pipeline: Pipeline) -> Pipeline:
    """The old home, and its recordings in a landing zone."""
    with tarfile.open(HOME) as archive:
        archive.extractall(pipeline.home.parent, filter="data")
    for name in CALLS:
        for source in (SAMPLES / GOLDEN_DAY / name, (SAMPLES / GOLDEN_DAY / name).with_suffix(".json")):
            pipeline.land(source, f"{GOLDEN_DAY}/{source.name}")
    return pipeline


def columns_and_rows(snapshot: Path) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """What users read by name: the compared tables, and all columns of the days' tables in their order."""
    asked = {**COMPARED, **dict.fromkeys((*BY_DAY, "call_metrics"), f"columns(name -> name not in {NOT_COMPARED})")}
    asked["costs_daily"] = "*"
    asked["acoustics"] = asked["acoustics"].replace(", definition_version", "")  # measured again by a newer version
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        found = {}
        for table, columns in asked.items():
            relation = connection.sql(f"select {columns} from {table} order by all")
            found[table] = (relation.columns, [tuple(map(_rounded, row)) for row in relation.fetchall()])
        return found


def _rounded(value: object) -> object:
    """Sums of the same figures in another order differ in their last digit."""
    return round(value, 9) if isinstance(value, float) else value


def say(pipeline: Pipeline, *arguments: str) -> str:
    done = pipeline.command(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.whole_run
def test_an_old_snapshot_is_read_before_anything_is_run(upgraded: Pipeline) -> None:
    rows = json.loads(say(upgraded, "sql", SUMMARY, "--format", "json"))
    assert rows == [{"status": "ok", "calls": 3}, {"status": "quarantined", "calls": 1}]
    status = say(upgraded, "status")
    assert GOLDEN_DAY in status
    assert "channels: 5 parsed" in status
    assert "c0101" in say(upgraded, "call", "c0101")
    assert json.loads(say(upgraded, "call", "c0191", "--json"))
    cost = say(upgraded, "cost", "--from", GOLDEN_DAY)
    assert next(line for line in cost.splitlines() if line.startswith("to be sent")).split()[-3:] == [
        "0",
        "0",
        "0.0000",
    ]


@pytest.mark.whole_run
def test_a_run_over_an_old_home_sends_nothing_and_shows_the_same(upgraded: Pipeline) -> None:
    snapshot = (upgraded.home / "qa.duckdb").resolve()
    before = columns_and_rows(snapshot)
    upgraded.settings["QA_REDACTION"] = "off"  # the version before had none
    said = upgraded.run(GOLDEN_DAY).stdout
    assert "nothing was sent to be transcribed again" in said
    assert upgraded.usage().charges == {}
    newest = (upgraded.home / "qa.duckdb").resolve()
    assert newest != snapshot
    after = columns_and_rows(newest)
    for table, (columns, rows) in before.items():
        assert after[table] == (columns, rows), table
    assert GOLDEN_DAY in say(upgraded, "status")
    assert json.loads(say(upgraded, "sql", SUMMARY, "--format", "json"))[0] == {"status": "ok", "calls": 3}
    paid = next(line for line in say(upgraded, "cost", "--from", GOLDEN_DAY).splitlines() if line.startswith("paid"))
    assert paid.split()[-3:-2] == ["5"]

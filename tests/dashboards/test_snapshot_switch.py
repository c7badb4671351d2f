"""A reader in a loop while another process publishes: no error, no half day, and the newest in the end."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboards.filters import DateRange
from dashboards.queries import ask
from qa_pipeline.published.snapshot import NothingPublished, open_newest
from tests import scenario
from tests.scenario import DAY_1, DAY_3

pytestmark = pytest.mark.process

WRITER = """
import sys
from pathlib import Path
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.snapshots import SnapshotInfo, publish
from tests import scenario

home = Path(sys.argv[1])
link, warehouse = home / "qa.duckdb", Warehouse(home / "warehouse.duckdb")
days = (scenario.DAY_1, scenario.DAY_2, scenario.DAY_3)
for turn in range(6):
    day = days[turn % 3]
    with warehouse.transaction() as connection:
        if turn < 3:
            calls = tuple(call for call in scenario.CALLS if call.call_date == day)
            scenario.seed(connection, calls)
    publish(warehouse.path, link, [day], SnapshotInfo(str(turn), "test", "0"), keep=2, minimum_n=5)
"""


def test_a_reader_never_sees_an_error_or_half_a_day_while_snapshots_are_published(tmp_path: Path) -> None:
    whole = {
        day: sum(call.call_date == day for call in scenario.CALLS)
        for day in (scenario.DAY_1, scenario.DAY_2, scenario.DAY_3)
    }
    seen: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WRITER, str(tmp_path)],
        cwd=scenario.ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as writer:
        while writer.poll() is None:
            _read_once(tmp_path, whole, seen)
            time.sleep(0.02)  # the writer needs the core too
        errors = writer.stderr.read() if writer.stderr else ""
    assert writer.returncode == 0, errors
    assert _read_once(tmp_path, whole, seen) == whole
    assert len(seen) > 2


def _read_once(home: Path, whole: dict[dt.date, int], seen: set[str]) -> dict[dt.date, int]:
    """The days of the newest snapshot; each of them must be there in full."""
    try:
        with open_newest(home / "qa.duckdb", "UTC") as snapshot:
            rows = ask(snapshot, "count_calls_by_period", DateRange(DAY_1, DAY_3), period="day")
            seen.add(snapshot.path.name)
    except NothingPublished:
        assert not seen, "the link disappeared"
        return {}
    found: dict[dt.date, int] = {}
    for row in rows:
        found[row["begins"]] = found.get(row["begins"], 0) + row["calls"]
    assert all(number == whole[day] for day, number in found.items())
    return found

"""What a page asks is written down as it is asked, so that the bare queries can be measured beside it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from benchmarks.page_server import read_log, record
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests import scenario


def test_rows_tuples_and_frames_are_written_down_and_still_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Snapshot, "_answer", Snapshot._answer)  # what is recorded by is taken away afterwards
    monkeypatch.setattr(Snapshot, "frame", Snapshot.frame)
    scenario.publish_snapshot(tmp_path)
    log = tmp_path / "asked"
    log.touch()
    assert read_log(log) == []

    record(log)
    day = dt.date(2025, 9, 1)
    with open_newest(tmp_path / "qa.duckdb", "UTC") as snapshot:
        assert snapshot.tuples("select 1") == [(1,)]
        assert snapshot.rows("select $day as day", {"day": day}) == [{"day": day}]
        assert snapshot.frame("select 2 as two")["two"].tolist() == [2]

    asked = read_log(log)
    assert [query.sql for query in asked] == ["select 1", "select $day as day", "select 2 as two"]
    assert [query.values for query in asked] == [{}, {"day": day}, {}]
    assert asked[0].at <= asked[-1].at

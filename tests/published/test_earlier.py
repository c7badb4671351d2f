"""A snapshot of an earlier version answers what today's pages and questions ask, before its next run."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.statements.files import read_sql

HOME = Path(__file__).resolve().parents[1] / "fixtures" / "home-of-0.1.0.tar.xz"


@pytest.fixture
def earlier(tmp_path: Path) -> Snapshot:
    with tarfile.open(HOME) as archive:
        archive.extractall(tmp_path, filter="data")
    return open_newest(tmp_path / "home" / "qa.duckdb", "UTC")


def test_its_calls_have_the_channels_and_agents_of_stereo_calls(earlier: Snapshot) -> None:
    channels = earlier.rows("select channel_id, role, source_channel from call_channels where call_id = 'c0101'")
    assert channels == [
        {"channel_id": 0, "role": "agent", "source_channel": 0},
        {"channel_id": 1, "role": "customer", "source_channel": 1},
    ]
    agents = earlier.rows("select agent_id, is_alone from call_agents where call_id = 'c0101'")
    assert agents == [{"agent_id": "a-chen", "is_alone": True}]
    [own] = earlier.rows("select agent_id, talk_ratio from agent_calls where call_id = 'c0101'")
    [whole] = earlier.rows("select talk_ratio from call_metrics where call_id = 'c0101'")
    assert own == {"agent_id": "a-chen", **whole}


def test_what_it_does_not_know_is_null_and_what_it_knows_is_as_it_was(earlier: Snapshot) -> None:
    [call] = earlier.rows(read_sql("pages/read_call.sql"), {"call_id": "c0101"})
    assert call["agent_name"] == "陈薇"
    assert earlier.rows("select form, voices_unsure from calls where call_id = 'c0101'") == [
        {"form": None, "voices_unsure": None}
    ]
    said = earlier.rows("select confidence, language_source, text from sentences where call_id = 'c0101'")
    assert {(row["confidence"], row["language_source"]) for row in said} == {(None, None)}
    assert all(row["text"] for row in said)


def test_steps_of_emotions_are_those_of_its_sentences(earlier: Snapshot) -> None:
    labelled = "select count(*) - 1 from sentences where role = 'customer' and emotion is not null group by call_id"
    expected = sum(steps for (steps,) in earlier.tuples(labelled))
    assert expected > 0
    assert earlier.tuples("select sum(times) from emotion_steps") == [(expected,)]


def test_that_it_is_of_an_earlier_version_is_still_seen(earlier: Snapshot) -> None:
    assert "call_channels" not in earlier.tables()
    assert "confidence" not in earlier.columns("sentences")


def test_nobody_in_it_has_a_team(earlier: Snapshot) -> None:
    assert earlier.rows("from agents") == []
    agents = earlier.rows("select agent_name, team, is_listed from call_agents where call_id = 'c0101'")
    assert agents == [{"agent_name": "陈薇", "team": None, "is_listed": False}]

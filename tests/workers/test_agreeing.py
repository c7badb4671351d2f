"""Runs and workers agree on what decides results, and say why nobody takes a step."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.workers.deciding_settings import UNDECIDING, deciding_settings, differing, fingerprint
from qa_pipeline.workers.outages import WAITS_S, is_outage, wait_before
from qa_pipeline.workers.queues import QUEUE_TAG, SOUND, TABLES, queue_of
from qa_pipeline.workers.register import WORKER, Program
from qa_pipeline.workers.who_can import why_nobody
from tests.own_settings import forget_settings
from tests.serving import ROOT

PRINT = """
from qa_pipeline.settings import load_settings
from qa_pipeline.workers.deciding_settings import deciding_settings, fingerprint
print(fingerprint(deciding_settings(load_settings())))
"""


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_settings(monkeypatch, tmp_path)


def test_places_and_effort_may_differ_and_what_decides_may_not() -> None:
    one = deciding_settings(load_settings())
    elsewhere = deciding_settings(load_settings(home=Path("/elsewhere"), concurrent_uploads=3, dashboards_port=1))
    other = deciding_settings(load_settings(language="de", timezone="Asia/Tokyo"))
    assert fingerprint(one) == fingerprint(elsewhere)
    assert fingerprint(one) != fingerprint(other)
    assert differing(one, other) == ["language", "timezone"]


def test_of_files_the_content_decides_and_not_where_they_are(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "people.csv").write_text("agent_id,name\na1,Ana\n", encoding="utf-8")
        (tmp_path / folder / "context.md").write_text("Bailian", encoding="utf-8")
    here, there = (
        load_settings(people=tmp_path / folder / "people.csv", context=tmp_path / folder / "context.md")
        for folder in ("here", "there")
    )
    assert deciding_settings(here) == deciding_settings(there)
    (tmp_path / "there" / "people.csv").write_text("agent_id,name\na1,Bo\n", encoding="utf-8")
    (tmp_path / "there" / "context.md").write_text("Something else", encoding="utf-8")
    assert differing(deciding_settings(here), deciding_settings(there)) == ["context", "people"]


def test_what_goes_into_published_rows_decides() -> None:
    written = {
        name
        for folder in ("checks", "marts", "publish", "schema", "steps")
        for file in (ROOT / "sql" / folder).rglob("*.sql")
        for name in re.findall(r"\$(\w+)", file.read_text(encoding="utf-8"))
    }
    assert "minimum_n" in written
    assert not written & UNDECIDING


def test_no_value_can_be_read_out_of_what_is_compared() -> None:
    found = deciding_settings(load_settings(vocabulary_id="vocab-of-a-customer"))
    assert not any("customer" in value for value in found.values())


def test_every_setting_that_may_differ_is_one() -> None:
    assert set(Settings.model_fields) >= UNDECIDING


@pytest.mark.process
def test_two_processes_find_the_same_of_the_same_settings() -> None:
    found = set()
    for seed in ("1", "2"):
        own = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "QA_CHANNELS": '{"0": "agent", "1": "client"}'}
        done = subprocess.run([sys.executable, "-c", PRINT], env={**os.environ, **own}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def worker(version: str = "1", settings: str = "s", queues: tuple[str, ...] = (SOUND, TABLES)) -> Program:
    return Program("w", WORKER, "box", 7, version, settings, {}, queues, 1)


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ([], "start `qa-pipeline worker` on one machine or more"),
        ([worker(queues=(TABLES,))], "start one with `qa-pipeline worker --queues sound`"),
        ([worker(version="0.9")], "the run is of version 1, the workers are of 0.9"),
        ([worker(settings="other")], "all workers have other settings than the run"),
    ],
    ids=["no worker", "none of the queue", "another version", "other settings"],
)
def test_a_run_says_why_nobody_takes_its_steps(workers: list[Program], said: str) -> None:
    found = why_nobody(workers, (SOUND,), "1", "s")
    assert found is not None
    assert found.startswith("steps wait in queue sound, and no worker takes them: ")
    assert said in found


def test_a_run_says_nothing_where_each_queue_has_a_worker() -> None:
    assert why_nobody([worker(queues=(SOUND,)), worker(queues=(TABLES,))], (SOUND, TABLES), "1", "s") is None


def test_a_server_that_is_away_is_told_from_a_fault() -> None:
    below = [("DagsterExecutionStepExecutionError", "Error occurred"), ("OperationalError", "connection lost")]
    assert is_outage(below)
    assert is_outage([("IOException", "IO Error: Could not establish connection error for HTTP GET")])
    assert not is_outage([("ValueError", "not a recording"), (None, "")])


def test_an_outage_is_waited_for_some_minutes_and_not_for_ever() -> None:
    assert 180 <= sum(WAITS_S) <= 240
    assert wait_before(0) == WAITS_S[0]
    assert wait_before(len(WAITS_S)) is None


def test_an_op_without_a_queue_is_one_of_the_tables() -> None:
    assert queue_of({QUEUE_TAG: SOUND}) == SOUND
    assert queue_of({}) == TABLES

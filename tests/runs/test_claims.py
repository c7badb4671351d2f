"""Places of pools: a dead run's are free for whoever comes next, and whoever waits says for whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from qa_pipeline.runs.launcher import LeasedRunLauncher
from qa_pipeline.runs.storage import KeptEvents, end_dead_runs

ROOT = Path(__file__).resolve().parents[2]


@dg.asset(pool="dashscope")
def word() -> None:
    """Takes the only place of a pool."""


KILLED = """
import os, signal, dagster as dg

@dg.asset(pool="dashscope")
def word() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

with dg.DagsterInstance.get() as instance:
    dg.materialize([word], instance=instance)
"""


def kill_a_run(instance: dg.DagsterInstance) -> str:
    """A run that was killed in the step that holds the place; its id."""
    before = {run.run_id for run in instance.get_runs()}
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    [run_id] = {run.run_id for run in instance.get_runs()} - before
    assert status(instance, run_id) is dg.DagsterRunStatus.STARTED
    assert kept_events(instance).get_concurrency_info("dashscope").active_run_ids == {run_id}
    return run_id


def kept_events(instance: dg.DagsterInstance) -> KeptEvents:
    events = instance.event_log_storage
    assert isinstance(events, KeptEvents)
    return events


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


@pytest.mark.process
def test_whoever_comes_next_takes_a_killed_runs_place(kept: dg.DagsterInstance) -> None:
    """Without asking anybody first: so does a run that Dagster's page, schedule or sensor launches."""
    dead = kill_a_run(kept)
    assert dg.materialize([word], instance=kept).success
    assert status(kept, dead) is dg.DagsterRunStatus.FAILURE
    assert kept_events(kept).get_concurrency_info("dashscope").active_run_ids == set()


@pytest.mark.process
def test_dagsters_daemon_sees_and_frees_a_killed_run(kept: dg.DagsterInstance) -> None:
    dead = kept.get_run_by_id(kill_a_run(kept))
    assert dead is not None
    launcher = kept.run_launcher
    assert isinstance(launcher, LeasedRunLauncher)
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(dead).status is WorkerStatus.FAILED
    assert kept_events(kept).leases.holder(dead.run_id) is None
    assert kept_events(kept).get_concurrency_info("dashscope").active_run_ids == set()
    assert end_dead_runs(kept) == [dead.run_id]
    assert status(kept, dead.run_id) is dg.DagsterRunStatus.FAILURE


def test_the_place_of_a_run_that_left_nothing_but_its_claim_is_taken(kept: dg.DagsterInstance) -> None:
    """As a run of an earlier version did, or one whose row was deleted."""
    events = kept_events(kept)
    events.initialize_concurrency_limit_to_default("dashscope")
    assert events.claim_concurrency_slot("dashscope", "gone", "word").is_claimed
    assert dg.materialize([word], instance=kept).success


def test_a_run_waits_for_a_living_one_and_says_for_whom(kept: dg.DagsterInstance) -> None:
    said = threading.Event()
    messages: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    @dg.asset(pool="dashscope")
    def first() -> None:
        inside.set()
        assert go_on.wait(300)

    def listen(entry: dg.EventLogEntry) -> None:
        if entry.dagster_event is not None and "waits for" in (entry.dagster_event.message or ""):
            messages.append(entry.dagster_event.message or "")
            said.set()

    holder = threading.Thread(target=lambda: dg.materialize([first], instance=kept))
    holder.start()
    assert inside.wait(300)
    [living] = kept.get_runs()
    assert kept.run_launcher.check_run_worker_health(living).status is WorkerStatus.RUNNING
    assert end_dead_runs(kept) == []
    outcome: list[bool] = []
    with dg.DagsterInstance.get() as other:
        job = dg.Definitions(assets=[word], jobs=[dg.define_asset_job("one")]).resolve_job_def("one")
        run_id = str(uuid.uuid4())
        other.add_event_listener(run_id, listen)
        waiting = threading.Thread(
            target=lambda: outcome.append(job.execute_in_process(instance=other, run_id=run_id).success)
        )
        waiting.start()
        assert said.wait(300)
        go_on.set()
        holder.join(300)
        waiting.join(300)
    assert outcome == [True]
    [message] = messages
    assert message.startswith(f"word waits for run {living.run_id[:8]} (process {os.getpid()} on ")
    assert "Ctrl-C" in message

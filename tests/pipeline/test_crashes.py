"""kill -9 at random moments, then again: nothing billed twice, nothing lost, the same tables."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.pipeline.harness import Pipeline, usage

HOMES = 4
EARLY_KILLS = 4
"""Kills a home while channels are being sent; one more while tables are written and published."""

DAY = "2025-09-01"
SLOW = {"QA_REQUESTS_PER_MINUTE": "120"}
"""20 channels take 10 s to send, so that kills fall between them."""


def test_twenty_kills_bill_nothing_twice_and_lose_nothing(pipeline: Pipeline, service_url: str) -> None:
    pipeline.land_sample_day(DAY)
    pipeline.settings |= SLOW
    pipeline.run(DAY)
    tables, billed_once = pipeline.tables(), usage(service_url)["billed_seconds"]

    chance = random.Random(20250901)
    struck = 0
    for number in range(HOMES):
        disturbed = Pipeline(pipeline.home.with_name(f"home-{number}"), pipeline.landing, service_url, SLOW)
        before = usage(service_url)["billed_seconds"]
        for _ in range(EARLY_KILLS):
            struck += kill_in("transcriptions", disturbed.start("run", "--from", DAY), chance.uniform(0, 1.5))
        struck += kill_in("transcripts_and_sentences", disturbed.start("run", "--from", DAY), chance.uniform(0, 1))
        disturbed.run(DAY)
        assert usage(service_url)["billed_seconds"] - before == billed_once, "billed twice, or not at all"
        assert disturbed.tables() == tables
        in_ledger = disturbed.query("select sum(billed_s) from transcription_tasks")[0][0]
        assert in_ledger == billed_once
    assert struck >= HOMES * EARLY_KILLS, "too many runs ended before they were killed; the test tests too little"


def kill_in(step: str, process: subprocess.Popen[str], delay_s: float) -> bool:
    """Kills the whole process group without warning, `delay_s` after the step began; False when it had ended."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"{step} "):
            break
    try:
        process.communicate(timeout=delay_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def test_ctrl_c_ends_with_130_and_the_next_run_goes_on(pipeline: Pipeline, service_url: str) -> None:
    pipeline.land_sample_day(DAY)
    pipeline.settings["QA_REQUESTS_PER_MINUTE"] = "60"
    process = pipeline.start("run", "--from", DAY)
    deadline = time.monotonic() + 120
    while usage(service_url)["billed_channels"] < 2:
        assert time.monotonic() < deadline, "nothing was billed in two minutes"
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "run the same command again" in err
    assert "Traceback" not in err

    pipeline.settings["QA_REQUESTS_PER_MINUTE"] = "6000"
    pipeline.run(DAY)
    assert {row["count"] for row in usage(service_url)["by_channel"]} == {1}


@pytest.mark.parametrize("rounds", [3])
def test_a_reader_sees_whole_days_and_no_error_during_runs(pipeline: Pipeline, rounds: int) -> None:
    pipeline.land_sample_day(DAY)
    pipeline.run(DAY)
    expected = pipeline.query("select (select count(*) from calls), (select count(*) from sentences)")[0]
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(pipeline.home / "qa.duckdb")],
        env=pipeline.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(rounds - 1):
            pipeline.run(DAY)
        pipeline.land_sample_day("2025-09-02")
        pipeline.run("2025-09-02")
    finally:
        reader.send_signal(signal.SIGTERM)
        out, err = reader.communicate(timeout=60)
    assert err == ""
    seen = [tuple(map(int, line.split())) for line in out.splitlines()]
    assert len(seen) > 20
    final = pipeline.query("select (select count(*) from calls), (select count(*) from sentences)")[0]
    assert set(seen) <= {expected, final}, "a reader saw half a day"


READER = """
import signal, sys, duckdb
from pathlib import Path
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
while not stopped:
    with duckdb.connect(str(Path(sys.argv[1]).resolve()), read_only=True) as connection:
        row = connection.execute('select (select count(*) from calls), (select count(*) from sentences)').fetchone()
    print(*row, flush=True)
"""

"""kill -9 and Ctrl-C at any moment, then again: nothing billed twice, nothing lost, the same tables."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipeline.harness import GOLDEN_DAY, Golden, Pipeline, charges
from tests.pipeline.steps import rows, run_steps
from tests.serving import set_faults

EARLY_KILLS = {1: 2, 4: 4}
"""Homes → kills of each while channels are being sent; one more while tables are written and published."""

SLOW = {"QA_REQUESTS_PER_MINUTE": "120"}
"""20 channels take 10 s to send, so that kills fall between them."""

LONG_S = 300
"""Nothing here takes that long, even on a machine that has twenty other things to do."""


@pytest.mark.chaos  # killed between question and answer, and stopped by Ctrl-C: the tests below
@pytest.mark.parametrize("homes", [1, 4])
def test_kills_bill_nothing_twice_and_lose_nothing(golden: Golden, own_pipeline: Pipeline, homes: int) -> None:
    own_pipeline.land_sample_day(GOLDEN_DAY)
    tables, billed_once = golden.pipeline.tables(), golden.charges
    chance = random.Random(20250901)
    struck = 0
    for number in range(homes):
        url, folder = own_pipeline.base_url, own_pipeline.home.with_name(f"home-{number}")
        disturbed = Pipeline(folder, own_pipeline.landing, url, SLOW, charges(url), in_process=False)
        for _ in range(EARLY_KILLS[homes]):
            struck += kill_in("transcriptions", disturbed.start("run", "--from", GOLDEN_DAY), chance.uniform(0, 1.5))
        running = disturbed.start("run", "--from", GOLDEN_DAY)
        struck += kill_in("transcripts_and_sentences", running, chance.uniform(0, 1))
        disturbed.run(GOLDEN_DAY)
        assert disturbed.usage().charges == billed_once, "billed twice, or not at all"
        assert disturbed.tables() == tables
        in_ledger = disturbed.query("select sum(billed_s) from transcription_tasks")[0][0]
        assert in_ledger == disturbed.usage().seconds
    assert struck >= homes * EARLY_KILLS[homes], (
        "too many runs ended before they were killed; the test tests too little"
    )


def kill_in(step: str, process: subprocess.Popen[str], delay_s: float) -> bool:
    """Kills the whole process group without warning, `delay_s` after the step began; False when it had ended."""
    assert process.stderr is not None
    for line in process.stderr:
        if re.match(rf"step \d+ of \d+, {step}\b", line):
            break
    try:
        process.communicate(timeout=delay_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


@pytest.mark.chaos  # test_ctrl_c_keeps_the_answers_that_are_on_their_way stops and goes on too
def test_ctrl_c_ends_with_130_and_the_next_run_goes_on(own_pipeline: Pipeline, three_calls: list[Path]) -> None:
    for source in three_calls:
        own_pipeline.land(source, f"{GOLDEN_DAY}/{source.name}")
    own_pipeline.settings["QA_REQUESTS_PER_MINUTE"] = "60"
    process = own_pipeline.start("run", "--from", GOLDEN_DAY)
    deadline = time.monotonic() + LONG_S
    while len(own_pipeline.usage().charges) < 2:
        assert time.monotonic() < deadline, "nothing was billed"
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONG_S)
    assert process.returncode == 130, (out, err)
    assert "run the same command again" in err
    assert "Traceback" not in err

    own_pipeline.settings["QA_REQUESTS_PER_MINUTE"] = "6000"
    own_pipeline.run(GOLDEN_DAY)
    assert own_pipeline.usage().times == {1}


@pytest.mark.chaos  # and while another process publishes: tests/dashboards/test_snapshot_switch.py
def test_a_reader_sees_whole_days_and_no_error_during_runs(ran: Pipeline) -> None:
    expected = ran.query("select (select count(*) from calls), (select count(*) from sentences)")[0]
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(ran.home / "qa.duckdb")],
        env=ran.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    first = reader.stdout.readline()
    ran.run(GOLDEN_DAY)
    ran.land_sample_day("2025-09-02")
    ran.run("2025-09-02")
    reader.send_signal(signal.SIGTERM)
    out, err = reader.communicate(timeout=LONG_S)
    assert err == ""
    seen = [tuple(map(int, line.split())) for line in [first, *out.splitlines()]]
    assert len(seen) > 20
    final = ran.query("select (select count(*) from calls), (select count(*) from sentences)")[0]
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


# -- between question and answer --------------------------------------------------------------------------------------


@pytest.fixture
def asked(own_pipeline: Pipeline, three_calls: list[Path]) -> Pipeline:
    """Three calls for a model that answers at once."""
    for source in three_calls:
        own_pipeline.land(source, f"{GOLDEN_DAY}/{source.name}")
    own_pipeline.settings["QA_MODEL"] = "qwen3-asr-flash"
    return own_pipeline


def wait_until_asked(pipeline: Pipeline, process: subprocess.Popen[str]) -> None:
    """Until the ledger says that all six questions are on their way."""
    ledger = pipeline.home / "operations.sqlite"
    deadline = time.monotonic() + LONG_S
    while True:
        assert time.monotonic() < deadline, "nothing was asked"
        assert process.poll() is None, process.communicate()
        if ledger.exists():
            with sqlite3.connect(ledger) as connection:
                tables = connection.execute("select count(*) from sqlite_master where name = 'transcription_units'")
                if tables.fetchone()[0]:
                    sending = connection.execute("select count(*) from transcription_units where state = 'sending'")
                    if sending.fetchone()[0] == 6:
                        return
        time.sleep(0.05)


@pytest.mark.process
def test_a_run_killed_between_question_and_answer_leaves_unknown_ones_that_retry_heals(asked: Pipeline) -> None:
    set_faults(asked.base_url, {"endpoint": "generation", "action": "delay", "delay_s": 60})
    process = asked.start("run", "--from", GOLDEN_DAY)
    wait_until_asked(asked, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    set_faults(asked.base_url)

    done = asked.command("run", "--from", GOLDEN_DAY)
    assert done.returncode == 1
    assert "OUTCOME_UNKNOWN" in done.stdout
    assert asked.query("select distinct state, code from transcription_tasks") == [("unknown", "ANSWER_LOST")]
    healed = asked.command("retry", "--from", GOLDEN_DAY, "--yes")
    assert healed.returncode == 0, healed.stderr
    assert "may have been billed before" in healed.stdout
    assert asked.query("select distinct status from calls") == [("ok",)]


@pytest.mark.process
def test_ctrl_c_keeps_the_answers_that_are_on_their_way(asked: Pipeline) -> None:
    set_faults(asked.base_url, {"endpoint": "generation", "action": "delay", "delay_s": 8})
    process = asked.start("run", "--from", GOLDEN_DAY)
    wait_until_asked(asked, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONG_S)
    assert process.returncode == 130, (out, err)
    assert "Traceback" not in err
    once = asked.usage()
    set_faults(asked.base_url)
    run_steps(asked, GOLDEN_DAY)
    assert asked.usage() == once
    assert once.seconds > 0
    assert rows(asked, "select distinct status from calls") == [("ok",)]

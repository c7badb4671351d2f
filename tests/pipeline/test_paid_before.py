"""A language that arrives after the run: shown with its price, never billed without a word."""

from __future__ import annotations

import json
import os

import pytest

from tests.pipeline.harness import GOLDEN_DAY, LONG_AGO, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.serving import SAMPLES


@pytest.mark.whole_run
def test_metadata_alone_sends_nothing_that_is_paid(pipeline: Pipeline) -> None:
    pipeline.land(SAMPLES / GOLDEN_DAY / "c0101.mp3", f"{GOLDEN_DAY}/c0101.mp3")
    run_steps(pipeline, GOLDEN_DAY)
    once, told = pipeline.usage(), rows(pipeline, "select text from sentences order by all")
    assert once.times == {1}

    sidecar = pipeline.landing / GOLDEN_DAY / "c0101.json"
    sidecar.write_text(json.dumps({"language": "zh", "agent_id": "a-chen"}), encoding="utf-8")
    os.utime(sidecar, (LONG_AGO, LONG_AGO))
    cost = pipeline.command("cost", "--from", GOLDEN_DAY)
    assert any(line.startswith("asked otherwise now") and " 2 " in line for line in cost.stdout.splitlines())
    assert next(line for line in cost.stdout.splitlines() if line.startswith("to be sent")).split()[3] == "0"
    done = pipeline.run(GOLDEN_DAY)
    waits = "2 channels are paid for and would be asked otherwise now (language zh, unknown before): c0101"
    assert waits in done.stderr
    assert pipeline.usage() == once
    assert pipeline.query("select status, agent_id from calls") == [("ok", "a-chen")], "the rest of the metadata counts"
    assert pipeline.query("select text from sentences order by all") == told
    assert "asked otherwise now (language zh, unknown before): c0101" in pipeline.command("status").stdout

    nothing = pipeline.command("retry", "--from", GOLDEN_DAY, "--yes")
    assert "Nothing to retry" in nothing.stdout
    word = pipeline.command("retry", "--changed", "--from", GOLDEN_DAY, "--yes")
    assert word.returncode == 0, word.stderr
    assert pipeline.usage().times == {2}
    assert "asked otherwise now" not in pipeline.command("status").stdout
    run_steps(pipeline, GOLDEN_DAY)
    assert pipeline.usage().times == {2}
    asked = pipeline.command("sql", "--question", "was_any_channel_billed_twice", "--format", "jsonl")
    assert asked.stdout == "", "a person wanted it"


@pytest.mark.chaos  # metadata that change, and nothing is paid again: the test above
def test_a_transcribed_call_stays_published_while_its_metadata_is_faulty(ran: Pipeline) -> None:
    before, once = ran.tables(), ran.usage()
    sidecar = ran.landing / GOLDEN_DAY / "c0101.json"
    good = sidecar.read_text(encoding="utf-8")
    sidecar.write_text(good.replace('"agent_channel": 0', '"agent_channel": 7'), encoding="utf-8")
    os.utime(sidecar, (LONG_AGO, LONG_AGO))
    done = ran.run(GOLDEN_DAY)
    assert "what was transcribed and published of it stays as it was" in done.stderr
    assert (ran.tables(), ran.usage()) == (before, once)
    [(call_id, reason)] = ran.query("select call_id, stale_reason from calls where stale_reason is not null")
    assert call_id == "c0101"
    assert "agent_channel" in reason
    assert "as transcribed before: c0101" in ran.command("status").stdout
    sidecar.write_text(good, encoding="utf-8")
    os.utime(sidecar, (LONG_AGO, LONG_AGO))
    ran.run(GOLDEN_DAY)
    assert ran.tables() == before
    assert ran.query("select count(*) from calls where stale_reason is not null") == [(0,)]

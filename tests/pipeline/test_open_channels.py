"""A day is published with what is there; what is open is named wherever people look, and paid once."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.commands import summary
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.serving import SAMPLES, set_faults

LATE = SAMPLES / GOLDEN_DAY / "c0104.m4a"


def statuses(pipeline: Pipeline) -> dict[str, tuple[str, str | None]]:
    rows = pipeline.query("select call_id, status, status_reason from calls")
    return {call_id: (status, reason) for call_id, status, reason in rows}


@pytest.mark.chaos  # shorter in tests/wire/test_runs.py
def test_a_task_that_does_not_end_holds_up_nobody_and_is_published_when_it_has(small: Pipeline) -> None:
    late = small.landing / GOLDEN_DAY / LATE.name
    late.unlink()
    small.run(GOLDEN_DAY)
    small.land(LATE, f"{GOLDEN_DAY}/{LATE.name}")
    set_faults(small.base_url, task_latency_s=[6.0, 6.0])
    small.settings["QA_TASK_TIMEOUT_S"] = "0.3"
    done = small.command("run", "--from", GOLDEN_DAY)
    assert done.returncode == 1
    assert "Open: 2 channels; what has come is published" in done.stdout
    sent = r"c0104 channel 0  sent (just now|\d+ min ago)  the service has not ended its task"
    assert re.search(sent, done.stdout)
    assert "✗ check every_channel_came_to_its_end of transcriptions failed: channels_remaining 2" in done.stderr
    assert statuses(small) == {
        "c0101": ("ok", None),
        "c0104": ("failed", "STILL_OPEN"),
        "c0108": ("ok", None),
    }
    [(message,)] = small.query("select status_message from calls where call_id = 'c0104'")
    assert message.startswith("agent (channel 0) and customer (channel 1): the service has not ended its task ")
    status = small.command("status").stdout
    assert f"work remains for {GOLDEN_DAY} to {GOLDEN_DAY}: run that range again" in status
    assert f"{GOLDEN_DAY}  c0104 channel 1  sent " in status
    assert "Open      1 call with STILL_OPEN: c0104; run their days again" in status
    doctor = small.command("doctor").stdout
    assert "2 channels not at the end, the oldest: c0104 channel 0, sent " in doctor

    del small.settings["QA_TASK_TIMEOUT_S"]
    small.run(GOLDEN_DAY)
    assert set(statuses(small).values()) == {("ok", None)}
    assert small.usage().times == {1}
    assert "work remains" not in small.command("status").stdout


def test_ages_and_reasons_of_open_channels_are_lines_of_their_own() -> None:
    channel = {"call_id": "c1", "channel_id": 1, "state": "planned", "since": 0.0, "reason": "not sent yet"}
    which, age, reason = summary.open_line(channel)
    assert (which, reason) == ("c1 channel 1", "not sent yet")
    assert age.startswith("planned ")
    assert age.endswith("days ago")

"""Whole runs under reported shapes: what is published, how the command ends, and what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dashscope.scripted_service import Answer
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.serving import SAMPLES
from tests.wire.service import BASE_URL, GATEWAY_503, CountingService, Strike, edited, error

FAST = {"QA_REQUESTS_PER_MINUTE": "6000", "QA_SUBMIT_BURST": "50", "QA_POLL_INTERVAL_S": "0.05"}


@pytest.fixture
def night(service: CountingService, tmp_path: Path) -> Pipeline:
    """Three calls, six channels, and a key of the paid service."""
    (tmp_path / "landing").mkdir()
    settings = {**FAST, "DASHSCOPE_API_KEY": "sk-wire", "QA_RECONCILE_GRACE_S": "0.1", **service.environment}
    pipeline = Pipeline(tmp_path / "home", tmp_path / "landing", BASE_URL, settings)
    for name in ("c0101.mp3", "c0104.m4a", "c0108.opus"):
        for source in (SAMPLES / GOLDEN_DAY / name, (SAMPLES / GOLDEN_DAY / name).with_suffix(".json")):
            pipeline.land(source, f"{GOLDEN_DAY}/{source.name}")
    return pipeline


def statuses(night: Pipeline) -> dict[str, str]:
    return dict(night.query("select call_id, status from calls order by all"))


def settled(night: Pipeline) -> set[str]:
    """The statuses of the calls once the day is done again."""
    run_steps(night, GOLDEN_DAY)
    return {status for (status,) in rows(night, "select status from calls")}


def said(text: str) -> str:
    """What a person reads, on one line."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.whole_run
def test_a_gateways_503_after_the_work_was_taken_costs_nothing_and_ends_well(
    night: Pipeline, service: CountingService
) -> None:
    service.strikes = [Strike("submit", GATEWAY_503, of="c0101")]
    done = night.run(GOLDEN_DAY)
    assert (service.count("submit"), service.bills.twice) == (6, {})
    assert set(service.bills.by_channel.values()) == {1}
    assert set(statuses(night).values()) == {"ok"}
    [[billed_s]] = night.query("select sum(billed_s) from transcription_tasks")
    assert billed_s == 3 * len(service.bills.by_channel), "the run says what the service billed"
    assert "is complete" in said(done.stdout)


@pytest.mark.whole_run
def test_a_doubt_about_one_channel_leaves_the_others_published_and_is_settled_later(
    night: Pipeline, service: CountingService
) -> None:
    renamed = edited(lambda document: {**document, "file_url": "https://internal.example/7f.wav"})
    service.strikes = [
        Strike("submit", GATEWAY_503, of="c0101", channel=0),
        Strike("result", renamed, of="c0101", channel=0),
    ]
    done = night.command("run", "--from", GOLDEN_DAY)
    assert done.returncode == 1
    assert "OUTCOME_UNKNOWN" in said(done.stdout)
    assert sorted(statuses(night).values()) == ["ok", "ok", "partial"]
    service.strikes = []
    assert settled(night) == {"ok"}
    assert (service.count("submit"), service.bills.twice) == (6, {})


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("strike", "sentence"),
    [
        pytest.param(
            Strike("submit", error(400, "InvalidParameter", "Model not exist."), takes=False),
            "check the model name",
            id="no such model",
            marks=pytest.mark.chaos,
        ),
        pytest.param(
            Strike("task", fails=("Arrearage", "Access denied")),
            "settle the account's bill in the console",
            id="arrears",
            marks=pytest.mark.chaos,
        ),
        pytest.param(
            Strike("submit", error(400, "InvalidParameter", "language is not supported"), takes=False),
            "gave 3 recordings the same refusal and took none: InvalidParameter: language is not supported",
            id="equal refusals",
        ),
    ],
)
def test_a_run_that_is_halted_says_why_and_the_next_one_pays_once(
    night: Pipeline, service: CountingService, strike: Strike, sentence: str
) -> None:
    service.strikes = [strike]
    done = night.command("run", "--from", GOLDEN_DAY)
    assert done.returncode == 1
    assert sentence in said(done.stdout + done.stderr)
    assert service.bills.by_channel == {}
    service.strikes = []
    assert settled(night) == {"ok"}
    assert set(service.bills.by_channel.values()) == {1}


RUNNING = edited(lambda document: {**document, "output": {**document["output"], "task_status": "RUNNING"}})
NOT_ENDED = {
    "running for ever": (Strike("query", RUNNING, of="c0101", channel=0), "the service has not ended its task"),
    "a query nobody can read": (
        Strike("query", Answer(body=b"<html>busy</html>"), of="c0101", channel=0),
        "the service's answer about its task .* cannot be used",
    ),
    "a query that is refused": (Strike("query", error(500, "InternalError"), of="c0101", channel=0), "InternalError"),
}


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("strike", "reason"),
    [
        pytest.param(*asked, id=name, marks=() if name == "running for ever" else pytest.mark.chaos)
        for name, asked in NOT_ENDED.items()
    ],
)
def test_a_task_that_does_not_end_is_named_and_the_others_are_published(
    night: Pipeline, service: CountingService, strike: Strike, reason: str
) -> None:
    night.settings["QA_OPEN_TASK_PATIENCE_S"] = "1"
    service.strikes = [strike]
    done = night.command("run", "--from", GOLDEN_DAY)
    assert done.returncode == 1
    assert "Open: 1 channel; what has come is published" in said(done.stdout), done.stdout + done.stderr
    assert re.search(rf"c0101 channel 0 sent (just now|\d+ min ago) .*{reason}", said(done.stdout))
    assert done.stderr.count("✗") == 1, done.stderr
    assert sorted(statuses(night).values()) == ["ok", "ok", "partial"]
    service.strikes = []
    assert settled(night) == {"ok"}
    assert (service.count("submit"), service.bills.twice) == (6, {})

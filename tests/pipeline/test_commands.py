"""The commands a user types, on one day of sample calls: demo, cost, status, retry, and what goes wrong."""

from __future__ import annotations

import datetime as dt
import os
import threading
from pathlib import Path

import pytest

from qa_pipeline.commands.retry import consecutive
from qa_pipeline.recordings.days import DayRange
from tests.outbox.receivers import web_receiver
from tests.pipeline.harness import Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.serving import SAMPLES, running_service, set_faults

DAY = "2025-09-01"
FAILS = {"endpoint": "task", "action": "fail_task", "code": "DECODE_ERROR"}


@pytest.mark.process
def test_the_demo_lands_everything_and_a_second_one_sends_nothing(pipeline: Pipeline) -> None:
    pipeline.in_process = False
    first = pipeline.command("demo")
    assert first.returncode == 0, first.stderr
    assert "29 ok, 1 partial" in first.stdout
    assert "Quarantined" in first.stdout
    assert "duplicate_audio" in first.stdout
    assert "make up" in first.stdout
    assert "at list price" in first.stdout
    assert "local reference" in first.stdout, "every place that shows a transcript says which engine made it"
    emotions = {row[0] for row in pipeline.query("select distinct emotion from emotions")}
    assert emotions == {"surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful"}

    pipeline.in_process = True
    again = pipeline.command("demo")
    assert again.returncode == 0, again.stderr
    assert "nothing was sent to be transcribed again" in again.stdout


@pytest.mark.chaos
@pytest.mark.whole_run
def test_cost_knows_what_the_run_was_billed(ran: Pipeline) -> None:
    new = Pipeline(ran.home.with_name("new"), ran.landing, ran.base_url)
    before = new.command("cost", "--from", DAY)
    assert before.returncode == 0, before.stderr
    assert "to be sent" in before.stdout
    after = ran.command("cost", "--from", DAY)
    paid = next(line for line in after.stdout.splitlines() if line.startswith("paid for already"))
    assert f"{ran.usage().seconds:,.0f}" in paid
    to_send = next(line for line in after.stdout.splitlines() if line.startswith("to be sent"))
    assert to_send.split()[-3:] == ["0", "0", "0.0000"]


def test_cost_of_the_paid_service_is_known_without_asking_it(pipeline: Pipeline) -> None:
    pipeline.land_sample_day(DAY)
    pipeline.base_url = "https://dashscope-intl.aliyuncs.com/api/v1"
    pipeline.settings["DASHSCOPE_API_KEY"] = "sk-none"
    done = pipeline.command("cost", "--from", DAY)
    assert done.returncode == 0, done.stderr
    assert "singapore at US$ 0.000035 per channel-second" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("to be sent")).split()
    seconds, cost = float(line[-2].replace(",", "")), float(line[-1])
    assert cost == pytest.approx(seconds * 0.000035, abs=0.0001)


def test_a_range_that_cannot_be_is_refused(pipeline: Pipeline) -> None:
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()
    for arguments, said in (
        *(((name, "--from", "2025-09-02", "--to", "2025-09-01"), "swap them") for name in ("run", "cost", "retry")),
        (("run", "--from", "2001-01-01"), "QA_START_DATE"),
        (("run", "--from", tomorrow), "no calls can be there yet"),
        (("run", "--from", "yesterday"), "yesterday"),
    ):
        done = pipeline.command(*arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_missing_landing_zone_is_named(pipeline: Pipeline) -> None:
    pipeline.landing.rmdir()
    done = pipeline.command("run", "--from", DAY)
    assert done.returncode == 1
    assert str(pipeline.landing) in done.stderr
    assert "QA_RECORDINGS" in done.stderr


ALERTS = """since: 2025-09-01
channels:
  - {id: leads, kind: webhook, url_env: QA_ALERT_URL}
causes:
  - {kind: failed_run}
  - {kind: share, count: failed, at_least: 0.2, min_n: 1}
routes:
  - {to: [leads]}
"""


def test_a_run_that_fails_is_told_where_alerts_ask_for_it(pipeline: Pipeline) -> None:
    pipeline.landing.rmdir()
    pipeline.home.mkdir(exist_ok=True)
    (pipeline.home / "alerts.yaml").write_text(ALERTS, encoding="utf-8")
    with web_receiver() as receiver:
        pipeline.settings["QA_ALERT_URL"] = receiver.url
        assert pipeline.command("run", "--from", DAY).returncode == 1
        [got] = receiver.got
    [cause] = got.body["causes"]
    assert (cause["kind"], cause["call_date"], cause["facts"]["steps"]) == ("failed_run", DAY, ["calls"])
    assert str(pipeline.landing) not in str(got.body), "what a step said is told to nobody"


@pytest.mark.whole_run
def test_a_refused_key_stops_the_run_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    with running_service(tmp_path / "service", api_key="right") as base_url:
        pipeline = Pipeline(tmp_path / "home", tmp_path / "landing", base_url, {"DASHSCOPE_API_KEY": "wrong"})
        pipeline.land(SAMPLES / DAY / "c0101.mp3", f"{DAY}/c0101.mp3")
        done = pipeline.command("run", "--from", DAY)
        assert done.returncode == 1
        assert "InvalidApiKey" in done.stderr
        assert "Traceback" not in done.stderr
        pipeline.settings["DASHSCOPE_API_KEY"] = "right"
        run_steps(pipeline, DAY)
        assert rows(pipeline, "select status from calls") == [("ok",)]


@pytest.mark.whole_run
def test_failed_channels_are_told_once_and_retried_on_a_persons_word_only(small: Pipeline) -> None:
    small.land(SAMPLES / DAY / "c0103.mp3", f"{DAY}/[red]c1.mp3")
    set_faults(small.base_url, FAILS | {"times": 2, "file_pattern": "*red*"})
    small.home.mkdir(exist_ok=True)
    (small.home / "alerts.yaml").write_text(ALERTS, encoding="utf-8")
    with web_receiver() as receiver:
        small.settings["QA_ALERT_URL"] = receiver.url
        _fail_and_go_on(small)
        [got] = receiver.got
        assert got.body["title"] == "QA · High: 25% of calls failed (1 of 4)", "told by its run, not again by the next"
        _retry(small)


def _fail_and_go_on(small: Pipeline) -> None:
    done = small.command("run", "--from", DAY)
    assert done.returncode == 1, "too many failed"
    assert "failed_share_is_acceptable" in done.stderr
    assert "[red]c1  DECODE_ERROR" in done.stdout, "a name that looks like markup is printed as it is"
    statuses = dict(small.query("select status, count(*) from calls group by all"))
    assert statuses == {"failed": 1, "ok": 3}, "the day is published all the same"
    assert small.query("select status_reason from calls where status = 'failed'") == [("DECODE_ERROR",)]
    billed = small.usage().seconds
    small.settings["QA_MAX_FAILED_SHARE"] = "0.5"
    small.run(DAY)
    assert small.usage().seconds == billed, "a failed channel was sent again unasked"


def _retry(small: Pipeline) -> None:
    small.land(SAMPLES / DAY / "c0102.opus", f"{DAY}/c0102.opus")
    billed = small.usage().seconds
    asked = small.command("retry")
    assert "also sends 2 channels that were not sent yet" in asked.stdout
    assert small.usage().seconds == billed, "something was sent without a yes"
    done = small.command("retry", "--call", "[red]c1", "--yes")
    assert done.returncode == 0, done.stderr
    assert "[red]c1" in done.stdout
    assert "2 channels" in done.stdout
    assert small.query("select distinct status from calls") == [("ok",)]
    assert small.command("retry", "--yes").stdout.startswith("Nothing to retry")


def test_only_the_days_of_retried_calls_are_run() -> None:
    days = [dt.date(2025, 9, day) for day in (3, 1, 2, 7, 7)]
    assert consecutive(days) == [
        DayRange(dt.date(2025, 9, 1), dt.date(2025, 9, 3)),
        DayRange(dt.date(2025, 9, 7), dt.date(2025, 9, 7)),
    ]


@pytest.mark.whole_run
def test_recordings_served_over_http_need_no_upload(pipeline: Pipeline, http_folder: str) -> None:
    for name in ("c0101.mp3", "c0108.opus"):
        pipeline.land(SAMPLES / DAY / name, f"{DAY}/{name}")
    pipeline.settings |= {"QA_AUDIO_URLS": "http", "QA_AUDIO_BASE_URL": http_folder}
    run_steps(pipeline, DAY)
    assert rows(pipeline, "select status from calls") == [("ok",), ("ok",)]


@pytest.mark.whole_run
def test_a_call_in_todays_folder_with_an_older_date_lands_in_its_own_day(pipeline: Pipeline) -> None:
    pipeline.land(SAMPLES / "2025-09-01" / "c0101.mp3", "2025-09-05/late.mp3")
    sidecar = pipeline.landing / "2025-09-05" / "late.json"
    sidecar.write_text('{"started_at": "2025-09-02T10:00:00Z", "agent_id": "a-chen"}', encoding="utf-8")
    run_steps(pipeline, "2025-09-02")
    assert rows(pipeline, "select call_id, call_date from calls") == [("late", dt.date(2025, 9, 2))]
    pipeline.run("2025-09-05")
    assert pipeline.query("select call_id, call_date from calls") == [("late", dt.date(2025, 9, 2))]


@pytest.mark.whole_run
def test_status_says_what_is_published_and_what_waits(ran: Pipeline) -> None:
    empty = Pipeline(ran.home.with_name("new"), ran.landing, ran.base_url).command("status")
    assert empty.returncode == 0
    assert "none yet" in empty.stdout
    full = ran.command("status")
    assert DAY in full.stdout
    assert "parsed" in full.stdout


@pytest.mark.whole_run
def test_cost_counts_recordings_that_were_copied_a_moment_ago(pipeline: Pipeline) -> None:
    os.utime(pipeline.land(SAMPLES / DAY / "c0101.mp3", f"{DAY}/c0101.mp3"))
    pipeline.settings["QA_SETTLE_S"] = "2"
    done = pipeline.command("cost", "--from", DAY)
    assert next(line for line in done.stdout.splitlines() if line.startswith("to be sent")).split()[3] == "2"
    assert done.stderr == (
        "note: 1 recording was not listened to yet; a run does so first, and sends no silent or duplicate channels\n"
    )


def test_cost_names_what_it_could_not_count(pipeline: Pipeline) -> None:
    growing = pipeline.land(SAMPLES / DAY / "c0101.mp3", f"{DAY}/c0101.mp3")
    pipeline.settings["QA_SETTLE_S"] = "1"
    ended = threading.Event()

    def write_on() -> None:
        while not ended.wait(0.05):
            os.utime(growing)

    os.utime(growing)
    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        done = pipeline.command("cost", "--from", DAY)
    finally:
        ended.set()
        writer.join()
    assert next(line for line in done.stdout.splitlines() if line.startswith("to be sent")).split()[3] == "0"
    assert f"still being written: {DAY}/c0101.mp3" in done.stderr


@pytest.mark.parametrize("command", [("cost", "--from", DAY), ("run", "--from", DAY), ("status",), ("up",)])
def test_a_home_that_cannot_be_used_is_named_in_one_line(pipeline: Pipeline, command: tuple[str, ...]) -> None:
    pipeline.home.write_text("a file, where a folder is wanted", encoding="utf-8")
    done = pipeline.command(*command)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(pipeline.home) in done.stderr
    assert "check QA_HOME" in done.stderr


def test_a_ledger_that_is_no_database_is_explained_in_one_line(pipeline: Pipeline) -> None:
    pipeline.settings["QA_OPERATIONS_URL"] = f"sqlite:///{pipeline.landing}"
    done = pipeline.command("status")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "QA_OPERATIONS_URL" in done.stderr


@pytest.mark.whole_run
def test_a_run_says_what_is_odd_about_the_landing_zone_whatever_the_names_look_like(pipeline: Pipeline) -> None:
    nothing = pipeline.run(DAY)
    assert f"{pipeline.landing} holds no recordings of these days" in nothing.stderr
    long_id = "an-export-with-" + "a-very-long-name-" * 6
    pipeline.settings["COLUMNS"] = "80"
    pipeline.land(SAMPLES / DAY / "c0192.wav", f"{DAY}/{long_id}.wav")
    pipeline.land(SAMPLES / DAY / "c0190.wav", f"{DAY}/odd.wav")
    (pipeline.landing / DAY / "odd.json").write_text('{"direction": "[/b] [red]up"}', encoding="utf-8")
    (pipeline.landing / DAY / "calls.csv").write_text("call_id,agent_id\nghost,a-1\n", encoding="utf-8")
    odd = pipeline.run(DAY)
    assert "ghost" in odd.stderr
    assert "holds no recordings" not in odd.stderr
    assert "Traceback" not in odd.stderr
    assert "direction is '[/b] [red]up'; it must be" in odd.stdout
    line = next(line for line in odd.stdout.splitlines() if line.startswith(long_id))
    assert "has one channel" in line, "a long id must not push the sentence out"

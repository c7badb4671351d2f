"""Every kind of model in the pipeline, end to end: what lands, what is NULL, what reruns and changes of model cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qa_pipeline.local_service import FaultPlan, ServiceConfig
from qa_pipeline.service.local_process import start_local_service
from tests.pipeline.harness import SAMPLES, Pipeline, usage

DAY = "2025-09-01"
CALLS = ("c0101.mp3", "c0104.m4a", "c0108.opus")
"""Three of the sample day, in three codecs: six channels."""


@pytest.fixture
def service_url(tmp_path: Path) -> Iterator[str]:
    """A local service of this test's own that can be told to misbehave."""
    config = ServiceConfig(
        state_dir=tmp_path / "service",
        references=(SAMPLES,),
        submits_per_minute=6000,
        queries_per_second=200,
        faults=FaultPlan(),
        allow_faults=True,
    )
    with start_local_service(config) as service:
        yield service.base_url


@pytest.fixture
def day(pipeline: Pipeline) -> Pipeline:
    """Three calls with their metadata."""
    for name in CALLS:
        for source in (SAMPLES / DAY / name, (SAMPLES / DAY / name).with_suffix(".json")):
            pipeline.land(source, f"{DAY}/{source.name}")
    return pipeline


def billed(service_url: str) -> float:
    return float(usage(service_url)["billed_seconds"])


def test_models_that_answer_at_once_and_fun_asr_leave_nulls_and_a_change_of_model_is_new_work(
    day: Pipeline, service_url: str
) -> None:
    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    day.run(DAY)
    first, once = day.tables(), billed(service_url)
    assert day.query("select distinct status from calls") == [("ok",)]
    counted = "count(*), count(text), count(language), count(emotion), count(speech_s)"
    assert day.query(f"select {counted} from transcripts") == [(6, 6, 6, 6, 0)]
    assert day.query("select count(*), count(begin_ms), count(end_ms), count(words) from sentences") == [(6, 0, 0, 0)]
    assert day.query("select count(*), count(speech_s), sum(share) from emotions") == [(6, 0, 6.0)]
    tasks = day.query("select distinct state, task_id, engine, model_reason from transcription_tasks")
    assert tasks == [("parsed", None, "local reference", "the setting")]
    paths = [day.home / "raw" / path for (path,) in day.query("select raw_path from transcription_tasks")]
    assert all(json.loads(path.read_bytes())["output"]["choices"] for path in paths)
    assert not list((day.home / "cuts").rglob("*.wav"))
    assert day.query("select sum(billed_s) from transcription_tasks")[0][0] == once

    day.settings["QA_MODEL"] = "fun-asr"
    changed = "6 channels were answered by qwen3-asr-flash before, and fun-asr is asked now: this is new work"
    assert changed in day.command("cost", "--from", DAY).stderr
    assert billed(service_url) == once, "a forecast costs nothing"
    done = day.run(DAY)
    assert changed in done.stderr
    assert "Emotions  fun-asr gives no emotions" in done.stdout
    timed = day.query("select count(*) = count(begin_ms), count(emotion), count(language) from sentences")
    assert timed == [(True, 0, 0)]
    assert day.query("select count(*), count(emotion), min(speech_s) > 0 from transcripts") == [(6, 0, True)]
    assert day.query("select count(*) from emotions") == [(0,)]
    twice, spoken_s = billed(service_url), day.query("select sum(ceil(speech_s)) from transcripts")[0][0]
    assert 0 < twice - once <= spoken_s + 6, "this model bills speech, not silence"

    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    back = day.run(DAY)
    assert "nothing was sent to be transcribed again" in back.stdout
    assert "new work" not in back.stderr
    assert (day.tables(), billed(service_url)) == (first, twice)


def test_auto_mixes_models_and_says_why_and_one_model_sets_aside_what_it_does_not_take(
    day: Pipeline, service_url: str, tmp_path: Path
) -> None:
    day.land(make_long(SAMPLES / DAY / "c0101.mp3", tmp_path / "long.wav", over_s=301), f"{DAY}/c0999.wav")
    day.settings |= {"QA_MODEL": "auto", "QA_ENABLE_WORDS": "false", "QA_MAX_FAILED_SHARE": "1"}
    forecast = day.command("cost", "--from", DAY)
    assert "6 channels qwen3-asr-flash: up to 5 min and no word times asked: answered at once" in forecast.stdout
    assert "2 channels qwen3-asr-flash-filetrans: sentence times, language and emotion" in forecast.stdout
    done = day.command("run", "--from", DAY)
    assert "Model     6 channels qwen3-asr-flash: up to 5 min and no word times asked" in done.stdout
    asked = day.query("select distinct model, model_reason from transcription_tasks order by all")
    assert [model for model, _ in asked] == ["qwen3-asr-flash"] * 3 + ["qwen3-asr-flash-filetrans"]
    assert all("answered at once" in reason for _, reason in asked[:3])
    assert asked[3][1].endswith("sentence times, language and emotion for recordings up to 12 h")
    # Nobody wrote a transcript of the long one, and the local service says so: it was asked of the right model.
    assert day.query("select call_id from calls where status <> 'ok'") == [("c0999",)]

    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    day.run(DAY)
    [(reason, message)] = day.query("select status_reason, status_message from calls where status = 'quarantined'")
    assert reason == "too_long"
    assert "qwen3-asr-flash takes 5 min; set QA_MODEL to qwen3-asr-flash-filetrans or fun-asr" in message


def make_long(source: Path, target: Path, *, over_s: float) -> Path:
    """The recording repeated until it is longer than that, as a stereo WAV."""
    import wave

    import numpy as np

    from qa_pipeline.audio.decoding import decode_blocks
    from qa_pipeline.audio.probing import probe

    rate = probe(source).sample_rate
    once = np.concatenate(list(decode_blocks(source)), axis=1)
    with wave.open(str(target), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        for _ in range(int(over_s * rate / once.shape[1]) + 1):
            out.writeframes(np.ascontiguousarray(once.T).tobytes())
    return target


def test_settings_that_contradict_the_model_end_with_2_and_start_nothing(day: Pipeline) -> None:
    day.settings |= {"QA_MODEL": "fun-asr", "QA_ENABLE_ITN": "true"}
    for command in ("run", "cost"):
        done = day.command(command, "--from", DAY)
        assert done.returncode == 2, done.stderr
        assert "QA_ENABLE_ITN and QA_MODEL do not go together" in done.stderr
    assert not (day.home / "dagster").exists()


def test_a_language_that_the_model_cannot_be_asked_for_costs_its_call_only(day: Pipeline, service_url: str) -> None:
    sidecar = day.landing / DAY / "c0104.json"
    sidecar.write_text(json.dumps({"call_id": "c0104", "started_at": f"{DAY}T09:00:00Z", "language": "uk"}))
    os.utime(sidecar, (1_757_000_000, 1_757_000_000))
    day.settings |= {"QA_MODEL": "fun-asr", "QA_MAX_FAILED_SHARE": "0.5"}
    done = day.command("run", "--from", DAY)
    assert done.returncode == 0, done.stderr
    [(status, reason, message)] = day.query(
        "select status, status_reason, status_message from calls where call_id = 'c0104'"
    )
    assert (status, reason) == ("failed", "LANGUAGE_NOT_TAKEN")
    assert "fun-asr takes no language 'uk'" in message
    assert day.query("select count(*) from transcription_tasks") == [(4,)]


# -- between question and answer --------------------------------------------------------------------------------------


def fault(service_url: str, *rules: dict[str, object]) -> None:
    root = service_url.removesuffix("/api/v1")
    httpx.post(f"{root}/_local/faults", json={"rules": list(rules)}, trust_env=False).raise_for_status()


def wait_until_asked(day: Pipeline, process: subprocess.Popen[str]) -> None:
    """Until the ledger says that a question is on its way."""
    import sqlite3

    ledger = day.home / "operations.sqlite"
    deadline = time.monotonic() + 120
    while True:
        assert time.monotonic() < deadline, "nothing was asked in two minutes"
        assert process.poll() is None, process.communicate()
        if ledger.exists():
            with sqlite3.connect(ledger) as connection:
                tables = connection.execute("select count(*) from sqlite_master where name = 'transcription_units'")
                if tables.fetchone()[0]:
                    asked = connection.execute("select count(*) from transcription_units where state = 'sending'")
                    if asked.fetchone()[0] == 6:
                        return
        time.sleep(0.05)


def test_a_run_killed_between_question_and_answer_leaves_unknown_ones_that_retry_heals(
    day: Pipeline, service_url: str
) -> None:
    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    fault(service_url, {"endpoint": "generation", "action": "delay", "delay_s": 60})
    process = day.start("run", "--from", DAY)
    wait_until_asked(day, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    fault(service_url)

    done = day.command("run", "--from", DAY)
    assert done.returncode == 1
    assert "OUTCOME_UNKNOWN" in done.stdout
    assert day.query("select distinct state, code from transcription_tasks") == [("unknown", "ANSWER_LOST")]
    healed = day.command("retry", "--from", DAY, "--yes")
    assert healed.returncode == 0, healed.stderr
    assert "may have been billed before" in healed.stdout
    assert day.query("select distinct status from calls") == [("ok",)]


def test_ctrl_c_keeps_the_answers_that_are_on_their_way(day: Pipeline, service_url: str) -> None:
    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    fault(service_url, {"endpoint": "generation", "action": "delay", "delay_s": 2})
    process = day.start("run", "--from", DAY)
    wait_until_asked(day, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "Traceback" not in err
    once = billed(service_url)
    fault(service_url)
    day.run(DAY)
    assert billed(service_url) == once > 0
    assert day.query("select distinct status from calls") == [("ok",)]


# -- context and another answer ---------------------------------------------------------------------------------------


def test_a_changed_glossary_costs_nothing_until_another_answer_is_asked_for(
    day: Pipeline, service_url: str, tmp_path: Path
) -> None:
    glossary = tmp_path / "terms.md"
    glossary.write_text("科万 Kevan", encoding="utf-8")
    day.settings |= {"QA_MODEL": "qwen3-asr-flash", "QA_CONTEXT": str(glossary)}
    day.run(DAY)
    once = billed(service_url)
    first = day.query("select distinct context_sha256 from transcription_tasks")
    assert len(first) == 1
    assert first[0][0] is not None

    glossary.write_text("科万 Kevan 1026", encoding="utf-8")
    day.run(DAY)
    assert billed(service_url) == once

    again = day.command("retry", "--again", "--from", DAY, "--call", "c0101", "--yes")
    assert again.returncode == 0, again.stderr
    assert "2 of them were answered and paid for: sending them again pays again" in again.stdout
    assert billed(service_url) > once
    hashes = day.query(
        "select attempt, asked_again, count(*), any_value(context_sha256) <> ? from transcription_tasks group by all "
        "order by all",
        first[0][0],
    )
    assert hashes == [(1, False, 6, False), (2, True, 2, True)]
    assert day.query("select count(*) from transcripts") == [(6,)]
    assert "--call" in day.command("retry", "--again").stderr


def test_omni_is_asked_with_a_prompt_and_its_stream_is_kept(day: Pipeline, service_url: str) -> None:
    day.settings["QA_MODEL"] = "qwen3-omni-flash"
    day.run(DAY)
    rows = day.query("select count(*), count(text), count(language), count(emotion), count(speech_s) from transcripts")
    assert rows == [(6, 6, 0, 0, 0)]
    paths = [path for (path,) in day.query("select raw_path from transcription_tasks")]
    assert all(path.endswith(".sse") for path in paths)
    assert b"data: [DONE]" in (day.home / "raw" / paths[0]).read_bytes()

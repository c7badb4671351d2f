"""`qa-pipeline transcribe`: one recording, printed; what can't be done is said before anything is sent."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from qa_pipeline.audio.decoding import cut_channel
from qa_pipeline.dispatch import results
from qa_pipeline.local_service import FaultPlan, FaultRule, ServiceConfig
from qa_pipeline.service.local_process import start_local_service
from tests.commands.conftest import Typed
from tests.serving import set_faults

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings"
CALL = SAMPLES / "2025-09-01" / "c0101.mp3"
SILENT_CUSTOMER = next(path for path in SAMPLES.rglob("*c0191*") if path.suffix != ".json")


def expected(path: Path) -> list[str]:
    document = json.loads(path.with_suffix(".transcript.json").read_text(encoding="utf-8"))
    return [transcript["text"] for transcript in document["transcripts"]]


def test_a_known_recording_is_printed_channel_by_channel(typed: Typed) -> None:
    done = typed("transcribe", CALL, "--format", "txt")
    assert done.code == 0
    assert done.out.splitlines() == expected(CALL)
    assert "made by local reference" in done.err


def test_of_a_recording_that_was_cut_off_what_is_there_is_transcribed_unless_it_is_to_be_set_aside(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(CALL.read_bytes()[: CALL.stat().st_size // 2])
    document = json.loads(CALL.with_suffix(".transcript.json").read_text(encoding="utf-8"))
    for transcript in document["transcripts"]:
        transcript["sentences"] = [said for said in transcript["sentences"] if said["end_time"] < 25_000]
        transcript["text"] = " ".join(said["text"] for said in transcript["sentences"])
    cut.with_suffix(".transcript.json").write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setenv("QA_LOCAL_REFERENCES", str(tmp_path))
    done = typed("transcribe", cut, "--format", "txt")
    assert done.code == 0, done.err
    assert done.out.splitlines() == expected(cut)
    assert "cut.mp3 promises 63." in done.err
    monkeypatch.setenv("QA_ON_TRUNCATED", "quarantine")
    refused = typed("transcribe", cut)
    assert (refused.code, refused.out) == (2, "")
    assert "the recorder was cut off" in refused.err


def test_one_channel_costs_and_shows_one_channel(known: Typed) -> None:
    done = known("transcribe", CALL, "--channel", "1")
    assert done.code == 0
    assert "Channel 1: 7 sentences" in done.out
    assert "Channel 0" not in done.out
    assert "angry" in done.out


def test_json_is_the_services_result(known: Typed) -> None:
    done = known("transcribe", CALL, "--format", "json")
    assert "made by local reference" in done.err, "the engine is named beside the verbatim result too"
    result = json.loads(done.out)
    assert [transcript["channel_id"] for transcript in result["transcripts"]] == [0, 1]
    assert result["file_url"].startswith("oss://")


def test_a_channel_without_speech_says_so_and_is_no_failure(known: Typed) -> None:
    done = known("transcribe", SILENT_CUSTOMER, "--channel", "1")
    assert done.code == 0
    assert "no speech was found" in done.err


def test_a_recording_nobody_knows_ends_with_the_reason(known: Typed, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.wav"
    cut_channel(CALL, 0, stranger)
    stranger.write_bytes(stranger.read_bytes()[:-2000] + bytes(2000))
    done = known("transcribe", stranger)
    assert done.code == 1
    assert "LOCAL_MODEL_NOT_INSTALLED" in done.err
    assert "stranger.wav" in done.err


def test_a_cut_channel_of_a_known_recording_is_known(known: Typed, tmp_path: Path) -> None:
    cut = tmp_path / "customer.wav"
    cut_channel(CALL, 1, cut)
    done = known("transcribe", cut, "--format", "txt")
    assert done.out.splitlines() == [expected(CALL)[1]]


def test_what_cannot_be_sent_is_said_first(typed: Typed, tmp_path: Path) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("not a recording at all, but notes", encoding="utf-8")
    for arguments, said in (
        ((tmp_path / "gone.wav",), "gone.wav"),
        ((text,), "not audio"),
        ((CALL, "--channel", "2"), "no channel 2"),
        (("ftp://example.org/a.wav",), "not an http(s) or oss URL"),
        ((CALL, "--language", "tlh"), "tlh"),
    ):
        done = typed("transcribe", *arguments)
        assert done.code == 2
        assert said in done.err
        assert "Traceback" not in done.err


def test_the_paid_service_is_asked_only_after_a_yes(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # nothing may leave this machine, whatever happens
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    done = typed("transcribe", CALL)
    assert done.code == 1
    assert "US$ 0.0041 at list price" in done.err
    assert "Nothing was sent." in done.out


def test_a_refused_key_is_named(known: Typed, service_url: str) -> None:
    refused = {"code": "InvalidApiKey", "message": "Invalid API-key provided."}
    set_faults(service_url, {"endpoint": "submit", "action": "status", "status": 401} | refused)
    done = known("transcribe", CALL)
    assert done.code == 1
    assert "InvalidApiKey" in done.err


def test_a_result_that_comes_second_is_printed_and_one_that_never_comes_is_named(
    known: Typed, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "ASKED_AGAIN_AFTER_S", (0.01,))
    page = {"endpoint": "result", "action": "status", "status": 200, "body": "<html>Sign in</html>"}
    set_faults(service_url, page | {"times": 1})
    assert known("transcribe", CALL, "--format", "txt").code == 0
    set_faults(service_url, page)
    done = known("transcribe", CALL, "--format", "txt")
    assert (done.code, done.out) == (1, "")
    assert "NOT_A_RESULT: what came is not a result: the result is not JSON" in done.err


def test_a_key_that_cannot_be_one_is_named_and_not_shown(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-01 23")
    done = typed("transcribe", CALL, "--yes")
    assert done.code == 2
    assert "DASHSCOPE_API_KEY has characters" in done.err
    assert "sk-01" not in done.err


def test_where_the_price_is_not_known_nothing_is_sent_unasked(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
    monkeypatch.setenv("QA_REGION", "hongkong")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    done = typed("transcribe", CALL)
    assert done.code == 2
    assert "known for the region 'hongkong'" in done.err


def test_a_local_service_that_cannot_start_is_told_in_one_line(typed: Typed, home: Path) -> None:
    home.mkdir()
    (home / "logs").mkdir()
    (home / "local_service").mkdir()
    (home / "local_service" / "local-service.sqlite").write_bytes(b"no database" * 1000)
    done = typed("transcribe", CALL)
    assert done.code == 1
    assert "the local service did not start" in done.err
    assert "Traceback" not in done.err


def test_what_was_said_cannot_steer_the_terminal(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(CALL, tmp_path / CALL.name)
    document = json.loads(CALL.with_suffix(".transcript.json").read_text(encoding="utf-8"))
    document["transcripts"][0]["sentences"][0]["text"] = "\x1b]0;owned\x07[bold]hello[/bold]"
    (tmp_path / f"{CALL.stem}.transcript.json").write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setenv("QA_LOCAL_REFERENCES", str(tmp_path))
    done = typed("transcribe", CALL, "--channel", "0")
    assert "\x1b" not in done.out
    assert "[bold]hello[/bold]" in done.out


@pytest.mark.process
def test_ctrl_c_says_what_the_service_goes_on_with(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = FaultPlan(task_latency_s=(600.0, 600.0), rules=(FaultRule("query", "delay"),))  # 0 s: it only counts
    with start_local_service(ServiceConfig(references=(SAMPLES,), faults=slow)) as service:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", service.base_url)
        with subprocess.Popen(
            [sys.executable, "-m", "qa_pipeline", "transcribe", str(CALL)],
            cwd=SAMPLES.parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            try:
                task_id = wait_for_task(service.base_url.removesuffix("/api/v1"))
                process.send_signal(signal.SIGINT)
                _, said = process.communicate(timeout=300)
            finally:
                process.kill()
    assert process.returncode == 130
    assert f"interrupted; the service has task {task_id} and may bill it" in said


def wait_for_task(root_url: str) -> str:
    """The first task of the service, once somebody has asked about it (so its sender knows of it)."""
    deadline = time.monotonic() + 300
    while not any(httpx.get(f"{root_url}/_local/faults", trust_env=False).json()["struck"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(httpx.get(f"{root_url}/_local/tasks", trust_env=False).json()["tasks"][0]["task_id"])

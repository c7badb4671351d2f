"""Health, usage and tasks for the operator; engine named everywhere; how the service is started and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline import __version__
from qa_pipeline.local_service import ConfigError, FaultPlan, FaultRule, ServiceConfig
from qa_pipeline.local_service.command_line import OPTIONS, UNTIL_UNUSED, _config, _parser, arguments_of, main
from qa_pipeline.local_service.config import API_KEY_VARIABLE, OPENAI_KEY_VARIABLE
from qa_pipeline.service.local_process import start_local_service

MODEL = "qwen3-asr-flash-filetrans"
ROOT = Path(__file__).resolve().parents[2]


def test_health_names_version_engine_recognizer_and_queue(api: Any, references: Path) -> None:
    health = api.local("/healthz")
    assert (health["status"], health["version"], health["engine"]) == ("ok", __version__, "local/reference")
    assert health["recognizer"]["folders"] == [str(references)]
    assert health["queue"] == {
        "concurrency": 8, "PENDING": 0, "RUNNING": 0, "SUCCEEDED": 0, "FAILED": 0, "CANCELED": 0,
    }  # fmt: skip
    assert MODEL in health["models"]


def test_every_answer_names_the_engine(api: Any, hotel: str) -> None:
    body = api.transcribe(hotel)
    for url in (f"{api.service.base_url}/tasks/x", body["output"]["result"]["transcription_url"]):
        assert httpx.get(url, trust_env=False).headers["x-qa-engine"] == "local/reference"


def test_tasks_shows_what_was_asked_and_what_came_of_it(api: Any, hotel: str) -> None:
    api.transcribe(hotel, channel_id=[1], language="en")
    failed = api.transcribe("ftp://x/a.wav")["output"]["task_id"]
    latest, first = api.local("/_local/tasks")["tasks"]
    assert (latest["task_id"], latest["state"]) == (failed, "FAILED")
    assert latest["files"][0]["code"] == "REQUEST_INVALID_FILE_URL_VALUE"
    assert (first["urls"], first["channel_ids"], first["language"], first["billed_s"]) == ([hotel], [1], "en", 2)
    assert len(api.local("/_local/tasks?limit=1")["tasks"]) == 1
    assert api.local("/_local/tasks?limit=0")["code"] == "InvalidParameter"


def test_the_benchmark_recognizer_says_that_it_made_it_up(start: Any, references: Path) -> None:
    api = start(recognizer="benchmark", references=())
    result = api.result(api.transcribe((references / "hold.wav").as_uri(), channel_id=[0, 1]))
    assert "nobody spoke" in result["transcripts"][1]["text"]
    assert result["transcripts"][0]["sentences"][-1]["end_time"] == 1200
    assert api.local("/healthz")["engine"] == "local/benchmark"


class TestConfig:
    @pytest.mark.parametrize(
        ("settings", "says"),
        [
            ({"host": "0.0.0.0"}, "API key"),
            ({"host": "example.org"}, "API key"),
            ({"api_key": " "}, "api_key"),
            ({"port": 70000}, "70000"),
            ({"concurrency": 0}, "concurrency"),
            ({"threads": -1}, "threads"),
            ({"submits_per_minute": 0}, "submits_per_minute"),
            ({"result_ttl_s": float("nan")}, "result_ttl_s"),
            ({"references": (Path("nowhere"),)}, "nowhere"),
            ({"source_folders": (Path("nowhere"),)}, "source_folders"),
            ({"state_dir": Path(__file__)}, "state_dir"),
            ({"recognizer": "shorthand"}, "reference"),
            ({"recognizer": "whisper"}, "QA_WHISPER_DIR or --whisper-dir"),
            ({"recognizer": "sense-voice"}, "QA_SENSE_VOICE_DIR or --sense-voice-dir"),
            ({"recognizer": "openai", "openai_model": "m"}, "QA_OPENAI_BASE_URL or --openai-base-url"),
            ({"recognizer": "openai", "openai_base_url": "http://x/v1"}, "QA_OPENAI_MODEL or --openai-model"),
            ({"openai_endpoint": "speech"}, "transcriptions, chat"),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_refused_with_the_settings_name(self, settings: dict[str, Any], says: str) -> None:
        with pytest.raises(ConfigError) as refused:
            ServiceConfig(**settings)
        assert says in str(refused.value)

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
    def test_loopback_needs_no_key(self, host: str) -> None:
        assert ServiceConfig(host=host).is_loopback

    def test_the_command_line_can_say_everything_the_config_can(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = ServiceConfig(
            host="::1", port=1234, api_key="sk-x", state_dir=tmp_path, references=(tmp_path, ROOT),
            recognizer="benchmark", sense_voice_dir=tmp_path, whisper_dir=tmp_path,
            openai_base_url="http://[::1]:8000/v1",
            openai_model="m", openai_endpoint="chat", openai_api_key="sk-y",
            concurrency=3, threads=4, submits_per_minute=5, queries_per_second=6,
            policies_per_second=7, result_ttl_s=8.5, upload_ttl_s=9.5, policy_ttl_s=10.5, max_file_bytes=11,
            max_duration_s=12.5, max_upload_bytes=13, source_hosts=("a", "b"), source_folders=(tmp_path,),
            allow_faults=True, faults=FaultPlan((FaultRule("submit", "status", nth=(2,)),), task_latency_s=(1, 2)),
        )  # fmt: skip
        defaults = ServiceConfig()
        assert [name for name in OPTIONS if getattr(config, name) == getattr(defaults, name)] == []
        monkeypatch.setenv(API_KEY_VARIABLE, "sk-x")
        monkeypatch.setenv(OPENAI_KEY_VARIABLE, "sk-y")
        assert not {"sk-x", "sk-y"} & set(arguments_of(config))
        assert _config(_parser().parse_args(arguments_of(config))) == config

    def test_the_defaults_need_no_arguments(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
        monkeypatch.delenv(OPENAI_KEY_VARIABLE, raising=False)
        assert arguments_of(ServiceConfig()) == []
        assert _config(_parser().parse_args([])) == ServiceConfig()


class TestCommandLine:
    def test_help_has_an_example_and_every_option(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        text = capsys.readouterr().out
        assert "example:" in text
        assert all(option in text for option, _ in OPTIONS.values())

    @pytest.mark.parametrize(
        "arguments",
        [["--host", "0.0.0.0"], ["--references", "nowhere"], ["--faults", "{"], ["--faults", "@nowhere"]],
        ids=str,
    )
    def test_wrong_use_ends_with_2_and_a_sentence(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
        assert main(arguments) == 2
        assert capsys.readouterr().err.startswith("local service: ")

    def test_a_taken_port_ends_with_1_and_names_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert main(["--port", str(port)]) == 1
        assert str(port) in capsys.readouterr().err

    def test_faults_can_come_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "plan.json").write_text('{"task_latency_s": [2, 6]}')
        options = _parser().parse_args(["--faults", f"@{tmp_path / 'plan.json'}"])
        assert _config(options).faults.task_latency_s == (2.0, 6.0)


class TestProcess:
    def run(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "qa_pipeline.local_service", *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )  # fmt: skip

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.process
    def test_it_says_where_it_listens_and_stops_in_order_on_a_signal(self, number: signal.Signals) -> None:
        with self.run() as process:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line.startswith("listening on http://127.0.0.1:")
            assert line.endswith("/api/v1")
            health = httpx.get(line.removeprefix("listening on ").removesuffix("/api/v1") + "/healthz", trust_env=False)
            assert health.status_code == 200
            process.send_signal(number)
            rest, errors = process.communicate(timeout=120)
            assert (process.returncode, rest, errors) == (0, "", "")

    @pytest.mark.process
    def test_it_ends_when_the_program_that_started_it_is_gone(self) -> None:
        with self.run(UNTIL_UNUSED, stdin=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.communicate(input="", timeout=120)
            assert process.returncode == 0

    @pytest.mark.process
    def test_it_ends_when_the_program_that_started_it_is_killed(self) -> None:
        program = (
            "import os\nfrom qa_pipeline.local_service import ServiceConfig\n"
            "from qa_pipeline.service.local_process import start_local_service\n"
            "with start_local_service(ServiceConfig()) as service:\n    os.kill(os.getpid(), 9)\n"
        )
        # The service writes its errors to the same pipe, which ends when the last of the two processes has ended.
        killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, timeout=60)
        assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")

    def test_a_temporary_folder_is_gone_after_a_proper_end(self, start: Any, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        with start_local_service(ServiceConfig()) as service:
            assert len(list(tmp_path.glob("qa-local-service-*"))) == 1
            assert service.pid != os.getpid()
        assert list(tmp_path.glob("qa-local-service-*")) == []

    def test_a_service_that_cannot_start_says_so(self, tmp_path: Path, references: Path) -> None:
        from qa_pipeline.local_service import StartFailed

        (tmp_path / "local-service.sqlite").write_bytes(b"something else" * 1000)
        with (
            (tmp_path / "log").open("w+") as log,
            pytest.raises(StartFailed),
            start_local_service(ServiceConfig(state_dir=tmp_path), log=log),
        ):
            pytest.fail("it started")
        assert "not a database" in (tmp_path / "log").read_text()

    def test_its_key_is_not_in_the_process_list(self) -> None:
        config = ServiceConfig(api_key="sk-very-secret", host="127.0.0.1")
        assert "sk-very-secret" not in " ".join(arguments_of(config))
        with start_local_service(config) as service:
            url = f"{service.base_url}/tasks/x"
            assert httpx.get(url, trust_env=False, headers={"Authorization": "Bearer x"}).status_code == 401
            good = {"Authorization": "Bearer sk-very-secret"}
            assert httpx.get(url, trust_env=False, headers=good).status_code == 200


def test_a_thousand_tasks_outstanding_are_all_answered_while_it_is_asked_about_them(start: Any, hotel: str) -> None:
    api = start(
        recognizer="benchmark", concurrency=1000, run_in="process",
        faults=FaultPlan(task_latency_s=(0.5, 1.0), seed=1),
    )  # fmt: skip
    waiting = [api.submit(hotel, channel_id=[index % 2]) for index in range(1000)]
    deadline = time.monotonic() + 300
    while waiting and time.monotonic() < deadline:
        states = [api.query(task_id)["output"]["task_status"] for task_id in waiting]
        assert set(states) <= {"RUNNING", "PENDING", "SUCCEEDED"}
        waiting = [task_id for task_id, state in zip(waiting, states, strict=True) if state != "SUCCEEDED"]
    assert waiting == []
    assert [row["count"] for row in api.local("/_local/usage")["by_channel"]] == [500, 500]

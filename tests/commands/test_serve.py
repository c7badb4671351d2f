"""`qa-pipeline serve`: one local service for a QA_HOME, found by clients, gone at the end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.service.access import ServiceUnavailable, local_health, reach_service
from qa_pipeline.service.local_process import local_service, running_service
from qa_pipeline.settings import load_settings
from tests.commands.conftest import Typed
from tests.local_service.tiny_sense_voice import write_weights

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "recordings"


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`qa-pipeline serve` in a process of its own, once it has said everything, and what it said."""
    with subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline", "serve", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            else:
                pytest.fail(f"it ended: {said}{process.stderr.read()}")
            yield process, said
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=300)


def base_url(said: str) -> str:
    found = re.search(r"DASHSCOPE_HTTP_BASE_URL=(\S+)", said)
    assert found, said
    return found[1]


def test_the_pipeline_finds_it_a_second_one_is_refused_and_ctrl_c_ends_it_leaving_no_note(
    typed: Typed, home: Path
) -> None:
    with serving() as (process, said):
        note = ServiceAddressFile.read(home / "local_service")
        assert note is not None
        assert (note.base_url, note.pid, note.api_key) == (base_url(said), process.pid, None)
        assert reach_service(load_settings()).endpoint.base_url == note.base_url
        assert str(SAMPLES) in said
        with local_service(load_settings()) as used:
            assert used == note
        assert running_service(home / "local_service") == note, "a run uses it and leaves it running"
        answer = typed("serve")
        assert answer.code == 1
        assert f"running already: {base_url(said)}, process {process.pid}" in answer.err
    assert process.returncode == 0
    assert ServiceAddressFile.read(home / "local_service") is None


def test_the_printed_lines_lead_the_official_sdk_to_it_and_references_are_those_named(
    home: Path, tmp_path: Path
) -> None:
    with serving("--port", "0", "--references", str(tmp_path)) as (_, said):
        health = httpx.get(base_url(said).replace("/api/v1", "/healthz"), trust_env=False).json()
        assert health["recognizer"]["folders"] == [str(tmp_path)]
        lines = said.partition("in Python:")[2].partition("Ctrl-C")[0].splitlines()
        program = "\n".join(line.removeprefix("  ") for line in lines).replace("127.0.0.1:8000", "127.0.0.1:1")
        ended = subprocess.run(
            [sys.executable, "-c", f"{program}\nprint(task.output.code)"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert ended.stdout == "FILE_DOWNLOAD_FAILED\n"


def test_a_taken_port_is_refused_when_asked_for_and_stepped_over_when_not(
    typed: Typed, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        answer = typed("serve", "--port", str(taken))
        assert answer.code == 1
        assert f"port {taken} on 127.0.0.1 is taken" in answer.err
        monkeypatch.setenv("QA_LOCAL_SERVICE_PORT", str(taken))
        with serving() as (_, said):
            assert base_url(said) != f"http://127.0.0.1:{taken}/api/v1"
            assert httpx.get(base_url(said).replace("/api/v1", "/healthz"), trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "can be reached from other machines, and no API key is set"),
        (("--host", "192.0.2.1"), "cannot listen on host '192.0.2.1'"),
        (("--references", "no/such/folder"), "no/such/folder is not a folder"),
        (("--key-env", "NO_SUCH_VARIABLE"), "--key-env NO_SUCH_VARIABLE: there is no such environment variable"),
    ],
)
def test_wrong_use_says_what_to_change(typed: Typed, home: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = typed("serve", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_with_a_key_it_serves_all_addresses_and_only_its_callers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-mine")
    with serving("--host", "0.0.0.0", "--key-env", "MY_KEY") as (_, said):
        url = base_url(said)
        assert url.startswith("http://127.0.0.1:")
        assert "sk-mine" not in said
        port = url.removesuffix("/api/v1").rpartition(":")[2]
        assert f"http://NAME-OF-THIS-MACHINE:{port}/api/v1, unencrypted" in said
        assert "import os, dashscope" in said
        status = [
            httpx.get(f"{url}/tasks", headers={"Authorization": f"Bearer {key}"}, trust_env=False).status_code
            for key in ("sk-mine", "sk-other")
        ]
        assert status == [200, 401]
        assert reach_service(load_settings()).api_key == "sk-mine"
        assert ServiceAddressFile.path(home / "local_service").stat().st_mode & 0o077 == 0


def test_the_landing_zone_is_a_reference_folder_when_it_exists(home: Path, tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    with local_service(load_settings()) as note:
        assert note is not None
        health = httpx.get(note.base_url.replace("/api/v1", "/healthz"), trust_env=False).json()
    assert health["recognizer"]["folders"] == [str(SAMPLES), str(tmp_path / "recordings")]


def test_programs_share_one_that_ends_with_the_last_of_them(home: Path) -> None:
    settings = load_settings()
    first, second = local_service(settings), local_service(settings)
    note = first.__enter__()
    assert second.__enter__() == note
    first.__exit__(None, None, None)
    assert running_service(home / "local_service") == note
    second.__exit__(None, None, None)
    assert note is not None
    wait_for_end(note.pid)
    assert ServiceAddressFile.read(home / "local_service") is None


def test_a_killed_program_takes_its_service_with_it(home: Path) -> None:
    program = (
        "import os\nfrom qa_pipeline.settings import load_settings\n"
        "from qa_pipeline.service.local_process import local_service\n"
        "with local_service(load_settings()) as note:\n    print(note.pid, flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -9
    wait_for_end(int(killed.stdout))
    with local_service(load_settings()) as note:
        assert note is not None
        assert note.pid != int(killed.stdout)


def test_with_a_key_none_is_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-x")
    with local_service(load_settings()) as note:
        assert note is None
    assert not home.exists()


def test_a_note_of_a_process_long_gone_misleads_nobody(home: Path) -> None:
    ServiceAddressFile("http://127.0.0.1:9/api/v1", 2**22 + 1, "reference").write(home / "local_service")
    assert running_service(home / "local_service") is None
    with local_service(load_settings()) as note:
        assert note is not None
        assert note.pid != 2**22 + 1


def test_a_start_that_fails_says_why(home: Path) -> None:
    with serving():
        ServiceAddressFile.path(home / "local_service").unlink()  # so that the state folder's own lock has to refuse
        with pytest.raises(ServiceUnavailable, match=r"did not start: .*another local service.*local_service\.log"):
            local_service(load_settings()).__enter__()


def wait_for_end(pid: int) -> None:
    """Until no process has that id; a zombie that waits for its parent has ended too."""
    for _ in range(600):
        status = Path(f"/proc/{pid}/stat")
        try:
            os.kill(pid, 0)
            if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except (ProcessLookupError, FileNotFoundError):
            return
        signal.sigtimedwait([], 0.05)
    pytest.fail(f"process {pid} is still there")


def test_it_recognizes_by_the_setting_or_the_option(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = write_weights(tmp_path / "weights")
    monkeypatch.setenv("QA_SENSE_VOICE_DIR", str(weights))
    with serving("--recognizer", "sense-voice") as (_, said):
        note = ServiceAddressFile.read(home / "local_service")
        assert note is not None
        assert note.recognizer == "sense-voice"
        assert "recognizing speech on this machine" in said
        assert str(weights) in said
        assert reach_service(load_settings()).billing.engine == "local sense-voice"


def test_weights_that_are_missing_are_named_in_one_line(typed: Typed, home: Path) -> None:
    answer = typed("serve", "--recognizer", "sense-voice")
    assert answer.code == 1
    assert f"{home}/models/sense-voice/model.int8.onnx is missing; run `qa-pipeline models pull" in answer.err
    assert "Traceback" not in answer.err


def test_a_server_that_is_not_named_is_asked_for(typed: Typed) -> None:
    answer = typed("serve", "--recognizer", "openai")
    assert (answer.code, answer.err) == (
        2, "qa-pipeline: recognizer openai needs openai_base_url: set QA_OPENAI_BASE_URL or --openai-base-url\n",
    )  # fmt: skip


def test_what_commands_start_by_themselves_recognizes_by_the_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_LOCAL_RECOGNIZER", "openai")
    monkeypatch.setenv("QA_OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("QA_OPENAI_MODEL", "m")
    monkeypatch.setenv("QA_OPENAI_ENDPOINT", "chat")
    monkeypatch.setenv("QA_OPENAI_API_KEY", "sk-secret")
    with local_service(load_settings()) as note:
        assert note is not None
        health = local_health(note.base_url)
    assert health["recognizer"] == {
        "name": "openai", "server": "http://127.0.0.1:9/v1", "model": "m", "endpoint": "chat",
    }  # fmt: skip


def test_one_that_runs_with_another_recognizer_is_used_and_said_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with local_service(load_settings()):
        monkeypatch.setenv("QA_LOCAL_RECOGNIZER", "sense-voice")
        capfd.readouterr()
        with local_service(load_settings()) as note:
            assert note is not None
            assert note.recognizer == "auto"
        assert "recognizes by 'auto', the settings say 'sense-voice'" in capfd.readouterr().err

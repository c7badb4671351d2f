"""`qa-pipeline up`: everything answers, one Ctrl-C ends it, and whatever happens nothing is left running."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline.commands.up.command import only_one
from qa_pipeline.processes.supervisor import (
    LOG_LIMIT_BYTES,
    Interrupted,
    Program,
    ProgramFailed,
    Supervisor,
    stop_on_signals,
)
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import load_settings
from tests.commands.conftest import Typed

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
STUBBORN = (
    "import os, signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "subprocess.Popen([sys.executable, '-c', 'import signal, time; signal.signal(15, signal.SIG_IGN); "
    'print("child", flush=True); time.sleep(600)\'])\n'
    "time.sleep(600)\n"
)


@contextmanager
def running(*, until: str = "Ctrl-C stops everything") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`qa-pipeline up` in a process of its own, once everything is ready, and what it said so far."""
    with subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline", "up"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if until in line:
                    break
            else:
                pytest.fail(f"it ended with {process.wait()}: {said}")
            yield process, said
        finally:
            process.kill()


def processes_of(home: Path) -> list[str]:
    """Command lines of all living processes with this QA_HOME in their environment, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.name != str(os.getpid()) and f"QA_HOME={home}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ProcessLookupError):
            continue
    return found


def wait_until_none(home: Path) -> None:
    deadline = time.monotonic() + 300
    while left := processes_of(home):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see all processes")


@needs_proc
def test_everything_answers_and_one_ctrl_c_ends_it(home: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setenv("QA_DASHBOARDS_PORT", str(taken))
        with running() as (process, said):
            urls = dict(re.findall(r"^(local service|dashboards|Dagster) +(http://\S+)", said, re.MULTILINE))
            assert f"dashboards: port {taken} is taken; using " in said
            assert urls["dashboards"] != f"http://127.0.0.1:{taken}"
            assert httpx.get(urls["local service"].replace("/api/v1", "/healthz"), trust_env=False).is_success
            assert "<title>Streamlit</title>" in httpx.get(urls["dashboards"], trust_env=False).text
            assert state_of_dagster(urls["Dagster"]) == {"qa_pipeline": "LOADED", "all daemons": "healthy"}
            assert len(processes_of(home)) >= 6
            second = typed("up")
            assert second.code == 1
            assert f"running already for {home} (process {process.pid})" in second.err
            assert urls["Dagster"] in second.err
            process.send_signal(signal.SIGINT)
            assert process.wait(300) == 0
    assert processes_of(home) == []
    assert {path.name for path in (home / "logs").iterdir()} == {
        "local_service.log", "dagster.log", "dagster_daemon.log", "dashboards.log"
    }  # fmt: skip


def state_of_dagster(url: str) -> dict[str, str]:
    query = (
        "{ instance { daemonHealth { allDaemonStatuses { healthy } } } workspaceOrError "
        "{ ... on Workspace { locationEntries { name loadStatus } } } }"
    )
    data: dict[str, Any] = httpx.post(f"{url}/graphql", json={"query": query}, trust_env=False).json()["data"]
    healthy = all(status["healthy"] for status in data["instance"]["daemonHealth"]["allDaemonStatuses"])
    entries = {entry["name"]: entry["loadStatus"] for entry in data["workspaceOrError"]["locationEntries"]}
    return entries | {"all daemons": "healthy" if healthy else "not healthy"}


@needs_proc
@pytest.mark.chaos  # with programs of its own: test_the_warden_ends_everything_when_the_supervisor_is_killed
def test_nothing_is_left_when_it_is_killed(home: Path) -> None:
    with running(until="dashboards is ready") as (process, _):
        process.kill()
        process.wait()
        wait_until_none(home)


@needs_proc
@pytest.mark.chaos  # with programs of its own: test_a_program_that_ends_is_told_with_the_last_lines_of_this_start
def test_a_program_that_dies_ends_the_rest_and_is_named_and_a_service_that_ran_before_is_kept(home: Path) -> None:
    with local_service(load_settings()) as note:
        assert note is not None
        with running(until="dashboards is ready") as (process, said):
            os.kill(pid_of(home, "streamlit"), signal.SIGKILL)
            rest, _ = process.communicate(timeout=300)
            assert process.returncode == 1
        assert "local_service is ready" not in said + rest
        assert f"dashboards was killed by signal 9; the end of {home / 'logs' / 'dashboards.log'}:" in rest
        assert "The other programs were stopped" in rest
        assert [line for line in processes_of(home) if "local_service" not in line] == []
        assert httpx.get(note.base_url.replace("/api/v1", "/healthz"), trust_env=False).is_success


def pid_of(home: Path, part: str) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"QA_HOME={home}".encode() in environment and part.encode() in command:
            return int(folder.name)
    raise AssertionError(f"no process of {home} runs {part}")


def test_a_host_that_is_not_of_this_machine_is_wrong_use(
    home: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_HOST", "192.0.2.1")
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
    answer = typed("up")
    assert answer.code == 2
    assert "QA_HOST: cannot listen on host '192.0.2.1'" in answer.err


def program(folder: Path, code: str, *, name: str = "small", ready_file: str | None = None) -> Program:
    """A Python program; ready when `ready_file` lies in `folder`, or at once."""
    return Program(
        name=name,
        arguments=(sys.executable, "-c", code),
        log_path=folder / f"{name}.log",
        is_ready=lambda: ready_file is None or (folder / ready_file).exists(),
        folder=folder,
        environment={**os.environ, "MARK": str(folder)},
    )


def alive(pids: list[int]) -> list[int]:
    """Those of the processes that still run; a zombie does not."""
    states = {pid: Path(f"/proc/{pid}/stat") for pid in pids}
    return [
        pid for pid, stat in states.items() if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    ]


def pids_in_group_of(process_group: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == process_group:
            found.append(int(stat.parent.name))
    return found


def test_a_program_that_ends_is_told_with_the_last_lines_of_this_start(tmp_path: Path) -> None:
    (tmp_path / "small.log").write_text("from an earlier start\n")
    code = "import sys; print('\\n'.join(f'line {n}' for n in range(40))); sys.exit(3)"
    with Supervisor(threading.Event()) as supervisor:
        supervisor.start(program(tmp_path, code, ready_file="never"))
        with pytest.raises(ProgramFailed) as failure:
            list(supervisor.wait_ready())
    told = str(failure.value).splitlines()
    assert told[0] == f"small ended with status 3; the end of {tmp_path / 'small.log'}:"
    assert told[1:] == [f"  line {number}" for number in range(28, 40)]


def test_a_program_that_says_nothing_is_told_so(tmp_path: Path) -> None:
    with Supervisor(threading.Event()) as supervisor:
        supervisor.start(program(tmp_path, "raise SystemExit(1)"))
        with pytest.raises(ProgramFailed, match=r"small\.log: \(it wrote nothing\)"):
            supervisor.watch()


def test_a_program_that_is_never_ready_is_named(tmp_path: Path) -> None:
    with Supervisor(threading.Event()) as supervisor:
        supervisor.start(program(tmp_path, "import time; time.sleep(600)", name="slow", ready_file="never"))
        with pytest.raises(ProgramFailed, match="slow was not ready within 0 s"):
            list(supervisor.wait_ready(timeout_s=0.3))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = Program("ghost", (str(tmp_path / "ghost"),), tmp_path / "ghost.log", lambda: True, tmp_path, {})
    with Supervisor(threading.Event()) as supervisor, pytest.raises(ProgramFailed, match="ghost cannot be started"):
        supervisor.start(missing)


@needs_proc
def test_programs_that_ignore_the_request_are_killed_with_their_children(tmp_path: Path) -> None:
    with Supervisor(threading.Event(), grace_s=0.5) as supervisor:
        supervisor.start(program(tmp_path, STUBBORN))
        wait_for_text(tmp_path / "small.log", "child")
        group = supervisor._running[0].process.pid
        pids = pids_in_group_of(group)
        assert len(pids) == 2
    assert alive(pids) == []


@needs_proc
def test_the_children_of_a_program_that_went_before_them_are_ended(tmp_path: Path) -> None:
    code = STUBBORN.replace("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n", "").replace("time.sleep(600)\n", "")
    with Supervisor(threading.Event(), grace_s=0.5) as supervisor:
        supervisor.start(program(tmp_path, code))
        with pytest.raises(ProgramFailed, match="small ended with status 0"):
            supervisor.watch()
        wait_for_text(tmp_path / "small.log", "child")
        pids = pids_in_group_of(supervisor._running[0].process.pid)
        assert len(pids) == 1
    assert alive(pids) == []


@needs_proc
def test_the_warden_ends_everything_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    code = f"""
import os, sys, threading
from pathlib import Path
from qa_pipeline.processes.supervisor import Program, Supervisor
folder = Path({str(tmp_path)!r})
with Supervisor(threading.Event()) as supervisor:
    supervisor.start(Program("small", (sys.executable, "-c", {STUBBORN.replace("SIG_IGN", "SIG_DFL", 1)!r}),
        folder / "small.log", lambda: True, folder, dict(os.environ)))
    print(supervisor._running[0].process.pid, flush=True)
    threading.Event().wait()
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        group = int(killed.stdout.readline())
        wait_for_text(tmp_path / "small.log", "child")
        pids = pids_in_group_of(group)
        assert len(pids) == 2
        killed.kill()
    deadline = time.monotonic() + 300
    while left := alive(pids):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_stop_during_the_start_is_heard(tmp_path: Path) -> None:
    with stop_on_signals() as stop, Supervisor(stop) as supervisor:
        supervisor.start(program(tmp_path, "import time; time.sleep(600)", ready_file="never"))
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted):
            list(supervisor.wait_ready())


def test_signals_are_given_back(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stop_on_signals():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_log_that_has_grown_large_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "small.log"
    log.write_bytes(b"x" * (LOG_LIMIT_BYTES + 1))
    with Supervisor(threading.Event()) as supervisor:
        supervisor.start(program(tmp_path, "print('hello', flush=True); import time; time.sleep(600)"))
        wait_for_text(log, "hello")
    assert log.read_text() == "hello\n"
    assert (tmp_path / "small.log.1").stat().st_size == LOG_LIMIT_BYTES + 1


def test_a_note_of_an_earlier_up_is_emptied_at_its_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    settings.home.mkdir()
    with only_one(settings) as note:
        json.dump({"pid": 1, "urls": {}}, note)
        note.flush()
    assert (settings.home / "up.json").read_text() == ""


def wait_for_text(path: Path, text: str) -> None:
    deadline = time.monotonic() + 300
    while not path.exists() or text not in path.read_text(errors="replace"):
        assert time.monotonic() < deadline, path
        time.sleep(0.02)

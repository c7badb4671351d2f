"""One local service for all programs that share a QA_HOME: found when it runs, started when it doesn't.

Without a key every command and run needs the local service. Whoever comes first starts it in a process of its
own; it ends when the last of its users has gone, however that happened. A named pipe tells: every user holds its
writing end, the service reads, and the kernel reports the end when nobody holds it any more. Starting and ending
are decided under one file lock, so nobody is handed a service that is about to end.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import ipaddress
import logging
import math
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from qa_pipeline.local_service.config import (
    API_KEY_VARIABLE,
    OPENAI_KEY_VARIABLE,
    RecognizerName,
    ServiceConfig,
    is_loopback_host,
)
from qa_pipeline.local_service.errors import ConfigError, StartFailed
from qa_pipeline.local_service.server import READY_PREFIX, serve
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.processes.existence import process_exists
from qa_pipeline.processes.ports import BadHost, PortTaken, next_free_port
from qa_pipeline.service.access import (
    LOCAL_QUERIES_PER_SECOND,
    LOCAL_REQUESTS_PER_MINUTE,
    ServiceAddressFile,
    ServiceUnavailable,
    local_health,
)
from qa_pipeline.settings import Settings

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
LOOPBACK = "127.0.0.1"

_THREADS = {"reference": 2, "benchmark": 2, "sense-voice": os.cpu_count() or 1, "openai": 8}
"""Recordings at once: decoded two at a time, recognized here one a core, by a server as many as it takes well."""


@contextmanager
def local_service(settings: Settings, *, quiet: bool = True) -> Iterator[ServiceAddressFile | None]:
    """Sees to it that the local service of this QA_HOME answers for the time of the block.

    One that runs already is used and left running. Else one is started; it ends with its last user. Its log goes
    to `QA_HOME/logs/local_service.log`. Yields where it listens, or None at once when the settings name another
    service. `quiet=False` says on standard error what was found or started.

    Raises:
        ServiceUnavailable: it could not be started; the message has the reason.
    """
    if not settings.uses_local_service:
        yield None
        return
    folder = service_folder(settings.home)
    with start_lock(settings.home):
        hold = _join(folder)
        note = running_service(settings.home)
        process = None
        if note is None:
            _release(hold)
            note, process, hold = _start(settings, folder)
    if not quiet:
        sys.stderr.write(f"local service: {note.base_url} ({'started' if process else 'already running'})\n")
    if note.recognizer != settings.local_recognizer:
        sys.stderr.write(
            f"local service: the one that runs already recognizes by {note.recognizer!r}, the settings say "
            f"{settings.local_recognizer!r}; to change it, end process {note.pid} and what uses it first\n"
        )
    try:
        yield note
    finally:
        _release(hold)
        if process is not None:
            _stop_and_wait(process, folder)


def running_service(home: Path) -> ServiceAddressFile | None:
    """Where this QA_HOME's local service listens, or None when none answers."""
    note = ServiceAddressFile.read(home)
    if note is None or not process_exists(note.pid):
        return None
    try:
        local_health(note.base_url)
    except ServiceUnavailable:
        return None
    return note


def service_config(
    settings: Settings,
    *,
    host: str = LOOPBACK,
    port: int,
    references: Sequence[Path] | None = None,
    source_hosts: Sequence[str] = (),
    api_key: str | None = None,
    recognizer: RecognizerName | None = None,
) -> ServiceConfig:
    """The local service for these settings: their recognizer, reference folders, and limits that hold nobody up.

    Of the folders in the settings only those that exist are taken, and the landing zone with them: reference
    transcripts may lie beside recordings of one's own. `references` are taken as they are given.

    Raises:
        ConfigError: a value that the service cannot use.
    """
    if references is None:
        folders = (*settings.local_references, settings.landing_folder)
        references = [folder for folder in dict.fromkeys(folders) if folder is not None and folder.is_dir()]
    recognizer = recognizer or settings.local_recognizer
    key = settings.openai_api_key
    return ServiceConfig(
        host=host,
        port=port,
        api_key=api_key,
        state_dir=service_folder(settings.home),
        references=tuple(references),
        recognizer=recognizer,
        threads=_THREADS[recognizer],
        sense_voice_dir=settings.sense_voice_folder,
        openai_base_url=settings.openai_base_url,
        openai_model=settings.openai_model,
        openai_endpoint=settings.openai_endpoint,
        openai_api_key=key.get_secret_value() if key else None,
        source_hosts=(*source_hosts, *_hosts_of_recordings(settings)),
        submits_per_minute=math.ceil(max(LOCAL_REQUESTS_PER_MINUTE, settings.requests_per_minute or 0)),
        queries_per_second=math.ceil(max(LOCAL_QUERIES_PER_SECOND, settings.queries_per_second or 0)),
    )


def _hosts_of_recordings(settings: Settings) -> list[str]:
    """Hosts besides this machine from which these settings give recordings to the service."""
    hosts = [urlsplit(settings.audio_base_url or "").hostname]
    if settings.audio_urls == "presigned":
        buckets = (settings.audio_bucket, settings.landing_bucket)
        hosts += [Bucket(url, settings.bucket_endpoint).host for url in buckets if url]
    return [host for host in hosts if host]


def serve_with_note(
    config: ServiceConfig, home: Path, *, on_ready: Callable[[str, ServiceAddressFile | None], None]
) -> None:
    """Serves in this process until it is told to stop, with a note in `home` for as long as it answers.

    `on_ready` gets the base URL and the note. There is no note (None) for an address that this machine's
    programs may not use: plain http is spoken over loopback only.

    Raises:
        ConfigError, StartFailed: as `serve`.
    """

    def ready(line: str) -> None:
        base_url = line.removeprefix(READY_PREFIX)
        own_url = _loopback_url(base_url)
        note = ServiceAddressFile(own_url, os.getpid(), config.recognizer, config.api_key) if own_url else None
        if note is not None:
            note.write(home)
        on_ready(base_url, note)

    try:
        serve(config, on_ready=ready)
    finally:
        remove_own_note(home)


def remove_own_note(home: Path) -> None:
    """Removes the note of `home` if this process wrote it."""
    note = ServiceAddressFile.read(home)
    if note is not None and note.pid == os.getpid():
        ServiceAddressFile.path(home).unlink(missing_ok=True)


def service_folder(home: Path) -> Path:
    """Where the local service keeps its state; made on first use, for this user only."""
    folder = home / "local_service"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def start_lock(home: Path) -> Iterator[None]:
    """Held while a local service of `home` is looked for, started or ended; freed by the kernel in any case."""
    with _open_lock(service_folder(home)):
        yield


def _open_lock(folder: Path) -> IO[str]:
    file = (folder / "start.lock").open("a")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _loopback_url(base_url: str) -> str | None:
    """The URL by which programs of this machine reach a service that said it listens on `base_url`."""
    host = urlsplit(base_url).hostname or ""
    if is_loopback_host(host):
        return base_url
    if not ipaddress.ip_address(host).is_unspecified:
        return None
    return base_url.replace("0.0.0.0", LOOPBACK).replace("[::]", "[::1]")  # noqa: S104 - read, not listened on


def _users_pipe(folder: Path) -> Path:
    return folder / "users.pipe"


def _join(folder: Path) -> int | None:
    """Becomes a user of the service that reads the pipe; None when none does (none runs, or it needs no users)."""
    try:
        return os.open(_users_pipe(folder), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # no pipe, or nobody reads it
        return None


def _release(hold: int | None) -> None:
    if hold is not None:
        os.close(hold)


def _start(settings: Settings, folder: Path) -> tuple[ServiceAddressFile, subprocess.Popen[str], int]:
    pipe = _users_pipe(folder)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe, 0o600)
    reading_end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    hold = os.open(pipe, os.O_WRONLY)
    try:
        process = _launch(settings, reading_end)
    except BaseException:
        os.close(hold)
        raise
    finally:
        os.close(reading_end)
    note = ServiceAddressFile.read(settings.home)
    assert note is not None, "the service leaves its note before it says that it is ready"
    return note, process, hold


def _launch(settings: Settings, stdin: int) -> subprocess.Popen[str]:
    log_path = settings.home / "logs" / "local_service.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    try:
        port = next_free_port(LOOPBACK, settings.local_service_port)
        arguments = service_arguments(service_config(settings, port=port), settings.home)
    except (BadHost, PortTaken, ConfigError) as error:
        raise ServiceUnavailable(f"the local service cannot be started: {error}") from error
    with log_path.open("a", encoding="utf-8") as log:
        begins_at = log.tell()
        process = subprocess.Popen(
            [*arguments, "--until-unused"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=log,
            env=child_environment(),
            text=True,
            start_new_session=True,  # Ctrl-C is for its users; it ends when they have gone
        )
    try:
        _await_ready(process)
    except StartFailed as error:
        reason = last_lines(log_path, begins_at, 1) or str(error)
        raise ServiceUnavailable(f"the local service did not start: {reason} (log: {log_path})") from error
    return process


def _await_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None, "the child's output is a pipe"
    alarm = threading.Timer(START_TIMEOUT_S, process.kill)
    alarm.start()
    try:
        line = process.stdout.readline()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        alarm.cancel()
        process.stdout.close()
    if not line.startswith(READY_PREFIX):
        process.kill()
        raise StartFailed(f"it ended with status {process.wait()} before it was ready")


def _stop_and_wait(process: subprocess.Popen[str], folder: Path) -> None:
    """Waits for the service's end if we were its last user; else it goes on, and a thread takes note of its end."""
    if _has_users(folder):
        threading.Thread(target=process.wait, name="local-service-end", daemon=True).start()
        return
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _has_users(folder: Path) -> bool:
    try:
        reading_end = os.open(_users_pipe(folder), os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not _is_ended(reading_end)
    finally:
        os.close(reading_end)


def _is_ended(reading_end: int) -> bool:
    """Whether nobody holds the writing end of a pipe that is read without blocking."""
    try:
        return os.read(reading_end, 1) == b""
    except BlockingIOError:
        return False


def last_lines(path: Path, begins_at: int, count: int) -> str:
    """The last lines of a log that are not empty, from an offset in bytes on."""
    try:
        with path.open("rb") as file:
            file.seek(max(begins_at, path.stat().st_size - 64 * 1024))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join([line for line in lines if line.strip()][-count:])


def child_environment() -> dict[str, str]:
    """This process's environment for a child that must find the package, installed or not."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def service_arguments(config: ServiceConfig, home: Path) -> list[str]:
    """The command that runs the service with its note in `home` (the API keys travel in the environment)."""
    return [
        sys.executable, "-m", "qa_pipeline.service.local_process", "--home", str(home),
        "--host", config.host, "--port", str(config.port),
        *[part for folder in config.references for part in ("--references", str(folder))],
        *[part for host in config.source_hosts for part in ("--source-host", host)],
        "--recognizer", config.recognizer, "--threads", str(config.threads),
        *_given("--sense-voice-dir", config.sense_voice_dir),
        *_given("--openai-base-url", config.openai_base_url),
        *_given("--openai-model", config.openai_model),
        "--openai-endpoint", config.openai_endpoint,
        "--submits-per-minute", str(config.submits_per_minute),
        "--queries-per-second", str(config.queries_per_second),
    ]  # fmt: skip


def _given(option: str, value: object | None) -> list[str]:
    return [] if value is None else [option, str(value)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the service for other programs; people use `qa-pipeline serve`."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        config = ServiceConfig(
            host=options.host,
            port=options.port,
            api_key=os.environ.get(API_KEY_VARIABLE) or None,
            state_dir=service_folder(options.home),
            references=tuple(options.references),
            recognizer=options.recognizer,
            threads=options.threads,
            sense_voice_dir=options.sense_voice_dir,
            openai_base_url=options.openai_base_url,
            openai_model=options.openai_model,
            openai_endpoint=options.openai_endpoint,
            openai_api_key=os.environ.get(OPENAI_KEY_VARIABLE) or None,
            source_hosts=tuple(options.source_host),
            submits_per_minute=options.submits_per_minute,
            queries_per_second=options.queries_per_second,
        )
        if options.until_unused:
            watch = threading.Thread(target=_stop_when_unused, args=(options.home,), name="users", daemon=True)
            watch.start()
        serve_with_note(config, options.home, on_ready=_say_ready)
    except (ConfigError, StartFailed) as error:
        sys.stderr.write(f"local service: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m qa_pipeline.service.local_process", description=main.__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--references", type=Path, action="append", default=[])
    parser.add_argument("--source-host", action="append", default=[])
    parser.add_argument("--recognizer", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--sense-voice-dir", type=Path)
    parser.add_argument("--openai-base-url")
    parser.add_argument("--openai-model")
    parser.add_argument("--openai-endpoint", required=True)
    parser.add_argument("--submits-per-minute", type=int, required=True)
    parser.add_argument("--queries-per-second", type=int, required=True)
    parser.add_argument("--until-unused", action="store_true", help="end when nobody holds standard input open")
    return parser


def _say_ready(base_url: str, _note: ServiceAddressFile | None) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{READY_PREFIX}{base_url}\n")
        sys.stdout.flush()


def _stop_when_unused(home: Path) -> None:
    """Ends this process once its last user has let go of the pipe at standard input."""
    reading_end = sys.stdin.fileno()
    os.set_blocking(reading_end, False)
    poll = select.poll()
    poll.register(reading_end, select.POLLIN | select.POLLHUP)
    while True:
        poll.poll()
        lock = _open_lock(service_folder(home))
        if _is_ended(reading_end):
            remove_own_note(home)
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait()  # the lock stays ours until the process is gone
        lock.close()


if __name__ == "__main__":
    raise SystemExit(main())

"""Starts the local service in a process of its own, in one way for everybody.

Programs that share a QA_HOME share one service: whoever comes first starts it, and it ends with the last of its users.
Trials and benchmarks start one apart from any QA_HOME; it is the same program, found and ended in the same way.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.local_service.command_line import READY_PREFIX, UNTIL_UNUSED, arguments_of
from qa_pipeline.local_service.config import API_KEY_VARIABLE, KEY_VARIABLES, LOOPBACK, RecognizerName, ServiceConfig
from qa_pipeline.local_service.errors import ConfigError, StartFailed
from qa_pipeline.local_service.users import has_users, join_users, make_users_pipe, start_lock
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.processes.children import child_environment, last_lines
from qa_pipeline.processes.cores import usable_cores
from qa_pipeline.processes.existence import process_exists
from qa_pipeline.processes.ports import BadHost, PortTaken, next_free_port
from qa_pipeline.service.access import (
    LOCAL_QUERIES_PER_SECOND,
    LOCAL_REQUESTS_PER_MINUTE,
    ServiceUnavailable,
    local_health,
)
from qa_pipeline.settings import Settings

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0

_ON_THIS_MACHINE = ("auto", "whisper", "sense-voice")
_THREADS = {"reference": 2, "benchmark": 2, "openai": 8}
"""Recordings at once: decoded two at a time, by a server as many as it takes well. Recognized here: one per core."""


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
    folder = settings.service_folder
    process = None
    with start_lock(folder):
        hold = join_users(folder)
        address = running_service(folder)
        if address is None:
            if hold is not None:
                os.close(hold)
            address, process, hold = _start(settings)
    if not quiet:
        sys.stderr.write(f"local service: {address.base_url} ({'started' if process else 'already running'})\n")
    if address.recognizer != settings.local_recognizer:
        sys.stderr.write(
            f"local service: the one that runs already recognizes by {address.recognizer!r}, the settings say "
            f"{settings.local_recognizer!r}; to change it, end process {address.pid} and what uses it first\n"
        )
    try:
        yield address
    finally:
        if hold is not None:
            os.close(hold)
        if process is not None and has_users(folder):
            threading.Thread(target=process.wait, name="local-service-end", daemon=True).start()  # so it is no zombie
        elif process is not None:
            _wait_for_end(process)


@contextmanager
def start_local_service(config: ServiceConfig, *, log: IO[str] | None = None) -> Iterator[ServiceAddressFile]:
    """A service apart from any QA_HOME for the time of the block; for trials and benchmarks.

    It ends with this process too, however that happens. Its log goes to `log` (None: where this process's errors go).

    Raises:
        StartFailed: it did not come up; its log says why.
    """
    reading_end, hold = os.pipe()
    try:
        try:
            process, base_url = _launch(config, reading_end, log)
        finally:
            os.close(reading_end)
        try:
            yield ServiceAddressFile(base_url, process.pid, config.recognizer, config.api_key)
        finally:
            process.terminate()
            _wait_for_end(process)
    finally:
        os.close(hold)


def running_service(folder: Path) -> ServiceAddressFile | None:
    """Where the local service of a state folder listens, or None when none answers."""
    address = ServiceAddressFile.read(folder)
    if address is None or not process_exists(address.pid):
        return None
    try:
        local_health(address.base_url)
    except ServiceUnavailable:
        return None
    return address


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
    transcripts may lie beside recordings of one's own. `references` are taken as they are given. Without an `api_key`
    the one in QA_LOCAL_SERVICE_API_KEY is asked of callers, if there is one.

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
        api_key=api_key or os.environ.get(API_KEY_VARIABLE) or None,
        state_dir=settings.service_folder,
        references=tuple(references),
        recognizer=recognizer,
        threads=_threads(settings, recognizer),
        whisper_dir=settings.whisper_folder,
        sense_voice_dir=settings.sense_voice_folder,
        openai_base_url=settings.openai_base_url,
        openai_model=settings.openai_model,
        openai_endpoint=settings.openai_endpoint,
        openai_api_key=key.get_secret_value() if key else None,
        source_hosts=(*source_hosts, *_hosts_of_recordings(settings)),
        submits_per_minute=math.ceil(max(LOCAL_REQUESTS_PER_MINUTE, settings.requests_per_minute or 0)),
        queries_per_second=math.ceil(max(LOCAL_QUERIES_PER_SECOND, settings.queries_per_second or 0)),
    )


def _threads(settings: Settings, recognizer: RecognizerName) -> int:
    if recognizer in _ON_THIS_MACHINE:
        return settings.local_workers or usable_cores()
    return _THREADS[recognizer]


def service_command(config: ServiceConfig) -> list[str]:
    """The command that runs the service (the API keys travel in the environment)."""
    return [sys.executable, "-m", "qa_pipeline.local_service", *arguments_of(config)]


def _hosts_of_recordings(settings: Settings) -> list[str]:
    """Hosts besides this machine from which these settings give recordings to the service."""
    hosts = [urlsplit(settings.audio_base_url or "").hostname]
    if settings.audio_urls == "presigned":
        buckets = (settings.audio_bucket, settings.landing_bucket)
        hosts += [Bucket(url, settings.bucket_endpoint).host for url in buckets if url]
    return [host for host in hosts if host]


def _start(settings: Settings) -> tuple[ServiceAddressFile, subprocess.Popen[str], int]:
    """A service of this QA_HOME, and the hold of its first user. Called under the start lock."""
    log_path = settings.home / "logs" / "local_service.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    try:
        config = service_config(settings, port=next_free_port(LOOPBACK, settings.local_service_port))
    except (BadHost, PortTaken, ConfigError) as error:
        raise ServiceUnavailable(f"the local service cannot be started: {error}") from error
    reading_end, hold = make_users_pipe(settings.service_folder)
    with log_path.open("a", encoding="utf-8") as log:
        begins_at = log.tell()
        try:
            process, base_url = _launch(config, reading_end, log)
        except BaseException as error:
            os.close(hold)
            if not isinstance(error, StartFailed):
                raise
            reason = last_lines(log_path, begins_at, 1) or str(error)
            raise ServiceUnavailable(f"the local service did not start: {reason} (log: {log_path})") from error
        finally:
            os.close(reading_end)
    return ServiceAddressFile(base_url, process.pid, config.recognizer, config.api_key), process, hold


def _launch(config: ServiceConfig, stdin: int, log: IO[str] | None) -> tuple[subprocess.Popen[str], str]:
    """The running process and its base URL. It ends when nobody holds the writing end of `stdin` any more."""
    keys = {variable: getattr(config, name) for name, variable in KEY_VARIABLES.items()}
    environment = {name: value for name, value in (child_environment() | keys).items() if value is not None}
    process = subprocess.Popen(
        [*service_command(config), UNTIL_UNUSED],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        text=True,
        start_new_session=True,  # Ctrl-C is for its users; it ends when they have gone
    )
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
        raise StartFailed(f"it ended with status {process.wait()} before it was ready; its log says why")
    return process, line.removeprefix(READY_PREFIX).strip()


def _wait_for_end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

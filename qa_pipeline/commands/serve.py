"""`qa-pipeline serve`: the local service in the foreground, for the pipeline of this QA_HOME and for other clients."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from qa_pipeline.local_service.address_file import loopback_url
from qa_pipeline.local_service.config import API_KEY_VARIABLE, RecognizerName, ServiceConfig
from qa_pipeline.local_service.errors import ConfigError, StartFailed
from qa_pipeline.local_service.server import serve
from qa_pipeline.local_service.users import start_lock
from qa_pipeline.processes.ports import BadHost, PortTaken, is_free, next_free_port
from qa_pipeline.service.access import LOCAL_KEY
from qa_pipeline.service.local_process import running_service, service_config
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.transcription.models import QWEN3_FILETRANS


def serve_command(
    *,
    host: str | None,
    port: int | None,
    references: Sequence[Path],
    source_hosts: Sequence[str],
    key_env: str | None,
    recognizer: RecognizerName | None = None,
) -> int:
    """Serves until Ctrl-C, which is its ordinary end; returns the exit code.

    Raises:
        CommandError: one runs already for this QA_HOME, the address is taken, or an option cannot be used.
    """
    settings = load_settings()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with ExitStack() as starting:
        starting.enter_context(start_lock(settings.service_folder))
        _refuse_second(settings)
        try:
            config = service_config(
                settings,
                host=host or settings.host,
                port=_choose_port(settings, host or settings.host, port),
                references=list(references) or None,
                source_hosts=source_hosts,
                api_key=_read_key(key_env),
                recognizer=recognizer,
            )
        except (ConfigError, BadHost) as error:
            raise CommandError(str(error)) from error

        def ready(base_url: str) -> None:
            starting.close()
            _announce(settings, config, base_url, key_env or API_KEY_VARIABLE)

        try:
            serve(config, on_ready=ready)
        except (ConfigError, StartFailed) as error:
            raise CommandError(str(error), EXIT_WORK_REMAINS) from error
    out.print("stopped")
    return EXIT_OK


def _refuse_second(settings: Settings) -> None:
    running = running_service(settings.service_folder)
    if running is not None:
        raise CommandError(
            f"a local service of {settings.home} is running already: {running.base_url}, process {running.pid}. "
            f"Use it as it is, stop it first (`kill {running.pid}`), or set another QA_HOME",
            EXIT_WORK_REMAINS,
        )


def _choose_port(settings: Settings, host: str, asked: int | None) -> int:
    if asked is not None:
        if asked and not is_free(host, asked):
            raise CommandError(
                f"port {asked} on {host} is taken or not allowed; name another, or leave --port out for the next free",
                EXIT_WORK_REMAINS,
            )
        return asked
    wanted = settings.local_service_port
    try:
        port = next_free_port(host, wanted)
    except PortTaken as error:
        raise CommandError(str(error), EXIT_WORK_REMAINS) from error
    if wanted and port != wanted:
        err.print(f"port {wanted} is taken; using {port}", style="yellow")
    return port


def _read_key(variable: str | None) -> str | None:
    """The key that callers must send, from the variable that was named; None where none was."""
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        raise CommandError(f"--key-env {variable}: there is no such environment variable, or it is empty")
    return key


def _announce(settings: Settings, config: ServiceConfig, base_url: str, key_variable: str) -> None:
    """Where it listens, what it knows, and how a client finds it."""
    own_url = loopback_url(base_url)
    client_url = own_url or base_url
    key = f'"${key_variable}"' if config.api_key else LOCAL_KEY
    lines = [
        f"Local service on {base_url}, {_how_it_answers(config)}",
        "",
        *_what_it_knows(config),
        f"  this QA_HOME {_who_uses_it(settings, own_url)}",
        *_other_machines(config, base_url),
        "",
        "Point any DashScope client at it:",
        "",
        f"  export DASHSCOPE_HTTP_BASE_URL={client_url}",
        f"  export DASHSCOPE_API_KEY={key}" + ("" if config.api_key else "     # any key is accepted"),
        "",
        "or the official SDK, in Python:",
        "",
        "  import os, dashscope" if config.api_key else "  import dashscope",
        "  from dashscope.audio.qwen_asr import QwenTranscription",
        f'  dashscope.base_http_api_url = "{client_url}"',
        f'  task = QwenTranscription.call(model="{QWEN3_FILETRANS.id}", channel_id=[0, 1],',
        f'      file_url="http://127.0.0.1:8000/call.wav", api_key={_key_in_python(config, key_variable)})',
        "",
        "Ctrl-C stops it.",
    ]
    for line in lines:
        out.print(line, markup=False)


def _how_it_answers(config: ServiceConfig) -> str:
    return {
        "auto": "answering with reference transcripts, recognizing others here with Whisper (nothing is billed)",
        "whisper": "recognizing speech on this machine with Whisper (nothing is billed)",
        "benchmark": "answering with made-up sentences, for load trials",
        "reference": "answering with reference transcripts (no speech model, nothing is billed)",
        "sense-voice": "recognizing speech on this machine with SenseVoice (nothing is billed)",
        "openai": f"recognizing speech through {config.openai_base_url} (what that costs is between you and it)",
    }[config.recognizer]


def _what_it_knows(config: ServiceConfig) -> list[str]:
    if config.recognizer == "sense-voice":
        return [f"  weights      {config.sense_voice_dir}"]
    if config.recognizer == "whisper":
        return [f"  weights      {config.whisper_dir}"]
    if config.recognizer == "openai":
        return [f"  model        {config.openai_model}, asked at {config.openai_endpoint}"]
    folders = config.references or ["none: every recording will be unknown"]
    weights = [f"  weights      {config.whisper_dir}"] if config.recognizer == "auto" else []
    return [*(f"  references   {folder}" for folder in folders), *weights]


def _other_machines(config: ServiceConfig, base_url: str) -> list[str]:
    """A wildcard is not an address to connect to: other machines use this one's name."""
    if config.host not in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return []
    return [f"  elsewhere    http://NAME-OF-THIS-MACHINE:{urlsplit(base_url).port}/api/v1, unencrypted"]


def _key_in_python(config: ServiceConfig, key_variable: str) -> str:
    return f'os.environ["{key_variable}"]' if config.api_key else f'"{LOCAL_KEY}"'


def _who_uses_it(settings: Settings, own_url: str | None) -> str:
    if own_url is None:
        return "does not use it: unencrypted HTTP is used over loopback only (--host 127.0.0.1 or 0.0.0.0)"
    if settings.uses_local_service:
        return f"{settings.home} finds it by itself"
    addresses = {"DASHSCOPE_HTTP_BASE_URL": settings.base_url, "DASHSCOPE_BASE_URL": settings.sdk_base_url}
    setting = next((name for name, value in addresses.items() if value), "DASHSCOPE_API_KEY")
    return f"{settings.home} uses the service of {setting}; unset that to use this one"

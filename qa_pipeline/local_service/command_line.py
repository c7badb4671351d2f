"""The command line, read and written: `python -m qa_pipeline.local_service --references DIR --state DIR`."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from qa_pipeline.local_service.config import (
    API_KEY_VARIABLE,
    KEY_VARIABLES,
    OPENAI_KEY_VARIABLE,
    OpenAiEndpoint,
    RecognizerName,
    ServiceConfig,
)
from qa_pipeline.local_service.errors import ConfigError, StartFailed
from qa_pipeline.local_service.faults import FaultPlan, fault_plan
from qa_pipeline.local_service.users import end_with_last_user

OPTIONS = {
    "host": ("--host", "address to listen on; one that other machines reach needs an API key"),
    "port": ("--port", "port to listen on, 0 for a free one"),
    "state_dir": ("--state", "folder for tasks, uploads, billing and the address; none: kept in memory"),
    "references": (
        "--references",
        "folder with <name>.transcript.json beside <name>.<ext>; may be given several times",
    ),
    "recognizer": ("--recognizer", "who answers; 'benchmark' makes sentences up, for load trials only"),
    "whisper_dir": ("--whisper-dir", "folder of the weights, for whisper and auto"),
    "sense_voice_dir": ("--sense-voice-dir", "folder of the weights, for sense-voice"),
    "openai_base_url": ("--openai-base-url", "server with an OpenAI-style API, such as http://127.0.0.1:8000/v1"),
    "openai_model": ("--openai-model", "the model's name on that server"),
    "openai_endpoint": ("--openai-endpoint", "which of its addresses is asked"),
    "concurrency": ("--concurrency", "tasks that run at once"),
    "threads": ("--threads", "recordings that are decoded or recognized at once"),
    "submits_per_minute": (
        "--submits-per-minute",
        "submits a key may make for one model (each model's documented limit)",
    ),
    "queries_per_second": ("--queries-per-second", "queries, lists and cancels a key may make"),
    "policies_per_second": ("--policies-per-second", "upload policies a key may ask for"),
    "result_ttl_s": ("--result-ttl", "seconds a task and its result are kept after its end"),
    "upload_ttl_s": ("--upload-ttl", "seconds an uploaded file is kept"),
    "policy_ttl_s": ("--policy-ttl", "seconds an upload policy is good for"),
    "max_file_bytes": ("--max-file-bytes", "largest recording"),
    "max_duration_s": ("--max-duration", "longest recording in seconds"),
    "max_upload_bytes": ("--max-upload-bytes", "largest upload"),
    "source_hosts": ("--source-host", "host that recordings may be fetched from, besides this machine; several times"),
    "source_folders": ("--source-folder", "folder that file:// recordings may be read from; several times"),
    "allow_faults": ("--allow-faults", "let POST /_local/faults set trial faults at run time"),
    "faults": ("--faults", "fault plan for trials: JSON, or @FILE"),
}
"""Field of the config → its option and what that is for; all fields but the two API keys have one."""

UNTIL_UNUSED = "--until-unused"

READY_PREFIX = "listening on "
"""Begins the one line on standard output, followed by the base URL, once requests are served."""

_CHOICES = {"recognizer": RecognizerName, "openai_endpoint": OpenAiEndpoint}

_EXAMPLE = f"""\
example:
  python -m qa_pipeline.local_service --references samples/recordings --state .qa/local-service --port 8089

The API key that callers must send is read from {API_KEY_VARIABLE}; without it any key is accepted (loopback only).
The key of the server behind --recognizer openai is read from {OPENAI_KEY_VARIABLE}.
"""


def arguments_of(config: ServiceConfig) -> list[str]:
    """The arguments that start a service of this config (the API keys travel in the environment)."""
    arguments: list[str] = []
    defaults = ServiceConfig()
    for name, (option, _) in OPTIONS.items():
        value = getattr(config, name)
        if value == getattr(defaults, name):
            continue
        if isinstance(value, FaultPlan):
            arguments += [option, json.dumps(value.to_json())]
        elif isinstance(value, bool):
            arguments.append(option)
        elif isinstance(value, tuple):
            arguments += [text for item in value for text in (option, str(item))]
        else:
            arguments += [option, str(value)]
    return arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the service until it is stopped; returns the exit status (2 on wrong use, 1 when it can't start)."""
    from qa_pipeline.local_service.server import serve  # programs that only start one need no server

    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        config = _config(options)
    except ConfigError as error:
        sys.stderr.write(f"local service: {error}\n")
        return 2
    if options.until_unused:
        end_with_last_user(config.state_dir)
    try:
        serve(config, on_ready=_say)
    except (ConfigError, StartFailed) as error:
        sys.stderr.write(f"local service: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa_pipeline.local_service",
        description="A speech service on your own machine that speaks the DashScope file-transcription protocol.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    defaults = {item.name: item.default for item in fields(ServiceConfig)}
    for name, (option, _) in OPTIONS.items():
        parser.add_argument(option, dest=name, **_argument(name, defaults[name]))
    parser.add_argument(
        UNTIL_UNUSED, action="store_true", help="end when nobody holds standard input open (for programs that start it)"
    )
    return parser


def _argument(name: str, default: Any) -> dict[str, Any]:
    """What argparse is told about one field, from its name and default."""
    _, help_text = OPTIONS[name]
    if isinstance(default, bool):
        return {"action": "store_true", "help": help_text}
    if name in ("references", "source_folders"):
        return {"action": "append", "type": Path, "default": [], "metavar": "DIR", "help": help_text}
    if name == "source_hosts":
        return {"action": "append", "default": [], "metavar": "HOST", "help": help_text}
    if name in _CHOICES:
        return {"choices": get_args(_CHOICES[name]), "default": default, "help": f"{help_text} (default {default})"}
    kinds: dict[str, Callable[[str], Any]] = {
        "state_dir": Path, "sense_voice_dir": Path, "whisper_dir": Path, "faults": str, "submits_per_minute": int,
        "openai_base_url": str, "openai_model": str,
    }  # fmt: skip
    shown = (
        ""
        if default is None or isinstance(default, FaultPlan)
        else f" (default {default:g})"
        if isinstance(default, float)
        else f" (default {default})"
    )
    return {
        "type": kinds.get(name, type(default)),
        "default": default,
        "metavar": name.rsplit("_", 1)[-1].upper(),
        "help": help_text + shown,
    }


def _config(options: argparse.Namespace) -> ServiceConfig:
    values = {name: getattr(options, name) for name in OPTIONS}
    for name in ("references", "source_hosts", "source_folders"):
        values[name] = tuple(values[name])
    if isinstance(values["faults"], str):
        values["faults"] = _read_plan(values["faults"])
    values |= {name: os.environ.get(variable) or None for name, variable in KEY_VARIABLES.items()}
    return ServiceConfig(**values)


def _read_plan(text: str) -> FaultPlan:
    try:
        if text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        return fault_plan(json.loads(text))
    except (OSError, ValueError) as error:
        raise ConfigError(f"--faults: {error}") from error


def _say(base_url: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{READY_PREFIX}{base_url}\n")
        sys.stdout.flush()

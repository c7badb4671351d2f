"""The command line: `python -m qa_pipeline.local_service --references DIR --state DIR`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from qa_pipeline.local_service.config import (
    API_KEY_VARIABLE,
    OPENAI_KEY_VARIABLE,
    OPTIONS,
    OpenAiEndpoint,
    RecognizerName,
    ServiceConfig,
)
from qa_pipeline.local_service.errors import ConfigError, StartFailed
from qa_pipeline.local_service.faults import FaultPlan, fault_plan
from qa_pipeline.local_service.server import serve

_HELP = {
    "host": "address to listen on; one that other machines reach needs an API key",
    "port": "port to listen on, 0 for a free one",
    "state_dir": "folder for tasks, uploads and billing, so that a restart loses nothing; none: kept in memory",
    "references": "folder with <name>.transcript.json beside <name>.<ext>; may be given several times",
    "recognizer": "who answers; 'benchmark' makes sentences up, for load trials only",
    "sense_voice_dir": "folder of the weights, for sense-voice",
    "openai_base_url": "server with an OpenAI-style API, such as http://127.0.0.1:8000/v1, for openai",
    "openai_model": "the model's name on that server",
    "openai_endpoint": "which of its addresses is asked",
    "concurrency": "tasks that run at once",
    "threads": "recordings that are decoded or recognized at once",
    "submits_per_minute": "submits a key may make for one model (each model's documented limit)",
    "queries_per_second": "queries, lists and cancels a key may make",
    "policies_per_second": "upload policies a key may ask for",
    "result_ttl_s": "seconds a task and its result are kept after its end",
    "upload_ttl_s": "seconds an uploaded file is kept",
    "policy_ttl_s": "seconds an upload policy is good for",
    "max_file_bytes": "largest recording",
    "max_duration_s": "longest recording in seconds",
    "max_upload_bytes": "largest upload",
    "source_hosts": "host that http(s) recordings may be fetched from, besides this machine; several times",
    "source_folders": "folder that file:// recordings may be read from; several times",
    "allow_faults": "let POST /_local/faults set trial faults at run time",
    "faults": "fault plan for trials: JSON, or @FILE",
}

_KEYS = {"api_key": API_KEY_VARIABLE, "openai_api_key": OPENAI_KEY_VARIABLE}
_CHOICES = {"recognizer": RecognizerName, "openai_endpoint": OpenAiEndpoint}

_EXAMPLE = f"""\
example:
  python -m qa_pipeline.local_service --references samples/recordings --state .qa/local-service --port 8089

The API key that callers must send is read from {API_KEY_VARIABLE}; without it any key is taken (loopback only).
The key of the server behind --recognizer openai is read from {OPENAI_KEY_VARIABLE}.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the service until it is stopped; returns the exit status (2 on wrong use, 1 when it can't start)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        config = _config(options)
    except ConfigError as error:
        sys.stderr.write(f"local service: {error}\n")
        return 2
    if options.stop_with_parent:
        _stop_when_input_ends()
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
    for option, name in OPTIONS.items():
        parser.add_argument(option, dest=name, **_argument(name, defaults[name]))
    parser.add_argument(
        "--stop-with-parent",
        action="store_true",
        help="stop when standard input ends (for programs that start this)",
    )
    return parser


def _argument(name: str, default: Any) -> dict[str, Any]:
    """What argparse is told about one field, from its name and default."""
    help_text = _HELP[name]
    if isinstance(default, bool):
        return {"action": "store_true", "help": help_text}
    if name in ("references", "source_folders"):
        return {"action": "append", "type": Path, "default": [], "metavar": "DIR", "help": help_text}
    if name == "source_hosts":
        return {"action": "append", "default": [], "metavar": "HOST", "help": help_text}
    if name in _CHOICES:
        return {"choices": get_args(_CHOICES[name]), "default": default, "help": f"{help_text} (default {default})"}
    kinds: dict[str, Callable[[str], Any]] = {
        "state_dir": Path, "sense_voice_dir": Path, "faults": str, "submits_per_minute": int,
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
    values = {name: getattr(options, name) for name in OPTIONS.values()}
    for name in ("references", "source_hosts", "source_folders"):
        values[name] = tuple(values[name])
    if isinstance(values["faults"], str):
        values["faults"] = _read_plan(values["faults"])
    values |= {name: os.environ.get(variable) or None for name, variable in _KEYS.items()}
    return ServiceConfig(**values)


def _read_plan(text: str) -> FaultPlan:
    try:
        if text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        return fault_plan(json.loads(text))
    except (OSError, ValueError) as error:
        raise ConfigError(f"--faults: {error}") from error


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _stop_when_input_ends() -> None:
    """A parent that is killed can't stop its children, but its end of the pipe closes all the same."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()

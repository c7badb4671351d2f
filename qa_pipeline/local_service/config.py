"""Everything the local service can be told, in one frozen object, checked where it is made."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.faults import NO_FAULTS, FaultPlan
from qa_pipeline.transcription.models import QWEN3_FILETRANS

RecognizerName = Literal["auto", "reference", "whisper", "sense-voice", "openai", "benchmark"]
OpenAiEndpoint = Literal["transcriptions", "chat"]

API_KEY_VARIABLE = "QA_LOCAL_SERVICE_API_KEY"
"""Environment variable with the key that callers must send."""

OPENAI_KEY_VARIABLE = "QA_OPENAI_API_KEY"
"""Environment variable with the key of the server that the recognizer `openai` asks."""

KEY_VARIABLES = {"api_key": API_KEY_VARIABLE, "openai_api_key": OPENAI_KEY_VARIABLE}
"""Field of the config → the variable that carries it; keys in arguments would show in the process list."""

LOOPBACK = "127.0.0.1"
DAY_S = 24 * 3600.0

_ABOVE_ZERO = (
    "concurrency", "threads", "queries_per_second", "policies_per_second", "max_file_bytes", "max_duration_s",
    "max_upload_bytes", "result_ttl_s", "upload_ttl_s", "policy_ttl_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """How one local service runs. Times in seconds, sizes in bytes; the defaults are the documented limits.

    `state_dir` None keeps everything in memory and a temporary folder: gone when the service stops.
    `references` are folders searched for `<name>.transcript.json` beside `<name>.<ext>`.
    `source_hosts` may be downloaded from besides this machine; `source_folders` may be read by `file://`.
    `submits_per_minute` None takes each model's documented figure. `concurrency` is the number of tasks
    RUNNING at once, `threads` the number that decode or are recognized at once. `recognizer` "benchmark" answers
    made-up sentences without listening: for load trials only; "auto" knows what "reference" knows, and of other
    recordings hears what "whisper" hears, where its package and weights are. `whisper_dir` and `sense_voice_dir` are
    the folders of their weights. `openai_base_url` (such as `http://127.0.0.1:8000/v1`), `openai_model`,
    `openai_endpoint` and `openai_api_key` (None: none is sent) lead "openai" to the server it asks.
    """

    host: str = LOOPBACK
    port: int = 0
    api_key: str | None = None
    state_dir: Path | None = None
    references: tuple[Path, ...] = ()
    recognizer: RecognizerName = "reference"
    whisper_dir: Path | None = None
    sense_voice_dir: Path | None = None
    openai_base_url: str | None = None
    openai_model: str | None = None
    openai_endpoint: OpenAiEndpoint = "transcriptions"
    openai_api_key: str | None = field(default=None, repr=False)
    concurrency: int = 8
    threads: int = 2
    submits_per_minute: int | None = None
    queries_per_second: int = 20
    policies_per_second: int = 100
    result_ttl_s: float = DAY_S
    upload_ttl_s: float = 2 * DAY_S
    policy_ttl_s: float = 300.0
    max_file_bytes: int = QWEN3_FILETRANS.max_bytes
    max_duration_s: float = QWEN3_FILETRANS.max_duration_s
    max_upload_bytes: int = 1024**3
    source_hosts: tuple[str, ...] = ()
    source_folders: tuple[Path, ...] = ()
    allow_faults: bool = False
    faults: FaultPlan = NO_FAULTS

    def __post_init__(self) -> None:
        self._check_address()
        self._check_numbers()
        self._check_folders()
        self._check_recognizer()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback_host(self.host)

    def _check_address(self) -> None:
        if self.api_key is not None and not self.api_key.strip():
            raise ConfigError("api_key is empty; give a key or None")
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"port {self.port} is not between 0 and 65535")
        if not self.is_loopback and self.api_key is None:
            raise ConfigError(
                f"host {self.host!r} can be reached from other machines, and no API key is set; set "
                f"{API_KEY_VARIABLE} (or api_key), or use --host 127.0.0.1"
            )

    def _check_recognizer(self) -> None:
        for name, kind in (("recognizer", RecognizerName), ("openai_endpoint", OpenAiEndpoint)):
            if getattr(self, name) not in get_args(kind):
                raise ConfigError(f"{name} {getattr(self, name)!r} is not one of: {', '.join(get_args(kind))}")
        needed = {
            "whisper": ("whisper_dir",),
            "sense-voice": ("sense_voice_dir",),
            "openai": ("openai_base_url", "openai_model"),
        }
        for name in needed.get(self.recognizer, ()):
            if not getattr(self, name):
                raise ConfigError(
                    f"recognizer {self.recognizer} needs {name}: set QA_{name.upper()} or --{_dashed(name)}"
                )

    def _check_numbers(self) -> None:
        for name in _ABOVE_ZERO:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be above zero")
        if self.submits_per_minute is not None and self.submits_per_minute <= 0:
            raise ConfigError(f"submits_per_minute is {self.submits_per_minute}; it must be above zero")

    def _check_folders(self) -> None:
        for name in ("references", "source_folders"):
            for folder in getattr(self, name):
                if not folder.is_dir():
                    raise ConfigError(f"{name}: {folder} is not a folder; create it or name another")
        if self.state_dir is not None and self.state_dir.exists() and not self.state_dir.is_dir():
            raise ConfigError(f"state_dir: {self.state_dir} is a file; name a folder")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def is_loopback_host(host: str) -> bool:
    """Whether `host` (a name or an address) means this machine and nothing else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

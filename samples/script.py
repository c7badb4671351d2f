"""What a sample call's script says, read from YAML and checked before anything is voiced.

A wrong key or an unknown emotion must be told with the file's name, not found in a finished transcript.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

ROLES = ("agent", "customer")
EMOTIONS = ("surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful")
METADATA = ("sidecar", "sidecar-without-date", "csv", "file-name", "none")
DEFECTS = ("dual-mono", "silent-customer", "mono", "truncated")

# Language of a sentence -> espeak-ng voice. Latin letters in a Chinese `say` are read as pinyin.
LANGUAGE_VOICES = {
    "zh": "cmn-latn-pinyin",
    "yue": "yue",
    "en": "en-us",
    "es": "es-419",
    "pt": "pt-br",
    "fr": "fr-fr",
    "de": "de",
    "ja": "ja",
    "ko": "ko",
}


class SampleError(Exception):
    """A sample can't be made; the message names the script or the program, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A speaker: espeak-ng variant, pitch 0..99, words per minute, and voices that replace a language's own."""

    variant: str
    pitch: int
    speed: int
    accents: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One spoken sentence.

    `text` is what a recognizer would write; `say` is given to espeak-ng where that is misread. `pause_ms` is
    the gap to what came before, negative to talk over it. `voice` names another speaker on the channel.
    """

    role: str
    language: str
    emotion: str
    text: str
    say: str | None = None
    pause_ms: int | None = None
    voice: str | None = None

    def __post_init__(self) -> None:
        known("role", self.role, ROLES)
        known("language", self.language, tuple(LANGUAGE_VOICES))
        known("emotion", self.emotion, EMOTIONS)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something between sentences: `music` on a role's channel, or `silence` (dead air) on both."""

    event: str
    duration_ms: int
    role: str = "agent"

    def __post_init__(self) -> None:
        known("event", self.event, ("music", "silence"))
        known("role", self.role, ROLES)


@dataclass(frozen=True, kw_only=True)
class Audio:
    """How the recording is stored: a codec of record.ENCODERS and its rate in Hz."""

    codec: str
    sample_rate: int


@dataclass(frozen=True, kw_only=True)
class Script:
    """One sample call. Exactly one of `turns`, `copy_of` and `text_content` says what is in the file."""

    call_id: str
    about: str
    started_at: str
    agent: dict[str, str]
    customer_id: str
    queue: str
    direction: str
    agent_channel: int
    metadata: str
    file: str
    language: str | None = None
    declared_agent_channel: int | None = None
    audio: Audio | None = None
    defect: str | None = None
    keep_share: float = 1.0
    copy_of: str | None = None
    text_content: str | None = None
    voices: dict[str, Voice] = field(default_factory=dict)
    turns: list[Turn | Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        known("metadata", self.metadata, METADATA)
        known("direction", self.direction, ("inbound", "outbound"))
        if self.defect is not None:
            known("defect", self.defect, DEFECTS)
        contents = [bool(self.turns), self.copy_of is not None, self.text_content is not None]
        if sum(contents) != 1 or (bool(self.turns) != (self.audio is not None)):
            raise ValueError("give turns with audio, or copy_of, or text_content, and only one of them")
        for turn in self.turns:
            if isinstance(turn, Turn):
                known("voice", turn.voice or turn.role, tuple(self.voices))

    @property
    def folder(self) -> str:
        """The landing zone's folder the recording lies in, `.` for the root."""
        return str(Path(self.file).parent)


def known(key: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raises ValueError naming the key unless the value is one of those allowed."""
    if value not in allowed:
        raise ValueError(f"{key} {value!r} is not one of {', '.join(allowed)}")


def read_script(path: Path) -> Script:
    """One call's script, checked. Raises SampleError naming the file and what is wrong in it."""
    try:
        script = parse(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError, yaml.YAMLError) as error:
        raise SampleError(f"{path.name}: {error}") from error
    if script.call_id != path.stem:
        raise SampleError(f"{path.name}: call_id is {script.call_id}; rename the file or mend the key")
    return script


def parse(raw: Any) -> Script:
    """A script from YAML's values. TypeError tells of missing or unknown keys, ValueError of wrong values."""
    if not isinstance(raw, dict):
        raise ValueError("must be a mapping of call_id, started_at, agent …")
    nested: dict[str, Any] = {
        "voices": {name: Voice(**voice) for name, voice in raw.get("voices", {}).items()},
        "turns": [Event(**turn) if "event" in turn else Turn(**turn) for turn in raw.get("turns", [])],
        "audio": Audio(**raw["audio"]) if "audio" in raw else None,
    }
    return Script(**{**raw, **nested})


def read_scripts(folder: Path) -> dict[str, Script]:
    """Every script of a folder by call_id, in order. Raises SampleError if there is none."""
    scripts = {path.stem: read_script(path) for path in sorted(folder.glob("*.yaml"))}
    if not scripts:
        raise SampleError(f"no *.yaml script in {folder}; name the right folder with --scripts")
    return scripts

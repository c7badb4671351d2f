"""Why a sound file can't be used, in a form that both a table and a person can read."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path


class AudioFault(StrEnum):
    """Codes of `UnusableAudio`; the recordings room quarantines under the same names."""

    EMPTY_FILE = "empty_file"
    NOT_AUDIO = "not_audio"
    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    NO_SUCH_CHANNEL = "no_such_channel"
    TOO_LONG = "too_long"


def shown(path: Path) -> str:
    """A file's name for messages, with bytes that are not UTF-8 as \\xNN: messages are printed and stored."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


class UnusableAudio(Exception):
    """The file can't be used; `sentence` names the file, the reason and the fix."""

    def __init__(self, code: AudioFault, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

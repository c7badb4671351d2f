"""Which files beside a recording are its transcripts: another vendor's, or those of an earlier run.

`c1.vtt` is about the whole call c1, `c1.channel-0.vtt` about one of its channels. What a transcript says is read
elsewhere; here are only names. Where several speak for the same channel the most exact one counts: a file of one
channel before one of the whole call, then by the order of `ENDINGS`, richest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDINGS = (".transcript.json", ".vcon.json", ".vcon", ".vtt")
"""What the name of a transcript ends with; in this order they go before each other."""

CHANNELS_OF_A_CALL = (0, 1)
_OF_ONE_CHANNEL = re.compile(r"(?P<stem>.+)\.channel-(?P<channel>[01])", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class TranscriptName:
    """A file's name taken apart: `stem` is the recording's name without its ending, `rank` the place in `ENDINGS`.

    `channel_id` is the channel in the name, None where the file is about the whole call.
    """

    stem: str
    channel_id: int | None
    rank: int


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A transcript that lies beside a recording; `changed_ns` as in `LandingFile`.

    With `leads_outside` it is a link out of the landing zone and must not be read.
    """

    path: Path
    relative_path: str
    size_bytes: int
    changed_ns: int
    channel_id: int | None = None
    rank: int = 0
    leads_outside: bool = False
    of_parts: bool = False
    """It lies beside no recording, but is called what the two parts of a call have in common."""


@dataclass(frozen=True, slots=True)
class ImportedChannel:
    """A channel of a call that a transcript speaks for: nothing is sent for it, and nothing paid.

    `uri` is the file's address and `name` its path in the landing zone; `sha256` is of its bytes, "" where they could
    not be read; `engine` is who made the transcript; `voices` is what was known of the call's voices. With a `problem`
    (a sentence) the file can't be used. `segment` is the recording of the call that it is about. With `names_voices` it
    says of both parties on one channel who says what.
    """

    channel_id: int
    uri: str
    name: str
    sha256: str
    engine: str
    voices: Mapping[str, Any] = field(default_factory=dict, hash=False)
    problem: str | None = None
    segment: int = 0
    names_voices: bool = False


def is_transcript(name: str) -> bool:
    """Whether a file is a transcript by its name."""
    return _ending(name) is not None


def possible_names(name: str) -> tuple[TranscriptName, ...]:
    """What a transcript's name can mean, the likeliest first; empty when it is not one.

    `a.channel-0.vtt` is about the whole of a recording `a.channel-0.wav` where there is one, else about a channel of a.
    """
    ending = _ending(name)
    if ending is None:
        return ()
    stem, rank = name[: -len(ending)], ENDINGS.index(ending)
    whole = TranscriptName(stem, None, rank)
    of_one = _OF_ONE_CHANNEL.fullmatch(stem)
    return (whole,) if of_one is None else (whole, TranscriptName(of_one["stem"], int(of_one["channel"]), rank))


def by_precedence(files: Iterable[TranscriptFile]) -> tuple[TranscriptFile, ...]:
    """The transcripts of one recording, the one that counts first."""
    return tuple(sorted(files, key=lambda file: (file.channel_id is None, file.rank, file.relative_path)))


def _ending(name: str) -> str | None:
    lowered = name.casefold()
    return next((ending for ending in ENDINGS if lowered.endswith(ending) and len(lowered) > len(ending)), None)

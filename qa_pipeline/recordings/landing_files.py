"""What the landing zone holds, file by file: recordings with what describes them, and what was left out, and why."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.errors import UserError
from qa_pipeline.recordings.transcript_files import TranscriptFile

HIDDEN_FILE, HIDDEN_FOLDER = "a hidden file", "a hidden folder"
_NANOSECONDS = 1_000_000_000

IsNamed = Callable[[str], bool]
"""Whether the settings name a file, by its path below the root."""


class LandingZoneMissing(UserError):
    """The landing zone isn't there or can't be listed; the message names it and the setting."""


@dataclass(frozen=True)
class LandingFile:
    """A recording, by its ending or its first bytes. `relative_path` has forward slashes and only characters that can
    be stored.

    `changed_ns` is when the recording, its sidecar or a transcript of it was last changed, whichever is latest (ns
    since 1970). A calls.csv doesn't count: a recorder that adds to it all day would keep the whole folder waiting.
    `transcripts` are those beside it, the one that counts first.
    """

    path: Path
    relative_path: str
    size_bytes: int
    changed_ns: int
    folder_date: dt.date | None = None
    sidecars: tuple[Path, ...] = ()
    """Those of one recording: what the first one says counts before the others."""
    call_lists: tuple[Path, ...] = ()
    leads_outside: bool = False
    transcripts: tuple[TranscriptFile, ...] = ()
    object_uri: str | None = None
    """Where the recording lies if that is a bucket; `path` then only says its place in the zone and is not a file."""
    version: int | None = None
    """For an object: a number that changes with its content (made of its ETag)."""

    @property
    def sidecar(self) -> Path | None:
        """The sidecar that counts first, if there is any."""
        return self.sidecars[0] if self.sidecars else None

    @property
    def source_uri(self) -> str:
        """Where the recording lies, as the tables have it."""
        return self.object_uri or self.path.as_uri()


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that was not taken, and why."""

    relative_path: str
    reason: str

    @property
    def is_hidden(self) -> bool:
        """Whether whoever put it there meant it not to be seen."""
        return self.reason in (HIDDEN_FILE, HIDDEN_FOLDER)


@dataclass(frozen=True, slots=True)
class ZoneObject:
    """An object of a bucket that is a landing zone: its key below the zone's prefix, its URI, its size in bytes.

    `stamp_ns` is when it was changed, ns since 1970; equal only where the content is.
    """

    key: str
    uri: str
    size_bytes: int
    stamp_ns: int


def _nothing(relative_path: str) -> bool:
    return False


IsErased = Callable[[str, int], bool]
"""Whether a file, by its path below the root and its size in bytes, belonged to a call that was erased."""


@dataclass(frozen=True)
class NamedFiles:
    """What the settings say of files: which are lists of calls, which of these are about the recordings of every
    folder, and which belong to the layout and are neither recordings nor about one. What is erased is passed over as if
    it were not there."""

    is_list: IsNamed = _nothing
    is_everywhere: IsNamed = _nothing
    is_companion: IsNamed = _nothing
    is_erased: IsErased | None = None


NOTHING_NAMED = NamedFiles()


@dataclass(frozen=True)
class LandingZone:
    """Everything found below `root`, sorted by path."""

    root: Path
    files: tuple[LandingFile, ...]
    call_lists: tuple[Path, ...] = ()
    orphan_sidecars: tuple[str, ...] = ()
    """Sidecars and transcripts without a recording."""
    loose_sidecars: tuple[Path, ...] = ()
    """Sidecars without a recording of their name: they may name the files of a call."""
    ignored: tuple[LeftOut, ...] = ()
    unreadable_folders: tuple[LeftOut, ...] = ()
    metadata_outside: frozenset[Path] = frozenset()
    """Sidecars and lists that are links out of the zone, and must not be read."""
    companions: tuple[str, ...] = ()
    """Files that belong to the layout and are neither recordings nor about one."""
    lists_for_all: frozenset[Path] = frozenset()
    """Lists that are about the recordings of every folder, wherever they lie."""
    objects: Mapping[Path, ZoneObject] = field(default_factory=dict)
    """Where the zone is a bucket: the object of each path."""

    def relative(self, path: Path) -> str:
        """How a path below the root is shown and stored."""
        return relative_to(self.root, path)


def split_settled(
    files: Iterable[LandingFile], *, now_ns: int, settle_s: float
) -> tuple[list[LandingFile], list[LandingFile]]:
    """(settled, unsettled): files changed less than `settle_s` ago may still be written and wait for the next run.

    A time in the future (a recorder with a fast clock) counts as settled once it is further away than that, or it would
    wait for ever.
    """
    settled: list[LandingFile] = []
    unsettled: list[LandingFile] = []
    for file in files:
        (unsettled if is_fresh(file.changed_ns, now_ns, settle_s) else settled).append(file)
    return settled, unsettled


def is_fresh(changed_ns: int, now_ns: int, settle_s: float) -> bool:
    """Whether something changed less than `settle_s` ago, or will have: a clock may be fast."""
    return abs(now_ns - changed_ns) < settle_s * _NANOSECONDS


def storable(text: str) -> str:
    """A file's name with bytes that are not UTF-8 shown as \\xNN, so that it can be printed and stored."""
    return text if text.isascii() else os.fsencode(text).decode("utf-8", "backslashreplace")


def relative_to(root: Path, path: Path) -> str:
    """How a path below the root is shown and stored: with forward slashes; the root itself is a dot."""
    # Every path below the root was listed from it and so begins with it; taking it apart would be ten times slower.
    return storable(str(path)[len(str(root)) :].lstrip("/") or ".")

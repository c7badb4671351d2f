"""Says what each file of the landing zone is: a recording, what describes one, or something else.

Nothing vanishes silently: what is not a recording is listed with the reason. Links are not followed out of the zone.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from qa_pipeline.recordings.call_lists import CALL_LIST_NAMES
from qa_pipeline.recordings.landing_files import (
    HIDDEN_FILE,
    HIDDEN_FOLDER,
    NOTHING_NAMED,
    LandingZone,
    LeftOut,
    NamedFiles,
    ZoneObject,
    relative_to,
    storable,
)
from qa_pipeline.recordings.outcomes import OUTCOME_NAMES
from qa_pipeline.recordings.people import PEOPLE_NAMES
from qa_pipeline.recordings.transcript_files import is_transcript
from qa_pipeline.recordings.unknown_files import look_at
from qa_pipeline.recordings.zone_entries import Entry, ObjectEntry, is_folder, leads_outside, status_of
from qa_pipeline.recordings.zone_joining import SIDECAR_ENDING, Found, bring_together

# fmt: off
RECORDING_ENDINGS = frozenset(
    {
        "wav", "wave", "w64", "rf64", "bwf", "mp3", "mp2", "mpga", "m4a", "m4b", "m4r", "mp4", "aac",
        "adts", "ogg", "oga", "opus", "spx", "flac", "amr", "awb", "3gp", "3g2", "aif", "aiff", "aifc",
        "au", "snd", "wma", "wmv", "asf", "webm", "weba", "mkv", "mka", "avi", "flv", "mov", "mpeg", "mpg", "ts",
        "caf", "sph", "nist", "ac3", "gsm", "ulaw", "ul", "mulaw", "alaw", "al", "raw", "pcm", "sln",
        "vox", "g722", "g723", "g726", "g729", "dss", "ds2", "silk", "slk",
    }
)
# fmt: on
"""Endings under which phone systems keep sound; what is really in a file is looked up in its bytes, later."""

_UNFINISHED_ENDINGS = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".inprogress",
    "~",
)

Look = Callable[[Path, int, int], str | None]
"""Why a file whose ending says nothing is no recording, None for one that is: by its path, its size in bytes and its
time of change in ns."""


def _look(path: Path, size_bytes: int, changed_ns: int) -> str | None:
    return look_at(path)


def zone_of_folders(
    root: Path,
    folders: Iterable[Iterable[Entry]],
    lists: Iterable[Entry] = (),
    unreadable_folders: Iterable[LeftOut] = (),
    *,
    look: Look = _look,
    named: NamedFiles = NOTHING_NAMED,
) -> LandingZone:
    """What lies in folders of the landing zone, whose entries are given; of their files only those are opened whose
    ending says nothing. `lists` are the lists of calls in other folders that these, or recordings in them, may be
    about."""
    found = Found(unreadable=list(unreadable_folders))
    for entry in itertools.chain(*folders, lists):
        _sort_in(root, entry, found, look, named)
    return bring_together(root, found, named)


def list_folder(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder. Raises `OSError`."""
    with os.scandir(folder) as entries:
        return list(entries)


def why_unreadable(error: OSError) -> str:
    """What is said of a folder that could not be listed."""
    return f"can't be listed ({error.strerror or type(error).__name__})"


def entered(entries: Iterable[Entry]) -> list[str]:
    """The names of the folders among the entries of one that are looked into."""
    return [entry.name for entry in entries if is_folder(entry) and _why_not_entered(entry) is None]


def entries_of_objects(by_path: Mapping[Path, ZoneObject]) -> tuple[list[ObjectEntry], set[str]]:
    """The objects as a walk would meet them, and the hidden folders with others, which are not looked into."""
    folders = {folder for path in by_path for folder in path.parents}
    hidden_folders: set[str] = set()
    entries = []
    for path, item in by_path.items():
        parts = item.key.split("/")
        hidden = next((at for at, part in enumerate(parts[:-1], 1) if part.startswith(".")), None)
        if hidden is not None:
            hidden_folders.add(storable("/".join(parts[:hidden])))
        elif item.size_bytes or path not in folders:  # the empty object of a folder is the mark that consoles make
            entries.append(ObjectEntry(path.name, str(path), item.size_bytes, item.stamp_ns))
    return entries, hidden_folders


def with_objects(zone: LandingZone, by_path: Mapping[Path, ZoneObject]) -> LandingZone:
    """The zone of a bucket, whose recordings are these objects."""
    files = (
        replace(file, object_uri=by_path[file.path].uri, version=by_path[file.path].stamp_ns) for file in zone.files
    )
    return replace(zone, files=tuple(files), objects=by_path)


def needs_a_look(relative_path: str) -> bool:
    """Whether the name of a file that is no folder leaves open what is in it."""
    *folders, name = relative_path.casefold().split("/")
    known = _describes(name) or _ending(name) in RECORDING_ENDINGS
    return not known and _why_left_out(name) is None and not any(folder.startswith(".") for folder in folders)


def _is_erased(root: Path, entry: Entry, named: NamedFiles) -> bool:
    if named.is_erased is None or is_folder(entry) or (status := status_of(entry)) is None:
        return False
    return named.is_erased(relative_to(root, Path(entry.path)), status.st_size)


def _sort_in(root: Path, entry: Entry, found: Found, look: Look, named: NamedFiles) -> None:
    if _is_erased(root, entry, named):
        return
    reason = _why_not_entered(entry) if is_folder(entry) else _why_left_out(entry.name.casefold())
    if reason is not None:
        found.ignored.append(LeftOut(relative_to(root, Path(entry.path)), reason))
    elif is_folder(entry):
        return
    elif named.is_companion(relative_to(root, Path(entry.path))):
        found.companions.append(relative_to(root, Path(entry.path)))
    elif entry.name.casefold() in (*PEOPLE_NAMES, *OUTCOME_NAMES):
        return
    elif entry.name.casefold() in CALL_LIST_NAMES:
        found.call_lists.setdefault(str(Path(entry.path).parent), []).append(entry)
    elif named.is_list(relative_to(root, Path(entry.path))):
        found.named_lists.append(entry)
    elif is_transcript(entry.name):
        found.transcripts.append(entry)
    elif entry.name.casefold().endswith(SIDECAR_ENDING):
        found.sidecars.append(entry)
    elif _ending(entry.name.casefold()) in RECORDING_ENDINGS:
        found.recordings.append(entry)
    else:
        _look_into(root, entry, found, look)


def _look_into(root: Path, entry: Entry, found: Found, look: Look) -> None:
    """Sorts in a file whose name leaves open what is in it."""
    status = status_of(entry)
    if status is None or leads_outside(root, entry):
        reason: str | None = "a link that leads out of the landing zone or nowhere, which is not followed"
    else:
        reason = look(Path(entry.path), status.st_size, status.st_mtime_ns)
    if reason is None:
        found.recordings.append(entry)
    else:
        found.ignored.append(LeftOut(relative_to(root, Path(entry.path)), reason))


def _why_not_entered(entry: Entry) -> str | None:
    if entry.is_symlink():
        return "a link to a folder, which is not followed"
    return HIDDEN_FOLDER if entry.name.startswith(".") else None


def _why_left_out(name: str) -> str | None:
    """Why a file (name in lower case) is not to be opened at all."""
    if name.startswith((".", "~$")):
        return HIDDEN_FILE
    return "still being copied, by its ending" if name.endswith(_UNFINISHED_ENDINGS) else None


def _describes(name: str) -> bool:
    """Whether a file (name in lower case) describes recordings or is a transcript of one."""
    return (
        name in (*CALL_LIST_NAMES, *PEOPLE_NAMES, *OUTCOME_NAMES)
        or name.endswith(SIDECAR_ENDING)
        or is_transcript(name)
    )


def _ending(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""

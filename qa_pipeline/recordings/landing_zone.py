"""Walks the landing zone and says what each file in it is: a recording, what describes one, or something else.

Nothing vanishes silently: what is not a recording is listed with the reason, a folder that can't be read is named, and
a zone that isn't there is an error, never an empty day. Links are not followed out of the zone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa_pipeline.errors import UserError
from qa_pipeline.recordings.call_lists import CALL_LIST_NAMES
from qa_pipeline.recordings.file_names import date_of_folders
from qa_pipeline.recordings.outcomes import OUTCOME_NAMES
from qa_pipeline.recordings.parties import pairs_of
from qa_pipeline.recordings.people import PEOPLE_NAMES
from qa_pipeline.recordings.recording_names import NO_RECORDING, RecordingNames, composed, stem_of
from qa_pipeline.recordings.transcript_files import TranscriptFile, by_precedence, is_transcript, possible_names
from qa_pipeline.recordings.unknown_files import look_at
from qa_pipeline.recordings.zone_entries import (
    Entry,
    ObjectEntry,
    changed_ns_of,
    is_folder,
    leads_outside,
    status_of,
)

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

HIDDEN_FILE, HIDDEN_FOLDER = "a hidden file", "a hidden folder"
_SIDECAR_ENDING = ".json"
_RECORD_ENDINGS = (_SIDECAR_ENDING, ".xml")

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
_NANOSECONDS = 1_000_000_000


Look = Callable[[Path, int, int], str | None]
"""Why a file whose ending says nothing is no recording, None for one that is: by its path, its size in bytes and its
time of change in ns."""


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
        return _relative(self.root, path)


@dataclass(frozen=True)
class _Folder:
    """What a folder and those above it say of the recordings in it."""

    date: dt.date | None
    call_lists: tuple[Path, ...]


@dataclass
class _Found:
    """What a walk collects, before recordings and what describes them are brought together."""

    recordings: list[Entry] = field(default_factory=list)
    sidecars: list[Entry] = field(default_factory=list)
    transcripts: list[Entry] = field(default_factory=list)
    call_lists: dict[str, list[Entry]] = field(default_factory=dict)
    named_lists: list[Entry] = field(default_factory=list)
    companions: list[str] = field(default_factory=list)
    ignored: list[LeftOut] = field(default_factory=list)
    unreadable: list[LeftOut] = field(default_factory=list)
    folders: dict[Path, _Folder] = field(default_factory=dict)


def _look(path: Path, size_bytes: int, changed_ns: int) -> str | None:
    return look_at(path)


def scan(root: Path, look: Look = _look, *, named: NamedFiles = NOTHING_NAMED) -> LandingZone:
    """Lists the landing zone; of the files in it only those are opened (by `look`) whose ending says nothing.

    Raises:
        LandingZoneMissing: it is not there or can't be listed.
    """
    root = root.resolve()
    if not root.is_dir():
        raise LandingZoneMissing(
            f"the landing zone {root} is not a folder; create it or point QA_RECORDINGS at the recordings"
        )
    found = _Found()
    for folder in _folders(root, found):
        for entry in folder:
            _sort_in(root, entry, found, look, named)
    if any(left.relative_path == "." for left in found.unreadable):
        raise LandingZoneMissing(f"the landing zone {root} can't be listed: {found.unreadable[0].reason}")
    return _bring_together(root, found, named)


def zone_of_folders(
    root: Path,
    folders: Iterable[Iterable[Entry]],
    lists: Iterable[Entry] = (),
    unreadable_folders: Iterable[LeftOut] = (),
    *,
    look: Look = _look,
    named: NamedFiles = NOTHING_NAMED,
) -> LandingZone:
    """As `scan`, of some of its folders, whose entries are given. `lists` are the lists of calls in other folders that
    these, or recordings in them, may be about."""
    found = _Found(unreadable=list(unreadable_folders))
    for entry in itertools.chain(*folders, lists):
        _sort_in(root, entry, found, look, named)
    return _bring_together(root, found, named)


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


def _folders(root: Path, found: _Found) -> Iterator[list[os.DirEntry[str]]]:
    """The entries of every folder that can be listed; hidden folders and folders behind links are not entered."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            listed = list_folder(folder)
        except OSError as error:
            found.unreadable.append(LeftOut(_relative(root, folder), why_unreadable(error)))
            continue
        yield listed
        waiting.extend(folder / name for name in entered(listed))


def needs_a_look(relative_path: str) -> bool:
    """Whether the name of a file that is no folder leaves open what is in it."""
    *folders, name = relative_path.casefold().split("/")
    known = _describes(name) or _ending(name) in RECORDING_ENDINGS
    return not known and _why_left_out(name) is None and not any(folder.startswith(".") for folder in folders)


def _is_erased(root: Path, entry: Entry, named: NamedFiles) -> bool:
    if named.is_erased is None or is_folder(entry) or (status := status_of(entry)) is None:
        return False
    return named.is_erased(_relative(root, Path(entry.path)), status.st_size)


def _sort_in(root: Path, entry: Entry, found: _Found, look: Look, named: NamedFiles) -> None:
    if _is_erased(root, entry, named):
        return
    reason = _why_not_entered(entry) if is_folder(entry) else _why_left_out(entry.name.casefold())
    if reason is not None:
        found.ignored.append(LeftOut(_relative(root, Path(entry.path)), reason))
    elif is_folder(entry):
        return
    elif named.is_companion(_relative(root, Path(entry.path))):
        found.companions.append(_relative(root, Path(entry.path)))
    elif entry.name.casefold() in (*PEOPLE_NAMES, *OUTCOME_NAMES):
        return
    elif entry.name.casefold() in CALL_LIST_NAMES:
        found.call_lists.setdefault(str(Path(entry.path).parent), []).append(entry)
    elif named.is_list(_relative(root, Path(entry.path))):
        found.named_lists.append(entry)
    elif is_transcript(entry.name):
        found.transcripts.append(entry)
    elif entry.name.casefold().endswith(_SIDECAR_ENDING):
        found.sidecars.append(entry)
    elif _ending(entry.name.casefold()) in RECORDING_ENDINGS:
        found.recordings.append(entry)
    else:
        _look_into(root, entry, found, look)


def _look_into(root: Path, entry: Entry, found: _Found, look: Look) -> None:
    """Sorts in a file whose name leaves open what is in it."""
    status = status_of(entry)
    if status is None or leads_outside(root, entry):
        reason: str | None = "a link that leads out of the landing zone or nowhere, which is not followed"
    else:
        reason = look(Path(entry.path), status.st_size, status.st_mtime_ns)
    if reason is None:
        found.recordings.append(entry)
    else:
        found.ignored.append(LeftOut(_relative(root, Path(entry.path)), reason))


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
        or name.endswith(_SIDECAR_ENDING)
        or is_transcript(name)
    )


def _ending(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""


def _bring_together(root: Path, found: _Found, named: NamedFiles) -> LandingZone:
    names = RecordingNames(entry.path for entry in found.recordings)
    transcripts = _transcripts(root, found, names)
    sidecars: dict[str, list[tuple[int, str, Entry]]] = {}
    everywhere: set[Path] = set()
    for entry in found.named_lists:
        base, point, ending = entry.path.rpartition(".")
        is_record = f"{point}{ending}".casefold() in _RECORD_ENDINGS
        rank, name = names.described_by(base) if is_record else (0, NO_RECORDING)
        if name == NO_RECORDING:
            path = Path(entry.path)
            if named.is_everywhere(_relative(root, path)):
                everywhere.add(path)
            place = root if path in everywhere else path.parent
            found.call_lists.setdefault(str(place), []).append(entry)
        else:
            sidecars.setdefault(name, []).append((rank, entry.path, entry))
    for entry in found.sidecars:
        rank, name = names.described_by(entry.path[: -len(_SIDECAR_ENDING)])
        sidecars.setdefault(name, []).append((rank, entry.path, entry))
    of_parts = _transcripts_of_parts(found, transcripts)
    recordings = [
        _landing_file(
            root,
            entry,
            found,
            [
                sidecar
                for _, _, sidecar in sorted(
                    (*sidecars.get(stem_of(entry.path), ()), *sidecars.get(composed(entry.path), ())),
                    key=lambda ranked: (ranked[0], len(ranked[1]), ranked[1]),
                )
            ],
            by_precedence((*transcripts.get(stem_of(entry.path), ()), *of_parts.get(entry.path, ()))),
        )
        for entry in found.recordings
    ]
    orphans = [
        *(path for _, path, _ in sidecars.get(NO_RECORDING, ())),
        *(str(file.path) for file in transcripts.get(NO_RECORDING, ())),
    ]
    return LandingZone(
        root=root,
        files=tuple(sorted(recordings, key=lambda file: file.relative_path)),
        call_lists=tuple(sorted(Path(entry.path) for entries in found.call_lists.values() for entry in entries)),
        orphan_sidecars=tuple(sorted(_relative(root, Path(path)) for path in orphans)),
        loose_sidecars=tuple(sorted(Path(path) for _, path, _ in sidecars.get(NO_RECORDING, ()))),
        ignored=_sorted(found.ignored),
        unreadable_folders=_sorted(found.unreadable),
        companions=tuple(sorted(found.companions)),
        lists_for_all=frozenset(everywhere),
        metadata_outside=frozenset(
            Path(entry.path)
            for entry in (*found.sidecars, *found.named_lists, *itertools.chain(*found.call_lists.values()))
            if leads_outside(root, entry)
        ),
    )


def _transcripts(root: Path, found: _Found, described: RecordingNames) -> dict[str, list[TranscriptFile]]:
    """Transcripts by the path of their recording without its ending; `NO_RECORDING` has those of none."""
    sorted_in: dict[str, list[TranscriptFile]] = {}
    for entry in found.transcripts:
        folder = entry.path[: -len(entry.name)]
        names = possible_names(entry.name)
        chosen = next((name for name in names if described.find(folder + name.stem)), None)
        status = status_of(entry)
        file = TranscriptFile(
            path=Path(entry.path),
            relative_path=_relative(root, Path(entry.path)),
            size_bytes=status.st_size if status else 0,
            changed_ns=changed_ns_of(entry),
            channel_id=chosen.channel_id if chosen else None,
            rank=names[0].rank,
            leads_outside=leads_outside(root, entry),
        )
        recording = described.find(folder + chosen.stem) if chosen else None
        sorted_in.setdefault(recording or NO_RECORDING, []).append(file)
    return sorted_in


def _transcripts_of_parts(
    found: _Found, transcripts: Mapping[str, Sequence[TranscriptFile]]
) -> dict[str, list[TranscriptFile]]:
    """Transcripts beside no recording that are called what two recordings of their folder have in common, such as
    77.vtt of 77-in.wav and 77-out.wav, by the path of the first of these."""
    loose = {
        str(file.path.with_name(name.stem)): file
        for file in transcripts.get(NO_RECORDING, ())
        for name in possible_names(file.path.name)[:1]
    }
    if not loose:
        return {}
    folders = {str(file.path.parent) for file in loose.values()}
    beside = [entry.path for entry in found.recordings if str(Path(entry.path).parent) in folders]
    given: dict[str, list[TranscriptFile]] = {}
    for folder in folders:
        inside = sorted(path for path in beside if str(Path(path).parent) == folder)
        pairs = pairs_of((path, Path(path).stem) for path in inside)
        firsts = {part.base.casefold(): path for path, part in sorted(pairs.items(), reverse=True)}
        for whole, file in loose.items():
            first = firsts.get(Path(whole).name.casefold())
            if first is not None and str(file.path.parent) == folder:
                given.setdefault(first, []).append(replace(file, of_parts=True))
    return given


def _landing_file(
    root: Path, entry: Entry, found: _Found, sidecars: Sequence[Entry], transcripts: tuple[TranscriptFile, ...]
) -> LandingFile:
    path = Path(entry.path)
    folder = _folder(root, path.parent, found)
    status = status_of(entry)
    return LandingFile(
        path=path,
        relative_path=_relative(root, path),
        size_bytes=status.st_size if status else 0,
        changed_ns=max(
            [*map(changed_ns_of, (entry, *sidecars)), *(transcript.changed_ns for transcript in transcripts)]
        ),
        folder_date=folder.date,
        sidecars=tuple(Path(sidecar.path) for sidecar in sidecars),
        call_lists=folder.call_lists,
        leads_outside=leads_outside(root, entry),
        transcripts=transcripts,
    )


def _folder(root: Path, path: Path, found: _Found) -> _Folder:
    """The nearest date and all lists from a folder up to the root, looked up once for each folder."""
    if path not in found.folders:
        above = _folder(root, path.parent, found) if path != root else _Folder(None, ())
        own = sorted(found.call_lists.get(str(path), ()), key=_order_of_list)
        found.folders[path] = _Folder(
            date=date_of_folders(path.relative_to(root).parts) or above.date,
            call_lists=(*(Path(entry.path) for entry in own), *above.call_lists),
        )
    return found.folders[path]


def _order_of_list(entry: Entry) -> tuple[int, str]:
    name = entry.name.casefold()
    return (CALL_LIST_NAMES.index(name) if name in CALL_LIST_NAMES else len(CALL_LIST_NAMES)), entry.name


def _relative(root: Path, path: Path) -> str:
    # Every path below the root was listed from it and so begins with it; taking it apart would be ten times slower.
    return storable(str(path)[len(str(root)) :].lstrip("/") or ".")


def _sorted(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    return tuple(sorted(left_out, key=lambda left: left.relative_path))

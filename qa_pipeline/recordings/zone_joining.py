"""Brings recordings together with what describes them: the sidecars and transcripts of their names, and the lists of
their folder and those above it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa_pipeline.recordings.call_lists import CALL_LIST_NAMES
from qa_pipeline.recordings.file_names import date_of_folders
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone, LeftOut, NamedFiles, relative_to
from qa_pipeline.recordings.parties import pairs_of
from qa_pipeline.recordings.recording_names import NO_RECORDING, RecordingNames, composed, stem_of
from qa_pipeline.recordings.transcript_files import TranscriptFile, by_precedence, possible_names
from qa_pipeline.recordings.zone_entries import Entry, changed_ns_of, leads_outside, status_of

SIDECAR_ENDING = ".json"
_RECORD_ENDINGS = (SIDECAR_ENDING, ".xml")

_Sidecars = dict[str, list[tuple[int, str, Entry]]]
"""Path of a recording without its ending, or NO_RECORDING → rank, path and entry of what describes it."""


@dataclass(frozen=True)
class _Folder:
    """What a folder and those above it say of the recordings in it."""

    date: dt.date | None
    call_lists: tuple[Path, ...]


@dataclass
class Found:
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


def bring_together(root: Path, found: Found, named: NamedFiles) -> LandingZone:
    """The zone that a walk has found: every recording with its sidecars, transcripts, lists and date."""
    names = RecordingNames(entry.path for entry in found.recordings)
    transcripts = _transcripts(root, found, names)
    sidecars, everywhere = _sidecars(root, found, names, named)
    of_parts = _transcripts_of_parts(found, transcripts)
    recordings = [
        _landing_file(
            root,
            entry,
            found,
            _sidecars_of(entry, sidecars),
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
        orphan_sidecars=tuple(sorted(relative_to(root, Path(path)) for path in orphans)),
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


def _sidecars(root: Path, found: Found, names: RecordingNames, named: NamedFiles) -> tuple[_Sidecars, set[Path]]:
    """Sidecars by their recording, and the lists that are about every folder. A list that the settings name is a
    sidecar where it is a record with the name of a recording; else it is added to the lists of its folder."""
    sidecars: _Sidecars = {}
    everywhere: set[Path] = set()
    for entry in found.named_lists:
        base, point, ending = entry.path.rpartition(".")
        is_record = f"{point}{ending}".casefold() in _RECORD_ENDINGS
        rank, name = names.described_by(base) if is_record else (0, NO_RECORDING)
        if name == NO_RECORDING:
            path = Path(entry.path)
            if named.is_everywhere(relative_to(root, path)):
                everywhere.add(path)
            place = root if path in everywhere else path.parent
            found.call_lists.setdefault(str(place), []).append(entry)
        else:
            sidecars.setdefault(name, []).append((rank, entry.path, entry))
    for entry in found.sidecars:
        rank, name = names.described_by(entry.path[: -len(SIDECAR_ENDING)])
        sidecars.setdefault(name, []).append((rank, entry.path, entry))
    return sidecars, everywhere


def _sidecars_of(entry: Entry, sidecars: _Sidecars) -> list[Entry]:
    """Those of a recording, the one that counts first at first."""
    ranked = (*sidecars.get(stem_of(entry.path), ()), *sidecars.get(composed(entry.path), ()))
    return [sidecar for _, _, sidecar in sorted(ranked, key=lambda each: (each[0], len(each[1]), each[1]))]


def _transcripts(root: Path, found: Found, described: RecordingNames) -> dict[str, list[TranscriptFile]]:
    """Transcripts by the path of their recording without its ending; `NO_RECORDING` has those of none."""
    sorted_in: dict[str, list[TranscriptFile]] = {}
    for entry in found.transcripts:
        folder = entry.path[: -len(entry.name)]
        names = possible_names(entry.name)
        chosen = next((name for name in names if described.find(folder + name.stem)), None)
        status = status_of(entry)
        file = TranscriptFile(
            path=Path(entry.path),
            relative_path=relative_to(root, Path(entry.path)),
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
    found: Found, transcripts: Mapping[str, Sequence[TranscriptFile]]
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
    root: Path, entry: Entry, found: Found, sidecars: Sequence[Entry], transcripts: tuple[TranscriptFile, ...]
) -> LandingFile:
    path = Path(entry.path)
    folder = _folder(root, path.parent, found)
    status = status_of(entry)
    return LandingFile(
        path=path,
        relative_path=relative_to(root, path),
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


def _folder(root: Path, path: Path, found: Found) -> _Folder:
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


def _sorted(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    return tuple(sorted(left_out, key=lambda left: left.relative_path))

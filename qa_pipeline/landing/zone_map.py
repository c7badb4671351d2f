"""Which days the recordings of each folder of the landing zone are of, known for all and read of those that changed.

Nothing here depends on what was done with a change: whoever looks first writes down what lies there, and everybody
decides by what lies there and by what the warehouse has.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote_to_bytes

import numpy as np

from qa_pipeline.landing.folder_index import UNDATED, FolderContents, FolderFacts, FolderIndex, Keys, key_of, keys_of
from qa_pipeline.landing.scans import ZoneSource, content_of, state_of
from qa_pipeline.landing.survey import Survey, as_seen, believed, survey
from qa_pipeline.recordings.call_lists import CallList
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.landing_zone import LandingFile, LandingZone, LeftOut, storable
from qa_pipeline.recordings.parties import NamedPart
from qa_pipeline.recordings.parts import plain_pairs
from qa_pipeline.recordings.zone_entries import Entry

FILES_AT_ONCE = 20_000
"""Files of changed folders that are read together; more would only take memory."""

NOTES_KEPT = 100
"""Notes on the lists of a folder that are remembered."""

FOLDERS_KEPT = 50
"""Where more folders changed, what lies in them is not kept in memory."""


@dataclass(frozen=True, slots=True)
class LandedElsewhere:
    """A recording that lies in a folder that a run did not read, with the day that its own metadata give it."""

    relative_path: str
    call_date: dt.date | None


class Describer(Protocol):
    """How the settings have recordings read."""

    definition: str
    """Changes with everything that decides what is read of a recording."""

    def reader(self, zone: LandingZone) -> MetadataReader:
        """Reads the metadata of a zone's recordings."""

    def split(self, zone: LandingZone) -> tuple[list[LandingFile], list[LandingFile]]:
        """(settled, unsettled) recordings of a zone."""

    def growing(self, zone: LandingZone) -> frozenset[Path]:
        """The lists of a zone that are being written."""

    def is_fresh(self, changed_ns: int) -> bool:
        """Whether what was changed then may still be written."""

    def fingerprint(self, zone: LandingZone, files: Sequence[LandingFile]) -> str:
        """What the sensor compares of a folder's recordings."""


@dataclass
class ZoneMap:
    """The folders of a landing zone as they are now. `changed` are those that were read for this look, `unsettled`
    their recordings that are still being written."""

    source: ZoneSource
    index: FolderIndex | None
    survey: Survey
    facts: dict[str, FolderFacts]
    contents: dict[str, FolderContents]
    changed: set[str]
    unsettled: list[LandingFile]

    def zone(self, folders: Iterable[str]) -> LandingZone:
        """These folders with all that lies in them, and the lists further up that are about them."""
        chosen = sorted(folders)
        entries = {folder: self.survey.list(folder) for folder in chosen}
        return self.source.zone(entries, self._lists_for(chosen), self.survey.unreadable)

    def recordings(self) -> Iterator[str]:
        """The paths below the root of all recordings, as they can be stored."""
        yield from (file.relative_path for file in self.unsettled)
        uris = {self.source.uri_of(folder): folder for folder, facts in self.facts.items() if facts.recordings}
        stored = {uris[uri]: days for uri, days in (self.index.days(uris) if self.index else {}).items()}
        stored |= {folder: contents.days for folder, contents in self.contents.items()}
        yield from (storable(joined(folder, name)) for folder, days in stored.items() for name in days)

    def folders_of(self, days: DayRange) -> set[str]:
        """Folders with recordings of these days, by their own metadata, and those with others of the same calls.

        Recordings are joined by their id where they follow each other within hours, so those of the days before and
        after are asked for it; and again of what these lead to.
        """
        found = {folder for folder, facts in self.facts.items() if has_days(facts, days)}
        around, asked = days, set[str]()
        while fresh := found - asked:
            asked |= fresh
            around = around.widened(1)
            near = {folder for folder, facts in self.facts.items() if has_days(facts, around)} - found
            found |= self.sharing_ids(near, fresh)
        return found

    def sharing_ids(self, folders: Collection[str], others: Collection[str]) -> set[str]:
        """Those of `folders` that have an id in common with `others`."""
        if not folders:
            return set()
        ids = self._ids({*folders, *others})
        asked = [ids[name] for name in others if name in ids]
        if not asked:
            return set()
        together = np.unique(np.concatenate(asked))
        return {name for name in folders if name in ids and np.isin(ids[name], together, kind="sort").any()}

    def dates_of(self, uris: Iterable[str]) -> dict[str, LandedElsewhere]:
        """Of files of the zone, by URI, their day by their own metadata; what is not there is left out."""
        places = {uri: place for uri in uris if (place := self.source.place_of(uri)) is not None}
        folders = {_folder(place) for place in places.values()} & self.facts.keys()
        days = {folder: self.contents[folder].days for folder in folders if folder in self.contents}
        left = {self.source.uri_of(folder): folder for folder in folders if folder not in days}
        days |= {left[uri]: found for uri, found in (self.index.days(left) if self.index else {}).items()}
        there = {}
        for uri, place in places.items():
            day = days.get(_folder(place), {}).get(place.rpartition("/")[2])
            if day is not None:
                date = None if day == UNDATED else dt.date.fromisoformat(day)
                there[uri] = LandedElsewhere(storable(place), date)
        return there

    def named_elsewhere(self, keys: Collection[str], without: Collection[str]) -> set[str]:
        """Those of these keys of lists by which recordings of other folders than `without` may be meant."""
        others = {self.source.uri_of(folder) for folder in self.facts if folder not in without}
        known = list(self.index.keys(others).values()) if self.index and keys else []
        if not known:
            return set()
        asked = sorted(keys)
        found = np.isin(np.array([key_of(key) for key in asked], np.uint32), np.concatenate(known), kind="sort")
        return {key for key, is_there in zip(asked, found, strict=True) if is_there}

    def _ids(self, folders: Collection[str]) -> dict[str, Keys]:
        found = {folder: self.contents[folder].ids for folder in folders if folder in self.contents}
        left = {self.source.uri_of(folder): folder for folder in folders if folder not in found}
        stored = self.index.ids(left) if self.index else {}
        return found | {left[uri]: ids for uri, ids in stored.items()}

    def _lists_for(self, folders: Sequence[str]) -> list[Entry]:
        chosen = set(folders)
        above = {parent for folder in folders for parent in parents_of(folder)} - chosen
        lists = [joined(folder, name) for folder in sorted(above) for name in self.facts[folder].lists]
        lists += [
            joined(folder, name)
            for folder, facts in self.facts.items()
            if folder not in chosen and folder not in above
            for name in facts.everywhere
        ]
        return [self.source.file_at(path) for path in lists]


def map_zone(
    source: ZoneSource,
    index: FolderIndex | None,
    describer: Describer,
    is_wanted: Callable[[FolderFacts], bool],
    now: float,
) -> ZoneMap:
    """Looks at the zone, reads what changed, and writes down what is known now.

    Raises:
        LandingZoneMissing: it can't be listed.
        StorageError: it is a bucket that could not be read.
    """
    root = source.uri_of("")
    stored = index.folders(root) if index else {}
    uris = {folder: uri for uri in stored if (folder := _below(root, uri)) is not None}
    known = {folder: stored[uri] for folder, uri in uris.items()}
    found = survey(source, known, is_wanted, now)
    mapped = ZoneMap(source, index, found, {}, {}, set(), [])
    _Mapping(mapped, describer).run()
    if index:
        seen = [folder for folder, facts in mapped.facts.items() if facts is not known.get(folder)]
        index.save({source.uri_of(folder): mapped.facts[folder] for folder in seen if folder not in mapped.changed}, {})
        index.forget({uris[folder] for folder in found.gone})
    return mapped


class _Mapping:
    """Brings the facts of a look up to date."""

    def __init__(self, mapped: ZoneMap, describer: Describer) -> None:
        self._map = mapped
        self._describer = describer
        self._found = mapped.survey
        self._digests: dict[str, tuple[str, dict[str, str], Keys]] = {}

    def run(self) -> None:
        """Reads the folders that changed, and those about whose recordings lists further up say something else."""
        fresh = [folder for folder in list(self._found.stamps) if not self._is_known(folder)]
        for folder in fresh:
            self._map.facts[folder] = self._listed(folder)
            if len(fresh) > FOLDERS_KEPT:
                self._found.entries.pop(folder, None)  # listed again when it is read
        above = {folder: self._state_above(folder) for folder in self._found.stamps}
        for folder in self._found.stamps.keys() - set(fresh):
            facts = self._map.facts[folder]
            if facts.lists_above != above[folder] and facts.recordings:
                lines = self._lines_above(folder, None)
                if lines is None or lines != facts.above:
                    fresh.append(folder)
                    self._map.facts[folder] = self._listed(folder)
                    continue
            if facts.lists_above != above[folder]:
                self._map.facts[folder] = replace(facts, lists_above=above[folder])
        for some in _batches(fresh, self._map.facts):
            self._read(some, above)
            if len(fresh) > FOLDERS_KEPT:
                for folder in some:
                    self._found.entries.pop(folder, None)
        self._map.changed = set(fresh)

    def _is_known(self, folder: str) -> bool:
        """Whether a folder is as it was; then its facts are those of before, as of now."""
        facts = self._found.known.get(folder)
        if facts is None or facts.definition != self._describer.definition:
            return False
        if folder not in self._found.entries:
            self._map.facts[folder] = facts
            return True
        content = content_of(self._found.entries[folder])
        if facts.content != content[0] or facts.is_open:
            return False
        self._map.facts[folder] = as_seen(facts, self._found, folder, content)
        return True

    def _listed(self, folder: str) -> FolderFacts:
        """What a folder holds, before its recordings are read."""
        entries = self._found.list(folder)
        content, newest_ns, files = content_of(entries)
        zone = self._map.source.zone({folder: entries}, ())
        lists = [path for path in zone.call_lists if path not in zone.lists_for_all]
        states = {entry.name: state_of(entry) for entry in entries if Path(entry.path) in set(zone.call_lists)}
        return FolderFacts(
            stamp=believed(self._found.stamps[folder], self._found.at),
            listed_at=self._found.at,
            content=content,
            newest_ns=newest_ns,
            files=files,
            folders=self._found.folders.get(folder, ()),
            lists={path.name: states[path.name] for path in (*lists, *sorted(zone.lists_for_all))},
            everywhere=tuple(sorted(path.name for path in zone.lists_for_all)),
            definition=self._describer.definition,
            recordings=len(zone.files),
            ignored=tuple((left.relative_path, left.reason) for left in zone.ignored),
            orphans=zone.orphan_sidecars,
            companions=len(zone.companions),
        )

    def _read(self, folders: Sequence[str], above: Mapping[str, str]) -> None:
        """Reads the recordings of folders, and completes what is known of them."""
        zone = self._map.zone(folders)
        settled, unsettled = self._describer.split(zone)
        self._map.source.bring_metadata(zone, settled)
        reader = self._describer.reader(zone)
        of_folder: dict[str, list[LandingFile]] = {folder: [] for folder in folders}
        for file in settled:
            of_folder[self._folder_of(file.path)].append(file)
        is_open = {self._folder_of(file.path) for file in unsettled}
        is_open |= {self._folder_of(path) for path in self._describer.growing(zone)}
        self._map.unsettled += unsettled
        contents = {}
        for folder, files in of_folder.items():
            days, ids = _described(files, reader)
            keys = keys_of(reader.keys_of(files)) if above[folder] else None
            contents[folder] = FolderContents({name: day for name, (day, *_) in days.items()}, keys_of(ids), keys)
            self._map.facts[folder] = replace(
                self._map.facts[folder],
                read_at=self._found.at,
                fingerprint=self._describer.fingerprint(zone, files) if files else None,
                lists_above=above[folder],
                above=self._lines_above(folder, keys) or "" if above[folder] else "",
                is_open=folder in is_open,
                list_notes=self._list_notes(folder),
                days=tuple(sorted({day for either in days.values() for day in either if day != UNDATED})),
                undated=tuple(sorted(name for name, (day, *_) in days.items() if day == UNDATED)),
            )
        if self._map.index:
            uris = {folder: self._map.source.uri_of(folder) for folder in folders}
            self._map.index.save(
                {uri: self._map.facts[folder] for folder, uri in uris.items()},
                {uri: contents[folder] for folder, uri in uris.items()},
            )
        else:
            self._map.contents |= contents

    def _list_notes(self, folder: str) -> tuple[tuple[str, str | None], ...]:
        """What is odd about the lists of a folder themselves."""
        lists = [self._map.source.file_at(joined(folder, name)) for name in self._map.facts[folder].lists]
        if not lists:
            return ()
        notes = self._describer.reader(self._map.source.zone({}, lists)).notes_on_lists()
        return tuple((note.text, note.kind) for note in notes[:NOTES_KEPT])

    def _folder_of(self, path: Path) -> str:
        return str(path.parent)[len(str(self._map.source.root)) + 1 :]

    def _state_above(self, folder: str) -> str:
        """Changes with the lists that are about the recordings of a folder without lying in it."""
        lists = self._lists_above(folder)
        if not lists:
            return ""
        states = [f"{path}\t{self._state_of(path)}" for path in lists]
        return hashlib.sha256("\n".join(states).encode(errors="surrogateescape")).hexdigest()[:16]

    def _state_of(self, path: str) -> str:
        """Of a list; one that is still being written is another one when it is not any more."""
        folder, _, name = path.rpartition("/")
        state = self._map.facts[folder].lists[name]
        changed_ns = state.rpartition("\t")[2]
        is_growing = self._map.source.may_grow and changed_ns.isdecimal() and self._describer.is_fresh(int(changed_ns))
        return f"{state}\tgrowing" if is_growing else state

    def _lists_above(self, folder: str) -> list[str]:
        found = [joined(parent, name) for parent in parents_of(folder) for name in self._map.facts[parent].lists]
        for other, facts in self._everywhere():
            found += [joined(other, name) for name in facts.everywhere if other != folder]
        return sorted(set(found))

    def _everywhere(self) -> list[tuple[str, FolderFacts]]:
        return [(folder, facts) for folder, facts in self._map.facts.items() if facts.everywhere]

    def _lines_above(self, folder: str, keys: Keys | None) -> str | None:
        """Changes with what the lists further up say of the recordings of a folder; None where that is not known."""
        if keys is None:
            uri = self._map.source.uri_of(folder)
            keys = self._map.index.keys([uri]).get(uri) if self._map.index else None
        if keys is None:
            return None
        parts = []
        for path in self._lists_above(folder):
            problem, lines, known = self._digest(path)
            parts.append(problem)
            parts += [lines[str(key)] for key in known[np.isin(known, keys, kind="sort")]]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def _digest(self, path: str) -> tuple[str, dict[str, str], Keys]:
        """Of a list: why it can't be used, what changes with the lines that a key leads to, and the keys."""
        if path not in self._digests:
            listed = self._list_at(path)
            lines: dict[str, list[str]] = {}
            for call in listed.calls:
                line = json.dumps([call.cells, call.problem], sort_keys=True, default=str)
                for key in keys_of(listed.keys_of(call)):
                    lines.setdefault(str(key), []).append(line)
            digests = {
                key: hashlib.sha256("\n".join(of_key).encode()).hexdigest()[:16] for key, of_key in lines.items()
            }
            known = np.sort(np.array([int(key) for key in lines], np.uint32))
            self._digests[path] = listed.problem or "", digests, known
        return self._digests[path]

    def _list_at(self, path: str) -> CallList:
        zone = self._map.source.zone({}, [self._map.source.file_at(path)])
        self._map.source.bring_metadata(zone, ())
        return self._describer.reader(zone).read_list(zone.call_lists[0])


def _described(files: Sequence[LandingFile], reader: MetadataReader) -> tuple[dict[str, list[str]], set[str]]:
    """Of each recording, by its name, its day, and the day that it has where it is one party's recording; and the ids
    by which recordings may be joined with others."""
    pairs: Mapping[str, NamedPart] = plain_pairs(files)
    days, ids = {}, set()
    for file in files:
        metadata = [reader.describe(file)]
        if file.relative_path in pairs:
            metadata.append(reader.describe(file, pairs[file.relative_path]))
        ids |= {each.call_id for each in metadata if each.has_given_id or each.part is not None}
        days[file.path.name] = [UNDATED if each.call_date is None else str(each.call_date) for each in metadata]
    return days, ids


def _batches(folders: Iterable[str], facts: Mapping[str, FolderFacts]) -> Iterator[list[str]]:
    """The folders, some at a time."""
    some: list[str] = []
    files = 0
    for folder in sorted(folders):
        some.append(folder)
        files += facts[folder].files
        if files >= FILES_AT_ONCE:
            yield some
            some, files = [], 0
    if some:
        yield some


def has_days(facts: FolderFacts, days: DayRange) -> bool:
    """Whether a folder has recordings of the range."""
    return any(dt.date.fromisoformat(day) in days for day in facts.days)


def parents_of(folder: str) -> list[str]:
    """The folders above one, nearest first; none of the root."""
    found = []
    while folder:
        folder = _folder(folder)
        found.append(folder)
    return found


def joined(folder: str, name: str) -> str:
    """The path of a file in a folder."""
    return f"{folder}/{name}" if folder else name


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _below(root: str, uri: str) -> str | None:
    """The path below the root that a folder's URI names; None of a folder elsewhere."""
    if uri == root:
        return ""
    return os.fsdecode(unquote_to_bytes(uri[len(root) + 1 :])) if uri.startswith(f"{root}/") else None


def left_out(facts: Iterable[FolderFacts]) -> list[LeftOut]:
    """What lies in the folders and is not taken."""
    return [LeftOut(path, reason) for each in facts for path, reason in each.ignored]

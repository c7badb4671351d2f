"""Brings what is known of each folder of the landing zone up to date: those that changed are read.

Nothing here depends on what was done with a change: whoever looks first writes down what lies there, and everybody
decides by what lies there and by what the warehouse has.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from qa_pipeline.landing.describing import ZoneDescriber, digest, said_of
from qa_pipeline.landing.folder_index import UNDATED, FolderContents, FolderFacts, FolderIndex, keys_of
from qa_pipeline.landing.folder_paths import joined
from qa_pipeline.landing.lists_above import ListsAbove
from qa_pipeline.landing.scans import ZoneSource, content_of, state_of
from qa_pipeline.landing.survey import as_seen, believed, survey
from qa_pipeline.landing.zone_map import ZoneMap
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.parties import NamedPart
from qa_pipeline.recordings.parts import plain_pairs

FILES_AT_ONCE = 20_000
"""Files of changed folders that are read together; more would only take memory."""

NOTES_KEPT = 100
"""Notes on the lists of a folder that are remembered."""

FILES_AT_ONCE_HURRIED = 5_000
"""In a look whose time is short; lists further up are read again for each lot."""

FOLDERS_KEPT = 50
"""Where more folders changed, what lies in them is not kept in memory."""

_LISTED = "listed for "
"""Stands before the definition of a folder that was listed for it when the time of a look was up, and is to be read."""


def map_zone(
    source: ZoneSource,
    index: FolderIndex | None,
    describer: ZoneDescriber,
    is_wanted: Callable[[FolderFacts], bool],
    now: float,
    within_s: float | None = None,
) -> ZoneMap:
    """Looks at the zone, reads what changed, and writes down what is known now.

    With `within_s` folders that could not be read in so many seconds are left `unread`, and the next look continues
    with them. Each look gets on: all folders are looked at, however long that takes, then a quarter of the time
    is left at least, and one folder is listed and one lot read in any case. A lot is whole folders.

    Raises:
        LandingZoneMissing: it can't be listed.
        StorageError: it is a bucket that could not be read.
    """
    root = source.uri_of("")
    stored = index.folders(root) if index else {}
    uris = {folder: uri for uri in stored if (folder := _below(root, uri)) is not None}
    known = {folder: stored[uri] for folder, uri in uris.items()}
    began = time.monotonic()
    found = survey(source, known, is_wanted, now)
    mapped = ZoneMap(source, index, found, {}, {}, set(), [])
    until = None if within_s is None else time.monotonic() + left_of(within_s, began)
    _Mapping(mapped, describer, until).run()
    if index:
        seen = [folder for folder, facts in mapped.facts.items() if facts is not known.get(folder)]
        if mapped.unread:  # another process may have read them meanwhile
            read = {uri for uri, facts in index.folders(root).items() if facts.definition == describer.definition}
            seen = [folder for folder in seen if folder not in mapped.unread or source.uri_of(folder) not in read]
        index.save({source.uri_of(folder): mapped.facts[folder] for folder in seen if folder not in mapped.changed}, {})
        index.forget({uris[folder] for folder in found.gone})
    return mapped


def left_of(within_s: float, began: float) -> float:
    """What is left of the time of a look that began then (by `time.monotonic`): a quarter of it at least."""
    return max(within_s - (time.monotonic() - began), within_s / 4)


class _Mapping:
    """Brings the facts of a look up to date."""

    def __init__(self, mapped: ZoneMap, describer: ZoneDescriber, until: float | None) -> None:
        self._map = mapped
        self._describer = describer
        self._until = until
        self._found = mapped.survey
        self._lists = ListsAbove(mapped, describer)

    def run(self) -> None:
        """Reads the folders that changed, and those about whose recordings lists further up say something else."""
        fresh = [folder for folder in list(self._found.stamps) if not self._is_known(folder)]
        self._list(fresh)
        if self._map.unread:  # what lists say of other folders is known when all are listed
            self._leave(set(fresh) - self._map.unread)
            return
        above = {folder: self._lists.state(folder) for folder in self._found.stamps}
        fresh += self._told_otherwise(self._found.stamps.keys() - set(fresh), above)
        for some in _batches(fresh, self._map.facts, FILES_AT_ONCE if self._until is None else FILES_AT_ONCE_HURRIED):
            if self._map.changed and self._is_late():
                self._leave(some)
                continue
            self._read(some, above)
            self._map.changed |= set(some)
            if len(fresh) > FOLDERS_KEPT:
                self._let_go(some)

    def _list(self, folders: Sequence[str]) -> None:
        """Notes what lies in the folders; those that would have to be listed when it is late are left unread."""
        listed = 0
        for folder in folders:
            before = self._listed_before(folder)
            if before is None and listed and self._is_late():
                self._map.unread.add(folder)
                continue
            listed += before is None
            self._map.facts[folder] = before or self._listed(folder)
            if len(folders) > FOLDERS_KEPT:
                self._let_go([folder])

    def _let_go(self, folders: Iterable[str]) -> None:
        """Forgets what lies in folders, which are listed again when that is asked for; those that can't be listed stay,
        so that each is named once."""
        for folder in folders:
            if self._found.entries.get(folder):
                del self._found.entries[folder]

    def _told_otherwise(self, known: Iterable[str], above: Mapping[str, str]) -> list[str]:
        """Those of the known folders about whose recordings lists further up say something else now, listed."""
        found: list[str] = []
        for folder in known:
            facts = self._map.facts[folder]
            if facts.lists_above == above[folder]:
                continue
            lines = self._lists.lines(folder, None) if facts.recordings else facts.above
            if lines is not None and lines == facts.above:
                self._map.facts[folder] = replace(facts, lists_above=above[folder])
            elif found and self._is_late():
                self._map.unread.add(folder)  # as it is known, so that the next look comes to it again
            else:
                found.append(folder)
                self._map.facts[folder] = self._listed(folder)
        return found

    def _is_late(self) -> bool:
        return self._until is not None and time.monotonic() > self._until

    def _leave(self, folders: Iterable[str]) -> None:
        """Leaves folders that are listed to the next look."""
        for folder in folders:
            facts = self._map.facts[folder]
            self._map.facts[folder] = replace(facts, definition=f"{_LISTED}{self._describer.definition}")
            self._map.unread.add(folder)

    def _listed_before(self, folder: str) -> FolderFacts | None:
        """What an earlier look has listed, whose time was up then; None where it is not so any more."""
        facts = self._found.known.get(folder)
        if facts is None or facts.definition != f"{_LISTED}{self._describer.definition}":
            return None
        if folder in self._found.entries and content_of(self._found.entries[folder])[0] != facts.content:
            return None
        return replace(facts, definition=self._describer.definition)

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
            listed = self._map.facts[folder]
            if content_of(self._found.list(folder))[0] != listed.content:
                # It changed, or could not be listed, since it was listed before: the next look reads it anew.
                listed = replace(listed, stamp="", content="")
            days, ids, said = _described(files, reader)
            keys = keys_of(reader.keys_of(files)) if above[folder] else None
            contents[folder] = FolderContents({name: day for name, (day, *_) in days.items()}, keys_of(ids), keys)
            self._map.facts[folder] = replace(
                listed,
                read_at=self._found.at,
                fingerprint=self._describer.fingerprint(zone, files) if files else None,
                day_fingerprints={day: digest(texts) for day, texts in sorted(said.items())},
                lists_above=above[folder],
                above=self._lists.lines(folder, keys) or "" if above[folder] else "",
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


def _described(
    files: Sequence[LandingFile], reader: MetadataReader
) -> tuple[dict[str, list[str]], set[str], dict[str, list[str]]]:
    """Of each recording, by its name, its day, and the day that it has where it is one party's recording; the ids by
    which recordings may be joined with others; and by day what is said of its recordings."""
    pairs: Mapping[str, NamedPart] = plain_pairs(files)
    days, ids, said = {}, set(), dict[str, list[str]]()
    for file in files:
        metadata = [reader.describe(file)]
        if file.relative_path in pairs:
            metadata.append(reader.describe(file, pairs[file.relative_path]))
        ids |= {each.call_id for each in metadata if each.has_given_id or each.part is not None}
        days[file.path.name] = [UNDATED if each.call_date is None else str(each.call_date) for each in metadata]
        text = said_of(file, metadata)
        for day in set(days[file.path.name]):
            said.setdefault(day, []).append(text)
    return days, ids, said


def _batches(folders: Iterable[str], facts: Mapping[str, FolderFacts], files_at_once: int) -> Iterator[list[str]]:
    """The folders, some at a time."""
    some: list[str] = []
    files = 0
    for folder in sorted(folders):
        some.append(folder)
        files += facts[folder].files
        if files >= files_at_once:
            yield some
            some, files = [], 0
    if some:
        yield some


def _below(root: str, uri: str) -> str | None:
    """The path below the root that a folder's URI names; None of a folder elsewhere."""
    if uri == root:
        return ""
    return os.fsdecode(unquote_to_bytes(uri[len(root) + 1 :])) if uri.startswith(f"{root}/") else None

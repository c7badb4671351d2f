"""A landing zone that is a bucket: what lies in which folder of it, and how to get at it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.landing.cache import LandingCache, Stamp
from qa_pipeline.landing.folder_paths import TOP, folder_of
from qa_pipeline.landing.inspection import Inspector, PartyInspector
from qa_pipeline.landing.looking import RememberedLooks
from qa_pipeline.landing.recording_files import RecordingGone, saying_gone
from qa_pipeline.object_storage.bucket import StoredObject
from qa_pipeline.object_storage.faults import ObjectMissing, ObjectRefused
from qa_pipeline.object_storage.local_copies import LocalCopies
from qa_pipeline.recordings.inspection import Inspection
from qa_pipeline.recordings.landing_files import (
    HIDDEN_FOLDER,
    LandingFile,
    LandingZone,
    LeftOut,
    NamedFiles,
    ZoneObject,
)
from qa_pipeline.recordings.landing_zone import entries_of_objects, needs_a_look, with_objects, zone_of_folders
from qa_pipeline.recordings.unknown_files import LOOKED_AT_BYTES, look_at_head
from qa_pipeline.recordings.zone_entries import Entry, ObjectEntry

INSPECTED_AT_ONCE = 8
"""Objects of a bucket that are downloaded and looked at together."""
LOOKED_AT_ONCE = 1_000
"""Objects whose ending says nothing are asked for their first bytes, so many in one look at the bucket."""
NOT_LOOKED_AT = f"not looked at yet, as over {LOOKED_AT_ONCE:,} objects have endings that say nothing: run again"


class BucketSource:
    """A landing zone that is a bucket. It is listed as a whole; objects are downloaded only when they are new."""

    may_grow = False

    def __init__(self, copies: LocalCopies, named: NamedFiles, cache: LandingCache | None) -> None:
        """Raises `StorageError`: a bucket that can't be listed is never taken for empty."""
        bucket, found = copies.bucket, copies.bucket.listed()
        self.root = copies.zone
        self._copies = copies
        self._named = named
        self._listed = {item.key: item for item in found.objects}
        self._objects = {
            self.root / item.key: ZoneObject(item.key, bucket.url.uri_of(item.key), item.size_bytes, item.stamp_ns)
            for item in found.objects
        }
        entries, hidden = entries_of_objects(self._objects)
        self._folders: dict[str, list[Entry]] = {TOP: []}
        for entry in entries:
            self._folders.setdefault(self._folder_of(entry), []).append(entry)
        for folder in list(self._folders):
            while folder:  # a folder with nothing but folders is one too
                folder = folder_of(folder)
                self._folders.setdefault(folder, [])
        self._below: dict[str, list[str]] = {}
        for folder in self._folders:
            if folder:
                above, _, name = folder.rpartition("/")
                self._below.setdefault(above, []).append(name)
        self.left_out = [LeftOut(folder, HIDDEN_FOLDER) for folder in sorted(hidden)]
        """What is not taken and lies in no folder that is looked into."""
        self.unreadable = [LeftOut(folder or ".", reason) for folder, reason in found.unreadable]
        self._looks = RememberedLooks(cache)
        self._look_ahead(named)

    def _folder_of(self, entry: Entry) -> str:
        return folder_of(entry.path[len(str(self.root)) + 1 :])

    def uri_of(self, folder: str) -> str:
        """The URI of a folder below the prefix, by which the operations database knows it."""
        return self._copies.bucket.url.uri_of(folder).rstrip("/")

    def place_of(self, uri: str) -> str | None:
        """The key of an object of the bucket; None of what lies elsewhere."""
        return self._copies.bucket.url.key_of(uri)

    def stamp_of(self, folder: str) -> str:
        """A bucket's folders have no time of change."""
        return ""

    def entries_of(self, folder: str) -> list[Entry]:
        """The objects directly in a folder, as the listing of the whole bucket has them."""
        return self._folders[folder]

    def folders_in(self, folder: str, entries: Iterable[Entry]) -> list[str]:
        """The names of the folders directly below a folder."""
        return self._below.get(folder, [])

    def file_at(self, path: str) -> Entry:
        """A file of a folder that was listed."""
        item = self._objects[self.root / path]
        return ObjectEntry(path.rpartition("/")[2], str(self.root / path), item.size_bytes, item.stamp_ns)

    def zone(
        self, folders: Mapping[str, Sequence[Entry]], lists: Iterable[Entry], unreadable: Iterable[LeftOut] = ()
    ) -> LandingZone:
        """These folders, with lists that lie elsewhere."""
        lists = list(lists)
        zone = zone_of_folders(self.root, folders.values(), lists, unreadable, look=self._look, named=self._named)
        paths = [Path(entry.path) for entry in (*itertools.chain(*folders.values()), *lists)]
        return with_objects(zone, {path: self._objects[path] for path in paths})

    def _look_ahead(self, named: NamedFiles) -> None:
        """Looks at new objects whose ending says nothing, several at once and so many at most."""
        new = [
            item
            for key, item in self._listed.items()
            if needs_a_look(key)
            and not named.is_list(key)
            and not named.is_companion(key)
            and not self._looks.knows(self._stamp(item))
        ]
        with ThreadPoolExecutor(INSPECTED_AT_ONCE) as pool:
            told = list(pool.map(self._head_of, new[:LOOKED_AT_ONCE]))
        for item, reason in zip(new, told, strict=False):
            self._looks.learn(self._stamp(item), reason)

    def _look(self, path: Path, size_bytes: int, changed_ns: int) -> str | None:
        item = self._listed[path.relative_to(self._copies.zone).as_posix()]
        stamp = self._stamp(item)
        return self._looks.told(stamp) if self._looks.knows(stamp) else NOT_LOOKED_AT

    def _stamp(self, item: StoredObject) -> Stamp:
        return (self._copies.bucket.url.uri_of(item.key), item.size_bytes, item.stamp_ns)

    def _head_of(self, item: StoredObject) -> str | None:
        try:
            head = self._copies.bucket.first_bytes(item.key, LOOKED_AT_BYTES) if item.size_bytes else b""
        except (ObjectMissing, ObjectRefused) as error:
            return f"an object that can't be read ({error})"
        return look_at_head(item.key, head)

    def bring_metadata(self, zone: LandingZone, files: Iterable[LandingFile]) -> None:
        """Downloads what describes these recordings of a zone, and its lists, where they are not here yet.

        Raises:
            StorageError: the bucket could not be read.
        """
        wanted: set[Path] = {*zone.call_lists, *zone.loose_sidecars}
        for file in files:
            wanted |= {*file.call_lists, *(transcript.path for transcript in file.transcripts)}
            wanted |= set(file.sidecars)
        self._copies.mirror({path: self._listed[zone.objects[path].key] for path in wanted})

    def tidy(self) -> None:
        """Removes copies of what is not in the bucket any more."""
        self._copies.tidy(set(self._objects))

    def inspect(
        self, zone: LandingZone, files: Sequence[LandingFile], inspector: Inspector | PartyInspector
    ) -> list[Inspection | None]:
        """As `FolderSource.inspect`; what is new is downloaded, several at once.

        Raises:
            StorageError: the bucket could not be read, or refused every recording.
        """
        refused: list[ObjectRefused] = []

        def look(file: LandingFile, known: Inspection | None) -> Inspection | None:
            if known is not None or file.size_bytes > inspector.max_bytes:
                return known
            key = zone.objects[file.path].key
            try:
                with saying_gone(), self._copies.hold(key, self._listed[key]) as copy:
                    stamp = (file.source_uri, copy.size_bytes, copy.stamp_ns)
                    return inspector.look(replace(file, path=copy.path), stamp)
            except (RecordingGone, ObjectRefused) as error:
                if isinstance(error, ObjectRefused):
                    refused.append(error)
                return Inspection(None, UnusableAudio(AudioFault.UNREADABLE, f"{error}."))

        remembered = [inspector.remembered((file.source_uri, file.size_bytes, file.version or 0)) for file in files]
        pool = ThreadPoolExecutor(INSPECTED_AT_ONCE)
        try:
            found = list(pool.map(look, files, remembered))
        finally:
            pool.shutdown(cancel_futures=True)
        if refused and not any(item is None or item.recording_id for item in found):
            raise refused[0]  # none can be read: the recordings are not at fault
        return found

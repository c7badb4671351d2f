"""One look at a landing zone, which is a folder or a bucket: what lies there, and how to get at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.landing.cache import LandingCache, Stamp
from qa_pipeline.landing.inspection import Inspector, PartyInspector
from qa_pipeline.landing.looking import RememberedLooks
from qa_pipeline.landing.recording_files import RecordingGone, landing_copies, saying_gone
from qa_pipeline.object_storage.bucket import StoredObject
from qa_pipeline.object_storage.faults import ObjectMissing, ObjectRefused
from qa_pipeline.object_storage.local_copies import LocalCopies
from qa_pipeline.recordings.assessment import Inspection
from qa_pipeline.recordings.landing_zone import (
    LandingFile,
    LeftOut,
    NamedFiles,
    ZoneObject,
    needs_a_look,
    scan,
    scan_objects,
)
from qa_pipeline.recordings.layouts import is_companion
from qa_pipeline.recordings.list_rules import CallListRule
from qa_pipeline.recordings.unknown_files import LOOKED_AT_BYTES, look_at, look_at_head
from qa_pipeline.settings import Settings

INSPECTED_AT_ONCE = 8
"""Objects of a bucket that are downloaded and looked at together."""
LOOKED_AT_ONCE = 1_000
"""Objects whose ending says nothing are asked for their first bytes, so many in one look at the bucket."""
NOT_LOOKED_AT = f"not looked at yet, as over {LOOKED_AT_ONCE:,} objects have endings that say nothing: run again"


def scanner_of(settings: Settings) -> Callable[[LandingCache | None], FolderScan | BucketScan]:
    """How to look at the landing zone that the settings name, with what is remembered of it; looks at nothing yet."""
    rules = settings.list_rules

    def rule_of(relative_path: str) -> CallListRule | None:
        return next((rule for rule in rules if rule.matches(relative_path)), None)

    named = NamedFiles(
        is_list=lambda path: rule_of(path) is not None,
        is_everywhere=lambda path: (rule := rule_of(path)) is not None and rule.everywhere,
        is_companion=partial(is_companion, settings.landing_layout),
    )
    if (copies := landing_copies(settings)) is not None:
        return partial(BucketScan, copies, named)
    assert settings.landing_folder is not None, "a zone that is not a bucket is a folder"
    return partial(FolderScan, settings.landing_folder, named)


class FolderScan:
    """What lies in a folder of this machine."""

    def __init__(self, folder: Path, named: NamedFiles, cache: LandingCache | None) -> None:
        """Raises `LandingZoneMissing`."""
        looks = RememberedLooks(cache)

        def look(path: Path, size_bytes: int, changed_ns: int) -> str | None:
            stamp = (path.as_uri(), size_bytes, changed_ns)
            if not looks.knows(stamp):
                looks.learn(stamp, look_at(path))
            return looks.told(stamp)

        self.zone = scan(folder, look, named=named)

    def bring_metadata(self, files: Iterable[LandingFile], *, all_lists: bool) -> None:
        """Nothing: it is here."""

    def inspect(self, files: Sequence[LandingFile], inspector: Inspector | PartyInspector) -> list[Inspection | None]:
        """What the recordings are, in the order of `files`; None for one that is not to be opened."""
        found = []
        for file in files:
            try:
                # As a URI: names on a disk may hold bytes that no database takes as text.
                stamp = (file.path.as_uri(), file.size_bytes, file.path.lstat().st_mtime_ns)
            except OSError:  # gone since the scan
                stamp = None
            found.append(inspector.remembered(stamp) or inspector.look(file, stamp))
        return found


class BucketScan:
    """What lies in a bucket. Objects are downloaded only when they are new."""

    def __init__(self, copies: LocalCopies, named: NamedFiles, cache: LandingCache | None) -> None:
        """Raises `StorageError`: a bucket that can't be listed is never taken for empty."""
        bucket, found = copies.bucket, copies.bucket.listed()
        objects = (
            ZoneObject(item.key, bucket.url.uri_of(item.key), item.size_bytes, item.stamp_ns) for item in found.objects
        )
        unreadable = (LeftOut(folder or ".", reason) for folder, reason in found.unreadable)
        self._copies = copies
        self._listed = {item.key: item for item in found.objects}
        looks = RememberedLooks(cache)
        self._look_ahead(looks, named)
        self.zone = scan_objects(copies.zone, objects, unreadable, look=partial(self._look, looks), named=named)

    def _look_ahead(self, looks: RememberedLooks, named: NamedFiles) -> None:
        """Looks at new objects whose ending says nothing, several at once and so many at most."""
        new = [
            item
            for key, item in self._listed.items()
            if needs_a_look(key)
            and not named.is_list(key)
            and not named.is_companion(key)
            and not looks.knows(self._stamp(item))
        ]
        with ThreadPoolExecutor(INSPECTED_AT_ONCE) as pool:
            told = list(pool.map(self._head_of, new[:LOOKED_AT_ONCE]))
        for item, reason in zip(new, told, strict=False):
            looks.learn(self._stamp(item), reason)

    def _look(self, looks: RememberedLooks, path: Path, size_bytes: int, changed_ns: int) -> str | None:
        item = self._listed[path.relative_to(self._copies.zone).as_posix()]
        stamp = self._stamp(item)
        return looks.told(stamp) if looks.knows(stamp) else NOT_LOOKED_AT

    def _stamp(self, item: StoredObject) -> Stamp:
        return (self._copies.bucket.url.uri_of(item.key), item.size_bytes, item.stamp_ns)

    def _head_of(self, item: StoredObject) -> str | None:
        try:
            head = self._copies.bucket.first_bytes(item.key, LOOKED_AT_BYTES) if item.size_bytes else b""
        except (ObjectMissing, ObjectRefused) as error:
            return f"an object that can't be read ({error})"
        return look_at_head(item.key, head)

    def bring_metadata(self, files: Iterable[LandingFile], *, all_lists: bool) -> None:
        """Downloads what describes these recordings, and with `all_lists` every calls.csv, where it is not here yet.

        Raises:
            StorageError: the bucket could not be read.
        """
        wanted: set[Path] = {*self.zone.call_lists, *self.zone.loose_sidecars} if all_lists else set()
        for file in files:
            wanted |= {*file.call_lists, *(transcript.path for transcript in file.transcripts)}
            wanted |= set(file.sidecars)
            folder = file.path.parent
            wanted |= {path for path in self.zone.loose_sidecars if path.parent == folder}
        self._copies.mirror({path: self._listed[self.zone.objects[path].key] for path in wanted})
        if all_lists:
            self._copies.tidy(set(self.zone.objects))

    def inspect(self, files: Sequence[LandingFile], inspector: Inspector | PartyInspector) -> list[Inspection | None]:
        """As `FolderScan.inspect`; what is new is downloaded, several at once.

        Raises:
            StorageError: the bucket could not be read, or refused every recording.
        """
        refused: list[ObjectRefused] = []

        def look(file: LandingFile, known: Inspection | None) -> Inspection | None:
            if known is not None or file.size_bytes > inspector.max_bytes:
                return known
            key = self.zone.objects[file.path].key
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

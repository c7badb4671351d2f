"""One look at a landing zone, which is a folder or a bucket: what lies there, and how to get at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.landing.inspection import Inspector
from qa_pipeline.landing.recording_files import RecordingGone, landing_copies, saying_gone
from qa_pipeline.object_storage.faults import ObjectRefused
from qa_pipeline.object_storage.local_copies import LocalCopies
from qa_pipeline.recordings.assessment import Inspection
from qa_pipeline.recordings.landing_zone import LandingFile, LeftOut, ZoneObject, scan, scan_objects
from qa_pipeline.settings import Settings

INSPECTED_AT_ONCE = 8
"""Objects of a bucket that are downloaded and looked at together."""


def scanner_of(settings: Settings) -> Callable[[], FolderScan | BucketScan]:
    """How to look at the landing zone that the settings name; looks at nothing yet."""
    if (copies := landing_copies(settings)) is not None:
        return partial(BucketScan, copies)
    assert settings.landing_folder is not None, "a zone that is not a bucket is a folder"
    return partial(FolderScan, settings.landing_folder)


class FolderScan:
    """What lies in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Raises `LandingZoneMissing`."""
        self.zone = scan(folder)

    def bring_metadata(self, files: Iterable[LandingFile], *, all_lists: bool) -> None:
        """Nothing: it is here."""

    def inspect(self, files: Sequence[LandingFile], inspector: Inspector) -> list[Inspection | None]:
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

    def __init__(self, copies: LocalCopies) -> None:
        """Raises `StorageError`: a bucket that can't be listed is never taken for empty."""
        bucket, found = copies.bucket, copies.bucket.listed()
        objects = (
            ZoneObject(item.key, bucket.url.uri_of(item.key), item.size_bytes, item.stamp_ns) for item in found.objects
        )
        unreadable = (LeftOut(folder or ".", reason) for folder, reason in found.unreadable)
        self.zone = scan_objects(copies.zone, objects, unreadable)
        self._copies = copies
        self._listed = {item.key: item for item in found.objects}

    def bring_metadata(self, files: Iterable[LandingFile], *, all_lists: bool) -> None:
        """Downloads what describes these recordings, and with `all_lists` every calls.csv, where it is not here yet.

        Raises:
            StorageError: the bucket could not be read.
        """
        wanted: set[Path] = set(self.zone.call_lists) if all_lists else set()
        for file in files:
            wanted |= {*file.call_lists, *(transcript.path for transcript in file.transcripts)}
            wanted |= set(file.sidecars)
        self._copies.mirror({path: self._listed[self.zone.objects[path].key] for path in wanted})
        if all_lists:
            self._copies.tidy(set(self.zone.objects))

    def inspect(self, files: Sequence[LandingFile], inspector: Inspector) -> list[Inspection | None]:
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

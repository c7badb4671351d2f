"""A recording as a file of this machine, wherever its `source_uri` says it lies: the one way to read recordings.

Objects of the landing zone's bucket are fetched into `QA_HOME/landing` and kept there as long as they fit; files are
used where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from qa_pipeline.object_storage.bucket import Bucket, StoredObject
from qa_pipeline.object_storage.faults import ObjectMissing
from qa_pipeline.object_storage.local_copies import Copy, LocalCopies
from qa_pipeline.object_storage.locations import BucketUrl, is_in_a_bucket
from qa_pipeline.recordings.landing_zone import LandingFile, LandingZone, LeftOut, ZoneObject, scan_objects
from qa_pipeline.settings import Settings

if TYPE_CHECKING:
    from qa_pipeline.landing.cache import Stamp

BYTES_PER_GB = 1_000_000_000


class RecordingGone(LookupError):
    """A recording is not (any longer) where its URI says; the message names it and the way out."""


class RecordingFiles:
    """The recordings that these settings may read. Making one reaches for nothing; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listed: dict[str, StoredObject] = {}

    @contextmanager
    def hold(self, source_uri: str) -> Iterator[Path]:
        """The recording as a file that stays for the time of the block.

        Raises:
            RecordingGone: it is not there any more, or lies in a bucket that is not the landing zone.
            StorageError: the bucket cannot be read.
        """
        if not is_in_a_bucket(source_uri):
            yield existing_file(source_uri)
            return
        with self._copy_of(source_uri) as copy:
            yield copy.path

    def stamp(self, source_uri: str) -> Stamp | None:
        """What tells whether an object is still the one that was looked at, without reading it; None for a file.

        Raises:
            RecordingGone, StorageError: as `hold`.
        """
        if not is_in_a_bucket(source_uri):
            return None
        with _saying_gone():
            found = self.copies.bucket.head(self.key_of(source_uri))
        return (source_uri, found.size_bytes, found.stamp_ns)

    def key_of(self, source_uri: str) -> str:
        """The key of an object of the landing zone's bucket. Raises `RecordingGone` where it lies elsewhere."""
        zone = self._settings.landing_bucket
        key = zone.key_of(source_uri) if zone else None
        if key is None:
            raise RecordingGone(
                f"the recording {source_uri} lies outside QA_RECORDINGS ({self._settings.recordings}); materialize "
                "`calls` again if the landing zone has moved"
            )
        return key

    @cached_property
    def copies(self) -> LocalCopies:
        """The copies of the landing zone's bucket."""
        zone = self._settings.landing_bucket
        assert zone is not None, "asked for by those who know that the landing zone is a bucket"
        max_bytes = round(self._settings.landing_cache_gb * BYTES_PER_GB)
        return LocalCopies(bucket_of(self._settings, zone), self._settings.home / "landing", max_bytes)

    @contextmanager
    def _copy_of(self, source_uri: str) -> Iterator[Copy]:
        with _saying_gone(), self.copies.hold(self.key_of(source_uri)) as copy:
            yield copy

    # -- the landing zone itself --------------------------------------------------------------------------------

    def scan_bucket(self) -> LandingZone:
        """The landing zone's bucket, listed. Nothing is downloaded.

        Raises:
            StorageError: it can't be listed; it is never taken for empty.
        """
        bucket, found = self.copies.bucket, self.copies.bucket.listed()
        objects = (
            ZoneObject(item.key, bucket.url.uri_of(item.key), item.size_bytes, item.stamp_ns) for item in found.objects
        )
        unreadable = (LeftOut(folder or ".", reason) for folder, reason in found.unreadable)
        self._listed = {item.key: item for item in found.objects}
        return scan_objects(self.copies.zone, objects, unreadable)

    def bring_metadata(self, zone: LandingZone, files: Iterable[LandingFile], *, all_lists: bool) -> None:
        """Downloads what describes these recordings, and with `all_lists` every calls.csv, where it is not here yet.

        Raises:
            StorageError: the bucket could not be read.
        """
        wanted: set[Path] = set(zone.call_lists) if all_lists else set()
        for file in files:
            wanted |= {*file.call_lists, *(transcript.path for transcript in file.transcripts)}
            wanted |= {file.sidecar} if file.sidecar else set()
        self.copies.mirror({path: self._listed[zone.objects[path].key] for path in wanted})
        if all_lists:
            self.copies.tidy(set(zone.objects))

    @contextmanager
    def hold_listed(self, zone: LandingZone, file: LandingFile) -> Iterator[Copy]:
        """A recording of a zone that was just listed, without asking the bucket once more."""
        key = zone.objects[file.path].key
        with _saying_gone(), self.copies.hold(key, self._listed[key]) as copy:
            yield copy


def bucket_of(settings: Settings, url: BucketUrl) -> Bucket:
    """A bucket at the storage that the settings name."""
    return Bucket(url, settings.bucket_endpoint)


def existing_file(source_uri: str) -> Path:
    """The file behind a `file://` URI of the landing zone. Raises `RecordingGone`."""
    path = Path(unquote(urlsplit(source_uri).path))
    if not path.is_file():
        raise RecordingGone(f"the recording {path} is gone; put it back into the landing zone and run again")
    return path


@contextmanager
def _saying_gone() -> Iterator[None]:
    try:
        yield
    except ObjectMissing as error:
        raise RecordingGone(str(error)) from error

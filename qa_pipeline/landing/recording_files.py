"""A recording as a file of this machine, wherever its `source_uri` says it lies: the one way to read recordings.

Objects of the landing zone's bucket are fetched into `QA_HOME/landing` and kept there as long as they fit; files are
used where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from qa_pipeline.audio.sent_copies import as_measured, with_channels
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing
from qa_pipeline.object_storage.local_copies import LocalCopies
from qa_pipeline.object_storage.locations import BucketUrl, is_in_a_bucket
from qa_pipeline.settings import Settings

if TYPE_CHECKING:
    from qa_pipeline.landing.cache import Stamp

BYTES_PER_GB = 1_000_000_000


class RecordingGone(LookupError):
    """A recording is not (any longer) where its URI says; the message names it and how to fix that."""


class RecordingReplaced(RecordingGone):
    """Where a recording was there is another one now."""


class RecordingFiles:
    """The recordings of one landing zone. Safe to share between threads."""

    def __init__(self, landing_zone: Path | BucketUrl, copies: LocalCopies | None = None) -> None:
        """`copies` are those of the zone's objects, where the zone is a bucket."""
        self._landing_zone = landing_zone
        self._copies = copies

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
        copies, key = self._locate(source_uri)
        with saying_gone(), copies.hold(key) as copy:
            yield copy.path

    @contextmanager
    def hold_to_hear(self, source_uri: str) -> Iterator[Path]:
        """As `hold`, for a reader here who needs the channels of the call: a file with several tracks comes as a copy
        with a channel per track.

        Raises:
            RecordingGone, StorageError: as `hold`.
            UnusableAudio: it is no sound that can be read.
        """
        with self.hold(source_uri) as path, with_channels(path) as file:
            yield file

    @contextmanager
    def hold_to_send(self, source_uri: str) -> Iterator[Path]:
        """As `hold`, for a reader elsewhere, who may get a copy: see `audio.sent_copies`.

        Raises:
            RecordingGone, StorageError: as `hold`.
        """
        with self.hold(source_uri) as path, as_measured(path) as file:
            yield file

    def stamp(self, source_uri: str) -> Stamp | None:
        """What shows whether an object is still the one that was looked at, without reading it; None for a file.

        Raises:
            RecordingGone, StorageError: as `hold`.
        """
        if not is_in_a_bucket(source_uri):
            return None
        copies, key = self._locate(source_uri)
        with saying_gone():
            found = copies.bucket.head(key)
        return (source_uri, found.size_bytes, found.stamp_ns)

    def sign(self, source_uri: str, ttl_s: float) -> str:
        """An address under which anyone can read an object of the landing zone's bucket for `ttl_s` seconds.

        Raises:
            RecordingGone: it lies elsewhere.
            StorageError: nothing can be signed.
        """
        copies, key = self._locate(source_uri)
        [url] = copies.bucket.sign([key], ttl_s)
        return url

    def _locate(self, source_uri: str) -> tuple[LocalCopies, str]:
        key = self._copies.bucket.url.key_of(source_uri) if self._copies else None
        if self._copies is None or key is None:
            raise RecordingGone(
                f"the recording {source_uri} lies outside QA_RECORDINGS ({self._landing_zone}); materialize `calls` "
                "again if the landing zone has moved"
            )
        return self._copies, key


def recording_files(settings: Settings) -> RecordingFiles:
    """The recordings that these settings may read. Reaches for nothing."""
    return RecordingFiles(settings.recordings, landing_copies(settings))


def landing_copies(settings: Settings) -> LocalCopies | None:
    """The local copies of the landing zone's objects; None where the zone is a folder. Reaches for nothing."""
    if settings.landing_bucket is None:
        return None
    bucket = Bucket(settings.landing_bucket, settings.bucket_endpoint)
    return LocalCopies(bucket, settings.home / "landing", round(settings.landing_cache_gb * BYTES_PER_GB))


def existing_file(source_uri: str) -> Path:
    """The file behind a `file://` URI of the landing zone. Raises `RecordingGone`."""
    path = Path(unquote(urlsplit(source_uri).path))
    try:
        is_there = path.is_file()
    except OSError as error:
        raise RecordingGone(
            f"the recording {path} cannot be reached ({error.strerror}); run again when it can"
        ) from error
    if not is_there:
        raise RecordingGone(f"the recording {path} is gone; put it back into the landing zone and run again")
    return path


@contextmanager
def saying_gone() -> Iterator[None]:
    """Turns `ObjectMissing` into `RecordingGone`."""
    try:
        yield
    except ObjectMissing as error:
        raise RecordingGone(str(error)) from error

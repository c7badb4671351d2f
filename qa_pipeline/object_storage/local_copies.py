"""Copies of a bucket's objects on this machine: of what describes recordings all, of recordings as many as fit.

A copy carries the object's stamp (see `StoredObject.stamp_ns`) as its time of change, so that one look at the file
tells whether it is still the object's: no list to keep, nothing to go out of step. Copies in use are locked, and the
longest unused recordings go first when there are too many bytes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from qa_pipeline.object_storage.bucket import Bucket, StoredObject
from qa_pipeline.object_storage.faults import ObjectMissing, ObjectRefused

AT_ONCE = 16
"""Downloads at once; a bucket answers many small requests no slower than one."""

MIRROR_KEPT_S = 3600.0
"""What was mirrored a moment ago may belong to another process's listing, and is not tidied away."""

ABANDONED_AFTER_S = 6 * 3600.0
"""A download that is not finished by then never will be."""

FASTER_ONES = 100
"""So often another's copy may come and go before ours is put over whatever is there."""

_PART = ".part"
_WITHOUT_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What file systems say that know no second name of a file."""
_IMPOSSIBLE_NAMES = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ)


@dataclass(frozen=True, slots=True)
class Copy:
    """A local copy, and the stamp and size of the object that it was made of."""

    path: Path
    stamp_ns: int
    size_bytes: int


class LocalCopies:
    """The copies of one bucket below `folder`; `max_bytes` bounds the recordings that are kept.

    Safe to use from several threads and processes.
    """

    def __init__(self, bucket: Bucket, folder: Path, max_bytes: int) -> None:
        name = hashlib.sha256(str(bucket.url).encode()).hexdigest()[:16]
        self.bucket = bucket
        self.zone = folder / name / "zone"
        """Where metadata lies, at the place that its key names."""
        self._recordings = folder / name / "recordings"
        self._max_bytes = max_bytes
        self._kept_bytes: int | None = None

    # -- metadata -----------------------------------------------------------------------------------------------

    def mirror(self, wanted: Mapping[Path, StoredObject]) -> None:
        """Brings each object to its path (below `zone`) unless it is there already.

        An object that is gone or may not be read has no file afterwards, which reading it will tell.

        Raises:
            StorageError: the bucket could not be read.
        """
        stale = [(path, item) for path, item in wanted.items() if not _is_copy(path, item)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda each: self._mirror_one(*each), stale))

    def _mirror_one(self, path: Path, item: StoredObject) -> None:
        try:
            self._fetch(item.key, path)[1].close()
        except (ObjectMissing, ObjectRefused):
            path.unlink(missing_ok=True)

    def tidy(self, listed: set[Path]) -> None:
        """Removes mirrored files whose objects are gone; `listed` are the paths of those that are there."""
        oldest = time.time() - MIRROR_KEPT_S
        for path in self.zone.rglob("*"):
            with suppress(OSError):
                if path not in listed and path.is_file() and path.stat().st_ctime < oldest:
                    path.unlink()

    # -- recordings ---------------------------------------------------------------------------------------------

    @contextmanager
    def hold(self, key: str, known: StoredObject | None = None) -> Iterator[Copy]:
        """A recording as a file that stays there for the time of the block; fetched unless it is here unchanged.

        `known` is the object as it was just listed; without it the bucket is asked.

        Raises:
            StorageError: it is gone, or could not be read.
            OSError: this machine cannot keep it.
        """
        path = self._recordings / key
        item = known or self.bucket.head(key)
        file = _locked(path, item)
        is_new = file is None
        if file is None:
            item, file = self._fetch(key, path)
        with file:
            if is_new:
                self._make_room(path, item.size_bytes)
            os.utime(file.fileno(), ns=(time.time_ns(), item.stamp_ns))
            yield Copy(path, item.stamp_ns, item.size_bytes)

    def _fetch(self, key: str, path: Path) -> tuple[StoredObject, BinaryIO]:
        """Downloads beside the target and puts it there in one step, with the stamp of what was really read.

        The file comes open and locked before it is in its place: nobody can drop it between two looks.
        """
        part = path.parent / f".{secrets.token_hex(8)}{_PART}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            item = self.bucket.download(key, part)
            os.utime(part, ns=(time.time_ns(), item.stamp_ns))
            file = _placed_locked(part, path, item)
        except OSError as error:
            if error.errno in _IMPOSSIBLE_NAMES:
                uri = self.bucket.url.uri_of(key)
                raise ObjectRefused(f"{uri} can't be kept as a file ({error.strerror}); give it another key") from None
            raise
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return item, file

    def _make_room(self, newest: Path, added_bytes: int) -> None:
        """Drops the recordings that were not used for longest until the rest fits; what is in use stays."""
        if self._kept_bytes is not None and self._kept_bytes + added_bytes <= self._max_bytes:
            self._kept_bytes += added_bytes
            return  # no need to look at every file for each one that is added
        kept = sorted(self._files())
        total = sum(size for _, size, _ in kept)
        for _, size, path in kept:
            if total <= self._max_bytes:
                break
            if path != newest and _dropped(path):
                total -= size
        self._kept_bytes = total

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        """Last use (ns), size and path of each copy, and of downloads that a killed process has left."""
        for folder, _, names in os.walk(self._recordings):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):
                    status = path.stat()
                    if not name.endswith(_PART) or time.time() - status.st_mtime > ABANDONED_AFTER_S:
                        yield status.st_atime_ns, status.st_size, path


def _is_copy(path: Path, item: StoredObject) -> bool:
    with suppress(OSError):
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (item.size_bytes, item.stamp_ns)
    return False


def _locked(path: Path, item: StoredObject) -> BinaryIO | None:
    """The copy, open and locked against being dropped; None where it is not there or not of this object."""
    try:
        file = path.open("rb")
    except OSError:
        return None
    fcntl.flock(file, fcntl.LOCK_SH)
    if _is_copy(path, item) and _is_at(file, path):
        return file
    file.close()
    return None


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether an open file still is the one at `path`: a lock on one that was dropped meanwhile holds nothing."""
    with suppress(OSError):
        here, there = os.fstat(file.fileno()), path.stat()
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
    return False


def _placed_locked(part: Path, path: Path, item: StoredObject) -> BinaryIO:
    """Puts a finished download in its place; it is locked against being dropped before it is there.

    Where somebody was faster with the same object, that copy is used: who reads it must not lose it to ours.
    """
    file = part.open("rb")
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        for _ in range(FASTER_ONES):
            try:
                path.hardlink_to(part)
            except FileExistsError:
                theirs = _locked(path, item)
                if theirs is not None:
                    file.close()
                    return theirs
                if path.is_file() and not _is_copy(path, item):
                    break  # an earlier version of the object
            except OSError as error:
                if error.errno not in _WITHOUT_LINKS:
                    raise
                break
            else:
                return file
        part.replace(path)
    except BaseException:
        file.close()
        raise
    return file


def _dropped(path: Path) -> bool:
    """Removes a copy unless somebody holds it."""
    with suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(file, path):
            path.unlink()
            return True
    return False

"""Raw JSON from a folder into a bucket and back: every document, byte for byte, and none that is there already.

A document is there when the bytes on both sides are the same: by the ETag, where the bucket gives the MD5 for one, else
by reading it back. So an interrupted move goes on where it was, and nothing is believed that was not seen. Names below
`raw/` are the same on both sides. What is in the way is never overwritten.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from qa_pipeline.ledger.raw_store import PART_SUFFIX, UNSHARED_FOLDER
from qa_pipeline.moving.sides import MoveRefused
from qa_pipeline.object_storage.bucket import Bucket, StoredObject

T = TypeVar("T")

AT_ONCE = 16
WAITING = 4 * AT_ONCE
BLOCK_BYTES = 1024 * 1024
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')


@dataclass(frozen=True, slots=True)
class Documents:
    """How many documents there are, their bytes, and how many of them had to be copied."""

    found: int = 0
    size_bytes: int = 0
    copied: int = 0

    def __add__(self, other: Documents) -> Documents:
        """The sums of two counts."""
        return Documents(self.found + other.found, self.size_bytes + other.size_bytes, self.copied + other.copied)


def documents_of(folder: Path) -> Documents:
    """What there is to be moved out of a folder."""
    sizes = [path.stat().st_size for path in _documents(folder)]
    return Documents(len(sizes), sum(sizes))


def objects_of(bucket: Bucket) -> Documents:
    """What there is to be moved out of a bucket."""
    total = Documents()
    for item in bucket.walk():
        total += Documents(1, item.size_bytes)
    return total


def put_all(folder: Path, bucket: Bucket, advance: Callable[[int], None]) -> Documents:
    """Puts all documents below a folder into the bucket; `advance` is told how many more are there.

    Raises:
        MoveRefused: the bucket has another document under one of the names.
        StorageError: the bucket can't be used.
    """
    total = Documents()
    for below in _folders(folder):
        if not (names := _names(below)):
            continue
        there = {
            item.key: item for item in bucket.walk("" if below == folder else below.relative_to(folder).as_posix())
        }

        def put(path: Path, there: dict[str, StoredObject] = there) -> Documents:
            key = path.relative_to(folder).as_posix()
            return _put(path, key, bucket, there.get(key))

        for done in _in_parallel(put, (below / name for name in names)):
            total += done
            advance(1)
    return total


def fetch_all(bucket: Bucket, folder: Path, advance: Callable[[int], None]) -> Documents:
    """Puts all documents of the bucket into a folder; `advance` is told how many more are there.

    Raises:
        MoveRefused: the folder has another document under one of the names.
        StorageError: the bucket can't be used.
    """
    total = Documents()
    for done in _in_parallel(lambda item: _fetch(bucket, folder, item), bucket.walk()):
        total += done
        advance(1)
    return total


def _put(path: Path, key: str, bucket: Bucket, there: StoredObject | None) -> Documents:
    size = path.stat().st_size
    if there is not None:
        _require_same(path, bucket, there)
        return Documents(1, size)
    bucket.upload(key, path)
    _require_same(path, bucket, bucket.head(key))
    return Documents(1, size, copied=1)


def _fetch(bucket: Bucket, folder: Path, item: StoredObject) -> Documents:
    path = folder / item.key
    if not path.resolve().is_relative_to(folder.resolve()):
        raise MoveRefused(f"{bucket.url.uri_of(item.key)} leads out of {folder}")
    if path.exists():
        _require_same(path, bucket, item)
        return Documents(1, item.size_bytes)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=PART_SUFFIX, dir=path.parent)
    temporary = Path(name)
    try:
        found = bucket.download(item.key, temporary)
        if (md5 := _md5_of(found)) is not None and _digest(temporary, "md5") != md5:
            temporary.unlink()
            found = bucket.download(item.key, temporary)  # an ETag that only looks like one is the same again
            _require_same(temporary, bucket, found)
        os.fsync(handle)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        os.close(handle)
        temporary.unlink(missing_ok=True)
    return Documents(1, item.size_bytes, copied=1)


def _require_same(path: Path, bucket: Bucket, there: StoredObject) -> None:
    """Whether a file and an object have the same bytes.

    Raises:
        MoveRefused: they don't.
    """
    if path.stat().st_size == there.size_bytes:
        md5 = _md5_of(there)
        if md5 is not None and _digest(path, "md5") == md5:
            return
        with tempfile.TemporaryDirectory(prefix="qa-move-") as folder:
            copy = Path(folder) / "document"
            bucket.download(there.key, copy)
            if _digest(copy, "sha256") == _digest(path, "sha256"):
                return
    raise MoveRefused(
        f"{bucket.url.uri_of(there.key)} is another document than {path}, and neither was changed; is the bucket "
        "another ledger's? name one of its own, or take one of the two away"
    )


def _md5_of(item: StoredObject) -> str | None:
    """The MD5 of an object, where its ETag looks like one."""
    found = _MD5.fullmatch(item.etag or "")
    return found[1] if found else None


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _in_parallel(work: Callable[[T], Documents], items: Iterable[T]) -> Iterator[Documents]:
    """What `work` gives for each, as it comes; few are under way at a time, however many there are."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="move") as pool:
        under_way: set[Future[Documents]] = set()
        try:
            for item in items:
                under_way.add(pool.submit(work, item))
                if len(under_way) >= WAITING:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            for future in under_way:
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and all below it that have documents."""
    for path, names, _ in os.walk(folder):
        if Path(path) == folder and UNSHARED_FOLDER in names:
            names.remove(UNSHARED_FOLDER)  # notes on documents that are still to be put into a bucket
        names.sort()
        yield Path(path)


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_file() and not entry.name.endswith(PART_SUFFIX))


def _documents(folder: Path) -> Iterator[Path]:
    for below in _folders(folder):
        yield from (below / name for name in _names(below))

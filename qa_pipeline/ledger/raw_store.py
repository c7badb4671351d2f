"""The service's JSON on disk, byte for byte, before anybody parses it.

A result dies on the service after 24 h; from here it can be read again for ever, with no network and no cost.

Machines that share a ledger share a bucket as well: each puts there what it has fetched, and reads there what another
one fetched. What can't be put there at once is on the disk all the same, and put there later.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qa_pipeline.object_storage.faults import ObjectMissing, StorageError

logger = logging.getLogger("qa_pipeline.ledger")

JSON_SUFFIX = ".json"
PART_SUFFIX = ".part"
EVENT_STREAM_SUFFIX = ".sse"
UNSHARED_FOLDER = "unshared"
UNSHARED_SUFFIX = ".path"
"""A file that names a document which is still to be put into the bucket."""

ODD_FOLDER = "odd"
ODD_SUFFIX = ".odd"


class RawJsonMissing(LookupError):
    """The ledger names a raw file that is not there, or not what was stored."""


@dataclass(frozen=True, slots=True)
class StoredJson:
    """Where a document was put: path relative to the store's root, its sha256, and the store's place."""

    path: str
    sha256: str
    kept_in: str | None = None


class SharedDocuments(Protocol):
    """A bucket, as far as it is needed here."""

    def upload(self, key: str, source: Path) -> None:
        """Puts a file there."""

    def download(self, key: str, target: Path) -> object:
        """Writes an object into a file."""


class RawStore:
    """Files `<root>/<model>/<date>/<submission>.json`, written once, atomically. Other contents get another suffix.

    What came in place of an answer is below `<root>/odd/`, with the beginning of its sha256 in its name.
    """

    def __init__(self, root: Path, shared: SharedDocuments | None = None, shared_as: str | None = None) -> None:
        """`shared` is a bucket that other machines read too, and `shared_as` its name."""
        self.root = root
        self._shared = shared
        self._shared_as = shared_as

    @property
    def is_shared(self) -> bool:
        """Whether other machines can read what is put here."""
        return self._shared is not None

    @property
    def place(self) -> str:
        """Where documents are put, for people and for other machines."""
        return self._shared_as or f"{socket.gethostname()}:{self.root}"

    def put(self, model: str, call_date: str, name: str, document: bytes, *, suffix: str = JSON_SUFFIX) -> StoredJson:
        """Stores `document`; returns when it is on the disk, not in a cache, and in the bucket, if there is one.

        A bucket that can't be used now costs nothing: the document waits on the disk for `share_left`.
        """
        relative = Path(model) / call_date / f"{name}{suffix}"
        self._write(relative, document)
        if self._shared is not None:
            mark = self._mark_of(relative.as_posix())
            self._write(mark.relative_to(self.root), relative.as_posix().encode())
            self._share(mark)
        return StoredJson(relative.as_posix(), hashlib.sha256(document).hexdigest(), self.place)

    def share_left(self) -> int:
        """Puts into the bucket what could not be put there before; returns how many documents still wait."""
        marks = sorted((self.root / UNSHARED_FOLDER).glob(f"*{UNSHARED_SUFFIX}")) if self._shared else []
        return len(marks) - sum(self._share(mark) for mark in marks)

    def _share(self, mark: Path) -> bool:
        assert self._shared is not None, "only what is shared is marked"
        path = mark.read_text(encoding="utf-8")
        try:
            self._shared.upload(path, self.root / path)
        except (StorageError, OSError) as error:
            logger.warning(
                "raw JSON %s is not in the bucket for other machines yet; a later run puts it: %s", path, error
            )
            return False
        mark.unlink(missing_ok=True)
        return True

    def _mark_of(self, path: str) -> Path:
        return self.root / UNSHARED_FOLDER / f"{hashlib.sha256(path.encode()).hexdigest()[:32]}{UNSHARED_SUFFIX}"

    def put_odd(self, model: str, call_date: str, name: str, document: bytes) -> str:
        """Keeps bytes that came in place of an answer; returns their path. The same bytes are kept once."""
        digest = hashlib.sha256(document).hexdigest()
        relative = Path(ODD_FOLDER) / model / call_date / f"{name}-{digest[:8]}{ODD_SUFFIX}"
        if not (self.root / relative).exists():
            self._write(relative, document)
        return relative.as_posix()

    def _write(self, relative: Path, document: bytes) -> None:
        target = self.root / relative
        made = _make_folders(target.parent)
        temporary = target.with_suffix(f".{secrets.token_hex(8)}{PART_SUFFIX}")
        with temporary.open("wb") as file:
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        for folder in (target.parent, *made):
            _sync_folder(folder)

    def find(self, model: str, call_date: str, name: str) -> StoredJson | None:
        """What was stored under that name, whatever its suffix; None where nothing was."""
        for found in sorted((self.root / model / call_date).glob(f"{glob.escape(name)}.*")):
            if not found.name.endswith(PART_SUFFIX):
                document = found.read_bytes()
                path = found.relative_to(self.root).as_posix()
                return StoredJson(path, hashlib.sha256(document).hexdigest(), self.place)
        for suffix in (JSON_SUFFIX, EVENT_STREAM_SUFFIX):
            path = f"{model}/{call_date}/{name}{suffix}"
            if (shared := self._from_bucket(path)) is not None:
                return StoredJson(path, hashlib.sha256(shared).hexdigest(), self.place)
        return None

    def get(self, path: str, sha256: str) -> bytes:
        """The stored document.

        Raises:
            RawJsonMissing: the file is gone or its bytes are no longer those that were stored.
        """
        try:
            document = (self.root / path).read_bytes()
        except OSError as error:
            shared = self._from_bucket(path)
            if shared is None:
                raise RawJsonMissing(f"raw JSON {path} cannot be read below {self.root}: {error.strerror}") from error
            document = shared
        if hashlib.sha256(document).hexdigest() != sha256:
            raise RawJsonMissing(f"raw JSON {path} below {self.root} was changed after it was stored; restore it")
        return document

    def stamp(self, path: str) -> tuple[int, int] | None:
        """Size and time of change (ns) of a document on this disk, by which a changed one is known; None where it is
        not there, or could be fetched from a bucket."""
        if self._shared is not None:
            return None
        try:
            found = (self.root / path).stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def _from_bucket(self, path: str) -> bytes | None:
        """A document that another machine put into the bucket, kept here from now on; None where there is none.

        Raises:
            StorageError: the bucket can't be read, so nobody knows.
        """
        if self._shared is None:
            return None
        with tempfile.TemporaryDirectory(prefix="qa-raw-") as folder:
            target = Path(folder) / "document"
            try:
                self._shared.download(path, target)
            except ObjectMissing:
                return None
            document = target.read_bytes()
        self._write(Path(path), document)
        return document


def _make_folders(folder: Path) -> list[Path]:
    """Makes `folder` and what is missing above it; returns the folders that got a new entry by it."""
    missing = [item for item in (folder, *folder.parents) if not item.is_dir()]
    folder.mkdir(parents=True, exist_ok=True)
    return [item.parent for item in missing]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

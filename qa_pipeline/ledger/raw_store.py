"""The service's JSON on disk, byte for byte, before anybody parses it.

A result dies on the service after 24 h; from here it can be read again for ever, with no network and no cost.
"""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

JSON_SUFFIX = ".json"
PART_SUFFIX = ".part"
ODD_FOLDER = "odd"
ODD_SUFFIX = ".odd"


class RawJsonMissing(LookupError):
    """The ledger names a raw file that is not there, or not what was stored."""


@dataclass(frozen=True, slots=True)
class StoredJson:
    """Where a document was put: path relative to the store's root, and its sha256."""

    path: str
    sha256: str


class RawStore:
    """Files `<root>/<model>/<date>/<submission>.json`, written once, atomically. Other contents get another suffix.

    What came in place of an answer is below `<root>/odd/`, with the beginning of its sha256 in its name.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def place(self) -> str:
        """Where documents are put, for people and for other machines."""
        return f"{socket.gethostname()}:{self.root}"

    def put(self, model: str, call_date: str, name: str, document: bytes, *, suffix: str = JSON_SUFFIX) -> StoredJson:
        """Stores `document` and returns only when it is on the disk, not in a cache."""
        relative = Path(model) / call_date / f"{name}{suffix}"
        self._write(relative, document)
        return StoredJson(relative.as_posix(), hashlib.sha256(document).hexdigest())

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
                return StoredJson(found.relative_to(self.root).as_posix(), hashlib.sha256(document).hexdigest())
        return None

    def get(self, path: str, sha256: str) -> bytes:
        """The stored document.

        Raises:
            RawJsonMissing: the file is gone or its bytes are no longer those that were stored.
        """
        try:
            document = (self.root / path).read_bytes()
        except OSError as error:
            raise RawJsonMissing(f"raw JSON {path} cannot be read below {self.root}: {error.strerror}") from error
        if hashlib.sha256(document).hexdigest() != sha256:
            raise RawJsonMissing(f"raw JSON {path} below {self.root} was changed after it was stored; restore it")
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

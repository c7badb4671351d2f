"""Files and folders of a landing zone as the walk meets them, on a disk or in a bucket."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Status(Protocol):
    """Size and time of change, as the system gives them for a file."""

    @property
    def st_size(self) -> int: ...
    @property
    def st_mtime_ns(self) -> int: ...


class Entry(Protocol):
    """What the walk needs of a file or folder; `os.DirEntry` has it, and `ObjectEntry`."""

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...
    def is_dir(self) -> bool: ...
    def is_symlink(self) -> bool: ...
    def stat(self) -> Status: ...


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """An object of a bucket, at the path in the zone that its key names."""

    name: str
    path: str
    st_size: int
    st_mtime_ns: int

    def is_dir(self) -> bool:
        return False

    def is_symlink(self) -> bool:
        return False

    def stat(self) -> Status:
        return self


def is_folder(entry: Entry) -> bool:
    """Whether it is a folder, by itself or as a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def status_of(entry: Entry) -> Status | None:
    """The file's own status; None for a broken link or a file that has just gone, which reading it will tell."""
    try:
        return entry.stat()
    except OSError:
        return None


def changed_ns_of(entry: Entry) -> int:
    """When it was changed last, in ns; 0 where the system does not say."""
    status = status_of(entry)
    return status.st_mtime_ns if status else 0


def leads_outside(root: Path, entry: Entry) -> bool:
    """Whether a file is a link to somewhere outside `root` (which is resolved)."""
    return entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(root)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a folder that was not listed, known by its path."""

    name: str
    path: str

    def is_dir(self) -> bool:
        return False

    def is_symlink(self) -> bool:
        return Path(self.path).is_symlink()

    def stat(self) -> Status:
        return Path(self.path).stat()

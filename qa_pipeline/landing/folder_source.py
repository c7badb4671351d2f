"""A landing zone that is a folder of this machine: what lies in which folder of it, and how to get at it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.inspection import Inspector, PartyInspector
from qa_pipeline.landing.looking import RememberedLooks
from qa_pipeline.recordings.inspection import Inspection
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone, LandingZoneMissing, LeftOut, NamedFiles
from qa_pipeline.recordings.landing_zone import entered, list_folder, why_unreadable, zone_of_folders
from qa_pipeline.recordings.unknown_files import look_at
from qa_pipeline.recordings.zone_entries import Entry, FileEntry


class FolderUnreadable(OSError):
    """A folder can't be listed; the text is the reason."""


class FolderSource:
    """A landing zone that is a folder of this machine."""

    may_grow = True
    """Whether a file may be there in part."""

    def __init__(self, folder: Path, named: NamedFiles, cache: LandingCache | None) -> None:
        """Raises `LandingZoneMissing`."""
        self.root = folder.resolve()
        self.left_out: list[LeftOut] = []
        self.unreadable: list[LeftOut] = []
        self._named = named
        self._looks = RememberedLooks(cache)
        if not self.root.is_dir():
            raise LandingZoneMissing(
                f"the landing zone {self.root} is not a folder; create it or point QA_RECORDINGS at the recordings"
            )

    def uri_of(self, folder: str) -> str:
        """The file:// URI of a folder below the root, by which the operations database knows it."""
        return (self.root / folder).as_uri()

    def place_of(self, uri: str) -> str | None:
        """The path below the root of what a URI names; None of what lies elsewhere."""
        path, root = os.fsdecode(unquote_to_bytes(urlsplit(uri).path)), f"{self.root}/"
        return path[len(root) :] if uri.startswith("file:") and path.startswith(root) else None

    def stamp_of(self, folder: str) -> str:
        """Inode and times of change of a folder, in ns: another when anything came into it, left or was renamed. Raises
        `FolderUnreadable`."""
        try:
            found = (self.root / folder).lstat()
        except OSError as error:
            raise FolderUnreadable(why_unreadable(error)) from error
        return f"{found.st_ino}:{found.st_mtime_ns}:{found.st_ctime_ns}"

    def entries_of(self, folder: str) -> list[Entry]:
        """What lies in a folder. Raises `FolderUnreadable`."""
        try:
            return list(list_folder(self.root / folder))
        except OSError as error:
            raise FolderUnreadable(why_unreadable(error)) from error

    def folders_in(self, folder: str, entries: Iterable[Entry]) -> list[str]:
        """Those of a folder's folders that are looked into."""
        return entered(entries)

    def file_at(self, path: str) -> Entry:
        """A file of a folder that was not listed."""
        whole = self.root / path
        return FileEntry(whole.name, str(whole))

    def zone(
        self, folders: Mapping[str, Sequence[Entry]], lists: Iterable[Entry], unreadable: Iterable[LeftOut] = ()
    ) -> LandingZone:
        """These folders, with lists that lie elsewhere."""
        return zone_of_folders(self.root, folders.values(), lists, unreadable, look=self._look, named=self._named)

    def bring_metadata(self, zone: LandingZone, files: Iterable[LandingFile]) -> None:
        """Nothing: it is here."""

    def tidy(self) -> None:
        """Nothing: there are no copies."""

    def inspect(
        self, zone: LandingZone, files: Sequence[LandingFile], inspector: Inspector | PartyInspector
    ) -> list[Inspection | None]:
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

    def _look(self, path: Path, size_bytes: int, changed_ns: int) -> str | None:
        stamp = (path.as_uri(), size_bytes, changed_ns)
        if not self._looks.knows(stamp):
            self._looks.learn(stamp, look_at(path))
        return self._looks.told(stamp)

"""One look at the folders of a landing zone: which of them are as they are known, and what lies in the others.

A folder is known by its own inode and times of change, which move when anything comes into it, leaves or is renamed,
and then is not listed. They don't move when a file is written in place, so that files themselves are looked at too:

- those of folders that are asked for (the days of a run),
- those of folders in which something changed within `WARM_S`: what is being recorded or corrected,
- lists of calls, everywhere,
- and the others a day later at most, `ROUND_FILES` in each look, those first that were looked at longest ago.

A folder's times are believed when they were older than `COARSE_S` when it was listed: on some disks two changes within
two seconds have the same time, and clocks of servers differ. Times in the future are not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from qa_pipeline.landing.folder_index import FolderFacts
from qa_pipeline.landing.folder_paths import TOP, joined
from qa_pipeline.landing.folder_source import FolderUnreadable
from qa_pipeline.landing.scans import ZoneSource, state_of
from qa_pipeline.recordings.landing_files import LandingZoneMissing, LeftOut
from qa_pipeline.recordings.zone_entries import Entry

COARSE_S = 60.0
WARM_S = 48 * 3600.0
ROUND_S = 24 * 3600.0
ROUND_FILES = 20_000
_NS = 1_000_000_000


@dataclass
class Survey:
    """What a look found, by folder (`folder_paths.TOP` is the root): `stamps` has every folder that is there, `entries`
    those that were listed. `at` is when it began (UTC epoch seconds)."""

    source: ZoneSource
    known: Mapping[str, FolderFacts]
    at: float
    stamps: dict[str, str] = field(default_factory=dict)
    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    unreadable: list[LeftOut] = field(default_factory=list)

    def list(self, folder: str) -> list[Entry]:
        """What lies in a folder, listed once; nothing of one that can't be listed, which `unreadable` then names."""
        if folder not in self.entries:
            try:
                self.entries[folder] = self.source.entries_of(folder)
            except FolderUnreadable as error:
                self.entries[folder] = []
                self.stamps[folder] = ""
                self.unreadable.append(LeftOut(folder or ".", str(error)))
        return self.entries[folder]

    @property
    def gone(self) -> set[str]:
        """Folders that are known and not there any more."""
        return set(self.known) - set(self.stamps)


def survey(
    source: ZoneSource, known: Mapping[str, FolderFacts], is_wanted: Callable[[FolderFacts], bool], now: float
) -> Survey:
    """Looks at every folder and lists those that may be other than they are known, and those that are wanted.

    Raises:
        LandingZoneMissing: the landing zone itself can't be listed.
    """
    found = Survey(source, known, now)
    waiting = [TOP]
    while waiting:
        folder = waiting.pop()
        facts = known.get(folder)
        try:
            stamp = source.stamp_of(folder)
        except FolderUnreadable as error:  # gone since the folder above was listed, or closed
            found.unreadable.append(LeftOut(folder or ".", str(error)))
            continue
        found.stamps[folder] = stamp
        if facts is not None and stamp and facts.stamp == stamp:
            found.folders[folder] = facts.folders
        else:
            found.folders[folder] = tuple(source.folders_in(folder, found.list(folder)))
            if facts is None and found.entries[folder]:
                # It is listed again when it is read: of a whole zone that would be too much to keep. What could not be
                # listed stays: it is named once.
                found.entries.pop(folder)
        waiting += [joined(folder, name) for name in found.folders[folder]]
    if any(left.relative_path == "." for left in found.unreadable):
        raise LandingZoneMissing(f"the landing zone {source.root} can't be listed: {found.unreadable[0].reason}")
    found.unreadable += source.unreadable
    _list_more(found, is_wanted)
    return found


def believed(stamp: str, at: float) -> str:
    """The stamp of a folder that was listed after `at`; "" where another change could have the same one."""
    if not stamp:
        return ""
    newest_ns = max(int(part) for part in stamp.split(":")[1:])
    return stamp if newest_ns < (at - COARSE_S) * _NS else ""


def _list_more(found: Survey, is_wanted: Callable[[FolderFacts], bool]) -> None:
    """Lists the folders whose files are looked at although nothing came into them or left."""
    cold = []
    for folder in (found.stamps.keys() & found.known.keys()) - found.entries.keys():
        facts = found.known[folder]
        if is_wanted(facts) or facts.is_open or _is_warm(facts, found.at) or _lists_changed(found, folder, facts):
            found.list(folder)
        elif abs(found.at - facts.listed_at) > ROUND_S:
            cold.append((facts.listed_at, folder, facts.files))
    left = ROUND_FILES
    for _, folder, files in sorted(cold):
        if left <= 0:
            break
        found.list(folder)
        left -= files


def _is_warm(facts: FolderFacts, now: float) -> bool:
    return facts.newest_ns > (now - WARM_S) * _NS


def _lists_changed(found: Survey, folder: str, facts: FolderFacts) -> bool:
    return any(state_of(found.source.file_at(joined(folder, name))) != state for name, state in facts.lists.items())


def as_seen(facts: FolderFacts, found: Survey, folder: str, content: tuple[str, int, int]) -> FolderFacts:
    """What is known of a folder that was listed and is as it was."""
    _, newest_ns, files = content
    stamp = believed(found.stamps[folder], found.at)
    return replace(facts, stamp=stamp, listed_at=found.at, newest_ns=newest_ns, files=files)

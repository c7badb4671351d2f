"""Which days the recordings of each folder of the landing zone are of, and which folders belong together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from qa_pipeline.landing.folder_index import UNDATED, FolderContents, FolderFacts, FolderIndex, Keys, key_of
from qa_pipeline.landing.folder_paths import folder_of, joined, parents_of
from qa_pipeline.landing.scans import ZoneSource
from qa_pipeline.landing.survey import Survey
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone, LeftOut, storable
from qa_pipeline.recordings.zone_entries import Entry


@dataclass(frozen=True, slots=True)
class LandedElsewhere:
    """A recording that lies in a folder that a run did not read, with the day that its own metadata give it."""

    relative_path: str
    call_date: dt.date | None


@dataclass
class ZoneMap:
    """The folders of a landing zone as they are now. `changed` are those that were read for this look, `unsettled`
    their recordings that are still being written; `unread` are those for which the time of the look was too short."""

    source: ZoneSource
    index: FolderIndex | None
    survey: Survey
    facts: dict[str, FolderFacts]
    contents: dict[str, FolderContents]
    changed: set[str]
    unsettled: list[LandingFile]
    unread: set[str] = field(default_factory=set)

    def zone(self, folders: Iterable[str]) -> LandingZone:
        """These folders with all that lies in them, and the lists further up that are about them."""
        chosen = sorted(folders)
        entries = {folder: self.survey.list(folder) for folder in chosen}
        return self.source.zone(entries, self._lists_for(chosen), self.survey.unreadable)

    def recordings(self) -> Iterator[str]:
        """The paths below the root of all recordings, as they can be stored."""
        yield from (file.relative_path for file in self.unsettled)
        uris = {self.source.uri_of(folder): folder for folder, facts in self.facts.items() if facts.recordings}
        stored = {uris[uri]: days for uri, days in (self.index.days(uris) if self.index else {}).items()}
        stored |= {folder: contents.days for folder, contents in self.contents.items()}
        for folder, days in sorted(stored.items()):
            yield from _paths_in(folder, sorted(days))

    def folders_of(self, days: DayRange) -> set[str]:
        """Folders with recordings of these days, by their own metadata, and those with others of the same calls.

        Recordings are joined by their id where they follow each other within hours, so those of the days before and
        after are asked for it; and again of what these lead to.
        """
        found = {folder for folder, facts in self.facts.items() if has_days(facts, days)}
        around, asked = days, set[str]()
        while fresh := found - asked:
            asked |= fresh
            around = around.widened(1)
            near = {folder for folder, facts in self.facts.items() if has_days(facts, around)} - found
            found |= self.sharing_ids(near, fresh)
        return found

    def sharing_ids(self, folders: Collection[str], others: Collection[str]) -> set[str]:
        """Those of `folders` that have an id in common with `others`."""
        if not folders:
            return set()
        ids = self._ids({*folders, *others})
        asked = [ids[name] for name in others if name in ids]
        if not asked:
            return set()
        together = np.unique(np.concatenate(asked))
        return {name for name in folders if name in ids and np.isin(ids[name], together, kind="sort").any()}

    def days_of_names(self, folders: Collection[str]) -> dict[str, dict[str, str]]:
        """The day (ISO, or `UNDATED`) of each recording by its name, by folder."""
        days = {folder: self.contents[folder].days for folder in folders if folder in self.contents}
        left = {self.source.uri_of(folder): folder for folder in folders if folder not in days}
        return days | {left[uri]: found for uri, found in (self.index.days(left) if self.index else {}).items()}

    def dates_of(self, uris: Iterable[str]) -> dict[str, LandedElsewhere]:
        """Of files of the zone, by URI, their day by their own metadata; what is not there is left out."""
        places = {uri: place for uri in uris if (place := self.source.place_of(uri)) is not None}
        folders = {folder_of(place) for place in places.values()} & self.facts.keys()
        days = self.days_of_names(folders)
        there = {}
        for uri, place in places.items():
            day = days.get(folder_of(place), {}).get(place.rpartition("/")[2])
            if day is not None:
                date = None if day == UNDATED else dt.date.fromisoformat(day)
                there[uri] = LandedElsewhere(storable(place), date)
        return there

    def named_elsewhere(self, keys: Collection[str], without: Collection[str]) -> set[str]:
        """Those of these keys of lists by which recordings of other folders than `without` may be meant."""
        others = {self.source.uri_of(folder) for folder in self.facts if folder not in without}
        known = list(self.index.keys(others).values()) if self.index and keys else []
        if not known:
            return set()
        asked = sorted(keys)
        found = np.isin(np.array([key_of(key) for key in asked], np.uint32), np.concatenate(known), kind="sort")
        return {key for key, is_there in zip(asked, found, strict=True) if is_there}

    def _ids(self, folders: Collection[str]) -> dict[str, Keys]:
        found = {folder: self.contents[folder].ids for folder in folders if folder in self.contents}
        left = {self.source.uri_of(folder): folder for folder in folders if folder not in found}
        stored = self.index.ids(left) if self.index else {}
        return found | {left[uri]: ids for uri, ids in stored.items()}

    def _lists_for(self, folders: Sequence[str]) -> list[Entry]:
        chosen = set(folders)
        above = {parent for folder in folders for parent in parents_of(folder)} - chosen
        lists = [joined(folder, name) for folder in sorted(above) for name in self.facts[folder].lists]
        lists += [
            joined(folder, name)
            for folder, facts in self.facts.items()
            if folder not in chosen and folder not in above
            for name in facts.everywhere
        ]
        return [self.source.file_at(path) for path in lists]


def _paths_in(folder: str, names: Sequence[str]) -> Iterable[str]:
    """The paths of files of a folder as they can be stored: of years of calls these are many, and mostly plain ones."""
    if all(map(str.isascii, (folder, *names))):
        return map(joined(folder, "").__add__, names)
    return (storable(joined(folder, name)) for name in names)


def has_days(facts: FolderFacts, days: DayRange) -> bool:
    """Whether a folder has recordings of the range."""
    return any(dt.date.fromisoformat(day) in days for day in facts.days)


def left_out(facts: Iterable[FolderFacts]) -> list[LeftOut]:
    """What lies in the folders and is not taken."""
    return [LeftOut(path, reason) for each in facts for path, reason in each.ignored]

"""Reads a landing zone: the folders that are asked for, and which days have changed."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.describing import ZoneDescriber, digest
from qa_pipeline.landing.folder_index import UNDATED, FolderFacts, FolderIndex
from qa_pipeline.landing.folder_paths import folder_of, joined
from qa_pipeline.landing.imports import attach_transcripts
from qa_pipeline.landing.inspection import Inspector, PartyInspector
from qa_pipeline.landing.landed import ChangedDays, Landing, ZoneOverview
from qa_pipeline.landing.limits import recording_limits
from qa_pipeline.landing.mapping import left_of, map_zone
from qa_pipeline.landing.scans import scanner_of
from qa_pipeline.landing.zone_map import ZoneMap, has_days, left_out
from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.channel_parties import CHANNELS
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.inspection import Inspection, Landed, RecordingLimits, sole_channel_of
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone, storable
from qa_pipeline.recordings.layouts import fit_of
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.notes import Note, gathered, notes_of
from qa_pipeline.recordings.parties import NamedPart
from qa_pipeline.recordings.parts import FormedCall, form_calls, plain_pairs
from qa_pipeline.recordings.segments import join_recordings
from qa_pipeline.settings import Settings

_A_DAY = dt.timedelta(days=1)
NIGHT_ENDS_AT = 6
"""Until this hour the recordings of a call that began on the day before are looked for."""


class ZoneReader:
    """Reads one landing zone as the settings describe it."""

    def __init__(self, settings: Settings) -> None:
        self._source = scanner_of(settings)
        self._describer = ZoneDescriber(settings)
        self._limits = recording_limits(settings)
        self._layout = settings.landing_layout
        self._settle_s = settings.settle_s

    def calls(
        self,
        cache: LandingCache,
        *,
        days: DayRange | None = None,
        written: Mapping[str, float] | None = None,
        wait: bool,
    ) -> Landing:
        """See `discover_calls`."""
        while True:
            mapped = self._map(cache, days)
            folders = set(mapped.facts) if days is None else mapped.folders_of(days)
            folders |= _undated_to_read(mapped, written or {}) if written is not None else set()
            zone = mapped.zone(folders)
            settled, unsettled = self._describer.split(zone)
            growing = self._describer.growing(zone)
            if not (wait and (unsettled or mapped.unsettled or growing)):
                break
            time.sleep(self._settle_s)
            wait = False
        source = mapped.source
        source.bring_metadata(zone, settled)
        reader = self._describer.reader(zone, growing)
        try:
            inspect = partial(source.inspect, zone)
            inspections = inspect(settled, Inspector(self._limits, cache))
            named = plain_pairs(settled)
            inspections = self._heard(
                inspect, settled, inspections, [each.relative_path in named for each in settled], cache
            )
            pairs = self._pairs(named, settled, inspections)
            known = [reader.describe(file, pairs.get(file.relative_path)) for file in settled]
            inspections = self._heard(inspect, settled, inspections, [each.part is not None for each in known], cache)
            landed = [Landed(*each) for each in zip(settled, known, inspections, strict=True)]
            formed = form_calls(landed, self._limits)
            calls = join_recordings(attach_transcripts(formed, cache, self._as_one_channel(landed)))
            calls = _without_erased(calls, cache, mapped)
        finally:  # what was learned before an error need not be learned again
            cache.save()
        source.tidy()

        def named_elsewhere(keys: Collection[str]) -> set[str]:
            return mapped.named_elsewhere(keys, folders) | cache.erased.names_among(keys)

        used = reader.sidecars_used | {item.name for call in calls for item in call.imports}
        orphans = tuple(name for name in zone.orphan_sidecars if name not in used)
        ignored = tuple(sorted((*zone.ignored, *source.left_out), key=lambda left: left.relative_path))
        of_zone = notes_of(replace(zone, orphan_sidecars=orphans, ignored=ignored))
        notes = (*self._layout_notes(zone), *of_zone, *reader.notes(named_elsewhere))
        waiting = sorted({file.relative_path for file in (*unsettled, *mapped.unsettled)})
        return Landing(tuple(calls), tuple(waiting), notes, mapped.dates_of)

    def overview(self, cache: LandingCache | None, *, with_recordings: bool, within_s: float | None) -> ZoneOverview:
        """See `overview`."""
        mapped = self._map(cache, None, all_files=False, within_s=within_s)
        facts = mapped.facts.values()
        return ZoneOverview(
            recordings=tuple(sorted(mapped.recordings())) if with_recordings else None,
            ignored=tuple(sorted([*left_out(facts), *mapped.source.left_out], key=lambda left: left.relative_path)),
            unreadable_folders=tuple(mapped.survey.unreadable),
            orphan_sidecars=tuple(sorted(name for each in facts for name in each.orphans)),
            companions=sum(each.companions for each in facts),
            list_notes=gathered(Note(text, kind) for each in facts for text, kind in each.list_notes),
            unread_folders=len(mapped.unread),
        )

    def _map(
        self,
        cache: LandingCache | None,
        days: DayRange | None,
        *,
        all_files: bool = True,
        within_s: float | None = None,
    ) -> ZoneMap:
        """The folders of the zone as they are now. Without days the files of all of them are looked at, if that is
        wanted. What can't be read within `within_s` is left, where the next look can go on with it."""

        def is_wanted(facts: FolderFacts) -> bool:
            return all_files if days is None else has_days(facts, days)

        index = FolderIndex(cache.engine) if cache is not None else None
        began = time.monotonic()
        source = self._source(cache)  # a bucket is listed here, as a whole
        if within_s is None or index is None:  # without an index the next look could not continue
            return map_zone(source, index, self._describer, is_wanted, time.time())
        left_s = left_of(within_s, began)
        return map_zone(source, index, self._describer, is_wanted, time.time(), left_s)

    def _as_one_channel(self, landed: Sequence[Landed]) -> Callable[[FormedCall], Call]:
        """What a mono recording is as a call whose voices a transcript names."""
        by_path = {each.file.relative_path: each for each in landed}
        limits = replace(self._limits, on_mono="diarize", mono_problem="")

        def assessed(formed: FormedCall) -> Call:
            own = by_path[formed.files[0].relative_path]
            return assess(own.file, own.metadata, own.inspection, limits)

        return assessed

    def _layout_notes(self, zone: LandingZone) -> list[str]:
        """What is wrong with the choice of the layout."""
        if self._layout is None:
            return []
        problem = fit_of(self._layout, [file.relative_path for file in zone.files]).problem
        return [f"{problem}."] if problem else []

    def _heard(
        self,
        inspect: Callable[[Sequence[LandingFile], PartyInspector], list[Inspection | None]],
        files: Sequence[LandingFile],
        inspections: Sequence[Inspection | None],
        of_one_party: Sequence[bool],
        cache: LandingCache,
    ) -> list[Inspection | None]:
        """The inspections; stereo recordings that are said to be of one party were listened to."""
        known = {
            file.relative_path: (file, inspection)
            for file, inspection, is_part in zip(files, inspections, of_one_party, strict=True)
            if is_part and inspection is not None and _is_to_be_heard(inspection, self._limits)
        }
        inspector = PartyInspector({path: inspection for path, (_, inspection) in known.items()}, self._limits, cache)
        heard = inspect([file for file, _ in known.values()], inspector) if known else []
        by_path = dict(zip(known, heard, strict=True))
        return [by_path.get(file.relative_path, before) for file, before in zip(files, inspections, strict=True)]

    def _pairs(
        self, named: Mapping[str, NamedPart], files: Sequence[LandingFile], inspections: Sequence[Inspection | None]
    ) -> dict[str, NamedPart]:
        """Recordings of one party whose names are plainly those of the two parties of a call, by path."""
        alone = {
            file.relative_path
            for file, inspection in zip(files, inspections, strict=True)
            if sole_channel_of(inspection, self._limits) is not None
        }
        bases = Counter((folder_of(path), part.base.casefold()) for path, part in named.items() if path in alone)
        return {path: part for path, part in named.items() if bases[folder_of(path), part.base.casefold()] == 2}

    def changed_since(
        self, known: Mapping[str, str], former: Mapping[str, str], cache: LandingCache | None, *, within_s: float | None
    ) -> ChangedDays:
        """See `changed_days`."""
        mapped = self._map(cache, None, all_files=False, within_s=within_s)
        if mapped.unread:  # which days go on in other folders is known when all are read
            return ChangedDays({}, dict(known), unread_folders=len(mapped.unread))
        by_day: dict[str, list[str]] = {}
        for folder, facts in sorted(mapped.facts.items()):
            for day, fingerprint in facts.day_fingerprints.items():
                by_day.setdefault(day, []).append(f"{storable(folder)}\t{fingerprint}")
        fingerprints = {day: digest(parts) for day, parts in by_day.items()}
        changed = _days_of_changed_folders(mapped, former) if former else _changed(mapped, fingerprints, known)
        asked = {day: fingerprints[day] for day in changed}
        for day in self._days_it_goes_on(mapped, changed):
            asked[day] = digest([fingerprints[day], fingerprints[str(dt.date.fromisoformat(day) + _A_DAY)]])
        return ChangedDays(asked, fingerprints)

    def _days_it_goes_on(self, mapped: ZoneMap, changed: Collection[str]) -> set[str]:
        """The days before, of calls whose recordings of changed days, begun in the night, are the continuation of: a
        call is of the day on which it began."""
        eves = {str(dt.date.fromisoformat(day) - _A_DAY) for day in changed if day != str(dt.date.min)} - set(changed)
        before, after = _folders_with(mapped, eves), _folders_with(mapped, changed)
        before = mapped.sharing_ids(before, after) if before else set()
        if not before:
            return set()
        night = {
            (metadata.call_id, metadata.call_date - _A_DAY)
            for metadata in self._described(mapped, mapped.sharing_ids(after, before), changed)
            if metadata.has_given_id and metadata.call_date and metadata.started_at
            if metadata.started_at.astimezone(self._describer.timezone).hour < NIGHT_ENDS_AT
        }
        known = self._described(mapped, before, eves) if night else []
        return {str(metadata.call_date) for metadata in known if (metadata.call_id, metadata.call_date) in night}

    def _described(self, mapped: ZoneMap, folders: Collection[str], days: Collection[str]) -> list[CallMetadata]:
        """What is said of the recordings of these days in some folders."""
        zone = mapped.zone(folders)
        settled, _ = self._describer.split(zone)
        mapped.source.bring_metadata(zone, settled)
        reader, pairs, of_names = self._describer.reader(zone), plain_pairs(settled), mapped.days_of_names(folders)
        wanted = {
            storable(joined(folder, name))
            for folder, its in of_names.items()
            for name, day in its.items()
            if day in days
        }
        return [
            reader.describe(file, pairs.get(file.relative_path)) for file in settled if file.relative_path in wanted
        ]


def _changed(mapped: ZoneMap, fingerprints: Mapping[str, str], known: Mapping[str, str]) -> set[str]:
    """Days whose fingerprints are others than they are known. Recordings without a date are of every run, so where
    these changed the newest day of their folders stands for them."""
    changed = {day for day, fingerprint in fingerprints.items() if known.get(day) != fingerprint}
    if UNDATED in changed:
        changed.remove(UNDATED)
        beside = [day for facts in mapped.facts.values() if facts.undated for day in facts.days]
        changed |= {max(beside)} if beside else set()
    return changed


def _days_of_changed_folders(mapped: ZoneMap, former: Mapping[str, str]) -> set[str]:
    """The days of folders whose fingerprints are others than an earlier version knew, which compared whole folders."""
    facts = [facts for folder, facts in mapped.facts.items() if facts.fingerprint != former.get(storable(folder))]
    return {day for each in facts for day in each.days}


def _folders_with(mapped: ZoneMap, days: Collection[str]) -> set[str]:
    return {folder for folder, facts in mapped.facts.items() if not facts.day_fingerprints.keys().isdisjoint(days)}


def _without_erased(calls: Sequence[Call], cache: LandingCache, mapped: ZoneMap) -> list[Call]:
    """The calls that were not erased. A file of one that was is mostly passed over when the zone is listed; here are
    those that came back under another name, and nothing is remembered of them."""
    if not (erased := cache.erased):
        return list(calls)
    gone = [call for call in calls if erased.has_call(call.call_id) or any(map(erased.has_recording, call.file_ids))]
    uris = {uri for call in gone for uri in call.file_uris}
    cache.discard(uris)
    if mapped.index is not None and uris:
        mapped.index.forget({uri.rpartition("/")[0] for uri in uris})
    return [call for call in calls if call not in gone]


def _undated_to_read(mapped: ZoneMap, written: Mapping[str, float]) -> set[str]:
    """Folders with recordings without a date of which no row is written, or an older one than the folder's change."""
    newest: dict[str, float] = {}
    for uri, at in written.items():
        folder = uri.rpartition("/")[0]
        newest[folder] = max(at, newest.get(folder, 0.0))
    return {
        folder
        for folder, facts in mapped.facts.items()
        if facts.undated and newest.get(mapped.source.uri_of(folder), -1.0) < facts.read_at
    }


def _is_to_be_heard(inspection: Inspection, limits: RecordingLimits) -> bool:
    """Whether a recording that is said to be of one party has two channels, and was not listened to yet."""
    found = inspection.usable(limits.on_truncated)
    is_stereo = isinstance(found, AudioProbe) and found.audio_streams == 1 and found.channels == CHANNELS
    return is_stereo and inspection.sole_channel is None

"""The landing zone seen with the settings, the clock and the cache: what the pure rooms are not allowed to know."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path, PurePosixPath

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline import recordings
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.folder_index import FolderFacts, FolderIndex
from qa_pipeline.landing.imports import attach_transcripts
from qa_pipeline.landing.inspection import Inspector, PartyInspector
from qa_pipeline.landing.limits import recording_limits
from qa_pipeline.landing.scans import scanner_of
from qa_pipeline.landing.zone_map import LandedElsewhere, ZoneMap, has_days, left_out, map_zone
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.assessment import (
    CHANNELS,
    Call,
    Inspection,
    Landed,
    RecordingLimits,
    assess,
    sole_channel_of,
)
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.file_names import compile_patterns, read_file_name
from qa_pipeline.recordings.landing_zone import LandingFile, LandingZone, LeftOut, is_fresh, split_settled, storable
from qa_pipeline.recordings.layouts import fit_of, patterns_of
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.notes import Note, gathered, notes_of
from qa_pipeline.recordings.parties import NamedPart, parts_in, party_of
from qa_pipeline.recordings.parts import FormedCall, form_calls, plain_pairs
from qa_pipeline.recordings.segments import join_recordings
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings

NIGHT_ENDS_AT = 6
"""Until this hour the recordings of a call that began on the day before are looked for."""


def _nothing_elsewhere(uris: Iterable[str]) -> dict[str, LandedElsewhere]:
    return {}


@dataclass(frozen=True, slots=True)
class Landing:
    """The recordings that were asked for and have settled, assessed; duplicates are not looked for yet.

    `unsettled` are recordings that are still being written and wait for the next run; `notes` is what is odd and
    concerns no single recording (lines of calls.csv without a recording, folders that could not be read).
    """

    calls: tuple[Call, ...]
    unsettled: tuple[str, ...]
    notes: tuple[str, ...]
    dates_of: Callable[[Iterable[str]], dict[str, LandedElsewhere]] = field(
        default=_nothing_elsewhere, compare=False, repr=False
    )
    """Of files that lie in other folders than those that were read, by URI, their day."""

    def usable(self, days: DayRange) -> list[UsableCall]:
        """What a run over the range would transcribe, for a forecast."""
        in_range = [call for call in self.calls if call.call_date is not None and call.call_date in days]
        return [
            UsableCall(
                call_id=call.call_id,
                recording_id=call.recording_id or "",
                call_date=call.call_date,
                duration_s=call.duration_s or 0.0,
                agent_channel=call.agent_channel,
                language=call.language,
                source_uri=call.source_uri,
                sources=call.sources,
                form=call.form,
                queue=call.queue,
                direction=call.direction,
                sample_rate=call.sample_rate,
                imports=call.imports,
            )
            for call in resolve_duplicates(in_range)
            if call.is_usable and call.call_date is not None
        ]


@dataclass(frozen=True, slots=True)
class ChangedDays:
    """Days whose folders changed since the fingerprints given, and the fingerprints now, by folder."""

    changed: dict[str, str]
    fingerprints: dict[str, str]


def discover_calls(
    settings: Settings,
    ledger: Ledger,
    *,
    days: DayRange | None = None,
    written: Mapping[str, float] | None = None,
    wait: bool = False,
) -> Landing:
    """Looks at the landing zone, reads the metadata of what changed, and assesses the recordings that are asked for:
    with `days` those in folders that have recordings of these days; else all.

    A recording has the day that its metadata give it, so that of every folder it is known of which days its recordings
    are (`landing.survey` says when a folder is looked at again). Recordings without a date are of every run: those of
    other folders are read where their rows are not `written` (URI → UTC epoch seconds) since their folder changed.

    A recording (or its sidecar or transcript) written to in the last `settle_s` seconds may be unfinished. With `wait`
    such recordings, and lists of calls, are waited for, once and for no longer than `settle_s`; what still grows then
    is left for the next run: a recording, or the last line of a list that has no line end. Their day is not known
    before their metadata is read, so all of them are waited for.

    Raises:
        LandingZoneMissing: the landing zone is not there.
        StorageError: it is a bucket that could not be read.
    """
    return ZoneReader(settings).calls(LandingCache(ledger.engine), days=days, written=written, wait=wait)


def changed_days(settings: Settings, known: Mapping[str, str]) -> ChangedDays:
    """Which days got new, changed or late recordings since `known` (fingerprints by folder).

    Only the metadata of folders that changed is read, and no recording is opened (or downloaded, from a bucket), but
    for the first bytes of those whose ending says nothing.
    """
    with _remembered(settings) as cache:
        return ZoneReader(settings).changed_since(known, cache)


@dataclass(frozen=True, slots=True)
class ZoneOverview:
    """What lies in a landing zone: its recordings, by path below the root, and what is not taken. `list_notes` are what
    is odd about lists of calls."""

    recordings: tuple[str, ...]
    ignored: tuple[LeftOut, ...]
    unreadable_folders: tuple[LeftOut, ...]
    orphan_sidecars: tuple[str, ...]
    companions: int
    list_notes: tuple[str, ...]


def overview(settings: Settings) -> ZoneOverview:
    """What lies in the landing zone, a folder or a bucket; only what changed since the last look is looked at.

    Raises:
        LandingZoneMissing, StorageError: it can't be listed.
    """
    with _remembered(settings) as cache:
        return ZoneReader(settings).overview(cache)


@contextmanager
def _remembered(settings: Settings) -> Iterator[LandingCache | None]:
    """What was found before, and a place for what is found now; None where the database can't be used."""
    try:
        engine = open_operations(settings.operations_database_url)
    except (SQLAlchemyError, ImportError, OSError):
        yield None
        return
    try:
        cache = LandingCache(engine)
        yield cache
        cache.save()
    finally:
        engine.dispose()


class ZoneReader:
    """Reads one landing zone as the settings describe it."""

    def __init__(self, settings: Settings) -> None:
        self._source = scanner_of(settings)
        self._settle_s = settings.settle_s
        self._limits = recording_limits(settings)
        self._patterns = compile_patterns(settings.file_name_patterns, patterns_of(settings.landing_layout))
        self._timezone = settings.tz
        self._time_formats = settings.time_format
        self._list_encoding = settings.call_list_encoding
        self._list_rules = settings.list_rules
        self._layout = settings.landing_layout
        self._agent_channels = settings.agent_channel_rules

        self.definition = _definition(
            self._patterns, self._timezone, self._time_formats, self._list_encoding, self._list_rules, self._layout,
            self._agent_channels, self._limits, self._settle_s, settings.recordings,
        )  # fmt: skip

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
            settled, unsettled = self.split(zone)
            growing = self.growing(zone)
            if not (wait and (unsettled or mapped.unsettled or growing)):
                break
            time.sleep(self._settle_s)
            wait = False
        source = mapped.source
        source.bring_metadata(zone, settled)
        reader = self.reader(zone, growing)
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
        finally:  # what was learned before an error need not be learned again
            cache.save()
        source.tidy()
        used = reader.sidecars_used | {item.name for call in calls for item in call.imports}
        orphans = tuple(name for name in zone.orphan_sidecars if name not in used)
        ignored = tuple(sorted((*zone.ignored, *source.left_out), key=lambda left: left.relative_path))
        of_zone = notes_of(replace(zone, orphan_sidecars=orphans, ignored=ignored))
        notes = (*self._layout_notes(zone), *of_zone, *reader.notes(lambda keys: mapped.named_elsewhere(keys, folders)))
        waiting = sorted({file.relative_path for file in (*unsettled, *mapped.unsettled)})
        return Landing(tuple(calls), tuple(waiting), notes, mapped.dates_of)

    def overview(self, cache: LandingCache | None) -> ZoneOverview:
        """See `overview`."""
        mapped = self._map(cache, None, all_files=False)
        facts = mapped.facts.values()
        return ZoneOverview(
            recordings=tuple(sorted(mapped.recordings())),
            ignored=tuple(sorted([*left_out(facts), *mapped.source.left_out], key=lambda left: left.relative_path)),
            unreadable_folders=tuple(mapped.survey.unreadable),
            orphan_sidecars=tuple(sorted(name for each in facts for name in each.orphans)),
            companions=sum(each.companions for each in facts),
            list_notes=gathered(Note(text, kind) for each in facts for text, kind in each.list_notes),
        )

    def _map(self, cache: LandingCache | None, days: DayRange | None, *, all_files: bool = True) -> ZoneMap:
        """The folders of the zone as they are now. Without days the files of all of them are looked at, if that is
        wanted."""

        def is_wanted(facts: FolderFacts) -> bool:
            return all_files if days is None else has_days(facts, days)

        index = FolderIndex(cache.engine) if cache is not None else None
        return map_zone(self._source(cache), index, self, is_wanted, time.time())

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
        bases = Counter((_folder(path), part.base.casefold()) for path, part in named.items() if path in alone)
        return {path: part for path, part in named.items() if bases[_folder(path), part.base.casefold()] == 2}

    def changed_since(self, known: Mapping[str, str], cache: LandingCache | None) -> ChangedDays:
        """See `changed_days`."""
        mapped = self._map(cache, None, all_files=False)
        found = {storable(folder): facts for folder, facts in mapped.facts.items()}
        fingerprints = {name: facts.fingerprint for name, facts in found.items() if facts.fingerprint is not None}
        fresh = {name for name, fingerprint in fingerprints.items() if known.get(name) != fingerprint}
        changed: dict[str, list[str]] = {}
        for folder, facts in mapped.facts.items():
            name = storable(folder)
            if name in fresh:
                days = {*facts.days, *self._days_it_goes_on(mapped, folder, fresh)}
                for day in days:
                    changed.setdefault(day, []).append(fingerprints[name])
        return ChangedDays({day: _digest(sorted(parts)) for day, parts in changed.items()}, fingerprints)

    def _days_it_goes_on(self, mapped: ZoneMap, folder: str, fresh: Collection[str]) -> set[str]:
        """The days of calls that recordings of a changed folder, begun in the night, are the continuation of: a call is
        of the day on which it began. Days of other changed folders are asked for anyhow."""
        days = [dt.date.fromisoformat(day) for day in mapped.facts[folder].days]
        others = {name for name in mapped.facts if name != folder and storable(name) not in fresh}
        if not days or not others:
            return set()
        eves = {name for name in others if has_days(mapped.facts[name], DayRange(min(days), max(days)).widened(1))}
        beside = mapped.sharing_ids(eves, [folder])
        if not beside:
            return set()
        night = {
            (metadata.call_id, metadata.call_date - dt.timedelta(days=1))
            for metadata in self._described(mapped, [folder])
            if metadata.has_given_id and metadata.call_date and metadata.started_at
            if metadata.started_at.astimezone(self._timezone).hour < NIGHT_ENDS_AT
        }
        known = self._described(mapped, beside) if night else []
        return {str(metadata.call_date) for metadata in known if (metadata.call_id, metadata.call_date) in night}

    def _described(self, mapped: ZoneMap, folders: Iterable[str]) -> list[CallMetadata]:
        """What is said of the recordings of some folders."""
        zone = mapped.zone(folders)
        settled, _ = self.split(zone)
        mapped.source.bring_metadata(zone, settled)
        reader, pairs = self.reader(zone), plain_pairs(settled)
        return [reader.describe(file, pairs.get(file.relative_path)) for file in settled]

    def split(self, zone: LandingZone) -> tuple[list[LandingFile], list[LandingFile]]:
        """The zone's recordings: those that can be read, and those that may still be written."""
        return self._with_partners(*split_settled(zone.files, now_ns=time.time_ns(), settle_s=self._settle_s))

    def is_fresh(self, changed_ns: int) -> bool:
        """Whether what was changed then may still be written."""
        return is_fresh(changed_ns, time.time_ns(), self._settle_s)

    def fingerprint(self, zone: LandingZone, files: Sequence[LandingFile]) -> str:
        """What the sensor compares of the recordings of a folder."""
        return _fingerprint(zone, files)

    def _with_partners(
        self, settled: list[LandingFile], unsettled: list[LandingFile]
    ) -> tuple[list[LandingFile], list[LandingFile]]:
        """(settled, unsettled), where a party's recording waits with that of the other one, as far as names tell."""
        waiting = {key for file in unsettled for key in self._calls_named_by(file)}
        if not waiting:
            return settled, unsettled
        held = [file for file in settled if not waiting.isdisjoint(self._calls_named_by(file))]
        return [file for file in settled if file not in held], sorted(
            [*unsettled, *held], key=lambda file: file.relative_path
        )

    def _calls_named_by(self, file: LandingFile) -> set[tuple[str, str]]:
        """(folder, call) for each way to read a file's name as that of one party's recording."""
        stem, folder = PurePosixPath(file.relative_path).stem, _folder(file.relative_path)
        found = {(folder, part.base.casefold()) for part in parts_in(stem)}
        found |= {(folder, "")} if party_of(stem) else set()
        read = read_file_name(stem, self._patterns)
        return found | {(folder, read["call_id"].casefold())} if {"party", "call_id"} <= set(read) else found

    def growing(self, zone: LandingZone) -> frozenset[Path]:
        """The lists of a zone that are being written."""
        now_ns = time.time_ns()
        return frozenset(path for path in zone.call_lists if self._is_growing(zone, path, now_ns))

    def _is_growing(self, zone: LandingZone, path: Path, now_ns: int) -> bool:
        """Whether a list was written to a moment ago. An object of a bucket is there as a whole or not at all."""
        try:
            return path not in zone.objects and is_fresh(path.stat().st_mtime_ns, now_ns, self._settle_s)
        except OSError:  # gone since the scan, or a broken link, which reading it will tell
            return False

    def reader(self, zone: LandingZone, growing: frozenset[Path] | None = None) -> MetadataReader:
        """Reads the metadata of the zone's recordings."""
        return MetadataReader(
            zone,
            patterns=self._patterns,
            timezone=self._timezone,
            time_formats=self._time_formats,
            list_encoding=self._list_encoding,
            list_rules=self._list_rules,
            growing=self.growing(zone) if growing is None else growing,
            agent_channels=self._agent_channels,
        )


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


@cache
def _code() -> str:
    """Changes with the code that reads what lies in the landing zone."""
    folder = Path(recordings.__path__[0])
    return _digest(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.py")))


def _definition(*settings: object) -> str:
    return _digest([_code(), *map(repr, settings)])


def _folder(relative_path: str) -> str:
    return relative_path.rpartition("/")[0]


def _is_to_be_heard(inspection: Inspection, limits: RecordingLimits) -> bool:
    """Whether a recording that is said to be of one party has two channels, and was not listened to yet."""
    found = inspection.usable(limits.on_truncated)
    is_stereo = isinstance(found, AudioProbe) and found.audio_streams == 1 and found.channels == CHANNELS
    return is_stereo and inspection.sole_channel is None


def _fingerprint(zone: LandingZone, files: Sequence[LandingFile]) -> str:
    """Changes with every recording, sidecar and transcript of a folder, and with the calls.csv in it (not one further
    up, whose every new line would ask for all days again)."""
    folders = {file.path.parent for file in files}
    lists = sorted({path for file in files for path in file.call_lists if path.parent == file.path.parent})
    lists += [path for path in zone.loose_sidecars if path.parent in folders]
    parts = [f"{file.relative_path}\t{file.size_bytes}\t{file.changed_ns}" for file in files]
    transcripts = [
        f"{item.relative_path}\t{item.size_bytes}\t{item.changed_ns}" for file in files for item in file.transcripts
    ]
    return _digest([*parts, *transcripts, *(_state(zone, path) for path in lists)])


def _state(zone: LandingZone, path: Path) -> str:
    if path in zone.objects:
        return f"{zone.objects[path].size_bytes}\t{zone.objects[path].stamp_ns}"
    try:
        found = path.stat()
    except OSError:
        return "gone"
    return f"{found.st_size}\t{found.st_mtime_ns}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

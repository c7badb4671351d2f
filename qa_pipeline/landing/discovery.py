"""The landing zone seen with the settings, the clock and the cache: what the pure rooms are not allowed to know."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.imports import attach_transcripts
from qa_pipeline.landing.inspection import Inspector, PartyInspector
from qa_pipeline.landing.limits import recording_limits
from qa_pipeline.landing.scans import BucketScan, FolderScan, scanner_of
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
from qa_pipeline.recordings.landing_zone import LandingFile, LandingZone, is_fresh, split_settled
from qa_pipeline.recordings.layouts import fit_of, patterns_of
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.notes import notes_of
from qa_pipeline.recordings.parties import NamedPart, parts_in, party_of
from qa_pipeline.recordings.parts import FormedCall, form_calls, plain_pairs
from qa_pipeline.recordings.segments import join_recordings
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings

NIGHT_ENDS_AT = 6
"""Until this hour the recordings of a call that began on the day before are looked for."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Every recording of the landing zone that has settled, assessed; duplicates are not looked for yet.

    `unsettled` are recordings that are still being written and wait for the next run; `notes` is what is odd and
    concerns no single recording (lines of calls.csv without a recording, folders that could not be read).
    """

    calls: tuple[Call, ...]
    unsettled: tuple[str, ...]
    notes: tuple[str, ...]

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


def discover_calls(settings: Settings, ledger: Ledger, *, wait: bool = False) -> Landing:
    """Scans the landing zone, reads metadata, hashes and probes what is new or changed.

    A recording (or its sidecar or transcript) written to in the last `settle_s` seconds may be unfinished. With `wait`
    such recordings, and lists of calls, are waited for, once and for no longer than `settle_s`; what still grows then
    is left for the next run: a recording, or the last line of a list that has no line end. Their day is not known
    before their metadata is read, so all of them are waited for.

    Raises:
        LandingZoneMissing: the landing zone is not there.
        StorageError: it is a bucket that could not be read.
    """
    return ZoneReader(settings).calls(LandingCache(ledger.engine), wait=wait)


def changed_days(settings: Settings, known: Mapping[str, str]) -> ChangedDays:
    """Which days got new, changed or late recordings since `known` (fingerprints by folder).

    Only the metadata of folders that changed is read, and no recording is opened (or downloaded, from a bucket), but
    for the first bytes of those whose ending says nothing.
    """
    with _remembered(settings) as cache:
        return ZoneReader(settings).changed_since(known, cache)


def scan_zone(settings: Settings) -> LandingZone:
    """What lies in the landing zone, a folder or a bucket; only files whose ending says nothing are looked at.

    Raises:
        LandingZoneMissing, StorageError: it can't be listed.
    """
    with _remembered(settings) as cache:
        return scanner_of(settings)(cache).zone


def list_notes(settings: Settings, zone: LandingZone) -> tuple[str, ...]:
    """What is odd about the lists of a landing zone that is a folder; nothing else is read."""
    return ZoneReader(settings).list_notes(zone) if settings.landing_folder else ()


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
        self._scan = scanner_of(settings)
        self._settle_s = settings.settle_s
        self._limits = recording_limits(settings)
        self._patterns = compile_patterns(settings.file_name_patterns, patterns_of(settings.landing_layout))
        self._timezone = settings.tz
        self._time_formats = settings.time_format
        self._list_encoding = settings.call_list_encoding
        self._list_rules = settings.list_rules
        self._layout = settings.landing_layout
        self._agent_channels = settings.agent_channel_rules

    def calls(self, cache: LandingCache, *, wait: bool) -> Landing:
        """See `discover_calls`."""
        found, settled, unsettled, growing = self._settled(cache, wait=wait)
        zone = found.zone
        found.bring_metadata(settled, all_lists=True)
        reader = self._metadata(zone, growing)
        try:
            inspections = found.inspect(settled, Inspector(self._limits, cache))
            named = plain_pairs(settled)
            inspections = self._heard(
                found, settled, inspections, [each.relative_path in named for each in settled], cache
            )
            pairs = self._pairs(named, settled, inspections)
            known = [reader.describe(file, pairs.get(file.relative_path)) for file in settled]
            inspections = self._heard(found, settled, inspections, [each.part is not None for each in known], cache)
            landed = [Landed(*each) for each in zip(settled, known, inspections, strict=True)]
            formed = form_calls(landed, self._limits)
            calls = join_recordings(attach_transcripts(formed, cache, self._as_one_channel(landed)))
        finally:  # what was learned before an error need not be learned again
            cache.save()
        used = reader.sidecars_used | {item.name for call in calls for item in call.imports}
        orphans = tuple(name for name in zone.orphan_sidecars if name not in used)
        of_zone = notes_of(replace(zone, orphan_sidecars=orphans))
        notes = (*self._layout_notes(zone), *of_zone, *reader.notes())
        return Landing(tuple(calls), tuple(file.relative_path for file in unsettled), notes)

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
        found: FolderScan | BucketScan,
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
        heard = found.inspect([file for file, _ in known.values()], inspector) if known else []
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
        found, settled, _, growing = self._settled(cache, wait=False)
        folders: dict[str, list[LandingFile]] = {}
        for file in settled:
            folders.setdefault(file.relative_path.rpartition("/")[0], []).append(file)
        fingerprints = {folder: _fingerprint(found.zone, inside) for folder, inside in folders.items()}
        fresh = {folder: value for folder, value in fingerprints.items() if known.get(folder) != value}
        found.bring_metadata([file for folder in fresh for file in folders[folder]], all_lists=False)
        reader = self._metadata(found.zone, growing)
        changed: dict[str, list[str]] = {}
        for folder, fingerprint in fresh.items():
            pairs = plain_pairs(folders[folder])
            described = [reader.describe(file, pairs.get(file.relative_path)) for file in folders[folder]]
            known_days = {metadata.call_date for metadata in described} - {None}
            before = [each for name, inside in folders.items() if name not in fresh for each in inside]
            known_days |= self._days_they_go_on(described, before, found, reader)
            for day in known_days:
                changed.setdefault(str(day), []).append(fingerprint)
        return ChangedDays({day: _digest(sorted(parts)) for day, parts in changed.items()}, fingerprints)

    def _days_they_go_on(
        self,
        described: Iterable[CallMetadata],
        unchanged: Iterable[LandingFile],
        found: FolderScan | BucketScan,
        reader: MetadataReader,
    ) -> set[dt.date | None]:
        """The days of calls that recordings of a changed folder, begun in the night, are the continuation of: a call is
        of the day on which it began."""
        night = {
            (metadata.call_id, metadata.call_date - dt.timedelta(days=1))
            for metadata in described
            if metadata.has_given_id and metadata.call_date and metadata.started_at
            if metadata.started_at.astimezone(self._timezone).hour < NIGHT_ENDS_AT
        }
        eves = {day for _, day in night}
        beside = [file for file in unchanged if file.folder_date in eves] if night else []
        found.bring_metadata(beside, all_lists=False)
        known = [reader.describe(file) for file in beside]
        return {metadata.call_date for metadata in known if (metadata.call_id, metadata.call_date) in night}

    def list_notes(self, zone: LandingZone) -> tuple[str, ...]:
        """See `list_notes`."""
        return self._metadata(zone, self._growing(zone, time.time_ns())).list_notes()

    def _settled(
        self, cache: LandingCache | None, *, wait: bool
    ) -> tuple[FolderScan | BucketScan, list[LandingFile], list[LandingFile], frozenset[Path]]:
        """The zone's recordings: those that can be read, and those that may still be written; and such lists."""
        while True:
            found, now_ns = self._scan(cache), time.time_ns()
            split = split_settled(found.zone.files, now_ns=now_ns, settle_s=self._settle_s)
            settled, unsettled = self._with_partners(*split)
            growing = self._growing(found.zone, now_ns)
            if not (wait and (unsettled or growing)):
                return found, settled, unsettled, growing
            time.sleep(self._settle_s)
            wait = False

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

    def _growing(self, zone: LandingZone, now_ns: int) -> frozenset[Path]:
        return frozenset(path for path in zone.call_lists if self._is_growing(zone, path, now_ns))

    def _is_growing(self, zone: LandingZone, path: Path, now_ns: int) -> bool:
        """Whether a list was written to a moment ago. An object of a bucket is there as a whole or not at all."""
        try:
            return path not in zone.objects and is_fresh(path.stat().st_mtime_ns, now_ns, self._settle_s)
        except OSError:  # gone since the scan, or a broken link, which reading it will tell
            return False

    def _metadata(self, zone: LandingZone, growing: frozenset[Path]) -> MetadataReader:
        return MetadataReader(
            zone,
            patterns=self._patterns,
            timezone=self._timezone,
            time_formats=self._time_formats,
            list_encoding=self._list_encoding,
            list_rules=self._list_rules,
            growing=growing,
            agent_channels=self._agent_channels,
        )


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

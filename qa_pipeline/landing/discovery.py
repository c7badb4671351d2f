"""The landing zone seen with the settings, the clock and the cache: what the pure rooms are not allowed to know."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.landing.cache import CachedFile, LandingCache, Stamp
from qa_pipeline.landing.imports import attach_transcripts
from qa_pipeline.landing.limits import recording_limits
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.object_storage.faults import ObjectRefused
from qa_pipeline.recordings.assessment import Call, Inspection, RecordingLimits, assess, inspect
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.file_names import compile_patterns
from qa_pipeline.recordings.landing_zone import LandingFile, LandingZone, scan, split_settled
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings

INSPECTED_AT_ONCE = 8
"""Objects of a bucket that are downloaded and looked at together."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Every recording of the landing zone that has settled, assessed; duplicates are not looked for yet.

    `unsettled` are recordings that are still being written and wait for the next run; `notes` is what is odd and
    concerns no single recording (lines of calls.csv without a recording, folders that could not be read).
    """

    calls: tuple[Call, ...]
    unsettled: tuple[str, ...]
    notes: tuple[str, ...]

    def of_days(self, days: Iterable[dt.date]) -> list[Call]:
        """The calls of these days, and those that belong to no day."""
        wanted = {*days, None}
        return [call for call in self.calls if call.call_date in wanted]

    def usable(self, first: dt.date, last: dt.date) -> list[UsableCall]:
        """What a run over the range would transcribe, for a forecast."""
        in_range = [call for call in self.calls if call.call_date is not None and first <= call.call_date <= last]
        return [
            UsableCall(
                call_id=call.call_id,
                recording_id=call.recording_id or "",
                call_date=call.call_date,
                duration_s=call.duration_s or 0.0,
                agent_channel=call.agent_channel,
                language=call.language,
                source_uri=call.source_uri,
                queue=call.queue,
                direction=call.direction,
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
    such ones are waited for, once and for no longer than `settle_s`; what still grows then is left for the next run.
    Whose day they are of is not known before their metadata is read, so all are waited for.

    Raises:
        LandingZoneMissing: the landing zone is not there.
        StorageError: it is a bucket that could not be read.
    """
    files = RecordingFiles(settings)
    zone = _scan(settings, files)
    settled, unsettled = _split(zone, settings)
    if wait and unsettled:
        time.sleep(settings.settle_s)
        zone = _scan(settings, files)
        settled, unsettled = _split(zone, settings)
    if settings.landing_bucket:
        files.bring_metadata(zone, settled, all_lists=True)
    reader = _reader(zone, settings)
    limits = recording_limits(settings)
    cache = LandingCache(ledger.engine)
    if settings.landing_bucket:
        inspections = _inspect_objects(zone, settled, limits, cache, files)
    else:
        inspections = _inspect(settled, limits, cache)
    assessed = [
        assess(file, reader.describe(file), inspection, limits)
        for file, inspection in zip(settled, inspections, strict=True)
    ]
    calls = tuple(attach_transcripts(assessed, settled, cache))
    unreadable = tuple(f"{folder.relative_path} {folder.reason}" for folder in zone.unreadable_folders)
    orphans = tuple(f"{sidecar}: there is no recording beside it." for sidecar in zone.orphan_sidecars)
    notes = (*unreadable, *orphans, *reader.notes())
    return Landing(calls, tuple(file.relative_path for file in unsettled), notes)


def changed_days(settings: Settings, known: Mapping[str, str]) -> ChangedDays:
    """Which days got new, changed or late recordings since `known` (fingerprints by folder).

    Only the metadata of folders that changed is read, and no recording is opened (or downloaded, from a bucket).
    """
    files = RecordingFiles(settings)
    zone = _scan(settings, files)
    settled, _ = _split(zone, settings)
    folders: dict[str, list[LandingFile]] = {}
    for file in settled:
        folders.setdefault(file.relative_path.rpartition("/")[0], []).append(file)
    fingerprints = {folder: _fingerprint(zone, inside) for folder, inside in folders.items()}
    fresh = {folder: fingerprint for folder, fingerprint in fingerprints.items() if known.get(folder) != fingerprint}
    if settings.landing_bucket:
        files.bring_metadata(zone, [file for folder in fresh for file in folders[folder]], all_lists=False)
    reader = _reader(zone, settings)
    changed: dict[str, list[str]] = {}
    for folder, fingerprint in fresh.items():
        for day in {reader.describe(file).call_date for file in folders[folder]} - {None}:
            changed.setdefault(str(day), []).append(fingerprint)
    return ChangedDays({day: _digest(sorted(parts)) for day, parts in changed.items()}, fingerprints)


def scan_zone(settings: Settings) -> LandingZone:
    """What lies in the landing zone, a folder or a bucket; nothing is opened or downloaded.

    Raises:
        LandingZoneMissing, StorageError: it can't be listed.
    """
    return _scan(settings, RecordingFiles(settings))


def _scan(settings: Settings, files: RecordingFiles) -> LandingZone:
    folder = settings.landing_folder
    return files.scan_bucket() if folder is None else scan(folder)


def _split(zone: LandingZone, settings: Settings) -> tuple[list[LandingFile], list[LandingFile]]:
    return split_settled(zone.files, now_ns=time.time_ns(), settle_s=settings.settle_s)


def _reader(zone: LandingZone, settings: Settings) -> MetadataReader:
    patterns = compile_patterns(settings.file_name_patterns)
    return MetadataReader(zone, patterns=patterns, timezone=settings.tz)


def _inspect(files: Sequence[LandingFile], limits: RecordingLimits, cache: LandingCache) -> list[Inspection | None]:
    known, fresh = cache.known(), {}
    found: list[Inspection | None] = []
    for file in files:
        stamp = _stamp(file)
        inspection = _from_cache(known[stamp]) if stamp in known else None
        if inspection is None:
            inspection = inspect(file, limits)
            if stamp is not None and inspection is not None and inspection.recording_id is not None:
                fresh[stamp] = _to_cache(inspection.recording_id, inspection)
        found.append(inspection)
    cache.remember(fresh)
    return found


def _inspect_objects(
    zone: LandingZone,
    files: Sequence[LandingFile],
    limits: RecordingLimits,
    cache: LandingCache,
    recordings: RecordingFiles,
) -> list[Inspection | None]:
    """As `_inspect`, of a bucket: what is new is downloaded, several at once; what was learned is kept in any case."""
    known, fresh = cache.known(), dict[Stamp, CachedFile]()
    refused: list[ObjectRefused] = []

    def look(file: LandingFile) -> Inspection | None:
        remembered = known.get(_stamp_of_object(file))
        inspection = _from_cache(remembered) if remembered else None
        if inspection is not None or file.size_bytes > limits.max_bytes:
            return inspection
        try:
            with recordings.hold_listed(zone, file) as copy:
                inspection = inspect(replace(file, path=copy.path), limits)
        except (RecordingGone, ObjectRefused) as error:
            if isinstance(error, ObjectRefused):
                refused.append(error)
            return Inspection(None, UnusableAudio(AudioFault.UNREADABLE, f"{error}."))
        if inspection is not None and inspection.recording_id is not None:
            stamp = (file.source_uri, copy.size_bytes, copy.stamp_ns)
            fresh[stamp] = _to_cache(inspection.recording_id, inspection)
        return inspection

    pool = ThreadPoolExecutor(INSPECTED_AT_ONCE)
    try:
        found = list(pool.map(look, files))
    finally:
        pool.shutdown(cancel_futures=True)
        cache.remember(fresh)
    if refused and not any(item is None or item.recording_id for item in found):
        raise refused[0]  # none can be read: that is no fault of the recordings
    return found


def _stamp_of_object(file: LandingFile) -> Stamp:
    return (file.source_uri, file.size_bytes, file.version or 0)


def _stamp(file: LandingFile) -> Stamp | None:
    """What tells whether a file is still the one that was looked at; None for one that has gone since the scan.

    The path is written as a URI: names on a disk may hold bytes that no database takes as text.
    """
    try:
        return (file.path.as_uri(), file.size_bytes, file.path.lstat().st_mtime_ns)
    except OSError:
        return None


def _to_cache(recording_id: str, inspection: Inspection) -> CachedFile:
    if isinstance(inspection.probe, UnusableAudio):
        fault = {"code": inspection.probe.code.value, "sentence": inspection.probe.sentence}
        return CachedFile(recording_id, {"fault": fault})
    return CachedFile(recording_id, {"probe": asdict(inspection.probe)})


def _from_cache(cached: CachedFile) -> Inspection | None:
    """What was remembered; None where another version remembered it in its own way, and it is looked up anew."""
    try:
        if "fault" in cached.facts:
            fault = cached.facts["fault"]
            return Inspection(cached.sha256, UnusableAudio(AudioFault(fault["code"]), fault["sentence"]))
        return Inspection(cached.sha256, AudioProbe(**cached.facts["probe"]))
    except (KeyError, TypeError, ValueError):
        return None


def _fingerprint(zone: LandingZone, files: Sequence[LandingFile]) -> str:
    """Changes with every recording, sidecar and transcript of a folder, and with the calls.csv in it (not one further
    up, whose every new line would ask for all days again)."""
    lists = sorted({path for file in files for path in file.call_lists if path.parent == file.path.parent})
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

"""How the settings have what lies in the landing zone read, and what of it may still be written."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Sequence, Set
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from qa_pipeline import recordings
from qa_pipeline.landing.folder_paths import folder_of
from qa_pipeline.landing.limits import recording_limits
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.file_names import compile_patterns, read_file_name
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone, is_fresh, split_settled
from qa_pipeline.recordings.layouts import patterns_of
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.parties import parts_in, party_of
from qa_pipeline.settings import Settings

BY_DAY = "fingerprints by day"
"""Facts of a version that did not note them are read anew, once."""


class ZoneDescriber:
    """Reads the metadata of recordings. `definition` changes with everything that decides what is read of one."""

    def __init__(self, settings: Settings) -> None:
        self._settle_s = settings.settle_s
        self._patterns = compile_patterns(settings.file_name_patterns, patterns_of(settings.landing_layout))
        self.timezone = settings.tz
        self._time_formats = settings.time_format
        self._list_encoding = settings.call_list_encoding
        self._list_rules = settings.list_rules
        self._agent_channels = settings.agent_channel_rules

        self.definition = _definition(
            self._patterns, self.timezone, self._time_formats, self._list_encoding, self._list_rules,
            settings.landing_layout, self._agent_channels, recording_limits(settings), self._settle_s,
            settings.recordings, BY_DAY,
        )  # fmt: skip

    def split(self, zone: LandingZone) -> tuple[list[LandingFile], list[LandingFile]]:
        """The zone's recordings: those that can be read, and those that may still be written."""
        return self._with_partners(*split_settled(zone.files, now_ns=time.time_ns(), settle_s=self._settle_s))

    def is_fresh(self, changed_ns: int) -> bool:
        """Whether what was changed then may still be written."""
        return is_fresh(changed_ns, time.time_ns(), self._settle_s)

    def fingerprint(self, zone: LandingZone, files: Sequence[LandingFile]) -> str:
        """What the sensor of earlier versions compared of the recordings of a folder."""
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
        stem, folder = PurePosixPath(file.relative_path).stem, folder_of(file.relative_path)
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
            timezone=self.timezone,
            time_formats=self._time_formats,
            list_encoding=self._list_encoding,
            list_rules=self._list_rules,
            growing=self.growing(zone) if growing is None else growing,
            agent_channels=self._agent_channels,
        )


@cache
def _code() -> str:
    """Changes with the code that reads what lies in the landing zone."""
    folder = Path(recordings.__path__[0])
    return digest(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.py")))


def _definition(*settings: object) -> str:
    return digest([_code(), *map(_text, settings)])


def _text(value: object) -> str:
    """A value as a whole, as a text that is the same in every process: the order of a set is not, and of a long
    pattern Python shows the beginning."""
    if isinstance(value, re.Pattern):
        return repr((value.pattern, value.flags))
    if isinstance(value, Set):
        return repr(sorted(map(_text, value)))
    if isinstance(value, tuple | list):
        return repr([_text(each) for each in value])
    if is_dataclass(value):
        return repr([(each.name, _text(getattr(value, each.name))) for each in fields(value)])
    return repr(value)


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
    return digest([*parts, *transcripts, *(_state(zone, path) for path in lists)])


def said_of(file: LandingFile, metadata: Sequence[CallMetadata]) -> str:
    """Changes with a recording, its transcripts and whatever its metadata come to. What they leave out is left out here
    too, so that a field which only a later version knows changes nothing where nobody gives it."""
    parts = [f"{file.relative_path}\t{file.size_bytes}\t{file.changed_ns}"]
    parts += [f"{item.relative_path}\t{item.size_bytes}\t{item.changed_ns}" for item in file.transcripts]
    for each in metadata:
        parts += [f"{name}\t{value}" for name in _FIELDS if (value := getattr(each, name)) not in _NOTHING]
    return "\n".join(parts)


_FIELDS = tuple(sorted(each.name for each in fields(CallMetadata)))
_NOTHING: tuple[object, ...] = (None, "", (), {})


def _state(zone: LandingZone, path: Path) -> str:
    if path in zone.objects:
        return f"{zone.objects[path].size_bytes}\t{zone.objects[path].stamp_ns}"
    try:
        found = path.stat()
    except OSError:
        return "gone"
    return f"{found.st_size}\t{found.st_mtime_ns}"


def digest(parts: Iterable[str]) -> str:
    """What changes with any of these texts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

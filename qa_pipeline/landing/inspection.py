"""Looks at recordings that were never looked at, and remembers what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.one_party import sole_channel
from qa_pipeline.audio.probing import PROBING, AudioProbe, TruncatedAudio
from qa_pipeline.audio.tracks import Track
from qa_pipeline.landing.cache import CachedFile, LandingCache, Stamp
from qa_pipeline.recordings.inspection import Inspection, RecordingLimits, inspect
from qa_pipeline.recordings.landing_files import LandingFile

SOLE_CHANNEL = "sole_channel"
"""What was found out by `PartyInspector`: kept with the file's other facts for as long as it is the same file."""


class Inspector:
    """Inspects recordings that may be as large as `limits` say. `look` may be called from several threads."""

    def __init__(self, limits: RecordingLimits, cache: LandingCache) -> None:
        self.max_bytes = limits.max_bytes
        self._limits = limits
        self._cache = cache

    def remembered(self, stamp: Stamp | None) -> Inspection | None:
        """What was found before; None where the file is new or has changed, or another version wrote it otherwise."""
        cached = self._cache.get(stamp)
        if cached is None or cached.facts.get("probing") != PROBING:
            return None
        try:
            if "fault" in cached.facts:
                fault = cached.facts["fault"]
                if "held" in fault:
                    held = _probe(fault["held"])
                    return Inspection(cached.sha256, TruncatedAudio(fault["sentence"], held))
                return Inspection(cached.sha256, UnusableAudio(AudioFault(fault["code"]), fault["sentence"]))
            return Inspection(cached.sha256, _probe(cached.facts["probe"]), cached.facts.get(SOLE_CHANNEL))
        except (KeyError, TypeError, ValueError):
            return None

    def look(self, file: LandingFile, stamp: Stamp | None) -> Inspection | None:
        """Hashes and probes a file; None for one that is not to be opened. Without a stamp nothing is remembered."""
        found = inspect(file, self._limits)
        if stamp is None or found is None or found.recording_id is None:
            return found
        self._cache.add(stamp, CachedFile(found.recording_id, {"probing": PROBING, **_facts(found.probe)}))
        return found


class PartyInspector:
    """Listens to stereo recordings that something says are of one party: is there a second one on them? Used like an
    `Inspector`, on recordings that one has looked at; each is listened to once."""

    def __init__(self, looked_at: Mapping[str, Inspection], limits: RecordingLimits, cache: LandingCache) -> None:
        """`looked_at`: what was found before, by relative path, of every recording that will be asked about."""
        self.max_bytes = limits.max_bytes
        self._looked_at = looked_at
        self._cache = cache

    def remembered(self, stamp: Stamp | None) -> Inspection | None:
        """Nothing: who was listened to before is in `looked_at` with the answer, and need not be asked about."""
        return None

    def look(self, file: LandingFile, stamp: Stamp | None) -> Inspection:
        """The inspection with its `sole_channel`; with the fault where the recording can't be listened to."""
        known = self._looked_at[file.relative_path]
        try:
            found = replace(known, sole_channel=sole_channel(file.path))
        except UnusableAudio as error:
            return replace(known, probe=error)
        if stamp is not None and found.recording_id is not None:
            heard = {SOLE_CHANNEL: found.sole_channel}
            self._cache.add(stamp, CachedFile(found.recording_id, {"probing": PROBING, **_facts(found.probe), **heard}))
        return found


def _probe(facts: dict[str, Any]) -> AudioProbe:
    if facts["audio_streams"] > 1 and not facts.get("tracks"):
        raise KeyError("tracks")  # of a version that did not look at them
    tracks = tuple(Track(**track) for track in facts.get("tracks", ()))
    return AudioProbe(**{**facts, "stream_channels": tuple(facts["stream_channels"]), "tracks": tracks})


def _facts(found: AudioProbe | UnusableAudio) -> dict[str, Any]:
    if isinstance(found, AudioProbe):
        return {"probe": asdict(found)}
    held = {"held": asdict(found.held)} if isinstance(found, TruncatedAudio) else {}
    return {"fault": {"code": found.code.value, "sentence": found.sentence, **held}}

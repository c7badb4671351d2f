"""Looks at recordings that were never looked at, and remembers what was found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.probing import PROBING, AudioProbe, TruncatedAudio
from qa_pipeline.audio.tracks import Track
from qa_pipeline.landing.cache import CachedFile, LandingCache, Stamp
from qa_pipeline.recordings.assessment import Inspection, RecordingLimits, inspect
from qa_pipeline.recordings.landing_zone import LandingFile


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
            return Inspection(cached.sha256, _probe(cached.facts["probe"]))
        except (KeyError, TypeError, ValueError):
            return None

    def look(self, file: LandingFile, stamp: Stamp | None) -> Inspection | None:
        """Hashes and probes a file; None for one that is not to be opened. Without a stamp nothing is remembered."""
        found = inspect(file, self._limits)
        if stamp is None or found is None or found.recording_id is None:
            return found
        self._cache.add(stamp, CachedFile(found.recording_id, {"probing": PROBING, **_facts(found.probe)}))
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

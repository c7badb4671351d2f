"""Transcripts beside recordings, opened: for which channels of a call they speak, and which can't be used.

A transcript that can't be used claims its channels all the same. What was put there to be taken in is never sent to be
paid for without a word; the call's channels fail with the reason until the file is corrected or removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa_pipeline import __version__
from qa_pipeline.landing.cache import CachedFile, LandingCache
from qa_pipeline.recordings.channels import ONE_CHANNEL
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.parts import FormedCall
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.recordings.transcript_files import CHANNELS_OF_A_CALL, ImportedChannel, TranscriptFile
from qa_pipeline.transcription.imports.reading import ImportedTranscript, read_import, refuse_outside
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.results import MAX_RESULT_BYTES, BadResult

PARTS_MAY_DIFFER_S = 1.0
"""By how much parts may differ in length that one transcript is about."""
UNUSABLE_ENGINE = "import"
"""Stands for who made a transcript that can't be read."""


def read_transcript(path: Path) -> bytes:
    """The bytes of a transcript.

    Raises:
        BadResult: it can't be read, or is longer than any transcript.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_RESULT_BYTES + 1)
    except OSError as error:
        raise BadResult(f"it can't be read ({error.strerror or type(error).__name__})") from None
    if len(raw) > MAX_RESULT_BYTES:
        raise BadResult(f"it is over {MAX_RESULT_BYTES:,} bytes, more than any transcript")
    return raw


def read_for_call(raw: bytes, voices: CallSpeakers, duration_s: float) -> ImportedTranscript:
    """What a transcript says of a call of that length. Raises `BadResult`."""
    found = read_import(raw, voices)
    refuse_outside(found, duration_s)
    return found


def unusable(name: str, reason: object) -> str:
    """The sentence of a transcript that can't be used."""
    said = str(reason).rstrip(".")
    return (
        f"{name} can't be taken in: {said}. Correct the file, or remove it to have the service transcribe the channel"
    )


def speakers_of(call: Call, transcript: TranscriptFile) -> CallSpeakers:
    """What is known of the voices in a transcript of this call."""
    return CallSpeakers(
        agent_channel=call.agent_channel,
        agent_names=_known(call.agent_name, call.agent_id),
        customer_names=_known(call.customer_id),
        direction=call.direction,
        only_channel=transcript.channel_id,
        recording=call.path.name,
    )


def attach_transcripts(
    formed: Iterable[FormedCall], cache: LandingCache, as_one_channel: Callable[[FormedCall], Call]
) -> list[Call]:
    """The calls, the usable ones with the channels that transcripts beside their files speak for.

    A mono recording with a transcript that names its voices is a call: `as_one_channel` says what it is as one. What
    was read once is remembered by path, size and time of change; what could not be used is read again each time.
    """
    reader = _Reader(cache)
    return [
        _with_voices(reader, each, as_one_channel)
        if each.call.status_reason is QuarantineReason.MONO or each.call.form in ONE_CHANNEL
        else replace(each.call, imports=_imports_of(reader, each))
        if each.call.is_usable
        else each.call
        for each in formed
    ]


def _imports_of(reader: _Reader, formed: FormedCall) -> tuple[ImportedChannel, ...]:
    """What lies beside each file of a call, and for parts without a transcript of their own what is about them all."""
    own = tuple(item for file in formed.files for item in reader.imports_of(formed.call, file))
    spoken_for = {item.channel_id for item in own}
    return (*own, *(item for item in reader.of_all_parts(formed) if item.channel_id not in spoken_for))


def _with_voices(reader: _Reader, formed: FormedCall, as_one_channel: Callable[[FormedCall], Call]) -> Call:
    call = formed.call
    imports = tuple(item for file in formed.files for item in reader.of_one_channel(call, file))
    if any(item.names_voices for item in imports):
        told = as_one_channel(formed) if call.status_reason is QuarantineReason.MONO else call
        return replace(told, form="diarized", imports=imports) if told.is_usable else told
    if call.is_usable:
        return replace(call, imports=imports)
    problem = next((item.problem for item in imports if item.problem), None)
    return call if problem is None else replace(call, status_message=f"{call.status_message} {problem}.")


class _Reader:
    """Reads transcripts of one landing zone."""

    def __init__(self, cache: LandingCache) -> None:
        self._cache = cache

    def imports_of(self, call: Call, file: LandingFile) -> tuple[ImportedChannel, ...]:
        """By channel; the first transcript that speaks for a channel counts, and the rest is not looked at.

        A transcript beside a part of a call is about that part alone.
        """
        own = {each.source_channel: each for each in call.sources if each.source_uri == file.source_uri}
        is_part = call.form == "parts"
        found: dict[int, ImportedChannel] = {}
        for transcript in (each for each in file.transcripts if not each.of_parts):
            if set(own if is_part else CHANNELS_OF_A_CALL) <= set(found):
                break
            about = replace(transcript, channel_id=0) if is_part else transcript
            for channel in self._channels(call, about):
                found.setdefault(channel.channel_id, channel)
        if is_part:
            return tuple(replace(item, channel_id=own[0].channel_id) for item in found.values())
        return tuple(found[channel_id] for channel_id in sorted(found))

    def of_all_parts(self, formed: FormedCall) -> Iterator[ImportedChannel]:
        """The two parties of a call of two parts, by the first transcript that is about the whole of it. Its times are
        those of both parts, so these must begin and end together."""
        call = formed.call
        files = (*formed.files, *((formed.mix,) if formed.mix else ()))
        whole = [item for file in files for item in file.transcripts if item.of_parts or file is formed.mix]
        lengths = [source.duration_s for source in call.sources]
        if call.form != "parts" or not whole or any(source.offset_ms for source in call.sources):
            return
        if max(lengths) - min(lengths) > PARTS_MAY_DIFFER_S:
            return
        for source in call.sources:
            if source.role in ("agent", "customer"):
                # a part has one channel, so the transcript is asked for what this party says as if it were on the first
                asked = replace(call, agent_channel=0 if source.role == "agent" else 1)
                for channel in self._channels(asked, replace(whole[0], channel_id=None)):
                    if channel.channel_id == 0:
                        yield replace(channel, channel_id=source.channel_id)

    def of_one_channel(self, call: Call, file: LandingFile) -> list[ImportedChannel]:
        """The one channel of a recording that has both parties on it, by the first transcript that speaks for it."""
        whole = [item for item in file.transcripts if not item.channel_id and not item.of_parts]
        return self._channels(call, whole[0], one_channel=True)[:1] if whole else []

    def _channels(self, call: Call, file: TranscriptFile, *, one_channel: bool = False) -> list[ImportedChannel]:
        voices = replace(speakers_of(call, file), one_channel=one_channel)
        sha256 = ""
        try:
            if file.leads_outside:
                raise BadResult("it is a link out of the landing zone; copy the file into the zone")
            stamp = (file.path.as_uri(), file.size_bytes, file.changed_ns)
            remembered = _remembered(self._cache.get(stamp), voices, call)
            if remembered is not None:
                sha256, known, is_named = remembered
                return [
                    _channel(channel_id, engine, file, voices, sha256, named=is_named) for channel_id, engine in known
                ]
            raw = read_transcript(file.path)
            sha256 = hashlib.sha256(raw).hexdigest()
            found = read_for_call(raw, voices, call.duration_s or 0.0)
        except BadResult as error:
            problem = unusable(file.relative_path, error)
            claimed = CHANNELS_OF_A_CALL if file.channel_id is None else (file.channel_id,)
            return [_channel(item, UNUSABLE_ENGINE, file, voices, sha256, problem) for item in claimed]
        self._cache.add(stamp, CachedFile(sha256, {"import": _note(voices, call, found.engines, found.names_voices)}))
        return [
            _channel(channel_id, engine, file, voices, sha256, named=found.names_voices)
            for channel_id, engine in found.engines.items()
        ]


def _note(voices: CallSpeakers, call: Call, engines: Mapping[int, str], is_named: bool) -> dict[str, Any]:
    """What is remembered of a transcript that was read: everything that what it says depends on, and what it says."""
    return {
        "version": __version__,
        "voices": voices.as_parameters(),
        "duration_s": call.duration_s,
        "engines": [[channel_id, engine] for channel_id, engine in engines.items()],
        **({"names_voices": True} if is_named else {}),
    }


def _remembered(
    cached: CachedFile | None, voices: CallSpeakers, call: Call
) -> tuple[str, list[tuple[int, str]], bool] | None:
    """Sha256, engines by channel and whether it names voices, where it was read before with the same knowledge."""
    note = cached.facts.get("import") if cached else None
    if cached is None or not isinstance(note, dict) or not isinstance(note.get("engines"), list):
        return None
    engines = {int(channel_id): str(engine) for channel_id, engine in note["engines"]}
    is_named = bool(note.get("names_voices"))
    if note != _note(voices, call, engines, is_named):
        return None
    return cached.sha256, list(engines.items()), is_named


def _channel(
    channel_id: int,
    engine: str,
    file: TranscriptFile,
    voices: CallSpeakers,
    sha256: str,
    problem: str | None = None,
    *,
    named: bool = False,
) -> ImportedChannel:
    return ImportedChannel(
        channel_id=channel_id,
        uri=file.path.as_uri(),
        name=file.relative_path,
        sha256=sha256,
        engine=engine,
        voices=voices.as_parameters(),
        problem=problem,
        names_voices=named,
    )


def _known(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)

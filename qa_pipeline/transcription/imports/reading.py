"""Reads a transcript that lies beside a recording, whatever it is, and says who made it."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.transcription.imports.labels import json_value
from qa_pipeline.transcription.imports.result_files import engine_of, is_result, read_result_file
from qa_pipeline.transcription.imports.speakers import CHANNELS, CallSpeakers
from qa_pipeline.transcription.imports.speech_pieces import place_speakers, transcripts
from qa_pipeline.transcription.imports.vcon import is_vcon, read_vcon
from qa_pipeline.transcription.imports.webvtt import is_webvtt, read_webvtt
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, TranscriptionResult
from qa_pipeline.transcription.tables import PAST_THE_END_MS

IMPORTED_MODEL = "imported"
"""Stands where a model's id would: nobody was asked."""

_KNOWN = "WebVTT, vCon, a result file of the service"


@dataclass(frozen=True, slots=True)
class ImportedTranscript:
    """What a transcript says of a call: `result` has only channels that a call has; `engines` says who made each."""

    result: TranscriptionResult
    engines: dict[int, str]


def read_import(raw: bytes, voices: CallSpeakers) -> ImportedTranscript:
    """Reads a transcript by its content.

    Raises:
        BadResult: of no known kind, unreadable, contradictory, or with nothing about this call; the message names the
            place.
    """
    found = _webvtt(raw, voices) if is_webvtt(raw) else _json(raw, voices)
    of_call = {channel_id: entry for channel_id, entry in sorted(found.items()) if channel_id in CHANNELS}
    if not of_call:
        about = f"it is about the channels {sorted(found)}" if found else "nothing is said in it"
        raise BadResult(f"{about}; a call has the channels 0 and 1")
    result = TranscriptionResult(None, tuple(transcript for transcript, _ in of_call.values()))
    return ImportedTranscript(result, {channel_id: engine for channel_id, (_, engine) in of_call.items()})


def refuse_outside(found: ImportedTranscript, duration_s: float) -> None:
    """Refuses a transcript of another, longer recording; `duration_s` is this one's length.

    Raises:
        BadResult: a sentence or word ends after the recording does.
    """
    duration_ms = round(duration_s * 1000)
    for transcript in found.result.transcripts:
        for sentence in transcript.sentences:
            ends = (sentence.end_ms or 0, *(word.end_ms for word in sentence.words))
            if max(ends) > duration_ms + PAST_THE_END_MS:
                raise BadResult(
                    f"sentence {sentence.sentence_id} of channel {transcript.channel_id} ends at {max(ends)} ms, the "
                    f"recording at {duration_ms} ms"
                )


Found = dict[int, tuple[ChannelTranscript, str]]


def _webvtt(raw: bytes, voices: CallSpeakers) -> Found:
    pieces = read_webvtt(raw, voices)
    found = _with_engine(transcripts(pieces, place_speakers(pieces, voices)), "import webvtt")
    if voices.only_channel is not None:  # a file of one channel without a cue: nothing was said on it
        nothing = ChannelTranscript(voices.only_channel, "", ())
        found.setdefault(voices.only_channel, (nothing, "import webvtt"))
    return found


def _json(raw: bytes, voices: CallSpeakers) -> Found:
    if raw.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] not in (b"{", b"["):
        raise BadResult(f"it is not one of the transcripts that can be imported ({_KNOWN})")
    document = json_value(raw, "it")
    if is_result(document):
        return _with_engine(read_result_file(document, voices.only_channel), engine_of(document))
    if not is_vcon(document):
        raise BadResult(f"it is JSON, but not one of the transcripts that can be imported ({_KNOWN})")
    found = read_vcon(document, voices)
    return {channel_id: (transcript, found.engines[channel_id]) for channel_id, transcript in found.by_channel.items()}


def _with_engine(found: tuple[ChannelTranscript, ...], engine: str) -> Found:
    return {transcript.channel_id: (transcript, engine) for transcript in found}

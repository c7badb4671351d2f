"""Reads a transcript that lies beside a recording, whatever it is, and says who made it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from qa_pipeline.transcription.imports.labels import json_value
from qa_pipeline.transcription.imports.result_files import engine_of, is_result, read_result_file
from qa_pipeline.transcription.imports.speakers import CHANNELS, CallSpeakers
from qa_pipeline.transcription.imports.speech_pieces import place_speakers, transcripts
from qa_pipeline.transcription.imports.vcon import is_vcon, read_vcon
from qa_pipeline.transcription.imports.vendors.reading import read_vendor
from qa_pipeline.transcription.imports.webvtt import is_webvtt, read_webvtt
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.odd_values import each_described
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, TranscriptionResult
from qa_pipeline.transcription.tables import PAST_THE_END_MS

IMPORTED_MODEL = "imported"
"""Stands where a model's id would: nobody was asked."""

_KNOWN = (
    "WebVTT, vCon, a result file of the service, JSON of Amazon Transcribe, Azure Speech, Google Speech-to-Text or "
    "Whisper, a list of segments with times"
)


Found = dict[int, tuple[ChannelTranscript, str]]


@dataclass(frozen=True, slots=True)
class ImportedTranscript:
    """What a transcript says of a call: `result` has only channels that a call has; `engines` says who made each.

    Of a recording with both parties on one channel there is that channel alone. Where the transcript `names_voices` the
    agent's sentences have the speaker 0 in it, the customer's 1; else no sentence has a speaker.
    """

    result: TranscriptionResult
    engines: dict[int, str]
    names_voices: bool = False


def read_import(raw: bytes, voices: CallSpeakers) -> ImportedTranscript:
    """Reads a transcript by its content.

    Raises:
        BadResult: of no known kind, unreadable, contradictory, or with nothing about this call; the message names the
            place.
    """
    found, is_placed = _placed(raw, voices)
    of_call = {channel_id: entry for channel_id, entry in sorted(found.items()) if channel_id in CHANNELS}
    if not of_call:
        about = f"it is about the channels {each_described(sorted(found))}" if found else "nothing is said in it"
        raise BadResult(f"{about}; a call has the channels 0 and 1")
    if voices.one_channel:
        return _of_one_channel(of_call, voices, is_named=is_placed and (len(of_call) > 1 or _names_speakers(raw)))
    result = TranscriptionResult(None, tuple(transcript for transcript, _ in of_call.values()))
    return ImportedTranscript(result, {channel_id: engine for channel_id, (_, engine) in of_call.items()})


def _placed(raw: bytes, voices: CallSpeakers) -> tuple[Found, bool]:
    """The channels of a transcript, and whether its voices were told; those of one channel need not be."""
    if voices.only_channel is None or not voices.one_channel:
        try:
            return _read(raw, voices), True
        except BadResult:
            if not voices.one_channel:
                raise
    return _read(raw, replace(voices, only_channel=0)), False


def _read(raw: bytes, voices: CallSpeakers) -> Found:
    return _webvtt(raw, voices) if is_webvtt(raw) else _json(raw, voices)


def _of_one_channel(found: Found, voices: CallSpeakers, *, is_named: bool) -> ImportedTranscript:
    """What two voices say on one channel, in the order of time."""
    said = [
        replace(sentence, speaker_id=int(channel_id != voices.agent_channel) if is_named else None)
        for channel_id, (transcript, _) in found.items()
        for sentence in transcript.sentences
    ]
    said.sort(key=lambda sentence: (sentence.begin_ms or 0, sentence.end_ms or 0))
    sentences = tuple(replace(sentence, sentence_id=number) for number, sentence in enumerate(said))
    text = join_texts(sentence.text for sentence in sentences) or join_texts(
        transcript.text for transcript, _ in found.values()
    )
    engine = " and ".join(dict.fromkeys(engine for _, engine in found.values()))
    result = TranscriptionResult(None, (ChannelTranscript(0, text, sentences),))
    return ImportedTranscript(result, {0: engine}, is_named)


def _names_speakers(raw: bytes) -> bool:
    """Whether it is of a kind that says of each piece who speaks; a result file of the service knows channels only."""
    return is_webvtt(raw) or not is_result(json_value(raw, "it"))


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
        return _of_a_vendor(document, voices)
    found = read_vcon(document, voices)
    return {channel_id: (transcript, found.engines[channel_id]) for channel_id, transcript in found.by_channel.items()}


def _of_a_vendor(document: Any, voices: CallSpeakers) -> Found:
    found = read_vendor(document)
    if found is None:
        raise BadResult(f"it is JSON, but not one of the transcripts that can be imported ({_KNOWN})")
    pieces, channels = found.pieces, found.channels
    if voices.only_channel is not None:
        # the file of one channel: it may have been cut to a mono file, which is channel 0 of itself
        only = voices.only_channel if voices.only_channel in channels and len(channels) > 1 else None
        chosen = [piece for piece in pieces if only is None or piece.channel_id in (None, only)]
        pieces = tuple(replace(piece, channel_id=None, speaker=()) for piece in chosen)
        channels = frozenset({voices.only_channel})
    said = _with_engine(transcripts(pieces, place_speakers(pieces, voices)), found.engine)
    silent = {channel_id: (ChannelTranscript(channel_id, "", ()), found.engine) for channel_id in channels}
    return silent | said


def _with_engine(found: tuple[ChannelTranscript, ...], engine: str) -> Found:
    return {transcript.channel_id: (transcript, engine) for transcript in found}

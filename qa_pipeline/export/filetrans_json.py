"""The shape in which the file-transcription service itself answers, so that a program that reads one reads both."""

from __future__ import annotations

import json
from typing import Any

from qa_pipeline.export.transcripts import ExportedCall, ExportedChannel, ExportedRecording
from qa_pipeline.transcription.results import Sentence, Word


def to_filetrans_json(call: ExportedCall) -> str:
    """The call as the service's result: `file_url`, `audio_info`, `transcripts`, times in ms, ids from 0.

    Beside the documented keys stand `call_id`, `recording_id`, for each channel `role`, `engine` and `model`, and for
    sentences and words `confidence` where there is one; for a call of several recordings `recordings`, its files.
    `file_url` is the recording's bare name where it has no address for others: folders of this machine stay here.
    """
    return json.dumps(result_document(call, call.channels), ensure_ascii=False, indent=2) + "\n"


def result_document(call: ExportedCall, channels: tuple[ExportedChannel, ...]) -> dict[str, Any]:
    """The result document with these channels of the call; what is not known is left out."""
    info = {"format": call.codec, "sample_rate": call.sample_rate}
    return {
        "file_url": call.file_url or call.file_name,
        "call_id": call.call_id,
        "recording_id": call.recording_id,
        "audio_info": _known(info),
        **({"recordings": [_recording(each) for each in call.recordings]} if call.recordings else {}),
        "transcripts": [_channel(channel) for channel in channels],
    }


def _recording(each: ExportedRecording) -> dict[str, Any]:
    row = {
        "file_url": each.file_url or each.file_name,
        "recording_id": each.recording_id,
        "begin_time": each.begin_ms,
        "end_time": each.begin_ms + round(each.duration_s * 1000),
        "agent_id": each.agent_id,
        "agent_name": each.agent_name,
        "queue": each.queue,
    }
    return _known(row)


def _channel(channel: ExportedChannel) -> dict[str, Any]:
    return {
        "channel_id": channel.channel_id,
        "role": channel.role,
        "engine": channel.engine,
        "model": channel.model,
        "text": channel.text,
        "sentences": [_sentence(sentence) for sentence in channel.sentences],
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    row = {
        "sentence_id": sentence.sentence_id,
        "begin_time": sentence.begin_ms,
        "end_time": sentence.end_ms,
        "language": sentence.language,
        "emotion": sentence.emotion,
        "text": sentence.text,
        "confidence": sentence.confidence,
        "words": [_word(word) for word in sentence.words] or None,
    }
    return _known(row)


def _word(word: Word) -> dict[str, Any]:
    row = {
        "begin_time": word.begin_ms,
        "end_time": word.end_ms,
        "text": word.text,
        "punctuation": word.punctuation,
        "confidence": word.confidence,
    }
    return _known(row)


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}

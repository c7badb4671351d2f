"""Result files of the service, or of a program that writes its shape: read with more patience than the service's own.

What the service answers itself must be right in everything (`results.parse_result`). Another's file may name languages
and emotions that are unknown here, which become None, and have its sentences in any order, which are sorted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qa_pipeline.transcription.confidence import known_confidence
from qa_pipeline.transcription.labels import known_emotion, known_language
from qa_pipeline.transcription.odd_values import each_described
from qa_pipeline.transcription.remarks import Remarks
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, parse_channel


def is_result(document: Any) -> bool:
    """Whether a JSON document has the shape of a result file."""
    return isinstance(document, dict) and isinstance(document.get("transcripts"), list)


def engine_of(document: dict[str, Any]) -> str:
    """Which family's shape it is: fun-asr describes the audio under `properties`, filetrans under `audio_info`."""
    return "import fun-asr" if "properties" in document else "import filetrans"


def read_result_file(document: dict[str, Any], only_channel: int | None) -> tuple[ChannelTranscript, ...]:
    """The transcripts of a result file.

    In the file of one channel (`only_channel`) a single transcript is that channel's, whatever number it has: who
    transcribes each channel as a mono file gets channel 0 twice.

    Raises:
        BadResult: as `results.parse_result` does, or the file of one channel is about others.
    """
    found = tuple(_channel(item, f"transcripts[{index}]") for index, item in enumerate(document["transcripts"]))
    channel_ids = [transcript.channel_id for transcript in found]
    if len(set(channel_ids)) != len(channel_ids):
        raise BadResult(f"a channel appears twice in the result: {each_described(channel_ids)}")
    if only_channel is None:
        return found
    if len(found) == 1:
        return (replace(found[0], channel_id=only_channel),)
    chosen = tuple(transcript for transcript in found if transcript.channel_id == only_channel)
    if not chosen:
        raise BadResult(f"the file's name says channel {only_channel}, its transcripts are of others")
    return chosen


def _channel(item: Any, place: str) -> ChannelTranscript:
    remarks = Remarks()
    return replace(parse_channel(_with_known_labels(item, remarks), place), remarks=remarks.all())


def _with_known_labels(item: Any, remarks: Remarks) -> Any:
    """A copy with known labels and sentences in order; what has another form than it must is left for the reader."""
    if not isinstance(item, dict) or not isinstance(item.get("sentences"), list):
        return item
    sentences = [_sentence(row, remarks) for row in item["sentences"]]
    begins = [row.get("begin_time") if isinstance(row, dict) else None for row in sentences]
    if all(isinstance(begin, int | float) for begin in begins):
        sentences.sort(key=lambda row: row["begin_time"])
    return item | {"sentences": sentences}


def _sentence(row: Any, remarks: Remarks) -> Any:
    if not isinstance(row, dict):
        return row
    labels = {"language": known_language(row.get("language")), "emotion": known_emotion(row.get("emotion"))}
    mended = row | labels | _confidence(row, "confidence", remarks)
    if isinstance(row.get("words"), list):
        mended["words"] = [
            word | _confidence(word, "words.confidence", remarks) if isinstance(word, dict) else word
            for word in row["words"]
        ]
    return mended


def _confidence(row: dict[str, Any], field: str, remarks: Remarks) -> dict[str, float | None]:
    """The confidence of a sentence or word, which costs nothing but itself where it is odd."""
    value = row.get("confidence")
    if value is None:
        return {}
    confidence, action = known_confidence(value)
    if action is not None:
        remarks.note(field, action, value)
    return {"confidence": confidence}

"""The service's own result, read so that one odd value costs itself and nothing else: it was paid for.

A document is first brought into the exact form that `results` reads, and each change becomes a remark: what can't be
believed is taken out, times are moved into the recording, sentences are sorted. Only a document without any transcript
is unreadable. Files of people (imports, references) are not mended: they can be corrected, and cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.lenient_values import WHOLE_NUMBER, text_of
from qa_pipeline.transcription.mended_sentences import MendedSentence
from qa_pipeline.transcription.remarks import Remarks
from qa_pipeline.transcription.results import (
    BadResult,
    ChannelTranscript,
    TranscriptionResult,
    load_object,
    parse_channel,
)

_CONTENT = ("sentences", "text")
_SENTENCE_KEYS = frozenset({"text", "begin_time", "end_time", "words"})


def read_result(raw: bytes, asked: Sequence[int] = ()) -> TranscriptionResult:
    """Reads a result of the service. `asked` are the channels of its task: a transcript that does not say its channel
    is that of the only one that is missing.

    Raises:
        BadResult: not JSON, not an object, or without any transcript.
    """
    document = load_object(raw, "the result", constants=float)
    rows, dropped = _transcripts(document)
    placed = _placed(rows, asked, dropped)
    found = tuple(
        _read_channel(row, channel_id, Remarks((*dropped.all(), *remarks.all())))
        for channel_id, (row, remarks) in placed.items()
    )
    file_url = document.get("file_url")
    return TranscriptionResult(file_url if isinstance(file_url, str) else None, found)


def require_result(raw: bytes) -> None:
    """Looks whether the bytes are a result, without reading what was said.

    Raises:
        BadResult: as `read_result`.
    """
    _transcripts(load_object(raw, "the result", constants=float))


def read_channel(row: Mapping[str, Any], channel_id: int) -> ChannelTranscript:
    """One channel from its `text` and `sentences`, whatever they are; with the remarks on them.

    Raises:
        BadResult: it has neither.
    """
    return _read_channel(row, channel_id, Remarks())


def _read_channel(row: Mapping[str, Any], channel_id: int, remarks: Remarks) -> ChannelTranscript:
    mended = _channel(row, channel_id, remarks)
    transcript = parse_channel(mended, f"channel {channel_id}", may_lack_times=True)
    return replace(transcript, remarks=remarks.all())


# -- which transcripts there are ------------------------------------------------------------------------------------


def _transcripts(document: dict[str, Any]) -> tuple[list[dict[str, Any]], Remarks]:
    """The elements of `transcripts` that have something in them, and remarks on the others."""
    remarks = Remarks()
    value = document.get("transcripts")
    if isinstance(value, dict):  # a single one, or by channel
        remarks.note("transcripts", "converted", sorted(value))
        by_channel = [{"channel_id": key, **row} for key, row in value.items() if isinstance(row, dict)]
        value = [value] if any(key in value for key in _CONTENT) else by_channel
    if not isinstance(value, list):
        raise BadResult(f"result.transcripts is {'missing' if 'transcripts' not in document else 'not a list'}")
    rows = []
    for row in value:
        if isinstance(row, dict) and _has_content(row):
            rows.append(row)
        else:
            remarks.note("transcripts", "dropped", sorted(row) if isinstance(row, dict) else row)
    if value and not rows:
        raise BadResult("result.transcripts holds nothing that has a text or sentences")
    return rows, remarks


def _has_content(row: Mapping[str, Any]) -> bool:
    return text_of(row.get("text")) is not None or sentence_list(row.get("sentences")) is not None


def _placed(
    rows: Iterable[dict[str, Any]], asked: Sequence[int], dropped: Remarks
) -> dict[int, tuple[dict[str, Any], Remarks]]:
    """The transcripts by channel, each with the remarks on its place; two of one channel become one."""
    placed: dict[int, tuple[dict[str, Any], Remarks]] = {}
    nowhere = []
    for row in rows:
        value, remarks = row.get("channel_id"), Remarks()
        channel_id = _channel_id(value)
        if channel_id is None:
            nowhere.append(row)
            continue
        if channel_id != value:
            remarks.note("channel_id", "converted", value)
        if channel_id in placed:
            earlier, remarks = placed[channel_id]
            remarks.note("transcripts", "merged", channel_id)
            row = _merged(earlier, row)
        placed[channel_id] = row, remarks
    missing = [channel_id for channel_id in asked if channel_id not in placed]
    if len(nowhere) == len(missing) == 1:
        remarks = Remarks()
        remarks.note("channel_id", "derived", nowhere[0].get("channel_id"))
        placed[missing[0]] = nowhere[0], remarks
    else:
        for row in nowhere:
            dropped.note("transcripts", "dropped", row.get("channel_id"))
    return placed


def _channel_id(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and WHOLE_NUMBER.fullmatch(value.strip()) else None


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    texts = [row["text"] for row in (first, second) if isinstance(row.get("text"), str)]
    rows = [item for row in (first, second) for item in sentence_list(row.get("sentences")) or ()]
    return {"text": join_texts(texts), "sentences": rows}


# -- one channel ----------------------------------------------------------------------------------------------------


def _channel(row: Mapping[str, Any], channel_id: int, remarks: Remarks) -> dict[str, Any]:
    """The channel in the exact form."""
    if not _has_content(row):
        raise BadResult(f"the transcript of channel {channel_id} has neither a text nor sentences")
    whole = text_of(row.get("text"))
    rows = sentence_list(row.get("sentences"))
    if rows is not None and rows is not row.get("sentences"):
        remarks.note("sentences", "converted")
    sentences = _in_order([MendedSentence(item) for item in rows or ()], remarks)
    if not sentences and whole and whole.strip():
        remarks.note("sentences", "derived", row.get("sentences"))
        sentences = [MendedSentence({"text": whole})]
        sentences[0].changes.clear()
    for sentence_id, sentence in enumerate(sentences):
        for field, action, value in sentence.changes:
            remarks.note(field, action, value, sentence_id)
    if whole is None:
        remarks.note("text", "derived", row.get("text"))
        whole = join_texts(sentence.form["text"] for sentence in sentences)
    elif whole != row.get("text"):
        remarks.note("text", "converted", row.get("text"))
    _note_own_remarks(row.get("remarks"), remarks)
    return {
        "channel_id": channel_id,
        "text": whole,
        "sentences": [sentence.form for sentence in sentences],
        "engine": _engine(row.get("engine"), remarks),
    }


def _engine(value: Any, remarks: Remarks) -> str | None:
    """Who heard the channel; only the local service says so."""
    if value is not None and not (isinstance(value, str) and text_of(value) == value):
        remarks.note("engine", "null", value)
        return None
    return value


def _note_own_remarks(value: Any, remarks: Remarks) -> None:
    """What the local service itself remarks of a channel: a text that it heard and does not count as speech."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and item.get("field") == "sentences" and isinstance(item.get("text"), str):
            remarks.note("sentences", "dropped", text_of(item["text"]))


def sentence_list(value: Any) -> list[Any] | None:
    """A list of sentences from what stands for one: itself where it is one, None where nothing can be made of it."""
    if isinstance(value, dict):
        value = [value] if _SENTENCE_KEYS & value.keys() else list(value.values())
    if not isinstance(value, list):
        return None
    if any(isinstance(item, list) for item in value):
        return [inner for item in value for inner in (item if isinstance(item, list) else [item])]
    return value


def _in_order(found: Iterable[MendedSentence], remarks: Remarks) -> list[MendedSentence]:
    """By the time they begin; one without times stays behind the one it followed."""
    kept = []
    for sentence in found:
        if sentence.is_empty:
            remarks.note(
                "sentences", "dropped", sorted(sentence.row) if isinstance(sentence.row, dict) else sentence.row
            )
        else:
            kept.append(sentence)
    begins: list[int] = []
    for sentence in kept:
        begin_ms = sentence.form["begin_time"]
        begins.append((begins[-1] if begins else 0) if begin_ms is None else begin_ms)
    if all(earlier <= later for earlier, later in pairwise(begins)):
        return kept
    remarks.note("sentences", "sorted")
    return [kept[index] for index in sorted(range(len(kept)), key=begins.__getitem__)]

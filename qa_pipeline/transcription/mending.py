"""The service's own result, read so that one odd value costs itself and nothing else: it was paid for.

A document is first brought into the exact form that `results` reads, and each change becomes a remark: what can't be
believed is taken out, times are moved into the recording, sentences are sorted. Only a document without any transcript
is unreadable. Files of people (imports, references) are not mended: they can be corrected, and cost nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from qa_pipeline.transcription.confidence import known_confidence
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.labels import known_emotion, known_language
from qa_pipeline.transcription.remarks import Action, Remarks
from qa_pipeline.transcription.results import (
    LONGEST_MS,
    BadResult,
    ChannelTranscript,
    TranscriptionResult,
    is_confidence,
    load_object,
    parse_channel,
)

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
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
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value.strip()) else None


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
    sentences = _in_order([_Sentence(item) for item in rows or ()], remarks)
    if not sentences and whole and whole.strip():
        remarks.note("sentences", "derived", row.get("sentences"))
        sentences = [_Sentence({"text": whole})]
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


def _in_order(found: Iterable[_Sentence], remarks: Remarks) -> list[_Sentence]:
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


class _Sentence:
    """One sentence brought into the exact form, with what had to be changed: field, action, value."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.changes: list[tuple[str, Action, Any]] = []
        self.form: dict[str, Any] = {}
        if isinstance(row, str) and row.strip():
            self.changes.append(("sentences", "converted", row))
            row = {"text": row}
        self.is_empty = not isinstance(row, dict)
        if self.is_empty:
            return
        said, words = self._words(row.get("words"))
        begin_ms, end_ms = self._times(row, words)
        text = self._sentence_text(row.get("text"), said)
        self.is_empty = not text.strip() and begin_ms is None
        self.form = {
            "begin_time": begin_ms,
            "end_time": end_ms,
            "text": text,
            "language": self._label(row, "language", known_language),
            "emotion": self._label(row, "emotion", known_emotion),
            "words": words,
            "speaker_id": self._speaker(row.get("speaker_id")),
            "confidence": self._confidence(row.get("confidence"), "confidence"),
        }

    def _note(self, field: str, action: Action, value: Any) -> None:
        self.changes.append((field, action, value))

    def _sentence_text(self, value: Any, said: list[str]) -> str:
        text = text_of(value)
        if text is None:
            text = "".join(said).strip()
            self._note("text", "derived" if text else "null", value)
        elif text != value:
            self._note("text", "converted", value)
        return text

    def _times(self, row: Mapping[str, Any], words: list[dict[str, Any]]) -> tuple[int | None, int | None]:
        """Both times or none: half a time places nothing. What is missing may be known from the words."""
        found = {key: self._time(row.get(key), key) for key in ("begin_time", "end_time")}
        begin_ms, end_ms = found["begin_time"], found["end_time"]
        if begin_ms is not None and end_ms is not None and begin_ms <= end_ms:
            return begin_ms, end_ms
        given = {key: row.get(key) for key in found}
        if words:
            begin_ms = min(word["begin_time"] for word in words) if begin_ms is None else begin_ms
            end_ms = max(word["end_time"] for word in words)
            if begin_ms <= end_ms:
                for key, value in given.items():
                    if found[key] != (begin_ms if key == "begin_time" else end_ms):
                        self._note(key, "derived", value)
                return begin_ms, end_ms
        for key, value in given.items():
            self._note(key, "null", value)
        return None, None

    def _time(self, value: Any, field: str) -> int | None:
        """Whole ms from the start of the recording; None where it is not a time of one."""
        number = _number(value)
        if number is None or number > LONGEST_MS:
            return None
        if number < 0:
            if field.endswith("end_time"):
                return None
            self._note(field, "clipped", value)
            return 0
        if isinstance(value, str):
            self._note(field, "converted", value)
        return round(number)

    def _words(self, value: Any) -> tuple[list[str], list[dict[str, Any]]]:
        """The texts of all words, and those words that have times."""
        if value is None:
            return [], []
        if not isinstance(value, list):
            self._note("words", "null", value)
            return [], []
        said, words = [], []
        for item in value:
            if _is_exact(item):  # nearly all are, and there may be hundreds of thousands
                said.append(item["text"] + (item.get("punctuation") or ""))
                words.append(item)
                continue
            text = text_of(item.get("text")) if isinstance(item, dict) else None
            if text is None:
                self._note("words", "dropped", item)
                continue
            mark = text_of(item.get("punctuation"))
            if mark is None and item.get("punctuation") is not None:
                self._note("words.punctuation", "null", item["punctuation"])
            said.append(text + (mark or ""))
            begin_ms = self._time(item.get("begin_time"), "words.begin_time")
            end_ms = self._time(item.get("end_time"), "words.end_time")
            if begin_ms is None or end_ms is None or end_ms < begin_ms:
                self._note("words", "dropped", item)
                continue
            word = {"begin_time": begin_ms, "end_time": end_ms, "text": text, "punctuation": mark or ""}
            words.append(word | {"confidence": self._confidence(item.get("confidence"), "words.confidence")})
        return said, words

    def _confidence(self, value: Any, field: str) -> float | None:
        confidence, action = known_confidence(value)
        if action is not None:
            self._note(field, action, value)
        return confidence

    def _label(self, row: Mapping[str, Any], field: str, known: Callable[[Any], str | None]) -> str | None:
        value = row.get(field)
        if value is None or value == "":
            return None
        found = {known(item) for item in (value if isinstance(value, list) else [value])} - {None}
        label = found.pop() if len(found) == 1 else None  # of several nobody knows which
        if label is None:
            self._note(field, "null", value)
        elif label != value:
            self._note(field, "converted", value)
        return label

    def _speaker(self, value: Any) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            self._note("speaker_id", "converted", value)
            return int(value)
        self._note("speaker_id", "null", value)
        return None


def _is_exact(word: Any) -> bool:
    """Whether a word needs no mending."""
    if not isinstance(word, dict):
        return False
    begin_ms, end_ms, text, mark = map(word.get, ("begin_time", "end_time", "text", "punctuation"))
    return (
        type(begin_ms) is int
        and type(end_ms) is int
        and 0 <= begin_ms <= end_ms <= LONGEST_MS
        and isinstance(text, str)
        and (mark is None or isinstance(mark, str))
        and text_of(text) is text
        and (mark is None or text_of(mark) is mark)
        and (word.get("confidence") is None or is_confidence(word["confidence"]))
    )


def _number(value: Any) -> float | int | None:
    """A number, or text that spells one: digits, or a clock's hours, minutes and seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds, rest = (part or "0" for part in clock.groups())
        return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))
    return None


def text_of(value: Any) -> str | None:
    """Text that a database can hold, from text, a number or a list of texts; None where it is neither."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = join_texts(value)
    elif not isinstance(value, str) and _number(value) is not None:
        value = str(value)
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can spell half a surrogate pair, no database can hold one
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value

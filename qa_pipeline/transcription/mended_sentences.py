"""One sentence of the service's result, brought into the exact form; each change becomes a remark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qa_pipeline.transcription.confidence import known_confidence
from qa_pipeline.transcription.labels import known_emotion, known_language
from qa_pipeline.transcription.lenient_values import WHOLE_NUMBER, number_of, text_of
from qa_pipeline.transcription.remarks import Action
from qa_pipeline.transcription.results import LONGEST_MS, is_confidence


class MendedSentence:
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
        number = number_of(value)
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
        if isinstance(value, str) and WHOLE_NUMBER.fullmatch(value.strip()):
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

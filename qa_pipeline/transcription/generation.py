"""Answers of the models that reply at once, read into a transcript.

Four shapes, told apart by what is in them: the generation endpoint's JSON and its stream, a chat completion and
its stream. Two kinds of content: `choices` with a message (qwen3-asr-flash, qwen-audio-asr, Qwen-Omni), or `text` and
`sentences` beside each other (fun-asr-flash). An unfinished answer, or one without text, is refused with `BadResult`
and never half read; of any other one odd value costs itself, as in result files (`mending`). These models hear one
channel; most give no times, so that a channel's text is one sentence without them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from qa_pipeline.transcription.event_stream import DONE, Event, looks_like_events, read_events
from qa_pipeline.transcription.labels import known_emotion, known_language
from qa_pipeline.transcription.lenient_values import text_of
from qa_pipeline.transcription.mending import read_channel, sentence_list
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.prompting import NO_SPEECH
from qa_pipeline.transcription.remarks import Remarks
from qa_pipeline.transcription.results import (
    MAX_RESULT_BYTES,
    BadResult,
    ChannelTranscript,
    Sentence,
    TranscriptionResult,
    load_object,
)
from qa_pipeline.transcription.silence import says_no_speech

_UNFINISHED = (None, "", "null")
"""`finish_reason` of what is still being written; the service spells it as the string."""
_ONE_NAME = re.compile(r"[A-Za-z_]{1,24}")
_OUTPUT_KEYS = frozenset({"text", "sentences", "sentence"})
_ANSWER_KEYS = _OUTPUT_KEYS | {"output", "choices"}


@dataclass(slots=True)
class AnswerReader:
    """Puts one answer together, from a document or block by block; always at what has come so far.

    `streamed`: it comes block by block, so that it may break off. `usage` and `request_id` as the last block that has
    them says. `silence` is the service's code where it says that nobody spoke.
    """

    streamed: bool = False
    usage: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    silence: str | None = None
    _texts: list[str] = field(default_factory=list)
    _joined: str = ""
    _grows: bool = True
    _deltas: bool = False
    _sentences: list[Any] = field(default_factory=list)
    _remarks: Remarks = field(default_factory=Remarks)
    _labels: dict[str, Any] = field(default_factory=dict)
    _finish: str | None = None
    _blocks: int = 0
    _in_choices: bool = False
    _done: bool = False
    _error: str | None = None
    _engine: str | None = None

    @property
    def text(self) -> str:
        """The text so far.

        Whether blocks repeat what came before them or continue it is nowhere in a stream. They repeat it if each
        begins with the one before; words that are heard hardly ever do.
        """
        return self._texts[-1] if self._texts and self._grows and not self._deltas else self._joined

    @property
    def is_cut(self) -> bool:
        """Whether a stream ended before the block that ends it."""
        if not self.streamed or self._error or self.silence:
            return False
        if self._deltas:
            return not self._done
        return self._blocks == 0 or (self._in_choices and self._finish is None)

    def take_event(self, event: Event) -> None:
        """The next event of a stream. Of a foreign event only what looks like a part of the answer counts.

        Raises:
            BadResult: its data is not a JSON object, or no answer.
        """
        if event.data == DONE:
            self._done = True
        elif event.is_foreign:
            if (document := _part_of_answer(event.data)) is not None:
                self.take(document)
        elif event.name == "error":
            self._note_error(_block(event, self._blocks + 1))
        else:
            self.take(_block(event, self._blocks + 1))

    def take(self, document: dict[str, Any]) -> None:
        """An answer, or one block of it; a block of a stream may have nothing in it.

        Raises:
            BadResult: it has neither text nor choices.
        """
        request_id = document.get("request_id", document.get("id"))
        self.request_id = request_id if isinstance(request_id, str) else self.request_id
        self.usage = usage if isinstance(usage := document.get("usage"), dict) else self.usage
        self._engine = engine if (engine := text_of(document.get("engine"))) else self._engine
        nested = document.get("output")
        output: dict[str, Any] = nested if isinstance(nested, dict) else document
        if document.get("code") or document.get("error"):
            self._note_error(document)
        elif isinstance(choices := output.get("choices"), list):
            self._blocks += 1
            self._take_choices(choices)
        elif any(output.get(key) is not None for key in _OUTPUT_KEYS):
            self._blocks += 1
            self._take_output(output)
        elif not self.streamed:
            raise BadResult("the answer has neither choices nor text")

    def transcript(self, channel_id: int) -> ChannelTranscript:
        """What was heard, once everything has been taken.

        Raises:
            BadResult: an error of the service, or an unfinished answer.
        """
        if self.silence and not self.text:
            return ChannelTranscript(channel_id, "", (), engine=self._engine)
        if fault := self._fault():
            raise BadResult(fault)
        if any(isinstance(row, dict) and "begin_time" in row for row in self._sentences):
            heard = read_channel({"text": self.text or None, "sentences": self._sentences}, channel_id)
            return replace(heard, remarks=(*self._remarks.all(), *heard.remarks), engine=self._engine)
        text = self.text
        if not text.strip() or text.strip() == NO_SPEECH:
            return ChannelTranscript(channel_id, "", (), self._remarks.all(), self._engine)
        language, emotion = self._label("language", known_language), self._label("emotion", known_emotion)
        sentence = Sentence(0, None, None, text, language, emotion)
        return ChannelTranscript(channel_id, text, (sentence,), self._remarks.all(), self._engine)

    def _label(self, name: str, known: Callable[[Any], str | None]) -> str | None:
        value = self._labels.get(name)
        label = known(value)
        if value is not None and label != value:
            self._remarks.note(name, "converted" if label else "null", value, 0)
        return label

    def _take_choices(self, choices: list[Any]) -> None:
        self._in_choices = True
        if not choices and self.streamed:
            return  # the block that carries nothing but the usage
        choice = choices[0] if choices else None
        if not isinstance(choice, dict):
            raise BadResult(f"choices[0] is {'not an object' if choices else 'missing'}")
        finish = choice.get("finish_reason")
        self._finish = self._finish if finish in _UNFINISHED else str(finish)
        self._deltas = self._deltas or "delta" in choice
        message = choice.get("delta") or choice.get("message") or {}
        if not isinstance(message, dict):
            raise BadResult("choices[0].message is not an object")
        if not self.streamed and message.get("content") is None:
            raise BadResult("choices[0].message.content is missing")
        self._add(self._content(message.get("content")))
        labels = message.get("annotations") or []
        if isinstance(labels, dict):
            labels = [labels]
        if not isinstance(labels, list):
            self._remarks.note("annotations", "dropped", labels)
            labels = []
        for label in labels:
            if isinstance(label, dict):
                self._labels |= {key: label[key] for key in ("language", "emotion") if label.get(key)}

    def _take_output(self, output: dict[str, Any]) -> None:
        """Text and sentences as they now stand; what came before may have been corrected, so it counts no more."""
        given = output.get("sentences", output.get("sentence"))
        rows = sentence_list(given)
        text = text_of(output.get("text"))
        if rows is None and text is None:
            raise BadResult("output.text is not text, and output.sentences is not a list")
        if rows is None and given is not None:
            self._remarks.note("sentences", "dropped", given)
        if text is None:
            text = "".join(text_of(row.get("text")) or "" for row in rows or () if isinstance(row, dict))
        self._sentences, self._texts, self._grows = rows or [], [text], True

    def _add(self, piece: str) -> None:
        if not piece:
            return
        if self._texts and not (piece.startswith(self._texts[-1]) and self._is_more(piece)):
            self._grows = False
        self._texts = [piece]
        self._joined += piece

    def _is_more(self, piece: str) -> bool:
        """A block that only repeats is the whole once more if it is the last, else a word said twice."""
        return len(piece) > len(self._texts[-1]) or self._finish is not None

    def _content(self, content: Any) -> str:
        """The text of a message: a string in the OpenAI style, else a list of parts."""
        if content is None:
            return ""
        parts = content if isinstance(content, list) else [content]
        texts = [text_of(part.get("text") if isinstance(part, dict) else part) for part in parts]
        for part, text in zip(parts, texts, strict=True):
            if text is None and not (isinstance(part, dict) and "text" not in part):
                self._remarks.note("content", "dropped", part)
        if parts and not isinstance(content, list) and texts == [None]:
            raise BadResult(f"message.content is a {type(content).__name__}, neither text nor a list of parts")
        return "".join(text or "" for text in texts)

    def _note_error(self, document: dict[str, Any]) -> None:
        nested = document.get("error")
        source = nested if isinstance(nested, dict) else document
        code, message = text_of(source.get("code")), text_of(source.get("message"))
        if says_no_speech(code, message):
            self.silence = code if says_no_speech(code) else message
        else:
            self._error = f"{code or 'an error'}: {message or 'no explanation'}"

    def _fault(self) -> str | None:
        if self._error:
            return f"the service answered with {self._error}"
        if self.is_cut:
            return "the stream breaks off before its end"
        if self._finish == "length":
            return "the text is cut at the model's longest answer (finish_reason length); split the recording"
        if self._finish not in (None, "stop"):
            return f"the answer ended before the recording did (finish_reason {_reason_shown(self._finish)})"
        return None


def _reason_shown(reason: str) -> str:
    return reason if _ONE_NAME.fullmatch(reason) else described(reason)


def read_generation(raw: bytes, *, channel_id: int) -> TranscriptionResult:
    """Reads an answer as it came, whole or as a stream, into one channel's transcript.

    Raises:
        BadResult: not JSON, no answer, an error of the service, unfinished, or with a value out of its range.
    """
    if len(raw) > MAX_RESULT_BYTES:
        raise BadResult(f"the answer is {len(raw):,} bytes; more than {MAX_RESULT_BYTES:,} is not an answer")
    reader = AnswerReader(streamed=looks_like_events(raw))
    if reader.streamed:
        for event in read_events(raw):
            reader.take_event(event)
    else:
        reader.take(load_object(raw, "the answer", constants=float))
    return TranscriptionResult(file_url=None, transcripts=(reader.transcript(channel_id),))


def _part_of_answer(data: str) -> dict[str, Any] | None:
    """A foreign event's data if it has what an answer has."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    is_answer = isinstance(document, dict) and bool(_ANSWER_KEYS & document.keys())
    return document if is_answer else None


def _block(event: Event, number: int) -> dict[str, Any]:
    return load_object(event.data, f"block {number}", constants=float)


def is_generation(raw: bytes) -> bool:
    """Whether a stored document is an answer of this kind and not a result file."""
    if looks_like_events(raw):
        return True
    if b'"transcripts"' in raw:  # result files may be large; only a key or a whole value is spelled so
        return False
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and bool((_ANSWER_KEYS | {"code", "error"}) & document.keys())

"""Answers of the models that reply at once, read into a transcript.

Four shapes, told apart by what is in them: the generation endpoint's JSON and its stream, a chat completion and
its stream. Two kinds of content: `choices` with a message (qwen3-asr-flash, qwen-audio-asr, Qwen-Omni), or `text` and
`sentences` beside each other (fun-asr-flash). As with result files, a wrong or unfinished answer is refused with
`BadResult` and never half read. These models hear one channel; most give no times, so that a channel's text is one
sentence without them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.transcription.event_stream import DONE, Event, looks_like_events, read_events
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.prompting import NO_SPEECH
from qa_pipeline.transcription.results import (
    MAX_RESULT_BYTES,
    BadResult,
    ChannelTranscript,
    Sentence,
    TranscriptionResult,
    known_label,
    load_object,
    parse_channel,
    valid_text,
)

_UNFINISHED = (None, "", "null")
"""`finish_reason` of what is still being written; the service spells it as the string."""
_OUTPUT_KEYS = frozenset({"text", "sentences", "sentence"})


@dataclass(slots=True)
class AnswerReader:
    """Puts one answer together, from a document or block by block; always at what has come so far.

    `streamed`: it comes block by block, so that it may break off. `usage` and `request_id` as the last block that has
    them says.
    """

    streamed: bool = False
    usage: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    _texts: list[str] = field(default_factory=list)
    _joined: str = ""
    _grows: bool = True
    _deltas: bool = False
    _sentences: list[Any] = field(default_factory=list)
    _labels: dict[str, Any] = field(default_factory=dict)
    _finish: str | None = None
    _blocks: int = 0
    _in_choices: bool = False
    _done: bool = False
    _error: str | None = None

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
        if not self.streamed or self._error:
            return False
        if self._deltas:
            return not self._done
        return self._blocks == 0 or (self._in_choices and self._finish is None)

    def take_event(self, event: Event) -> None:
        """The next event of a stream.

        Raises:
            BadResult: its data is not a JSON object, or no answer.
        """
        if event.data == DONE:
            self._done = True
        elif event.name == "error":
            self._note_error(load_object(event.data, f"block {self._blocks + 1}"))
        else:
            self.take(load_object(event.data, f"block {self._blocks + 1}"))

    def take(self, document: dict[str, Any]) -> None:
        """An answer, or one block of it.

        Raises:
            BadResult: it has neither text nor choices.
        """
        self._blocks += 1
        request_id = document.get("request_id", document.get("id"))
        self.request_id = request_id if isinstance(request_id, str) else self.request_id
        self.usage = usage if isinstance(usage := document.get("usage"), dict) else self.usage
        nested = document.get("output")
        output: dict[str, Any] = nested if isinstance(nested, dict) else document
        if document.get("code") or document.get("error"):
            self._note_error(document)
        elif isinstance(choices := output.get("choices"), list):
            self._take_choices(choices)
        elif any(output.get(key) is not None for key in _OUTPUT_KEYS):
            self._take_output(output)
        else:
            raise BadResult("the answer has neither choices nor text")

    def transcript(self, channel_id: int) -> ChannelTranscript:
        """What was heard, once everything has been taken.

        Raises:
            BadResult: an error of the service, an unfinished answer, a value out of its range.
        """
        if fault := self._fault():
            raise BadResult(fault)
        timed = [row for row in self._sentences if isinstance(row, dict) and "begin_time" in row]
        if timed:
            text = self.text or " ".join(str(row.get("text")) for row in timed)
            return parse_channel({"channel_id": channel_id, "text": text, "sentences": self._sentences}, "output")
        text = valid_text({"text": self.text}, "text", "output")
        if not text.strip() or text.strip() == NO_SPEECH:
            return ChannelTranscript(channel_id, "", ())
        language = known_label(self._labels, "language", LANGUAGE_CODES, "annotations")
        emotion = known_label(self._labels, "emotion", EMOTIONS, "annotations")
        return ChannelTranscript(channel_id, text, (Sentence(0, None, None, text, language, emotion),))

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
        self._add(_content(message.get("content")))
        labels = message.get("annotations") or []
        if not isinstance(labels, list):
            raise BadResult("choices[0].message.annotations is not a list")
        for label in labels:
            if isinstance(label, dict):
                self._labels |= {key: label[key] for key in ("language", "emotion") if label.get(key)}

    def _take_output(self, output: dict[str, Any]) -> None:
        """Text and sentences as they now stand; what came before may have been corrected, so it counts no more."""
        rows = output.get("sentences")
        if rows is None:
            rows = [row] if isinstance(row := output.get("sentence"), dict) else []
        if not isinstance(rows, list):
            raise BadResult("output.sentences is not a list")
        text = output.get("text")
        if text is None:
            text = "".join(str(row.get("text", "")) for row in rows if isinstance(row, dict))
        self._sentences, self._texts, self._grows = rows, [valid_text({"text": text}, "text", "output")], True

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

    def _note_error(self, document: dict[str, Any]) -> None:
        nested = document.get("error")
        source = nested if isinstance(nested, dict) else document
        self._error = f"{source.get('code') or 'an error'}: {source.get('message') or 'no explanation'}"

    def _fault(self) -> str | None:
        if self._error:
            return f"the service answered with {self._error}"
        if self.is_cut:
            return "the stream breaks off before its end"
        if self._finish == "length":
            return "the text is cut at the model's longest answer (finish_reason length); split the recording"
        if self._finish not in (None, "stop"):
            return f"the answer ended before the recording did (finish_reason {self._finish})"
        return None


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
        reader.take(load_object(raw, "the answer"))
    return TranscriptionResult(file_url=None, transcripts=(reader.transcript(channel_id),))


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
    return isinstance(document, dict) and bool({"output", "choices", *_OUTPUT_KEYS} & document.keys())


def _content(content: Any) -> str:
    """The text of a message: a string in the OpenAI style, else a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return valid_text({"text": content}, "text", "message")
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise BadResult(f"message.content is a {type(content).__name__}, neither text nor a list of parts")
    return "".join(valid_text(part, "text", "message.content") for part in content if "text" in part)

"""A call to a synchronous model: what was asked, and what was heard, as plain values."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.models import Model
from qa_pipeline.transcription.results import Sentence

AUDIO_TOKENS_PER_S = 25
"""As documented; a part of a second counts whole."""

MAX_PIECES = 200
"""Most pieces a streamed text comes in: where each repeats all before, more would cost the square of it."""

_TOKEN = re.compile(r"[^\W\u2e80-\uffff]+|\S")


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked: one audio URL (or `data:` URI), the model as typed, and how the answer shall come.

    `context` is all text beside the audio; `incremental` streams what is new in each block, otherwise each
    repeats the text from its beginning. `include_usage` is the OpenAI style's last chunk.
    """

    model: Model
    model_name: str
    audio: str
    language: str | None = None
    context: str = ""
    incremental: bool = False
    stream: bool = False
    include_usage: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What was recognized: sentences of all channels in time order, the recording's seconds, its bytes' sha256, and who
    heard it where that is not the recognizer as a whole."""

    sentences: tuple[Sentence, ...]
    duration_s: float
    audio_sha256: str
    requested_language: str | None = None
    engine: str | None = None

    @property
    def seconds(self) -> int:
        """Seconds billed: the recording's, rounded up."""
        return math.ceil(self.duration_s)

    @property
    def audio_tokens(self) -> int:
        """Tokens of the audio, as documented for the models that count them."""
        return AUDIO_TOKENS_PER_S * self.seconds

    @property
    def text(self) -> str:
        """All sentences; a space between two unless both sides are written without."""
        return join_texts(sentence.text for sentence in self.sentences)

    @property
    def language(self) -> str | None:
        """The requested language, else the one spoken longest of those labelled, else None."""
        return self.requested_language or _longest(self.sentences, [item.language for item in self.sentences])

    @property
    def emotion(self) -> str | None:
        """The emotion of the longest time among those labelled, else None."""
        return _longest(self.sentences, [item.emotion for item in self.sentences])


def count_tokens(text: str) -> int:
    """Words, characters of scripts without spaces, and marks: this server's count, the real tokenizer's differs."""
    return len(_TOKEN.findall(text))


def pieces_of(text: str) -> list[str]:
    """`text` in the pieces that it is streamed in, about a word each; joined they are `text` again."""
    ends = [token.end() for token in _TOKEN.finditer(text)]
    size = max(1, math.ceil(len(ends) / MAX_PIECES))
    cuts = [0, *ends[size - 1 : -1 : size], len(text)]
    return [text[start:end] for start, end in pairwise(cuts) if start < end]


def _longest(sentences: tuple[Sentence, ...], labels: list[str | None]) -> str | None:
    spoken_ms: Counter[str] = Counter()
    for sentence, label in zip(sentences, labels, strict=True):
        if label is not None:
            begin_ms, end_ms = sentence.span_ms
            spoken_ms[label] += end_ms - begin_ms
    return spoken_ms.most_common(1)[0][0] if spoken_ms else None

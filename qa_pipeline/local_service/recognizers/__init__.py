"""What listens behind the queue: a recording in, the sentences of one channel or of all of them out.

A recognizer is any object with the methods of `Recognizer`. Work is done on worker threads, so all must be safe
to call from several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from qa_pipeline.audio.decoding import ChannelDigests
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.results import ChannelTranscript, Sentence


@dataclass(frozen=True, slots=True)
class RecordingAudio:
    """A recording on this machine: `file_name` is what its sender called it, `path` where its bytes lie.

    `digests()` hashes each channel's decoded samples; the first call decodes the file, later ones are free.
    """

    path: Path
    file_name: str
    sha256: str
    probe: AudioProbe
    digests: Callable[[], ChannelDigests]


@dataclass(frozen=True, slots=True)
class ChannelAudio:
    """One channel (counted from 0) of a recording, known to exist."""

    recording: RecordingAudio
    channel_id: int


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """What the submit asked for: a language code to assume (None: find out), and whether words are wanted."""

    language: str | None = None
    enable_words: bool = False


class Recognizer(Protocol):
    """Turns sound into sentences."""

    @property
    def name(self) -> str:
        """What this engine is called, with its model where it has one; of several behind one, each signs."""

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """The sentences of one channel in order, times in ms from the start of the recording.

        `engine` is only set where another than `name` answered.

        A channel without speech gives no sentences. Language or emotion that is not known is None.

        Raises:
            TaskFailure: it cannot be recognized; code and message are the task's.
            UnusableAudio: the file cannot be decoded.
        """

    def recognize_mixed(self, recording: RecordingAudio, options: RecognitionOptions) -> ChannelTranscript:
        """All channels heard as one (numbered 0), as the models without channels do; otherwise as `recognize`."""

    def describe(self) -> dict[str, Any]:
        """Facts for `/healthz`: what it can answer for, and what is wrong with its material."""


def transcript_of(channel_id: int, sentences: Iterable[Sentence]) -> ChannelTranscript:
    """A channel's sentences, numbered from 0 in their order, with the text that they make."""
    numbered = tuple(replace(sentence, sentence_id=number) for number, sentence in enumerate(sentences))
    return ChannelTranscript(channel_id, join_texts(sentence.text for sentence in numbered), numbered)


def engine_of(recognizer_name: str) -> str:
    """What a transcript of this service is said to be made by: `local/<recognizer>`."""
    return f"local/{recognizer_name}"

"""Recognizes speech on this machine: Whisper through CTranslate2, in a hundred languages, with words and their times.

Our own detector of voices cuts the sound, never the engine's: its cuts are what turns and silences are measured by. The
cuts are packed into windows of half a minute; a recording of any length passes in the memory of one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa_pipeline.local_service.errors import ConfigError, TaskFailure
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio, transcript_of
from qa_pipeline.local_service.recognizers.chinese import simplified
from qa_pipeline.local_service.recognizers.failures import FAILED_CODE, STOPPED_CODE
from qa_pipeline.local_service.recognizers.inventions import inventions, is_sayable
from qa_pipeline.local_service.recognizers.mono_sound import mono_sound
from qa_pipeline.local_service.recognizers.speech_cuts import SpeechCut
from qa_pipeline.local_service.recognizers.spoken_stretches import spoken_stretches
from qa_pipeline.local_service.recognizers.voice_evidence import is_spoken
from qa_pipeline.local_service.recognizers.whisper_model import EncodedWindow, WhisperModel
from qa_pipeline.local_service.recognizers.whisper_sentences import sentences_of
from qa_pipeline.local_service.recognizers.whisper_weights import whisper_weights
from qa_pipeline.local_service.recognizers.whisper_windows import Window, WindowClock, pack
from qa_pipeline.local_service.recognizers.whisper_words import placed_words
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.transcription.remarks import Remarks
from qa_pipeline.transcription.results import ChannelTranscript, Sentence

OWN_LANGUAGE_S = 5.0
OWN_LANGUAGE_PROBABILITY = 0.9
"""A window with less speech, or less sure, is taken for the language of the channel so far."""

DOUBTFUL_PROBABILITY = 0.6
MOST_ASKED_ALONE = 4
"""Below it the first window of a channel is not enough, and its longest stretches are asked, each alone."""

SAID_CONFIDENCE = 0.7
"""Inventions may be as sure as what is said, what is said is seldom less sure."""

WHISPER_CODES = {"fil": "tl"}
"""The service's code of a language -> Whisper's, where they differ."""

_SERVICE_CODES = {code: name for name, code in WHISPER_CODES.items()} | {"nn": "no"}


class WhisperRecognizer:
    """Safe to call from several threads; as many listen at once as the model has workers, the others wait."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        """Raises ConfigError: the engine or the weights are missing or wrong; the message says what to type."""
        self._folder = folder
        try:
            self._weights = whisper_weights(folder)
        except (WeightsError, OSError) as error:
            raise ConfigError(f"recognizer whisper: {error}") from error
        self._tokens = self._weights.tokens
        self._model = WhisperModel(folder, self._tokens, workers=workers)
        self._workers = workers
        self._places = threading.BoundedSemaphore(workers)
        self._stopping = threading.Event()

    @property
    def name(self) -> str:
        """The model and the beginning of its weights' sha256: `whisper base d01c3014`."""
        return self._weights.engine

    def stop(self) -> None:
        """Ends recognition that is under way after the window it is at."""
        self._stopping.set()

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """What the model hears on the channel; a language that it doesn't know is left for it to find out.

        Raises:
            TaskFailure: the engine failed, or the service is being stopped.
            UnusableAudio: the file cannot be decoded.
        """
        return self._listen(audio.recording, audio.channel_id, options)

    def recognize_mixed(self, recording: RecordingAudio, options: RecognitionOptions) -> ChannelTranscript:
        """What the model hears in the average of all channels; otherwise as `recognize`."""
        return self._listen(recording, None, options)

    def describe(self) -> dict[str, Any]:
        """Where the weights lie, which engine runs them, and what they know."""
        return {
            "folder": str(self._folder),
            "engine": self._model.engine,
            "sha256": self._weights.sha256,
            "workers": self._workers,
            "languages": [_SERVICE_CODES.get(code, code) for code in self._model.languages],
        }

    def _listen(
        self, recording: RecordingAudio, channel_id: int | None, options: RecognitionOptions
    ) -> ChannelTranscript:
        sound = mono_sound(recording.path, recording.probe.sample_rate, channel_id)
        language = _ChannelLanguage(self._asked(options.language))
        rows: list[Sentence] = []
        remarks = Remarks()
        with self._places:
            for window in pack(spoken_stretches(sound)):
                self._require_running()
                for sentence, is_invented in self._sentences(window, language, recording.file_name):
                    if is_invented:
                        remarks.note("sentences", "dropped", sentence.text)
                    else:
                        rows.append(sentence)
        last_ms = round(recording.probe.duration_s * 1000)
        transcript = transcript_of(channel_id or 0, (_ending_by(row, last_ms) for row in rows))
        return replace(transcript, remarks=remarks.all())

    def _require_running(self) -> None:
        if self._stopping.is_set():
            raise TaskFailure(STOPPED_CODE, f"{STOPPED_CODE}: the local service is being stopped.")

    def _asked(self, language: str | None) -> str | None:
        """Whisper's code for the language that was asked for; None where none was, or one that it doesn't know."""
        code = WHISPER_CODES.get(language or "", language)
        return code if code in self._model.languages else None

    def _sentences(self, window: Window, language: _ChannelLanguage, file_name: str) -> Iterator[tuple[Sentence, bool]]:
        """The sentences of one window, each with whether it is known to be invented."""
        try:
            encoded = self._model.encode(window.samples)
            code = language.of(self._model, window, encoded)
            heard = self._model.hear(encoded, code)
        except RuntimeError as error:  # how CTranslate2 passes on what goes wrong in it
            raise TaskFailure(FAILED_CODE, f"{FAILED_CODE}: CTranslate2 failed over {file_name}: {error}.") from error
        if heard is None:
            # noise hides a word that is heard once it stands alone
            for alone in window.cuts if len(window.cuts) > 1 else ():
                self._require_running()
                yield from self._sentences(Window((alone,)), language, file_name)
            return
        language.count(code, window.speech_s)
        words = placed_words(heard, self._tokens, WindowClock(window))
        sentences = [_written(row, code) for row in sentences_of(words, code)]
        listed = inventions([row.text for row in sentences])
        yield from ((row, known and not _is_said(row, window)) for row, known in zip(sentences, listed, strict=True))


class _ChannelLanguage:
    """Which language each window of a channel is taken for."""

    def __init__(self, asked: str | None) -> None:
        self._asked = asked
        self._spoken_s: dict[str, float] = {}

    def of(self, model: WhisperModel, window: Window, encoded: EncodedWindow) -> str:
        """The language of the next window."""
        if self._asked is not None:
            return self._asked
        shares = model.language_shares(encoded)
        code = _most(shares)
        is_sure = window.speech_s >= OWN_LANGUAGE_S and shares[code] >= OWN_LANGUAGE_PROBABILITY
        if not is_sure and self._spoken_s:
            return _most(self._spoken_s)
        if shares[code] < DOUBTFUL_PROBABILITY and len(window.cuts) > 1:
            return _most(_sum([shares, *(_shares_alone(model, cut) for cut in _longest(window))]))
        return code

    def count(self, code: str, speech_s: float) -> None:
        """Notes that so much speech was heard in this language."""
        self._spoken_s[code] = self._spoken_s.get(code, 0.0) + speech_s


def _is_said(sentence: Sentence, window: Window) -> bool:
    """Whether somebody says what is mostly invented: the model is sure of it, and a voice is heard there."""
    if sentence.confidence is None or sentence.confidence < SAID_CONFIDENCE:
        return False
    return is_sayable(sentence.text) and is_spoken(window.sound_of(*sentence.span_ms))


def _longest(window: Window) -> list[SpeechCut]:
    return sorted(window.cuts, key=lambda cut: len(cut.samples), reverse=True)[:MOST_ASKED_ALONE]


def _shares_alone(model: WhisperModel, cut: SpeechCut) -> dict[str, float]:
    return model.language_shares(model.encode(cut.samples))


def _sum(shares: Iterable[dict[str, float]]) -> dict[str, float]:
    together: dict[str, float] = {}
    for each in shares:
        for code, share in each.items():
            together[code] = together.get(code, 0.0) + share
    return together


def _most(shares: Mapping[str, float]) -> str:
    return max(shares, key=shares.__getitem__)


def _written(sentence: Sentence, code: str) -> Sentence:
    """The sentence in the service's code of its language; Chinese in simplified characters."""
    labelled = replace(sentence, language=_SERVICE_CODES.get(code, code))
    if code != "zh":
        return labelled
    words = tuple(replace(word, text=simplified(word.text)) for word in sentence.words)
    return replace(labelled, text=simplified(sentence.text), words=words)


def _ending_by(sentence: Sentence, last_ms: int) -> Sentence:
    """The sentence within the recording: the last frame is filled up."""
    begin_ms, end_ms = sentence.span_ms
    if end_ms <= last_ms:
        return sentence
    words = tuple(
        replace(word, begin_ms=min(word.begin_ms, last_ms), end_ms=min(word.end_ms, last_ms)) for word in sentence.words
    )
    return replace(sentence, begin_ms=min(begin_ms, last_ms), end_ms=last_ms, words=words)

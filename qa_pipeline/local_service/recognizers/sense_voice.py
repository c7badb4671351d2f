"""Recognizes speech on this machine: SenseVoice through sherpa-onnx, in five languages, with emotions.

A voice activity detector cuts the sound into stretches of speech; each goes through the model on its own. A
recording of any length passes in the memory of one stretch.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.samples import Samples
from qa_pipeline.local_service.errors import ConfigError, TaskFailure
from qa_pipeline.local_service.recognizers import (
    ChannelAudio,
    RecognitionOptions,
    RecordingAudio,
    engine_of,
    transcript_of,
)
from qa_pipeline.local_service.recognizers.failures import FAILED_CODE, STOPPED_CODE
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE, mono_sound
from qa_pipeline.local_service.recognizers.sense_voice_text import LANGUAGES, Stretch, sentences_of
from qa_pipeline.local_service.recognizers.sense_voice_weights import SenseVoiceWeights, sense_voice_weights
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.transcription.results import ChannelTranscript

logger = logging.getLogger(__name__)

WINDOW = 512
"""Samples the detector looks at together (32 ms), which its model is made for."""

SPEECH_THRESHOLD = 0.5
MIN_SILENCE_S = 0.3
"""A pause that ends a stretch; breaths and stops within a sentence are shorter. The same for the acoustics."""

MIN_SPEECH_S = 0.15
"""The shortest answers ("mm") last that long."""

SOFT_LIMIT_S = 15.0
"""From here on the detector takes a shorter pause for an end."""

HARD_LIMIT_S = 28.0
"""A stretch is cut here even within a word: the model was trained on up to 30 s."""

UNREADABLE = "\N{REPLACEMENT CHARACTER}"

Speech = tuple[int, list[float]]
"""First sample of a stretch of speech, counted from the start of the recording, and its samples, full scale 1.0."""

_EXTRA = "pip install '.[local-asr]'"


class SenseVoiceRecognizer:
    """Safe to call from several threads; as many listen at once as there are cores, the others wait.

    The model is loaded once for finding out the language, and once more for each language that is asked for by
    name: it takes that as a setting of the loaded model, some 300 MB of memory each.
    """

    name = "sense-voice"

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError: the engine or the weights are missing or wrong; the message says what to type."""
        self._engine = _import_engine()
        self._folder = folder
        try:
            self._weights = sense_voice_weights(folder)
        except (WeightsError, OSError) as error:
            raise ConfigError(f"recognizer {self.name}: {error}") from error
        self._signature = engine_of(f"{self.name} small {self._weights.sha256[:8]}")
        self._models: dict[str, Any] = {}
        self._loading = threading.Lock()
        self._places = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._stopping = threading.Event()
        try:
            self._model("auto")
            _Detector(self._engine, self._weights.vad)
        except RuntimeError as error:  # how sherpa-onnx passes on what its runtime throws
            raise ConfigError(f"recognizer {self.name}: the weights in {folder} can't be loaded: {error}") from error

    def stop(self) -> None:
        """Ends recognition that is under way after the stretch it is at."""
        self._stopping.set()

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """What the model hears on the channel; a language it doesn't know is left for it to find out.

        Raises:
            TaskFailure: the engine gave nothing for any stretch, or the service is being stopped.
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
            "engine": f"sherpa-onnx {self._engine.__version__}",
            "languages": list(LANGUAGES),
            "engines": [self._signature],
        }

    def _listen(
        self, recording: RecordingAudio, channel_id: int | None, options: RecognitionOptions
    ) -> ChannelTranscript:
        sound = mono_sound(recording.path, recording.probe.sample_rate, channel_id)
        duration_ms = round(recording.probe.duration_s * 1000)
        with self._places:
            model = self._model(options.language if options.language in LANGUAGES else "auto")
            stretches = [self._hear(model, *speech, duration_ms) for speech in self._speech(sound)]
        if stretches and not any(stretch.language_tag for stretch in stretches):
            raise TaskFailure(
                FAILED_CODE,
                f"{FAILED_CODE}: sherpa-onnx gave no result for any of the {len(stretches)} stretches of speech in "
                f"{recording.file_name}; the log of the local service has its reason.",
            )
        rows = chain.from_iterable(sentences_of(stretch) for stretch in stretches)
        return replace(transcript_of(channel_id or 0, rows), engine=self._signature)

    def _speech(self, sound: Iterator[Samples]) -> Iterator[Speech]:
        """First sample and samples of each stretch of speech, in order."""
        detector = _Detector(self._engine, self._weights.vad)
        for piece in sound:
            if self._stopping.is_set():
                raise TaskFailure(STOPPED_CODE, f"{STOPPED_CODE}: the local service is being stopped.")
            yield from detector.feed(piece.astype(np.float32) / np.float32(32768))
        yield from detector.finish()

    def _hear(self, model: Any, first: int, samples: list[float], duration_ms: int) -> Stretch:
        begin_ms = min(round(first * 1000 / SPEECH_RATE), duration_ms)
        end_ms = min(round((first + len(samples)) * 1000 / SPEECH_RATE), duration_ms)
        stream = model.create_stream()
        stream.accept_waveform(SPEECH_RATE, samples)
        model.decode_stream(stream)
        result = stream.result
        if not result.lang:
            logger.warning("sherpa-onnx gave no result for %d-%d ms; its reason is logged above", begin_ms, end_ms)
        text, tokens = _text_of(result)
        return Stretch(
            begin_ms=begin_ms,
            end_ms=end_ms,
            text=text,
            tokens=tokens,
            starts_ms=tuple(begin_ms + round(start_s * 1000) for start_s in result.timestamps) if tokens else (),
            language_tag=result.lang,
            emotion_tag=result.emotion,
        )

    def _model(self, language: str) -> Any:
        with self._loading:
            if language not in self._models:
                self._models[language] = _load(self._engine, self._weights, language)
            return self._models[language]


class _Detector:
    """Speech in a stream of samples; one for each listening, as it remembers what it heard."""

    def __init__(self, engine: Any, model: Path) -> None:
        config = engine.VadModelConfig()
        config.sample_rate = SPEECH_RATE
        config.silero_vad.model = str(model)
        config.silero_vad.threshold = SPEECH_THRESHOLD
        config.silero_vad.min_silence_duration = MIN_SILENCE_S
        config.silero_vad.min_speech_duration = MIN_SPEECH_S
        config.silero_vad.max_speech_duration = SOFT_LIMIT_S
        config.silero_vad.window_size = WINDOW
        self._detector = engine.VoiceActivityDetector(config, buffer_size_in_seconds=2 * HARD_LIMIT_S)
        self._waiting: NDArray[np.float32] = np.zeros(0, np.float32)
        self._speaking_windows = 0

    def feed(self, samples: NDArray[np.float32]) -> Iterator[Speech]:
        """The stretches that ended with these samples."""
        held = np.concatenate([self._waiting, samples])
        whole = len(held) - len(held) % WINDOW
        self._waiting = held[whole:]
        for start in range(0, whole, WINDOW):
            self._detector.accept_waveform(held[start : start + WINDOW])
            self._speaking_windows = self._speaking_windows + 1 if self._detector.is_speech_detected() else 0
            if self._speaking_windows * WINDOW >= HARD_LIMIT_S * SPEECH_RATE:
                self._detector.flush()
                self._speaking_windows = 0
            yield from self._ended()

    def finish(self) -> Iterator[Speech]:
        """What is still being said at the end; an incomplete window is filled up with silence."""
        if len(self._waiting):
            yield from self.feed(np.zeros(WINDOW - len(self._waiting), np.float32))
        self._detector.flush()
        yield from self._ended()

    def _ended(self) -> Iterator[Speech]:
        while not self._detector.empty():
            stretch = self._detector.front
            yield stretch.start, stretch.samples
            self._detector.pop()


def _text_of(result: Any) -> tuple[str, tuple[str, ...]]:
    """The text and its tokens; no tokens where one of them is only a part of a character.

    Rare characters come as several tokens of one byte each, which can't be handed over as text one by one. From the
    whole text sherpa-onnx leaves out what is not a whole character; where nothing else was heard, the replacement
    character stands for it: there was speech.
    """
    try:
        return result.text, tuple(result.tokens)
    except UnicodeDecodeError:
        return result.text or UNREADABLE, ()


def _import_engine() -> Any:
    """sherpa-onnx, which is not installed unless asked for."""
    try:
        return importlib.import_module("sherpa_onnx")
    except ImportError as error:
        raise ConfigError(
            f"recognizer sense-voice needs the package sherpa-onnx ({error}); install it with {_EXTRA}"
        ) from error


def _load(engine: Any, weights: SenseVoiceWeights, language: str) -> Any:
    """One loaded model; numbers as digits and punctuation on, which sentences are told apart by."""
    return engine.OfflineRecognizer.from_sense_voice(
        model=str(weights.model),
        tokens=str(weights.tokens),
        num_threads=1,
        use_itn=True,
        language=language,
    )

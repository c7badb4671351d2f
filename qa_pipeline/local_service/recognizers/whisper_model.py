"""One loaded Whisper model: a window of sound in, its language and its tokens with times and probabilities out.

The encoder, the dearest part, runs once a window for all of it. Several threads may ask at once; the model works on as
many windows as it has workers, each with one thread: more threads a window save no processor time.
"""

from __future__ import annotations

import importlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.samples import Samples
from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.recognizers.log_mel import FRAME_STEP, LogMel
from qa_pipeline.local_service.recognizers.whisper_tokens import NO_TIMES, START, TRANSCRIBE, WhisperTokens

BEAM_SIZE = 5
TEMPERATURES = (0.0, 0.4)
"""Where the first text repeats itself or is improbable, another is drawn, once."""

HIGHEST_COMPRESSION = 2.4
"""Text that shrinks further by zlib repeats itself."""

LOWEST_LOG_PROBABILITY = -1.0
"""Mean over the tokens of a window."""

SURELY_SILENT = 0.6
MAYBE_SILENT, UNSURE_LOG_PROBABILITY = 0.3, -0.5
"""Probability that nobody speaks in a window, for itself and beside an improbable text. Noise of any kind has at least
0.33 (with a text of -0.67), speech at most 0.32 (with one of -0.19)."""

DRAWS = 5
MAX_TOKENS = 224
"""Half of the model's context, as it was trained; nobody says more in a window."""

TOKENS_PER_S = 50
"""Places in time that the model tells apart."""

EXTRA = "pip install '.[whisper]'"


@dataclass(frozen=True, slots=True)
class HeardToken:
    """A token of text; times in seconds from the start of the window."""

    token: int
    begin_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class EncodedWindow:
    """What the encoder made of a window, and how many frames of 10 ms of it are sound."""

    features: Any
    frames: int


class WhisperModel:
    """Safe to call from several threads."""

    def __init__(self, folder: Path, tokens: WhisperTokens, *, workers: int) -> None:
        """Raises ConfigError: the engine is not installed, or can't load the weights."""
        self._engine = import_engine()
        self._tokens = tokens
        try:
            self._model = self._engine.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1
            )
        except (RuntimeError, ValueError) as error:
            raise ConfigError(f"recognizer whisper: the weights in {folder} can't be loaded: {error}") from error
        self._log_mel = LogMel(self._model.n_mels)

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes it knows, Whisper's own; only English for a model that knows nothing else."""
        return self._tokens.languages[: self._model.num_languages] if self._model.is_multilingual else ("en",)

    @property
    def engine(self) -> str:
        """Name and version of the engine."""
        return f"ctranslate2 {self._engine.__version__}"

    def encode(self, samples: Samples) -> EncodedWindow:
        """The window as the other methods take it: 16-bit mono, at most 30 s."""
        features = self._log_mel(samples.astype(np.float32) / np.float32(32768))[np.newaxis]
        encoded = self._model.encode(self._engine.StorageView.from_array(features))
        return EncodedWindow(encoded, -(-len(samples) // FRAME_STEP))

    def language_shares(self, window: EncodedWindow) -> dict[str, float]:
        """How probably each language is spoken; together 1."""
        if not self._model.is_multilingual:
            return {"en": 1.0}
        [ranked] = self._model.detect_language(window.features)
        return {tag.strip("<|>"): probability for tag, probability in ranked}

    def hear(self, window: EncodedWindow, language: str) -> list[HeardToken] | None:
        """What is said in the window; None where most probably nobody speaks in it."""
        start = self._start(language)
        text = self._text(window, [*start, self._tokens.special(NO_TIMES)])
        if not text:
            return None
        [aligned] = self._model.align(window.features, start, [text], window.frames)
        begins = _begins(aligned.alignments, len(text) + 1)
        return [
            HeardToken(token, float(begins[at]), float(begins[at + 1]), min(1.0, aligned.text_token_probs[at]))
            for at, token in enumerate(text)
        ]

    def _start(self, language: str) -> list[int]:
        start = [self._tokens.special(START)]
        if self._model.is_multilingual:
            start += [self._tokens.special(f"<|{language}|>"), self._tokens.special(TRANSCRIBE)]
        return start

    def _text(self, window: EncodedWindow, prompt: list[int]) -> list[int]:
        """The best text: the first that is neither improbable nor repeats itself, else the most probable.

        Empty where nobody speaks: that is what the model says, or what a text that it was unsure of means.
        """
        tried = []
        for temperature in TEMPERATURES:
            drawn = temperature > 0
            [result] = self._model.generate(
                window.features,
                [prompt],
                beam_size=1 if drawn else BEAM_SIZE,
                num_hypotheses=DRAWS if drawn else 1,
                sampling_topk=0 if drawn else 1,
                sampling_temperature=temperature if drawn else 1.0,
                max_length=MAX_TOKENS,
                return_scores=True,
                return_no_speech_prob=True,
            )
            text = [token for token in result.sequences_ids[0] if self._tokens.is_text(token)]
            log_probability = result.scores[0] * len(text) / (len(text) + 1)
            if _is_silent(result.no_speech_prob, log_probability):
                return []
            repeats = self._compression(text) > HIGHEST_COMPRESSION
            if not repeats and log_probability >= LOWEST_LOG_PROBABILITY:
                return text
            tried.append((not repeats, log_probability, text))
        return max(tried)[2]

    def _compression(self, text: list[int]) -> float:
        written = "".join(piece for piece, _ in self._tokens.characters(text)).encode()
        return len(written) / len(zlib.compress(written))


def _is_silent(no_speech: float, log_probability: float) -> bool:
    return no_speech >= SURELY_SILENT or (no_speech >= MAYBE_SILENT and log_probability < UNSURE_LOG_PROBABILITY)


def import_engine() -> Any:
    """CTranslate2, which is not installed unless asked for. Raises ConfigError: it isn't."""
    try:
        return importlib.import_module("ctranslate2")
    except ImportError as error:
        raise ConfigError(
            f"recognizer whisper needs the package ctranslate2 ({error}); install it with {EXTRA}"
        ) from error


def _begins(alignments: list[tuple[int, int]], count: int) -> NDArray[np.float64]:
    """When each of `count` tokens begins, in seconds: the first place in time that belongs to it."""
    begins = np.full(count, np.nan)
    for token, place in reversed(alignments):
        if token < count:
            begins[token] = place / TOKENS_PER_S
    last = 0.0
    for at in range(count):
        last = begins[at] = last if math.isnan(begins[at]) else max(last, float(begins[at]))
    return begins

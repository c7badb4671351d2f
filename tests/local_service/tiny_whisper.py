"""A converted Whisper of the shape of large-v3, with weights by chance: 128 mel bands, 51,866 tokens, 100 languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

WIDTH, MELS = 64, 128
CODES = (
    *("en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt", "tr", "pl", "ca", "nl", "ar", "sv", "it", "id", "hi", "fi"),
    *("vi", "he", "uk", "el", "ms", "cs", "ro", "da", "hu", "ta", "no", "th", "ur", "hr", "bg", "lt", "la", "mi", "ml"),
    *("cy", "sk", "te", "fa", "lv", "bn", "sr", "az", "sl", "kn", "et", "mk", "br", "eu", "is", "hy", "ne", "mn", "bs"),
    *("kk", "sq", "sw", "gl", "mr", "pa", "si", "km", "sn", "yo", "so", "af", "oc", "ka", "be", "tg", "sd", "gu", "am"),
    *(
        "yi",
        "lo",
        "uz",
        "fo",
        "ht",
        "ps",
        "tk",
        "nn",
        "mt",
        "sa",
        "lb",
        "my",
        "bo",
        "tl",
        "mg",
        "as",
        "tt",
        "haw",
        "ln",
    ),
    *("ha", "ba", "jw", "su", "yue"),
)


def vocabulary(text: list[str]) -> list[str]:
    """Its tokens: 50,257 of text and its end, then what the tasks, languages and times are called."""
    times = [f"<|{number * 0.02:.2f}|>" for number in range(1501)]
    tasks = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    names = ["endoftext", "startoftranscript", *CODES, *tasks]
    return [*text, *(f"<|{name}|>" for name in names), *times]


def write_tiny_whisper(folder: Path, text: list[str]) -> None:
    """`text`: the 50,257 tokens before the special ones."""
    tokens = vocabulary(text)
    chance = np.random.default_rng(7)
    spec = pytest.importorskip("ctranslate2.specs.whisper_spec").WhisperSpec(2, 1, 2, 1)

    def some(*shape: int) -> NDArray[np.float32]:
        return (chance.standard_normal(shape) * 0.1).astype(np.float32)

    def linear(layer: Any, outputs: int, inputs: int) -> None:
        layer.weight, layer.bias = some(outputs, inputs), np.zeros(outputs, np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def attention(layer: Any, *, is_own: bool) -> None:
        norm(layer.layer_norm)
        for place, outputs in zip(
            layer.linear, (3 * WIDTH, WIDTH) if is_own else (WIDTH, 2 * WIDTH, WIDTH), strict=True
        ):
            linear(place, outputs, WIDTH)

    def forward(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.linear_1, WIDTH, 4 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = some(WIDTH, MELS, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = some(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = some(1500, WIDTH)
    norm(encoder.layer_norm)
    for layer in encoder.layer:
        attention(layer.self_attention, is_own=True)
        forward(layer.ffn)
    decoder.embeddings.weight = some(len(tokens), WIDTH)
    decoder.position_encodings.encodings = some(448, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    norm(decoder.layer_norm)
    for layer in decoder.layer:
        attention(layer.self_attention, is_own=True)
        attention(layer.attention, is_own=False)
        forward(layer.ffn)
    first = tokens.index("<|startoftranscript|>") + 1
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [tokens.index("<|endoftext|>")]
    spec.config.lang_ids = list(range(first, first + len(CODES)))
    spec.config.alignment_heads = [(1, 0)]
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.save(str(folder))

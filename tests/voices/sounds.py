"""Voices of noise in bands of their own, and a network that hears them: real ones can't be part of the tests.

The network has the signature of the real one and is made here: a fixed mixture of the mean of each window's mel bands.
So windows of one band give vectors that point the same way, and all that is made of vectors runs for real.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from qa_pipeline.audio.samples import Samples
from qa_pipeline.voices.embedding import VECTOR_LENGTH, WINDOW_FRAMES
from qa_pipeline.voices.log_mel import BANDS, VOICE_RATE

LOW, HIGH, MIDDLE = (150, 700), (2500, 3600), (1000, 1800)
"""What a voice of the tests sounds like: from and to in Hz."""

Turn = tuple[float, float, tuple[int, int]]
"""Begin and end in seconds, and the voice."""


def spoken(turns: Sequence[Turn], length_s: float, *, rate: int = VOICE_RATE) -> Samples:
    """One channel in which each voice speaks in its turns, now louder, now softer, as people do."""
    chance = np.random.default_rng(7)
    sound = chance.normal(0, 8, round(length_s * rate))
    for begin_s, end_s, (low, high) in turns:
        begin, end = round(begin_s * rate), round(end_s * rate)
        spectrum = np.fft.rfft(chance.normal(0, 1, end - begin))
        hz = np.fft.rfftfreq(end - begin, 1 / rate)
        spectrum[(hz < low) | (hz > high)] *= 0.02
        voice = np.fft.irfft(spectrum, end - begin)
        swell = 1 + 0.7 * np.sin(2 * np.pi * 3.1 * np.arange(end - begin) / rate)
        sound[begin:end] += voice / np.abs(voice).max() * 9000 * swell
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def turn_by_turn(
    voices: Sequence[tuple[int, int]], count: int, *, turn_s: float = 2.4, pause_s: float = 0.5
) -> list[Turn]:
    """`count` turns, the voices one after the other."""
    return [
        (0.3 + number * (turn_s + pause_s), 0.3 + number * (turn_s + pause_s) + turn_s, voices[number % len(voices)])
        for number in range(count)
    ]


def segments_of(turns: Sequence[Turn]) -> list[tuple[int, int]]:
    return [(round(begin * 1000), round(end * 1000)) for begin, end, _ in turns]


def in_pieces(sound: Samples, samples: int) -> Iterator[Samples]:
    return (sound[begin : begin + samples] for begin in range(0, len(sound), samples))


def write_network(path: Path, *, bands: int = BANDS) -> Path:
    """The network as an ONNX file of the real one's signature."""
    mixture = np.random.default_rng(1).normal(0, 1, (bands, VECTOR_LENGTH)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["mel_window"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "mixture"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "voices",
        [helper.make_tensor_value_info("mel_window", TensorProto.FLOAT, ["batch", WINDOW_FRAMES, bands])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", VECTOR_LENGTH])],
        [numpy_helper.from_array(mixture, "mixture")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path

"""Whether a folder holds what the recognizer `sense-voice` needs, told before anything is loaded.

The hashes say that the files are the expected ones. Files that somebody vouched for may still be something else
entirely, and sherpa-onnx ends the process over those, so what it looks for is looked for here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.local_service.recognizers.onnx_header import NotOnnx, OnnxHeader, read_onnx_header
from qa_pipeline.local_service.weights.catalogue import (
    SENSE_VOICE,
    SENSE_VOICE_MODEL,
    SENSE_VOICE_TOKENS,
    SILERO_VAD_MODEL,
)
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.local_service.weights.placed import checked_weights, expected_sha256, read_manifest

FEATURES = 80
"""Mel bands of a frame; the model is given `lfr_window_size` frames side by side."""

_MODEL_INPUTS = ("x", "x_length", "language", "text_norm")
_COUNTS = ("vocab_size", "lfr_window_size", "lfr_window_shift")
_NUMBERS = (
    "normalize_samples", "with_itn", "without_itn", "lang_auto", "lang_zh", "lang_en", "lang_ja", "lang_ko", "lang_yue",
)  # fmt: skip
_VECTORS = ("neg_mean", "inv_stddev")
_VAD_SHAPES = (
    (("input", "sr", "h", "c"), ("output", "hn", "cn")),
    (("input", "state", "sr"), ("output", "stateN")),
    (("x", "h", "c"), ("prob", "new_h", "new_c")),
)
"""Inputs and outputs of the forms of silero's model that sherpa-onnx takes: v4, v5, and v4 as its own project exports
it, which is the one that is pulled."""


@dataclass(frozen=True, slots=True)
class SenseVoiceWeights:
    """The three files, checked, and the sha256 of the model."""

    model: Path
    tokens: Path
    vad: Path
    sha256: str


def sense_voice_weights(folder: Path) -> SenseVoiceWeights:
    """The files in `folder`, hashed and looked into.

    Raises:
        WeightsError: one is missing, another than expected, or no model of its kind; the message names it.
    """
    paths = checked_weights(SENSE_VOICE, folder)
    found = SenseVoiceWeights(
        paths[SENSE_VOICE_MODEL],
        paths[SENSE_VOICE_TOKENS],
        paths[SILERO_VAD_MODEL],
        expected_sha256(SENSE_VOICE.file(SENSE_VOICE_MODEL), read_manifest(folder)),
    )
    _require_sense_voice(found.model, _count_tokens(found.tokens))
    _require_vad(found.vad)
    return found


def _header(path: Path) -> OnnxHeader:
    try:
        return read_onnx_header(path)
    except NotOnnx as error:
        raise _wrong(path, f"is not an ONNX model: {error}") from error


def _require_sense_voice(path: Path, tokens: int) -> None:
    header = _header(path)
    missing = [name for name in _MODEL_INPUTS if name not in header.inputs]
    if missing:
        raise _wrong(path, f"is not a SenseVoice model: it has no input {', '.join(missing)}")
    if "Nano" in header.metadata.get("comment", ""):
        raise _wrong(path, "is a FunASR Nano model, which names neither language nor emotion")
    for name in (*_COUNTS, *_NUMBERS):
        value = header.metadata.get(name, "")
        if not (value.isascii() and value.isdigit()) or (name in _COUNTS and int(value) == 0):
            raise _wrong(path, f"is not a SenseVoice model for sherpa-onnx: its metadata {name} is {value!r}")
    length = FEATURES * int(header.metadata["lfr_window_size"])
    for name in _VECTORS:
        _require_numbers(path, name, header.metadata.get(name, "").split(","), length)
    if int(header.metadata["vocab_size"]) != tokens:
        raise _wrong(path, f"has {header.metadata['vocab_size']} tokens, {SENSE_VOICE_TOKENS} beside it has {tokens}")


def _require_numbers(path: Path, name: str, values: Sequence[str], length: int) -> None:
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        numbers = []
    if len(numbers) != length:
        raise _wrong(path, f"is not a SenseVoice model for sherpa-onnx: its metadata {name} is not {length} numbers")


def _count_tokens(path: Path) -> int:
    """How many lines `<token> <number>` the file has, numbered from 0 without a gap."""
    lines = path.read_bytes().split(b"\n")  # a token may hold what Unicode takes for the end of a line
    rows = [line.strip(b"\r").rpartition(b" ")[2] for line in lines if line.strip()]
    if not rows or rows != [str(number).encode() for number in range(len(rows))]:
        raise _wrong(path, "is not a list of tokens: each line must be a token and its number, counted from 0")
    return len(rows)


def _require_vad(path: Path) -> None:
    header = _header(path)
    if (header.inputs, header.outputs) not in _VAD_SHAPES:
        raise _wrong(path, f"is not a silero voice activity detector: its inputs are {', '.join(header.inputs)}")


def _wrong(path: Path, what: str) -> WeightsError:
    return WeightsError(f"{path} {what}; delete it and run `{SENSE_VOICE.pull_command} --dir {path.parent}`")

"""Tiny models of the same signature and metadata as the real ones, for tests: real weights can't be part of them.

The recognizer's model writes a word for each band of tones it hears, so what sherpa-onnx loads, the features it
computes, its decoding, and all that is made of its result run for real. What nobody can see here is how well the
real weights understand people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qa_pipeline.local_service.recognizers.sense_voice_text import EMOTIONS
from qa_pipeline.local_service.weights.catalogue import SENSE_VOICE
from qa_pipeline.local_service.weights.pull import pull_weights

MEL_BANDS, FRAMES = 80, 7
WIDTH = MEL_BANDS * FRAMES

WORDS = {300: "▁low", 1200: "▁mid", 2500: "▁high", 6000: "."}
"""What each tone (Hz) is recognized as."""

BANDS = {300: (5, 20), 1200: (30, 42), 2500: (48, 58), 6000: (66, 78)}
"""The mel bands that each of these tones fills, of 80 between 20 Hz and 8 kHz."""

LANGUAGE_IDS = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}
"""As in the real model's metadata."""

HEARD_LANGUAGE = "en"
"""What the model takes any sound for when it shall find out the language."""

WITH_ITN, WITHOUT_ITN = 14, 15
EMOTION_TAGS = (*EMOTIONS, "<|EMO_UNKNOWN|>")
LANGUAGE_TAGS = tuple(f"<|{code}|>" for code in LANGUAGE_IDS if code != "auto")
BYTE_TOKENS = tuple(f"<0x{byte:02X}>" for byte in range(256))
"""As vocabularies have them that can write any character; sherpa-onnx knows them by their numbers, 3 to 258."""

TOKENS = (
    "<unk>", "<s>", "</s>", *BYTE_TOKENS, *WORDS.values(), "你", "好", "。", *LANGUAGE_TAGS, "<|nospeech|>",
    *EMOTION_TAGS, "<|Speech|>", "<|BGM|>", "<|withitn|>", "<|woitn|>",
)  # fmt: skip
NEVER = -1e4


def write_sense_voice(
    path: Path,
    *,
    emotion: str = "<|NEUTRAL|>",
    heard: str = f"<|{HEARD_LANGUAGE}|>",
    words: dict[int, str] = WORDS,
    metadata: dict[str, Any] | None = None,
    inputs: Sequence[str] = ("x", "x_length", "language", "text_norm"),
) -> None:
    """Writes the model: it names `heard` as language unless told one, and `emotion` always.

    `metadata` replaces single entries (None leaves one out); `inputs` renames the graph's inputs.
    """
    x, x_length, language, text_norm = inputs
    nodes = [
        helper.make_node("MatMul", [x, "bands"], ["loudness"]),
        helper.make_node("Add", ["loudness", "bias"], ["frames"]),
        *_looked_up("language_rows", language, "language_frame"),
        *_looked_up("itn_rows", text_norm, "itn_frame"),
        helper.make_node("Concat", ["language_frame", "emotion", "event", "itn_frame", "frames"], ["logits"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [_float_input(x, ["N", "T", WIDTH]), *(_int_input(name) for name in (x_length, language, text_norm))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", "T_out", len(TOKENS)])],
        [
            *_hearing(words),
            _weights("language_rows", _language_rows(heard)),
            _weights("itn_rows", _rows({WITH_ITN: "<|withitn|>", WITHOUT_ITN: "<|woitn|>"}, WITHOUT_ITN + 1)),
            _weights("emotion", _rows({0: emotion}, 1)[np.newaxis]),
            _weights("event", _rows({0: "<|Speech|>"}, 1)[np.newaxis]),
            numpy_helper.from_array(np.array([1], np.int64), "axis"),
        ],
    )
    _save(path, graph, {**_metadata(), **(metadata or {})})


def write_tokens(path: Path, tokens: Sequence[str] = TOKENS) -> None:
    path.write_text("".join(f"{token} {number}\n" for number, token in enumerate(tokens)), encoding="utf-8")


def write_vad(path: Path, *, form: str = "k2-fsa") -> None:
    """Writes a detector that takes what is louder than 1 % of full scale for speech, in one of the three forms."""
    names = {
        "k2-fsa": (["x", "h", "c"], ["prob", "new_h", "new_c"], [2, 1, 64]),
        "v4": (["input", "sr", "h", "c"], ["output", "hn", "cn"], [2, 1, 64]),
        "v5": (["input", "state", "sr"], ["output", "stateN"], [2, 1, 128]),
    }
    inputs, outputs, state = names[form]
    states = [name for name in inputs[1:] if name != "sr"]
    nodes = [
        helper.make_node("Abs", [inputs[0]], ["size"]),
        helper.make_node("ReduceMean", ["size"], ["level"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["level", "threshold"], ["above"]),
        helper.make_node("Mul", ["above", "slope"], ["steep"]),
        helper.make_node("Sigmoid", ["steep"], [outputs[0]]),
        *(helper.make_node("Identity", [old], [new]) for old, new in zip(states, outputs[1:], strict=True)),
    ]
    described = [
        helper.make_tensor_value_info("sr", TensorProto.INT64, [1]) if name == "sr" else _float_input(name, state)
        for name in inputs[1:]
    ]
    graph = helper.make_graph(
        nodes,
        "vad",
        [_float_input(inputs[0], [1, "samples"]), *described],
        [_float_input(outputs[0], [1, 1]), *(_float_input(name, state) for name in outputs[1:])],
        [
            _weights("threshold", np.array([0.01], np.float32)),
            _weights("slope", np.array([1000.0], np.float32)),
        ],
    )
    _save(path, graph, {})


def write_weights(folder: Path, **model: Any) -> Path:
    """The three files in `folder`, vouched for as `qa-pipeline models pull --sha256` does; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_sense_voice(folder / "model.int8.onnx", **model)
    write_tokens(folder / "tokens.txt")
    write_vad(folder / "silero_vad.onnx")
    return vouch(folder)


def vouch(folder: Path) -> Path:
    """Registers whatever lies in the folder now."""
    hashes = {file.name: hashlib.sha256((folder / file.name).read_bytes()).hexdigest() for file in SENSE_VOICE.files}
    pull_weights(SENSE_VOICE, folder, source=str(folder), vouched=hashes)
    return folder


def _metadata() -> dict[str, Any]:
    return {
        "lfr_window_size": FRAMES, "lfr_window_shift": 6, "normalize_samples": 0, "model_type": "sense_voice_ctc",
        "neg_mean": ",".join(["0"] * WIDTH), "inv_stddev": ",".join(["1"] * WIDTH), "version": 2,
        "vocab_size": len(TOKENS), "comment": "tiny", "with_itn": WITH_ITN, "without_itn": WITHOUT_ITN,
        **{f"lang_{code}": number for code, number in LANGUAGE_IDS.items()},
    }  # fmt: skip


def _hearing(words: dict[int, str]) -> list[onnx.TensorProto]:
    """Each word's score is the mean log energy of its bands; silence (token 0, the blank) wins below 12."""
    bands = np.zeros((WIDTH, len(TOKENS)), np.float32)
    bias = np.full(len(TOKENS), NEVER, np.float32)
    bias[0] = 12.0
    for frequency, word in words.items():
        first, last = BANDS[frequency]
        for frame in range(FRAMES):
            bands[frame * MEL_BANDS + first : frame * MEL_BANDS + last, TOKENS.index(word)] = 1 / (
                FRAMES * (last - first)
            )
        bias[TOKENS.index(word)] = 0.0
    return [_weights("bands", bands), _weights("bias", bias)]


def _language_rows(heard: str) -> NDArray[np.float32]:
    chosen = {number: f"<|{code}|>" for code, number in LANGUAGE_IDS.items() if code != "auto"}
    return _rows({0: heard, **chosen}, max(LANGUAGE_IDS.values()) + 1)


def _rows(chosen: dict[int, str], count: int) -> NDArray[np.float32]:
    rows = np.full((count, len(TOKENS)), NEVER, np.float32)
    for number, token in chosen.items():
        rows[number, TOKENS.index(token)] = 1.0
    return rows


def _looked_up(table: str, number: str, frame: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Gather", [table, number], [f"{frame}_row"], axis=0),
        helper.make_node("Unsqueeze", [f"{frame}_row", "axis"], [frame]),
    ]


def _float_input(name: str, shape: Sequence[Any]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _int_input(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT32, ["N"])


def _weights(name: str, values: NDArray[np.float32]) -> onnx.TensorProto:
    return numpy_helper.from_array(values, name)


def _save(path: Path, graph: onnx.GraphProto, metadata: dict[str, Any]) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {key: str(value) for key, value in metadata.items() if value is not None})
    onnx.save(model, path)

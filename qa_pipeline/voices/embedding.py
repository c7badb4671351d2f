"""The network that says how a voice sounds: 0.8 s of log-mel frames in, 256 numbers out.

Two windows of one voice give vectors that point the same way, whatever is said in them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.voices.log_mel import BANDS, Frames

EMBEDDER_FILE = "embedder.int8.onnx"
WINDOW_FRAMES = 80
VECTOR_LENGTH = 256
ENGINE_MODULE = "onnxruntime"
"""Comes with the extra `diarize`."""

_INPUT_SHAPE, _OUTPUT_SHAPE = [WINDOW_FRAMES, BANDS], [VECTOR_LENGTH]

Vectors = NDArray[np.float32]
"""One row a window, of length 1."""


class NoVoiceNetwork(Exception):
    """Voices can't be told apart on this machine: a sentence that says why and what to do."""


class Embedder(Protocol):
    """What gives windows of shape (n, `WINDOW_FRAMES`, `BANDS`) their vectors, shape (n, `VECTOR_LENGTH`).

    `weights` names the network in a few letters: other weights, another name.
    """

    @property
    def weights(self) -> str: ...

    def embed(self, windows: Frames) -> Vectors: ...


class OnnxEmbedder:
    """An `Embedder` of an ONNX file, on one thread: recordings are what is shared between cores."""

    def __init__(self, path: Path) -> None:
        """Loads the network.

        Raises:
            NoVoiceNetwork: the engine is not installed, or the file is not such a network.
        """
        try:
            import onnxruntime
        except ImportError:
            raise NoVoiceNetwork(
                f"{ENGINE_MODULE} is not installed, which tells voices apart: pip install '.[diarize]'"
            ) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            [given], [returned] = self._session.get_inputs(), self._session.get_outputs()
        except Exception as error:  # of a class that the engine has for each fault, without one above them
            raise NoVoiceNetwork(f"{path} can't be loaded ({_first_line(error)}); pull the weights again") from error
        if given.shape[1:] != _INPUT_SHAPE or returned.shape[1:] != _OUTPUT_SHAPE:
            raise NoVoiceNetwork(
                f"{path} takes {given.shape[1:]} and gives {returned.shape[1:]}; a network that tells voices apart "
                f"takes {_INPUT_SHAPE} and gives {_OUTPUT_SHAPE}"
            )
        self._input = given.name
        self._weights = _sha256(path)[:8]

    @property
    def weights(self) -> str:
        """The first 8 hex digits of the file's sha256."""
        return self._weights

    def embed(self, windows: Frames) -> Vectors:
        """A vector a window; those of one batch are quantized together, so order and size of batches matter a bit."""
        [found] = self._session.run(None, {self._input: np.ascontiguousarray(windows, np.float32)})
        vectors: Vectors = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return vectors


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

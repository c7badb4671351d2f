"""What an ONNX file says of itself, read without any engine: its metadata and the names of its inputs and outputs.

sherpa-onnx ends the whole process, not just the call, when a file lacks what it looks for. So files are looked at
here first. ONNX is a Protocol Buffers message (onnx.proto3); the field numbers below are its own. Only the
descriptions are read: the weights between them are stepped over, so a file of hundreds of megabytes costs nothing.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_GRAPH_INPUT, _GRAPH_OUTPUT = 11, 12
_NAME = 1
_KEY, _VALUE = 1, 2

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10

_Slice = tuple[int, int]


class NotOnnx(ValueError):
    """The file is not an ONNX model; the message says what it is instead, as far as one can tell."""


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """`metadata` as it was written into the file; the names of the graph's inputs and outputs, in order."""

    metadata: dict[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def read_onnx_header(path: Path) -> OnnxHeader:
    """The header of a model file.

    Raises:
        NotOnnx: the file isn't one, or breaks off.
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise NotOnnx("it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            header = _header(data)
    if not header.inputs or not header.outputs:
        raise NotOnnx("it has no graph with inputs and outputs")
    return header


def _header(data: mmap.mmap) -> OnnxHeader:
    metadata: dict[str, str] = {}
    inputs: list[str] = []
    outputs: list[str] = []
    for number, part in _fields(data, (0, len(data))):
        if number == _MODEL_METADATA:
            entry = {key: _text(data, value) for key, value in _fields(data, part)}
            metadata[entry.get(_KEY, "")] = entry.get(_VALUE, "")
        elif number == _MODEL_GRAPH:
            for kind, described in _fields(data, part):
                if kind in (_GRAPH_INPUT, _GRAPH_OUTPUT):
                    (inputs if kind == _GRAPH_INPUT else outputs).append(_name(data, described))
    return OnnxHeader(metadata, tuple(inputs), tuple(outputs))


def _name(data: mmap.mmap, part: _Slice) -> str:
    return next((_text(data, value) for number, value in _fields(data, part) if number == _NAME), "")


def _fields(data: mmap.mmap, part: _Slice) -> Iterator[tuple[int, _Slice]]:
    """Number and place of each length-delimited field of a message; the others are stepped over."""
    at, end = part
    while at < end:
        tag, at = _varint(data, at, end)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise NotOnnx("it is not a Protocol Buffers message")
        if kind == _BYTES:
            length, at = _varint(data, at, end)
            if length > end - at:
                raise NotOnnx("it breaks off")
            yield number, (at, at + length)
            at += length
        elif kind == _VARINT:
            _, at = _varint(data, at, end)
        elif kind in (_FIXED_64, _FIXED_32):
            at += 8 if kind == _FIXED_64 else 4
        else:
            raise NotOnnx("it is not a Protocol Buffers message")


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    value = 0
    for index in range(min(_MAX_VARINT_BYTES, end - at)):
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise NotOnnx("it breaks off, or is not a Protocol Buffers message")


def _text(data: mmap.mmap, part: _Slice) -> str:
    return data[part[0] : part[1]].decode("utf-8", "replace")

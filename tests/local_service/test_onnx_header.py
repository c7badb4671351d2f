"""Headers of model files are read whatever the bytes are: a wrong file is named, never a crash."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.local_service.recognizers.onnx_header import NotOnnx, read_onnx_header
from tests.local_service.tiny_sense_voice import write_sense_voice, write_vad


def test_the_header_says_what_the_file_says(tmp_path: Path) -> None:
    write_sense_voice(tmp_path / "model.onnx", metadata={"comment": "gesprächig"})
    header = read_onnx_header(tmp_path / "model.onnx")
    assert header.inputs == ("x", "x_length", "language", "text_norm")
    assert header.outputs == ("logits",)
    assert (header.metadata["model_type"], header.metadata["comment"]) == ("sense_voice_ctc", "gesprächig")


def test_a_file_without_metadata_has_none(tmp_path: Path) -> None:
    write_vad(tmp_path / "vad.onnx", form="v5")
    assert read_onnx_header(tmp_path / "vad.onnx").metadata == {}


@pytest.mark.parametrize("content", [b"", b"\0", b"PK\3\4rest", b"<!DOCTYPE html>", b"\xff" * 40, b"\x3a\x00"], ids=str)
def test_what_is_no_model_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(NotOnnx):
        read_onnx_header(tmp_path / "x")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), change=st.binary(min_size=0, max_size=4), cut=st.integers(0, 3000))
def test_a_damaged_model_is_read_or_refused(
    place: int, change: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged", numbered=True)
    write_vad(folder / "vad.onnx")
    content = (folder / "vad.onnx").read_bytes()
    place %= len(content)
    (folder / "vad.onnx").write_bytes((content[:place] + change + content[place + len(change) :])[: len(content) - cut])
    with suppress(NotOnnx):
        header = read_onnx_header(folder / "vad.onnx")
        assert header.inputs
        assert header.outputs

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from qa_pipeline.audio.riff import WavData, find_wav_data


def look(path: Path, content: bytes) -> WavData | None:
    path.write_bytes(content)
    with path.open("rb") as file:
        return find_wav_data(file)


def chunk(kind: bytes, size: int, content: bytes = b"", *, order: str = "<") -> bytes:
    return kind + struct.pack(order + "I", size) + content


def test_the_data_chunk_is_found_behind_others_of_odd_length(tmp_path: Path) -> None:
    content = b"RIFF\0\0\0\0WAVE" + chunk(b"LIST", 5, b"abcde\0") + chunk(b"data", 100, bytes(60))
    assert look(tmp_path / "a.wav", content) == WavData(promised_bytes=100, present_bytes=60)


def test_big_endian_files_are_read_in_their_order(tmp_path: Path) -> None:
    content = b"RIFX\0\0\0\0WAVE" + chunk(b"data", 100, bytes(100), order=">")
    assert look(tmp_path / "a.wav", content) == WavData(promised_bytes=100, present_bytes=100)


@pytest.mark.parametrize("claim", [0, 0x7FFF_FFFF, 0x7FFF_F024, 0xFFFF_FFFF])
def test_the_length_of_a_piped_recording_is_unknown(tmp_path: Path, claim: int) -> None:
    assert look(tmp_path / "a.wav", b"RIFF\0\0\0\0WAVE" + chunk(b"data", claim, bytes(100))) is None


def test_files_over_four_gibibytes_give_their_length_in_a_chunk_of_its_own(tmp_path: Path) -> None:
    ds64 = chunk(b"ds64", 28, struct.pack("<QQQ", 0, 5_000_000_000, 0) + bytes(4))
    content = b"RF64\xff\xff\xff\xffWAVE" + ds64 + chunk(b"data", 0xFFFF_FFFF, bytes(10))
    assert look(tmp_path / "a.wav", content) == WavData(promised_bytes=5_000_000_000, present_bytes=10)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"])
def test_a_file_without_a_data_chunk_promises_nothing(tmp_path: Path, content: bytes) -> None:
    assert look(tmp_path / "a.wav", content) is None

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.riff import WavSound, find_sound

PLAIN = struct.pack("<HHIIHH", 1, 2, 8000, 32000, 4, 16)
SOUND = np.random.default_rng(5).normal(0, 900, 20_000).astype("<i2").tobytes()


def look(path: Path, content: bytes) -> WavSound | None:
    path.write_bytes(content)
    with path.open("rb") as file:
        return find_sound(file)


def found(path: Path, content: bytes) -> WavSound:
    sound = look(path, content)
    assert sound is not None
    return sound


def chunk(kind: bytes, content: bytes = b"", size: int | None = None, *, order: str = "<") -> bytes:
    return kind + struct.pack(order + "I", len(content) if size is None else size) + content


HEAD = b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", PLAIN)
DATA_AT = len(HEAD) + 8


def test_the_data_chunk_is_found_behind_others_of_odd_length(tmp_path: Path) -> None:
    content = HEAD + chunk(b"LIST", b"abcde\0", 5) + chunk(b"data", bytes(60), 100)
    sound = found(tmp_path / "a.wav", content)
    assert (sound.present_bytes, sound.missing_bytes) == (60, 40)
    assert not sound.is_misread_by_others


def test_big_endian_files_are_read_in_their_order(tmp_path: Path) -> None:
    big = struct.pack(">HHIIHH", 1, 2, 8000, 32000, 4, 16)
    content = b"RIFX\0\0\0\0WAVE" + chunk(b"fmt ", big, order=">") + chunk(b"data", bytes(100), order=">")
    sound = found(tmp_path / "a.wav", content)
    assert (sound.present_bytes, sound.is_swapped, sound.sample_bytes) == (100, True, 2)


@pytest.mark.parametrize("claim", [0, 0x7FFF_FFFF, 0x7FFF_F024, 0xFFFF_FFFF])
def test_a_piped_recording_lasts_to_its_end(tmp_path: Path, claim: int) -> None:
    sound = found(tmp_path / "a.wav", HEAD + chunk(b"data", bytes(100), claim))
    assert (sound.present_bytes, sound.missing_bytes, sound.is_misread_by_others) == (100, 0, False)


def test_chunks_behind_a_piped_recording_are_no_sound(tmp_path: Path) -> None:
    content = HEAD + chunk(b"data", SOUND, 0) + chunk(b"LIST", b"INFOISFT" + bytes(20))
    assert found(tmp_path / "a.wav", content).present_bytes == len(SOUND)


@pytest.mark.parametrize("large", [5_000_000_000, 0])
def test_files_over_four_gibibytes_give_their_length_in_a_chunk_of_its_own(tmp_path: Path, large: int) -> None:
    ds64 = chunk(b"ds64", struct.pack("<QQQ", 0, large, 0) + bytes(4))
    content = b"RF64\xff\xff\xff\xffWAVE" + ds64 + chunk(b"fmt ", PLAIN) + chunk(b"data", bytes(10), 0xFFFF_FFFF)
    sound = found(tmp_path / "a.wav", content)
    assert (sound.present_bytes, sound.missing_bytes) == (10, max(0, large - 10))
    assert sound.is_misread_by_others is (large == 0)  # a reader that believes it finds nothing


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"])
def test_a_file_without_a_data_chunk_has_no_sound(tmp_path: Path, content: bytes) -> None:
    assert look(tmp_path / "a.wav", content) is None


@pytest.mark.parametrize("counted", [0x1000, 0x1001, 12_000])
def test_sound_behind_the_counted_end_is_found(tmp_path: Path, counted: int) -> None:
    sound = found(tmp_path / "a.wav", HEAD + chunk(b"data", SOUND, counted))
    assert sound.pieces == ((DATA_AT, DATA_AT + len(SOUND)),)
    assert sound.unheard_bytes == len(SOUND) - counted
    assert sound.is_misread_by_others


@pytest.mark.parametrize(
    "tail",
    [
        chunk(b"LIST", b"INFOISFT" + bytes(6000)),
        chunk(b"LIST", b"INFO", 90_000),
        chunk(b"bext", bytes(900)) + chunk(b"xyz ", bytes(7), 7),
        chunk(b"qq01", b"q" * 9000),
        bytes(9000),
        b"TAG" + b"title of a call".ljust(125, b"\0") * 40,
        b"APETAGEX" + bytes(range(1, 255)) * 30,
        b'<?xml version="1.0"?><call agent="17"/>' * 100,
        b"OggS\x00\x02" + SOUND,
        np.random.default_rng(1).bytes(9000),
        b"\x01\x02\x03\x04" * 100,
    ],
    ids=["list", "list-cut", "two", "unknown", "zeros", "id3v1", "ape", "xml", "ogg", "random", "short"],
)
@pytest.mark.parametrize("sound_bytes", [8000, 8001])
def test_what_follows_and_is_no_sound_is_left_out(tmp_path: Path, tail: bytes, sound_bytes: int) -> None:
    data = chunk(b"data", SOUND[:sound_bytes])
    for padding in {b"", b"\0" * (sound_bytes % 2)}:
        sound = found(tmp_path / "a.wav", HEAD + data + padding + tail)
        assert (sound.present_bytes, sound.is_misread_by_others) == (sound_bytes, False)


def test_zeros_behind_uncounted_sound_were_reserved_and_never_filled(tmp_path: Path) -> None:
    sound = found(tmp_path / "a.wav", HEAD + chunk(b"data", SOUND, 4000) + bytes(3_000_000))
    assert abs(sound.present_bytes - len(SOUND)) < 4


def test_a_second_data_chunk_is_sound_too(tmp_path: Path) -> None:
    content = HEAD + chunk(b"data", SOUND[:8000]) + chunk(b"LIST", b"INFO") + chunk(b"data", SOUND[8000:])
    assert found(tmp_path / "a.wav", content).present_bytes == len(SOUND)


def test_a_data_chunk_of_no_length_before_other_chunks_is_empty(tmp_path: Path) -> None:
    assert found(tmp_path / "a.wav", HEAD + chunk(b"data") + chunk(b"LIST", b"INFO" + bytes(40))).present_bytes == 0


@pytest.mark.parametrize("claims", [(None, None), (None, 0), (0, None), (0, 0), (400_000, None), (None, 400_000)])
@pytest.mark.parametrize("between", [b"", chunk(b"LIST", b"INFO" + bytes(20)), bytes(64), b"a line of text\r\n"])
def test_wav_files_one_after_the_other_are_one_sound(
    tmp_path: Path, claims: tuple[int | None, int | None], between: bytes
) -> None:
    first, second = SOUND[:8000], SOUND[8000:]
    content = HEAD + chunk(b"data", first, claims[0]) + between + HEAD + chunk(b"data", second, claims[1])
    sound = found(tmp_path / "a.wav", content)
    assert sound.other_format is None
    assert sound.is_misread_by_others
    counted_between = len(between) if claims[0] is not None else 0  # an open end goes on to the next header
    assert sound.present_bytes == len(SOUND) + counted_between
    assert (sound.missing_bytes > 0) is (claims[1] == 400_000)


def test_a_second_file_of_another_format_is_named_and_left_out(tmp_path: Path) -> None:
    other = b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16))
    first = HEAD + chunk(b"data", SOUND[:8000])
    sound = found(tmp_path / "a.wav", first + other + chunk(b"data", SOUND[8000:]))
    assert sound.present_bytes == 8000
    assert sound.other_format is not None
    assert sound.other_format[0] == len(first)


class CountingFile(io.FileIO):
    """A file on disk that counts what is read of it."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.read_bytes += len(found)
        return found


@pytest.mark.parametrize("last", [b"", b"\x07"], ids=["nothing", "a byte"])
def test_a_long_tail_is_read_once(tmp_path: Path, last: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(HEAD + chunk(b"data", SOUND[:8001]))
    os.truncate(path, 48_000_000)
    with path.open("ab") as file:
        file.write(last)
    with CountingFile(path) as counting:
        sound = find_sound(counting)
    assert sound is not None
    assert sound.believed == (DATA_AT, DATA_AT + 8001)
    assert counting.read_bytes < 52_000_000

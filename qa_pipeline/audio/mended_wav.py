"""A WAV file as its recorder should have written it: the sound that is there, low bytes first, and a header that counts
all of it.

FFmpeg reads it in place of a file that it would misread, and it is written out where such a file is to be read
elsewhere, so that what is sent is what was measured.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from qa_pipeline.audio.assembled import AssembledFile
from qa_pipeline.audio.riff import EXTENSIBLE, WavSound, find_sound

LONGEST_TAIL_BYTES = 1024 * 1024
"""After the audio there are a few chunks of text at most. FFmpeg reads through whatever is there, eight bytes at a
time: two gigabytes of zeros would keep it busy for minutes."""

_MOST_COUNTED = 0xFFFF_FFFF
_COPIED_BYTES = 1024 * 1024


class MendedWav(AssembledFile):
    """Reads like a file that begins with a true header and ends where the sound does."""

    def __init__(self, file: BinaryIO, sound: WavSound) -> None:
        """`file` stays the caller's to close, and its position is moved by every read."""
        self._pieces = sound.pieces
        self._swapped_bytes = sound.sample_bytes if sound.is_swapped else 1
        self._header = _header(sound)
        super().__init__(file, len(self._header) + sound.present_bytes)

    def _read_at(self, begin: int, length: int) -> bytes:
        """Header, then sound."""
        if begin < len(self._header):
            return self._header[begin : begin + length]
        return self._sound(begin - len(self._header), length)

    def _sound(self, begin: int, length: int) -> bytes:
        """At most `length` bytes from `begin` on, both counted in the sound alone."""
        width = self._swapped_bytes
        skipped = begin % width
        raw = self._stored(begin - skipped, length + skipped + -(length + skipped) % width)
        if width > 1:
            whole = raw[: len(raw) - len(raw) % width]
            raw = np.frombuffer(whole, np.uint8).reshape(-1, width)[:, ::-1].tobytes()
        return raw[skipped : skipped + length]

    def _stored(self, begin: int, length: int) -> bytes:
        parts = []
        for piece_begin, piece_end in self._pieces:
            piece_bytes = piece_end - piece_begin
            if begin < piece_bytes and length > 0:
                self._file.seek(piece_begin + begin)
                part = self._file.read(min(length, piece_bytes - begin))
                parts.append(part)
                length -= len(part)
            begin = max(0, begin - piece_bytes)
        return b"".join(parts)


def as_meant(file: BinaryIO, sound: WavSound) -> BinaryIO | MendedWav:
    """The WAV file itself, or as it should be where FFmpeg would misread it or read on behind the sound. Rewound."""
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    [*_, (_, end)] = sound.pieces
    believed_end = size_bytes if sound.believed is None else sound.believed[1]
    if (
        sound.is_misread_by_others
        or not sound.present_bytes
        or end < believed_end
        or size_bytes - end > LONGEST_TAIL_BYTES
    ):
        return MendedWav(file, sound)
    return file


def write_mended(path: Path, target: Path) -> bool:
    """Writes the WAV file at `path` to `target` as it should be, if others would misread it; returns whether."""
    with path.open("rb", buffering=0) as file:
        sound = find_sound(file)
        if sound is None or not sound.is_misread_by_others:
            return False
        with target.open("wb") as out:
            shutil.copyfileobj(MendedWav(file, sound), out, _COPIED_BYTES)
    return True


def _header(sound: WavSound) -> bytes:
    content = _low_bytes_first(sound.format) if sound.order == "big" else sound.format
    data_bytes = min(sound.present_bytes, _MOST_COUNTED)
    chunks = struct.pack("<4sI", b"fmt ", len(content)) + content + bytes(len(content) % 2)
    chunks += struct.pack("<4sI", b"data", data_bytes)
    return struct.pack("<4sI4s", b"RIFF", min(4 + len(chunks) + data_bytes, _MOST_COUNTED), b"WAVE") + chunks


def _low_bytes_first(content: bytes) -> bytes:
    """The fields of WAVEFORMATEX, and those of WAVEFORMATEXTENSIBLE, whose GUID has three numbers of its own."""
    plain = struct.pack("<HHIIHH", *struct.unpack(">HHIIHH", content[:16]))
    rest = content[16:]
    if int.from_bytes(content[:2], "big") == EXTENSIBLE and len(rest) >= 24:
        return plain + struct.pack("<HHIIHH", *struct.unpack(">HHIIHH", rest[:16])) + rest[16:]
    return plain + (struct.pack("<H", *struct.unpack(">H", rest[:2])) + rest[2:] if len(rest) >= 2 else rest)

"""Reads what FFmpeg does not tell of MP3 and AAC: the setting of each frame, and what the index of an MP3 counts.

FFmpeg takes the length of an MP3 from the index where the file is as long as the index says, and guesses it from the
bytes where it is not: a tag behind the sound or a second file joined to the first then looks like missing sound.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from qa_pipeline.audio.formats import HEADER_BYTES, id3_end

_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""By the field "version": MPEG-1, MPEG-2, and the extension called 2.5."""
_ADTS_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_ADTS_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_MPEG_1, _MONO = 3, 3
_VBRI_AT = 36
_HAS_FRAMES, _HAS_BYTES = 1, 2


@dataclass(frozen=True)
class FrameSetting:
    """How a frame is coded; `samples` per channel."""

    channels: int
    sample_rate: int
    samples: int


def adts_setting(frame: bytes) -> FrameSetting | None:
    """The setting of an AAC frame with an ADTS header; None for other bytes, or where the sound itself gives its
    channels (configuration 0)."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        return None
    rate, configuration = frame[2] >> 2 & 15, (frame[2] & 1) << 2 | frame[3] >> 6
    if rate >= len(_ADTS_RATES_HZ) or not configuration:
        return None
    return FrameSetting(_ADTS_CHANNELS[configuration], _ADTS_RATES_HZ[rate], samples=1024)


@dataclass(frozen=True)
class Mp3Index:
    """What the index frame (Xing, Info or VBRI) counts: seconds of sound, and bytes from the index to the end."""

    duration_s: float
    promised_bytes: int
    present_bytes: int


def mp3_setting(frame: bytes) -> FrameSetting | None:
    """The setting of a Layer III frame; None for bytes that begin otherwise, such as a tag between two frames."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return None
    version, rate = frame[1] >> 3 & 3, frame[2] >> 2 & 3
    if version == 1 or rate == 3:
        return None
    return FrameSetting(
        channels=1 if frame[3] >> 6 == _MONO else 2,
        sample_rate=_RATES_HZ[version][rate],
        samples=1152 if version == _MPEG_1 else 576,
    )


def is_sound(packet: bytes) -> bool:
    """Whether a packet of an MP3 is a frame of sound; a tag or the index of a second file joined to the first isn't."""
    setting = mp3_setting(packet)
    return setting is not None and not any(packet[at : at + 4] in marks for at, marks in _index_places(packet, setting))


def read_index(file: BinaryIO, end: int) -> Mp3Index | None:
    """The index of a file whose sound ends at byte `end`; None if it has none, or one that does not count both frames
    and bytes. The file's position is moved."""
    start = id3_end(file)
    file.seek(start)
    head = file.read(HEADER_BYTES).lstrip(b"\x00")
    setting = mp3_setting(head)
    if setting is None:
        return None
    for at, marks in _index_places(head, setting):
        if head[at : at + 4] in marks:
            counted = _counted(head[at:])
            if counted is None:
                return None
            frames, size = counted
            return Mp3Index(frames * setting.samples / setting.sample_rate, size, end - start)
    return None


def _index_places(frame: bytes, setting: FrameSetting) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
    """Where an index stands in its frame: Xing and Info where the side information ends, VBRI always in one place."""
    is_mpeg_1 = frame[1] >> 3 & 3 == _MPEG_1
    side = (17 if setting.channels == 1 else 32) if is_mpeg_1 else (9 if setting.channels == 1 else 17)
    return (4 + side, (b"Xing", b"Info")), (_VBRI_AT, (b"VBRI",))


def _counted(index: bytes) -> tuple[int, int] | None:
    """Frames and bytes, None where it lacks one."""
    if index.startswith(b"VBRI"):
        if len(index) < 18:
            return None
        size, frames = struct.unpack_from(">II", index, 10)
    else:
        if len(index) < 16 or index[7] & (_HAS_FRAMES | _HAS_BYTES) != _HAS_FRAMES | _HAS_BYTES:
            return None
        frames, size = struct.unpack_from(">II", index, 8)
    return (frames, size) if frames and size else None

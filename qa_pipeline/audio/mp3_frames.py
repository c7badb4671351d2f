"""The frames of MPEG layer 3: how long each is, and what stands in the first one in place of sound.

ISO/IEC 11172-3 and 13818-3 for the frames. The first of most files is silent and holds a table (`Xing` or `Info`),
behind which encoders note how many samples of padding come before the sound; no standard says so, all players go by it.
"""

from __future__ import annotations

from dataclasses import dataclass

LAYER_3, MPEG_1 = 1, 3
RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBPS = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Of MPEG-1 or not."""

_HEAD_BYTES, _MONO = 4, 3
_SIDE_BYTES = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}
"""Of MPEG-1 or not, and of one channel or two: what stands between the head of a frame and its sound."""

_FIELDS = ((1, 4), (2, 4), (4, 100), (8, 4))
"""Of the table: the flag that says that a field is there, and its length."""

_PADDING_AT = 21
"""From the name of the encoder on."""

_ENCODERS = (b"LAME", b"Lavf", b"Lavc")
DECODER_DELAY = 529
"""Samples by which every decoder is late, left out with the encoder's padding."""


@dataclass(frozen=True, slots=True)
class Mp3Lead:
    """Bytes of a first frame that is no sound, and samples in front of the sound that players leave out."""

    table_bytes: int
    samples: int


def frame_bytes(block: bytes, at: int) -> int:
    """Bytes of the frame that begins at a place of a block; 0 where none begins there."""
    head = block[at : at + _HEAD_BYTES]
    if len(head) < _HEAD_BYTES or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer, kbps, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer != LAYER_3 or rate == 3 or not 0 < kbps < 15:
        return 0
    bits_per_s = _KBPS[version == MPEG_1][kbps - 1] * 1000
    return (144 if version == MPEG_1 else 72) * bits_per_s // RATES_HZ[version][rate] + (head[2] >> 1 & 1)


def samples_of(head: bytes) -> int:
    """Samples that a frame with this head gives each channel."""
    return 1152 if head[1] >> 3 & 3 == MPEG_1 else 576


def lead_of(frame: bytes) -> Mp3Lead | None:
    """What the first frame of a file says; None where it is a table of a kind that is not known here."""
    is_first, is_mono = frame[1] >> 3 & 3 == MPEG_1, frame[3] >> 6 == _MONO
    if frame[_HEAD_BYTES + 32 :][:4] == b"VBRI":
        return None
    at = _HEAD_BYTES + _SIDE_BYTES[is_first, is_mono]
    if frame[at : at + 4] not in (b"Xing", b"Info"):
        return Mp3Lead(0, 0)
    flags = int.from_bytes(frame[at + 4 : at + 8], "big")
    at += 8 + sum(length for flag, length in _FIELDS if flags & flag)
    if frame[at : at + 4] not in _ENCODERS:
        return Mp3Lead(len(frame), 0)
    padding = int.from_bytes(frame[at + _PADDING_AT : at + _PADDING_AT + 3], "big")
    return Mp3Lead(len(frame), (padding >> 12) + DECODER_DELAY)

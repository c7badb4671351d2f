"""The header of a WAV file of 16-bit PCM, made before a sample is decoded."""

from __future__ import annotations

import struct

HEADER_BYTES = 44
MOST_DATA_BYTES = 0xFFFF_FFFF - HEADER_BYTES
"""Sizes are counted in 32 bits."""


def wav_header(*, channels: int, sample_rate: int, data_bytes: int) -> bytes:
    """The first 44 bytes. `data_bytes` at most `MOST_DATA_BYTES`."""
    frame_bytes = 2 * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        data_bytes + HEADER_BYTES - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        channels,
        sample_rate,
        sample_rate * frame_bytes,
        frame_bytes,
        16,
        b"data",
        data_bytes,
    )

"""Recordings in the shapes that recorders, browsers and phone systems give their containers, made when they are asked
for.

The sound is six seconds of two parties: marks of a tone on a quiet line, the agent's at 0.5, 2 and 5 s, the customer's
at 1.2, 3 and 5.4 s, each 0.3 s long. So a test sees whether sound is where its time stamps say.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
SECONDS = 6.0
MARK_S = 0.3
MARKS_S = ((0.5, 2.0, 5.0), (1.2, 3.0, 5.4))
_FAST = {"libopus": {"compression_level": "0"}, "aac": {"aac_coder": "fast"}, "libmp3lame": {"compression_level": "9"}}
LAYOUTS = {1: "mono", 2: "stereo", 8: "7.1"}


def marked(rate: int, *, channels: tuple[int, ...] = (0, 1), begin_s: float = 0.0, end_s: float = SECONDS) -> Samples:
    """Shape (channels, samples): the six seconds or a part of them; 0 is the agent's channel, 1 the customer's."""
    return _six_seconds(rate, channels)[:, round(begin_s * rate) : round(end_s * rate)]


@functools.cache
def _six_seconds(rate: int, channels: tuple[int, ...]) -> Samples:
    at_s = np.arange(round(SECONDS * rate)) / rate
    rows = []
    for channel in channels:
        level = sum(((at_s >= mark) & (at_s < mark + MARK_S)).astype(float) for mark in MARKS_S[channel])
        rows.append(12000 * level * np.sin(2 * np.pi * (700 + 300 * channel) * at_s))
    line = np.random.default_rng(3).normal(0, 8, (len(rows), at_s.size))
    return (np.stack(rows) + line).astype(np.int16)


def marks_heard(channel: Samples, rate: int) -> list[float]:
    """Where the marks of a channel begin, in seconds: 20 ms windows that are loud after a quiet one."""
    width = rate // 50
    windows = channel[: channel.size - channel.size % width].reshape(-1, width).astype(float)
    loud = np.sqrt((windows**2).mean(axis=1)) > 1500
    begins = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    apart: list[float] = []
    for begin in begins / 50:
        if not apart or begin - apart[-1] > MARK_S:
            apart.append(float(begin))
    return apart


Packets = list[tuple[int, int | None, bytes]]


def encoded(
    container_format: str,
    codec: str,
    rate: int,
    samples: Samples | Sequence[Samples],
    *,
    without_s: Sequence[tuple[float, float]] = (),
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    seekable: bool = True,
    starts_s: Sequence[float] = (),
) -> bytes:
    """A file of one track for each array of samples. Packets that begin in a span of `without_s` are left out, with
    the others' time stamps as they were; the tracks begin at `starts_s`."""
    tracks = [samples] if isinstance(samples, np.ndarray) else list(samples)
    buffer = io.BytesIO() if seekable else _Pipe()
    with av.open(buffer, "w", format=container_format, options=options or {}) as container:
        streams = []
        for track in tracks:
            stream = container.add_stream(codec, rate=rate, layout=LAYOUTS[len(track)])
            stream.codec_context.options = {**_FAST.get(codec, {}), **(codec_options or {})}
            streams.append(stream)
        for index, (stream, track) in enumerate(zip(streams, tracks, strict=True)):
            late_s = starts_s[index] if starts_s else 0.0
            for packet in packets_of(stream, track, rate):
                begin_s = float(packet.pts * packet.time_base)
                if any(begin <= begin_s < end for begin, end in without_s):
                    continue
                shift = round(late_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                container.mux(packet)
    return buffer.getvalue()


class _Pipe:
    """What a recorder that streams writes into: nothing can be put right at the beginning afterwards."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def getvalue(self) -> bytes:
        return b"".join(self._parts)


def packets_of(stream: Any, samples: Samples, rate: int) -> Iterator[Any]:
    """The samples as the stream's encoder packs them."""
    layout = LAYOUTS[len(samples)]
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
    frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1).copy(), format="s16", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    fifo = av.AudioFifo()
    for converted in resampler.resample(frame):
        fifo.write(converted)
    size = stream.codec_context.frame_size or 1024
    while piece := fifo.read(size) or fifo.read(0, partial=True):
        yield from stream.encode(piece)
    yield from stream.encode(None)


@functools.cache
def whole(container_format: str, codec: str, rate: int) -> bytes:
    """The six seconds in stereo."""
    return encoded(container_format, codec, rate, marked(rate))


@functools.cache
def halves(container_format: str, codec: str, rate: int) -> tuple[bytes, bytes]:
    """The six seconds as two files of three."""
    first, second = (marked(rate, begin_s=begin_s, end_s=begin_s + 3.0) for begin_s in (0.0, 3.0))
    return encoded(container_format, codec, rate, first), encoded(container_format, codec, rate, second)


def live(container_format: str, codec: str, rate: int, **more: Any) -> bytes:
    """As a browser records: no duration, no sizes of what is not finished, no index."""
    return encoded(container_format, codec, rate, marked(rate), options={"live": "1"}, seekable=False, **more)


def fragmented(codec: str, rate: int, **more: Any) -> bytes:
    """An MP4 in fragments of half a second, each with the time at which it begins."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}
    return encoded("mp4", codec, rate, marked(rate), options=options, **more)


def with_duration(webm: bytes, seconds: float) -> bytes:
    """A Matroska file whose Duration (element 0x4489, milliseconds as a double) was written by a page's clock."""
    at = webm.index(b"\x44\x89\x88")
    return webm[: at + 3] + struct.pack(">d", seconds * 1000) + webm[at + 11 :]


def _ogg_crc_table() -> list[int]:
    table = []
    for value in range(256):
        crc = value << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
        table.append(crc)
    return table


_CRC = _ogg_crc_table()


def _ogg_crc(page: bytes) -> int:
    crc = 0
    for byte in page:
        crc = (crc << 8 ^ _CRC[crc >> 24 ^ byte]) & 0xFFFFFFFF
    return crc


def with_granules(ogg: bytes, count: Callable[[int], int]) -> bytes:
    """An Ogg file whose pages count otherwise (RFC 3533: the granule position is at byte 6, the checksum at 22)."""
    pages, at = [], 0
    while at < len(ogg):
        segments = ogg[at + 26]
        size = 27 + segments + sum(ogg[at + 27 : at + 27 + segments])
        page = bytearray(ogg[at : at + size])
        granule = struct.unpack_from("<q", page, 6)[0]
        struct.pack_into(
            "<qII", page, 6, count(granule) if granule > 0 else granule, *struct.unpack_from("<II", page, 14)
        )
        page[22:26] = bytes(4)
        page[22:26] = struct.pack("<I", _ogg_crc(bytes(page)))
        pages.append(bytes(page))
        at += size
    return b"".join(pages)


PICTURE = b"\xff\xd8\xff\xe0" + b"\xff\xfb\x90\x64\xff\xe3\x18\xc4\x00\x00" * 300
"""What a tag may hold: bytes that look like the beginnings of frames."""


def ape(content: bytes = PICTURE, *, header: bool = True) -> bytes:
    """An APEv2 tag."""
    item = struct.pack("<II", len(content), 2) + b"Cover Art (Front)\x00" + content
    flags = (1 << 31 if header else 0) | 0

    def mark(is_header: bool) -> bytes:
        both = flags | (1 << 29 if is_header else 0)
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, both) + bytes(8)

    return (mark(True) if header else b"") + item + mark(False)


def id3v1() -> bytes:
    """The oldest tag: 128 bytes."""
    return b"TAG" + b"call 77".ljust(125, b"\x00")


def id3v1_extended() -> bytes:
    """The 227 bytes that some writers put in front of it."""
    return b"TAG+" + bytes(223) + id3v1()


def id3v24(content: bytes = PICTURE) -> bytes:
    """An ID3v2.4 tag with its footer, appended."""
    size = bytes(len(content) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x10" + size + content + b"3DI\x04\x00\x10" + size


def lyrics3v2() -> bytes:
    """Lyrics3 with its size in six digits."""
    body = b"LYRICSBEGININD00002" + b"10" + b"LYR%05d" % 2000 + b"[00:01]good day " * 125
    return body + b"%06dLYRICS200" % len(body)


def lyrics3v1() -> bytes:
    """Lyrics3 that has to be searched for."""
    return b"LYRICSBEGIN" + b"[00:01]good day " * 100 + b"LYRICSEND"


def mp3(samples: Samples, rate: int, *, kbps: int = 32, xing: bool = True) -> bytes:
    """An MP3, with an index or without."""
    options = {"write_xing": "1" if xing else "0", "id3v2_version": "0"}
    return encoded("mp3", "libmp3lame", rate, samples, options=options, codec_options={"b": f"{kbps}k"})

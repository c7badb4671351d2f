"""Tells a container format from the bytes of the file, never from its name.

FFmpeg guesses a format by trying every demuxer it has, and some of those read other files: a text file called
`call.wav` can be a playlist that names a file elsewhere on the machine. So the format is decided here, from
signatures of real audio containers only, and FFmpeg is told to use that one demuxer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

HEADER_BYTES = 4096
"""How much of a file `sniff` wants to see; an ID3 tag in front is skipped first (see `sniff_stream`)."""

_ID3_HEADER_BYTES = 10
_MAX_ID3_TAGS = 8
_EBML_DOCTYPE = b"\x42\x82"
_ASF_GUID = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_W64_GUID = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_TS_PACKET_BYTES = 188

# Bit rates in kbit/s by layer and sample rates in Hz, by the two header fields (ISO 11172-3, 13818-3, and the "2.5"
# extension for 8, 11.025 and 12 kHz).
_KBPS_V1 = {
    1: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_KBPS_V2_LAYER_1 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)
_KBPS_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HZ_V1 = (44100, 48000, 32000)


@dataclass(frozen=True)
class ContainerFormat:
    """A container: `name` as people and the speech service call it, `ffmpeg_format` is FFmpeg's demuxer."""

    name: str
    ffmpeg_format: str


_WAV = ContainerFormat("wav", "wav")
_MP3 = ContainerFormat("mp3", "mp3")
_MP2 = ContainerFormat("mp2", "mp3")
_MP1 = ContainerFormat("mp1", "mp3")
_AAC = ContainerFormat("aac", "aac")
_FLAC = ContainerFormat("flac", "flac")
_MP4 = ContainerFormat("mp4", "mov")

# (offset, signature) pairs that must all match.
_SIGNATURES: tuple[tuple[ContainerFormat, tuple[tuple[int, bytes], ...]], ...] = (
    (_WAV, ((0, b"RIFF"), (8, b"WAVE"))),
    (_WAV, ((0, b"RIFX"), (8, b"WAVE"))),
    (_WAV, ((0, b"RF64"), (8, b"WAVE"))),
    (_WAV, ((0, b"BW64"), (8, b"WAVE"))),
    (ContainerFormat("w64", "w64"), ((0, _W64_GUID),)),
    (ContainerFormat("avi", "avi"), ((0, b"RIFF"), (8, b"AVI "))),
    (ContainerFormat("ogg", "ogg"), ((0, b"OggS"),)),
    (_FLAC, ((0, b"fLaC"),)),
    (ContainerFormat("amr", "amr"), ((0, b"#!AMR\n"),)),
    (ContainerFormat("amr", "amr"), ((0, b"#!AMR-WB\n"),)),
    (ContainerFormat("aiff", "aiff"), ((0, b"FORM"), (8, b"AIFF"))),
    (ContainerFormat("aiff", "aiff"), ((0, b"FORM"), (8, b"AIFC"))),
    (ContainerFormat("au", "au"), ((0, b".snd"),)),
    (ContainerFormat("wma", "asf"), ((0, _ASF_GUID),)),
    (ContainerFormat("flv", "flv"), ((0, b"FLV\x01"),)),
    (ContainerFormat("mpeg", "mpeg"), ((0, b"\x00\x00\x01\xba"),)),
    (ContainerFormat("caf", "caf"), ((0, b"caff\x00\x01"),)),
    (ContainerFormat("sph", "nistsphere"), ((0, b"NIST_1A\n"),)),
)

_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jpx "})
_ISO_BRANDS = {b"M4A ": "m4a", b"M4B ": "m4a", b"M4P ": "m4a", b"qt  ": "mov"}


def sniff(header: bytes) -> ContainerFormat | None:
    """The container whose signature `header` (the first `HEADER_BYTES` of the file) carries, or None."""
    for container, marks in _SIGNATURES:
        if all(header[offset : offset + len(mark)] == mark for offset, mark in marks):
            return container
    for look in (_sniff_iso_media, _sniff_matroska, _sniff_transport_stream):
        found = look(header)
        if found is not None:
            return found
    return _sniff_bare_frames(header)


def sniff_stream(stream: BinaryIO) -> ContainerFormat | None:
    """As `sniff`, for a seekable binary file; looks behind ID3 tags, which MP3, AAC and FLAC may all begin with.

    The stream is left at its beginning.
    """
    start = id3_end(stream)
    stream.seek(start)
    header = stream.read(HEADER_BYTES)
    stream.seek(0)
    if start:
        # A tag larger than the file, or one followed by silence, still says "MP3" more than anything else.
        return _sniff_bare_frames(header) or (_FLAC if header.startswith(b"fLaC") else _MP3)
    return sniff(header)


def id3_end(stream: BinaryIO) -> int:
    """Offset of the first byte behind the ID3v2 tags at the beginning of the file (0 when there are none)."""
    end = 0
    for _ in range(_MAX_ID3_TAGS):
        stream.seek(end)
        head = stream.read(_ID3_HEADER_BYTES)
        if len(head) < _ID3_HEADER_BYTES or head[:3] != b"ID3" or max(head[6:10]) > 0x7F:
            break
        # Four bytes of seven bits each; flag 0x10 announces a footer of ten more bytes.
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        end += _ID3_HEADER_BYTES + size + (_ID3_HEADER_BYTES if head[5] & 0x10 else 0)
    return end


def _sniff_iso_media(header: bytes) -> ContainerFormat | None:
    atom, brand = header[4:8], header[8:12]
    if atom == b"ftyp":
        if brand in _PICTURE_BRANDS:
            return None
        if brand[:2] == b"3g":
            return ContainerFormat("3gp", "mov")
        return ContainerFormat(_ISO_BRANDS.get(brand, "mp4"), "mov")
    if atom in (b"styp", b"moof", b"sidx"):
        return _MP4
    # QuickTime files older than the brand atom begin with their content.
    return ContainerFormat("mov", "mov") if atom in _QUICKTIME_ATOMS else None


def _sniff_matroska(header: bytes) -> ContainerFormat | None:
    if header[:4] != b"\x1aE\xdf\xa3":
        return None
    at = header.find(_EBML_DOCTYPE, 4, 64)
    doctype = header[at + 3 : at + 7] if at >= 0 else b""
    return ContainerFormat("webm" if doctype == b"webm" else "mkv", "matroska")


def _sniff_transport_stream(header: bytes) -> ContainerFormat | None:
    syncs = header[: 5 * _TS_PACKET_BYTES : _TS_PACKET_BYTES]
    return ContainerFormat("ts", "mpegts") if syncs == b"G" * 5 else None


def _sniff_bare_frames(header: bytes) -> ContainerFormat | None:
    """MPEG audio and ADTS have no file header: some frames in a row are asked for, as raw G.711 is full of 0xFF."""
    frames = header.lstrip(b"\x00")
    for container, frame_bytes, in_a_row in _BARE_FRAMES:
        if _begins_with_frames(frames, frame_bytes, in_a_row):
            return container
    return None


def _begins_with_frames(data: bytes, frame_bytes: Callable[[bytes], int], in_a_row: int) -> bool:
    """Whether so many frames follow each other, or as many as can be seen of the file."""
    for _ in range(in_a_row):
        size = frame_bytes(data)
        if not size:
            return False
        data = data[size:]
        # A frame that fills what we see of the file can't be checked against the next one.
        if len(data) < 4:
            return True
    return True


def _mpeg_frame_bytes(frame: bytes, layer: int) -> int:
    """Length of the MPEG audio frame of that layer that `frame` begins with, 0 if it doesn't."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE0 | (4 - layer) << 1:
        return 0
    version, kbps_index, hz_index = frame[1] >> 3 & 3, frame[2] >> 4, frame[2] >> 2 & 3
    if version == 1 or kbps_index in (0, 15) or hz_index == 3:
        return 0
    kbps = _KBPS_V1[layer][kbps_index] if version == 3 else (_KBPS_V2_LAYER_1 if layer == 1 else _KBPS_V2)[kbps_index]
    hz, padding = _HZ_V1[hz_index] >> {3: 0, 2: 1, 0: 2}[version], frame[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbps // hz + padding) * 4
    return (144_000 if version == 3 or layer == 2 else 72_000) * kbps // hz + padding


def _adts_frame_bytes(frame: bytes) -> int:
    """Length of the ADTS frame that `frame` begins with, 0 if it doesn't (layer bits 0, known sample rate)."""
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0 or frame[2] >> 2 & 15 > 12:
        return 0
    size = (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5
    return size if size > 7 else 0


# Container, length of a frame, and how many in a row are asked for: the marks of layers I and II are the weaker ones.
_BARE_FRAMES: tuple[tuple[ContainerFormat, Callable[[bytes], int], int], ...] = (
    (_MP3, partial(_mpeg_frame_bytes, layer=3), 2),
    (_AAC, _adts_frame_bytes, 2),
    (_MP2, partial(_mpeg_frame_bytes, layer=2), 3),
    (_MP1, partial(_mpeg_frame_bytes, layer=1), 3),
)

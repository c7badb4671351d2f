"""Finds the sound of a WAV file by its chunks: what FFmpeg keeps to itself, and what it would not look for.

For PCM FFmpeg reports the promised length, for G.711 and other codings it measures the file instead, so a call cut off
in the middle would look whole. And it believes a header that counts too little: of a recorder that died before it
closed the file, and of files joined with `cat`, everything behind the counted end would be lost without a word.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Literal

from qa_pipeline.audio.formats import HEADER_BYTES, sniff
from qa_pipeline.audio.strangers import describe_stranger, is_text, looks_random

UNKNOWN_LENGTH_BYTES = 0x7FFF_0000
"""Recorders that write to a pipe can't know the size and claim 0 or (almost) the most they can, 2 or 4 GiB."""

LEAST_UNCOUNTED_S = 0.05
"""Less than this behind the counted end is not taken for sound: signatures and other trailers are that short."""

PCM, FLOATS, EXTENSIBLE = 1, 3, 0xFFFE
_PLAIN = (PCM, FLOATS, 6, 7)
"""Codings without memory; 6 and 7 are A-law and µ-law."""

_MAX_CHUNKS = 10_000
_HEAD_BYTES = 12
_CHUNK_HEADER_BYTES = 8
_MOST_FORMAT_BYTES = 64 * 1024
_NOT_IN_32_BITS = 0xFFFF_FFFF
_MOST_BYTES = 1 << 62
_BLOCK_BYTES = 1024 * 1024
_ZEROS = bytes(_BLOCK_BYTES)
_CLOSING_BYTES = 64 * 1024
"""Behind sound whose length nobody counted, closing chunks are looked for in so many bytes at the end."""

_MAGICS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
# What recorders and editors write beside the sound.
_KNOWN_CHUNKS = frozenset(
    {b"LIST", b"list", b"bext", b"iXML", b"axml", b"cue ", b"plst", b"labl", b"note", b"smpl", b"inst", b"fact",
     b"PEAK", b"JUNK", b"junk", b"PAD ", b"FLLR", b"id3 ", b"ID3 ", b"_PMX", b"DISP", b"minf", b"elm1", b"umid",
     b"aXML", b"levl", b"link", b"chna", b"qlty", b"mext", b"cart", b"acid", b"strc", b"afsp"}
)  # fmt: skip
_TAGS = (b"TAG", b"APETAGEX", b"ID3", b"LYRICSBEGIN")

ByteOrder = Literal["big", "little"]
Piece = tuple[int, int]
"""(begin, end) in bytes of the file."""


@dataclass(frozen=True)
class WavSound:
    """Where the sound of a WAV file lies.

    `format` is the content of the chunk `fmt `, in the file's byte `order`. `pieces` are in the order of the file.
    `believed` is what a reader takes for the sound that believes the first header; None where it would find none.
    `missing_bytes` are promised and not there. `other_format`, (begin, content of its `fmt `), is a WAV file behind the
    first one that is of another format and so can't be joined to it; nothing from there on is in `pieces`.
    """

    order: ByteOrder
    format: bytes
    pieces: tuple[Piece, ...]
    believed: Piece | None
    missing_bytes: int
    other_format: tuple[int, bytes] | None

    @property
    def present_bytes(self) -> int:
        """Bytes of sound that are there."""
        return sum(end - begin for begin, end in self.pieces)

    @property
    def bytes_per_s(self) -> int:
        """What a second takes, as the header says; 0 where it does not."""
        return int.from_bytes(self.format[8:12], self.order)

    @property
    def sample_bytes(self) -> int:
        """Bytes that one sample of uncompressed sound is stored in; 1 for everything else."""
        channels, frame_bytes = (int.from_bytes(self.format[at : at + 2], self.order) for at in (2, 12))
        return max(1, frame_bytes // max(1, channels)) if self.coding in (PCM, FLOATS) else 1

    @property
    def coding(self) -> int:
        """The format's number; of an extensible one the number inside."""
        return _coding(self.format, self.order)

    @property
    def has_known_order(self) -> bool:
        """Whether it is known what the file's byte order means for the samples: of compressed ones no page says it."""
        return self.order == "little" or self.coding in _PLAIN

    @property
    def is_swapped(self) -> bool:
        """Whether samples have their highest byte first, which FFmpeg's reader of WAV files does not turn round."""
        return self.order == "big" and self.sample_bytes > 1

    @property
    def unheard_bytes(self) -> int:
        """Bytes of sound that a reader misses who believes the first header."""
        begin, end = self.believed or (0, 0)
        heard = sum(max(0, min(end, piece[1]) - max(begin, piece[0])) for piece in self.pieces)
        return self.present_bytes - heard

    @property
    def is_misread_by_others(self) -> bool:
        """Whether a reader that believes the header hears something else than what is meant."""
        return self.order == "big" or len(self.pieces) != 1 or self.unheard_bytes > 0


@dataclass(frozen=True)
class _Header:
    order: ByteOrder
    format: bytes
    data_at: int
    end: int | None
    """Where the data chunk ends by its own count; None where the recorder did not know."""
    claims_nothing: bool

    @property
    def kind(self) -> tuple[object, ...]:
        """What two files must share to be one sound."""
        return self.order, _coding(self.format, self.order), self.format[2:8], self.format[12:16]


@dataclass(frozen=True)
class _Behind:
    """What follows the counted end of the sound: more of it up to `goes_on_to`, further data chunks, a WAV file."""

    goes_on_to: int | None = None
    pieces: tuple[Piece, ...] = ()
    following: int | None = None


@dataclass
class _Tail:
    """What lies from `begin` to the end of a file; gigabytes of zeros there are read once, whoever asks."""

    file: BinaryIO
    begin: int
    size: int

    @cached_property
    def filled_to(self) -> int:
        """Where nothing but zeros is left."""
        return last_filled(self.file, self.begin, self.size)


def find_sound(file: BinaryIO) -> WavSound | None:
    """Where the sound of a RIFF, RIFX, RF64 or BW64 file lies; None for a file without a data chunk.

    Behind the end that a header counts, what is neither a chunk nor a tag, text or zeros is sound that the header does
    not count. Whole WAV files one after the other are one sound. The file's position is moved.
    """
    size = os.fstat(file.fileno()).st_size
    first = header = _read_header(file, 0, size)
    if first is None:
        return None
    pieces: list[Piece] = []
    missing, other = 0, None
    while header is not None:
        found, following, missing = _sound_of(file, header, size)
        pieces += found
        header = _read_header(file, following, size) if following is not None else None
        if header is not None and header.kind != first.kind:
            other = (following or 0, header.format)
            header = None
    return WavSound(
        order=first.order,
        format=first.format,
        pieces=tuple(piece for piece in pieces if piece[1] > piece[0]) or (pieces[0],),
        believed=None if first.claims_nothing else (first.data_at, min(size if first.end is None else first.end, size)),
        missing_bytes=missing,
        other_format=other,
    )


def _sound_of(file: BinaryIO, header: _Header, size: int) -> tuple[list[Piece], int | None, int]:
    """The sound of one header, where the next WAV file begins (None: there is none), and how many bytes are missing."""
    begin, end = header.data_at, header.end
    if end is None:
        following = _next_beginning(file, begin, size)
        until = _before_closing_chunks(file, begin, size) if following is None else following
        return [(begin, until)], following, 0
    if end > size:
        following = _next_beginning(file, begin, size)
        return [(begin, size if following is None else following)], following, end - size if following is None else 0
    behind = _look_behind(file, header, end, size)
    return [(begin, behind.goes_on_to or end), *behind.pieces], behind.following, 0


def _read_header(file: BinaryIO, at: int, size: int) -> _Header | None:
    """The header that begins at `at`, up to its data chunk; None if there is no such header."""
    file.seek(at)
    head = file.read(_HEAD_BYTES)
    if head[:4] not in _MAGICS or head[8:] != b"WAVE":
        return None
    order: ByteOrder = "big" if head[:4] == b"RIFX" else "little"
    is_large = head[:4] in (b"RF64", b"BW64")
    large_bytes, content = 0, b""
    at += _HEAD_BYTES
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(_CHUNK_HEADER_BYTES)
        if len(head) < _CHUNK_HEADER_BYTES:
            return None
        kind, length = head[:4], int.from_bytes(head[4:], order)
        at += _CHUNK_HEADER_BYTES
        if kind == b"ds64":
            large_bytes = int.from_bytes(file.read(16)[8:], "little")
        elif kind == b"fmt ":
            content = file.read(min(length, _MOST_FORMAT_BYTES))
        elif kind == b"data":
            if len(content) < 16:
                return None
            counted = _counted(file, at, length, size, order, large_bytes)
            end = None if counted is None else at + counted
            return _Header(order, content, at, end, claims_nothing=is_large and counted is None)
        at += length + length % 2
    return None


def _counted(file: BinaryIO, at: int, length: int, size: int, order: ByteOrder, large_bytes: int) -> int | None:
    """The length of the data chunk at `at` in bytes, None where it was never filled in."""
    if length == _NOT_IN_32_BITS and 0 < large_bytes < _MOST_BYTES:
        return large_bytes
    if length == 0 and at + _CHUNK_HEADER_BYTES <= size:
        file.seek(at)
        if any(file.read(_CHUNK_HEADER_BYTES)) and _walk(_Tail(file, at, size), at, order) is not None:
            return 0  # chunks follow at once: there really is no sound
    return None if length == 0 or length >= UNKNOWN_LENGTH_BYTES else length


def _look_behind(file: BinaryIO, header: _Header, end: int, size: int) -> _Behind:
    tail = _Tail(file, end, size)
    for at in dict.fromkeys((end + (end - header.data_at) % 2, end)):
        if at + _CHUNK_HEADER_BYTES > size:
            return _Behind()
        walked = _walk(tail, at, header.order)
        if walked is not None:
            return walked
    file.seek(end)
    start = file.read(HEADER_BYTES).lstrip(b"\0")  # sound of an odd length may have a byte of padding
    if _is_foreign(start):
        return _Behind()
    following = _next_beginning(file, end, tail.filled_to)
    if is_text(start):
        return _Behind(None, (), following)
    last = tail.filled_to if following is None else last_filled(file, end, following)
    return _Behind(_sound_end(file, header, end, last, size if following is None else following), (), following)


def _walk(tail: _Tail, at: int, order: ByteOrder) -> _Behind | None:
    """Reads chunk after chunk from `at` to the end or the next WAV file; None if what lies there isn't chunks."""
    file, size = tail.file, tail.size
    pieces: list[Piece] = []
    is_known = False
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(_HEAD_BYTES)
        if len(head) < _CHUNK_HEADER_BYTES:
            return _Behind(None, tuple(pieces)) if is_known or not any(head) else None
        if head[:4] in _MAGICS and head[8:] == b"WAVE":
            return _Behind(None, tuple(pieces), at)
        kind, length = head[:4], int.from_bytes(head[4:8], order)
        content = at + _CHUNK_HEADER_BYTES
        if kind == b"data":
            pieces.append((content, min(content + length, size)))
            is_known = True
        elif kind in _KNOWN_CHUNKS:
            is_known = True
        elif not any(head) and tail.filled_to <= at:
            return _Behind(None, tuple(pieces))
        elif not (_is_printable(kind) and content + length <= size + 1):
            return _Behind(None, tuple(pieces), _next_beginning(file, at, tail.filled_to)) if is_known else None
        at = content + length + length % 2
    return None


def _sound_end(file: BinaryIO, header: _Header, begin: int, last: int, end: int) -> int | None:
    """Where the sound ends that goes on from `begin`, the counted end, at most to `end`; None if it does not go on.
    Behind `last` there are only zeros."""
    bytes_per_s = int.from_bytes(header.format[8:12], header.order) or 8_000
    if last - begin < LEAST_UNCOUNTED_S * bytes_per_s:
        return None
    file.seek(begin)
    if _coding(header.format, header.order) in _PLAIN and looks_random(file.read(min(_BLOCK_BYTES, last - begin))):
        return None
    until = _before_closing_chunks(file, begin, last)
    frame_bytes = int.from_bytes(header.format[12:14], header.order) or 1
    return min(end, until + (header.data_at - until) % frame_bytes)


def _before_closing_chunks(file: BinaryIO, begin: int, end: int) -> int:
    """Where chunks begin that reach exactly to `end`; `end` if there are none."""
    window_at = max(begin, end - _CLOSING_BYTES)
    file.seek(window_at)
    window = file.read(end - window_at)
    found = [at for kind in _KNOWN_CHUNKS if (at := window.find(kind)) >= 0]
    for at in sorted(found):
        position = at
        while position + _CHUNK_HEADER_BYTES <= len(window) and _is_printable(window[position : position + 4]):
            length = int.from_bytes(window[position + 4 : position + 8], "little")
            position += _CHUNK_HEADER_BYTES + length + length % 2
        if len(window) <= position <= len(window) + 1:
            return window_at + at
    return end


def _next_beginning(file: BinaryIO, begin: int, end: int) -> int | None:
    """Where the next WAV file begins whose header can be read."""
    at = begin
    while at + _HEAD_BYTES <= end:
        file.seek(at)
        block = file.read(min(_BLOCK_BYTES, end - at))
        if len(block) < _HEAD_BYTES:
            return None
        found = block.find(b"WAVE", 8)
        while found >= 0:
            start = at + found - 8
            if block[found - 8 : found - 4] in _MAGICS and _read_header(file, start, end) is not None:
                return start
            found = block.find(b"WAVE", found + 1)
        at += len(block) - _HEAD_BYTES + 1
    return None


def _is_foreign(start: bytes) -> bool:
    """Whether what lies behind the sound begins as a tag or another kind of file, in which nothing is looked for."""
    if start[:4] in _MAGICS or is_text(start):
        return False
    return start.startswith(_TAGS) or sniff(start) is not None or describe_stranger(start) is not None


def chunks_follow(file: BinaryIO, at: int, size: int, order: ByteOrder) -> bool:
    """Whether what lies from `at` to the end of the file is chunks, or nothing but zeros. Moves the file's position."""
    return at + _CHUNK_HEADER_BYTES > size or _walk(_Tail(file, at, size), at, order) is not None


def last_filled(file: BinaryIO, begin: int, end: int) -> int:
    """The end of the last byte other than zero between two places; `begin` if there is none."""
    while end > begin:
        at = max(begin, end - _BLOCK_BYTES)
        file.seek(at)
        block = file.read(end - at)
        if not _is_blank(block):
            return at + len(block.rstrip(b"\0"))
        end = at
    return begin


def _is_blank(block: bytes) -> bool:
    return block == (_ZEROS if len(block) == len(_ZEROS) else bytes(len(block)))


def _is_printable(kind: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in kind)


def _coding(content: bytes, order: ByteOrder) -> int:
    tag = int.from_bytes(content[:2], order)
    return int.from_bytes(content[24:28], order) if tag == EXTENSIBLE and len(content) >= 28 else tag

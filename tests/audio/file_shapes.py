"""Makes small files of every shape in which recordings of the WAV family, and what is sent in their place, are met.

Each shape is a function of the samples; every recording lasts `SECONDS`, so that a test knows what is right.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Make = Callable[[], bytes]

RATE, SECONDS = 8000, 3.0


def two_voices() -> Samples:
    """Shape (2, samples): noise that swells like syllables, of another seed on each channel."""
    at_s = np.arange(round(RATE * SECONDS)) / RATE
    rows = []
    for channel in range(2):
        noise = np.random.default_rng(channel).normal(0, 2500, at_s.size)
        rows.append(noise * (0.55 + 0.45 * np.sin(2 * np.pi * (3 + channel) * at_s)))
    return np.stack(rows).clip(-32000, 32000).astype(np.int16)


VOICES = two_voices()
PCM = VOICES.T.astype("<i2").tobytes()


def chunk(kind: bytes, content: bytes, size: int | None = None, *, order: str = "<") -> bytes:
    """A RIFF chunk with its byte of padding; `size` is what its header claims."""
    return kind + struct.pack(order + "I", len(content) if size is None else size) + content + bytes(len(content) % 2)


def fmt(tag: int = 1, *, bits: int = 16, channels: int = 2, rate: int = RATE, order: str = "<") -> bytes:
    align = channels * bits // 8
    return chunk(b"fmt ", struct.pack(order + "HHIIHH", tag, channels, rate, rate * align, align, bits), order=order)


def extensible(bits: int = 16, tag: int = 1, *, order: str = "<") -> bytes:
    align = 2 * bits // 8
    plain = struct.pack(order + "HHIIHH", 0xFFFE, 2, RATE, RATE * align, align, bits)
    guid = struct.pack(order + "IHH", tag, 0, 0x10) + bytes.fromhex("800000aa00389b71")
    return chunk(b"fmt ", plain + struct.pack(order + "HHI", 22, bits, 3) + guid, order=order)


def riff(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None, order: str = "<") -> bytes:
    body = b"".join(chunks)
    return magic + struct.pack(order + "I", len(body) + 4 if size is None else size) + b"WAVE" + body


def wav(content: bytes = PCM, claim: int | None = None, header: bytes | None = None) -> bytes:
    return riff(fmt() if header is None else header, chunk(b"data", content, claim))


def stored(dtype: str, scale: float = 1.0) -> bytes:
    """The samples in another form of number."""
    return (VOICES.T.astype(np.float64) * scale).astype(dtype).tobytes()


def mu_law() -> bytes:
    """The samples in G.711 µ-law."""
    magnitude = np.minimum(np.abs(VOICES.T.astype(np.int32)) + 132, 32635 + 132)
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    code = np.where(VOICES.T < 0, 0x80, 0) | exponent << 4 | (magnitude >> (exponent + 3)) & 15
    return bytes((~code).astype(np.uint8).tobytes())


def twenty_four(order: str) -> bytes:
    wide = (VOICES.T.astype(np.int32) << 8).astype(order + "i4").tobytes()
    quads = np.frombuffer(wide, np.uint8).reshape(-1, 4)
    return bytes((quads[:, :3] if order == "<" else quads[:, 1:]).tobytes())


def rf64(claim: int, content: bytes = PCM, *, magic: bytes = b"RF64") -> bytes:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", claim and claim + 60, claim, 0, 0))
    return riff(ds64, fmt(), chunk(b"data", content, 0xFFFF_FFFF), magic=magic, size=0xFFFF_FFFF)


def w64(claim: int | None = None) -> bytes:
    def part(kind: bytes, content: bytes, size: int | None = None) -> bytes:
        guid = {
            b"fmt ": bytes.fromhex("666d7420f3acd3118cd100c04f8edb8a"),
            b"data": bytes.fromhex("64617461f3acd3118cd100c04f8edb8a"),
        }[kind]
        return guid + struct.pack("<Q", len(content) + 24 if size is None else size) + content

    body = part(b"fmt ", fmt()[8:]) + part(b"data", PCM, claim)
    riff_guid, wave_guid = "726966662e91cf11a5d628db04c10000", "77617665f3acd3118cd100c04f8edb8a"
    return bytes.fromhex(riff_guid) + struct.pack("<Q", len(body) + 40) + bytes.fromhex(wave_guid) + body


def aiff(frames: int | None = None, sound_bytes: int | None = None) -> bytes:
    data = VOICES.T.astype(">i2").tobytes()
    rate = struct.pack(">HQ", 16383 + 12, RATE << 51)
    comm = chunk(b"COMM", struct.pack(">hIh", 2, VOICES.shape[1] if frames is None else frames, 16) + rate, order=">")
    ssnd = chunk(b"SSND", struct.pack(">II", 0, 0) + data, sound_bytes, order=">")
    return b"FORM" + struct.pack(">I", 4 + len(comm) + len(ssnd)) + b"AIFF" + comm + ssnd


def au(claim: int) -> bytes:
    return struct.pack(">4sIIIII", b".snd", 24, claim, 3, RATE, 2) + VOICES.T.astype(">i2").tobytes()


LIST = chunk(b"LIST", b"INFOISFT" + struct.pack("<I", 10) + b"recorder 1")
HALF = len(PCM) // 3 // 4 * 4
FIRST, SECOND = PCM[:HALF], PCM[HALF:]

# The whole sound is there and is to be heard.
WHOLE: dict[str, Make] = {
    "plain": wav,
    "stale-size": lambda: wav(claim=HALF),
    "stale-size-odd": lambda: wav(claim=HALF + 1),
    "stale-by-a-little": lambda: wav(claim=len(PCM) - RATE // 2),
    "stale-riff-and-data": lambda: riff(fmt(), chunk(b"data", PCM, 4096), size=4096 + 36),
    "stale-then-list": lambda: riff(fmt(), chunk(b"data", PCM, HALF), LIST),
    "stale-then-reserved": lambda: wav(claim=HALF) + bytes(200_000),
    "stale-mulaw": lambda: riff(fmt(7, bits=8), chunk(b"data", mu_law(), 9000)),
    "stale-8-bit": lambda: riff(fmt(bits=8), chunk(b"data", stored("<i2")[1::2], 9000)),
    "cat": lambda: wav(FIRST) + wav(SECOND),
    "cat-of-three": lambda: wav(FIRST) + wav(SECOND[:8000]) + wav(SECOND[8000:]),
    "cat-with-lists": lambda: riff(fmt(), chunk(b"data", FIRST), LIST) + riff(LIST, fmt(), chunk(b"data", SECOND)),
    "cat-of-piped": lambda: wav(FIRST, 0xFFFF_FFFF) + wav(SECOND, 0xFFFF_FFFF),
    "cat-of-unclosed": lambda: wav(FIRST, 0) + wav(SECOND, 0),
    "cat-plain-and-extensible": lambda: wav(FIRST) + riff(extensible(), chunk(b"data", SECOND)),
    "recorder-that-began-anew": lambda: wav(FIRST, len(PCM) * 9) + wav(SECOND),
    "two-data-chunks": lambda: riff(fmt(), chunk(b"data", FIRST), LIST, chunk(b"data", SECOND)),
    "size-0": lambda: wav(claim=0),
    "size-ffffffff": lambda: wav(claim=0xFFFF_FFFF),
    "size-7fffffff": lambda: wav(claim=0x7FFF_FFFF),
    "size-0-then-list": lambda: wav(claim=0) + LIST,
    "riff-size-0": lambda: riff(fmt(), chunk(b"data", PCM), size=0),
    "list-before": lambda: riff(LIST, fmt(), LIST, chunk(b"data", PCM)),
    "list-behind": lambda: riff(fmt(), chunk(b"data", PCM), LIST),
    "odd-list": lambda: riff(chunk(b"LIST", b"INFOx"), fmt(), chunk(b"data", PCM)),
    "junk-before": lambda: riff(chunk(b"JUNK", bytes(28)), fmt(), chunk(b"data", PCM)),
    "bext-before": lambda: riff(chunk(b"bext", b"call".ljust(602, b"\0")), fmt(), chunk(b"data", PCM)),
    "id3-behind": lambda: riff(fmt(), chunk(b"data", PCM), chunk(b"id3 ", b"ID3\x04" + bytes(400))),
    "bare-id3v1-behind": lambda: wav() + b"TAG" + b"a call".ljust(125, b"\0"),
    "xml-behind": lambda: wav() + b"<call><agent>17</agent></call>" * 200,
    "zeros-behind": lambda: wav() + bytes(100_000),
    "noise-behind": lambda: wav() + random.Random(3).randbytes(20_000),
    "zip-behind": lambda: wav() + zipped(),
    "extensible": lambda: riff(extensible(), chunk(b"data", PCM)),
    "24-bit": lambda: riff(fmt(bits=24), chunk(b"data", twenty_four("<"))),
    "24-bit-extensible": lambda: riff(extensible(24), chunk(b"data", twenty_four("<"))),
    "32-bit": lambda: riff(fmt(bits=32), chunk(b"data", stored("<i4", 65536))),
    "float": lambda: riff(fmt(3, bits=32), chunk(b"data", stored("<f4", 1 / 32768))),
    "rifx": lambda: riff(fmt(order=">"), chunk(b"data", stored(">i2"), order=">"), magic=b"RIFX", order=">"),
    "rifx-24-bit": lambda: riff(
        fmt(bits=24, order=">"), chunk(b"data", twenty_four(">"), order=">"), magic=b"RIFX", order=">"
    ),
    "rifx-float": lambda: riff(
        fmt(3, bits=32, order=">"), chunk(b"data", stored(">f4", 1 / 32768), order=">"), magic=b"RIFX", order=">"
    ),
    "rifx-extensible": lambda: riff(
        extensible(order=">"), chunk(b"data", stored(">i2"), order=">"), magic=b"RIFX", order=">"
    ),
    "rifx-stale": lambda: riff(
        fmt(order=">"), chunk(b"data", stored(">i2"), HALF, order=">"), magic=b"RIFX", order=">"
    ),
    "rifx-size-0": lambda: riff(fmt(order=">"), chunk(b"data", stored(">i2"), 0, order=">"), magic=b"RIFX", order=">"),
    "rf64": lambda: rf64(len(PCM)),
    "rf64-never-closed": lambda: rf64(0),
    "rf64-stale": lambda: rf64(HALF),
    "bw64-never-closed": lambda: rf64(0, magic=b"BW64"),
    "rf64-without-ds64": lambda: riff(fmt(), chunk(b"data", PCM, 0xFFFF_FFFF), magic=b"RF64", size=0xFFFF_FFFF),
    "w64": w64,
    "aiff": aiff,
    "au": lambda: au(len(PCM)),
    "au-of-unknown-length": lambda: au(0xFFFF_FFFF),
}
COMPARED = frozenset(WHOLE) - {"stale-mulaw", "stale-8-bit"}
"""Those whose samples are `VOICES`, and not only as long."""

# Something is missing or can't be told: (the shape, the fault's code, words of its sentence).
BROKEN: dict[str, tuple[Make, str, str]] = {
    "promises-a-minute": (lambda: wav(claim=20 * len(PCM)), "truncated", "promises 60.00 s"),
    "second-of-a-cat-is-cut": (lambda: wav(FIRST) + wav(SECOND, 2 * len(PCM)), "truncated", "holds 3.00 s"),
    "cat-of-two-rates": (
        lambda: wav(FIRST) + riff(fmt(rate=16000), chunk(b"data", SECOND)), "unreadable", "at 16000 Hz",
    ),
    "cat-of-stereo-and-mono": (
        lambda: wav(FIRST) + riff(fmt(channels=1), chunk(b"data", SECOND)), "unreadable", "1 channel(s)",
    ),
    "rifx-adpcm": (
        lambda: riff(fmt(0x11, bits=4, order=">"), chunk(b"data", FIRST, order=">"), magic=b"RIFX", order=">"),
        "unreadable", "RIFX",
    ),
    "no-data-chunk": (lambda: riff(fmt(), LIST), "unreadable", "damaged"),
    "header-cut": (lambda: wav()[:30], "unreadable", "damaged"),
    "header-alone": (lambda: wav(b""), "empty_file", "without any sound"),
    "data-of-no-length": (lambda: riff(fmt(), chunk(b"data", b""), LIST), "empty_file", "without any sound"),
    "w64-cut": (lambda: w64()[: -len(PCM) // 2], "truncated", "promises"),
    "w64-stale": (lambda: w64(HALF + 24), "unreadable", "behind the end that its header counts"),
    "w64-never-closed": (lambda: w64(0), "unreadable", "behind the end that its header counts"),
    "w64-of-absurd-length": (lambda: w64((1 << 63) - 1), "unreadable", "damaged"),
    "w64-of-250-terabytes": (lambda: w64(250_688_651_228_952), "unreadable", "damaged"),
    "aiff-cut": (lambda: aiff()[: -len(PCM) // 2], "truncated", "promises"),
    "aiff-stale": (lambda: aiff(HALF // 4, HALF + 8), "unreadable", "behind the end that its header counts"),
    "aiff-never-closed": (lambda: aiff(0, 0), "unreadable", "behind the end that its header counts"),
}  # fmt: skip


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("c.wav", wav())
    return out.getvalue()


def tarred(kind: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        member = tarfile.TarInfo("c.wav")
        member.size = len(wav())
        archive.addfile(member, io.BytesIO(wav()))
    return out.getvalue()


def old_tar() -> bytes:
    """As before POSIX: without the mark `ustar`, the sum made anew."""
    data = tarred()
    head = data[:257] + bytes(8) + data[265:512]
    blanked = head[:148] + b" " * 8 + head[156:]
    return head[:148] + f"{sum(blanked):06o}\0 ".encode() + head[156:] + data[512:]


def rnd(size: int = 30_000) -> bytes:
    return random.Random(size).randbytes(size)


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 96044\r\n\r\n"

# What is no recording: (the content, words of the reason).
STRANGERS: dict[str, tuple[Make, str]] = {
    "openssl": (lambda: b"Salted__" + rnd(), "encrypted (OpenSSL)"),
    "openssl-base64": (lambda: base64.encodebytes(b"Salted__" + rnd()), "encrypted (OpenSSL"),
    "random": (rnd, "may be encrypted or has no header"),
    "pgp-public-key": (lambda: b"\x85\x01\x0c\x03" + rnd(267) + b"\xd2\xff\x01" + rnd(), "encrypted (OpenPGP)"),
    "pgp-passphrase": (lambda: b"\x8c\x0d\x04\x09\x03\x08" + rnd(9) + b"\xd2\xc0\x50\x01" + rnd(), "(OpenPGP)"),
    "pgp-new-format": (lambda: b"\xc1\xc0\x4c\x03" + rnd(267) + b"\xd2\xed\x01" + rnd(), "encrypted (OpenPGP)"),
    "pgp-armor": (lambda: b"-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(rnd(900)), "encrypted (OpenPGP)"),
    "age": (lambda: b"age-encryption.org/v1\n-> X25519 abc\n" + rnd(), "encrypted (age)"),
    "tar": (tarred, "tar archive"),
    "tar-gnu": (lambda: tarred(tarfile.GNU_FORMAT), "tar archive"),
    "tar-pax": (lambda: tarred(tarfile.PAX_FORMAT), "tar archive"),
    "tar-old": (old_tar, "tar archive"),
    "zip": (zipped, "ZIP archive"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c\x00\x04" + rnd(), "7z archive"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\x00" + rnd(), "RAR archive"),
    "xz": (lambda: lzma.compress(wav()), "xz archive"),
    "zstd": (lambda: b"\x28\xb5\x2f\xfd\x64" + rnd(), "Zstandard archive"),
    "bz2": (lambda: bz2.compress(wav()), "bzip2 archive"),
    "gz": (lambda: gzip.compress(wav()), "`gunzip`"),
    "tgz": (lambda: gzip.compress(tarred()), "`tar -xzf`"),
    "http-headers": (lambda: HTTP + wav(), "HTTP answer with its headers"),
    "headers-alone": (lambda: HTTP.split(b"\r\n", 1)[1] + wav(), "HTTP answer with its headers"),
    "form-part": (
        lambda: b'--x1\r\nContent-Disposition: form-data; name="f"; filename="c.wav"\r\n\r\n' + wav(), "uploaded form",
    ),
    "html": (lambda: b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "xml": (lambda: b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "XML text"),
    "xml-bare": (lambda: b"<Error><Code>AccessDenied</Code></Error>", "XML text"),
    "json": (lambda: b'{"code": 20003, "message": "Authenticate"}', "JSON text"),
    "base64": (lambda: base64.encodebytes(wav()), "WAV as base64 text"),
    "data-url": (lambda: b"data:audio/wav;base64," + base64.b64encode(wav()), "data address"),
    "zeros": (lambda: bytes(30_000), "zero bytes"),
    "qcp": (lambda: riff(chunk(b"fmt ", rnd(150))).replace(b"WAVE", b"QLCM"), "RIFF of the kind QLCM"),
    "heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + rnd(), "a picture"),
    "text": (lambda: b"recording not available\n", "plain text"),
}  # fmt: skip

"""What people really send instead of a recording, known by its bytes: archives, encrypted files, pages, other sound.

Each is said as the end of the sentence "it is ...", with the way out where there is one that works.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from contextlib import suppress

_UNPACK = "unpack it and land the recordings in it"
_DECRYPT = "decrypt it before it is landed"
_PAGE = "a web page: the download was answered with a page, often a sign-in or an error"
_CONVERT = "convert it to WAV with the software of the recorder"

# Beginnings, looked for as they are.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (
        b"Salted__",
        f"encrypted (OpenSSL): {_DECRYPT} (`openssl enc -d` with the cipher and the key it was encrypted with)",
    ),
    (b"AES\x01", f"encrypted (AES Crypt): {_DECRYPT}"),
    (b"AES\x02", f"encrypted (AES Crypt): {_DECRYPT}"),
    (b"AES\x03", f"encrypted (AES Crypt): {_DECRYPT}"),
    (b"PK\x03\x04", f"a ZIP archive: {_UNPACK}"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"PK\x07\x08", f"a ZIP archive: {_UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7z archive: {_UNPACK}"),
    (b"Rar!\x1a\x07", f"a RAR archive: {_UNPACK}"),
    (b"\xfd7zXZ\x00", f"an xz archive: {_UNPACK} (`xz -d`)"),
    (b"\x28\xb5\x2f\xfd", f"a Zstandard archive: {_UNPACK} (`zstd -d`)"),
    (b"\x04\x22\x4d\x18", f"an LZ4 archive: {_UNPACK} (`lz4 -d`)"),
    (b"LZIP", f"an lzip archive: {_UNPACK} (`lzip -d`)"),
    (b"\x1f\x9d", f"an archive of compress: {_UNPACK} (`gunzip`)"),
    (b"MSCF\x00\x00\x00\x00", f"a cabinet archive: {_UNPACK}"),
    (b"!<arch>\n", f"an ar archive: {_UNPACK}"),
    (b"070701", f"a cpio archive: {_UNPACK}"),
    (b"070707", f"a cpio archive: {_UNPACK}"),
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet table"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"MThd", "notes for an instrument (MIDI), no sound"),
    (b"#!SILK", "SILK audio, which has to be converted first"),
    (b"\x02#!SILK", "SILK audio, which has to be converted first"),
    (b"Creative Voice File", "a Creative Voice file: convert it, for example `ffmpeg -i in.voc out.wav`"),
    (b"wvpk", "WavPack audio: convert it, for example `ffmpeg -i in.wv out.wav`"),
    (b"MAC ", "Monkey's Audio: convert it, for example `ffmpeg -i in.ape out.wav`"),
    (b"TTA1", "True Audio: convert it, for example `ffmpeg -i in.tta out.wav`"),
    (b".RMF", "RealMedia: convert it, for example `ffmpeg -i in.rm out.wav`"),
    (b".ra\xfd", "RealAudio: convert it, for example `ffmpeg -i in.ra out.wav`"),
    (b"\x0b\x77", "AC-3 audio: convert it, for example `ffmpeg -i in.ac3 out.wav`"),
    (b"\x02dss", f"a dictation (DSS): {_CONVERT}"),
    (b"\x03dss", f"a dictation (DSS): {_CONVERT}"),
    (b"\x03ds2", f"a dictation (DS2): {_CONVERT}"),
    (b"\x01ds2", f"a dictation (DS2): {_CONVERT}"),
)
# Beginnings of text, in whatever case, behind blanks and a byte order mark.
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", _PAGE),
    (b"<html", _PAGE),
    (b"<head", _PAGE),
    (b"<?xml", "an XML text, often a storage service's error message saved under the recording's name"),
    (b"<error", "an XML text, often a storage service's error message saved under the recording's name"),
    (b"u2fsdgvkx1", f"encrypted (OpenSSL, as base64 text): {_DECRYPT} (`openssl enc -d -a` with its cipher and key)"),
    (b"age-encryption.org/", f"encrypted (age): {_DECRYPT} (`age -d`)"),
    (b"-----begin age encrypted", f"encrypted (age): {_DECRYPT} (`age -d`)"),
    (b"-----begin pgp message", f"encrypted (OpenPGP): {_DECRYPT} (`gpg -d`)"),
    (b"-----begin pgp", "OpenPGP text, which holds no recording"),
    (b"-----begin pkcs7", f"encrypted or signed (PKCS #7): {_DECRYPT}"),
    (b"-----begin cms", f"encrypted or signed (CMS): {_DECRYPT}"),
    (b"$ansible_vault", f"encrypted (Ansible Vault): {_DECRYPT}"),
    (b"uklgr", "WAV as base64 text: decode it (`base64 -d`) and land what it holds"),
    (b"data:audio/", "sound as a data address: decode its base64 part (`base64 -d`) and land that"),
    (b"version https://git-lfs", "a Git LFS pointer: the recording was never fetched (run `git lfs pull`)"),
    (b"{\\rtf", "a text document (RTF)"),
)
_HTTP_ANSWER = re.compile(rb"HTTP/\d(?:\.\d)? \d{3}[ \r\n]")
_HTTP_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}: ?[^\r\n]*\r?\n){2,}\r?\n")
_FORM_PART = re.compile(rb"--[^\r\n]{1,70}\r\nContent-Disposition:", re.IGNORECASE)
_MARKUP = re.compile(rb"<!--|<[a-z][a-z0-9:_-]*[\s/>]", re.IGNORECASE)

_TAR_BLOCK_BYTES = 512
_LEAST_RANDOM_BYTES = 512
_RANDOM_BITS = 7.9
"""Bits in a byte from which content is random to the eye. Encrypted and well compressed files have 7.97 and more
(corrected for the few bytes looked at, as of G. A. Miller), the loudest µ-law and A-law at most 7.6."""


def describe_stranger(header: bytes) -> str | None:
    """What a file that isn't audio seems to be, from its first bytes, as the end of the sentence "it is ..."."""
    for mark, meaning in _SIGNATURES:
        if header.startswith(mark):
            return meaning
    if header[4:8] == b"ftyp":  # of the family of MP4, whose sound is known elsewhere
        return "a picture"
    for look in (_gzip, _bzip2, _riff, _openpgp, _cms, _answer, _tar):
        found = look(header)
        if found is not None:
            return found
    if header and not any(header):
        return "nothing but zero bytes: the copy reserved the space and never filled it"
    return _text(header)


def looks_random(content: bytes) -> bool:
    """Whether nothing can be told from the bytes: they are encrypted, or well compressed."""
    if len(content) < _LEAST_RANDOM_BYTES:
        return False
    counts = Counter(content)
    bits = -sum(count / len(content) * math.log2(count / len(content)) for count in counts.values())
    return bits + (len(counts) - 1) / (2 * len(content) * math.log(2)) >= _RANDOM_BITS


def _gzip(header: bytes) -> str | None:
    if header[:3] != b"\x1f\x8b\x08":
        return f"a gzip archive: {_UNPACK}" if header[:2] == b"\x1f\x8b" else None
    inside = b""
    with suppress(zlib.error):
        inside = zlib.decompressobj(wbits=31).decompress(header, _TAR_BLOCK_BYTES)
    if _tar(inside):
        return f"a gzip archive of a tar archive: {_UNPACK} (`tar -xzf`)"
    return f"a gzip archive: {_UNPACK} (`gunzip`)"


def _bzip2(header: bytes) -> str | None:
    is_bzip2 = header[:3] == b"BZh" and header[3:4].isdigit() and header[4:10] in (b"1AY&SY", b"\x17rE8P\x90")
    return f"a bzip2 archive: {_UNPACK} (`bunzip2`)" if is_bzip2 else None


def _riff(header: bytes) -> str | None:
    """Another kind of RIFF than WAV and AVI, such as QCP of mobile phones or a picture."""
    kind = header[8:12]
    if header[:4] not in (b"RIFF", b"RIFX") or len(kind) < 4 or not all(0x20 <= byte < 0x7F for byte in kind):
        return None
    return "a picture" if kind == b"WEBP" else f"RIFF of the kind {kind.decode().strip()}, which is not read"


def _openpgp(header: bytes) -> str | None:
    """A binary OpenPGP message (RFC 9580): a session key, encrypted data, or signed or compressed content."""
    first = _openpgp_packet(header)
    if first is None:
        return None
    tag, content, end = first
    following = header[end : end + 1]
    if following and not following[0] & 0x80:
        return None
    version = content[:1]
    encrypted = (
        (tag == 1 and version in (b"\x02", b"\x03", b"\x06"))
        or (tag == 3 and version in (b"\x04", b"\x05", b"\x06") and content[1:2] < b"\x0e")
        or (tag == 18 and version in (b"\x01", b"\x02"))
        or (tag == 20 and version == b"\x01")
    )
    if encrypted and (tag in (18, 20) or following):
        return f"encrypted (OpenPGP): {_DECRYPT} (`gpg -d`)"
    is_signed = tag == 4 and version in (b"\x03", b"\x06") and bool(following)
    return "signed or packed (OpenPGP): unpack it (`gpg -d`) before it is landed" if is_signed else None


def _openpgp_packet(data: bytes) -> tuple[int, bytes, int] | None:
    """(tag, first bytes of the content, end) of the packet at the beginning; None if there can be none."""
    with suppress(IndexError):
        first = data[0]
        if not first & 0x80:
            return None
        if first & 0x40:
            tag, length = first & 0x3F, data[1]
            at = 2
            if 192 <= length < 224:
                length, at = ((length - 192) << 8) + data[2] + 192, 3
            elif length == 255:
                length, at = int.from_bytes(data[2:6]), 6
            elif length >= 224:  # in parts: of the first one only the beginning matters
                length = 1 << (length & 0x1F)
        else:
            tag, width = first >> 2 & 15, first & 3
            at = 1 if width == 3 else 1 + (1 << width)
            length = len(data) if width == 3 else int.from_bytes(data[1:at])
        return (tag, data[at : at + 16], at + length) if data[at] >= 0 else None
    return None


def _cms(header: bytes) -> str | None:
    """PKCS #7 or CMS in DER: a sequence that begins with the type "enveloped data"."""
    is_cms = header[:1] == b"\x30" and b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" in header[:24]
    return f"encrypted or signed (CMS): {_DECRYPT}" if is_cms else None


def _answer(header: bytes) -> str | None:
    start = header.lstrip(b"\r\n")
    if _HTTP_ANSWER.match(start) or _HTTP_HEADER.match(start):
        return (
            "an HTTP answer with its headers: download it again without them (`curl -o`, not `curl -i`), or cut off "
            "everything up to the first empty line"
        )
    if _FORM_PART.match(start):
        return "a part of an uploaded form: save the file inside it, without the lines around it"
    return None


def _tar(header: bytes) -> str | None:
    """A tar archive, also of the kind before POSIX that has no mark: its first block's sum must be right."""
    block = header[:_TAR_BLOCK_BYTES]
    if len(block) < _TAR_BLOCK_BYTES or not any(block):
        return None
    stored = block[148:156].strip(b" \0")
    if not stored or any(byte not in b"01234567" for byte in stored):
        return None
    blanked = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in blanked)
    return f"a tar archive: {_UNPACK} (`tar -xf`)" if int(stored, 8) in (sum(blanked), signed) else None


def _text(header: bytes) -> str | None:
    start = header[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, meaning in _TEXTS:
        if start.startswith(mark):
            return meaning
    if header[:2] in (b"\xff\xfe", b"\xfe\xff") and _is_utf16(header):
        return "plain text (UTF-16)"
    if not is_text(header):
        return None
    if start[:1] in (b"{", b"["):
        return "a JSON text, often a service's error message saved under the recording's name"
    return "a text with markup (HTML or XML)" if _MARKUP.match(start) else "plain text"


def is_text(header: bytes) -> bool:
    """Whether the first bytes of a file are text in UTF-8."""
    controls = sum(byte < 0x20 and byte not in b"\t\r\n\f" for byte in header)
    if controls or b"\x7f" in header or not header:
        return False
    try:
        header.decode("utf-8")
    except UnicodeDecodeError as error:
        # The header may end in the middle of a character.
        return error.start >= len(header) - 3
    return True


def _is_utf16(header: bytes) -> bool:
    text = header[: len(header) & ~1].decode("utf-16", errors="replace")
    return all(letter.isprintable() or letter in "\t\r\n" for letter in text[:200]) and "\ufffd" not in text[:200]

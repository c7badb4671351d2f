from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_pipeline.audio.formats import id3_end, sniff, sniff_stream
from qa_pipeline.audio.strangers import describe_stranger

MP3_FRAME = bytes.fromhex("fffb9064") + bytes(413)  # MPEG-1 Layer III, 128 kbit/s, 44.1 kHz: 417 bytes
ADTS_FRAME = bytes.fromhex("fff1504003fffc") + bytes(24)  # AAC-LC, 44.1 kHz, length field 31


def id3_tag(content: int, *, footer: bool = False) -> bytes:
    size = bytes([content >> 21 & 127, content >> 14 & 127, content >> 7 & 127, content & 127])
    return b"ID3\x04\x00" + (b"\x10" if footer else b"\x00") + size + bytes(content + (10 if footer else 0))


@pytest.mark.parametrize(
    ("header", "name", "ffmpeg_format"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav", "wav"),
        (b"RIFX\x00\x00\x00\x24WAVEfmt ", "wav", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav", "wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "avi", "avi"),
        (b"OggS\x00\x02", "ogg", "ogg"),
        (b"fLaC\x00\x00\x00\x22", "flac", "flac"),
        (b"#!AMR\n\x04", "amr", "amr"),
        (b"#!AMR-WB\n\x04", "amr", "amr"),
        (b"FORM\x00\x00\x00\x00AIFFCOMM", "aiff", "aiff"),
        (b"FORM\x00\x00\x00\x00AIFCFVER", "aiff", "aiff"),
        (b".snd\x00\x00\x00\x18", "au", "au"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "wma", "asf"),
        (b"FLV\x01\x04", "flv", "flv"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", "m4a", "mov"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x00\x00", "mp4", "mov"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00", "mov", "mov"),
        (b"\x00\x00\x00\x18ftyp3gp5\x00\x00\x00\x00", "3gp", "mov"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "mov", "mov"),
        (b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm", "webm", "matroska"),
        (b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x88matroska", "mkv", "matroska"),
        (b"\x00\x00\x01\xba\x44", "mpeg", "mpeg"),
        ((b"G" + bytes(187)) * 5, "ts", "mpegts"),
        (MP3_FRAME * 2, "mp3", "mp3"),
        (bytes(300) + MP3_FRAME * 2, "mp3", "mp3"),
        (ADTS_FRAME * 2, "aac", "aac"),
    ],
)
def test_each_container_is_known_by_its_signature(header: bytes, name: str, ffmpeg_format: str) -> None:
    found = sniff(header)
    assert found is not None
    assert (found.name, found.ffmpeg_format) == (name, ffmpeg_format)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"RIFF",
        b"#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/hostname\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        b"\xff" * 4000,  # G.711 u-law silence
        b"\xd5" * 4000,  # G.711 A-law silence
        MP3_FRAME + b"no second frame follows here",
    ],
)
def test_playlists_and_headerless_sound_are_no_container(header: bytes) -> None:
    assert sniff(header) is None


@given(st.binary(max_size=600))
@example(b"ID3")
@example(b"\xff\xfb\x90\x64")
def test_no_bytes_break_the_look_at_them(header: bytes) -> None:
    sniff(header)
    describe_stranger(header)
    stream = io.BytesIO(header)
    sniff_stream(stream)
    assert stream.tell() == 0


@pytest.mark.parametrize("footer", [False, True])
def test_a_large_tag_in_front_does_not_hide_what_follows(footer: bool) -> None:
    tag = id3_tag(200_000, footer=footer)
    assert id3_end(io.BytesIO(tag + MP3_FRAME)) == len(tag)
    for content, name in ((MP3_FRAME * 2, "mp3"), (ADTS_FRAME * 2, "aac"), (b"fLaC\x00\x00\x00\x22", "flac")):
        found = sniff_stream(io.BytesIO(tag + content))
        assert found is not None
        assert found.name == name


def test_two_tags_in_a_row_are_both_skipped() -> None:
    tags = id3_tag(100) + id3_tag(50)
    assert id3_end(io.BytesIO(tags + MP3_FRAME)) == len(tags)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "web page"),
        (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "error message"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (bytes(4096), "zero bytes"),
        ("通话录音\n".encode() * 400, "plain text"),
    ],
)
def test_what_is_sent_instead_of_a_recording_is_named(content: bytes, words: str) -> None:
    described = describe_stranger(content[:4096])
    assert described is not None
    assert words in described


def test_unknown_binary_data_is_not_given_a_name() -> None:
    assert describe_stranger(b"\x80\x91\x07\xfe" * 100) is None

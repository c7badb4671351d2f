"""Audio inside a request: what fits, to the byte, and what it is called."""

from __future__ import annotations

import base64

import pytest

from qa_pipeline.transcription.inline_audio import container_of, data_uri, file_form, inline_size, largest_inline
from qa_pipeline.transcription.models import FUN_ASR_FLASH, QWEN3_FLASH, QWEN_AUDIO_ASR, QWEN_OMNI


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000])
@pytest.mark.parametrize("container", ["wav", "mp3", "ogg"])
def test_the_size_is_known_before_it_is_written(size: int, container: str) -> None:
    assert len(data_uri(bytes(size), container)) == inline_size(container, size)


def test_the_largest_file_fits_and_one_byte_more_does_not() -> None:
    most = largest_inline(QWEN3_FLASH, "wav")
    assert inline_size("wav", most) <= QWEN3_FLASH.max_bytes < inline_size("wav", most + 1)
    assert file_form(QWEN3_FLASH, "wav", most) == "base64"
    assert file_form(QWEN3_FLASH, "wav", most + 1) == "upload"


def test_a_model_gets_what_it_takes() -> None:
    assert file_form(QWEN_AUDIO_ASR, "wav", 10) == "upload"
    assert file_form(FUN_ASR_FLASH, "wav", 10) == "base64"
    assert file_form(QWEN_OMNI, "wav", 10**9) == "base64"


def test_what_is_written_is_the_file() -> None:
    head, _, rest = data_uri(b"RIFF\x00\xff", "mp3").partition(",")
    assert head == "data:audio/mpeg;base64"
    assert base64.b64decode(rest) == b"RIFF\x00\xff"


@pytest.mark.parametrize(
    ("audio", "container"),
    [
        (data_uri(b"a", "wav"), "wav"),
        (data_uri(b"a", "mp3"), "mp3"),
        (data_uri(b"a", "m4a"), "m4a"),
        ("data:audio/x-wav;base64,AA", "wav"),
        ("https://x.y/calls/a.MP3?Expires=1&name=b.wav#c", "mp3"),
        ("oss://a/b.c/d.flac", "flac"),
        ("https://x.y/calls/a", None),
        ("https://x.y/calls.wav/a", None),
        ("https://x.y/a.not-an-ending", None),
    ],
)
def test_the_container_is_what_the_audio_says_of_itself(audio: str, container: str | None) -> None:
    assert container_of(audio) == container

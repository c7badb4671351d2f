"""A WAV file may go on behind its sound; however long, nobody waits for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.mended_wav import LONGEST_TAIL_BYTES
from qa_pipeline.audio.probing import probe
from tests.local_service.conftest import write_call


@pytest.mark.thorough
def test_two_gigabytes_of_zeros_behind_the_sound_change_nothing_and_cost_nothing(tmp_path: Path) -> None:
    plain = write_call(tmp_path / "plain.wav")
    tailed = write_call(tmp_path / "tailed.wav")
    os.truncate(tailed, 2_000_000_000)
    assert probe(tailed).duration_s == probe(plain).duration_s == 1.2
    assert channel_digests(tailed) == channel_digests(plain)


def test_a_short_tail_is_read_as_it_is(tmp_path: Path) -> None:
    plain = write_call(tmp_path / "plain.wav")
    tailed = write_call(tmp_path / "tailed.wav")
    with tailed.open("ab") as file:
        file.write(b"LIST" + (LONGEST_TAIL_BYTES // 2).to_bytes(4, "little") + bytes(LONGEST_TAIL_BYTES // 2))
    assert channel_digests(tailed) == channel_digests(plain)

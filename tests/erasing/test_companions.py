"""Which files of a folder belong to a call: never those of a call whose id only begins like it."""

from __future__ import annotations

import pytest

from qa_pipeline.erasing.companions import own_names

OWN = "c0101.wav"


@pytest.mark.parametrize(
    "name",
    [
        "c0101.json", "c0101.wav.json", "c0101.cdr.json", "c0101_meta.json", "c0101.xml", "c0101.transcript.json",
        "c0101.channel-0.vtt", "c0101.wav.md5", "c0101.mp3", "c0101_agent.wav",
        "c0101.wav_metadata.json",
    ],
)  # fmt: skip
def test_what_lies_beside_a_recording_belongs_to_it(name: str) -> None:
    assert own_names([OWN, name, "c0101-2.wav"], {OWN}, ["c0101"], ()) >= {name}


@pytest.mark.parametrize(
    "name",
    [
        "c0101-2.wav", "c0101_2.wav", "c0101.2.wav", "c0101-2.json", "c0101_2.transcript.json", "c0101.2.json",
        "c01012.wav", "x-c0101.wav", "c0101.2.channel-0.vtt",
    ],
)  # fmt: skip
def test_what_is_of_another_call_does_not(name: str) -> None:
    assert own_names([OWN, name], {OWN}, ["c0101"], ()) == {OWN}


def test_what_another_call_has_stays_its_own_with_what_lies_beside_it() -> None:
    names = [OWN, "c0101.mp3", "c0101.mp3.json", "c0101.call.wav", "c0101.call.json", "c0101.json"]
    claimed = {"c0101.mp3", "c0101.call.wav"}
    assert own_names(names, {OWN}, ["c0101"], claimed) == {OWN, "c0101.json"}

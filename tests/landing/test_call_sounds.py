"""Sounds of calls put together on this machine: made once, bounded, and never taken from who uses them."""

from __future__ import annotations

import os
import wave
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from qa_pipeline.audio.probing import probe
from qa_pipeline.landing.call_sounds import CallSounds
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.recordings.channels import ChannelSource, stereo_sources
from qa_pipeline.recordings.identity import recording_id


def mono(path: Path, level: int) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(level.to_bytes(2, "little") * 4000 + os.urandom(8000))
    return path


def pair(folder: Path, number: int, *, offset_ms: int = 0) -> tuple[ChannelSource, ...]:
    found = []
    for channel_id, role in enumerate(("agent", "customer")):
        path = folder / f"{number}_{role}.wav"
        if not path.exists():
            mono(path, 100 * number + channel_id)
        offset = offset_ms * channel_id
        found.append(ChannelSource(channel_id, role, recording_id(path), path.as_uri(), 0, offset, 1.0))  # type: ignore[arg-type]
    return tuple(found)


def sounds_of(folder: Path, most_bytes: int = 10**9) -> CallSounds:
    return CallSounds(RecordingFiles(folder), folder / "sounds", most_bytes)


def kept(folder: Path) -> set[str]:
    return {path.name for path in (folder / "sounds").glob("*.flac")}


def test_many_at_once_make_one_sound_and_offsets_make_another(tmp_path: Path) -> None:
    sources, sounds = pair(tmp_path, 1), sounds_of(tmp_path)

    def listen(_: int) -> float:
        with sounds.hold("parts", sources) as path:
            return probe(path).duration_s

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(listen, range(16))) == {1.0}
    assert len(kept(tmp_path)) == 1
    with sounds.hold("parts", pair(tmp_path, 1, offset_ms=500)) as path:
        assert probe(path).duration_s == 1.5
    assert len(kept(tmp_path)) == 2


def test_what_was_used_longest_ago_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    sounds = sounds_of(tmp_path, most_bytes=1)
    with ExitStack() as held:
        first = held.enter_context(sounds.hold("parts", pair(tmp_path, 1)))
        with sounds.hold("parts", pair(tmp_path, 2)):
            pass
        with sounds.hold("parts", pair(tmp_path, 3)) as third:
            assert first.is_file(), "somebody listens to it"
            assert kept(tmp_path) == {first.name, third.name}
    with sounds.hold("parts", pair(tmp_path, 4)) as fourth:
        assert kept(tmp_path) == {fourth.name}


def test_a_stereo_file_is_its_own_sound_and_a_part_that_was_replaced_is_none(tmp_path: Path) -> None:
    path = mono(tmp_path / "plain.wav", 1)
    with sounds_of(tmp_path).hold("stereo", stereo_sources(recording_id(path), path.as_uri(), 1.0, 0)) as found:
        assert found == path
    sources = pair(tmp_path, 1)
    mono(tmp_path / "1_customer.wav", 7)
    with pytest.raises(RecordingGone, match="was replaced after it landed"), sounds_of(tmp_path).hold("parts", sources):
        pass
    assert kept(tmp_path) == set()

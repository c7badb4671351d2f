"""The sound of a call put together from what it was recorded in."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from qa_pipeline.audio.call_sound import PlacedSound, write_call_sound
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.tracks import track_blocks, tracks_of

RATE = 8000


def tone(path: Path, seconds: float, level: int, *, rate: int = RATE, channels: int = 1) -> Path:
    """A WAV whose channels hold level, 2 × level ... throughout."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        samples = np.repeat(np.arange(1, channels + 1)[np.newaxis] * level, round(seconds * rate), axis=0)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def heard(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.concatenate(list(decode_blocks(path)), axis=1)


def test_parts_of_unequal_length_lie_where_they_begin_with_silence_around_them(tmp_path: Path) -> None:
    agent, customer = tone(tmp_path / "a.wav", 2.0, 100), tone(tmp_path / "c.wav", 0.5, 200)
    write_call_sound([PlacedSound(agent, 0, 0, 0), PlacedSound(customer, 0, 1, 750)], tmp_path / "call.flac")
    found = heard(tmp_path / "call.flac")
    assert found.shape == (2, 2 * RATE)
    assert set(found[0]) == {100}
    assert np.flatnonzero(found[1]).tolist() == list(range(6000, 10_000))
    assert list(tmp_path.glob(".*")) == [], "nothing is left behind"


def test_segments_follow_each_other_and_time_that_two_share_holds_both(tmp_path: Path) -> None:
    first, second = tone(tmp_path / "1.wav", 1.0, 100, channels=2), tone(tmp_path / "2.wav", 1.0, 1000, channels=2)
    placed = [PlacedSound(path, channel, channel, at) for path, at in ((first, 0), (second, 500)) for channel in (0, 1)]
    write_call_sound(placed, tmp_path / "call.flac")
    found = heard(tmp_path / "call.flac")
    assert [int(found[1, at]) for at in (0, 5000, 11_000)] == [200, 2200, 2000]


def test_the_highest_rate_is_that_of_the_call_and_channels_may_be_chosen(tmp_path: Path) -> None:
    low, high = tone(tmp_path / "low.wav", 1.0, 300), tone(tmp_path / "high.wav", 1.0, 10, rate=16_000, channels=3)
    write_call_sound([PlacedSound(high, 2, 0, 0), PlacedSound(low, 0, 1, 0)], tmp_path / "call.flac")
    found = heard(tmp_path / "call.flac")
    assert found.shape[0] == 2
    assert found.shape[1] == pytest.approx(16_000, abs=64)
    assert set(found[0, :16_000]) == {30}
    assert abs(int(found[1, 8000]) - 300) < 5


def test_a_part_that_cannot_be_decoded_leaves_no_half_call(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    with pytest.raises(UnusableAudio):
        write_call_sound([PlacedSound(tmp_path / "bad.wav", 0, 0, 0)], tmp_path / "call.flac")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.wav"]


def test_tracks_are_mixed_down_and_placed_by_their_time_stamps(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("pcm_s16le", rate=RATE, layout=layout) for layout in ("stereo", "mono")]
        streams[1].metadata["title"] = "Customer"
        for stream, layout, begin, values in zip(
            streams, ("stereo", "mono"), (0, RATE), ((200, 400), (50,)), strict=True
        ):
            packed = np.tile(np.array(values, np.int16), RATE)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(packed, "s16", layout)
            frame.sample_rate, frame.pts = RATE, begin
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    first, second = tracks_of(path)
    assert (first.channels, second.channels, second.title) == (2, 1, "Customer")
    assert (first.end_s, second.end_s) == (1.0, 2.0)
    found = np.concatenate(list(track_blocks(path, RATE)), axis=1)
    assert found.shape == (2, 2 * RATE)
    assert [int(found[0, 100]), int(found[0, 12_000])] == [300, 0]
    assert [int(found[1, 100]), int(found[1, 12_000])] == [0, 50]

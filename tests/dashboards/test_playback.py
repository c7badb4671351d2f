"""Recordings for the browser: converted where needed, refused with a sentence where not possible."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from dashboards import playback
from dashboards.playback import NotPlayable, find_recording, load_recording
from tests.dashboards.conftest import write_tone


def test_a_recording_below_the_landing_zone_is_found_by_uri_and_by_path(recordings: Path) -> None:
    path = recordings / "2025-09-01" / "c0102.wav"
    assert find_recording(path.as_uri(), [recordings]) == path.resolve()
    assert find_recording(str(path), [recordings.parent / "elsewhere", recordings]) == path.resolve()


def test_a_name_with_spaces_and_other_scripts_is_found(tmp_path: Path) -> None:
    path = tmp_path / "通话 1 #%.wav"
    path.touch()
    assert find_recording(path.as_uri(), [tmp_path]) == path.resolve()


def test_a_recording_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotPlayable, match=r"no longer at .*c1\.wav.*put the file back"):
        find_recording((tmp_path / "c1.wav").as_uri(), [tmp_path])


@pytest.mark.parametrize("uri", ["s3://bucket/c1.wav", "https://example.com/c1.wav"])
def test_a_recording_kept_elsewhere_is_named(tmp_path: Path, uri: str) -> None:
    with pytest.raises(NotPlayable, match="which is not the landing zone"):
        find_recording(uri, [tmp_path])


def test_nothing_outside_the_landing_zone_is_read(tmp_path: Path) -> None:
    zone = tmp_path / "zone"
    zone.mkdir()
    secret = tmp_path / "secret.wav"
    secret.touch()
    (zone / "link.wav").symlink_to(secret)
    for uri in (secret.as_uri(), f"{zone.as_uri()}/../secret.wav", (zone / "link.wav").as_uri(), "\0"):
        with pytest.raises(NotPlayable):
            find_recording(uri, [zone])


def test_what_browsers_play_is_handed_over_byte_for_byte(recordings: Path) -> None:
    path = recordings / "2025-09-03" / "c0302.wav"
    sound = load_recording(path)
    assert (sound.data, sound.mime_type, sound.converted_from) == (path.read_bytes(), "audio/wav", None)


@pytest.mark.parametrize("codec", ["pcm_mulaw", "pcm_alaw"])
def test_telephone_codecs_become_16_bit_wav_with_the_channels_in_place(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "call.wav"
    write_tone(path, codec, seconds=1.0)
    sound = load_recording(path)
    assert (sound.mime_type, sound.converted_from) == ("audio/wav", codec)
    with wave.open(io.BytesIO(sound.data)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, 8000)
        assert reader.getnframes() == 8000
        samples = np.frombuffer(reader.readframes(8000), "<i2").reshape(-1, 2)
    loudest = [int(np.argmax(np.abs(np.fft.rfft(samples[:, channel])))) for channel in (0, 1)]
    assert loudest == [330, 550]


def test_what_is_no_sound_is_named(recordings: Path) -> None:
    with pytest.raises(NotPlayable, match=r"c0201\.wav"):
        load_recording(recordings / "2025-09-02" / "c0201.wav")


@pytest.mark.parametrize("codec", ["pcm_mulaw", "pcm_s16le"])
def test_what_would_not_fit_into_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    path = tmp_path / "long.wav"
    write_tone(path, codec, seconds=2.0)
    monkeypatch.setattr(playback, "MAX_PLAYED_BYTES", 40_000)
    with pytest.raises(NotPlayable, match=r"long\.wav would take .* Open it in a media player"):
        load_recording(path)

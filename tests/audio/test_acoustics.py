from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio import decoding
from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.decoding import channel_digests, decode_blocks
from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.peaks import PEAKS_PER_SECOND
from qa_pipeline.audio.probing import probe
from tests.audio.conftest import two_tones

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "recordings"
CALL = SAMPLES / "2025-09-03" / "2025-09-03_a-chen_c0301.wav"
Record = Callable[..., Path]


def test_one_pass_gives_the_digests_of_hashing_alone() -> None:
    for path in (CALL, SAMPLES / "2025-09-01" / "c0101.mp3", SAMPLES / "2025-09-01" / "c0102.opus"):
        assert measure_acoustics(path).digests == channel_digests(path)


def test_a_sample_call_is_measured_as_it_was_mixed() -> None:
    """samples/voicing.py: agent speaks at -22 dB, customer 3 dB less; the line is noisier on the customer's side."""
    found = measure_acoustics(CALL)
    agent, customer = found.channels
    assert found.duration_s == probe(CALL).duration_s == 50.2
    assert found.missing is None
    assert agent.speech_loudness_db == pytest.approx(-22, abs=2)
    assert customer.speech_loudness_db == pytest.approx(-25, abs=2)
    assert agent.speech_ratio == pytest.approx(agent.speech_s / 50.2)
    assert len(agent.loudness_per_s_db) == 51
    assert len(agent.waveform) == 2 * PEAKS_PER_SECOND * 50.2
    assert -65 < np.median([level for level in customer.loudness_per_s_db if level < -50]) < -55
    assert found.pair is not None
    assert abs(found.pair.correlation or 0) < 0.05


def test_swapping_the_channels_swaps_what_is_measured(write_wav: Callable[..., Path]) -> None:
    samples = np.concatenate(list(decode_blocks(CALL)), axis=1)
    there = measure_acoustics(write_wav("a.wav", samples))
    back = measure_acoustics(write_wav("b.wav", samples[::-1]))
    assert replace(there.channels[0], channel_id=1) == back.channels[1]
    assert replace(there.channels[1], channel_id=0) == back.channels[0]


def test_the_length_of_decoded_blocks_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    path = SAMPLES / "2025-09-01" / "c0103.mp3"
    whole = measure_acoustics(path)
    monkeypatch.setattr(decoding, "MAX_BLOCK_BYTES", 30_011)
    in_small_pieces = measure_acoustics(path)
    assert in_small_pieces.channels == whole.channels
    assert in_small_pieces.frames == whole.frames


def test_options_reach_the_measurement() -> None:
    strict = AcousticOptions(min_speech_ms=3000)
    assert all(end - begin >= 3000 for begin, end in measure_acoustics(CALL, strict).channels[0].segments_ms)


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_the_first_two_channels_are_compared(record: Record, channels: int) -> None:
    codec, name = ("aac", "call.m4a") if channels == 8 else ("pcm_mulaw", "call.wav")
    found = measure_acoustics(record(name, codec=codec, rate=16000, channels=channels))
    assert (found.pair is None) == (channels == 1)
    assert [channel.channel_id for channel in found.channels] == list(range(channels))


@pytest.mark.parametrize("seconds", [0.001, 0.3, 1.0])
def test_a_recording_of_no_length_to_speak_of_is_measured(record: Record, seconds: float) -> None:
    found = measure_acoustics(record("call.wav", codec="pcm_s16le", seconds=seconds))
    assert found.duration_s == seconds
    assert len(found.channels[0].loudness_per_s_db) == 1


def test_a_file_cut_off_is_measured_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(CALL.read_bytes()[:-160_000])
    found = measure_acoustics(cut)
    assert found.duration_s == pytest.approx(40.2, abs=0.01)
    assert found.missing is not None
    assert "cut.wav promises 50.20 s of sound and holds 40.20 s" in found.missing


def test_less_sound_than_expected_is_said_with_both_lengths() -> None:
    assert measure_acoustics(CALL, expected_s=50.3).missing is None
    missing = measure_acoustics(CALL, expected_s=62.0).missing
    assert missing is not None
    assert "should last 62.00 s and holds 50.20 s" in missing


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("call.wav", "adpcm_ms", 8000),
        ("call.mp3", "libmp3lame", 16000),
        ("call.m4a", "aac", 44100),
        ("call.opus", "libopus", 48000),
        ("call.flac", "flac", 22050),
    ],
)
def test_the_probed_length_is_there_in_every_format(record: Record, name: str, codec: str, rate: int) -> None:
    path = record(name, codec=codec, rate=rate, seconds=3.3)
    assert measure_acoustics(path, expected_s=probe(path).duration_s).missing is None


def test_sound_that_cannot_be_decoded_to_its_end_is_kept_up_to_there(record: Record) -> None:
    path = record("call.flac", codec="flac", rate=8000, seconds=60.0)
    broken = bytearray(path.read_bytes())
    for at in range(len(broken) // 2, len(broken), 100):
        broken[at] ^= 0xFF
    path.write_bytes(broken)
    found = measure_acoustics(path)
    assert 20 <= found.duration_s < 40
    assert found.missing is not None
    assert "call.flac" in found.missing


@pytest.mark.parametrize("content", [b"", b"just some text, no sound", b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    with pytest.raises(UnusableAudio, match=r"call\.wav"):
        measure_acoustics(path)


def test_a_recording_without_a_sample_is_refused(write_wav: Callable[..., Path]) -> None:
    with pytest.raises(UnusableAudio) as caught:
        measure_acoustics(write_wav("call.wav", np.zeros((2, 0), np.int16)))
    assert caught.value.code is AudioFault.EMPTY_FILE


@pytest.mark.chaos
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak of memory")
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """In a process of its own: 40 minutes of stereo are 77 MB as samples, and 2 minutes take nearly as much memory."""
    body = CALL.read_bytes()
    header, sound = body[: body.index(b"data") + 4], body[body.index(b"data") + 8 :][: 2 * 8000 * 48]
    peaks = []
    for repeats in (3, 50):
        path = tmp_path / f"{repeats}.wav"
        path.write_bytes(header + (len(sound) * repeats).to_bytes(4, "little") + sound * repeats)
        peaks.append(peak_mib(path))
    assert peaks[1] < peaks[0] + 20
    assert peaks[1] < 150


def peak_mib(path: Path) -> float:
    script = (
        "import sys; from pathlib import Path; from qa_pipeline.audio.acoustics import measure_acoustics\n"
        "found = measure_acoustics(Path(sys.argv[1])); assert found.channels[0].speech_s > 60\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


def test_a_third_and_a_fourth_channel_are_measured_and_compared_with_nobody(
    write_wav: Callable[..., Path],
) -> None:
    found = measure_acoustics(write_wav("four.wav", two_tones(channels=4)))
    assert [channel.channel_id for channel in found.channels] == [0, 1, 2, 3]
    assert not any(channel.is_copy for channel in found.channels)

from __future__ import annotations

import hashlib
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from qa_pipeline.audio import decoding
from qa_pipeline.audio.decoding import channel_digests, cut_channel, decode_blocks
from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.samples import as_int16

Record = Callable[..., Path]


def decoded(path: Path, **options: float) -> np.ndarray:
    return np.concatenate(list(decode_blocks(path, **options)), axis=1)


def test_pcm_comes_back_sample_by_sample(record: Record, voices: Callable[..., np.ndarray]) -> None:
    path = record("call.wav", codec="pcm_s16le")
    assert np.array_equal(decoded(path), voices(seconds=2.0))


def test_all_blocks_but_the_last_have_the_length_asked_for(record: Record) -> None:
    path = record("call.wav", codec="pcm_s16le", seconds=2.1)
    shapes = [block.shape for block in decode_blocks(path, block_s=0.5)]
    assert shapes == [(2, 4000)] * 4 + [(2, 800)]


def test_the_length_of_a_block_does_not_change_the_samples(record: Record) -> None:
    path = record("call.mp3", codec="libmp3lame")
    assert np.array_equal(decoded(path, block_s=0.013), decoded(path, block_s=60.0))


def test_a_block_is_never_larger_than_its_bound(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_BLOCK_BYTES", 4000)
    path = record("call.wav", codec="pcm_s16le")
    assert max(block.nbytes for block in decode_blocks(path, block_s=3600.0)) <= 4000


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("call.wav", "pcm_mulaw", 8000),
        ("call.wav", "pcm_alaw", 8000),
        ("call.wav", "adpcm_ms", 8000),
        ("call.mp3", "libmp3lame", 16000),
        ("call.m4a", "aac", 16000),
        ("call.opus", "libopus", 48000),
        ("call.flac", "flac", 16000),
        ("call.mkv", "flac", 16000),
    ],
)
def test_the_channels_of_every_codec_stay_apart(
    record: Record, voices: Callable[..., np.ndarray], name: str, codec: str, rate: int
) -> None:
    samples = decoded(record(name, codec=codec, rate=rate)).astype(float)
    original = voices(rate=rate, seconds=2.0).astype(float)
    frames = min(samples.shape[1], original.shape[1])
    for channel in (0, 1):
        # Compared by spectrum: lossy codecs move the phase a little.
        loudest = [np.argmax(np.abs(np.fft.rfft(x[channel, :frames]))) for x in (samples, original)]
        assert abs(int(loudest[0]) - int(loudest[1])) <= 3


def test_digests_are_those_of_the_decoded_channels(record: Record) -> None:
    path = record("call.mp3", codec="libmp3lame")
    samples = decoded(path)
    found = channel_digests(path)
    assert found.digests == tuple(hashlib.sha256(channel.tobytes()).hexdigest() for channel in samples)
    assert (found.sample_rate, found.frames) == (8000, samples.shape[1])


@pytest.mark.parametrize(
    ("name", "codec"), [("call.wav", "pcm_mulaw"), ("call.mp3", "libmp3lame"), ("call.m4a", "aac")]
)
def test_a_channel_cut_to_mono_is_known_by_its_digest(record: Record, tmp_path: Path, name: str, codec: str) -> None:
    path = record(name, codec=codec)
    for channel_id in (0, 1):
        cut = tmp_path / f"channel{channel_id}.wav"
        cut_channel(path, channel_id, cut)
        assert channel_digests(cut).digests == (channel_digests(path).digests[channel_id],)


def test_a_cut_channel_is_a_mono_wav_at_the_rate_of_the_recording(record: Record, tmp_path: Path) -> None:
    cut_channel(record("call.wav", codec="pcm_alaw"), 1, tmp_path / "cut.wav")
    with wave.open(str(tmp_path / "cut.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() == 16000


@pytest.mark.parametrize("channel_id", [-1, 2])
def test_a_channel_that_is_not_there_is_refused(record: Record, tmp_path: Path, channel_id: int) -> None:
    path = record("call.wav", codec="pcm_s16le")
    with pytest.raises(UnusableAudio, match=f"channel {channel_id} was asked for") as caught:
        cut_channel(path, channel_id, tmp_path / "cut.wav")
    assert caught.value.code is AudioFault.NO_SUCH_CHANNEL


def test_a_cut_that_fails_leaves_nothing_behind(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record("call.wav", codec="pcm_s16le")
    monkeypatch.setattr(decoding, "MAX_WAV_DATA_BYTES", 10_000)
    with pytest.raises(UnusableAudio, match="over 4 GiB") as caught:
        cut_channel(path, 0, tmp_path / "cut.wav")
    assert caught.value.code is AudioFault.TOO_LONG
    assert [file.name for file in tmp_path.iterdir()] == ["call.wav"]


def test_eight_channels_are_decoded(record: Record) -> None:
    path = record("call.m4a", codec="aac", rate=16000, channels=8)
    assert decoded(path).shape[0] == 8
    assert len(set(channel_digests(path).digests)) == 8


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (np.array([[0, 128, 255]], np.uint8), [-32768, 0, 127 << 8]),
        (np.array([[-32768, 0, 32767]], np.int16), [-32768, 0, 32767]),
        (np.array([[-(2**31), 65535, 2**31 - 1]], np.int32), [-32768, 0, 32767]),
        (np.array([[-1.0, 0.5, 1.0, 7.0]], np.float32), [-32768, 16384, 32767, 32767]),
        (np.array([[np.nan, np.inf, -np.inf]], np.float64), [0, 32767, -32768]),
    ],
)
def test_every_kind_of_sample_becomes_16_bits(stored: np.ndarray, expected: list[int]) -> None:
    assert as_int16(stored).tolist() == [expected]


def test_a_frame_damaged_in_the_middle_becomes_silence_of_its_length(record: Record) -> None:
    path = record("call.mkv", codec="flac", rate=8000, seconds=60.0)
    whole = decoded(path)
    broken = bytearray(path.read_bytes())
    middle = broken.find(b"\xff\xf8", len(broken) // 2)
    broken[middle : middle + 20] = bytes(20)
    path.write_bytes(broken)
    repaired = decoded(path)
    assert repaired.shape == whole.shape
    differing = np.flatnonzero((repaired != whole).any(axis=0))
    assert 0 < differing.size <= 2 * 4608


def test_sound_that_is_mostly_damaged_is_refused_with_the_time_where_it_ends(record: Record) -> None:
    path = record("call.flac", codec="flac", rate=8000, seconds=60.0)
    broken = bytearray(path.read_bytes())
    for at in range(len(broken) // 3, len(broken), 100):
        broken[at] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(UnusableAudio, match=r"can't be decoded from \d+\.\d s on") as caught:
        decoded(path)
    assert caught.value.code is AudioFault.UNREADABLE


def test_pauses_in_amr_are_silence(tmp_path: Path, voices: Callable[..., np.ndarray]) -> None:
    """Phones send comfort-noise frames (type 8) and "no data" (type 15) while nobody speaks."""
    path = tmp_path / "call.amr"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopencore_amrnb", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(voices(seconds=1.0, channels=1), format="s16", layout="mono")
        frame.sample_rate = 8000
        fifo = av.AudioFifo()
        fifo.write(frame)
        for piece in fifo.read_many(160):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    spoken = decoded(path).shape[1]
    pauses = bytes([8 << 3 | 4]) + bytes(5) + bytes([15 << 3 | 4]) * 7
    with path.open("ab") as file:
        file.write(pauses * 10)
    samples = decoded(path)
    assert samples.shape[1] == spoken + 80 * 160
    assert not samples[:, spoken:].any()


def test_a_recording_that_changes_its_channels_is_refused(record: Record, tmp_path: Path) -> None:
    stereo = record("stereo.flac", codec="flac").read_bytes()
    mono = record("mono.flac", codec="flac", channels=1).read_bytes()
    mixed = tmp_path / "mixed.flac"
    mixed.write_bytes(stereo + mono[mono.find(b"\xff\xf8", 40) :])
    with pytest.raises(UnusableAudio) as caught:
        decoded(mixed)
    assert caught.value.code is AudioFault.UNREADABLE


def test_a_reader_that_stops_early_leaves_no_file_open(record: Record) -> None:
    path = record("call.wav", codec="pcm_s16le")
    blocks = decode_blocks(path, block_s=0.1)
    next(blocks)
    blocks.close()  # an unclosed file would be reported as a warning, and warnings are errors here
    path.rename(path.with_name("moved.wav"))


@pytest.mark.recordings
def test_the_real_two_party_calls_have_two_different_channels(real_recordings: Path) -> None:
    for name in ("bankcard.wav", "repairs40.wav", "audiohook-mulaw.wav", "bank-16k.wav", "support-10s.wav"):
        assert len(set(channel_digests(real_recordings / "calls" / name).digests)) == 2


@pytest.mark.recordings
def test_one_sound_in_two_codings_gives_one_digest(real_recordings: Path) -> None:
    codecs = real_recordings / "codecs"
    stereo = channel_digests(codecs / "wav_chan3_2chan_dualmono_11k.wav")
    mono = channel_digests(codecs / "sph_chan3.sph")
    assert stereo.digests == mono.digests * 2

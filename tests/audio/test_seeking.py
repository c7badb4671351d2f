"""Any part of a recording without what lies before it: the same samples, whichever part is asked for."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.frame_index import frame_index
from qa_pipeline.audio.probing import probe_what_is_there
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.seeking import PcmView, is_misread, pcm_view, read_frames

pytestmark = pytest.mark.thorough

SECONDS = 70
"""Three stretches."""

EXACT = [
    ("pcm_mulaw", "wav", 8000, 2),
    ("pcm_alaw", "wav", 8000, 2),
    ("pcm_s24le", "wav", 8000, 2),
    pytest.param("pcm_f32le", "wav", 8000, 1, marks=pytest.mark.thorough),
    ("pcm_alaw", "au", 8000, 2),
    ("pcm_s16be", "aiff", 8000, 2),
    pytest.param("pcm_mulaw", "mov", 8000, 2, marks=pytest.mark.thorough),
    pytest.param("alac", "mov", 16000, 2, marks=pytest.mark.thorough),
    ("flac", "flac", 8000, 2),
    ("g722", "wav", 16000, 1),
    ("g726", "wav", 8000, 1),
    ("libopencore_amrnb", "amr", 8000, 1),
    ("adpcm_ima_wav", "wav", 8000, 2),
    ("adpcm_ms", "wav", 8000, 1),
    pytest.param("libopencore_amrnb", "3gp", 8000, 1, marks=pytest.mark.thorough),
]
WITH_NOISE = [
    ("aac", "adts", 16000, 2),
    ("libmp3lame", "mp3", 16000, 2),
    ("libmp3lame", "mp3", 44100, 1),
    pytest.param("libmp3lame", "mp3", 8000, 2, marks=pytest.mark.thorough),
    ("aac", "mov", 16000, 2),
    ("libopus", "matroska", 48000, 2),
    pytest.param("ac3", "mov", 48000, 2, marks=pytest.mark.thorough),
    pytest.param("aac", "matroska", 44100, 1, marks=pytest.mark.thorough),
    pytest.param("aac", "flv", 44100, 1, marks=pytest.mark.thorough),
]
"""The decoder fills in noise, or the stamps are milliseconds."""


def speechlike(rate: int, channels: int, seconds: float) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Tones that swell and fade, and noise."""
    chance, times = np.random.default_rng(1), np.arange(int(seconds * rate)) / rate
    found = []
    for channel in range(channels):
        swell = np.clip(np.sin(2 * np.pi * (0.4 + 0.1 * channel) * times), 0, 1) ** 2
        voice = sum(np.sin(2 * np.pi * hertz * times) / number for number, hertz in enumerate((150, 320, 610, 1500), 1))
        found.append(swell * voice * 6000 + chance.normal(0, 60, len(times)))
    return np.clip(np.stack(found), -32000, 32000).astype(np.int16)


def write(folder: Path, codec: str, container: str, rate: int, channels: int, seconds: float = SECONDS) -> Path:
    path = folder / f"call.{container}"
    layout = ("mono", "stereo")[channels - 1]
    packed = np.ascontiguousarray(speechlike(rate, channels, seconds).T).reshape(1, -1)
    try:
        with av.open(str(path), "w", format=container) as out:
            stream = out.add_stream(codec, rate=rate, layout=layout)
            assert isinstance(stream, av.AudioStream)
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
            frame.sample_rate = rate
            waiting = av.AudioFifo()
            context = stream.codec_context
            for item in av.AudioResampler(format=context.format, layout=layout, rate=rate).resample(frame):
                item.pts = None
                waiting.write(item)
            while (item := waiting.read(context.frame_size or 1024, partial=True)) is not None:
                out.mux(stream.encode(item))
            out.mux(stream.encode(None))
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this FFmpeg does not write {codec}")
    return path


def view_of(path: Path) -> PcmView | None:
    return pcm_view(path, probe_what_is_there(path).duration_s)


def read(view: PcmView, first: int, end: int) -> bytes:
    return b"".join(read_frames(view, first, end))


def as_bytes(samples: Samples) -> bytes:
    return np.ascontiguousarray(samples.T).astype("<i2").tobytes()


@pytest.mark.parametrize(("codec", "container", "rate", "channels"), EXACT)
def test_a_part_is_the_part_of_the_whole_decode(
    tmp_path: Path, codec: str, container: str, rate: int, channels: int
) -> None:
    path = write(tmp_path, codec, container, rate, channels)
    view = view_of(path)
    assert view is not None
    decoded = np.concatenate(list(decode_blocks(path)), axis=1)[:, : view.frames]
    whole = as_bytes(decoded).ljust(view.size_bytes, b"\0")
    assert abs(view.frames - decoded.shape[1]) <= rate / 1000
    chance = np.random.default_rng(2)
    parts = [(0, 1), (0, rate), (view.frames - 7, view.frames), (31 * rate + 5, 62 * rate)]
    parts += [(first, min(view.frames, first + 999)) for first in chance.integers(0, view.frames, 6).tolist()]
    for first, end in parts:
        assert read(view, first, end) == whole[first * view.frame_bytes : end * view.frame_bytes], (first, end)


def test_a_decoder_that_rounds_by_chance_differs_in_the_last_bit(tmp_path: Path) -> None:
    path = write(tmp_path, "mp2", "mp2", 16000, 2)
    view = view_of(path)
    assert view is not None
    whole = read(view, 0, view.frames)
    decoded = as_bytes(np.concatenate(list(decode_blocks(path)), axis=1))
    difference = np.frombuffer(whole, "<i2").astype(int) - np.frombuffer(decoded, "<i2")
    assert np.abs(difference).max() <= 1
    begin = 45 * 16000
    assert read(view, begin, begin + 500) == whole[begin * 4 : (begin + 500) * 4]


@pytest.mark.parametrize(("codec", "container", "rate", "channels"), WITH_NOISE)
def test_a_part_is_in_its_place_but_for_the_noise_that_the_decoder_adds(
    tmp_path: Path, codec: str, container: str, rate: int, channels: int
) -> None:
    path = write(tmp_path, codec, container, rate, channels)
    view = view_of(path)
    assert view is not None
    decoded = as_bytes(np.concatenate(list(decode_blocks(path)), axis=1)[:, : view.frames])
    whole = np.frombuffer(decoded.ljust(view.size_bytes, b"\0"), "<i2").astype(float)
    size = view.frame_bytes
    for first, end in ((0, 999), (29 * rate, 33 * rate), (64 * rate + 7, 66 * rate)):
        part = read(view, first, end)
        heard, meant = np.frombuffer(part, "<i2").astype(float), whole[channels * first : channels * end]
        assert np.abs(heard - meant).max() <= 60 + 0.1 * np.abs(meant).max()
        assert part[size : 100 * size] == read(view, first + 1, first + 100)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "wb.amr",
            b"#!AMR-WB\n" + b"".join(bytes([kind << 3]) + bytes(size - 1) for kind, size in ((8, 61), (9, 6)) * 90),
        ),
        (
            "nb.amr",
            b"#!AMR\n" + b"".join(bytes([kind << 3]) + bytes(size - 1) for kind, size in ((7, 32), (15, 1)) * 90),
        ),
    ],
)
def test_frames_of_any_size_are_found(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with open_audio(tmp_path / name) as audio:
        samples = 180 * audio.sample_rate // 50
        index = frame_index(audio, samples)
        assert frame_index(audio, 2 * samples) is None, "a length that does not agree"
    assert index is not None
    assert index.samples == audio.sample_rate // 50
    head, pair = len(index.head), len(content[len(index.head) :]) // 90
    assert list(index.offsets) == [head, head + 50 * pair]
    assert index.before(3 * audio.sample_rate) == (2 * audio.sample_rate, head + 50 * pair)


def test_something_between_bare_frames_is_no_index(tmp_path: Path) -> None:
    path = write(tmp_path, "aac", "adts", 16000, 2, seconds=3)
    frames = 3 * 16000
    with open_audio(path) as audio:
        assert frame_index(audio, frames) is not None
    path.write_bytes(path.read_bytes()[:-100] + b"between the frames" * 9)
    with open_audio(path) as audio:
        assert frame_index(audio, frames) is None


def test_what_cannot_be_found_in_parts_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "aac", "mov", 16000, 2, seconds=2)
    assert pcm_view(path, 2.0) is not None
    assert pcm_view(path, 5.0) is None, "its stamps disagree with what was measured"


def test_a_recording_that_is_shorter_than_was_measured_ends_in_silence(tmp_path: Path) -> None:
    path = write(tmp_path, "pcm_mulaw", "wav", 8000, 1, seconds=1)
    view = pcm_view(path, 3.0)
    assert view is not None
    assert view.frames == 24000
    assert read(view, 8000, 24000) == bytes(32000)
    assert read(view, 7000, 9000)[2000:] == bytes(2000)


def test_a_wrong_header_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        out.writeframes(speechlike(8000, 1, 1.0).astype("<i2").tobytes())
    assert not is_misread(path)
    content = bytearray(path.read_bytes())
    content[40:44] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    assert is_misread(path)

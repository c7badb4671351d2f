"""Containers as they come: joined, live, with gaps, tagged, cut. Each is as long as it sounds, and sounds where its
time stamps say, or is refused for what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.decoding import channel_digests, decode_blocks
from qa_pipeline.audio.defects import Defect, name_defects
from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.mono_cuts import cut_to_fit
from qa_pipeline.audio.probing import TruncatedAudio, probe, probe_what_is_there
from qa_pipeline.audio.sent_copies import as_measured
from tests.audio import container_shapes as shapes

OPUS, AAC, PCM, FLAC = ("libopus", 48000), ("aac", 16000), ("pcm_s16le", 8000), ("flac", 16000)
GAP = [(3.5, 4.6)]
"""A second in which nobody speaks."""
PAD_S = {"aac": 0.09, "libmp3lame": 0.2}
"""What encoders of bare frames add without anything to say so, for both halves of a joined file."""

CALL_DATA = b'{"call": {"agent": "' + b"a-chen, " * 400 + b'"}}'
"""What some recorders append to their files."""

Make = Callable[[], bytes]


def joined(container_format: str, codec: str, rate: int) -> bytes:
    return b"".join(shapes.halves(container_format, codec, rate))


def gapped(container_format: str, codec: str, rate: int, **more: object) -> bytes:
    return shapes.encoded(container_format, codec, rate, shapes.marked(rate), without_s=GAP, **more)  # type: ignore[arg-type]


def mp3_parts(first_kbps: int, second_kbps: int, *, xing: bool = True) -> bytes:
    first, second = shapes.marked(8000, end_s=3.0), shapes.marked(8000, begin_s=3.0)
    return shapes.mp3(first, 8000, kbps=first_kbps, xing=xing) + shapes.mp3(second, 8000, kbps=second_kbps, xing=xing)


def page(seconds: float) -> dict[str, str]:
    return {"page_duration": str(round(seconds * 1_000_000))}


def small_pages(codec: str, rate: int) -> bytes:
    return shapes.encoded("ogg", codec, rate, shapes.marked(rate), options=page(0.02))


WHOLE: dict[str, tuple[Make, float]] = {
    # Files joined one after the other: their time stamps begin anew.
    "joined/ogg-opus": (lambda: joined("ogg", *OPUS), 0),
    "joined/ogg-flac": (lambda: joined("ogg", *FLAC), 0),
    "joined/webm-opus": (lambda: joined("webm", *OPUS), 0),
    "joined/mkv-opus": (lambda: joined("matroska", *OPUS), 0),
    "joined/mkv-pcm": (lambda: joined("matroska", *PCM), 0),
    "joined/mkv-flac": (lambda: joined("matroska", *FLAC), 0),
    "joined/mkv-aac": (lambda: joined("matroska", *AAC), PAD_S["aac"]),
    "joined/flac": (lambda: joined("flac", *FLAC), 0),
    "joined/aac": (lambda: joined("adts", *AAC), 2 * PAD_S["aac"]),
    "joined/mp3": (lambda: joined("mp3", "libmp3lame", 8000), PAD_S["libmp3lame"]),
    "joined/mp3-32-16": (lambda: mp3_parts(32, 16), PAD_S["libmp3lame"]),
    "joined/mp3-16-64": (lambda: mp3_parts(16, 64), PAD_S["libmp3lame"]),
    "joined/mp3-without-index": (lambda: mp3_parts(32, 16, xing=False), 2 * PAD_S["libmp3lame"]),
    "joined/avi": (lambda: joined("avi", "pcm_mulaw", 8000), 0),
    # Granule positions in samples of the telephone instead of 48 kHz.
    "granule/8k": (lambda: shapes.with_granules(shapes.whole("ogg", *OPUS), lambda at: at // 6), 0),
    "granule/16k": (lambda: shapes.with_granules(shapes.whole("ogg", *OPUS), lambda at: at // 3), 0),
    "granule/44k1": (lambda: shapes.with_granules(shapes.whole("ogg", *OPUS), lambda at: at * 441 // 480), 0),
    "granule/8k-small-pages": (lambda: shapes.with_granules(small_pages(*OPUS), lambda at: at // 6), 0),
    # Nothing was written while nobody spoke.
    "gap/webm-opus": (lambda: gapped("webm", *OPUS), 0),
    "gap/webm-live": (lambda: shapes.live("webm", *OPUS, without_s=GAP), 0),
    "gap/mkv-opus": (lambda: gapped("matroska", *OPUS), 0),
    "gap/mkv-pcm": (lambda: gapped("matroska", *PCM), 0),
    "gap/mkv-aac": (lambda: gapped("matroska", *AAC), PAD_S["aac"]),
    "gap/mp4": (lambda: gapped("mp4", *AAC), 0),
    "gap/mp4-fragmented": (lambda: shapes.fragmented(*AAC, without_s=GAP), PAD_S["aac"]),
    "gap/flv": (lambda: gapped("flv", "aac", 44100), PAD_S["aac"]),
    "gap/ogg-opus": (lambda: gapped("ogg", *OPUS, options=page(0.02)), 0),
    "gap/ogg-opus-larger-pages": (lambda: gapped("ogg", *OPUS, options=page(0.2)), 0),
    "gap/ogg-flac": (lambda: gapped("ogg", *FLAC, options=page(0.02)), 0),
    # As a browser streams it, and with a duration that its page wrote.
    "live/webm-opus": (lambda: shapes.live("webm", *OPUS), 0),
    "live/mkv-pcm": (lambda: shapes.live("matroska", *PCM), 0),
    "live/mkv-aac": (lambda: shapes.live("matroska", *AAC), PAD_S["aac"]),
    "live/mp4-fragmented": (lambda: shapes.fragmented(*AAC), PAD_S["aac"]),
    "clock/webm-long": (lambda: shapes.with_duration(shapes.whole("webm", *OPUS), 6.6), 0),
    "clock/webm-much-longer": (lambda: shapes.with_duration(shapes.whole("webm", *OPUS), 9.0), 0),
    "clock/webm-short": (lambda: shapes.with_duration(shapes.whole("webm", *OPUS), 2.5), 0),
    "clock/mkv-long": (lambda: shapes.with_duration(shapes.whole("matroska", *FLAC), 6.6), 0),
    # Tags behind the sound.
    "tag/ape": (lambda: tagged(shapes.ape()), 0),
    "tag/ape-without-header": (lambda: tagged(shapes.ape(header=False)), 0),
    "tag/id3v1": (lambda: tagged(shapes.id3v1()), 0),
    "tag/id3v1-extended": (lambda: tagged(shapes.id3v1_extended()), 0),
    "tag/id3v2.4": (lambda: tagged(shapes.id3v24()), 0),
    "tag/id3v2.4-without-footer": (lambda: tagged(shapes.id3v24()[:-10]), PAD_S["libmp3lame"]),
    "tag/lyrics3v1": (lambda: tagged(shapes.lyrics3v1() + shapes.id3v1()), 0),
    "tag/lyrics3v2": (lambda: tagged(shapes.lyrics3v2() + shapes.id3v1()), 0),
    "tag/ape-and-lyrics": (lambda: tagged(shapes.ape() + shapes.lyrics3v2() + shapes.id3v1()), 0),
    "tag/ape-without-index": (lambda: tagged(shapes.ape(), xing=False), PAD_S["libmp3lame"]),
    "tag/call-data-behind-webm": (lambda: shapes.whole("webm", *OPUS) + CALL_DATA, 0),
    "tag/call-data-behind-live-webm": (lambda: shapes.live("webm", *OPUS) + CALL_DATA, 0),
    "tag/call-data-behind-mp3": (lambda: tagged(CALL_DATA), PAD_S["libmp3lame"]),
    "tag/aac-id3v1": (lambda: shapes.whole("adts", *AAC) + shapes.id3v1(), PAD_S["aac"]),
    "tag/aac-ape": (lambda: shapes.whole("adts", *AAC) + shapes.ape(), PAD_S["aac"]),
}  # fmt: skip


def tagged(tag: bytes, *, xing: bool = True) -> bytes:
    return shapes.mp3(shapes.marked(8000), 8000, xing=xing) + tag


MISHEARD = {name for name in WHOLE if name.split("/")[0] in ("gap", "granule")} | {
    "joined/ogg-opus", "joined/ogg-flac", "joined/webm-opus", "joined/mkv-opus", "joined/mkv-pcm", "joined/mkv-flac",
    "joined/mkv-aac", "joined/flac",
}  # fmt: skip
"""Each reader makes of their stamps what it likes."""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / re.sub(r"\W", "-", name)
        path.write_bytes(content)
        return path

    return write


def heard(path: Path) -> tuple[float, list[list[float]]]:
    """How long it sounds, and where the marks of each channel begin; seconds."""
    samples = np.concatenate(list(decode_blocks(path)), axis=1)
    rate = probe_what_is_there(path).sample_rate
    return samples.shape[1] / rate, [shapes.marks_heard(channel, rate) for channel in samples]


@pytest.mark.parametrize("name", WHOLE)
def test_a_recording_is_as_long_as_it_sounds_and_sounds_where_its_stamps_say(
    name: str, made: Callable[[str, bytes], Path]
) -> None:
    make, padding_s = WHOLE[name]
    path = made(name, make())
    found = probe(path)
    sounds_s, marks = heard(path)
    assert found.duration_s == pytest.approx(sounds_s, abs=0.01)
    assert found.duration_s == pytest.approx(6.0 + padding_s / 2, abs=0.01 + padding_s / 2)
    assert (found.channels, found.audio_streams) == (2, 1)
    assert (found.unheard_s is not None) == (name in MISHEARD), "a reader elsewhere may hear it otherwise"
    for channel, expected in zip(marks, shapes.MARKS_S, strict=True):
        assert channel == pytest.approx(expected, abs=0.03 + padding_s)


@pytest.mark.parametrize("name", ["gap/webm-opus", "gap/mp4-fragmented", "joined/webm-opus", "granule/8k"])
def test_nothing_is_missing_of_a_recording_with_gaps_or_joints(name: str, made: Callable[[str, bytes], Path]) -> None:
    path = made(name, WHOLE[name][0]())
    found = measure_acoustics(path, expected_s=probe(path).duration_s)
    assert found.missing is None
    assert Defect.TRUNCATED not in {defect for of_channel in name_defects(found) for defect in of_channel}


def test_the_channel_that_is_cut_for_a_model_has_its_speech_where_the_stamps_say(
    made: Callable[[str, bytes], Path], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.wav"
    cut_to_fit(made("call.webm", WHOLE["gap/webm-opus"][0]()), 1, cut, max_bytes=200_000)
    seconds, [marks] = heard(cut)
    assert seconds == pytest.approx(6.0, abs=0.01)
    assert marks == pytest.approx(shapes.MARKS_S[1], abs=0.03)


@pytest.mark.parametrize(
    "name", ["joined/webm-opus", "joined/flac", "gap/mp4-fragmented", "granule/8k", "clock/webm-long"]
)
def test_what_is_sent_has_the_samples_that_were_measured(name: str, made: Callable[[str, bytes], Path]) -> None:
    path = made(name, WHOLE[name][0]())
    with as_measured(path) as sent:
        assert (sent != path) == (name in MISHEARD)
        assert channel_digests(sent) == channel_digests(path)
        assert probe(sent).unheard_s is None
    assert path.exists()


@pytest.mark.parametrize("kind", ["webm", "webm-live", "webm-behind-live", "mkv-pcm", "ogg", "flac", "aac", "mp3"])
def test_of_four_files_one_after_the_other_all_are_heard(kind: str, made: Callable[[str, bytes], Path]) -> None:
    make: dict[str, Make] = {
        "webm": lambda: shapes.whole("webm", *OPUS),
        "webm-live": lambda: shapes.live("webm", *OPUS),
        "webm-behind-live": lambda: shapes.live("webm", *OPUS) + shapes.whole("webm", *OPUS),
        "mkv-pcm": lambda: shapes.whole("matroska", *PCM),
        "ogg": lambda: shapes.whole("ogg", *OPUS),
        "flac": lambda: shapes.whole("flac", *FLAC),
        "aac": lambda: shapes.whole("adts", *AAC),
        "mp3": lambda: shapes.whole("mp3", "libmp3lame", 8000),
    }
    path = made(kind, make[kind]() * (2 if kind == "webm-behind-live" else 4))
    sounds_s, marks = heard(path)
    assert probe(path).duration_s == pytest.approx(sounds_s, abs=0.01)
    assert sounds_s == pytest.approx(24.4, abs=0.4)
    assert [len(channel) for channel in marks] == [12, 12]


def test_a_lost_packet_is_filled_and_does_not_make_a_copy_of_the_recording(made: Callable[[str, bytes], Path]) -> None:
    path = made("call.webm", shapes.encoded("webm", *OPUS, shapes.marked(48000), without_s=[(2.6, 2.62), (4.0, 4.02)]))
    found = probe(path)
    assert found.unheard_s is None
    assert found.duration_s == pytest.approx(6.0, abs=0.01)
    assert heard(path)[0] == pytest.approx(6.0, abs=0.01)


def cut(content: bytes, share: float = 0.6) -> bytes:
    return content[: round(len(content) * share)]


CUT: dict[str, Make] = {
    "wav": lambda: cut(shapes.whole("wav", *PCM)),
    "mp3": lambda: cut(shapes.whole("mp3", "libmp3lame", 8000)),
    "mp3-tagged-in-front": lambda: b"ID3\x04\x00\x00\x00\x00\x10\x00" + bytes(2048) + cut(tagged(b"")),
    "webm": lambda: cut(shapes.whole("webm", *OPUS)),
    "webm-live": lambda: cut(shapes.live("webm", *OPUS)),
    "mkv": lambda: cut(shapes.whole("matroska", *PCM)),
    "mkv-with-a-shorter-duration": lambda: cut(shapes.with_duration(shapes.whole("matroska", *PCM), 1.0)),
    "ogg": lambda: cut(shapes.whole("ogg", *OPUS)),
    "mp4-fragmented": lambda: cut(shapes.fragmented(*AAC)),
    "flac": lambda: cut(shapes.whole("flac", *FLAC)),
    "flv": lambda: cut(shapes.whole("flv", "aac", 44100)),
    "avi": lambda: cut(shapes.whole("avi", "pcm_mulaw", 8000)),
}


@pytest.mark.parametrize("name", CUT)
def test_a_recording_that_was_cut_off_is_truncated_and_what_is_there_is_known(
    name: str, made: Callable[[str, bytes], Path]
) -> None:
    path = made(name, CUT[name]())
    with pytest.raises(TruncatedAudio) as caught:
        probe(path)
    held = caught.value.held
    sounds_s, _ = heard(path)
    with as_measured(path) as sent:
        assert sent.suffix == ".flac"
        assert probe(sent).duration_s == pytest.approx(sounds_s, abs=0.001)
    assert held == probe_what_is_there(path)
    assert 2.5 < held.duration_s < 4.5
    assert held.duration_s == pytest.approx(sounds_s, abs=0.2)  # a damaged last packet, an encoder's last frame


def mono(container_format: str, codec: str, rate: int, **times_s: float) -> bytes:
    return shapes.encoded(container_format, codec, rate, shapes.marked(rate, channels=(0,), **times_s))


REFUSED: dict[str, tuple[Make, AudioFault, str]] = {
    "mp3 turns to mono": (
        lambda: shapes.mp3(shapes.marked(8000, end_s=3.0), 8000) + mono("mp3", "libmp3lame", 8000, begin_s=3.0),
        AudioFault.UNREADABLE,
        r"begins with 2 channels at 8000 Hz and turns to 1 channel at 8000 Hz after 3\.\d+ s",
    ),
    "mp3 turns to stereo": (
        lambda: mono("mp3", "libmp3lame", 8000, end_s=3.0) + shapes.mp3(shapes.marked(8000, begin_s=3.0), 8000),
        AudioFault.UNREADABLE,
        r"begins with 1 channel at 8000 Hz and turns to 2 channels at 8000 Hz after 3\.\d+ s",
    ),
    "mp3 turns to another rate": (
        lambda: shapes.mp3(shapes.marked(8000, end_s=3.0), 8000) + shapes.mp3(shapes.marked(16000, begin_s=3.0), 16000),
        AudioFault.UNREADABLE,
        r"turns to 2 channels at 16000 Hz after 3\.\d+ s",
    ),
    "aac turns to mono": (
        lambda: shapes.halves("adts", *AAC)[0] + mono("adts", *AAC, begin_s=3.0),
        AudioFault.UNREADABLE,
        r"begins with 2 channels at 16000 Hz and turns to 1 channel at 16000 Hz after 3\.\d+ s",
    ),
    "ogg turns to mono": (
        lambda: shapes.halves("ogg", *OPUS)[0] + mono("ogg", *OPUS, begin_s=3.0),
        AudioFault.UNREADABLE,
        r"breaks off after 3\.\d+ s: what follows is of another coding, rate or number of channels",
    ),
    "joined mp4": (lambda: joined("mp4", *AAC), AudioFault.UNREADABLE, "several mp4 files one after the other"),
    "joined m4a": (lambda: joined("ipod", *AAC), AudioFault.UNREADABLE, "several m4a files one after the other"),
    "joined mov": (lambda: joined("mov", *PCM), AudioFault.UNREADABLE, "several mov files one after the other"),
    "joined fragments": (
        lambda: shapes.fragmented(*AAC) * 2,
        AudioFault.UNREADABLE,
        "several mp4 files one after the other",
    ),
    "joined aiff": (
        lambda: joined("aiff", "pcm_s16be", 8000),
        AudioFault.UNREADABLE,
        "several aiff files one after the other",
    ),
    "joined flv": (lambda: joined("flv", "aac", 44100), AudioFault.UNREADABLE, "several flv files one after the other"),
    "mp4 without index": (lambda: cut(shapes.whole("mp4", *AAC)), AudioFault.TRUNCATED, "moov"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_to_its_end_is_refused_for_what_it_is(
    name: str, made: Callable[[str, bytes], Path]
) -> None:
    make, code, words = REFUSED[name]
    with pytest.raises(UnusableAudio, match=words) as caught:
        probe(made(name, make()))
    assert caught.value.code is code

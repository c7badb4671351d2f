"""Each defect is planted, in numbers, into calls that have none, and must be the only one found."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import Acoustics, measure_acoustics
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.defects import EXPLANATIONS, Defect, name_defects, roles_look_swapped
from qa_pipeline.audio.defects import drift_ms_per_min as drift_of
from qa_pipeline.audio.defects import late_s as late_seconds
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.sounds import SoundKind
from tests.audio.line_sounds import cadenced, music
from tests.conversation.building import said, talk

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "recordings"
SAMPLE_CALL = "2025-09-02/c0208.wav"
REAL_CALLS = ("bankcard.wav", "repairs40.wav")
Planted = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Found = tuple[tuple[Defect, ...], ...]


def gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def delayed(samples: np.ndarray, milliseconds: int) -> np.ndarray:
    return np.concatenate([np.zeros(8 * milliseconds), samples])[: samples.size]


def in_a_room(samples: np.ndarray) -> np.ndarray:
    """As a telephone's own loudspeaker is heard: 40 ms of decaying echoes."""
    echoes = np.random.default_rng(5).standard_normal(320) * np.exp(-np.arange(320) / 60)
    echoes[0] = 1.5
    return np.convolve(samples, echoes / np.sqrt((echoes**2).sum()))[: samples.size]


def hiss(samples: np.ndarray, level: float) -> np.ndarray:
    return np.random.default_rng(6).standard_normal(samples.size) * level


def beeps(samples: np.ndarray, *hertz: int, lasting_s: float = 0.25, every_s: float) -> np.ndarray:
    """Tones over the noise of a line."""
    at_s = np.arange(samples.size) / 8000
    tone = sum(np.sin(2 * np.pi * pitch * at_s) for pitch in hertz) * 4000
    return np.asarray(tone * (at_s % every_s < lasting_s) + hiss(samples, 20))


NONE: tuple[Defect, ...] = ()
DUAL = ((Defect.DUAL_MONO,), (Defect.DUAL_MONO,))
PLANTED: dict[str, tuple[Planted, Found]] = {
    "nothing": (lambda a, b: (a, b), (NONE, NONE)),
    # Two channels swapped are two good channels: only declared roles or the text can tell (see below).
    "swapped": (lambda a, b: (b, a), (NONE, NONE)),
    "mixed down": (lambda a, b: ((a + b) / 2, (a + b) / 2), DUAL),
    "mixed down, one turned over": (lambda a, b: ((a + b) / 2, -(a + b) / 2), DUAL),
    "mixed down, one quieter": (lambda a, b: ((a + b) / 2, (a + b) / 3), DUAL),
    "bleeding into 1 at -20 dB": (lambda a, b: (a, b + gain(-20) * a), (NONE, (Defect.BLEEDING,))),
    "bleeding into 0 at -20 dB": (lambda a, b: (a + gain(-20) * b, b), ((Defect.BLEEDING,), NONE)),
    "bleeding into 1, 40 ms late": (lambda a, b: (a, b + gain(-20) * delayed(a, 40)), (NONE, (Defect.BLEEDING,))),
    "bleeding into 0, 180 ms late": (lambda a, b: (a + gain(-20) * delayed(b, 180), b), ((Defect.BLEEDING,), NONE)),
    "bleeding into 1 at -30 dB": (lambda a, b: (a, b + gain(-30) * a), (NONE, (Defect.BLEEDING,))),
    "bleeding into 1 through a room": (lambda a, b: (a, b + gain(-20) * in_a_room(a)), (NONE, (Defect.BLEEDING,))),
    "bleeding both ways": (
        lambda a, b: (a + gain(-12) * b, b + gain(-12) * a),
        ((Defect.BLEEDING,), (Defect.BLEEDING,)),
    ),
    "bleeding too weak to matter": (lambda a, b: (a, b + gain(-50) * a), (NONE, NONE)),
    "1 is an echo of 0 at -30 dB": (
        lambda a, b: (a, gain(-30) * delayed(a, 50)),
        ((Defect.ONE_SIDED,), (Defect.SILENT, Defect.BLEEDING)),
    ),
    "0 is an echo of 1 over line noise": (
        lambda a, b: (gain(-20) * delayed(b, 50) + hiss(b, 15), b),
        ((Defect.SILENT, Defect.BLEEDING), (Defect.ONE_SIDED,)),
    ),
    "both parties on 1": (lambda a, b: (a, (a + b) * 0.7), (NONE, (Defect.BLEEDING,))),
    "both parties on 0": (lambda a, b: ((a + b) * 0.7, b), ((Defect.BLEEDING,), NONE)),
    "1 muted": (lambda a, b: (a, b * 0), ((Defect.ONE_SIDED,), (Defect.SILENT,))),
    "0 muted": (lambda a, b: (a * 0, b), ((Defect.SILENT,), (Defect.ONE_SIDED,))),
    "1 replaced by line noise": (lambda a, b: (a, hiss(b, 30)), ((Defect.ONE_SIDED,), (Defect.SILENT,))),
    "both parties on 0, 1 never connected": (lambda a, b: (a + b, b * 0), ((Defect.ONE_SIDED,), (Defect.SILENT,))),
    "mixed down, 1 comes 300 ms late": (lambda a, b: ((a + b) / 2, delayed((a + b) / 2, 300)), DUAL),
    "mixed down, 0 comes 480 ms late": (lambda a, b: (delayed((a + b) / 2, 480), (a + b) / 2), DUAL),
    "1 is the beep of a recorded call": (
        lambda a, b: (a, beeps(b, 1400, every_s=5.0)),
        ((Defect.ONE_SIDED,), (Defect.SILENT,)),
    ),
    "0 is a ring tone": (
        lambda a, b: (beeps(a, 440, 480, lasting_s=2.0, every_s=6.0), b),
        ((Defect.SILENT,), (Defect.ONE_SIDED,)),
    ),
    "1 is on hold": (
        lambda a, b: (a, music("piano", seconds=b.size / 8000) * 3000 + hiss(b, 20)),
        ((Defect.ONE_SIDED,), (Defect.SILENT,)),
    ),
    "1 is loud noise": (lambda a, b: (a, hiss(b, 900)), ((Defect.ONE_SIDED,), NONE)),
    "0 clipped": (lambda a, b: (a * gain(20), b), ((Defect.CLIPPED,), NONE)),
    "1 clipped": (lambda a, b: (a, b * gain(20)), (NONE, (Defect.CLIPPED,))),
    "1 faint": (lambda a, b: (a, b * gain(-20)), (NONE, (Defect.FAINT,))),
}


@pytest.fixture(
    params=[
        SAMPLE_CALL,
        *(pytest.param(name, marks=[pytest.mark.recordings, pytest.mark.thorough]) for name in REAL_CALLS),
    ]
)
def call(request: pytest.FixtureRequest) -> Path:
    if request.param == SAMPLE_CALL:
        return SAMPLES / SAMPLE_CALL
    folder: Path = request.getfixturevalue("real_recordings")
    return folder / "calls" / str(request.param)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found_and_nothing_else(name: str, call: Path, write_wav: Callable[..., Path]) -> None:
    plant, expected = PLANTED[name]
    samples = np.concatenate(list(decode_blocks(call)), axis=1)[:, : 60 * 8000].astype(float)
    spoiled = np.clip(np.rint(np.stack(plant(*samples))), -32768, 32767).astype(np.int16)
    assert name_defects(measure_acoustics(write_wav("call.wav", spoiled))) == expected


def test_words_that_lie_in_ringing_or_music_lie_in_no_speech(write_wav: Callable[..., Path]) -> None:
    first, second = np.concatenate(list(decode_blocks(SAMPLES / SAMPLE_CALL)), axis=1).astype(float)
    ringing = cadenced(440, 480, seconds=14, cadence=(2, 4)) * 5000
    hold = music("organ", seconds=12) * 5000
    line = np.concatenate([ringing, second[: 8 * 8000], hold])
    pair = np.rint(np.stack([np.pad(first, (0, line.size))[: line.size], line])).astype(np.int16)
    channel = measure_acoustics(write_wav("call.wav", pair)).channels[1]
    assert [sound.kind for sound in channel.sounds] == [SoundKind.RINGING] * 3 + [SoundKind.MUSIC]
    alone = measure_acoustics(write_wav("alone.wav", np.rint(second[np.newaxis, : 8 * 8000]).astype(np.int16)))
    assert channel.speech_s == pytest.approx(alone.channels[0].speech_s, abs=1.0)
    sentences = (said("customer", 100, 1900), said("customer", 24_000, 33_000))
    metrics = talk(*sentences, speech={"agent": [], "customer": list(channel.segments_ms)}).metrics
    assert metrics.customer_words_without_sound == 2


def test_one_word_over_an_echo_is_somebody(write_wav: Callable[..., Path]) -> None:
    first, second = np.concatenate(list(decode_blocks(SAMPLES / SAMPLE_CALL)), axis=1).astype(float)
    loudest = int(np.abs(second).argmax())
    word = second * (np.abs(np.arange(second.size) - loudest) < 2400)
    pair = np.rint(np.stack([first, gain(-30) * delayed(first, 50) + word])).astype(np.int16)
    measured = measure_acoustics(write_wav("call.wav", pair))
    assert measured.channels[1].speech_s > 0.5
    _, found = name_defects(measured)
    assert Defect.BLEEDING in found
    assert Defect.SILENT not in found


@pytest.mark.parametrize(("late_ms", "late_s"), [(2000, 2.0), (1200, 1.2), (600, None)])
@pytest.mark.parametrize("number", [0, 1])
def test_a_channel_that_begins_late_is_suspected_with_the_seconds(
    number: int, late_ms: int, late_s: float | None, write_wav: Callable[..., Path]
) -> None:
    samples = np.concatenate(list(decode_blocks(SAMPLES / SAMPLE_CALL)), axis=1)
    samples = samples + np.rint(hiss(samples[0], 15)).astype(np.int16)
    samples[number] = delayed(samples[number], late_ms)
    measured = measure_acoustics(write_wav("call.wav", samples))
    assert (Defect.OUT_OF_STEP in name_defects(measured)[number]) is (late_s is not None)
    assert Defect.OUT_OF_STEP not in name_defects(measured)[1 - number]
    found_s = late_seconds(measured, number)
    assert found_s == (None if late_s is None else pytest.approx(late_s, abs=0.05))


def test_the_beginning_of_a_channel_that_leaves_out_silence_says_nothing(write_wav: Callable[..., Path]) -> None:
    samples = np.concatenate(list(decode_blocks(SAMPLES / SAMPLE_CALL)), axis=1)
    samples = samples + np.rint(hiss(samples[0], 15)).astype(np.int16)
    samples[1] = delayed(samples[1], 2000)
    samples[1, 40_000:44_000] = 0
    measured = measure_acoustics(write_wav("call.wav", samples))
    assert late_seconds(measured, 1) is None


def by_another_clock(samples: np.ndarray, faster: float) -> np.ndarray:
    """As a clock records it that is faster by a share: what comes later comes later and later, in its own time."""
    at = np.arange(samples.size) / (1 + faster)
    fine = np.fft.irfft(np.fft.rfft(samples), 4 * samples.size) * 4
    return np.interp(4 * at, np.arange(fine.size), fine)


def measured_pair(write_wav: Callable[..., Path], first: np.ndarray, second: np.ndarray) -> Acoustics:
    pair = np.clip(np.rint(np.stack([first, second])), -32768, 32767).astype(np.int16)
    return measure_acoustics(write_wav("call.wav", pair))


@pytest.mark.parametrize("faster", [0.0, 0.0005, -0.002, 0.01])
def test_clocks_that_run_apart_are_told_by_an_echo_with_how_much(
    faster: float, call: Path, write_wav: Callable[..., Path]
) -> None:
    first, second = np.concatenate(list(decode_blocks(call)), axis=1)[:, : 60 * 8000].astype(float)
    with_echo = second + gain(-25) * delayed(first, 40)
    measured = measured_pair(write_wav, first, by_another_clock(with_echo, faster))
    is_told = [Defect.OUT_OF_STEP in defects for defects in name_defects(measured)]
    if not faster:
        assert (is_told, drift_of(measured, 1)) == ([False, False], None)
        return
    told = drift_of(measured, 1)
    assert told == pytest.approx(faster * 60_000, rel=0.02)
    assert drift_of(measured, 0) == -(told or 0)
    assert is_told == [True, True]
    if abs(faster) < 0.005:
        assert Defect.BLEEDING in name_defects(measured)[1], "a copy is one whatever its clock"


def test_two_channels_of_one_sound_are_dual_mono_by_two_clocks_too(write_wav: Callable[..., Path]) -> None:
    first, second = np.concatenate(list(decode_blocks(SAMPLES / SAMPLE_CALL)), axis=1).astype(float)
    mixed = (first + second) / 2
    measured = measured_pair(write_wav, mixed, by_another_clock(mixed, 0.001))
    assert name_defects(measured) == ((Defect.DUAL_MONO, Defect.OUT_OF_STEP),) * 2


def test_an_echo_that_jumps_and_tones_that_beat_are_of_one_clock(write_wav: Callable[..., Path]) -> None:
    first, second = np.concatenate(list(decode_blocks(SAMPLES / SAMPLE_CALL)), axis=1).astype(float)
    half = first.size // 2
    jumps = np.concatenate([delayed(first, 40)[:half], delayed(first, 70)[half:]])
    assert drift_of(measured_pair(write_wav, first, second + gain(-20) * jumps), 1) is None
    tones = (beeps(first, 425, lasting_s=9, every_s=9.0), beeps(first, 426, lasting_s=9, every_s=9.0))
    assert drift_of(measured_pair(write_wav, *tones), 1) is None


def test_a_call_cut_off_is_truncated_on_both_channels_and_nothing_else(call: Path, tmp_path: Path) -> None:
    cut = tmp_path / "call.wav"
    whole = call.read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    assert name_defects(measure_acoustics(cut)) == ((Defect.TRUNCATED,), (Defect.TRUNCATED,))


def test_a_call_cut_with_its_header_put_right_is_found_by_the_length_it_should_have(
    call: Path, write_wav: Callable[..., Path]
) -> None:
    samples = np.concatenate(list(decode_blocks(call)), axis=1)
    path = write_wav("call.wav", samples[:, : samples.shape[1] // 2])
    assert name_defects(measure_acoustics(path)) == (NONE, NONE)
    cut = measure_acoustics(path, expected_s=samples.shape[1] / 8000)
    assert name_defects(cut) == ((Defect.TRUNCATED,), (Defect.TRUNCATED,))


@pytest.mark.recordings
@pytest.mark.parametrize("name", REAL_CALLS)
def test_a_good_real_call_is_plausible(name: str, real_recordings: Path) -> None:
    found = measure_acoustics(real_recordings / "calls" / name)
    assert all(0.15 < channel.speech_ratio < 0.70 for channel in found.channels)
    assert found.pair is not None
    assert abs(found.pair.correlation or 0) < 0.3
    assert name_defects(found) == (NONE, NONE)


REAL_DEFECTS: dict[str, Found] = {
    "audiohook-mulaw.wav": ((Defect.CLIPPED,), (Defect.CLIPPED,)),
    "support-10s.wav": ((Defect.FAINT,), NONE),
}


@pytest.mark.recordings
def test_of_the_real_calls_only_the_hot_and_the_faint_one_have_defects(real_recordings: Path) -> None:
    files = [path for path in (real_recordings / "calls").iterdir() if path.suffix != ".json"]
    assert len(files) > 10
    found = {path.name: name_defects(measure_acoustics(path)) for path in files}
    assert {name: defects for name, defects in found.items() if any(defects)} == REAL_DEFECTS


@pytest.mark.recordings
def test_two_channels_of_one_sound_in_a_real_file_are_dual_mono(real_recordings: Path) -> None:
    path = real_recordings / "codecs" / "wav_chan3_2chan_dualmono_11k.wav"
    assert all(Defect.DUAL_MONO in defects for defects in name_defects(measure_acoustics(path)))


SPOILED_SAMPLES: dict[str, Found] = {
    "c0190": DUAL,
    "c0191": ((Defect.ONE_SIDED,), (Defect.SILENT,)),
    "c0290": ((Defect.ROLE_SWAP_SUSPECTED,), (Defect.ROLE_SWAP_SUSPECTED,)),
    "c0292": ((Defect.TRUNCATED,), (Defect.TRUNCATED,)),
}


@pytest.mark.thorough
def test_of_the_sample_calls_only_the_spoiled_ones_have_defects() -> None:
    """All three days, with the agent's channel as the landing zone has it; c0205 rightly says 1, c0290 wrongly 0."""
    found: dict[str, Found] = {}
    for path in sorted(SAMPLES.glob("2025-*/*")):
        if path.suffix in (".json", ".csv"):
            continue
        call_id = next(part for part in path.stem.split("_") if part.startswith("c0"))
        try:
            measured = measure_acoustics(path)
        except UnusableAudio:
            continue
        greeting = declared_agent_channel(path) if call_id != "c0304" else None  # the only outbound call
        found[call_id] = name_defects(measured, greeting_channel=greeting)
    assert len(found) > 30
    assert {name: defects for name, defects in found.items() if any(defects)} == SPOILED_SAMPLES


def declared_agent_channel(path: Path) -> int:
    sidecar, calls = path.with_suffix(".json"), path.with_name("calls.csv")
    if sidecar.exists():
        return int(json.loads(sidecar.read_text(encoding="utf-8")).get("agent_channel", 0))
    if calls.exists():
        with calls.open(encoding="utf-8", newline="") as file:
            rows = {row["call_id"]: row for row in csv.DictReader(file)}
        return int(rows.get(path.stem, {}).get("agent_channel") or 0)
    return 0


def test_roles_are_not_judged_where_nobody_says_who_the_agent_is() -> None:
    swapped = measure_acoustics(SAMPLES / "2025-09-02" / "c0290.wav")
    assert roles_look_swapped(swapped, 0)
    assert not roles_look_swapped(swapped, 1)
    assert name_defects(swapped) == (NONE, NONE)


def test_roles_of_a_call_with_one_voice_or_one_channel_are_not_judged() -> None:
    for name in ("c0191.wav", "c0192.wav"):
        assert not roles_look_swapped(measure_acoustics(SAMPLES / "2025-09-01" / name), 0)


def test_a_stricter_threshold_finds_more() -> None:
    measured = measure_acoustics(SAMPLES / SAMPLE_CALL)
    assert name_defects(measured, AcousticOptions(faint_db=-10.0)) == ((Defect.FAINT,), (Defect.FAINT,))


def test_two_channels_of_line_noise_are_silent_and_no_more(write_wav: Callable[..., Path]) -> None:
    noise = hiss(np.zeros(20 * 8000), 20)
    for second in (noise, hiss(noise, 10) + noise, noise * 0):
        pair = np.stack([noise, second]).astype(np.int16)
        assert name_defects(measure_acoustics(write_wav("call.wav", pair))) == ((Defect.SILENT,), (Defect.SILENT,))


def test_a_mono_recording_is_judged_for_loudness_and_completeness_alone(write_wav: Callable[..., Path]) -> None:
    mono = np.concatenate(list(decode_blocks(SAMPLES / "2025-09-01" / "c0192.wav")), axis=1)
    path = write_wav("call.wav", mono)
    assert name_defects(measure_acoustics(path), greeting_channel=0) == (NONE,)
    path.write_bytes(path.read_bytes()[:-30_000])
    assert name_defects(measure_acoustics(path)) == ((Defect.TRUNCATED,),)


def test_every_defect_is_explained_in_one_sentence() -> None:
    assert set(EXPLANATIONS) == set(Defect)
    assert all(sentence.endswith(".") and sentence.count(". ") == 0 for sentence in EXPLANATIONS.values())


def test_measurements_without_a_single_window_name_nothing(write_wav: Callable[..., Path]) -> None:
    short: Acoustics = measure_acoustics(write_wav("call.wav", np.full((2, 80), 900, np.int16)))
    assert Defect.BLEEDING not in {defect for defects in name_defects(short) for defect in defects}

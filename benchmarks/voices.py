"""How often the voices of a mono recording are taken for each other: stereo calls, whose parties are known, mixed down.

The mix of a call flatters, because its two lines differ in level and band and are told apart by that, too. So each call
is also mixed with both parties at one level, and with both at one level inside the band of a telephone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.activity import ActivityDetector
from qa_pipeline.audio.resampling import ANALYSIS_RATE, Resampler
from qa_pipeline.audio.samples import Samples
from qa_pipeline.sound.voices import channel_sound
from qa_pipeline.voices.embedding import Embedder, NoVoiceNetwork, OnnxEmbedder
from qa_pipeline.voices.log_mel import VOICE_RATE
from qa_pipeline.voices.telling import VoicesTold, tell_voices

CALLS = (
    "repairs40.wav", "audiohook-mulaw.wav", "bankcard.wav", "bank-16k.wav", "support-10s.wav", "two-readers.wav",
)  # fmt: skip
LEVEL_DB = -26.0
BAND_HZ = (300.0, 3400.0)
STEP_MS = 10
_BLOCK = 10 * VOICE_RATE

Segments = Sequence[tuple[int, int]]
Signal = NDArray[np.float64]


def voices(recordings: Path, network: Path, say: Callable[[str], None]) -> bool:
    """Prints a line per call and mix; False where recordings or network are missing."""
    try:
        embedder = OnnxEmbedder(network)
    except NoVoiceNetwork as error:
        say(f"voices: {error}; name the file with --network")
        return False
    found = [recordings / name for name in CALLS if (recordings / name).is_file()]
    if not found:
        say(f"voices: none of the stereo calls lies in {recordings}; name their folder with --recordings")
        return False
    say("Mono from stereo calls: time of one speaker on the wrong side\n")
    say(_row("call", "mix", "length s", "speech s", "wrong %", "separation", "x real time", "mark"))
    for path in found:
        for mix, sound, parties in mixes(path):
            say(_line(path.name, mix, sound, parties, embedder))
    return True


def mixes(path: Path) -> Iterator[tuple[str, Samples, list[Segments]]]:
    """(name, mono sound at 16 kHz, when each party speaks in ms) for each way of mixing a stereo call."""
    parties = [np.concatenate(list(channel_sound(path, channel))) for channel in (0, 1)]
    length = min(map(len, parties))
    plain = [party[:length].astype(np.float64) for party in parties]
    speech = [speech_of(_int16(party)) for party in plain]
    level = [_at_level(party, segments) for party, segments in zip(plain, speech, strict=True)]
    band = [_at_level(_in_band(party), segments) for party, segments in zip(level, speech, strict=True)]
    for name, both in (("plain", plain), ("level", level), ("band", band)):
        yield name, _int16(both[0] + both[1]), speech


def wrong_share(told: VoicesTold, parties: Sequence[Segments], length_ms: int) -> float | None:
    """Share of the time in which one party alone speaks that has the other's voice, by the better of the two ways to
    name the voices; None where not two voices were told."""
    if told.voices < len(parties):
        return None
    said = np.full(length_ms // STEP_MS + 1, -1)
    for span in told.spans:
        said[span.begin_ms // STEP_MS : span.end_ms // STEP_MS] = span.voice
    speaks = np.zeros((len(parties), len(said)), bool)
    for party, segments in enumerate(parties):
        for begin, end in segments:
            speaks[party, begin // STEP_MS : end // STEP_MS] = True
    alone = (speaks[0] ^ speaks[1]) & (said >= 0)
    wrong = float((said[alone] != speaks[1][alone]).mean()) if alone.any() else 0.0
    return min(wrong, 1 - wrong)


def speech_of(sound: Samples) -> Segments:
    """When there is speech, in ms, by the project's own detector."""
    detector, resampler = ActivityDetector(AcousticOptions()), Resampler(VOICE_RATE, ANALYSIS_RATE)
    for part in (resampler.feed(sound), resampler.finish()):
        detector.feed(part)
    return detector.finish(len(sound) * 1000 // VOICE_RATE).segments_ms


def _line(name: str, mix: str, sound: Samples, parties: Sequence[Segments], embedder: Embedder) -> str:
    segments, length_s = speech_of(sound), len(sound) / VOICE_RATE
    edges = [*range(0, len(sound), _BLOCK), len(sound)]
    begun = time.process_time()
    told = tell_voices((sound[begin:end] for begin, end in pairwise(edges)), segments, embedder)
    speed = length_s / max(time.process_time() - begun, 1e-9)
    wrong = wrong_share(told, parties, round(length_s * 1000))
    speech_s = sum(end - begin for begin, end in segments) / 1000
    shown = "-" if wrong is None else f"{100 * wrong:.1f}"
    mark = f"unsure: {told.unsure.value}" if told.unsure else "sure"
    return _row(
        name, mix, f"{length_s:.1f}", f"{speech_s:.1f}", shown, f"{told.separation or 0:.2f}", f"{speed:.0f}", mark
    )


def _row(name: str, mix: str, length: str, speech: str, wrong: str, separation: str, speed: str, mark: str) -> str:
    return f"{name:<22}{mix:<8}{length:>9}{speech:>9}{wrong:>9}{separation:>12}{speed:>13}  {mark}"


def _at_level(party: Signal, segments: Segments) -> Signal:
    per_ms = VOICE_RATE // 1000
    spoken = [party[begin * per_ms : end * per_ms] for begin, end in segments]
    power = float(np.mean(np.concatenate(spoken) ** 2)) if spoken else 0.0
    return party * (32768 * 10 ** (LEVEL_DB / 20) / np.sqrt(power)) if power else party


def _in_band(party: Signal) -> Signal:
    spectrum = np.fft.rfft(party)
    hz = np.fft.rfftfreq(len(party), 1 / VOICE_RATE)
    spectrum[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])] = 0
    return np.fft.irfft(spectrum, len(party))


def _int16(signal: Signal) -> Samples:
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)

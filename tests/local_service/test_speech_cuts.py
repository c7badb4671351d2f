"""Sound cut at its pauses: nothing spoken is lost, every piece stands where it was, none is too long."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.samples import Samples
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE, mono_sound
from qa_pipeline.local_service.recognizers.speech_cuts import SpeechCut, speech_cuts
from qa_pipeline.transcription.results import parse_result
from tests.local_service.sounds import Sound, quiet, tone, voice

ROOT = Path(__file__).resolve().parents[2]


def cuts(sound: Sound, block: int = 4321) -> list[SpeechCut]:
    samples: Samples = (sound * 32767).astype(np.int16)
    return list(speech_cuts(samples[start : start + block] for start in range(0, len(samples), block)))


def test_pieces_begin_and_end_a_little_beside_the_speech() -> None:
    first, second = cuts(np.concatenate([quiet(1), voice(300, 1), quiet(2), voice(300, 2), quiet(1)]))
    assert (first.begin_ms, first.end_ms) == (pytest.approx(850, abs=70), pytest.approx(2200, abs=70))
    assert (second.begin_ms, second.end_ms) == (pytest.approx(3850, abs=70), pytest.approx(6200, abs=70))
    assert len(second.samples) == round((second.end_ms - second.begin_ms) * SPEECH_RATE / 1000)


def test_a_short_pause_belongs_to_the_piece_and_a_long_one_ends_it() -> None:
    assert len(cuts(np.concatenate([voice(300, 1), quiet(0.4), voice(300, 1)]))) == 1
    assert len(cuts(np.concatenate([voice(300, 1), quiet(0.9), voice(300, 1)]))) == 2


def test_long_speech_is_cut_at_a_short_pause_and_without_one_at_28_s() -> None:
    paused = cuts(np.concatenate([voice(300, 16), quiet(0.35), voice(300, 5)]))
    assert [round(cut.end_ms - cut.begin_ms, -3) for cut in paused] == [16_000, 5_000]
    endless = cuts(voice(300, 60))
    assert [len(cut.samples) / SPEECH_RATE for cut in endless[:2]] == [28.0, 28.0]


def test_what_is_cut_within_speech_goes_on_without_a_gap() -> None:
    endless = cuts(voice(300, 60))
    for before, after in pairwise(endless):
        assert after.first <= before.first + len(before.samples), "not a sample between them is missing"


@pytest.mark.parametrize("block", [1, 319, 320, 16_000])
def test_it_does_not_matter_in_which_portions_the_sound_comes(block: int) -> None:
    sound = np.concatenate([quiet(0.1), voice(300, 0.5), quiet(0.1)])
    assert [(cut.first, len(cut.samples)) for cut in cuts(sound, block)] == [
        (cut.first, len(cut.samples)) for cut in cuts(sound)
    ]


@pytest.mark.parametrize("sound", [quiet(3), quiet(0), tone(300, 2, 0.0005)], ids=["silence", "nothing", "inaudible"])
def test_where_nobody_speaks_there_is_no_piece(sound: Sound) -> None:
    assert cuts(sound) == []


def test_speech_at_the_very_end_is_kept() -> None:
    [cut] = cuts(np.concatenate([quiet(1), voice(300, 0.517)]))
    assert cut.end_ms >= 1517


def cuts_of(recording: Path, channel: int) -> list[SpeechCut]:
    return list(speech_cuts(mono_sound(recording, probe(recording).sample_rate, channel)))


@pytest.mark.parametrize("name", ["c0101.mp3", "c0102.opus"])
def test_all_that_is_said_in_a_sample_call_is_in_a_piece(name: str) -> None:
    recording = ROOT / "samples" / "recordings" / "2025-09-01" / name
    transcript = parse_result(recording.with_name(f"{recording.stem}.transcript.json").read_bytes())
    for channel in (0, 1):
        pieces = cuts_of(recording, channel)
        for sentence in transcript.channel(channel).sentences:
            begin_ms, end_ms = sentence.span_ms
            inside = sum(max(0, min(end_ms, cut.end_ms) - max(begin_ms, cut.begin_ms)) for cut in pieces)
            assert inside > 0.98 * (end_ms - begin_ms), sentence.text
        assert sum(len(cut.samples) for cut in pieces) < 0.8 * SPEECH_RATE * probe(recording).duration_s


@pytest.mark.recordings
def test_every_sentence_over_a_real_line_begins_in_a_piece() -> None:
    """People wrote down when each began; when each ended is not as exact in this recording."""
    recording = ROOT.parent / "shared" / "audio" / "calls" / "bankcard.wav"
    if not recording.is_file():
        pytest.skip("the real recordings (../shared/audio) are not on this machine")
    transcript = parse_result(recording.with_suffix(".transcript.json").read_bytes())
    for channel in (0, 1):
        pieces = cuts_of(recording, channel)
        begins = [sentence.span_ms[0] for sentence in transcript.channel(channel).sentences]
        assert begins
        assert [at for at in begins if not any(cut.begin_ms <= at < cut.end_ms for cut in pieces)] == []

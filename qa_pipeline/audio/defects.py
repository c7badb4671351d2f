"""What is wrong with a recording's sound, named from its measurements, so that it is known before money is spent.

A defect is on the channel that has it. What is then done (transcribe once, skip a channel, go on) is decided by
who pays, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import numpy as np

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import Acoustics, ChannelAcoustics
from qa_pipeline.audio.copies import is_alike
from qa_pipeline.audio.levels import SILENCE_DB

STEREO = 2
_LATE_MS = 10.0
_BLUR_MS = 150
"""How exactly a stretch of sound is known: the second that holds its edge is its own."""


class Defect(StrEnum):
    """Names as tables hold them, in the order in which they are listed; `EXPLANATIONS` has a sentence for each."""

    DUAL_MONO = "dual_mono"
    SILENT = "silent"
    ONE_SIDED = "one_sided"
    OUT_OF_STEP = "out_of_step"
    BLEEDING = "bleeding"
    CLIPPED = "clipped"
    FAINT = "faint"
    TRUNCATED = "truncated"
    ROLE_SWAP_SUSPECTED = "role_swap_suspected"


EXPLANATIONS: dict[Defect, str] = {
    Defect.DUAL_MONO: "Both channels carry the same sound, so agent and customer can't be told apart by channel.",
    Defect.SILENT: "Nobody speaks on the channel: it has nothing but line noise, ringing, tones, music or an "
    "echo of the other party, so there is nothing to transcribe.",
    Defect.ONE_SIDED: "Only this channel has speech; the other party is not heard, or both parties are on this "
    "channel.",
    Defect.OUT_OF_STEP: "The channel begins later than the other one, with not even line noise before (that party may "
    "have joined later, or its sound comes too late and answers seem slow), or the clocks of both run apart, so that "
    "times of one channel are wrong by more and more.",
    Defect.BLEEDING: "The channel holds a copy of the other party's voice, whose words may turn up in its transcript.",
    Defect.CLIPPED: "The channel was recorded too loud and its peaks are cut off, which spoils words and emotions.",
    Defect.FAINT: "The speech of the channel is much fainter than on a well-set line, so words may be missed.",
    Defect.TRUNCATED: "The recording is shorter than its file says, so the end of the call may be missing.",
    Defect.ROLE_SWAP_SUSPECTED: "The customer's channel speaks first and much more, as agents do: the roles may be "
    "swapped.",
}


def name_defects(
    acoustics: Acoustics, options: AcousticOptions | None = None, *, greeting_channel: int | None = None
) -> tuple[tuple[Defect, ...], ...]:
    """The defects of each channel, in the order of `Defect`.

    `greeting_channel` is the declared agent's channel of a call that agents open (an inbound one); only with it are
    roles judged. Mono recordings are judged for loudness and completeness alone.
    """
    options = options or AcousticOptions()
    shared = set(_of_the_recording(acoustics, options, greeting_channel))
    of_others = shared - {Defect.DUAL_MONO, Defect.ROLE_SWAP_SUSPECTED}
    return tuple(
        tuple(
            sorted(
                (shared if channel.channel_id < STEREO else of_others) | set(_of_channel(acoustics, channel, options)),
                key=list(Defect).index,
            )
        )
        for channel in acoustics.channels
    )


def _of_the_recording(acoustics: Acoustics, options: AcousticOptions, greeting_channel: int | None) -> Iterator[Defect]:
    if acoustics.missing is not None:
        yield Defect.TRUNCATED
    if _is_dual_mono(acoustics, options):
        yield Defect.DUAL_MONO
    elif greeting_channel is not None and roles_look_swapped(acoustics, greeting_channel, options):
        yield Defect.ROLE_SWAP_SUSPECTED


def _of_channel(acoustics: Acoustics, channel: ChannelAcoustics, options: AcousticOptions) -> Iterator[Defect]:
    if _is_silent(channel, options):
        yield Defect.SILENT
    if channel.clipping_ratio > options.clipped_ratio:
        yield Defect.CLIPPED
    if (
        channel.speech_loudness_db is not None
        and channel.speech_s >= options.faint_speech_s
        and channel.speech_loudness_db < options.faint_db
    ):
        yield Defect.FAINT
    if not _is_of_pair(acoustics, channel.channel_id):
        return
    if drift_ms_per_min(acoustics, channel.channel_id) is not None:
        yield Defect.OUT_OF_STEP
    if _is_dual_mono(acoustics, options):
        return
    if late_s(acoustics, channel.channel_id, options) is not None:
        yield Defect.OUT_OF_STEP
    other = acoustics.channels[1 - channel.channel_id]
    if channel.speech_s >= options.one_sided_speech_s and other.speech_s < options.unheard_speech_s:
        yield Defect.ONE_SIDED
    if _holds_a_copy(acoustics, channel.channel_id, options):
        yield Defect.BLEEDING


def late_s(acoustics: Acoustics, channel_id: int, options: AcousticOptions | None = None) -> float | None:
    """By how many seconds a channel of two begins later than the other, where that is suspicious; else None."""
    options = options or AcousticOptions()
    if not _is_of_pair(acoustics, channel_id):
        return None
    channel, other = acoustics.channels[channel_id], acoustics.channels[1 - channel_id]
    found_s = channel.line_lead_s - other.line_lead_s
    both_speak = min(channel.speech_s, other.speech_s) >= options.unheard_speech_s
    is_late = both_speak and found_s >= options.late_s and channel.line_gap_s < options.late_gap_s
    return round(found_s, 2) if is_late else None


def drift_ms_per_min(acoustics: Acoustics, channel_id: int) -> float | None:
    """By how many ms a channel of two falls further behind the other each minute (negative: the other one behind it);
    None where their clocks are not known to run apart."""
    drift = acoustics.pair.drift if acoustics.pair and _is_of_pair(acoustics, channel_id) else None
    if drift is None:
        return None
    return round(drift.ms_per_min if channel_id == 1 else -drift.ms_per_min, 1)


def roles_look_swapped(acoustics: Acoustics, agent_channel: int, options: AcousticOptions | None = None) -> bool:
    """Whether, in a call that agents open, the other channel speaks first (by `swap_lead_s`) and much more
    (`swap_talk_ratio`).

    A hint from sound alone; who greets and who closes is seen in the text.
    """
    options = options or AcousticOptions()
    if len(acoustics.channels) < STEREO:
        return False
    agent, customer = acoustics.channels[agent_channel], acoustics.channels[1 - agent_channel]
    if not agent.segments_ms or not customer.segments_ms:
        return False
    lead_s = (agent.segments_ms[0][0] - customer.segments_ms[0][0]) / 1000
    return lead_s >= options.swap_lead_s and customer.speech_s >= options.swap_talk_ratio * agent.speech_s


def _is_of_pair(acoustics: Acoustics, channel_id: int) -> bool:
    """Whether a channel is one of the two parties': of more than two channels they are the first."""
    return len(acoustics.channels) >= STEREO and channel_id < STEREO


def _is_silent(channel: ChannelAcoustics, options: AcousticOptions) -> bool:
    """Nobody speaks, and nothing but ringing, tones, music and the other party's voice is louder than the noise of a
    line."""
    if channel.is_copy:
        return True
    if channel.speech_s >= options.unheard_speech_s:
        return False
    levels = np.array(channel.loudness_per_s_db)
    for sound in channel.sounds:
        levels[max(0, sound.begin_ms - _BLUR_MS) // 1000 : (sound.end_ms + _BLUR_MS) // 1000 + 1] = SILENCE_DB
    return bool(levels.max(initial=SILENCE_DB) < options.silent_db)


def _is_dual_mono(acoustics: Acoustics, options: AcousticOptions) -> bool:
    """Two channels of nothing but noise are silent, not the same."""
    pair = acoustics.pair
    if pair is None or pair.correlation is None or any(_is_silent(channel, options) for channel in acoustics.channels):
        return False
    is_shifted = pair.drift is not None or abs(pair.lag_ms or 0.0) > _LATE_MS
    least = options.dual_mono_late_correlation if is_shifted else options.dual_mono_correlation
    return abs(pair.correlation) > least


def _holds_a_copy(acoustics: Acoustics, channel_id: int, options: AcousticOptions) -> bool:
    """Either a weaker copy in the seconds of the other party, or as loud a one in those where neither is louder: then
    it is in the channel that the other one doesn't prove clean."""
    pair = acoustics.pair
    if pair is None:
        return False
    weaker = pair.copy_in[channel_id]
    if is_alike(weaker, options):
        return weaker.gain_db >= options.bleeding_gain_db
    seen_clean = weaker.windows + weaker.silent_windows >= options.bleeding_windows
    return not seen_clean and is_alike(pair.level, options)

"""Reads and writes of the table `acoustics`: what was heard on each channel, and what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import Acoustics, ChannelAcoustics
from qa_pipeline.audio.correlation import PairLikeness
from qa_pipeline.audio.defects import Defect
from qa_pipeline.audio.measuring_version import measuring_version, options_json
from qa_pipeline.recordings.sound_handling import SoundVerdict
from qa_pipeline.transcription.tables import role_of

MeasuredChannel = dict[str, Any]
"""A row of `acoustics` without what depends on the call and on what is done about defects: see `measured_channels`."""


def measured_channels(
    acoustics: Acoustics,
    defects: Sequence[Sequence[Defect]],
    options: AcousticOptions,
    *,
    recording_id: str,
    greeting_channel: int | None,
) -> list[MeasuredChannel]:
    """What is stored of a measured recording, a row a channel; it stays true as long as the recording, the options and
    the channel that is to greet stay the same."""
    return [
        {
            "channel_id": channel.channel_id,
            "defects": [defect.value for defect in of_channel],
            "missing": acoustics.missing,
            "greeting_channel": greeting_channel,
            "recording_id": recording_id,
            "definition_version": measuring_version(options),
            "options": options_json(options),
            **_of_channel(channel),
            **_of_pair(channel.channel_id, acoustics.pair),
        }
        for channel, of_channel in zip(acoustics.channels, defects, strict=True)
    ]


def _of_channel(channel: ChannelAcoustics) -> dict[str, Any]:
    return {
        "speech_s": channel.speech_s,
        "speech_ratio": channel.speech_ratio,
        "speech_loudness_db": channel.speech_loudness_db,
        "loudness_db": channel.loudness_db,
        "loudness_per_s_db": list(channel.loudness_per_s_db),
        "peak_db": channel.peak_db,
        "clipping_ratio": channel.clipping_ratio,
        "segments": [{"begin_ms": begin, "end_ms": end} for begin, end in channel.segments_ms],
        "waveform": channel.waveform,
        "channel_sha256": channel.digest,
    }


def _of_pair(channel_id: int, pair: PairLikeness | None) -> dict[str, Any]:
    """The pair as seen from one channel: lag and gain are this channel's against the other."""
    if pair is None:
        return {}
    sign = 1 if channel_id == 1 else -1
    columns: dict[str, Any] = {"correlation": pair.correlation}
    if pair.lag_ms is not None and pair.level_difference_db is not None:
        columns |= {
            "correlation_lag_ms": sign * pair.lag_ms or 0.0,
            "correlation_gain_db": sign * pair.level_difference_db or 0.0,
        }
    copy = pair.copy_in[channel_id]
    if copy.windows:
        columns |= {
            "copy_s": copy.windows,
            "copy_correlation": copy.correlation,
            "copy_lag_ms": copy.lag_ms,
            "copy_gain_db": copy.gain_db,
        }
    return columns


def call_rows(
    channels: Sequence[MeasuredChannel],
    verdict: SoundVerdict,
    *,
    call_id: str,
    call_date: dt.date,
    agent_channel: int,
    loaded_at: dt.datetime,
) -> list[dict[str, Any]]:
    """The rows of `acoustics` of one call."""
    return [
        {
            **channel,
            "call_id": call_id,
            "call_date": call_date,
            "role": role_of(channel["channel_id"], agent_channel),
            "action": verdict.actions[channel["channel_id"]].value,
            "loaded_at": loaded_at,
        }
        for channel in channels
    ]

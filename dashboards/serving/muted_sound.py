"""Which samples of a call's sound are silence for those who may not hear what was masked.

Safe where something is not known: a place without times mutes its channel for the whole call, a channel of the file
that is no channel of the call is muted with all others, and where the channels hold one another's sound (dual mono,
bleeding, both parties on one channel) every channel is muted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from dashboards.serving.masked_spans import MaskedSpan
from dashboards.serving.recorded_calls import RecordedCall
from qa_pipeline.audio.muting import MARGIN_MS, Muting, muting
from qa_pipeline.landing.call_sounds import Mute

BOTH = "mixed"
"""The role of a channel that has both parties."""


def mute_of(call: RecordedCall) -> Mute:
    """What is muted of the call's sound, for whatever channels and rate its file has."""
    said = repr((MARGIN_MS, call.form, [row["source_channel"] for row in call.sources], call.masked))
    return Mute(
        lambda channels, rate: muting_of(call, channels=channels, sample_rate=rate),
        hashlib.sha256(said.encode()).hexdigest()[:16],
    )


def muting_of(call: RecordedCall, *, channels: int, sample_rate: int) -> Muting:
    """What is muted in the file that is the sound of the call."""
    spans: defaultdict[int, list[tuple[int | None, int | None]]] = defaultdict(list)
    for span in call.masked:
        for channel in _heard_on(call, span, channels):
            spans[channel].append((span.begin_ms, span.end_ms))
    return muting(spans, channels=channels, sample_rate=sample_rate)


def _heard_on(call: RecordedCall, span: MaskedSpan, channels: int) -> Iterable[int]:
    """The channels of the file on which a place may be heard."""
    known = {row["channel_id"]: row["channel_id"] if call.is_put_together else row["source_channel"]
             for row in call.sources}  # fmt: skip
    own = known.get(span.channel_id)
    if own is None or own >= channels or span.is_heard_everywhere or any(row["role"] == BOTH for row in call.sources):
        return range(channels)
    return {own, *(set(range(channels)) - set(known.values()))}

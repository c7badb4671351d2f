"""Where what is written of a channel must not be relied on, so that no rule says "no" for a recognizer's mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Coverage, Interval, difference, union
from qa_pipeline.rules.calls import RuleSentence, Unreliable

PARTIES = ("agent", "customer")
MIXED = "mixed_channel"
FAILED = "channel_failed"
SILENT = "channel_silent"
TRUNCATED = "recording_truncated"
UNHEARD = "words_without_sound"
UNWRITTEN = "sound_without_words"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel of a call: whether it was transcribed, what was done with it (`action` of the table acoustics), what is
    wrong with it, the stretches in which it sounds (None where nobody listened), those that failed."""

    channel_id: int
    role: str
    is_written: bool
    action: str | None
    defects: Sequence[str] = ()
    sounding: Sequence[Interval] | None = None
    failed: Sequence[Interval] = ()


def unreliable_stretches(
    channels: Sequence[ChannelFacts],
    said: Sequence[RuleSentence],
    duration_ms: int,
    thresholds: MetricThresholds,
    *,
    is_untold: bool,
    is_one_channel: bool,
) -> Mapping[str, list[Unreliable]]:
    """Of each role the stretches of a call in which its words must not be relied on. `is_untold`: the voices of one
    recording could not be told apart; `is_one_channel`: both parties share one, so its sound says nothing of either."""
    is_mixed = is_untold or any(
        channel.role == "mixed" or "dual_mono" in channel.defects or channel.action == "skip_duplicate"
        for channel in channels
    )
    if is_mixed:
        roles = {*PARTIES, *(channel.role for channel in channels)}
        return {role: [Unreliable(0, None, MIXED)] for role in roles}
    by_role: dict[str, list[Unreliable]] = {}
    for channel in channels:
        found = list(_of_channel(channel, said, duration_ms, thresholds, is_one_channel=is_one_channel))
        if found:
            by_role.setdefault(channel.role, []).extend(found)
    spoken = {each.role for each in said} | {channel.role for channel in channels}
    for role in PARTIES:
        if role not in spoken:
            by_role[role] = [Unreliable(0, None, FAILED)]
    return by_role


def _of_channel(
    channel: ChannelFacts,
    said: Sequence[RuleSentence],
    duration_ms: int,
    thresholds: MetricThresholds,
    *,
    is_one_channel: bool,
) -> Iterator[Unreliable]:
    if channel.action == "skip_silent" or "silent" in channel.defects:
        yield Unreliable(0, None, SILENT)
        return
    if not channel.is_written:
        yield Unreliable(0, None, FAILED)
        return
    if "truncated" in channel.defects:
        yield Unreliable(duration_ms, None, TRUNCATED)
    yield from (Unreliable(begin, end, FAILED) for begin, end in channel.failed)
    placed = [
        (each.begin_ms, each.end_ms)
        for each in said
        if each.channel_id == channel.channel_id and each.begin_ms is not None and each.end_ms is not None
    ]
    if channel.sounding is not None and not is_one_channel and placed:
        yield from _by_sound(channel.sounding, placed, duration_ms, thresholds)


def _by_sound(
    sounding: Sequence[Interval], placed: Sequence[Interval], duration_ms: int, thresholds: MetricThresholds
) -> Iterator[Unreliable]:
    """As docs/metrics.md has words without sound, and sound without words."""
    heard = Coverage((max(0, begin), min(end, duration_ms)) for begin, end in sounding)
    for begin, end in placed:
        if heard.covered_ms(begin, end) < thresholds.heard_share * (end - begin):
            yield Unreliable(begin, end, UNHEARD)
    margin = thresholds.sound_margin_ms
    near_words = union((begin - margin, end + margin) for begin, end in placed)
    for begin, end in difference(heard.intervals, near_words):
        if end - begin >= thresholds.wordless_sound_ms:
            yield Unreliable(begin, end, UNWRITTEN)

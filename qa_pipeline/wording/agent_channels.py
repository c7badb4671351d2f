"""On which channel agents are, and which setting of it looks wrong, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from qa_pipeline.recordings.agent_channel_swaps import ChannelGroup, OutdatedChannels, SuspectedSwap
from qa_pipeline.recordings.agent_channels import BY_DEFAULT, RULES

_UNSAID = "nothing says which channel is the agent's"


def holding(groups: Iterable[ChannelGroup]) -> str:
    """What said the channels of how many calls: `40 by agent_channel (channel 1), 3 by default (channel 0)`."""
    counts: dict[str, Counter[int]] = {}
    for group in groups:
        counts.setdefault(group.said_by, Counter())[group.channel] += group.calls
    ordered = sorted(counts.items(), key=lambda item: -item[1].total())
    return ", ".join(f"{own.total():,} by {said_by} (channel {_channels(own)})" for said_by, own in ordered)


def swapped(swap: SuspectedSwap) -> str:
    """What looks wrong, as a sentence without its fix."""
    which = " and ".join(swap.groups) if swap.groups else "that have their channel from it"
    channels = _channels(swap.channels)
    said = f"{_UNSAID}, so {channels} was taken" if swap.said_by == BY_DEFAULT else f"{swap.said_by} says {channels}"
    if swap.said_by == BY_DEFAULT and not swap.groups:
        which = "of these days"
    return (
        f"agent and customer look swapped in {swap.suspected:,} of {swap.judged:,} calls "
        f"{'of ' if swap.groups else ''}{which} ({said})"
    )


def advice(swap: SuspectedSwap) -> str:
    """What to do about it; the lines of `fix` follow where there are any."""
    days = f"run {swap.first_date} to {swap.last_date} again: the roles move, and nothing is paid"
    if not swap.fix:
        return f"correct agent_channel there (no setting goes before it), and {days}"
    if swap.said_by.startswith(RULES):
        entry = swap.said_by.removeprefix(f"{RULES} ")
        where = "in entry" if not swap.fix.startswith("[[") else "before entry"
        return f"write into qa.toml, {where} {entry} of [[{RULES}]], the lines below, and {days}"
    where = "at its end" if swap.fix.startswith("[[") else "above its tables"
    return f"write into qa.toml, {where}, the lines below, and {days}"


def still_former(found: OutdatedChannels) -> str:
    """That calls have the channel of former settings, and the way out."""
    verb = "1 call has" if found.calls == 1 else f"{found.calls:,} calls have"
    return (
        f"{verb} the agent's channel of former settings; run {found.first_date} to {found.last_date} again: the roles "
        "move, and nothing is paid"
    )


def _channels(channels: Iterable[int]) -> str:
    return " and ".join(map(str, sorted(set(channels))))

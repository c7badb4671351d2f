"""On which channel agents are, and which setting of it looks wrong, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from qa_pipeline.recordings.agent_channel_swaps import ChannelGroup, OutdatedChannels, SuspectedSwap
from qa_pipeline.recordings.agent_channels import BY_DEFAULT, RULES
from qa_pipeline.wording.languages import t, tn


def holding(groups: Iterable[ChannelGroup]) -> str:
    """What said the channels of how many calls: `40 by agent_channel (channel 1), 3 by default (channel 0)`."""
    counts: dict[str, Counter[int]] = {}
    for group in groups:
        counts.setdefault(group.said_by, Counter())[group.channel] += group.calls
    ordered = sorted(counts.items(), key=lambda item: -item[1].total())
    return ", ".join(f"{own.total():,} by {said_by} (channel {_channels(own)})" for said_by, own in ordered)


def swapped(swap: SuspectedSwap) -> str:
    """What looks wrong, as a sentence without its fix."""
    channels = _channels(swap.channels)
    if swap.groups:
        which = t("of {groups}", groups=t(" and ").join(swap.groups))
    else:
        which = t("of these days") if swap.said_by == BY_DEFAULT else t("that have their channel from it")
    said = (
        t("nothing says which channel is the agent's, so {channels} was taken", channels=channels)
        if swap.said_by == BY_DEFAULT
        else t("{setting} says {channels}", setting=swap.said_by, channels=channels)
    )
    return t(
        "agent and customer look swapped in {suspected} of {judged} calls {which} ({said})",
        suspected=f"{swap.suspected:,}",
        judged=f"{swap.judged:,}",
        which=which,
        said=said,
    )


def advice(swap: SuspectedSwap) -> str:
    """What to do about it; the lines of `fix` follow where there are any."""
    days = t(
        "run {first} to {last} again: the roles move, and nothing is paid", first=swap.first_date, last=swap.last_date
    )
    if not swap.fix:
        return t("correct agent_channel there (no setting goes before it), and {days}", days=days)
    is_entry = swap.fix.startswith("[[")
    if not swap.said_by.startswith(RULES):
        place = t("at its end") if is_entry else t("above its tables")
    else:
        entry = f"{swap.said_by.removeprefix(f'{RULES} ')} of [[{RULES}]]"
        place = t("before entry {entry}", entry=entry) if is_entry else t("in entry {entry}", entry=entry)
    return t("write into qa.toml, {place}, the lines below, and {days}", place=place, days=days)


def still_former(found: OutdatedChannels) -> str:
    """That calls have the channel of former settings, and the way out."""
    return tn(
        "{n} call has the agent's channel of former settings; run {first} to {last} again: the roles move, and nothing "
        "is paid",
        "{n} calls have the agent's channel of former settings; run {first} to {last} again: the roles move, and "
        "nothing is paid",
        found.calls,
        first=found.first_date,
        last=found.last_date,
    )


def _channels(channels: Iterable[int]) -> str:
    return t(" and ").join(map(str, sorted(set(channels))))

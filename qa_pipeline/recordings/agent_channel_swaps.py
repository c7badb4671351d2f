"""Which setting of the agent's channel looks wrong: by the calls whose agent and customer look swapped.

One call proves little; of a group of calls that get their channel from the same setting most look swapped where it is
wrong. The group named is the narrowest that explains them: all calls of the setting, or those of a direction, queue or
folder, while the rest looks right.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from qa_pipeline.recordings.agent_channels import (
    BY_DEFAULT,
    DIRECTIONS,
    LAYOUT,
    RULES,
    SETTING,
    AgentChannels,
    ChannelChoice,
)

LEAST_CALLS: Final = 10
"""Calls of a group that tell anything of their roles, below which none of it is said."""
MOST: Final = 0.5
"""Share of them that looks swapped, above which the group does."""
_RIGHT: Final = 0.25
"""Share of the other calls up to which these look right, so that the group alone is named."""
_CALLS_EXPLAINED: Final = 3
"""A narrower group is named where it explains so many calls more than a wider one."""

_DATE_LIKE = re.compile(
    r"\d{4}([-_.]?\d{2}){0,2}|\d{1,2}|.*=.*|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE
)
_WILD = re.compile(r"([*?\[])")


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """Calls that are alike in folder (below the landing zone), queue, direction, channel and what said the channel.

    `judged` are those of whose roles what was said tells anything, `suspected` those among them that look swapped.
    """

    folder: str
    queue: str | None
    direction: str | None
    channel: int
    said_by: str
    calls: int
    judged: int
    suspected: int
    first_date: dt.date
    last_date: dt.date

    @property
    def place(self) -> str | None:
        """The folders that are no dates, as a rule may name them."""
        runs = [list(run) for is_date, run in groupby(self.folder.split("/"), _is_date) if not is_date]
        return "/".join(runs[0]) if runs and runs[0] != [""] else None


@dataclass(frozen=True, slots=True)
class SuspectedSwap:
    """A setting that looks wrong: for which calls (empty: all that have their channel from it), of how many judged
    calls how many look swapped, and `fix`, what to write into qa.toml (empty where no setting can mend it)."""

    said_by: str
    channels: tuple[int, ...]
    groups: tuple[str, ...]
    judged: int
    suspected: int
    first_date: dt.date
    last_date: dt.date
    fix: str


@dataclass(frozen=True, slots=True)
class OutdatedChannels:
    """Calls that still have the channel of former settings."""

    calls: int
    first_date: dt.date
    last_date: dt.date


@dataclass(frozen=True, slots=True)
class _Explanation:
    """Calls that look swapped, by the dimensions that single them out, and for how many calls that is wrong."""

    dimensions: tuple[str, ...]
    values: frozenset[tuple[str | None, ...]]
    wrong: int


_OF: Final[dict[str, Callable[[ChannelGroup], str | None]]] = {
    "folder": lambda group: group.place,
    "queue": lambda group: group.queue,
    "direction": lambda group: group.direction,
}
_SPLITS: Final = (
    ("direction",), ("queue",), ("folder",), ("queue", "direction"), ("folder", "direction"), ("folder", "queue"),
)  # fmt: skip


def outdated(groups: Iterable[ChannelGroup], rules: AgentChannels) -> OutdatedChannels | None:
    """The calls for which the settings say another channel now; they have it when their days are run again."""
    found = [group for group in groups if is_outdated(group, rules)]
    if not found:
        return None
    first, last = min(group.first_date for group in found), max(group.last_date for group in found)
    return OutdatedChannels(sum(group.calls for group in found), first, last)


def is_outdated(group: ChannelGroup, rules: AgentChannels) -> bool:
    """Whether the settings say another channel of these calls than they have."""
    if not _by_settings(group.said_by):
        return False
    return rules.decide(group.folder, group.queue, group.direction).channel != group.channel


def suspected_swaps(groups: Iterable[ChannelGroup]) -> list[SuspectedSwap]:
    """What looks wrong, one entry per setting, the one that concerns most calls first."""
    by_setting: dict[str, list[ChannelGroup]] = {}
    for group in groups:
        by_setting.setdefault(group.said_by, []).append(group)
    found = [swap for said_by, own in by_setting.items() if (swap := _swap_of(said_by, own)) is not None]
    return sorted(found, key=lambda swap: -swap.suspected)


def _swap_of(said_by: str, groups: Sequence[ChannelGroup]) -> SuspectedSwap | None:
    explained = _explained(groups)
    if explained is None:
        return None
    swapped = [group for group in groups if _value(group, explained.dimensions) in explained.values]
    by_value = {
        value: [group for group in swapped if _value(group, explained.dimensions) == value]
        for value in sorted(explained.values, key=lambda value: tuple(part or "" for part in value))
    }
    return SuspectedSwap(
        said_by=said_by,
        channels=tuple(sorted({group.channel for group in swapped})),
        groups=tuple(_named(explained.dimensions, value) for value in by_value if value),
        judged=sum(group.judged for group in swapped),
        suspected=sum(group.suspected for group in swapped),
        first_date=min(group.first_date for group in swapped),
        last_date=max(group.last_date for group in swapped),
        fix=_fix(said_by, groups, swapped, explained.dimensions, by_value),
    )


def _explained(groups: Sequence[ChannelGroup]) -> _Explanation | None:
    """The simplest explanation, and a narrower one only where it explains clearly more."""
    judged, suspected = sum(group.judged for group in groups), sum(group.suspected for group in groups)
    best = _Explanation((), frozenset({()}), judged - suspected) if _look_swapped(judged, suspected) else None
    for dimensions in _SPLITS:
        split = _split(groups, dimensions)
        if split is not None and (best is None or split.wrong + _CALLS_EXPLAINED <= best.wrong):
            best = split
    return best


def _split(groups: Sequence[ChannelGroup], dimensions: tuple[str, ...]) -> _Explanation | None:
    """The values of these dimensions whose calls look swapped; None where there are none, or the rest does too."""
    judged: Counter[tuple[str | None, ...]] = Counter()
    suspected: Counter[tuple[str | None, ...]] = Counter()
    for group in groups:
        value = _value(group, dimensions)
        judged[value] += group.judged
        suspected[value] += group.suspected
    swapped = {value for value in judged if None not in value and _look_swapped(judged[value], suspected[value])}
    rest = [value for value in judged if value not in swapped]
    of_rest, in_rest = sum(judged[value] for value in rest), sum(suspected[value] for value in rest)
    if not swapped or not of_rest or in_rest > _RIGHT * of_rest:
        return None
    return _Explanation(dimensions, frozenset(swapped), in_rest + sum(judged[v] - suspected[v] for v in swapped))


def _look_swapped(judged: int, suspected: int) -> bool:
    return judged >= LEAST_CALLS and suspected > MOST * judged


def _value(group: ChannelGroup, dimensions: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple(_OF[name](group) for name in dimensions)


def _named(dimensions: tuple[str, ...], value: tuple[str | None, ...]) -> str:
    return ", ".join(f"{name} {part}" for name, part in zip(dimensions, value, strict=True))


def _fix(
    said_by: str,
    groups: Sequence[ChannelGroup],
    swapped: Sequence[ChannelGroup],
    dimensions: tuple[str, ...],
    by_value: dict[tuple[str | None, ...], list[ChannelGroup]],
) -> str:
    if not _by_settings(said_by):
        return ""
    if not set(dimensions) - {"direction"}:
        choice = _turned(groups, set(map(id, swapped)))
        return f"{'channel' if said_by.startswith(RULES) else SETTING} = {choice}"
    entries = []
    for value, own in by_value.items():
        named = zip(dimensions, value, strict=True)
        lines = [f"{name} = {json.dumps(_literal(name, part or ''), ensure_ascii=False)}" for name, part in named]
        entries.append("\n".join([f"[[{RULES}]]", *lines, f"channel = {_turned(own, set(map(id, own)))}"]))
    return "\n\n".join(entries)


def _turned(groups: Sequence[ChannelGroup], swapped: set[int]) -> ChannelChoice:
    """The channels by direction, those of `swapped` (ids of groups) turned round; one where all are the same."""
    votes: dict[str | None, Counter[int]] = {}
    for group in groups:
        channel = 1 - group.channel if id(group) in swapped else group.channel
        votes.setdefault(group.direction, Counter())[channel] += group.calls
    chosen = {direction: counts.most_common(1)[0][0] for direction, counts in votes.items()}
    if len(set(chosen.values())) == 1:
        return ChannelChoice(next(iter(chosen.values())))
    return ChannelChoice(chosen.get(None), tuple((name, chosen[name]) for name in DIRECTIONS if name in chosen))


def _by_settings(said_by: str) -> bool:
    return said_by in (SETTING, LAYOUT, BY_DEFAULT) or said_by.startswith(f"{RULES} ")


def _literal(name: str, text: str) -> str:
    """A name as a pattern that means it alone."""
    return text if name == "direction" else _WILD.sub(r"[\1]", text)


def _is_date(name: str) -> bool:
    return _DATE_LIKE.fullmatch(name) is not None

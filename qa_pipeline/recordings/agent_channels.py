"""On which channel the agent of a call is, where its own metadata does not say: what the settings tell, by call.

A rule may be for a folder, a queue or a direction. Of several rules the first that fits a call and gives it a channel
counts: those of `agent_channels` in their order, then `agent_channel`, then the layout's. Where none does it is 0.
"""

from __future__ import annotations

import difflib
import fnmatch
import functools
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qa_pipeline.recordings.values import BadValue, parse_agent_channel, parse_direction

BY_DEFAULT: Final = "default"
"""Where the channel of a call is from of which nothing says it: 0 was taken."""
SETTING: Final = "agent_channel"
RULES: Final = "agent_channels"
LAYOUT: Final = "landing_layout"

DIRECTIONS: Final = ("inbound", "outbound", "internal")
_OTHERWISE: Final = "otherwise"
_OPTIONS: Final = ("folder", "queue", "direction", "channel")
_EXAMPLE: Final = "0 or 1 (left or right), or by direction such as { inbound = 1, outbound = 0 }"


@dataclass(frozen=True)
class ChannelChoice:
    """A channel, or one by direction: `otherwise` is for the directions that are not among `by_direction`."""

    otherwise: int | None
    by_direction: tuple[tuple[str, int], ...] = ()

    def of(self, direction: str | None) -> int | None:
        """The agent's channel of a call of this direction; None where this says nothing of it."""
        return dict(self.by_direction).get(direction or "", self.otherwise)

    @property
    def swapped(self) -> ChannelChoice:
        """The same with the other channel everywhere."""
        otherwise = None if self.otherwise is None else 1 - self.otherwise
        return ChannelChoice(otherwise, tuple((name, 1 - channel) for name, channel in self.by_direction))

    def __str__(self) -> str:
        """As it is written in qa.toml."""
        if not self.by_direction:
            return str(self.otherwise)
        given = [*self.by_direction, *([] if self.otherwise is None else [(_OTHERWISE, self.otherwise)])]
        return "{ " + ", ".join(f"{name} = {channel}" for name, channel in given) + " }"


@dataclass(frozen=True)
class ChannelRule:
    """One entry of `agent_channels`; what is None fits every call.

    `folder` and `queue` are patterns (`*` and `?`, in any case). A folder is the name of any folder above the
    recording, with slashes the names of several that follow one another.
    """

    choice: ChannelChoice
    folder: str | None = None
    queue: str | None = None
    direction: str | None = None

    def fits(self, folder: str, queue: str | None, direction: str | None) -> bool:
        """Whether the rule is for the calls of a folder (its path below the root), a queue and a direction."""
        if self.direction is not None and self.direction != direction:
            return False
        if self.queue is not None and (queue is None or not _alike(queue, self.queue)):
            return False
        return self.folder is None or _is_below(folder, self.folder)

    @property
    def scope(self) -> str:
        """For which calls it is, as in qa.toml."""
        parts = (("folder", self.folder), ("queue", self.queue), ("direction", self.direction))
        return ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in parts if value)

    def __str__(self) -> str:
        """As it is told to people: what it is for, and the channel."""
        return ", ".join(part for part in (self.scope, f"channel = {self.choice}") if part)


@dataclass(frozen=True, slots=True)
class Decision:
    """The agent's channel of a call, and what said it: a place of its metadata, or one of the names above."""

    channel: int
    origin: str
    lacks_direction: bool = False
    """Whether a setting is by direction, and that of this call is not known."""


@dataclass(frozen=True)
class AgentChannels:
    """The rules in force, each with its name: `agent_channels 1`, `agent_channel`, `landing_layout`."""

    rules: tuple[tuple[str, ChannelRule], ...] = ()

    def decide(self, folder: str, queue: str | None, direction: str | None) -> Decision:
        """For a call whose metadata does not say it."""
        lacks = False
        for origin, rule in self.rules:
            if not rule.fits(folder, queue, direction):
                continue
            channel = rule.choice.of(direction)
            if channel is not None:
                return Decision(channel, origin)
            lacks = lacks or direction is None
        return Decision(0, BY_DEFAULT, lacks)

    def named(self, origin: str) -> ChannelRule | None:
        """The rule of this name, None where there is none (any more)."""
        return dict(self.rules).get(origin)


def in_force(
    rules: Sequence[ChannelRule], choice: ChannelChoice | None, layout: ChannelChoice | None = None
) -> AgentChannels:
    """The user's `agent_channels` and `agent_channel`, and what the layout says, in the order in which they count."""
    named = [(f"{RULES} {number}", rule) for number, rule in enumerate(rules, 1)]
    named += [(SETTING, ChannelRule(choice))] if choice is not None else []
    named += [(LAYOUT, ChannelRule(layout))] if layout is not None else []
    return AgentChannels(tuple(named))


def read_choice(value: Any) -> ChannelChoice | None:
    """The setting `agent_channel`: a channel, or a table by direction (in the environment, JSON). Raises ValueError."""
    if value is None or isinstance(value, ChannelChoice):
        return value
    return _choice(_loaded(value, "{"))


def read_channel_rules(value: Any) -> tuple[ChannelRule, ...]:
    """The entries of `agent_channels`: tables, or JSON of a list of them. Raises ValueError, naming the entry."""
    value = _loaded(value, "[")
    if not isinstance(value, list | tuple):
        raise ValueError('write each as a table [[agent_channels]], such as queue = "sales" and channel = 1')
    return tuple(_rule(item, number) for number, item in enumerate(value, 1))


def _rule(item: Any, number: int) -> ChannelRule:
    if isinstance(item, ChannelRule):
        return item
    if not isinstance(item, Mapping):
        raise ValueError(f"entry {number} is not a table")
    for key in item:
        if key == SETTING:
            reason = "the channel of an entry is called channel; agent_channel, for all calls, stands above the tables"
            raise ValueError(f"entry {number} has no key {key!r}: {reason}")
        if key not in _OPTIONS:
            raise ValueError(f"entry {number} has no key {key!r}; {_meant(str(key), _OPTIONS)}")
    try:
        return _checked(item)
    except ValueError as error:
        raise ValueError(f"entry {number}: {error}") from None


def _checked(item: Mapping[str, Any]) -> ChannelRule:
    if "channel" not in item:
        raise ValueError(f"channel is missing: {_EXAMPLE}")
    texts: dict[str, str | None] = {}
    for key in ("folder", "queue"):
        value = item.get(key)
        value = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if value is not None and (not isinstance(value, str) or not value.strip().strip("/")):
            raise ValueError(f'{key} is {value!r}; give a name or a pattern such as "sales-*"')
        texts[key] = value.strip().strip("/") if value else None
    direction = item.get("direction")
    try:
        direction = None if direction is None else parse_direction(direction)
    except BadValue as error:
        raise ValueError(f"direction is {direction!r}; {error}") from None
    if not any((*texts.values(), direction)):
        raise ValueError("it is for every call: name a folder, a queue or a direction, or set agent_channel instead")
    choice = _choice(item["channel"], "channel is ")
    if direction is not None and choice.by_direction:
        raise ValueError("channel is given by direction, and the entry is for one direction; give one of the two")
    return ChannelRule(choice, folder=texts["folder"], queue=texts["queue"], direction=direction)


def _choice(value: Any, place: str = "") -> ChannelChoice:
    """`place` begins the sentence that says what is wrong."""
    if not isinstance(value, Mapping):
        return ChannelChoice(_channel(value, place))
    if not value:
        raise ValueError(f"{place}an empty table; it must be {_EXAMPLE}")
    by_direction: dict[str, int] = {}
    otherwise = None
    for key, channel in value.items():
        number = _channel(channel, f"{key} is ")
        if str(key).strip().casefold() == _OTHERWISE:
            otherwise = number
            continue
        try:
            direction = parse_direction(key)
        except BadValue:
            direction = None
        if direction is None:
            raise ValueError(f"it has no key {key!r}; {_meant(str(key), (*DIRECTIONS, _OTHERWISE))}")
        if by_direction.setdefault(direction, number) != number:
            raise ValueError(f"it gives {direction} twice")
    ordered = tuple((name, by_direction[name]) for name in DIRECTIONS if name in by_direction)
    return ChannelChoice(otherwise, ordered)


def _channel(value: Any, place: str) -> int:
    shown = f"{place}{value!r}; " if place else ""
    if isinstance(value, bool):
        raise ValueError(f"{shown}it must be {_EXAMPLE}")
    try:
        channel = parse_agent_channel(value)
    except BadValue:
        channel = None
    if channel is None:
        raise ValueError(f"{shown}it must be {_EXAMPLE}")
    return channel


def _loaded(value: Any, opening: str) -> Any:
    """What a variable of the environment holds; a text that is no JSON of the kind stays as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(opening):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        example = '{"inbound": 1, "outbound": 0}' if opening == "{" else '[{"queue": "sales", "channel": 1}]'
        raise ValueError(f"not JSON such as {example} ({error})") from None


def _meant(key: str, names: Sequence[str]) -> str:
    like = difflib.get_close_matches(key, names, n=1)
    return f"is {like[0]} meant?" if like else f"keys are {', '.join(names)}"


def _is_below(folder: str, pattern: str) -> bool:
    """Whether the pattern names folders of the path that follow one another, as many as it has slashes and one."""
    parts, length = folder.split("/"), pattern.count("/") + 1
    runs = ("/".join(parts[begin : begin + length]) for begin in range(len(parts) - length + 1))
    return any(_alike(run, pattern) for run in runs)


def _alike(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(_folded(text), _folded(pattern))


@functools.lru_cache(maxsize=10_000)  # folders and queues come again with every recording
def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()

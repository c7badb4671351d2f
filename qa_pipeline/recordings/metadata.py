"""What is known of a call, brought together from up to four places, the nearest to the recording first.

Sidecar over calls.csv over file name over folder: each key is taken from the first place that has it. A value that
can't be used is named together with its place, and the call is quarantined; it is never replaced by a value from
further away, which somebody meant to correct.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from qa_pipeline.recordings.agent_channels import BY_DEFAULT
from qa_pipeline.recordings.keys import FILE_KEYS, PARTS_KEY, folded, known_key
from qa_pipeline.recordings.values import (
    BadValue,
    clean_id,
    clean_text,
    parse_agent_channel,
    parse_channels,
    parse_direction,
    parse_language,
    parse_moment,
    parse_party,
)

MetadataSource = Literal["sidecar", "calls.csv", "file name", "folder"]

_SHOWN_VALUE_CHARS = 60
_SAYS_NOTHING = frozenset({"", "NULL", "null", "\\N", "NaN", "nan", "None", "N/A", "#N/A", "<NA>"})
"""What databases, spreadsheets and pandas write where there is no value."""
_NOT_KEPT = frozenset({*map(folded, FILE_KEYS), PARTS_KEY})
_DATE_PART, _EXTRA_PART = "date", "guid"  # what a file name can give besides the keys
_IDS = ("call_id", "agent_id", "customer_id")
_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "agent_name": clean_text,
    "queue": clean_text,
    "direction": parse_direction,
    "agent_channel": parse_agent_channel,
    "language": parse_language,
    "channels": parse_channels,
    "party": parse_party,
}


@dataclass(frozen=True)
class CallMetadata:
    """What is known of one call. `source` is the nearest place that said anything.

    `call_date` is the day of `started_at` (aware) in the product's time zone, or the date that stood in for it.
    `extra` holds keys that mean nothing to the product, as they were given. With `problems` the call is not to be used;
    the values that could be understood are there all the same. `agent_channel_from` is the place that gives the
    channel, or the setting that does. `segment` is the number of the recording among those of its call, where one is
    given; `has_given_id` says that the id may join recordings: it is not just the file's name. `remarks` are sentences
    on values that are used, and of which somebody should know how they were read.
    """

    call_id: str
    call_date: dt.date | None = None
    started_at: dt.datetime | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    customer_id: str | None = None
    queue: str | None = None
    direction: str | None = None
    agent_channel: int = 0
    agent_channel_from: str = BY_DEFAULT
    language: str | None = None
    segment: int | None = None
    has_given_id: bool = field(default=False, compare=False)
    source: MetadataSource = "file name"
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(default=(), compare=False)
    channels: Mapping[int, str | None] | None = field(default=None, hash=False)
    """Who is on which channel of the recording; None as a party: the channel is not to be sent."""
    part: PartOfCall | None = None
    """Where the recording is of one party only, and declared to be."""

    @property
    def has_agent_channel(self) -> bool:
        """Whether anything says on which channel the agent is."""
        return self.agent_channel_from != BY_DEFAULT


@dataclass(frozen=True)
class PartOfCall:
    """What is said of a recording that is a part of its call: one party of it.

    Parts with the same `group` are one call. `party` says who is on it (see `parties.party_of`), `offset_ms` how long
    after the call it begins, where that is said. `expected` are the files that the call is made of, where they are
    named; `base` is the name that the parts share, where they have one. `is_declared`: somebody said that it is a part;
    else only names do.
    """

    group: tuple[str, ...]
    party: str
    offset_ms: int | None = None
    expected: tuple[str, ...] = ()
    base: str | None = None
    is_declared: bool = True


@dataclass(frozen=True)
class Place:
    """One place that says something of a call; `label` names it in messages (`2025-09-01/c0101.json`).

    Its times are read by `formats` first, and without a zone they are of `timezone`, where it has one of its own.
    `segment` is the number that it gives the recording among those of its call.
    """

    source: MetadataSource
    label: str
    values: Mapping[str, Any]
    formats: tuple[str, ...] = ()
    timezone: dt.tzinfo | None = None
    segment: int | None = None


@dataclass(frozen=True)
class _Given:
    value: Any
    place: Place


def merge(
    places: Sequence[Place],
    *,
    stem: str,
    folder_date: dt.date | None,
    timezone: dt.tzinfo,
    problems: Sequence[str] = (),
    part: PartOfCall | None = None,
) -> CallMetadata:
    """Brings together what `places` (nearest first) say of the recording whose name without ending is `stem`.

    `timezone` is that of times without one, and decides the day. `problems` of places that could not be read are kept.
    `part` is what names and lists say of a recording of one party; without it the key `party` makes it one.
    """
    found, remarks = list(problems), list[str]()
    given = _first_given(places, found)
    values = {key: _checked(key, given, found, check) for key, check in _CHECKS.items()}
    for key in _IDS:
        values[key] = _checked(key, given, found, clean_id, remarks)
    started_at, call_date = _when(given, folder_date, timezone, found, remarks)
    call_id = values["call_id"] or readable_id(stem)
    if values["party"] is not None and part is None:
        part = PartOfCall(("id", str(call_date), call_id), values["party"])
    elif values["party"] is not None and part is not None and not part.is_declared:
        part = replace(part, party=values["party"])
    return CallMetadata(
        call_id=call_id,
        call_date=call_date,
        started_at=started_at,
        agent_id=values["agent_id"],
        agent_name=values["agent_name"],
        customer_id=values["customer_id"],
        queue=values["queue"],
        direction=values["direction"],
        agent_channel=values["agent_channel"] or 0,
        agent_channel_from=BY_DEFAULT if values["agent_channel"] is None else given["agent_channel"].place.source,
        language=values["language"],
        segment=next((place.segment for place in places if place.segment is not None), None),
        has_given_id=values["call_id"] is not None and _may_join(given["call_id"].place),
        source=_nearest(places, folder_date),
        extra=_extra(places),
        problems=tuple(found),
        remarks=tuple(remarks),
        channels=values["channels"],
        part=part,
    )


def _may_join(place: Place) -> bool:
    """Whether an id from there may join recordings: one that is read from a name needs a time or a number beside it."""
    return place.source != "file name" or "started_at" in place.values or place.segment is not None


def readable_id(text: str) -> str:
    """A call id made of any name, for calls that have no usable one: odd characters become `_`, 100 are kept."""
    return "".join(character if character.isprintable() and character not in "/\\" else "_" for character in text)[:100]


def _first_given(places: Sequence[Place], found: list[str]) -> dict[str, _Given]:
    """The value of each key from the first place that has one."""
    given: dict[str, _Given] = {}
    for place in places:
        own: dict[str, Any] = {}
        for key, value in place.values.items():
            name = known_key(key) or (_DATE_PART if place.source == "file name" and key == _DATE_PART else None)
            empty = value is None or (isinstance(value, str) and value.strip() in _SAYS_NOTHING)
            if name is None or empty:
                continue
            if own.setdefault(name, value) != value:
                both = f"{_shown(own[name])} and {_shown(value)}"
                found.append(f"{place.label}: {name} is given twice, as {both}; delete the wrong one.")
            given.setdefault(name, _Given(value, place))
    return given


def _checked(
    key: str,
    given: Mapping[str, _Given],
    found: list[str],
    check: Callable[..., Any],
    remarks: list[str] | None = None,
) -> Any:
    """The value of a key, None where it has none or it can't be used; `remarks` only for checks that make some."""
    if key not in given:
        return None
    said: list[str] = []
    try:
        value = check(given[key].value) if remarks is None else check(given[key].value, remarks=said)
    except BadValue as error:
        found.append(_say(key, given[key], error))
        return None
    if remarks is not None:
        remarks.extend(_say(key, given[key], remark) for remark in said)
    return value


def _when(
    given: Mapping[str, _Given],
    folder_date: dt.date | None,
    timezone: dt.tzinfo,
    found: list[str],
    remarks: list[str],
) -> tuple[dt.datetime | None, dt.date | None]:
    """When the call began and the day it belongs to; the folder's date stands in where nothing else gives one."""
    for key in ("started_at", _DATE_PART):
        if key not in given:
            continue
        place = given[key].place
        read = functools.partial(parse_moment, timezone=place.timezone or timezone, formats=place.formats)
        moment = _checked(key, given, found, read, remarks)
        if moment is None:
            continue
        exact = isinstance(moment, dt.datetime)
        date: dt.date = moment.astimezone(timezone).date() if exact else moment
        if folder_date is not None and _contradicts(folder_date, moment, date, place):
            remarks.append(f"{place.label}: {key} gives {date}, the folder {folder_date}; the call belongs to {date}.")
        return (moment if exact else None), date
    return None, folder_date


def _contradicts(folder_date: dt.date, moment: dt.date, date: dt.date, place: Place) -> bool:
    """Whether a folder is of another day. A clock in another zone than the product's may make it the day beside."""
    if not isinstance(moment, dt.datetime):
        return folder_date != date
    if place.source == "file name":
        return folder_date not in (date, moment.date())
    return abs((date - folder_date).days) > 1


def _nearest(places: Sequence[Place], folder_date: dt.date | None) -> MetadataSource:
    for place in places:
        # Every name gives an id; it says something of the call only when it gives more.
        if place.values and (place.source != "file name" or set(place.values) != {"call_id"}):
            return place.source
    return "folder" if folder_date is not None else "file name"


def _extra(places: Sequence[Place]) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    for place in places:
        for key, value in place.values.items():
            of_product = known_key(key) or folded(key) in _NOT_KEPT
            of_product = of_product or (place.source == "file name" and key != _EXTRA_PART)
            if not of_product:
                extra.setdefault(key, value)
    return extra


def _say(key: str, given: _Given, reason: object) -> str:
    return f"{given.place.label}: {key} is {_shown(given.value)}; {reason}."


def _shown(value: Any) -> str:
    shown = repr(value)
    return f"{shown[: _SHOWN_VALUE_CHARS - 3]}..." if len(shown) > _SHOWN_VALUE_CHARS else shown

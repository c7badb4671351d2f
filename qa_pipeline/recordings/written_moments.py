"""A date and a time of day as somebody wrote them, the zone behind them, and which moment that is."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qa_pipeline.recordings.time_words import OBSERVED_IN, ZONES

_MAX_OFFSET = dt.timedelta(hours=14)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?:\s+([A-Za-z]{2,5}))?", re.IGNORECASE)
_ZONE_NAME = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+")


class NotAMoment(ValueError):
    """A text is not a point in time with one reading; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What is written behind a time: an offset, a place, both, or an abbreviation such as CST."""

    offset: dt.timezone | None = None
    place: ZoneInfo | None = None
    word: str | None = None


UTC_ZONE = Zone(dt.UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """A date as written; with `since_midnight`, a time of day (24 h is the midnight behind it)."""

    date: dt.date
    since_midnight: dt.timedelta | None = None
    zone: Zone | None = None

    def resolve(self, timezone: dt.tzinfo, remarks: list[str]) -> dt.datetime | dt.date:
        """The moment, aware (in `timezone` where no zone is written), or the date where there is no time of day.

        `remarks` takes what somebody should know of the reading, as the end of "<key> is <value>: ...".

        Raises:
            NotAMoment: the zone has several meanings, or contradicts the offset beside it.
        """
        if self.since_midnight is None:
            return self.date
        wall = dt.datetime.combine(self.date, dt.time()) + self.since_midnight
        zone = self.zone or Zone()
        if zone.offset is not None:
            moment = wall.replace(tzinfo=zone.offset)
            if zone.place is not None and moment.astimezone(zone.place).utcoffset() != moment.utcoffset():
                raise NotAMoment(f"{zone.place.key} was not at {zone.offset} then; correct one of the two")
            return moment
        if zone.word is not None:
            return _by_word(wall, zone.word, timezone, remarks)
        return _on_the_wall(wall, zone.place or timezone, remarks)


def _by_word(wall: dt.datetime, word: str, timezone: dt.tzinfo, remarks: list[str]) -> dt.datetime:
    for fold in (0, 1):  # the place's own name for its time: CST is China's in Shanghai, Chicago's in Chicago
        local = wall.replace(tzinfo=timezone, fold=fold)
        if (local.tzname() or "").casefold() == word.casefold():
            return local
    fixed = ZONES.get(word.casefold())
    if fixed is None:
        raise NotAMoment(f"{word} is not the name of one zone; write the offset, such as +08:00")
    moment = wall.replace(tzinfo=fixed)
    place = OBSERVED_IN.get(word.casefold())
    if place is not None and moment.astimezone(ZoneInfo(place)).utcoffset() != moment.utcoffset():
        remarks.append(f"{word} was read as {fixed}, although clocks in {place} showed summer time")
    return moment


def _on_the_wall(wall: dt.datetime, timezone: dt.tzinfo, remarks: list[str]) -> dt.datetime:
    """A time of a place; its clocks skip an hour once a year, and show one twice."""
    first, second = (wall.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shifted = first.astimezone(dt.UTC).astimezone(timezone)
    if shifted.replace(tzinfo=None) != wall:
        remarks.append(f"no clock of {timezone} showed that time; {shifted.isoformat()} was taken")
    else:
        remarks.append(f"clocks of {timezone} showed that time twice; the first, {shifted.isoformat()}, was taken")
    return shifted


def read_zone(text: str) -> Zone | None:
    """What stands behind a time: nothing, Z, +02:00, UTC+2, CET, Asia/Shanghai, +08:00[Asia/Shanghai], +0800 (CST)."""
    text = text.strip()
    if not text:
        return None
    tags = re.fullmatch(r"(.*?)((?:\[[^\[\]]*\])+)", text)
    if tags is not None:
        names = [tag.lstrip("!") for tag in re.findall(r"\[([^\[\]]*)\]", tags[2]) if "=" not in tag]
        base = read_zone(tags[1])
        return Zone(base.offset if base else None, _iana(names[0])) if names else base
    comment = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", text)
    if comment is not None:
        return read_zone(comment[1] or comment[2])
    if text.casefold() in ("z", "utc", "gmt"):
        return UTC_ZONE
    if (found := _OFFSET.fullmatch(text)) is not None:
        return Zone(_offset(found))
    if _ZONE_NAME.fullmatch(text):
        return Zone(place=_iana(text))
    if re.fullmatch(r"[A-Za-z]{3,5}", text):
        return Zone(word=text)
    raise ValueError(f"{text!r} is not a zone")


def _offset(found: re.Match[str]) -> dt.timezone:
    distance = dt.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if distance > _MAX_OFFSET or int(found[3] or 0) > 59:
        raise NotAMoment(f"no zone is {found[0]} away from UTC")
    zone = dt.timezone(-distance if found[1] == "-" else distance)
    named = ZONES.get((found[4] or "").casefold())
    if named is not None and named != zone:
        raise NotAMoment(f"{found[4]} is not {zone}; correct one of the two")
    return zone


def _iana(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotAMoment(f"{name!r} is not a time zone such as Asia/Shanghai") from None

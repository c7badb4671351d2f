"""Several recordings of one call, put together: a transfer, a pause while a card number is given, a hold.

Phone systems hand such a call over as several recordings with one call id. They become one call whose channels have a
source per recording (`recordings.channels`), on one clock:

- Only an id that somebody gave joins: in a sidecar, a call list, or a file name whose pattern reads a start time or
  `{segment}` too. Files of the same name in two folders stay two calls that claim one id.
- What contradicts is not joined and says why (`Call.apart`): another customer, another day, a beginning more than
  `MOST_UNRECORDED_S` after the end of what came before, the same file name in another format.
- The order is that of the start times where all have one, else of the segment numbers, else of the file names, numbers
  in them compared as numbers.
- A recording lies where its start time puts it. Without one, or with that of the recording before it (a list that gives
  the call's beginning to all of them), it follows the one before it. Start times that overlap by no more than clocks do
  (`CLOCK_S`; a minute where they are given to the minute) follow each other too.
- A recording that begins before the one before it has ended, and goes on after it, keeps its place: both hold the time
  they share (a warm transfer). One that lies wholly inside another is a leg recorded in parallel (a consultation): its
  channels are the call's in the role `other`, and take no part in what is said of agent and customer.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.recordings.channels import ChannelSource, call_recording_id
from qa_pipeline.recordings.duplicates import precedence
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.transcription.roles import ChannelRole

MOST_UNRECORDED_S = 2 * 3600.0
"""An id that comes back later than this after the last recording's end is another call's: counters start again."""

CLOCK_S = 2.0
"""By how much the next recording may seem to begin too early: start times are given to the second, files are padded."""

MINUTE_S = 60.0

_NOT_MISSING = frozenset({QuarantineReason.DUPLICATE_AUDIO, QuarantineReason.DUPLICATE_CALL_ID})


def join_recordings(calls: Iterable[Call]) -> list[Call]:
    """The calls (one per recording), those that are recordings of one call joined, in the order of their first.

    Copies of the same bytes are left to `resolve_duplicates`, and so are calls whose id contradicts. A call of which a
    recording was set aside says so in `missing`.
    """
    landed = list(calls)
    owners: dict[str, Call] = {}
    for call in sorted((call for call in landed if call.is_usable), key=precedence):
        for file_id in call.file_ids:
            owners.setdefault(file_id, call)
    by_id: dict[str, list[Call]] = {}
    for call in landed:
        if call.has_given_id:
            by_id.setdefault(call.call_id, []).append(call)
    replaced: dict[int, Call | None] = {}
    for claimants in by_id.values():
        own = [call for call in claimants if call.is_usable and all(owners[each] is call for each in call.file_ids)]
        own = [call for call in own if call.sources]
        if own and len(claimants) > 1:
            set_aside = [call for call in claimants if not call.is_usable and call.status_reason not in _NOT_MISSING]
            replaced |= _joined(own, set_aside)
    found = (replaced.get(id(call), call) for call in landed)
    return [call for call in found if call is not None]


def _joined(own: Sequence[Call], set_aside: Sequence[Call]) -> dict[int, Call | None]:
    """What becomes of each of these calls, by the identity of the object: the first one stands for all that joined."""
    first, *others = sorted(own, key=lambda call: _order(own, call))
    taken, outcome = [first], dict[int, Call | None]()
    for call in others:
        why = _contradiction(taken, call)
        if why is None:
            taken.append(call)
            outcome[id(call)] = None
        else:
            outcome[id(call)] = replace(call, apart=why)
    missing = [call for call in set_aside if _contradiction(taken, call) is None]
    joined = _one_call(taken) if len(taken) > 1 else first
    outcome[id(first)] = replace(joined, missing=tuple(_missing(call) for call in missing))
    return outcome


def _missing(call: Call) -> str:
    return f"recording {call.relative_path} is missing: {call.status_message}"


def _order(calls: Sequence[Call], call: Call) -> tuple[dt.datetime, int, list[tuple[int, str]]]:
    """How recordings of one call follow each other; see the module."""
    starts = {each.started_at for each in calls}
    has_starts = None not in starts and len(starts) > 1
    has_numbers = all(each.segment is not None for each in calls)
    return (
        call.started_at if has_starts and call.started_at else dt.datetime.min.replace(tzinfo=dt.UTC),
        call.segment if has_numbers and call.segment is not None else 0,
        natural(call.relative_path),
    )


def natural(name: str) -> list[tuple[int, str]]:
    """A name as a key in which `part2` comes before `part10`."""
    return [(int(part), "") if part.isdecimal() else (0, part.casefold()) for part in re.split(r"(\d+)", name)]


def _contradiction(taken: Sequence[Call], call: Call) -> str | None:
    """Why a recording is not one of the call that `taken` are, as the end of a sentence; None where it may be."""
    customers = {each.customer_id.casefold() for each in (*taken, call) if each.customer_id}
    if len(customers) > 1:
        return "its customer is another one"
    for before in taken:
        is_placed = before.started_at and call.started_at and before.started_at != call.started_at
        if before.path.stem.casefold() == call.path.stem.casefold() and not is_placed:
            return "it has the same name, as a copy in another format would"
    last = taken[-1]
    if last.started_at is not None and call.started_at is not None:
        gap_s = _seconds(call.started_at - last.started_at) - (last.duration_s or 0.0)
        if gap_s > MOST_UNRECORDED_S:
            return f"it begins {round(gap_s / 3600):,} hours after that one ended"
    elif last.call_date != call.call_date:
        return "it is of another day"
    return None


def _seconds(difference: dt.timedelta) -> float:
    return difference / dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a recording lies on the call's clock; `is_parallel` where another one holds all of its time."""

    call: Call
    begin_ms: int
    is_parallel: bool = False

    @property
    def end_ms(self) -> int:
        return self.begin_ms + round((self.call.duration_s or 0.0) * 1000)


def _places(calls: Sequence[Call]) -> list[_Place]:
    places = [_Place(calls[0], 0)]
    start = calls[0].started_at
    starts = [call.started_at for call in calls if call.started_at is not None]
    # a length of 0:59 that begins at 14:03 may end in 14:04
    coarse = all(each.second == each.microsecond == 0 for each in starts)
    tolerated_ms = round(1000 * (MINUTE_S if coarse else CLOCK_S))
    for before, call in itertools.pairwise(calls):
        end_ms = max(place.end_ms for place in places)
        begin_ms = end_ms
        if start is not None and call.started_at is not None and call.started_at != before.started_at:
            begin_ms = round(1000 * _seconds(call.started_at - start))
        if begin_ms < places[-1].begin_ms:  # the order is not that of the times, where only some have one
            begin_ms = end_ms
        if end_ms - tolerated_ms <= begin_ms < end_ms:
            begin_ms = end_ms
        place = _Place(call, begin_ms)
        places.append(replace(place, is_parallel=place.begin_ms < end_ms and place.end_ms <= end_ms))
    return places


def _one_call(calls: Sequence[Call]) -> Call:
    """The call of which these are the recordings, in their order."""
    places = _places(calls)
    sources = _sources(places)
    first = calls[0]
    languages = {call.language for call in calls if call.language}
    return replace(
        first,
        recording_id=call_recording_id(sources),
        sources=sources,
        duration_s=max(place.end_ms for place in places) / 1000,
        size_bytes=sum(call.size_bytes for call in calls),
        customer_id=_first(call.customer_id for call in calls),
        queue=_first(call.queue for call in calls),
        direction=_first(call.direction for call in calls),
        language=languages.pop() if len(languages) == 1 else None,
        metadata_extra={key: value for call in reversed(calls) for key, value in call.metadata_extra.items()},
        metadata_remarks=tuple(
            dict.fromkeys([*(remark for call in calls for remark in call.metadata_remarks), *_remarks(places)])
        ),
        imports=tuple(
            replace(item, channel_id=channel_id, segment=number)
            for number, call in enumerate(calls)
            for item in call.imports
            if (channel_id := _channel_of(sources, number, call, item.channel_id)) is not None
        ),
    )


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _remarks(places: Sequence[_Place]) -> list[str]:
    """What one should know of how recordings were put in their places."""
    said = []
    for before, place in itertools.pairwise(places):
        name = place.call.relative_path
        if place.is_parallel:
            said.append(f"{name} was recorded while the call was: its channels have the role other.")
        elif place.begin_ms < before.end_ms:
            shared_s = (before.end_ms - place.begin_ms) / 1000
            said.append(f"{name} begins {shared_s:,.0f} s before the recording before it ends; both are kept.")
        elif place.call.started_at is None or place.call.started_at == before.call.started_at:
            said.append(f"{name} has no start time of its own; it was put behind the recording before it.")
    return said


def _sources(places: Sequence[_Place]) -> tuple[ChannelSource, ...]:
    """The sources of all recordings: a role keeps its channel, whatever channel of its file it is on."""
    channels: dict[tuple[ChannelRole, str | None, int], int] = {}
    found = []
    for number, place in enumerate(places):
        counts: Counter[tuple[ChannelRole, str | None]] = Counter()
        for source in sorted(place.call.sources, key=lambda item: item.channel_id):
            role, name = source.role, source.name
            if place.is_parallel:
                role, name = "other", f"{source.name or source.role} of recording {number + 1}"
            key = (role, name, counts[role, name])
            counts[role, name] += 1
            channel_id = channels.setdefault(key, source.channel_id if not number else max(channels.values()) + 1)
            found.append(
                replace(
                    source,
                    channel_id=channel_id,
                    role=role,
                    name=name,
                    offset_ms=place.begin_ms + source.offset_ms,
                    segment=number,
                    agent_id=place.call.agent_id,
                    agent_name=place.call.agent_name,
                    queue=place.call.queue,
                )
            )
    return tuple(sorted(found, key=lambda source: (source.channel_id, source.segment)))


def _channel_of(sources: Sequence[ChannelSource], number: int, call: Call, channel_id: int) -> int | None:
    """The channel of the joined call that a channel of one of its recordings became; None for one that it lacks."""
    keys = {source.key for source in call.sources if source.channel_id == channel_id}
    return next((source.channel_id for source in sources if source.segment == number and source.key in keys), None)

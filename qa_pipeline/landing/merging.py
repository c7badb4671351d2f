"""What landed, brought together with the calls that the warehouse has already."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from qa_pipeline.landing.zone_map import LandedElsewhere
from qa_pipeline.privacy.free_texts import without_free_values
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.recordings.channels import recordings_in_time
from qa_pipeline.recordings.duplicates import resolve_duplicates, unique_id
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.warehouse.calls import TRANSCRIBED, KnownCall, imports_json

METADATA_FAULTS = (QuarantineReason.BAD_METADATA, QuarantineReason.NO_DATE, QuarantineReason.DUPLICATE_CALL_ID)
"""Reasons to set a recording aside that say nothing of the recording."""


NOTHING_ELSEWHERE: Mapping[str, LandedElsewhere] = {}
NO_DAY = dt.date.min
"""Stands for the day of a recording without one that lies where a run does not read."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The calls to be written, the ids of known calls that they replace, and what of the landing zone is not taken.

    `kept` are landed calls with faulty metadata, by the id of the known call that stays as it was in their place.
    `renamed` are known calls that are set aside and give up their id to another call: old id → new.
    """

    found: list[Call]
    removed: list[str]
    kept: dict[str, Call]
    renamed: dict[str, str]


def unknown_so_far(landed: Sequence[Call], known: Sequence[KnownCall], in_several: Collection[str] = ()) -> list[Call]:
    """Those of the landed calls that are not among the `known` of their day as they are now: what the calls of other
    days have in common with them must be looked for.

    A usable call that is there with the same recordings in the same places was told apart from the calls of other days
    when it came, and whatever came later was told apart from it. That does not hold of recordings (sha256) that are
    `in_several` usable calls all the same: two machines ran their days at once, or both calls had been set aside.
    """
    as_known = {_identity_of(call) for call in known if call.status != "quarantined"}
    return [
        call
        for call in landed
        if not call.is_usable or _identity_of(call) not in as_known or not set(in_several).isdisjoint(call.file_ids)
    ]


def _identity_of(call: Call | KnownCall) -> tuple[str, dt.date | None, frozenset[str], frozenset[str]]:
    return call.call_id, call.call_date, frozenset(call.file_ids), frozenset(call.file_uris)


def merge_keeping_paid(
    landed: Sequence[Call],
    known: Sequence[KnownCall],
    days: Sequence[dt.date],
    paid: Collection[str],
    elsewhere: Mapping[str, LandedElsewhere] = NOTHING_ELSEWHERE,
) -> Merged:
    """`merge_with_known`, but a transcribed call stays as it is while its metadata is faulty.

    A list that cannot be read, or that gives one id to two calls, must not take away what is paid for and published.
    `paid` are the recordings for which the service may have been paid.
    """
    standing = {
        file_id: call
        for call in known
        if call.status in TRANSCRIBED or (call.status != "quarantined" and any(each in paid for each in call.file_ids))
        for file_id in call.file_ids
    }
    kept: dict[str, Call] = {}
    left_alone: set[str] = set()
    while True:
        chosen = [call for call in landed if left_alone.isdisjoint(call.file_ids)]
        found, removed = merge_with_known(chosen, known, days, elsewhere)
        usable = {file_id for call in found if call.is_usable for file_id in call.file_ids}
        fresh = [
            (standing[file_id], call)
            for call in found
            if call.status_reason in METADATA_FAULTS
            for file_id in call.file_ids
            if file_id in standing.keys() - usable
        ]
        if not fresh:
            return Merged(found, removed, kept, _renamed(chosen, known, days, elsewhere))
        for before, call in fresh:
            kept.setdefault(before.call_id, call)
            left_alone.update(before.file_ids)  # its other recordings stay with it


def merge_with_known(
    landed: Sequence[Call],
    known: Sequence[KnownCall],
    days: Sequence[dt.date],
    elsewhere: Mapping[str, LandedElsewhere] = NOTHING_ELSEWHERE,
) -> tuple[list[Call], list[str]]:
    """The calls of the days (and of no day) to be written, and the ids of known calls that they replace.

    `landed` is what lies in the folders of these days; of recordings of known calls that lie in other ones, `elsewhere`
    says where and of which day (by URI). Recordings without a date that lie there are not this run's.

    A known call whose recording left the landing zone stays: tidying up must not lose what was paid for. One whose
    recording is there under another day, path or id moves along with it. A quarantined row of another day gives up
    its id to a usable call and gets one of its own, as it would have if both days were run at once. So does a known
    call of several recordings of which some left: what is left is not taken for the whole call.
    """
    of_run = {*days, None}
    landed = _without_remains(landed, known, elsewhere)
    found = [_apart(call, known, elsewhere) for call in landed if call.call_date in of_run]
    left_there = {uri: each.call_date or NO_DAY for uri, each in elsewhere.items()}
    of_landed: dict[str, dt.date | None] = {uri: call.call_date for call in landed for uri in call.file_uris}
    dates_by_uri = left_there | of_landed
    files = {file_id for call in found if call.is_usable for file_id in call.file_ids}
    giving_way = _giving_way(found, known, of_run)
    renamed = _renamed(landed, known, days, elsewhere)

    def is_replaced(call: KnownCall) -> bool:
        if call.call_id in renamed:
            return False
        if call.source_uri in giving_way:
            return True
        if call.source_uri in dates_by_uri:
            return dates_by_uri[call.source_uri] in of_run
        if call.status == "quarantined":
            return call.call_date in of_run
        # the first recording of a call decides where it went; the others only where that one has left
        dates = {dates_by_uri[uri] for uri in call.file_uris if uri in dates_by_uri}
        return bool(dates & of_run) or not files.isdisjoint(call.file_ids)

    of_others = [call for call in landed if call.call_date not in of_run and not call.is_usable]
    found += [call for call in of_others if call.source_uri in giving_way]
    kept = [call for call in known if not is_replaced(call)]
    resolved = resolve_duplicates(
        found,
        known_recordings={
            file_id: call.call_id for call in kept if call.status != "quarantined" for file_id in call.file_ids
        },
        taken_call_ids={renamed.get(call.call_id, call.call_id) for call in kept},
    )
    return resolved, [call.call_id for call in known if is_replaced(call)]


def _giving_way(found: Sequence[Call], known: Sequence[KnownCall], of_run: Collection[dt.date | None]) -> set[str]:
    """Where known calls of other days lie that are set aside and whose id a usable call has."""
    claimed = {call.call_id for call in found if call.is_usable}
    return {
        call.source_uri
        for call in known
        if call.status == "quarantined" and call.call_id in claimed and call.call_date not in of_run
    }


def _renamed(
    landed: Sequence[Call],
    known: Sequence[KnownCall],
    days: Sequence[dt.date],
    elsewhere: Mapping[str, LandedElsewhere],
) -> dict[str, str]:
    """Known calls that give up their id and lie in folders that the run did not read: old id → new."""
    of_run = {*days, None}
    giving_way = _giving_way([call for call in landed if call.call_date in of_run], known, of_run)
    read = {uri for call in landed for uri in call.file_uris}
    return {
        call.call_id: unique_id(call.call_id, elsewhere[call.source_uri].relative_path)
        for call in known
        if call.source_uri in giving_way and call.source_uri in elsewhere and call.source_uri not in read
    }


def _apart(call: Call, known: Sequence[KnownCall], elsewhere: Mapping[str, LandedElsewhere]) -> Call:
    """The call; where its id is that of one whose recordings lie in folders of other days, with why it is another."""
    if not call.has_given_id or call.apart is not None:
        return call
    others = [each for each in known if each.call_id == call.call_id and each.call_date != call.call_date]
    is_there = any(uri in elsewhere for each in others for uri in each.file_uris)
    return replace(call, apart="it is of another day") if is_there else call


def _without_remains(
    landed: Sequence[Call], known: Sequence[KnownCall], elsewhere: Mapping[str, LandedElsewhere]
) -> list[Call]:
    """The landed calls without those that are what is left of a known call, some of whose recordings are gone."""
    there = {file_id for call in landed for file_id in call.file_ids}
    there |= {file_id for call in known for file_id, uri in call.files if uri in elsewhere}
    larger = {
        call.call_id: set(call.file_ids)
        for call in known
        if call.status != "quarantined" and len(call.file_ids) > 1 and not there.issuperset(call.file_ids)
    }
    return [
        call
        for call in landed
        if not (call.is_usable and call.call_id in larger and set(call.file_ids) < larger[call.call_id])
    ]


_AS_SHIPPED = RedactionPolicy()

Statuses: TypeAlias = dict[tuple[str, str | None], str]
"""Call id and recording id → status: what a recording came to says nothing of another one under the same id."""


def statuses_of(known: Sequence[KnownCall]) -> Statuses:
    """The statuses that calls have now."""
    return {(call.call_id, call.recording_id): call.status for call in known}


def call_row(call: Call, statuses: Statuses, policy: RedactionPolicy = _AS_SHIPPED) -> dict[str, Any]:
    """A row of `calls`; a call that was transcribed before keeps its status until its channels are read again.
    Sentences in its metadata are masked by `policy`."""
    extra = without_free_values(call.metadata_extra, call.customer_id, policy)
    before = statuses.get((call.call_id, call.recording_id), "pending")
    usable_status = before if before != "quarantined" else "pending"
    return {
        "call_id": call.call_id,
        "recording_id": call.recording_id,
        "call_date": call.call_date,
        "started_at": call.started_at,
        "agent_id": call.agent_id,
        "agent_name": call.agent_name,
        "customer_id": call.customer_id,
        "queue": call.queue,
        "direction": call.direction,
        "language": call.language,
        "duration_s": call.duration_s,
        "container": call.container,
        "codec": call.codec,
        "sample_rate": call.sample_rate,
        "channels": call.channels,
        "size_bytes": call.size_bytes,
        "agent_channel": call.agent_channel,
        "agent_channel_from": call.agent_channel_from,
        "source_uri": call.source_uri,
        "metadata_source": call.metadata_source,
        "metadata_extra": json.dumps(extra, ensure_ascii=False, default=str),
        "status": usable_status if call.is_usable else "quarantined",
        "status_reason": call.status_reason.value if call.status_reason else None,
        "status_message": call.status_message,
        "loaded_at": dt.datetime.now(dt.UTC),
        "imports": imports_json(call.imports),
        "metadata_remarks": json.dumps(call.metadata_remarks, ensure_ascii=False) if call.metadata_remarks else None,
        "missing_recordings": list(call.missing) or None,
        "form": call.form if call.sources else None,
        "recordings": recordings_in_time(call.sources) if call.sources else None,
    }


def channel_rows(call: Call) -> list[dict[str, Any]]:
    """The rows of `call_channels` of a call: none where its sound can't be sent.

    Of several recordings each has the agent and queue that are known of it, and none where none is.
    """
    has_several = recordings_in_time(call.sources) > 1
    return [
        {
            "call_id": call.call_id,
            "channel_id": source.channel_id,
            "segment": source.segment,
            "call_date": call.call_date,
            "role": source.role,
            "name": source.name,
            "recording_id": source.recording_id,
            "source_channel": source.source_channel,
            "source_uri": source.source_uri,
            "offset_ms": source.offset_ms,
            "duration_s": source.duration_s,
            "started_at": call.started_at and call.started_at + dt.timedelta(milliseconds=source.offset_ms),
            "agent_id": source.agent_id if has_several else call.agent_id,
            "agent_name": source.agent_name if has_several else call.agent_name,
            "queue": source.queue if has_several else call.queue,
        }
        for source in call.sources
    ]

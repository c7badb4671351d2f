"""The call that its parts make together, or why they can't be taken as one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.channels import ChannelSource, call_recording_id
from qa_pipeline.recordings.inspection import Landed, RecordingLimits
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.metadata import CallMetadata, PartOfCall
from qa_pipeline.recordings.parties import order_of, roles_of
from qa_pipeline.recordings.quarantine import QuarantineReason, explain
from qa_pipeline.recordings.recording_faults import Fault, fault_of_length, fault_of_metadata, fault_of_reading

MOST_APART_S = 6 * 3600.0
"""Parts whose start times are further apart are not of one call."""

_SHARED = ("call_date", "started_at", "agent_id", "agent_name", "customer_id", "queue", "direction", "language")


def call_of_parts(group: Sequence[tuple[Landed, PartOfCall]], limits: RecordingLimits) -> Call | None:
    """The call; None where a part of it is missing."""
    names = {PurePosixPath(each.file.relative_path).name.casefold() for each, _ in group}
    stems = names | {PurePosixPath(name).stem for name in names}
    expected = {name.casefold() for _, part in group for name in part.expected}
    if not expected <= stems:
        return None
    ordered = sorted(group, key=lambda item: (order_of(item[1].party), item[0].file.relative_path))
    first = ordered[0][0]
    metadata = _together(ordered)
    roles = roles_of(
        [part.party for _, part in ordered],
        direction=metadata.direction,
        agent_channel=metadata.agent_channel if metadata.has_agent_channel else None,
    )
    if not {"agent", "customer"} <= set(roles):
        return None
    call = assess(first.file, metadata, first.inspection, limits)
    fault = _fault(ordered, metadata, roles, limits)
    if fault is not None:
        return replace(call, sources=()).quarantined(*fault)
    offsets = _offsets_ms(ordered)
    sources = tuple(_source(each, part, at, roles[at], offsets[at], limits) for at, (each, part) in enumerate(ordered))
    probes = [found for each, _ in ordered if (found := each.probe(limits)) is not None]
    return replace(
        call,
        status=None,
        status_reason=None,
        status_message=None,
        form="parts",
        sources=sources,
        recording_id=call_recording_id(sources),
        agent_channel=roles.index("agent"),
        started_at=_earliest(ordered) or metadata.started_at,
        duration_s=max(source.end_ms for source in sources) / 1000,
        container=_each_once(found.container for found in probes),
        codec=_each_once(found.codec for found in probes),
        sample_rate=max(found.sample_rate for found in probes),
        channels=len(sources),
        size_bytes=sum(found.size_bytes for found in probes),
    )


def _source(
    each: Landed, part: PartOfCall, channel_id: int, role: Any, offset_ms: int, limits: RecordingLimits
) -> ChannelSource:
    found = each.probe(limits)
    assert found is not None, "what can't be read has a fault"
    assert each.inspection is not None, "what was probed was inspected"
    assert each.inspection.recording_id is not None, "what was probed has an identity"
    sole_channel = each.sole_channel(limits)
    assert sole_channel is not None, "a part with two parties on it has a fault"
    return ChannelSource(
        channel_id,
        role,
        each.inspection.recording_id,
        each.file.source_uri,
        sole_channel,
        offset_ms,
        found.duration_s,
        name=part.party if role == "other" else None,
    )


def _together(parts: Sequence[tuple[Landed, PartOfCall]]) -> CallMetadata:
    """What is known of the call: of each key what the first part says that says anything."""
    known = [each.metadata for each, _ in parts]
    first = known[0]
    named = [each for each in known if each.call_id not in _own_names(parts)]
    call_id = named[0].call_id if named else next((part.base for _, part in parts if part.base), first.call_id)
    filled: dict[str, Any] = {
        key: next((value for each in known if (value := getattr(each, key)) is not None), None) for key in _SHARED
    }
    ids = {each.call_id for each in named}
    problems = [problem for each in known for problem in each.problems]
    if len(ids) > 1:
        problems.append(f"the parts have different call ids: {' and '.join(sorted(ids))}; correct the wrong one.")
    with_channel = next((each for each in known if each.has_agent_channel), first)
    return replace(
        first,
        call_id=call_id,
        agent_channel=with_channel.agent_channel,
        agent_channel_from=with_channel.agent_channel_from,
        channels=None,
        segment=next((each.segment for each in known if each.segment is not None), None),
        has_given_id=any(each.has_given_id for each in named),
        extra={key: value for each in reversed(known) for key, value in each.extra.items()},
        problems=tuple(dict.fromkeys(problems)),
        remarks=tuple(dict.fromkeys(remark for each in known for remark in each.remarks)),
        **filled,
    )


def _own_names(parts: Sequence[tuple[Landed, PartOfCall]]) -> set[str]:
    """Ids that are nothing but the parts' own names."""
    return {PurePosixPath(each.file.relative_path).stem for each, _ in parts}


def _earliest(parts: Sequence[tuple[Landed, PartOfCall]]) -> dt.datetime | None:
    return min((at for each, _ in parts if (at := each.metadata.started_at) is not None), default=None)


def _offsets_ms(parts: Sequence[tuple[Landed, PartOfCall]]) -> list[int]:
    """When each part begins: as it is declared, else by the start times where each part has one."""
    declared = [part.offset_ms for _, part in parts]
    if any(offset is not None for offset in declared):
        return [offset or 0 for offset in declared]
    starts = [each.metadata.started_at for each, _ in parts]
    earliest = _earliest(parts)
    if earliest is None or None in starts:
        return [0] * len(parts)
    return [round((start - earliest) / dt.timedelta(milliseconds=1)) for start in starts if start is not None]


def _fault(
    parts: Sequence[tuple[Landed, PartOfCall]], metadata: CallMetadata, roles: Sequence[str], limits: RecordingLimits
) -> Fault | None:
    """Why the call can't be taken: the first part that can't be read or sent, or what is wrong with what is said."""
    for each, _ in parts:
        fault = fault_of_reading(each.file, each.inspection, limits)
        found = each.probe(limits)
        if fault is None and found is not None:
            fault = fault_of_length(each.file.relative_path, found, limits) or _fault_of_part(each, limits)
        if fault is not None:
            return fault
    if roles.count("agent") > 1 or roles.count("customer") > 1:
        names = " and ".join(each.file.relative_path for each, _ in parts)
        return QuarantineReason.BAD_METADATA, f"{names} are parts of one call, and two are of the same party."
    identities = [each.inspection.recording_id for each, _ in parts if each.inspection]
    if len(set(identities)) < len(identities):
        first, *others = (each.file.relative_path for each, _ in parts)
        other = {"other": metadata.call_id, "place": f" ({', '.join(others)})"}
        return QuarantineReason.DUPLICATE_AUDIO, explain(QuarantineReason.DUPLICATE_AUDIO, name=first, **other)
    if max(_offsets_ms(parts)) > MOST_APART_S * 1000:
        names = " and ".join(each.file.relative_path for each, _ in parts)
        problem = f"{names} are parts of one call, and begin hours apart; correct started_at or the offset."
        return QuarantineReason.BAD_METADATA, problem
    return fault_of_metadata(parts[0][0].file, metadata)


def _fault_of_part(each: Landed, limits: RecordingLimits) -> Fault | None:
    found = each.probe(limits)
    if found is None or each.sole_channel(limits) is not None:
        return None
    name = each.file.relative_path
    held = f"{found.audio_streams} tracks" if found.audio_streams > 1 else f"{found.channels} channels"
    unlike = "with different sound" if held == "2 channels" else "of which nothing says which one is that party's"
    return QuarantineReason.BAD_METADATA, (
        f"{name} is named as the recording of one party and has {held} {unlike}. Export that party's channel alone, "
        "or, if both parties are on the file, land it as a call by itself: take the word for the party out of its "
        "name, or the file out of `parts`."
    )


def _each_once(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names))

"""Calls of which each party is a recording of its own: two mono files, and perhaps a third of a supervisor.

Whose part a file is, and of which call, is said by a file-name pattern with `{party}`, by the columns `agent_file` and
`customer_file` of a call list, by `parts` in a sidecar, or by the key `party`. Without any of them two mono files are
taken as one call where their names are plainly those of its two parties (`parties.pairs_of`). Each part is sent as it
lies; the call is known by all of them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.file_names import date_of_folders
from qa_pipeline.recordings.inspection import Landed, RecordingLimits
from qa_pipeline.recordings.joined_parts import call_of_parts
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.metadata import PartOfCall
from qa_pipeline.recordings.parties import NamedPart, belong_together, pairs_of, party_of
from qa_pipeline.recordings.quarantine import QuarantineReason, explain
from qa_pipeline.recordings.segments import natural

MIX_MAY_DIFFER_S = 2.0
"""By how much a file may differ in length from the call whose two parts it is taken to hold."""
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class FormedCall:
    """A call, and the files that it was made of. `mix` is a file that holds all of its parts, and is not taken."""

    call: Call
    files: tuple[LandingFile, ...]
    mix: LandingFile | None = None


def plain_pairs(files: Iterable[LandingFile]) -> dict[str, NamedPart]:
    """The files whose names are plainly those of the two parties of a call, by path."""
    by_folder: dict[str, list[LandingFile]] = {}
    for file in files:
        by_folder.setdefault(file.relative_path.rpartition("/")[0], []).append(file)
    found: dict[str, NamedPart] = {}
    for folder, beside in by_folder.items():
        found |= pairs_of((file.relative_path, PurePosixPath(file.relative_path).stem) for file in beside)
        found |= _pair_of_folder(folder, beside)
    return found


def _pair_of_folder(folder: str, files: Sequence[LandingFile]) -> dict[str, NamedPart]:
    """The two recordings of a folder that is one call's, such as `77/agent.wav` and `77/customer.wav`; none in a folder
    of a date, which is many calls'."""
    parties = {file.relative_path: party_of(PurePosixPath(file.relative_path).stem) for file in files}
    known = {path: party for path, party in parties.items() if party is not None}
    names = PurePosixPath(folder).parts
    if len(known) != len(files) or not belong_together(list(known.values())):
        return {}
    if not names or date_of_folders(names) is not None:
        return {}
    return {path: NamedPart(names[-1], party) for path, party in known.items()}


def form_calls(landed: Sequence[Landed], limits: RecordingLimits) -> list[FormedCall]:
    """The calls that recordings are: parts of one call together, each of the others by itself, in the order given."""
    groups: dict[tuple[str, ...], list[tuple[Landed, PartOfCall]]] = {}
    for each in landed:
        part = _part_of(each, limits)
        if part is not None:
            groups.setdefault(part.group, []).append((each, part))
    formed: dict[int, FormedCall | None] = {}
    by_place: dict[tuple[str, str], list[Landed]] = {}
    for each in landed:
        by_place.setdefault(_place(each.file), []).append(each)
    for group in (one for several in groups.values() for one in _by_recording(several)):
        if not any(part.is_declared for _, part in group) and not _is_one_call(group):
            continue
        call = call_of_parts(group, limits)
        if call is None:
            formed |= {id(each): _lacking(each, part, group, limits) for each, part in group}
            continue
        formed |= {id(each): None for each, _ in group}
        mix = _mix_of(call, group, by_place, limits)
        if mix is not None and id(mix) not in formed:
            formed[id(mix)] = FormedCall(_as_mix(mix, call, group, limits), (mix.file,))
        formed[id(group[0][0])] = FormedCall(call, tuple(each.file for each, _ in group), mix.file if mix else None)
    return list(_in_order(landed, formed, limits))


def _place(file: LandingFile) -> tuple[str, str]:
    """The folder and the name without its ending."""
    folder, _, name = file.relative_path.rpartition("/")
    return folder, PurePosixPath(name).stem.casefold()


def _mix_of(
    call: Call,
    group: Sequence[tuple[Landed, PartOfCall]],
    by_place: Mapping[tuple[str, str], Sequence[Landed]],
    limits: RecordingLimits,
) -> Landed | None:
    """The file that holds what the parts hold: it lies beside them, is called what they have in common, and is as long
    as the call."""
    folder, _ = _place(group[0][0].file)
    bases = {call.call_id.casefold(), *(part.base.casefold() for _, part in group if part.base)}
    parts = {id(each) for each, _ in group}
    for each in (each for base in sorted(bases) for each in by_place.get((folder, base), ())):
        found = each.probe(limits)
        is_other = id(each) not in parts and call.is_usable
        if is_other and found and abs(found.duration_s - (call.duration_s or 0.0)) <= MIX_MAY_DIFFER_S:
            return each
    return None


def _as_mix(each: Landed, call: Call, group: Sequence[tuple[Landed, PartOfCall]], limits: RecordingLimits) -> Call:
    names = " and ".join(part.file.relative_path for part, _ in group)
    message = (
        f"{each.file.relative_path} is the mix of {names}, which are the parts of call {call.call_id} and are taken in "
        "its place; nothing is sent for it."
    )
    mixed = assess(each.file, each.metadata, each.inspection, limits)
    return replace(mixed, sources=(), has_given_id=False).quarantined(QuarantineReason.DUPLICATE_AUDIO, message)


def _in_order(
    landed: Sequence[Landed], formed: dict[int, FormedCall | None], limits: RecordingLimits
) -> Iterator[FormedCall]:
    for each in landed:
        if id(each) not in formed:
            yield FormedCall(assess(each.file, each.metadata, each.inspection, limits), (each.file,))
        elif (call := formed[id(each)]) is not None:
            yield call


def _part_of(landed: Landed, limits: RecordingLimits) -> PartOfCall | None:
    """What a recording is a part of. One with two channels that differ is none by its name alone, nor by the key
    `party`: it holds both parties itself."""
    part, found = landed.metadata.part, landed.probe(limits)
    if part is None or part.expected:
        return part
    if found is None:
        return part if part.is_declared else None
    return part if landed.sole_channel(limits) is not None else None


def _by_recording(group: list[tuple[Landed, PartOfCall]]) -> list[list[tuple[Landed, PartOfCall]]]:
    """The parts of each recording of a call. A party that comes twice speaks in two of them, which are told apart by
    their numbers, else by their start times, else by the order of their names where each party has as many."""
    counts = Counter(part.party for _, part in group)
    if max(counts.values()) == 1 or any(part.expected for _, part in group):
        return [group]
    numbers = {each.metadata.segment for each, _ in group}
    if None not in numbers:
        return [[item for item in group if item[0].metadata.segment == number] for number in numbers]
    starts = [each.metadata.started_at for each, _ in group]
    if None in starts and len(set(counts.values())) > 1:
        return [group]
    ordered = sorted(group, key=lambda item: natural(item[0].file.relative_path))
    found: list[list[tuple[Landed, PartOfCall]]] = []
    if None in starts:
        ranks = Counter[str]()
        for item in ordered:
            party = item[1].party
            if ranks[party] == len(found):
                found.append([])
            found[ranks[party]].append(item)
            ranks[party] += 1
        return found
    for item in sorted(ordered, key=lambda item: item[0].metadata.started_at or NEVER):
        if not found or item[1].party in {part.party for _, part in found[-1]}:
            found.append([])
        found[-1].append(item)
    return found


def _is_one_call(group: Sequence[tuple[Landed, PartOfCall]]) -> bool:
    """Whether files that only their names pair are of one call: two of them, of which nothing says that they are two
    calls, and with different sound."""
    identities = {each.inspection.recording_id for each, _ in group if each.inspection}
    ids = {each.metadata.call_id for each, _ in group}
    return len(group) == len(identities) == 2 and len(ids) == 1


def _lacking(
    each: Landed, part: PartOfCall, group: Sequence[tuple[Landed, PartOfCall]], limits: RecordingLimits
) -> FormedCall:
    """A part that waits for another one."""
    call = assess(each.file, each.metadata, each.inspection, limits)
    if call.status_reason not in (None, QuarantineReason.MONO):
        return FormedCall(call, (each.file,))
    here = {PurePosixPath(other.file.relative_path).name.casefold() for other, _ in group}
    away = [name for name in part.expected if name.casefold() not in here and not _is_stem_of(name, here)]
    missing = " and ".join(away) or f"the recording of {_opposite([other.party for _, other in group])}"
    message = explain(
        QuarantineReason.MISSING_PART, name=each.file.relative_path, call_id=each.metadata.call_id, missing=missing
    )
    return FormedCall(call.quarantined(QuarantineReason.MISSING_PART, message), (each.file,))


def _is_stem_of(name: str, files: Iterable[str]) -> bool:
    return any(PurePosixPath(file).stem == name.casefold() for file in files)


def _opposite(parties: Sequence[str]) -> str:
    if "agent" in parties:
        return "the customer"
    return "the agent" if "customer" in parties else "the other party"

"""One conversation in order: sentences of both roles become turns, and backchannels are told from turns.

A turn is a longest row of one role's sentences of one recording in which every pause is either a breath (`breath_ms` or
less) or free of the other role's speech. A back-channel is a turn inside the other's that says nothing: it holds only
listed words or is shorter than `backchannel_ms`. It takes no floor, so it does not end the other's turn.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Coverage, Interval, union
from qa_pipeline.conversation.phrases import is_backchannel
from qa_pipeline.conversation.sentences import OTHER, ROLES, TimedSentence
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.roles import Role

Placements = dict[Role, Sequence[TimedSentence]]


class Turn(NamedTuple):
    """A row of `turns` without its call; times in ms from the start of the call, never past its end.

    `gap_ms` is the silence before it (without what was not recorded), 0 where it begins before all earlier turns have
    ended, None for the first;
    `overlap_ms` how long the other role spoke during its sentences, whoever came first. Where it `interrupts`,
    `interrupted_turn_id` names the turn and `interruption_ms` says how long both spoke then.
    """

    turn_id: int
    role: Role
    channel_id: int
    begin_ms: int
    end_ms: int
    text: str
    first_sentence_id: int
    last_sentence_id: int
    sentence_count: int
    gap_ms: int | None
    overlap_ms: int
    is_backchannel: bool
    interrupts: bool = False
    interrupted_turn_id: int | None = None
    interruption_ms: int = 0


class Group(NamedTuple):
    """The sentences of a turn in the making."""

    role: Role
    items: tuple[TimedSentence, ...]
    begin_ms: int
    end_ms: int
    is_backchannel: bool = False

    def speech(self) -> list[Interval]:
        """When somebody really spoke in it: its sentences without the pauses."""
        # most turns are one sentence, and a union costs a sort
        if len(self.items) == 1:
            return [(self.begin_ms, self.end_ms)] if self.begin_ms < self.end_ms else []
        return union((item.begin_ms, item.end_ms) for item in self.items)


def take_turns(placed: Placements, thresholds: MetricThresholds) -> list[Group]:
    """Both roles' turns in order of begin, end, agent first. O(n log n).

    Turns of one role never overlap each other, so their overlaps with the other role add up to the call's.
    """
    first = {role: _group(role, placed[role], placed[OTHER[role]], thresholds.breath_ms) for role in ROLES}
    marked = _mark_backchannels(first, thresholds)
    backchannels = [group for group in marked if group.is_backchannel]
    main_turns: Placements = {
        role: [item for group in marked if group.role == role and not group.is_backchannel for item in group.items]
        for role in ROLES
    }
    # grouped again: a murmur that took no floor no longer parts the turn around it
    if backchannels:
        taken = [
            g for role in ROLES for g in _group(role, main_turns[role], main_turns[OTHER[role]], thresholds.breath_ms)
        ]
    else:
        taken = marked
    return sorted([*taken, *backchannels], key=_place)


def rows_of(groups: Sequence[Group], coverage: dict[Role, Coverage], unrecorded: Coverage) -> list[Turn]:
    """Turns as rows, interruptions not yet marked; `coverage` is each role's speech."""
    rows = []
    silent_from: int | None = None
    for turn_id, group in enumerate(groups):
        sentences = [item.sentence for item in group.items]
        rows.append(
            Turn(
                turn_id=turn_id,
                role=group.role,
                channel_id=sentences[0].channel_id,
                begin_ms=group.begin_ms,
                end_ms=group.end_ms,
                text=join_texts([sentence.text for sentence in sentences]),
                first_sentence_id=sentences[0].sentence_id,
                last_sentence_id=sentences[-1].sentence_id,
                sentence_count=len(sentences),
                gap_ms=None if silent_from is None else _silence_ms(silent_from, group.begin_ms, unrecorded),
                overlap_ms=coverage[OTHER[group.role]].shared_ms(group.speech()),
                is_backchannel=group.is_backchannel,
            )
        )
        silent_from = group.end_ms if silent_from is None else max(silent_from, group.end_ms)
    return rows


def _silence_ms(begin_ms: int, end_ms: int, unrecorded: Coverage) -> int:
    return max(0, end_ms - begin_ms) - unrecorded.covered_ms(begin_ms, end_ms)


def _place(group: Group) -> tuple[int, int, str]:
    return group.begin_ms, group.end_ms, group.role


def _group(role: Role, own: Sequence[TimedSentence], others: Sequence[TimedSentence], breath_ms: int) -> list[Group]:
    """The turns of `own`, both in order of begin."""
    other_begins = [item.begin_ms for item in others]
    # the latest end so far: a short sentence may begin after a long one and end before it
    other_ends = list(accumulate((item.end_ms for item in others), max))
    groups: list[Group] = []
    start, end_ms = 0, 0
    for index, item in enumerate(own):
        if index > start and item.begin_ms >= end_ms:
            before = bisect_left(other_begins, item.begin_ms)
            is_answered = item.begin_ms - end_ms > breath_ms and before and other_ends[before - 1] > end_ms
            if is_answered or item.sentence.segment != own[index - 1].sentence.segment:
                groups.append(Group(role, tuple(own[start:index]), own[start].begin_ms, end_ms))
                start = index
        # sentences of one channel may overlap
        end_ms = item.end_ms if index == start else max(end_ms, item.end_ms)
    if own:
        groups.append(Group(role, tuple(own[start:]), own[start].begin_ms, end_ms))
    return groups


def _mark_backchannels(groups: dict[Role, list[Group]], thresholds: MetricThresholds) -> list[Group]:
    """All groups in order, back-channels marked. The host of one began before it and is no back-channel itself."""
    latest: dict[Role, Group] = {}
    marked = []
    for group in sorted((group for own in groups.values() for group in own), key=_place):
        host = latest.get(OTHER[group.role])
        if host is not None and _lies_inside(group, host, thresholds) and _says_nothing(group, thresholds):
            marked.append(group._replace(is_backchannel=True))
        else:
            marked.append(group)
            # a back-channel hosts nothing: a murmur inside a murmur is one of the turn around both
            latest[group.role] = group
    return marked


def _lies_inside(group: Group, host: Group, thresholds: MetricThresholds) -> bool:
    """Whether `group` begins in `host`, and not so near its end that it takes the turn from it."""
    return host.begin_ms < group.begin_ms < host.end_ms and host.end_ms - group.begin_ms >= thresholds.turn_taking_ms


def _says_nothing(group: Group, thresholds: MetricThresholds) -> bool:
    if group.end_ms - group.begin_ms < thresholds.backchannel_ms:
        return True
    said: Iterable[tuple[str, str | None]] = ((item.sentence.text, item.sentence.language) for item in group.items)
    return is_backchannel(said, thresholds.backchannel_words)

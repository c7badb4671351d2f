"""From one call's sentences to its turns and its row of metrics: the one function an asset calls.

A metric is None where it is not known: a role nobody transcribed, sentences without times, a mean over nothing.
What needs no times (counts of sentences, languages) is given even where there are none.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from qa_pipeline.conversation.announcements import Announcement
from qa_pipeline.conversation.confidence import unsure_share
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.emotions import emotion_course, valence
from qa_pipeline.conversation.interruptions import mark_interruptions
from qa_pipeline.conversation.intervals import Coverage, Interval, length
from qa_pipeline.conversation.languages import code_switches, languages_of
from qa_pipeline.conversation.metrics import CallMetrics
from qa_pipeline.conversation.roles import judge_roles
from qa_pipeline.conversation.sentences import ROLES, RoleSentences, SpokenSentence, TimedSentence, sentences_of_role
from qa_pipeline.conversation.silences import dead_air_in, silences_between
from qa_pipeline.conversation.sound import check_sound
from qa_pipeline.conversation.talk_speed import talk_speed
from qa_pipeline.conversation.turns import Turn, rows_of, take_turns
from qa_pipeline.transcription.roles import Role

DEFAULTS = MetricThresholds()

UNTOLD_ON_ONE_CHANNEL = (
    "overlap_s",
    *(f"{role}_{metric}" for role in ROLES for metric in ("interruptions", "interruptions_s")),
    "agent_channel_suspect",
    "agent_channel_evidence",
)
"""Metrics that are not known of calls whose parties share a channel."""

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call in order, and what it comes to; `by_agent` where several took part (`conversation.agents`).
    `announcements` are no part of either."""

    turns: tuple[Turn, ...]
    metrics: CallMetrics
    by_agent: Mapping[str, CallMetrics] = field(default_factory=dict)
    announcements: tuple[Announcement, ...] = ()


def analyse_call(
    sentences: Sequence[SpokenSentence],
    duration_s: float,
    thresholds: MetricThresholds = DEFAULTS,
    *,
    speech: Mapping[Role, Sequence[Interval]] | None = None,
    known_roles: Collection[Role] = ROLES,
    direction: str | None = None,
    unrecorded: Iterable[Interval] = (),
    is_one_channel: bool = False,
) -> Conversation:
    """Turns and metrics of one call. O(n log n) in its sentences.

    Args:
        sentences: of both channels, in any order; a role says nothing else on another channel.
        duration_s: length of the call in seconds, from the begin of its first recording to the end of its last.
        thresholds: what docs/metrics.md calls settings.
        speech: where known, the segments (begin, end) in ms in which a role's channel sounds, for the checks on
            the recognizer; a role that is left out is not checked.
        known_roles: roles whose channel was transcribed or is known to be silent. Of another role nothing is known,
            so it is neither silent nor zero; there are turns only if both are known.
        direction: the call's, as in `calls.direction`.
        unrecorded: the time (begin, end) in ms between its recordings, where there are several. It is no silence, no
            dead air and no response time, and ends every turn.
        is_one_channel: whether both roles were heard on one channel and told apart by their voices. Who talks at the
            same time can't be heard there, and the roles are what the text made them: `UNTOLD_ON_ONE_CHANNEL` is None.

    Raises:
        ValueError: the duration is no length, a sentence has an impossible time or an unknown emotion, or belongs to
            a role that is not among `known_roles`.
    """
    if not math.isfinite(duration_s) or duration_s < 0:
        raise ValueError(f"the recording lasts {duration_s} s, which is no length")
    strangers = {sentence.role for sentence in sentences}.difference(known_roles)
    if strangers:
        raise ValueError(f"there are sentences of {', '.join(sorted(strangers))}, whose channel is said to be unknown")
    # whole ms, as the service counts: sums of them stay exact
    duration_ms = round(duration_s * 1000)
    missing = Coverage((max(0, begin), min(end, duration_ms)) for begin, end in unrecorded)
    sides: dict[Role, RoleSentences] = {
        role: sentences_of_role(role, sentences, duration_ms, missing) for role in ROLES if role in known_roles
    }
    placed = {role: side.placed for role, side in sides.items() if side.placed is not None}
    columns: Columns = _what_needs_no_times(sides, direction, thresholds)
    for role, items in placed.items():
        columns |= _of_role(role, items, thresholds)
        if speech is not None and role in speech:
            columns |= _sound_columns(role, items, speech[role], duration_ms, thresholds)
    if "customer" in placed:
        columns |= _course_columns(placed["customer"], duration_ms, missing, thresholds)
    columns["talk_speed_unit"] = _common_unit(columns)
    turns: tuple[Turn, ...] = ()
    # a turn is told from the other side's silence, so one side alone has none
    if len(placed) == len(ROLES):
        turns, of_both = _of_both(placed, duration_ms, missing, thresholds)
        columns |= of_both
    if is_one_channel:
        columns |= dict.fromkeys(UNTOLD_ON_ONE_CHANNEL)
        turns = tuple(
            turn._replace(overlap_ms=0, interrupts=False, interrupted_turn_id=None, interruption_ms=0) for turn in turns
        )
    metrics = CallMetrics(
        definition_version=thresholds.version,
        thresholds=thresholds.as_json(),
        duration_s=duration_s,
        unrecorded_s=missing.length_ms / 1000,
        **columns,
    )
    return Conversation(turns, metrics)


def _what_needs_no_times(
    sides: dict[Role, RoleSentences], direction: str | None, thresholds: MetricThresholds
) -> Columns:
    columns: Columns = {}
    languages = {role: languages_of(side.sentences) for role, side in sides.items()}
    for role, side in sides.items():
        columns[f"{role}_sentences"] = len(side.sentences)
        columns[f"{role}_unsure_share"] = unsure_share(side.sentences, thresholds)
        if languages[role]:
            columns[f"{role}_languages"] = len(set(languages[role]))
            columns[f"{role}_code_switches"] = code_switches(languages[role])
    if len(sides) == len(ROLES):
        if any(languages.values()):
            columns["languages"] = len(set().union(*languages.values()))
            columns["code_switches"] = sum(code_switches(of_role) for of_role in languages.values())
        verdict = judge_roles(sides["agent"], sides["customer"], direction, thresholds)
        columns |= {"agent_channel_suspect": verdict.suspect, "agent_channel_evidence": verdict.evidence}
    return columns


def _of_role(role: Role, placed: Sequence[TimedSentence], thresholds: MetricThresholds) -> Columns:
    columns: Columns = {
        # not the sum: sentences of one channel may overlap
        f"{role}_talk_s": Coverage((item.begin_ms, item.end_ms) for item in placed).length_ms / 1000,
        f"{role}_valence": valence(placed, thresholds),
    }
    speed = talk_speed(placed, thresholds)
    if speed is not None:
        columns |= {f"{role}_talk_speed": speed.per_minute, f"{role}_talk_speed_unit": speed.unit}
    return columns


def _sound_columns(
    role: Role,
    placed: Sequence[TimedSentence],
    sounding: Sequence[Interval],
    duration_ms: int,
    thresholds: MetricThresholds,
) -> Columns:
    checked = check_sound(placed, sounding, duration_ms, thresholds)
    return {
        f"{role}_words_without_sound": checked.unheard_sentences,
        f"{role}_words_without_sound_s": checked.unheard_ms / 1000,
        f"{role}_sound_without_words": checked.wordless_stretches,
        f"{role}_sound_without_words_s": checked.wordless_ms / 1000,
    }


def _course_columns(
    placed: Sequence[TimedSentence], duration_ms: int, missing: Coverage, thresholds: MetricThresholds
) -> Columns:
    # quarters are of the time that was recorded: a wait between two recordings would make one of them empty
    recorded = [
        TimedSentence(
            item.begin_ms - missing.covered_ms(0, item.begin_ms),
            item.end_ms - missing.covered_ms(0, item.end_ms),
            item.sentence,
        )
        for item in placed
    ]
    course = emotion_course(recorded, duration_ms - missing.length_ms, thresholds)
    if course is None:
        return {}
    return {
        **{f"customer_valence_q{number}": value for number, value in enumerate(course.quarters, start=1)},
        "valence_shift": course.shift,
        "trajectory": course.trajectory,
        "negative_share": course.negative_share,
        "escalated": course.escalated,
        "recovered": course.recovered,
    }


def _common_unit(columns: Columns) -> str | None:
    units = {columns[name] for role in ROLES if (name := f"{role}_talk_speed_unit") in columns}
    return "mixed" if len(units) > 1 else next(iter(units), None)


def _of_both(
    placed: Mapping[Role, Sequence[TimedSentence]], duration_ms: int, missing: Coverage, thresholds: MetricThresholds
) -> tuple[tuple[Turn, ...], Columns]:
    coverage = {role: Coverage((item.begin_ms, item.end_ms) for item in placed[role]) for role in ROLES}
    groups = take_turns(dict(placed), thresholds)
    turns = mark_interruptions(rows_of(groups, coverage, missing), groups, thresholds)
    columns = {**_time_columns(coverage, duration_ms, missing, thresholds), **_turn_columns(turns, missing)}
    return tuple(turns), columns


def _time_columns(
    coverage: Mapping[Role, Coverage], duration_ms: int, missing: Coverage, thresholds: MetricThresholds
) -> Columns:
    agent, customer = coverage["agent"], coverage["customer"]
    both = Coverage([*agent.intervals, *customer.intervals])
    talk_ms = agent.length_ms + customer.length_ms
    recorded_ms = duration_ms - missing.length_ms
    silence_ms = recorded_ms - both.length_ms
    columns: Columns = {
        "talk_ratio": agent.length_ms / talk_ms if talk_ms else None,
        "overlap_s": agent.shared_ms(customer.intervals) / 1000,
        "silence_s": silence_ms / 1000,
        "silence_ratio": silence_ms / recorded_ms if recorded_ms else None,
    }
    # without any speech there is nothing between which a silence could lie
    if both.intervals:
        silences = silences_between(both, missing)
        dead_air = dead_air_in(silences, thresholds.dead_air_ms)
        columns |= {
            "dead_air_count": len(dead_air),
            "dead_air_s": length(dead_air) / 1000,
            "longest_silence_s": max((end - begin for begin, end in silences), default=0) / 1000,
        }
    return columns


def _turn_columns(turns: Sequence[Turn], missing: Coverage) -> Columns:
    columns: Columns = {}
    for role in ROLES:
        own = [turn for turn in turns if turn.role == role]
        cutting = [turn for turn in own if turn.interrupts]
        backchannels = sum(turn.is_backchannel for turn in own)
        columns |= {
            f"{role}_turns": len(own) - backchannels,
            f"{role}_backchannels": backchannels,
            f"{role}_interruptions": len(cutting),
            f"{role}_interruptions_s": sum(turn.interruption_ms for turn in cutting) / 1000,
        }
    responses = _responses_ms(turns, missing)
    if responses:
        columns |= {"response_ms_p50": _quantile(responses, 50), "response_ms_p90": _quantile(responses, 90)}
    return columns


def _responses_ms(turns: Sequence[Turn], missing: Coverage) -> list[int]:
    """Gaps from each customer turn to the agent turn that follows it, sorted; an overlap is 0. Murmurs don't answer.

    Where part of a gap was not recorded, nobody knows how long the answer took."""
    main_turns = [turn for turn in turns if not turn.is_backchannel]
    return sorted(
        max(0, answer.begin_ms - asked.end_ms)
        for asked, answer in pairwise(main_turns)
        if asked.role == "customer" and answer.role == "agent"
        if not missing.covered_ms(asked.end_ms, answer.begin_ms)
    )


def _quantile(ordered: Sequence[int], percent: int) -> float:
    """Linear between the two nearest, as DuckDB's quantile_cont."""
    whole, rest = divmod((len(ordered) - 1) * percent, 100)
    if not rest:
        return float(ordered[whole])
    return ordered[whole] + (ordered[whole + 1] - ordered[whole]) * rest / 100

"""The findings of a call that have a place in it: what is drawn as a marker and visited by J and K.

A mark is of any kind. What people or rules find in a call becomes one by another function here, and needs nothing in
the browser but a word for its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.serving.masked_spans import MaskedSpan
from qa_pipeline.audio.muting import MARGIN_MS
from qa_pipeline.conversation.analysis import DEFAULTS
from qa_pipeline.conversation.intervals import Coverage, Interval
from qa_pipeline.conversation.sentences import OTHER
from qa_pipeline.conversation.silences import dead_air_in, overlaps_of, silences_between
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.recordings import recording_lines


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a call in ms. `role` is whose it is, None for the call's; `label` says more than the kind does, and
    `severity`, of rules, how much it matters."""

    kind: str
    begin_ms: int
    end_ms: int
    role: str | None = None
    label: str = ""
    severity: str = ""


def silent_and_overlapping(
    sentences: Sequence[Row], unrecorded: Sequence[Interval], metrics: Mapping[str, object]
) -> list[Mark]:
    """Dead air and overlaps, by the thresholds with which the call's `metrics` (a row of `call_metrics`) were made.

    What is no metric of this call is no mark either: a party that was not transcribed is not silent, and who talks at
    the same time on one channel can't be heard. Overlaps as short as people need to take turns are left out.
    """
    thresholds = metrics.get("thresholds")
    known: Mapping[str, float] = thresholds if isinstance(thresholds, Mapping) else {}
    spoken = {role: Coverage(_places(sentences, role)) for role in OTHER}
    found: list[Mark] = []
    if metrics.get("dead_air_count") is not None:
        both = Coverage([*spoken["agent"].intervals, *spoken["customer"].intervals])
        silences = silences_between(both, Coverage(unrecorded))
        at_least = known.get("dead_air_ms", DEFAULTS.dead_air_ms)
        found += [Mark("dead_air", begin, end) for begin, end in dead_air_in(silences, at_least)]
    if metrics.get("overlap_s") is not None:
        shortest = known.get("turn_taking_ms", DEFAULTS.turn_taking_ms)
        overlaps = overlaps_of(spoken["agent"], spoken["customer"], shortest)
        found += [Mark("overlap", begin, end) for begin, end in overlaps]
    return found


def interruptions(turns: Iterable[Row]) -> list[Mark]:
    """Who cut the other short: from the begin of the turn that did, for as long as both spoke."""
    return [
        Mark("interruption", turn["begin_ms"], turn["begin_ms"] + turn["interruption_ms"], turn["role"])
        for turn in turns
        if turn["interrupts"]
    ]


def besides_speech(sounds: Iterable[Row]) -> list[Mark]:
    """Ringing, tones, music and announcements, with the party on whose channel they sound."""
    return [Mark(row["kind"], row["begin_ms"], row["end_ms"], row["role"]) for row in sounds]


def defects(sounds: Iterable[Row], duration_ms: int) -> list[Mark]:
    """What is wrong with a channel; it has no place of its own, so it is of the whole call. `label` is its name."""
    return [Mark("defect", 0, duration_ms, row["role"], defect) for row in sounds for defect in row["defects"]]


def rule_hits(rows: Iterable[Row]) -> list[Mark]:
    """The places of rules that are a hit (rows of `list_rule_hits_of_call`), by their titles; of something that is
    missing, the stretch in which it was expected. Those without times have no place in the sound."""
    return [
        Mark("rule", row["begin_ms"], row["end_ms"], _speaker(row["role"]), _rule_label(row), row["severity"])
        for row in rows
        if row["begin_ms"] is not None and row["end_ms"] is not None
    ]


def _speaker(role: str) -> str | None:
    return None if role == "anyone" else role


def _rule_label(row: Row) -> str:
    missing = "" if row["evidence"] else t("nothing of it is said")
    review = t("needs review") if row["needs_review"] else ""
    return ", ".join(filter(None, (row["title"], missing, review)))


def recordings(rows: Sequence[Row]) -> list[Mark]:
    """The recordings of which the call is made, where they are several (rows of `read_recordings`)."""
    if len(rows) < 2:
        return []
    lines = recording_lines(rows)
    return [
        Mark("recording", row["begin_ms"], row["end_ms"], None, line) for row, line in zip(rows, lines, strict=True)
    ]


def not_recorded(stretches: Iterable[Interval]) -> list[Mark]:
    """The time between two recordings."""
    return [Mark("unrecorded", begin, end) for begin, end in stretches]


def masked(spans: Iterable[MaskedSpan], duration_ms: int) -> list[Mark]:
    """What is silent because it was masked, with the margin that is silent too. `label` is its kind. Where nobody knows
    when it is said it is all of the call."""
    return [
        Mark(
            "masked",
            0 if span.begin_ms is None or span.end_ms is None else max(0, span.begin_ms - MARGIN_MS),
            duration_ms if span.begin_ms is None or span.end_ms is None else min(duration_ms, span.end_ms + MARGIN_MS),
            span.role,
            span.kind,
        )
        for span in spans
    ]


def in_order(marks: Iterable[Mark]) -> list[Mark]:
    """By begin, the longer first; an overlap that an interruption already marks is left out."""
    marks = list(marks)
    cut = [(mark.begin_ms, mark.end_ms) for mark in marks if mark.kind == "interruption"]
    interrupted = Coverage(cut)
    kept = (mark for mark in marks if mark.kind != "overlap" or not interrupted.covered_ms(mark.begin_ms, mark.end_ms))
    return sorted(kept, key=lambda mark: (mark.begin_ms, -mark.end_ms, mark.kind, mark.role or ""))


def _places(sentences: Iterable[Row], role: str) -> list[Interval]:
    return [
        (row["begin_ms"], row["end_ms"])
        for row in sentences
        if row["role"] == role and row["begin_ms"] is not None and row["end_ms"] is not None
    ]

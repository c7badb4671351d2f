"""Finds recordings that are there twice and ids that two recordings claim, and gives every row an id of its own.

A call that is known already (from another day) stays as it is: it has been paid for and people have seen it. Among
calls that are looked at together the earliest wins, then the first path, so that the order of the files on disk
decides nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.quarantine import QuarantineReason, explain

_LAST_DATE = dt.date.max
_LAST_MOMENT = dt.datetime.max.replace(tzinfo=dt.UTC)
_SUFFIX_DIGITS = 8
_LEFT = "the recordings of that call have left the landing zone (put them back to have this one joined to them)"


def resolve_duplicates(
    calls: Iterable[Call],
    *,
    known_recordings: Mapping[str, str] | None = None,
    taken_call_ids: Collection[str] = (),
) -> list[Call]:
    """The same calls, by path, duplicates quarantined and call ids unique.

    `known_recordings` maps each file (sha256) of the usable calls of *other* days to its call_id; `taken_call_ids`
    are all call ids of other days, quarantined ones too. A quarantined row whose id is taken gets a suffix made of
    its path.
    """
    audio_of = dict(known_recordings or {})
    winners: dict[str, str | None] = dict.fromkeys((*taken_call_ids, *audio_of.values()))
    resolved = []
    for call in sorted(calls, key=precedence):
        checked = _checked(call, audio_of, winners) if call.is_usable else call
        if checked.is_usable:
            audio_of |= dict.fromkeys(checked.file_ids, checked.call_id)
        elif checked.call_id in winners:
            checked = replace(checked, call_id=unique_id(checked.call_id, checked.relative_path))
        winners[checked.call_id] = checked.relative_path
        resolved.append(checked)
    return sorted(resolved, key=lambda call: call.relative_path)


def precedence(call: Call) -> tuple[bool, dt.date, dt.datetime, str]:
    """The order in which calls claim their sound and their id."""
    return (not call.is_usable, call.call_date or _LAST_DATE, call.started_at or _LAST_MOMENT, call.relative_path)


def _checked(call: Call, audio_of: Mapping[str, str], winners: Mapping[str, str | None]) -> Call:
    """The call, quarantined when its sound or its id belongs to another one already."""
    other = next((audio_of[each] for each in call.file_ids if each in audio_of), None)
    if other is not None:
        reason = QuarantineReason.DUPLICATE_AUDIO
        message = explain(reason, name=call.relative_path, other=other, place=_place(winners.get(other)))
        return call.quarantined(reason, message)
    if call.call_id in winners:
        reason = QuarantineReason.DUPLICATE_CALL_ID
        place = _place(winners[call.call_id])
        why = call.apart or (_LEFT if call.has_given_id and winners[call.call_id] is None else None)
        apart = f"; {why}, so it was not taken for another recording of that call" if why else ""
        message = explain(reason, name=call.relative_path, call_id=call.call_id, place=place, apart=apart)
        return call.quarantined(reason, message)
    return call


def _place(relative_path: str | None) -> str:
    """Where the winner lies, as far as it is known: of other days only the ids are."""
    return f" ({relative_path})" if relative_path else ""


def unique_id(call_id: str, relative_path: str) -> str:
    """The id and eight digits of its path's hash: the same in every run, and unlike any other row's."""
    digest = hashlib.sha256(relative_path.encode()).hexdigest()
    return f"{call_id}~{digest[:_SUFFIX_DIGITS]}"

"""What a look at the landing zone finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from qa_pipeline.landing.zone_map import LandedElsewhere
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LeftOut
from qa_pipeline.recordings.usable_calls import UsableCall


def _nothing_elsewhere(uris: Iterable[str]) -> dict[str, LandedElsewhere]:
    return {}


@dataclass(frozen=True, slots=True)
class Landing:
    """The recordings that were asked for and have settled, assessed; duplicates are not looked for yet.

    `unsettled` are recordings that are still being written and wait for the next run; `notes` is what is odd and
    concerns no single recording (lines of calls.csv without a recording, folders that could not be read).
    """

    calls: tuple[Call, ...]
    unsettled: tuple[str, ...]
    notes: tuple[str, ...]
    dates_of: Callable[[Iterable[str]], dict[str, LandedElsewhere]] = field(
        default=_nothing_elsewhere, compare=False, repr=False
    )
    """Of files that lie in other folders than those that were read, by URI, their day."""

    def usable(self, days: DayRange) -> list[UsableCall]:
        """What a run over the range would transcribe, for a forecast."""
        in_range = [call for call in self.calls if call.call_date is not None and call.call_date in days]
        return [
            UsableCall(
                call_id=call.call_id,
                recording_id=call.recording_id or "",
                call_date=call.call_date,
                duration_s=call.duration_s or 0.0,
                agent_channel=call.agent_channel,
                language=call.language,
                source_uri=call.source_uri,
                sources=call.sources,
                form=call.form,
                queue=call.queue,
                direction=call.direction,
                sample_rate=call.sample_rate,
                imports=call.imports,
            )
            for call in resolve_duplicates(in_range)
            if call.is_usable and call.call_date is not None
        ]


@dataclass(frozen=True, slots=True)
class ChangedDays:
    """Days that changed since the fingerprints given, each with that of the change, and the fingerprints now, by day.
    Where the time was too short for `unread_folders`, no day is named, and the fingerprints are those given."""

    changed: dict[str, str]
    fingerprints: dict[str, str]
    unread_folders: int = 0


@dataclass(frozen=True, slots=True)
class ZoneOverview:
    """What lies in a landing zone: its recordings, by path below the root, where they were asked for, and what is not
    taken. `list_notes` are what is odd about lists of calls; of `unread_folders`, for which the time was too short,
    nothing is known yet."""

    recordings: tuple[str, ...] | None
    ignored: tuple[LeftOut, ...]
    unreadable_folders: tuple[LeftOut, ...]
    orphan_sidecars: tuple[str, ...]
    companions: int
    list_notes: tuple[str, ...]
    unread_folders: int = 0

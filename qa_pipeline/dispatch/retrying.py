"""Which channels can be sent once more, and which of them the settings still ask for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qa_pipeline.dashscope.tasks import TASKS_LIVE_S
from qa_pipeline.dispatch.forecast import Outlook
from qa_pipeline.dispatch.local_engines import was_heard_otherwise
from qa_pipeline.dispatch.planning import HeldBack
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import LedgerRow, row_in_force
from qa_pipeline.ledger.states import ANSWERED, IMPORT_KIND, RAW_JSON_ELSEWHERE, READING_FAULTS, UnitState
from qa_pipeline.reading.rows import can_be_read
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings

LOST_ANSWERS = READING_FAULTS - {RAW_JSON_ELSEWHERE}
"""What is on another machine is not lost, and nobody is asked to pay for it again."""

RETRIED = frozenset({UnitState.FAILED, UnitState.UNKNOWN})
ASKED_FIRST = frozenset({UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """Days, calls (none named: all), and whether good answers are asked for again.

    With `changed` only those that would be asked otherwise now are.
    """

    days: DayRange
    call_ids: tuple[str, ...] = ()
    again: bool = False
    changed: bool = False

    def in_states(self, ledger: Ledger, states: Collection[UnitState]) -> list[LedgerRow]:
        """The rows of these days that are in one of these states."""
        return ledger.in_states(states, self.days.first.isoformat(), self.days.last.isoformat())

    def covers(self, unit: LedgerRow) -> bool:
        """Whether a unit is of these days and calls."""
        in_range = dt.date.fromisoformat(unit.call_date) in self.days
        return in_range and (not self.call_ids or unit.call_id in self.call_ids)

    def takes(self, unit: LedgerRow) -> bool:
        """Whether a unit is of these days and calls and in a state to be sent again."""
        is_answered = unit.state in ANSWERED and (self.again or unit.code in LOST_ANSWERS)
        return self.covers(unit) and (unit.state in RETRIED or is_answered)


def asked_otherwise(outlook: Outlook, choice: RetryChoice) -> list[HeldBack]:
    """The channels of the choice that are paid for and would be asked otherwise now; a person's word sends them."""
    if not (choice.again or choice.changed):
        return []
    plan, _ = outlook.plan(choice.days)
    return [each for each in plan.held if not choice.call_ids or each.item.call_id in choice.call_ids]


def heard_otherwise(ledger: Ledger, choice: RetryChoice, engines: Collection[str]) -> list[LedgerRow]:
    """The rows in force of the choice that a local engine answered which is none of `engines`, those of now."""
    others = ledger.answered_by_others("local", engines)
    answered = [row for row in others if choice.covers(row) and was_heard_otherwise(row, engines)]
    return _in_force(ledger, "local", answered)


def known_to_the_service(ledger: Ledger, kind: str, choice: RetryChoice) -> list[LedgerRow]:
    """The rows in force of the choice of which the service has a task that it may still know, or a result of one."""
    oldest = ledger.clock() - TASKS_LIVE_S
    at_service = [row for row in choice.in_states(ledger, ASKED_FIRST) if choice.covers(row)]
    return [
        unit
        for unit in _in_force(ledger, kind, at_service)
        if unit.engine_kind == kind
        and unit.task_id is not None
        and max(unit.submitted_at or 0.0, unit.ended_at or 0.0) > oldest
    ]


def readable(ledger: Ledger, raw_store: RawStore, units: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Those of the units with an answer that could not be read which can be read now: by this version, or restored."""
    faulty = [unit for unit in units if unit.state in ANSWERED and unit.code in READING_FAULTS]
    channels: dict[str, list[int]] = {}
    for row in ledger.of_submissions({unit.submission_id for unit in faulty}):
        channels.setdefault(row.submission_id, []).append(row.channel_id)
    return [unit for unit in faulty if can_be_read(unit, raw_store, channels[unit.submission_id])]


def retriable(ledger: Ledger, kind: str, choice: RetryChoice, denied: Collection[str] = ()) -> list[LedgerRow]:
    """The rows in force of the choice that can be sent again.

    `denied` are submissions that are under way and of which the service knows nothing, or gives no result. Another
    answer that was asked for and whose outcome is unknown is one of the rows, although the old answer counts. Imports
    are not among them: a run reads their files again by itself.
    """
    looked_at = choice.in_states(ledger, RETRIED | ASKED_FIRST)
    looked_at += choice.in_states(ledger, ANSWERED) if choice.again else ledger.with_codes(LOST_ANSWERS)
    chosen = [
        unit
        for unit in {unit.unit_id: unit for unit in looked_at}.values()
        if choice.takes(unit) or (unit.submission_id in denied and choice.covers(unit))
    ]
    return _in_force(ledger, kind, chosen)


def _in_force(ledger: Ledger, kind: str, units: Sequence[LedgerRow]) -> list[LedgerRow]:
    chosen = [unit for unit in units if unit.engine_kind != IMPORT_KIND]
    attempts: dict[object, list[LedgerRow]] = {}
    for unit in ledger.of_recordings({unit.recording_id for unit in chosen}):
        attempts.setdefault(unit.key, []).append(unit)
    in_force: set[str] = set()
    for rows in attempts.values():
        rows.sort(key=lambda item: item.attempt)
        row, newest = row_in_force(rows, kind), rows[-1]
        in_force |= {row.unit_id} if row is not None else set()
        in_force |= {newest.unit_id} if newest.asked_again and newest.state in ASKED_FIRST else set()
    return [unit for unit in chosen if unit.unit_id in in_force]


def asked_now(outlook: Outlook, settings: Settings, units: Sequence[LedgerRow]) -> tuple[list[LedgerRow], Counter[str]]:
    """Those that a run with these settings would ask for, and how many others there are of each model."""
    if not units:
        return [], Counter()
    days = sorted(dt.date.fromisoformat(unit.call_date) for unit in units)
    plan, _ = outlook.plan(DayRange(days[0], days[-1]))
    wanted = [*plan.wanted, *(each.item for each in plan.held)]
    keys, recordings = {item.key for item in wanted}, {item.recording_id for item in wanted}
    models = {model.id for model in settings.possible_models}
    kept = [
        unit for unit in units if unit.key in keys or (unit.recording_id not in recordings and unit.model in models)
    ]
    return kept, Counter(unit.model for unit in units if unit not in kept)

"""Which channels can be sent once more, and which of them the settings still ask for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.dispatch.forecast import Outlook
from qa_pipeline.dispatch.planning import HeldBack
from qa_pipeline.ledger.ledger import Ledger, LedgerRow, row_in_force
from qa_pipeline.ledger.states import ANSWERED, IMPORT_KIND, READING_FAULTS, UnitState
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings

RETRIED = frozenset({UnitState.FAILED, UnitState.UNKNOWN})
LOOKED_AT = RETRIED | ANSWERED


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """Days, calls (none named: all), and whether good answers are asked for again.

    With `changed` only those that would be asked otherwise now are.
    """

    days: DayRange
    call_ids: tuple[str, ...] = ()
    again: bool = False
    changed: bool = False

    def takes(self, unit: LedgerRow) -> bool:
        """Whether a unit is of these days and calls and in a state to be sent again."""
        in_range = dt.date.fromisoformat(unit.call_date) in self.days
        is_wanted = unit.state in RETRIED or self.again or unit.code in READING_FAULTS
        return in_range and is_wanted and (not self.call_ids or unit.call_id in self.call_ids)


def asked_otherwise(outlook: Outlook, choice: RetryChoice) -> list[HeldBack]:
    """The channels of the choice that are paid for and would be asked otherwise now; a person's word sends them."""
    if not (choice.again or choice.changed):
        return []
    plan, _ = outlook.plan(choice.days)
    return [each for each in plan.held if not choice.call_ids or each.item.call_id in choice.call_ids]


def retriable(ledger: Ledger, kind: str, choice: RetryChoice) -> list[LedgerRow]:
    """The rows in force of the choice that can be sent again.

    Another answer that was asked for and whose outcome is unknown is one of them, although the old answer counts.
    Imports are not among them: a run reads their files again by itself.
    """
    chosen = [unit for unit in ledger.in_states(LOOKED_AT) if choice.takes(unit) and unit.engine_kind != IMPORT_KIND]
    attempts: dict[object, list[LedgerRow]] = {}
    for unit in ledger.of_recordings({unit.recording_id for unit in chosen}):
        attempts.setdefault(unit.key, []).append(unit)
    in_force: set[str] = set()
    for rows in attempts.values():
        rows.sort(key=lambda item: item.attempt)
        row, newest = row_in_force(rows, kind), rows[-1]
        in_force |= {row.unit_id} if row is not None else set()
        in_force |= {newest.unit_id} if newest.asked_again and newest.state is UnitState.UNKNOWN else set()
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

"""Recognizing on several machines: each sends some calls of a day to the local service beside it.

Only what the local service does is divided: the account's pace is one, and one sender keeps it. The ledger says who
sends what, so whatever a shard leaves is sent by the step that follows, and nothing twice.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from pydantic import TypeAdapter

from qa_pipeline.dispatch.paid_before import hold_back
from qa_pipeline.dispatch.planning import Plan, Planner
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import FINAL
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.service.access import engine_kind
from qa_pipeline.settings import Settings
from qa_pipeline.sharding.cutting import cut, worth_a_shard
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.shards import Shards, call_key
from qa_pipeline.warehouse.calls import usable_calls

KIND = "transcriptions"
SOUND_S_PER_SHARD = 600.0
"""Seconds of sound that are worth a step of their own: half a minute of a core, for the quickest recognizer."""

_CALLS = TypeAdapter(list[UsableCall])


def cut_recognition(
    settings: Settings,
    warehouse: DayWarehouse,
    ledger: Ledger,
    shards: Shards,
    days: Sequence[dt.date],
    *,
    by_person: bool,
) -> list[str]:
    """Cuts the calls of the days that are not transcribed yet into shards, where the local service is what transcribes
    them; returns their names."""
    if engine_kind(settings) != "local":
        return []
    with warehouse.reading() as connection:
        calls = usable_calls(connection, days)
    wanted = plan_of(settings, calls, ledger, by_person=by_person).wanted
    rows = ledger.forecast(wanted, "local")
    open_calls = {item.call_id for item, row in zip(wanted, rows, strict=True) if row is None or row.state not in FINAL}
    of_days: defaultdict[dt.date, list[UsableCall]] = defaultdict(list)
    least = worth_a_shard(settings, SOUND_S_PER_SHARD)
    for call in calls:
        if call.call_id in open_calls:
            of_days[call.call_date].append(call)
    return [
        shards.plan(
            day.isoformat(),
            [call_key(call) for call in some],
            {"calls": _CALLS.dump_python(some, mode="json"), "by_person": by_person},
        )
        for day, of_day in sorted(of_days.items())
        for some in cut(of_day, _seconds, least=least, most=settings.shards_per_day)
    ]


def plan_of_shard(settings: Settings, ledger: Ledger, shards: Shards, name: str) -> Plan:
    """What a shard's calls ask for.

    Raises:
        LookupError: what goes into the shard is gone.
    """
    content = shards.input(name)
    return plan_of(settings, _CALLS.validate_python(content["calls"]), ledger, by_person=content["by_person"])


def plan_of(settings: Settings, calls: Sequence[UsableCall], ledger: Ledger, *, by_person: bool) -> Plan:
    """What these calls ask for, by what is paid for already."""
    kind = engine_kind(settings)
    return hold_back(Planner(settings).plan(calls), calls, ledger, settings, kind, by_person=by_person)


def _seconds(call: UsableCall) -> float:
    return call.duration_s

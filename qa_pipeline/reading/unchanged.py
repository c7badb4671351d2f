"""What is known already of days to be read, so that one of which nothing is new costs no reading."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
from pydantic import TypeAdapter

from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.reading.days import CallToRead, ReadCall
from qa_pipeline.reading.keys import reading_key
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.readings import Reading, note_readings, readings_of

_READ = TypeAdapter(ReadCall)


@dataclass(slots=True)
class DaysBefore:
    """Calls by day as they are to be read now (call id → key), and what came of those days whose rows were made of just
    that and lie there unchanged."""

    keys: dict[dt.date, dict[str, str]]
    found: dict[dt.date, dict[str, ReadCall]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        connection: duckdb.DuckDBPyConnection,
        calls: Sequence[CallToRead],
        raw_store: RawStore,
        settings: Settings,
    ) -> DaysBefore:
        """What is known of the days of these calls, which are all of their days."""
        keys: defaultdict[dt.date, dict[str, str]] = defaultdict(dict)
        for each in calls:
            files = [raw_store.stamp(path) for path in _paths(each)]
            keys[each.call.call_date][each.call.call_id] = reading_key(settings, each, files)
        before = cls(dict(keys))
        for day, of_day in keys.items():
            noted = readings_of(connection, day)
            if {call_id: reading.key for call_id, reading in noted.items()} == of_day:
                before.found[day] = {call_id: _READ.validate_json(reading.facts) for call_id, reading in noted.items()}
        return before

    def calls(self) -> dict[str, ReadCall]:
        """What came of the calls of unchanged days besides their rows, by id."""
        return {call_id: read for of_day in self.found.values() for call_id, read in of_day.items()}

    def changed(self, days: Iterable[dt.date]) -> list[dt.date]:
        """Those of the days that are to be read."""
        return [day for day in days if day not in self.found]

    def note(
        self, connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], read: Mapping[str, ReadCall]
    ) -> None:
        """Notes what the rows of these days, which were read just now, were read of. A day with an answer that could
        not be read is tried again by the next run."""
        of_days = {day: {call_id: read[call_id] for call_id in self.keys.get(day, {})} for day in days}
        noted = {
            day: {call_id: Reading(self.keys[day][call_id], _json(each)) for call_id, each in of_day.items()}
            for day, of_day in of_days.items()
            if _is_final(of_day.values())
        }
        note_readings(connection, days, noted)


def _paths(each: CallToRead) -> Iterable[str]:
    rows = [*(asked.row for asked in each.asked), *each.earlier]
    return dict.fromkeys(row.raw_path for row in rows if row is not None and row.raw_path is not None)


def _json(read: ReadCall) -> str:
    return _READ.dump_json(read).decode()


def _is_final(calls: Collection[ReadCall]) -> bool:
    return bool(calls) and not any(call.unreadable for call in calls)

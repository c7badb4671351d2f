"""The register of exports as a list or a file, for whoever is at the machine of the operations database."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from qa_pipeline.commands.aligned_columns import print_columns
from qa_pipeline.ledger.attempts import calls
from qa_pipeline.ledger.selecting import rows_where
from qa_pipeline.ledger.tombstones import erased_name, read_tombstones
from qa_pipeline.looks.taken import MOST_NAMED, Register, Taken, TakenFilter, open_register
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.figures import count

COLUMNS = ("when", "who", "what", "file", "rows", "calls", "days", "chosen by")
CSV_COLUMNS = ("at", "who", "role", "what", "name", "rows", "calls", "first_day", "last_day", "chosen")
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
MOST_SHOWN = 60
"""Characters of what an export was chosen by, on the screen."""


@dataclass(frozen=True, slots=True)
class AskedExports:
    """Which exports are listed; days are of the exports, in the settings' time zone, both included."""

    call_id: str | None = None
    who: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def chosen(self, settings: Settings, register: Register) -> TakenFilter:
        """The same for the register."""
        zone = ZoneInfo(settings.timezone)
        since = None if self.first is None else _midnight(self.first, zone)
        until = None if self.last is None else _midnight(self.last + dt.timedelta(days=1), zone)
        names = () if self.call_id is None else _names(self.call_id, settings, register)
        day = None if self.call_id is None else _day_of(self.call_id, register)
        who = None if self.who is None else self.who.strip().casefold()
        return TakenFilter(who, names, day, is_settled=len(names) > 1, since=since, until=until)


def exports_command(asked: AskedExports, *, limit: int, csv_file: Path | None) -> int:
    """Prints the exports, or writes them to a file.

    Raises:
        CommandError: the file can't be written, or the days are the wrong way round.
        LedgerElsewhere: the operations database was moved.
        TombstonesUnreadable: calls were erased, and this QA_HOME lacks the key that they are known by.
    """
    if asked.first and asked.last and asked.last < asked.first:
        raise CommandError(f"--to {asked.last} is before --from {asked.first}")
    settings = load_settings()
    zone = ZoneInfo(settings.timezone)
    register = open_register(settings.operations_database_url)
    try:
        chosen = asked.chosen(settings, register)
        if csv_file is not None:
            _write(csv_file, register.find(chosen), zone)
        else:
            _print(register, chosen, limit, zone)
    finally:
        register.close()
    return EXIT_OK


def _names(call_id: str, settings: Settings, register: Register) -> tuple[str, ...]:
    """What the call is called here: by its id, and by the name that an erasure gave it."""
    erased = read_tombstones(register.engine, settings.home)
    return (call_id, erased_name(erased.key, call_id)) if erased.has_call(call_id) else (call_id,)


def _day_of(call_id: str, register: Register) -> str | None:
    with register.engine.connect() as connection:
        rows = rows_where(connection, calls.c.call_id, [call_id])
    return max((row.call_date for row in rows), default=None)


def _print(register: Register, chosen: TakenFilter, limit: int, zone: ZoneInfo) -> None:
    total = register.count(chosen)
    print_columns(COLUMNS, (_cells(each, zone) for each in register.find(chosen, limit)))
    more = f", the newest {limit:,} of them here" if total > limit else ""
    out.print(f"{count(total, 'export')}{more}", markup=False)
    if chosen.names and total and not chosen.is_settled:
        out.print(
            f"An export of more than {MOST_NAMED:,} calls, or one whose calls are not known, may hold it", markup=False
        )


def _cells(each: Taken, zone: ZoneInfo) -> tuple[str, ...]:
    at = f"{dt.datetime.fromtimestamp(each.at, zone):%Y-%m-%d %H:%M:%S}"
    numbers = ("?" if each.rows is None else f"{each.rows:,}", "?" if each.calls is None else f"{each.calls:,}")
    days = "" if each.first_day is None else " to ".join(dict.fromkeys((each.first_day, each.last_day or "")))
    chosen = each.chosen if len(each.chosen) <= MOST_SHOWN else f"{each.chosen[:MOST_SHOWN]}…"
    return at, each.who, each.what, each.name, *numbers, days, " ".join(chosen.split())


def _write(path: Path, found: Iterable[Taken], zone: ZoneInfo) -> None:
    written = 0
    try:
        # with a byte order mark, without which Excel takes UTF-8 for another encoding
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(CSV_COLUMNS)
            for each in found:
                at = dt.datetime.fromtimestamp(each.at, zone).isoformat(timespec="milliseconds")
                values = (each.who, each.role, each.what, each.name, each.rows, each.calls, each.first_day)
                writer.writerow([at, *map(_harmless, (*values, each.last_day, each.chosen))])
                written += 1
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror}", 1) from None
    out.print(f"{path}: {count(written, 'export')}", markup=False)


def _harmless(value: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUN_BY_SPREADSHEETS) else value


def _midnight(day: dt.date, zone: ZoneInfo) -> float:
    return dt.datetime.combine(day, dt.time(), zone).timestamp()

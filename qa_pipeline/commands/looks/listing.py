"""The log of looks as a list or a file, for whoever is at the machine of the operations database."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from qa_pipeline.commands.aligned_columns import print_columns
from qa_pipeline.looks.log import CheckedLooks, Look, Looks, LooksFilter, open_looks
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.wording.figures import count

COLUMNS = ("when", "who", "role", "call", "what", "reason")
CSV_COLUMNS = ("seq", "at", "who", "role", "call_id", "what", "reason", "hash")
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class AskedLooks:
    """Which looks are listed; days are of the looks, in the settings' time zone, both included."""

    who: str | None = None
    call_id: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def chosen(self, zone: ZoneInfo) -> LooksFilter:
        """The same for the log."""
        since = None if self.first is None else _midnight(self.first, zone)
        until = None if self.last is None else _midnight(self.last + dt.timedelta(days=1), zone)
        return LooksFilter(None if self.who is None else self.who.strip().casefold(), self.call_id, since, until)


def looks_command(asked: AskedLooks, *, limit: int, csv_file: Path | None) -> int:
    """Prints the looks, or writes them to a file; 1 where the log is not as it was written.

    Raises:
        CommandError: the file can't be written, or the days are the wrong way round.
        LedgerElsewhere: the operations database was moved.
    """
    if asked.first and asked.last and asked.last < asked.first:
        raise CommandError(f"--to {asked.last} is before --from {asked.first}")
    settings = load_settings()
    zone = ZoneInfo(settings.timezone)
    log = open_looks(settings.operations_database_url)
    try:
        chosen = asked.chosen(zone)
        if csv_file is not None:
            _write(csv_file, log, chosen, zone)
        else:
            _print(log, chosen, limit, zone)
        return _verdict(log.check())
    finally:
        log.close()


def _print(log: Looks, chosen: LooksFilter, limit: int, zone: ZoneInfo) -> None:
    total = log.count(chosen)
    print_columns(COLUMNS, (_cells(each, zone) for each in log.find(chosen, limit)))
    more = f", the newest {limit:,} of them here" if total > limit else ""
    out.print(f"{count(total, 'look')}{more}", markup=False)


def _write(path: Path, log: Looks, chosen: LooksFilter, zone: ZoneInfo) -> None:
    written = 0
    try:
        # with a byte order mark, without which Excel takes UTF-8 for another encoding
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(CSV_COLUMNS)
            for row in _rows(log.find(chosen), zone):
                writer.writerow(row)
                written += 1
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror}", 1) from None
    out.print(f"{path}: {count(written, 'look')}", markup=False)


def _rows(looks: Iterable[Look], zone: ZoneInfo) -> Iterator[list[str]]:
    for each in looks:
        at = dt.datetime.fromtimestamp(each.at, zone).isoformat(timespec="milliseconds")
        texts = (each.who, each.role, each.call_id, each.what.value, each.reason)
        yield [str(each.seq), at, *map(_harmless, texts), each.hash]


def _harmless(text: str) -> str:
    """A text that a spreadsheet would run gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_RUN_BY_SPREADSHEETS) else text


def _verdict(checked: CheckedLooks) -> int:
    if checked.fault is None:
        return EXIT_OK
    err.print(f"✗ the log of looks is not as it was written: {checked.fault}", markup=False, style="red")
    return EXIT_WORK_REMAINS


def _cells(each: Look, zone: ZoneInfo) -> tuple[str, ...]:
    at = f"{dt.datetime.fromtimestamp(each.at, zone):%Y-%m-%d %H:%M:%S}"
    return at, each.who, each.role, each.call_id, each.what.value, each.reason


def _midnight(day: dt.date, zone: ZoneInfo) -> float:
    return dt.datetime.combine(day, dt.time(), zone).timestamp()

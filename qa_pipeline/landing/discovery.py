"""The landing zone seen with the settings, the clock and the cache: what the pure rooms are not allowed to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.landed import ChangedDays, Landing, ZoneOverview
from qa_pipeline.landing.zone_reader import ZoneReader
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tombstones import read_tombstones
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings


def discover_calls(
    settings: Settings,
    ledger: Ledger,
    *,
    days: DayRange | None = None,
    written: Mapping[str, float] | None = None,
    wait: bool = False,
) -> Landing:
    """Looks at the landing zone, reads the metadata of what changed, and assesses the recordings that are asked for:
    with `days` those in folders that have recordings of these days; else all.

    A recording has the day that its metadata give it, so that of every folder it is known of which days its recordings
    are (`landing.survey` says when a folder is looked at again). Recordings without a date are of every run: those of
    other folders are read where their rows are not `written` (URI → UTC epoch seconds) since their folder changed.

    A recording (or its sidecar or transcript) written to in the last `settle_s` seconds may be unfinished. With `wait`
    such recordings, and lists of calls, are waited for, once and for no longer than `settle_s`; what still grows then
    is left for the next run: a recording, or the last line of a list that has no line end. Their day is not known
    before their metadata is read, so all of them are waited for.

    Raises:
        LandingZoneMissing: the landing zone is not there.
        StorageError: it is a bucket that could not be read.
        TombstonesUnreadable: calls were erased, and this QA_HOME can't tell which.
    """
    cache = LandingCache(ledger.engine, read_tombstones(ledger.engine, settings.home))
    return ZoneReader(settings).calls(cache, days=days, written=written, wait=wait)


def changed_days(
    settings: Settings,
    known: Mapping[str, str],
    *,
    former: Mapping[str, str] | None = None,
    within_s: float | None = None,
) -> ChangedDays:
    """Which days got new, changed or late recordings since `known` (fingerprints by day).

    `former` are fingerprints by folder, of a version that kept these: then days of folders that changed are named.

    Only the metadata of folders that changed is read, and no recording is opened (or downloaded, from a bucket), but
    for the first bytes of those whose ending says nothing. With `within_s` a look that takes longer, as the first one
    at a large zone does, is left after so many seconds and what it began; the next one goes on.
    """
    with _remembered(settings) as cache:
        return ZoneReader(settings).changed_since(known, former or {}, cache, within_s=within_s)


def overview(settings: Settings, *, with_recordings: bool = False, within_s: float | None = None) -> ZoneOverview:
    """What lies in the landing zone, a folder or a bucket; only what changed since the last look is looked at. Naming
    all of its recordings takes longer the more there are. `within_s` is as in `changed_days`.

    Raises:
        LandingZoneMissing, StorageError: it can't be listed.
    """
    with _remembered(settings) as cache:
        return ZoneReader(settings).overview(cache, with_recordings=with_recordings, within_s=within_s)


@contextmanager
def _remembered(settings: Settings) -> Iterator[LandingCache | None]:
    """What was found before, and a place for what is found now; None where the database can't be used."""
    try:
        engine = open_operations(settings.operations_database_url)
    except (SQLAlchemyError, ImportError, OSError):
        yield None
        return
    try:
        cache = LandingCache(engine, read_tombstones(engine, settings.home))
        yield cache
        cache.save()
    finally:
        engine.dispose()

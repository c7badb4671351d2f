"""What `qa-pipeline doctor` says of texts that were read before redaction, or by another version of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.ledger.read_days import days_read_by
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.snapshot import NothingPublished, UnreadableSnapshot
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count

_DAYS = "select distinct cast(call_date as varchar) from transcripts where call_date is not null"
_WITH_TEXTS = (
    "select distinct cast(call_date as varchar) from transcripts "
    "where in_days(call_date, cast($days as date[])) and text <> ''"
)


def redaction(settings: Settings) -> Iterator[Finding]:
    """Which published days have texts that today's redaction has not seen; nothing where nothing is published."""
    url = make_url(settings.operations_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    try:
        with open_published(settings) as snapshot:
            days = {day for (day,) in snapshot.tuples(_DAYS)}
            others = sorted(days - _days_read(settings))
            if others:  # a day's texts may have been deleted by age; those of all days take seconds to look at
                others = sorted(day for (day,) in snapshot.tuples(_WITH_TEXTS, {"days": others}))
    except (NothingPublished, UnreadableSnapshot, SQLAlchemyError, ImportError, OSError, LedgerElsewhere):
        return  # as the lines of the snapshot and of the ledger say
    if not days:
        return
    if not settings.redaction.is_on:
        yield Finding("redaction", Level.WARN, "is off: texts are stored as they were said", "unset `redaction`")
    elif others:
        yield _others(others)
    else:
        yield Finding("redaction", Level.OK, f"texts of {count(len(days), 'day')} are masked as the settings say now")


def _days_read(settings: Settings) -> set[str]:
    engine = open_operations(settings.operations_database_url)
    try:
        return days_read_by(engine, settings.redaction.version)
    finally:
        engine.dispose()


def _others(days: Sequence[str]) -> Finding:
    which = days[0] if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    text = (
        f"texts of {count(len(days), 'day')} ({which}) were read before redaction, or by another version or setting "
        "of it, and may hold what would be masked now"
    )
    fix = (
        f"`qa-pipeline run --from {days[0]} --to {days[-1]}` reads them again, which sends and costs nothing; "
        "QA_SNAPSHOTS_KEPT=1 leaves no earlier snapshot"
    )
    return Finding("redaction", Level.WARN, text, fix)

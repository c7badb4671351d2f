"""Forgets by age what the settings say: texts, raw JSON, copies of recordings, and recordings where that is wished.

Figures stay. What is on hold stays whole. A day whose raw JSON or recordings are gone can't be run again, for nothing
could be read of it, not even where calls on hold have theirs still; a day whose texts alone are gone can, and forgets
them again at the end of the run.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, delete, select

from qa_pipeline.erasing import shared
from qa_pipeline.erasing.holds import list_holds
from qa_pipeline.erasing.kept_files import delete_copies, delete_raw
from qa_pipeline.erasing.landed_files import files_of, remove
from qa_pipeline.erasing.subjects import databases_of
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.erasure_tables import forgotten_days
from qa_pipeline.ledger.raw_store import ODD_FOLDER
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.selecting import rows_where
from qa_pipeline.ledger.writing import put_rows
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.facts_of_calls import calls_of_customers
from qa_pipeline.warehouse.forgetting_texts import days_with_texts, forget_texts
from qa_pipeline.warehouse.held import Say, Waiting
from qa_pipeline.wording.figures import count

FORGET_WAIT_S = 600.0
RAW, AUDIO, RECORDINGS = "raw", "audio", "recordings"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_IN_PART = {RAW: "raw_part", RECORDINGS: "recordings_part"}
"""What is noted of a day before the first of its documents goes. Only the whole means that nothing is left to do."""
_CANT_RUN_AGAIN = {
    RAW: "raw JSON was",
    RECORDINGS: "recordings were",
    _IN_PART[RAW]: "raw JSON was, but for calls on hold,",
    _IN_PART[RECORDINGS]: "recordings were, but for calls on hold,",
}


class DayForgotten(UserError):
    """A day can't be run again: what it would be read of was deleted by age."""


@dataclass(slots=True)
class Forgotten:
    """Days of which something was forgotten (or would be), and how many documents and files."""

    texts: list[dt.date] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    audio: list[str] = field(default_factory=list)
    documents: int = 0
    files: int = 0
    held: int = 0
    notes: list[str] = field(default_factory=list)


def has_retention(settings: Settings) -> bool:
    """Whether anything is to be forgotten at all."""
    return any((settings.retention_text_days, settings.retention_raw_days, settings.retention_audio_days))


def forget(settings: Settings, engine: Engine, today: dt.date, say: Say, *, is_trial: bool = False) -> Forgotten:
    """Forgets everything that is older than the settings allow on the day `today`; with `is_trial` only says what.

    Raises:
        WarehouseBusy: another program has the working database open.
        StorageError: a bucket can't be reached, or lets nothing be deleted.
    """
    done = Forgotten()
    on_hold = _on_hold(settings, engine, say)
    done.held = len(on_hold)
    before = _limit(settings.retention_text_days, today)
    if before is not None:
        _forget_texts(settings, engine, before, on_hold, done, say, is_trial=is_trial)
    _forget_raw(settings, engine, today, on_hold, done, is_trial=is_trial)
    _forget_audio(settings, engine, today, on_hold, done, is_trial=is_trial)
    return done


def require_not_forgotten(engine: Engine, days: Collection[dt.date]) -> None:
    """Raises DayForgotten where one of these days can't be run again."""
    columns = forgotten_days.c
    query = select(columns.call_date, columns.what, columns.forgotten_at).where(columns.what.in_(_CANT_RUN_AGAIN))
    with engine.connect() as connection:
        found = {row.call_date: row for row in connection.execute(query.order_by(columns.call_date, columns.what))}
    wanted = sorted({day.isoformat() for day in days} & found.keys())
    if wanted:
        row = found[wanted[0]]
        when = dt.datetime.fromtimestamp(row.forgotten_at, dt.UTC).date()
        more = f" (and of {len(wanted) - 1} more days)" if len(wanted) > 1 else ""
        raise DayForgotten(
            f"{row.call_date}: its {_CANT_RUN_AGAIN[row.what]} deleted by retention on {when}{more}, so running it "
            "again would lose what is left of it; leave such days out"
        )


def _on_hold(settings: Settings, engine: Engine, say: Say) -> set[str]:
    """The calls on hold by themselves and by their customers."""
    holds = list_holds(engine)
    customers = {each.subject for each in holds if each.kind == "customer"}
    own = {each.subject for each in holds if each.kind == "call"}
    return own | calls_of_customers(databases_of(settings, say), customers) if customers else own


def _limit(days: int | None, today: dt.date) -> dt.date | None:
    """The first day that is kept."""
    return None if days is None else today - dt.timedelta(days=days)


def _forget_texts(
    settings: Settings,
    engine: Engine,
    before: dt.date,
    held: Collection[str],
    done: Forgotten,
    say: Say,
    *,
    is_trial: bool,
) -> None:
    where, waiting = (settings.warehouse_path, settings.snapshot_path), Waiting(FORGET_WAIT_S, say)
    now = dt.datetime.now(dt.UTC)
    done.texts = days_with_texts(*where, before, held, waiting)
    if not is_trial:
        forget_texts(*where, done.texts, held, now, minimum_n=settings.minimum_n, waiting=waiting)
    if not settings.uses_lake:
        return
    in_lake = shared.days_with_shared_texts(settings, before, held)
    if not is_trial:
        left = shared.forget_shared_texts(settings, engine, in_lake, before, held, now, say)
        if left:
            done.notes.append(
                f"{count(left, 'earlier version')} of the lake with these texts are being read; close what reads them: "
                "`qa-pipeline lake tidy` removes them from tomorrow on"
            )
    done.texts = sorted({*done.texts, *in_lake})


def _forget_raw(
    settings: Settings, engine: Engine, today: dt.date, held: Collection[str], done: Forgotten, *, is_trial: bool
) -> None:
    before = _limit(settings.retention_raw_days, today)
    for day in sorted({*_days_to_do(engine, before, RAW), *_days_with_documents_here(settings, before)}):
        rows = _rows_of(engine, day)
        own = [row for row in rows if row.call_id not in held]
        kept = {row.raw_path for row in rows if row.call_id in held}
        paths = sorted({row.raw_path for row in own if row.raw_path} - kept)
        if paths:
            done.raw.append(day)
        done.documents += len(paths)
        if is_trial:
            continue
        if own:
            _note(engine, day, _IN_PART[RAW])
        delete_raw(settings, paths, [row.submission_id for row in own])
        if len(own) == len(rows):
            _note_whole(engine, day, RAW)


def _forget_audio(
    settings: Settings, engine: Engine, today: dt.date, held: Collection[str], done: Forgotten, *, is_trial: bool
) -> None:
    before = _limit(settings.retention_audio_days, today)
    what = RECORDINGS if settings.retention_landing_zone else AUDIO
    for day in _days_to_do(engine, before, what):
        rows = _rows_of(engine, day)
        own = [row for row in rows if row.call_id not in held]
        done.audio.append(day)
        if is_trial:
            continue
        if own and what == RECORDINGS:
            _note(engine, day, _IN_PART[RECORDINGS])
        kept = {row.source_uri for row in rows if row.call_id in held}
        uris = sorted({row.source_uri for row in own} - kept)
        done.files += delete_copies(settings, uris, [row.submission_id for row in own])
        if settings.retention_landing_zone:
            done.files += remove(files_of(settings, uris, sorted({row.call_id for row in own}), kept), settings)
        if len(own) == len(rows):
            _note_whole(engine, day, what)


def _days_to_do(engine: Engine, before: dt.date | None, what: str) -> Sequence[str]:
    """Days of the ledger before that day of which this was not forgotten yet."""
    if before is None:
        return []
    query = select(attempts.c.call_date).where(attempts.c.call_date < before.isoformat()).distinct()
    known = select(forgotten_days.c.call_date).where(forgotten_days.c.what == what)
    with engine.connect() as connection:
        gone = set(connection.execute(known).scalars())
        return sorted(set(connection.execute(query).scalars()) - gone)


def _days_with_documents_here(settings: Settings, before: dt.date | None) -> set[str]:
    """Days before that day with documents on this machine's disk, where others share the bucket: one of them may have
    forgotten the day already, and could not see this disk."""
    if before is None or settings.raw_bucket is None:
        return set()
    folders = [*settings.raw_dir.glob("*/*"), *settings.raw_dir.glob(f"{ODD_FOLDER}/*/*")]
    return {each.name for each in folders if _DAY.fullmatch(each.name) and each.name < before.isoformat()}


def _rows_of(engine: Engine, day: str) -> list[LedgerRow]:
    with engine.connect() as connection:
        return rows_where(connection, attempts.c.call_date, [day])


def _note_whole(engine: Engine, day: str, what: str) -> None:
    _note(engine, day, what)
    if what in _IN_PART:
        is_part = (forgotten_days.c.call_date == day) & (forgotten_days.c.what == _IN_PART[what])
        with engine.begin() as connection:
            connection.execute(delete(forgotten_days).where(is_part))


def _note(engine: Engine, day: str, what: str) -> None:
    with engine.begin() as connection:
        put_rows(connection, forgotten_days, [{"call_date": day, "what": what, "forgotten_at": time.time()}])

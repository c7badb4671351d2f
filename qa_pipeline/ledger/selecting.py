"""Whole rows of the ledger, put together from the tables that they are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, select

from qa_pipeline.ledger.attempts import attempts, calls, engines, recordings, requests, texts, work
from qa_pipeline.ledger.id_endings import has_one_id
from qa_pipeline.ledger.rows import LedgerRow

T = TypeVar("T")

IN_CLAUSE_LIMIT = 500
"""SQLite takes at most 32,766 parameters in a statement; far below it plans stay quick."""

BEGINS_WITH_CALL_ID = "/"
"""Before a recording's name that begins with its call's id; no name has it."""

_FOLDERS, _SIGNATURES, _STORES = texts.alias("folders"), texts.alias("signatures"), texts.alias("stores")

_AS_THEY_ARE = (
    "submission_id", "channel_id", "attempt", "call_date", "state", "worker_id", "task_id", "file_url", "code",
    "message", "billed_s", "cost_usd", "raw_sha256", "planned_at", "sending_at", "submitted_at", "ended_at",
    "fetched_at", "parsed_at", "asked_again", "fence", "held_until",
)  # fmt: skip


def rows_query() -> Select[Any]:
    """All rows, to be narrowed by a condition on `attempts` or `recordings`; for `read_rows`."""
    source = (
        attempts.join(recordings, recordings.c.id == attempts.c.recording)
        .join(calls, calls.c.id == attempts.c.call)
        .join(_FOLDERS, _FOLDERS.c.id == calls.c.folder)
        .join(work, work.c.id == attempts.c.work)
        .join(requests, requests.c.id == attempts.c.request)
        .join(engines, engines.c.id == attempts.c.engine)
        .outerjoin(_SIGNATURES, _SIGNATURES.c.id == attempts.c.answered_by)
        .outerjoin(_STORES, _STORES.c.id == attempts.c.kept_in)
    )
    return select(
        attempts.c.unit,
        attempts.c.raw,
        *(attempts.c[name] for name in _AS_THEY_ARE),
        recordings.c.recording_id,
        calls.c.call_id,
        calls.c.audio_s,
        calls.c.name,
        _FOLDERS.c.text.label("folder"),
        work.c.model,
        work.c.parameters_hash,
        requests.c.parameters,
        requests.c.model_reason,
        requests.c.context_sha256,
        requests.c.settings_hash,
        engines.c.engine_kind,
        engines.c.engine,
        engines.c.region,
        engines.c.account,
        _SIGNATURES.c.text.label("answered_by"),
        _STORES.c.text.label("kept_in"),
    ).select_from(source)


def read_rows(connection: Connection, query: Select[Any]) -> list[LedgerRow]:
    """What a `rows_query` finds."""
    names = [column.name for column in query.selected_columns]
    return [_row_of(dict(zip(names, found, strict=True))) for found in connection.execute(query)]


def _row_of(values: dict[str, Any]) -> LedgerRow:
    unit, raw = values.pop("unit"), values.pop("raw")
    folder, name = values.pop("folder"), values.pop("name")
    if name.startswith(BEGINS_WITH_CALL_ID):
        name = values["call_id"] + name[1:]
    return LedgerRow(
        **values,
        unit_id=str(unit),
        source_uri=folder + name,
        raw_path=whole_path(raw, values["model"], values["call_date"], values["submission_id"]),
    )


def rows_where(connection: Connection, column: Any, values: Iterable[Any]) -> list[LedgerRow]:
    """The rows in which a column has one of these values; for submissions see `rows_of_submissions`."""
    return [row for chunk in chunks(values) for row in _rows(connection, column.in_(chunk))]


def rows_of_submissions(connection: Connection, submission_ids: Iterable[str]) -> list[LedgerRow]:
    """The rows of these submissions."""
    column = attempts.c.submission_id
    return [row for chunk in chunks(submission_ids) for row in _rows(connection, has_one_id(column, chunk))]


def _rows(connection: Connection, where: ColumnElement[bool]) -> list[LedgerRow]:
    return read_rows(connection, rows_query().where(where))


def short_path(path: str | None, model: str, call_date: str, submission_id: str) -> str | None:
    """A path of the raw store as it is kept: most follow from their row but for the ending."""
    beginning = f"{model}/{call_date}/{submission_id}."
    return path[len(beginning) - 1 :] if path is not None and path.startswith(beginning) else path


def whole_path(kept: str | None, model: str, call_date: str, submission_id: str) -> str | None:
    """What `short_path` was given."""
    return f"{model}/{call_date}/{submission_id}{kept}" if kept is not None and kept.startswith(".") else kept


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists that one statement takes."""
    everything = list(values)
    for start in range(0, len(everything), IN_CLAUSE_LIMIT):
        yield everything[start : start + IN_CLAUSE_LIMIT]


def units_of(unit_ids: Iterable[str]) -> list[int]:
    """The keys of units on the disk; what is no unit's id is left out."""
    return [int(unit_id) for unit_id in unit_ids if unit_id.isdecimal()]

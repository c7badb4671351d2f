"""From the layout in which every attempt was one long row to the one of `attempts`: once, whole or not at all.

Everything happens in one transaction: a process that is killed in it leaves the ledger as it was, and the next one
begins again. The table that was left becomes a view of its name, for people who ask by it; and a version of the
product that knows only that table cannot write into it, so it can never take the ledger for an empty one and pay for
everything again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    case,
    cast,
    func,
    inspect,
    literal,
    select,
    text,
    type_coerce,
)

from qa_pipeline.ledger.attempts import attempts, calls, engines, recordings, work
from qa_pipeline.ledger.column_types import STATE_NUMBERS
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import FINAL, UnitState
from qa_pipeline.ledger.writing import insert_attempts

logger = logging.getLogger("qa_pipeline.ledger")

EARLIER = "transcription_units"
"""The table of the earlier layout, and the view of now."""

ROWS_AT_ONCE = 2000

_WRITTEN = tuple(name for name in LedgerRow.__dataclass_fields__ if name not in ("unit_id", "fence", "held_until"))


def leave_earlier_layout(engine: Engine) -> None:
    """Moves the rows of an earlier version, if there are any, and makes the view."""
    known = inspect(engine)
    if EARLIER in known.get_view_names():
        return
    with engine.connect() as connection:
        moved = _leave(connection)
        connection.commit()
    if moved and engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")  # gives the disk back what the long rows took


def _leave(connection: Connection) -> int:
    _lock(connection)
    found = inspect(connection)
    if EARLIER in found.get_view_names():
        return 0  # another process was faster
    moved = 0
    if EARLIER in found.get_table_names():
        names = {column["name"] for column in found.get_columns(EARLIER)}
        logger.warning("the ledger is brought into a shorter form, once; nothing of it is lost and nothing is sent")
        for rows in _earlier_rows(connection, names):
            insert_attempts(connection, rows)
            moved += len(rows)
        connection.execute(text(f"DROP TABLE {EARLIER}"))
        logger.warning("the ledger is in its shorter form: %d attempts", moved)
    connection.exec_driver_sql(f"CREATE VIEW {EARLIER} AS {_view(connection)}")
    return moved


def _lock(connection: Connection) -> None:
    """Keeps everybody else from the tables until the transaction is over."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none before it changes tables
        return
    connection.execute(text("select pg_advisory_xact_lock(5125732)"))
    connection.execute(text("set local idle_in_transaction_session_timeout = 0"))  # a large ledger takes its time
    if EARLIER in inspect(connection).get_table_names():
        connection.execute(text(f"LOCK TABLE {EARLIER} IN ACCESS EXCLUSIVE MODE"))


def _earlier_rows(connection: Connection, names: set[str]) -> Iterator[list[Mapping[str, Any]]]:
    """The rows of the earlier table, oldest first, a chunk at a time and read once.

    SQLite numbers rows as they come, and would first write all of them to the disk to put them into another order.
    """
    order = "rowid" if connection.dialect.name == "sqlite" else "planned_at, unit_id"
    asked = text(f"SELECT * FROM {EARLIER} ORDER BY {order}").execution_options(stream_results=True)
    for rows in connection.execute(asked).mappings().partitions(ROWS_AT_ONCE):
        yield [_row(dict(row), names) for row in rows]


def _row(row: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    values = {name: row[name] for name in _WRITTEN if name in names}
    if isinstance(values["parameters"], str):
        values["parameters"] = json.loads(values["parameters"])
    values["state"] = UnitState(values["state"])
    if values["state"] in FINAL:
        values["file_url"] = values["worker_id"] = None
    return values


_MOMENTS = ("planned_at", "sending_at", "submitted_at", "ended_at", "fetched_at", "parsed_at")
_DAY_ZERO_JULIAN = 1_721_424.5


def _view(connection: Connection) -> str:
    """The select of the view: what people ask about, in the columns of the earlier table."""
    is_sqlite = connection.dialect.name == "sqlite"
    states = {number: literal(state.value, String) for state, number in STATE_NUMBERS.items()}
    day = type_coerce(attempts.c.call_date, Integer)
    iso = (
        func.date(day + literal(_DAY_ZERO_JULIAN)) if is_sqlite else func.to_date("0001-01-01", "YYYY-MM-DD") + day - 1
    )

    def digits(column: Column[str]) -> ColumnElement[str]:
        packed = func.substr(type_coerce(column, LargeBinary), 2)
        return func.lower(func.hex(packed)) if is_sqlite else func.encode(packed, "hex")

    query = select(
        attempts.c.unit.label("unit_id"),
        digits(attempts.c.submission_id).label("submission_id"),
        digits(recordings.c.recording_id).label("recording_id"),
        attempts.c.channel_id,
        work.c.model,
        work.c.parameters_hash,
        attempts.c.attempt,
        calls.c.call_id,
        cast(iso, String).label("call_date"),
        calls.c.audio_s,
        engines.c.engine_kind,
        engines.c.engine,
        engines.c.region,
        engines.c.account,
        case(states, value=type_coerce(attempts.c.state, Integer)).label("state"),
        attempts.c.code,
        attempts.c.message,
        attempts.c.billed_s,
        attempts.c.cost_usd,
        *((type_coerce(attempts.c[name], Integer) / literal(1000.0)).label(name) for name in _MOMENTS),
    ).select_from(
        attempts.join(recordings, recordings.c.id == attempts.c.recording)
        .join(calls, calls.c.id == attempts.c.call)
        .join(work, work.c.id == attempts.c.work)
        .join(engines, engines.c.id == attempts.c.engine)
    )
    return str(query.compile(connection, compile_kwargs={"literal_binds": True}))

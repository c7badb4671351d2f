"""Where a ledger is, once it has been moved from one database to another: only one of the two may be used.

A ledger that says that it is elsewhere can't be opened, and triggers in the database itself refuse every change of what
it holds: by programs that opened it before, by other machines, and by versions of the product that don't know
of this. So nobody pays from a copy for what the other one knows to be paid for.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Column, Connection, Engine, Float, MetaData, String, Table, Text, delete, insert, inspect, select
from sqlalchemy.engine.interfaces import ExceptionContext

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.metadata import metadata


class Whereabouts(StrEnum):
    """What a database says of the ledger in it."""

    HERE = "here"
    LEAVING = "leaving"
    LEFT = "left"
    ARRIVING = "arriving"


ledger_home = Table(
    "ledger_home",
    metadata,
    Column("ledger_id", String(32), primary_key=True),
    Column("whereabouts", String(16), nullable=False),
    Column("move_id", String(32), nullable=False),
    Column("elsewhere", Text, nullable=False),  # the other side of the last move, for people
    Column("changed_at", Float, nullable=False),
)
"""One row, from the first move of the ledger on."""

PERISHABLE = frozenset(
    {
        "workers", "machines", "account_pace", "landing_files", "landing_folders", "landing_contents",
        "landing_cache", "ledger_home",
    }
)  # fmt: skip
"""Tables whose loss costs nobody anything but time: signs of life, and what is found again in the landing zone. What is
in any other table is to be kept, also what tables of later versions hold."""

_SAID = "this ledger is elsewhere: "
_FUNCTION = "qa_ledger_is_elsewhere"
_MOVER = "qa.move"
"""A setting of a connection to PostgreSQL: the move that it works for."""


class LedgerElsewhere(UserError):
    """The ledger was moved, or is being moved; the message says where to, and what to do."""


@dataclass(frozen=True, slots=True)
class LedgerHome:
    """The row of `ledger_home`; `elsewhere` is the other side of the last move."""

    ledger_id: str
    whereabouts: Whereabouts
    move_id: str
    elsewhere: str
    changed_at: float

    @property
    def sentence(self) -> str:
        """Why the ledger can't be used here, and what to do."""
        if self.whereabouts is Whereabouts.LEAVING:
            return (
                f"it is being moved to {self.elsewhere}; run the same `qa-pipeline move` again to finish that, or "
                "`qa-pipeline move --cancel` to stay"
            )
        if self.whereabouts is Whereabouts.ARRIVING:
            return f"it is being moved here from {self.elsewhere}; run the same `qa-pipeline move` again to finish that"
        if _is_server(self.elsewhere):
            return (
                f"it was moved to {self.elsewhere}; set QA_OPERATIONS_URL to that, and use it there or bring it back "
                "by `qa-pipeline move --to embedded`"
            )
        return (
            f"it was moved to {self.elsewhere}; on that machine unset QA_OPERATIONS_URL to use it, or bring it back by "
            "`qa-pipeline move --to scale`"
        )


def _is_server(shown: str) -> bool:
    return shown.startswith("postgresql")


def home_of(connection: Connection) -> LedgerHome | None:
    """What the database says of its ledger; None where it was never moved, or the database is empty."""
    if not inspect(connection).has_table(ledger_home.name):
        return None
    row = connection.execute(select(ledger_home)).mappings().one_or_none()
    return None if row is None else LedgerHome(**{**row, "whereabouts": Whereabouts(row["whereabouts"])})


def hold_home(connection: Connection) -> None:
    """Begins a transaction, to whose end nobody else can change where the ledger is."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("begin immediate")
    elif inspect(connection).has_table(ledger_home.name):
        connection.exec_driver_sql(f"lock table {ledger_home.name} in share row exclusive mode")


def require_here(engine: Engine) -> None:
    """Refuses a database whose ledger is elsewhere.

    Raises:
        LedgerElsewhere: it is.
    """
    with engine.connect() as connection:
        home = home_of(connection)
    if home is not None and home.whereabouts is not Whereabouts.HERE:
        raise LedgerElsewhere(f"{_SAID}{home.sentence}")


def explain_refusals(context: ExceptionContext) -> None:
    """For the engine's `handle_error`: what the triggers say, in their words alone.

    Raises:
        LedgerElsewhere: the error is theirs.
    """
    _, said, sentence = str(context.original_exception).partition(_SAID)
    if said:
        raise LedgerElsewhere(_SAID + sentence.splitlines()[0]) from None


def set_home(connection: Connection, home: LedgerHome) -> None:
    """Writes where the ledger is, and shuts or opens the tables accordingly; part of the caller's transaction."""
    connection.execute(delete(ledger_home))
    connection.execute(
        insert(ledger_home).values(
            ledger_id=home.ledger_id, whereabouts=home.whereabouts.value, move_id=home.move_id,
            elsewhere=home.elsewhere, changed_at=home.changed_at,
        )
    )  # fmt: skip
    _open(connection)
    if home.whereabouts is not Whereabouts.HERE:
        _shut(connection, home)


def forget_home(connection: Connection) -> None:
    """Makes the database one whose ledger was never moved."""
    connection.execute(delete(ledger_home))
    _open(connection)


def work_for(connection: Connection, move_id: str) -> None:
    """Lets this transaction change what is shut by that move. In SQLite everything is opened, until it ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"set local {_MOVER} = '{uuid.UUID(hex=move_id).hex}'")
    else:
        _open(connection)


def kept_tables(tables: MetaData = metadata) -> list[Table]:
    """The tables that hold what is to be kept."""
    return [table for table in tables.sorted_tables if table.name not in PERISHABLE]


def _shut(connection: Connection, home: LedgerHome) -> None:
    said = (_SAID + home.sentence).replace("'", "''")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"create function {_FUNCTION}() returns trigger language plpgsql as $qa$ begin "
            f"if coalesce(current_setting('{_MOVER}', true), '') <> '{uuid.UUID(hex=home.move_id).hex}' then "
            f"raise exception using message = '{said}'; end if; return null; end $qa$"
        )
        for table in kept_tables():
            connection.exec_driver_sql(
                f"create trigger {_FUNCTION} before insert or update or delete or truncate on {table.name} "
                f"for each statement execute function {_FUNCTION}()"
            )
        return
    for name, shut, change in _sqlite_triggers():
        connection.exec_driver_sql(f"create trigger {name} before {change} on {shut} begin select {_abort(said)}; end")


def _abort(said: str) -> str:
    return f"raise(abort, '{said}')"


def _open(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"drop function if exists {_FUNCTION}() cascade")
        return
    for name, _, _ in _sqlite_triggers():
        connection.exec_driver_sql(f"drop trigger if exists {name}")


def _sqlite_triggers() -> Iterator[tuple[str, str, Literal["insert", "update", "delete"]]]:
    changes: tuple[Any, ...] = ("insert", "update", "delete")
    for table in kept_tables():
        for change in changes:
            yield f"{table.name}_elsewhere_{change}", table.name, change

"""What `qa-pipeline doctor` says of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.shared_ledger import shared_ledger_findings
from qa_pipeline.commands.summary import open_line
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.open_rows import open_channel
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def ledger(settings: Settings) -> Iterator[Finding]:
    """Whether it can be opened, and what in it waits for somebody."""
    try:
        engine = open_operations(settings.operations_database_url)
        opened = Ledger(engine)
        unknown, rows = len(opened.in_states([UnitState.UNKNOWN])), opened.open_rows()
        mode = _journal_mode(engine)
        shared = list(shared_ledger_findings(settings, opened))
        engine.dispose()
    except LedgerElsewhere as error:
        yield Finding("ledger", Level.FAIL, str(error))
        return
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        fix = "check QA_OPERATIONS_URL, permissions and disk"
        yield Finding("ledger", Level.FAIL, f"it can't be opened: {reason}", fix)
        return
    if mode not in (None, "wal"):
        fix = "QA_HOME must be on a disk of this machine, not in a network folder"
        yield Finding("ledger", Level.FAIL, f"SQLite can't keep a write-ahead log there (it uses {mode})", fix)
    elif unknown:
        fix = "`qa-pipeline retry` shows them and asks"
        yield Finding("ledger", Level.WARN, f"{count(unknown, 'channel')} of unknown outcome", fix)
    else:
        yield Finding("ledger", Level.OK, "it can be opened; no channel of unknown outcome")
    yield from _open_channels(rows)
    yield from shared


def _open_channels(rows: Sequence[LedgerRow]) -> Iterator[Finding]:
    """Channels that are under way; the oldest one is named."""
    if not rows:
        return
    which, age, reason = open_line(open_channel(rows[0]))
    days = sorted({row.call_date for row in rows})
    text = f"{count(len(rows), 'channel')} not at the end, the oldest: {which}, {age}: {reason}"
    yield Finding("open channels", Level.WARN, text, f"`qa-pipeline run --from {days[0]} --to {days[-1]}` goes on")


def _journal_mode(engine: Engine) -> str | None:
    """How SQLite journals; None for another database."""
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("pragma journal_mode").scalar())

"""What changes when another local engine answers: what nobody could hear may be heard, what one heard another may hear.

Nothing is paid to the local service, so a channel that it could not hear is tried again as soon as something there
listens. What was answered stays until a person asks for it again.
"""

from __future__ import annotations

from collections.abc import Collection

from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import ANSWERED, UnitState

NOTHING_LISTENS = "LOCAL_MODEL_NOT_INSTALLED"
"""The local service's code of a recording that is not known to it while nothing behind it listens."""

WITHOUT_EARS = frozenset({"local reference", "local benchmark"})


def was_not_heard(row: LedgerRow) -> bool:
    """Whether a channel failed only because nothing listened."""
    return row.state is UnitState.FAILED and row.engine_kind == "local" and row.code == NOTHING_LISTENS


def one_listens(engines: Collection[str]) -> bool:
    """Whether one of the engines hears recordings that are not known to it."""
    return not WITHOUT_EARS.issuperset(engines)


def was_heard_otherwise(row: LedgerRow, engines: Collection[str]) -> bool:
    """Whether a local engine answered that is none of those of now. One without weights in its name is not told apart
    from the one of now."""
    if row.state not in ANSWERED or row.engine_kind != "local" or not engines:
        return False
    return not any(engine == row.made_by or engine.startswith(f"{row.made_by} ") for engine in engines)

"""A database server that is away for a moment: restarted, or two who waited each for the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

logger = logging.getLogger("qa_pipeline.ledger")

T = TypeVar("T")

PATIENCE_S = 120.0
"""A server that is restarted is back in seconds; one that stays away longer ends the run, which resumes later."""

_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0

_DEADLOCK, _SERIALIZATION = "40P01", "40001"


def passes(error: BaseException) -> bool:
    """Whether an error of the database is none of the statement's: the same will do a moment later."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    if type(error.orig).__module__.partition(".")[0] == "sqlite3":
        return False  # it waits by itself, and what it says after that is meant
    state = getattr(error.orig, "sqlstate", None)
    return (
        error.connection_invalidated
        or state in (_DEADLOCK, _SERIALIZATION)
        or isinstance(error, OperationalError | InterfaceError)
    )


def outlast(work: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """What `work` gives, begun again while the database is away. Blocks: not for an event loop."""
    until, wait_s = time.monotonic() + patience_s, _FIRST_WAIT_S
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not passes(error) or time.monotonic() > until:
                raise
            logger.info("the ledger's database is away; trying again in %.2g s: %s", wait_s, error.orig)
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

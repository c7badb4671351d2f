"""Which failures are those of a server that is away for a while: what failed then is worth doing again by itself."""

from __future__ import annotations

from collections.abc import Iterable

WAITS_S = (5, 10, 20, 30, 30, 30, 30, 30)
"""Before a step is tried again: three minutes in all. A storage or a database that moves is back by then."""

_AWAY = frozenset(
    {
        "OperationalError", "InterfaceError", "AdminShutdown", "CrashShutdown", "CannotConnectNow",
        "ConnectionDoesNotExist", "ConnectionFailure", "DagsterPostgresException", "PoolTimeout",
        "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError",
        "BrokenPipeError", "StorageUnreachable", "BrokerAway",
    }
)  # fmt: skip
"""Classes of errors, by name: those of PostgreSQL's drivers, of sockets and of our storage."""

_SAID = (
    "server closed the connection", "terminating connection", "the database system is", "connection to server",
    "Could not establish connection", "Could not connect to server", "Connection refused", "Connection reset",
    "SSL connection has been closed", "HTTP 503", "HTTP 502", "HTTP 500",
)  # fmt: skip
"""What DuckDB's extensions say, whose classes tell no more than that something was read or written."""


def is_outage(errors: Iterable[tuple[str | None, str]]) -> bool:
    """Whether one of a failure's errors (class name and message, outermost first) is of a server that is away."""
    return any((name or "") in _AWAY or any(words in message for words in _SAID) for name, message in errors)


def wait_before(attempt: int) -> int | None:
    """Seconds to wait before a step that met an outage is tried for the `attempt`-th time again; None: not any more."""
    return WAITS_S[attempt] if attempt < len(WAITS_S) else None

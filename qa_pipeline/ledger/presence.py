"""Whether there is an operations database to look into."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url


def has_begun(url: str) -> bool:
    """False only for a SQLite file that nobody has made yet, which opening it would make; a server is asked by opening.

    `url` is a SQLAlchemy URL, `Settings.operations_database_url`.
    """
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()

"""The contexts that were sent along with recordings, each text once: thousands of channels share a glossary."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from qa_pipeline.ledger.tables import contexts


def keep_contexts(connection: Connection, texts: Iterable[str | None], now: float) -> None:
    """Adds those that are not known yet; `now` in epoch seconds."""
    wanted = {hashlib.sha256(text.encode()).hexdigest(): text for text in set(texts) if text is not None}
    if not wanted:
        return
    known = set(connection.execute(select(contexts.c.sha256).where(contexts.c.sha256.in_(wanted))).scalars())
    rows = [{"sha256": key, "text": wanted[key], "first_used_at": now} for key in sorted(set(wanted) - known)]
    if rows:
        connection.execute(insert(contexts), rows)


def context_of(connection: Connection, sha256: str) -> str:
    """The text of that hash.

    Raises:
        LookupError: the ledger does not have it, which no version of the product brings about.
    """
    found = connection.execute(select(contexts.c.text).where(contexts.c.sha256 == sha256)).scalar_one_or_none()
    if found is None:
        raise LookupError(f"the ledger has no context {sha256}; run the day again to plan with the context of now")
    return str(found)

"""Takes what is erased out of the log of looks, so that the chain can still be checked.

A row keeps its number, its hash, who looked, when and at what kind of thing; its call and its reason lose what must go.
Row and hash no longer fit then, so in the same transaction a row `erased` is appended, which says for each of them
number, hash, and the hash of what is left. A row that differs without such a word is still a fault.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select, update

from qa_pipeline.ledger.look_tables import raw_looks
from qa_pipeline.looks.chain import What, add_row, digest, fits, words_of, written_word

ROWS_IN_A_WORD = 500


def erase_from_looks(
    connection: Connection, without: Callable[[str], str], *, erasure_id: str, actor: str, now: float
) -> int:
    """Changes the rows that have something that must go, and returns how many; part of the caller's transaction, in
    which nobody else appends. `without` gives a text without it."""
    rows = [dict(row) for row in connection.execute(select(raw_looks).order_by(raw_looks.c.seq)).mappings()]
    words = words_of(rows)
    left = []
    for row in rows:
        if row["what"] == What.ERASED:
            continue
        kept = {**row, "call_id": without(row["call_id"]), "reason": without(row["reason"])}
        if kept != row:
            connection.execute(update(raw_looks).where(raw_looks.c.seq == row["seq"]).values(kept))
            left.append((kept, fits(row, words)))
    said = [[kept["seq"], kept["hash"], digest(kept)] for kept, was_whole in left if was_whole]
    for start in range(0, len(said), ROWS_IN_A_WORD):
        word = written_word(erasure_id, said[start : start + ROWS_IN_A_WORD])
        add_row(connection, who=actor, role="", call_id="", what=What.ERASED, reason=word, at=now)
    return len(left)

"""Requests that wait for a person's word, kept for those who look without planning: `status` and the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.ledger.tables import held_back
from qa_pipeline.ledger.writing import put_rows


@dataclass(frozen=True, slots=True)
class Held:
    """A channel that is paid for and would be asked otherwise now, of `model`; `audio_s` is the recording's length."""

    recording_id: str
    channel_id: int
    call_id: str
    call_date: str
    model: str
    audio_s: float
    reason: str


def note_held(ledger: Ledger, recording_ids: Iterable[str], held: Sequence[Held]) -> None:
    """Replaces what was known of these recordings by `held`."""
    ids = sorted(set(recording_ids))
    rows = [{**asdict(each), "noted_at": ledger.clock()} for each in held]

    def replace() -> None:
        with ledger.engine.begin() as connection:
            for chunk in chunks(ids):
                connection.execute(delete(held_back).where(held_back.c.recording_id.in_(chunk)))
            put_rows(connection, held_back, rows)

    outlast(replace)


def list_held(ledger: Ledger) -> list[Held]:
    """All of them, by day and call."""
    columns = [column for column in held_back.c if column.name != "noted_at"]
    query = select(*columns).order_by(held_back.c.call_date, held_back.c.call_id, held_back.c.channel_id)
    with ledger.engine.connect() as connection:
        return [Held(**row) for row in connection.execute(query).mappings()]

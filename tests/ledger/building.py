"""Wishes, accounts and ledgers that the ledger's tests speak about."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import Billing, LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.transcription.parameters import TranscriptionParameters

MODEL = "qwen3-asr-flash-filetrans"
PAID = Billing("dashscope", "dashscope beijing", "beijing", "account-of-paid")
LOCAL = Billing("local", "local reference", "local", "account-of-local")


def open_ledger(folder: Path, **options: Any) -> Ledger:
    return Ledger(open_operations(f"sqlite:///{folder / 'operations.sqlite'}"), **options)


def work_item(name: str = "c1", channel_id: int = 0, *, day: str = "2025-09-01", **parameters: Any) -> WorkItem:
    """One channel of the recording called `name`."""
    return WorkItem(
        recording_id=hashlib.sha256(name.encode()).hexdigest(),
        channel_id=channel_id,
        model=MODEL,
        parameters=TranscriptionParameters(**parameters),
        call_id=name,
        call_date=day,
        source_uri=f"file:///landing/{day}/{name}.wav",
        audio_s=61.5,
    )


def stereo(*names: str, **options: Any) -> list[WorkItem]:
    """Both channels of each recording."""
    return [work_item(name, channel_id, **options) for name in names for channel_id in (0, 1)]


WAY_TO = {
    UnitState.PLANNED: (),
    UnitState.SENDING: (UnitState.SENDING,),
    UnitState.SUBMITTED: (UnitState.SENDING, UnitState.SUBMITTED),
    UnitState.SUCCEEDED: (UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED),
    UnitState.FETCHED: (UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.FETCHED),
    UnitState.PARSED: (
        UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.FETCHED, UnitState.PARSED,
    ),
    UnitState.FAILED: (UnitState.SENDING, UnitState.SUBMITTED, UnitState.FAILED),
    UnitState.UNKNOWN: (UnitState.SENDING, UnitState.UNKNOWN),
}  # fmt: skip
"""The moves that bring a planned unit to a state."""


def bring(ledger: Ledger, unit: LedgerRow, to: UnitState, **fields: Any) -> LedgerRow:
    """Moves a planned unit on to a state and returns it as it then is."""
    for state in WAY_TO[to]:
        ledger.move(unit.submission_id, state, **(fields if state is to else {}))
    return ledger.get([unit.unit_id])[0]


def planned(ledger: Ledger, billing: Billing = PAID, name: str = "c1") -> LedgerRow:
    return ledger.plan([work_item(name)], billing, together=False)[0]

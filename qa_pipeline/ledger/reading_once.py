"""The attempts at some recordings, each read once, for those who look at them several times in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from qa_pipeline.ledger.rows import LedgerRow, WorkItem, rows_in_force


class Attempts(Protocol):
    """Who tells of attempts."""

    def of_recordings(self, recording_ids: Iterable[str]) -> list[LedgerRow]:
        """Every attempt for these recordings."""

    def forecast(self, wanted: Sequence[WorkItem], engine_kind: str) -> list[LedgerRow | None]:
        """The current row for each wanted unit, or None where a run would send it."""


class ReadOnce:
    """The attempts of a ledger as they were when they were asked for first: for one look, never to send by."""

    def __init__(self, ledger: Attempts) -> None:
        self._ledger = ledger
        self._of_recordings: dict[str, list[LedgerRow]] = {}

    def of_recordings(self, recording_ids: Iterable[str]) -> list[LedgerRow]:
        """See `Attempts`."""
        wanted = list(dict.fromkeys(recording_ids))
        missing = [each for each in wanted if each not in self._of_recordings]
        if missing:
            self._of_recordings |= {each: [] for each in missing}
            for row in self._ledger.of_recordings(missing):
                self._of_recordings[row.recording_id].append(row)
        return [row for each in wanted for row in self._of_recordings[each]]

    def forecast(self, wanted: Sequence[WorkItem], engine_kind: str) -> list[LedgerRow | None]:
        """See `Attempts`."""
        return rows_in_force(wanted, self.of_recordings(item.recording_id for item in wanted), engine_kind)

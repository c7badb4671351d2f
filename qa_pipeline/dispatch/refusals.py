"""A brake: the same refusal again and again, and nothing taken, is about the settings and not about the recordings.

While nothing was taken, a refusal is only held: its channel stays planned. Once something is taken, or at the end of
the run, each is a verdict on its recording. So a wrong setting costs a few requests, and no recording.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa_pipeline.dashscope.errors import ChangeAndRetry, ContentRefused, DashScopeError
from qa_pipeline.ledger.rows import LedgerRow

FEW = 5
"""So many recordings in a row with the same refusal."""

ALL_BUT_ONE = 2
"""A day that is refused as a whole is braked for from so many recordings on: a single one says nothing."""

_OF_ONE_FILE = ("InvalidFile", "BadRequest.TooLarge", "BadRequest.UnsupportedFileFormat", "DataInspection")
"""Beginnings of codes that are about a recording's own bytes, however often they come."""
_CHANGING = re.compile(r"\w+://\S+|\"[^\"]*\"|'[^']*'|`[^`]*`|[0-9a-fA-F-]*\d[0-9a-fA-F-]*")
"""What differs between two messages that say the same: addresses, quoted names, ids and numbers."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the service said to one submission."""

    submission_id: str
    recording_id: str
    code: str
    message: str
    said: str

    @property
    def kind(self) -> tuple[str, str]:
        """What two equal refusals have in common."""
        return (self.code, _CHANGING.sub("…", self.message))


class Refusals:
    """The refusals of one run of which nobody knows yet what they are about."""

    def __init__(self) -> None:
        self._held: dict[str, Refusal] = {}
        self._is_something_taken = False

    def taken(self) -> None:
        """The service has taken something: the settings are not at fault, and nothing more is held."""
        self._is_something_taken = True

    def hold(self, first: LedgerRow, error: DashScopeError) -> bool:
        """Keeps a refusal for later; False where it is a verdict on its recording at once."""
        if self._is_something_taken or isinstance(error, ContentRefused) or error.code.startswith(_OF_ONE_FILE):
            return False
        message = str(error) if isinstance(error, ChangeAndRetry) else error.message
        said = Refusal(first.submission_id, first.recording_id, error.code, message, str(error))
        self._held[first.submission_id] = said
        return True

    def holds(self, submission_id: str) -> bool:
        """Whether a submission was refused in this run, and nobody knows yet what that means."""
        return submission_id in self._held

    def brake(self, *, at_the_end: bool = False) -> str | None:
        """Why nothing more is to be sent; None where there is no reason."""
        if self._is_something_taken:
            return None
        kinds: dict[tuple[str, str], dict[str, Refusal]] = {}
        for refusal in self._held.values():
            kinds.setdefault(refusal.kind, {})[refusal.recording_id] = refusal
        enough = ALL_BUT_ONE if at_the_end and len(kinds) == 1 else FEW
        for equal in kinds.values():
            if len(equal) >= enough:
                said = next(iter(equal.values())).said
                return (
                    f"the service gave {len(equal)} recordings the same refusal and took none: {said}; nothing was "
                    "billed and all stay planned: check QA_MODEL, QA_REGION and what the settings send along, then "
                    "run again"
                )
        return None

    def verdicts(self) -> list[Refusal]:
        """Those that are about their recordings after all."""
        return list(self._held.values())

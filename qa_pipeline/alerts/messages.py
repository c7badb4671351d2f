"""A message: what is told of its causes, with where to look, whatever it is sent by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from qa_pipeline.alerts.causes import Cause, CauseKind, Severity, gravest, message_key
from qa_pipeline.alerts.channels import Language
from qa_pipeline.alerts.texts import headline, line

_PIPELINE = (CauseKind.FAILED_RUN, CauseKind.SHARE)
_LONGEST_ADDRESS = 1000
"""Receivers have limits, and a call id is as long as whoever named the file wanted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One cause: a line of text, and the address to look at; empty where no address of the dashboards is set."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `key` is its idempotency key: the same message sent again has it again, and no other one has it.
    `at` is when it was put together, UTC epoch seconds."""

    key: str
    title: str
    severity: Severity
    lines: tuple[Line, ...]
    causes: tuple[Cause, ...]
    language: Language
    at: float


def message_of(causes: Sequence[Cause], language: Language, dashboards_url: str | None, at: float) -> Message:
    """The message about causes, of which there is at least one."""
    return Message(
        key=message_key([cause.key for cause in causes]),
        title=headline(causes, language),
        severity=gravest([cause.severity for cause in causes]),
        lines=tuple(Line(line(cause, language), address(cause, dashboards_url)) for cause in causes),
        causes=tuple(causes),
        language=language,
        at=at,
    )


def address(cause: Cause, dashboards_url: str | None) -> str:
    """Where a cause is shown in the dashboards; empty where nobody said where they are."""
    if dashboards_url is None:
        return ""
    if cause.call_id is not None:
        named = f"{dashboards_url}/call?call={quote(cause.call_id.encode('utf-8', 'replace'), safe='')}"
        return named if len(named) <= _LONGEST_ADDRESS else f"{dashboards_url}/calls"
    return f"{dashboards_url}/pipeline" if cause.kind in _PIPELINE else f"{dashboards_url}/"

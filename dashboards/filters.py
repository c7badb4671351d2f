"""What a person may narrow the calls by. Pure: no Streamlit, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

UNLABELLED = "none"
"""As an emotion to filter by: customers without a labelled sentence."""

UNSURE = "unsure"
"""As a form to filter by: calls divided by voice whose agent and customer must not be relied on."""

FORMS = ("stereo", "parts", "tracks", "channels", "diarized", UNSURE, "single")
"""Forms of calls, as `calls.form` and sql/pages/find_calls.sql know them."""

SORTS = ("date", "call", "agent", "queue", "length", "anger", "status")
"""The orders of the list, as sql/pages/find_calls.sql knows them."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """First and last call date, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Every day of the range."""
        return [self.first + dt.timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to list. What is empty leaves that side open; several values of one kind mean any of them.

    Recordings without a date belong to no range, so every range lists them.
    """

    dates: DateRange
    agents: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    text: str = ""
    defects: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """True when nothing but the dates narrows the calls."""
        chosen = (self.agents, self.queues, self.languages, self.emotions, self.statuses, self.defects, self.forms)
        return not (any(chosen) or self.text.strip())

    def values(self) -> dict[str, Any]:
        """What sql/pages/find_calls.sql takes for the choice besides dates and defects; None leaves a side open."""
        chosen = {
            "agents": self.agents,
            "queues": self.queues,
            "languages": self.languages,
            "emotions": self.emotions,
            "statuses": self.statuses,
        }
        return {name: list(values) or None for name, values in chosen.items()} | {"text": self.text.strip() or None}

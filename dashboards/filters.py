"""What a person may narrow the calls by, and the condition it becomes. Pure: no Streamlit, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

UNLABELLED = "none"
"""As an emotion to filter by: customers of whom nobody labelled any sentence."""

SORTS: dict[str, str] = {
    "date": "coalesce(calls.started_at, calls.call_date::timestamptz)",
    "call": "calls.call_id",
    "agent": "lower(coalesce(calls.agent_name, calls.agent_id))",
    "queue": "calls.queue",
    "length": "calls.duration_s",
    "anger": (
        "(select sum(emotions.speech_s) from emotions where emotions.call_id = calls.call_id "
        "and emotions.role = 'customer' and emotions.emotion = 'angry')"
    ),
    "status": "calls.status",
}
"""Names a URL may sort by, and the SQL each stands for. Nothing else ever reaches an order by."""


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

    @property
    def is_open(self) -> bool:
        """True when nothing but the dates narrows the calls."""
        chosen = (self.agents, self.queues, self.languages, self.emotions, self.statuses, self.defects)
        return not (any(chosen) or self.text.strip())

    def condition(self) -> tuple[str, dict[str, Any]]:
        """The condition on `calls` and its parameters."""
        parts = ["(calls.call_date is null or calls.call_date between $from_date and $to_date)"]
        values: dict[str, Any] = {"from_date": self.dates.first, "to_date": self.dates.last}
        for column, chosen in (
            ("agent_id", self.agents),
            ("queue", self.queues),
            ("status", self.statuses),
        ):
            if chosen:
                parts.append(f"list_contains($chosen_{column}::varchar[], calls.{column})")
                values[f"chosen_{column}"] = list(chosen)
        if self.languages:
            parts.append(
                "exists (select 1 from languages where languages.call_id = calls.call_id "
                "and list_contains($chosen_languages::varchar[], languages.language))"
            )
            values["chosen_languages"] = list(self.languages)
        if self.emotions:
            parts.append(f"({_EMOTION_CONDITION})")
            values |= {"chosen_emotions": list(self.emotions), "unlabelled": UNLABELLED in self.emotions}
        if self.defects:
            parts.append(
                "exists (select 1 from acoustics where acoustics.call_id = calls.call_id "
                "and list_has_any(acoustics.defects, $chosen_defects::varchar[]))"
            )
            values["chosen_defects"] = list(self.defects)
        if self.text.strip():
            parts.append(
                "exists (select 1 from sentences where sentences.call_id = calls.call_id "
                "and contains(lower(sentences.text), lower($text)))"
            )
            values["text"] = self.text.strip()
        return " and ".join(parts), values


_EMOTION_CONDITION = (
    "exists (select 1 from emotions where emotions.call_id = calls.call_id and emotions.role = 'customer' "
    "and list_contains($chosen_emotions::varchar[], emotions.emotion)) "
    "or ($unlabelled and exists (select 1 from transcripts where transcripts.call_id = calls.call_id "
    "and transcripts.role = 'customer' and transcripts.sentence_count > 0 and transcripts.emotion is null))"
)

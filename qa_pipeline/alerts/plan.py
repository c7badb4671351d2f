"""What alerts.yaml says: what is a cause, and which causes go to which channel."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from qa_pipeline.alerts.causes import Cause, CauseKind, Severity, rank
from qa_pipeline.alerts.channels import Channel, Id, Language, Strict, known_zone

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]
Kind = Literal["rule", "auto_fail", "failed_run", "share", "rate"]
CountName = Literal["failed", "partial", "quarantined", "defects", "escalated", "recovered", "dead_air"]
"""What a call may be counted among; the rate is their share of the calls of a group and day."""

Dimension = Literal["all", "queue"]
LAST_DAYS = 7
GIVE_UP_HOURS = 72.0

_KEYS: dict[Kind, frozenset[str]] = {
    "rule": frozenset({"outcome", "severity_at_least", "rules", "severity"}),
    "auto_fail": frozenset({"severity", "scorecards"}),
    "failed_run": frozenset({"severity"}),
    "share": frozenset({"severity", "count", "at_least", "min_n", "by"}),
    "rate": frozenset({"severity", "count", "rules", "metric", "min_n", "by", "baseline_days", "min_days"}),
}
"""What goes with each kind."""

_SEVERITY: dict[Kind, Severity] = {"auto_fail": "high", "failed_run": "high", "share": "high", "rate": "medium"}


class Watched(Strict):
    """One kind of causes.

    - rule: calls in which a rule came to `outcome`; rules at least as grave as `severity_at_least`, or those named.
    - auto_fail: evaluations that an answer failed, of all cards or of `scorecards`.
    - failed_run: runs that failed.
    - share: days on which `at_least` that part of the calls is `count`, of `min_n` calls or more.
    - rate: days on which a rate lies outside its control limits: `count`, a `metric`, or how often `rules` are met.
    """

    kind: Kind
    severity: Severity | None = None
    outcome: Literal["hit", "miss"] = "hit"
    severity_at_least: Severity | None = None
    rules: Names | None = None
    scorecards: Names | None = None
    count: CountName | None = None
    metric: Name | None = None
    at_least: Annotated[float | None, Field(gt=0, le=1)] = None
    by: Annotated[tuple[Dimension, ...], Field(min_length=1)] = ("all",)
    min_n: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    baseline_days: Annotated[int, Field(ge=5, le=366)] = 28
    min_days: Annotated[int, Field(ge=5, le=366)] = 14

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = self.model_fields_set - {"kind"}
        if strange := sorted(given - _KEYS[self.kind]):
            raise ValueError(f"{strange[0]} does not go with kind: {self.kind}")
        if self.kind == "rule" and self.severity_at_least is None and self.rules is None:
            raise ValueError("kind: rule needs severity_at_least, or rules")
        if self.kind == "share" and (self.count is None or self.at_least is None):
            raise ValueError("kind: share needs count and at_least")
        chosen = [name for name in ("count", "metric", "rules") if getattr(self, name) is not None]
        if self.kind == "rate" and len(chosen) != 1:
            raise ValueError("kind: rate is of one of count, metric and rules")
        if self.min_days > self.baseline_days:
            raise ValueError("min_days is more than baseline_days")
        return self

    def grave(self, of_rule: Severity | None = None) -> Severity:
        """How grave its causes are: as is said, else as the rule is, else as the kind mostly is."""
        return self.severity or of_rule or _SEVERITY.get(self.kind, "medium")


class Route(Strict):
    """Which causes go to the channels `to`: all that is given holds. A cause without a team is in none, nor is one
    without a queue or a rule."""

    to: Annotated[tuple[Id, ...], Field(min_length=1)]
    kinds: Annotated[tuple[Kind, ...] | None, Field(min_length=1)] = None
    severity_at_least: Severity | None = None
    rules: Names | None = None
    teams: Names | None = None
    queues: Names | None = None

    def takes(self, cause: Cause) -> bool:
        """Whether a cause goes this way."""
        chosen = (
            (self.kinds, cause.kind.value),
            (self.rules, cause.rule_id),
            (self.teams, cause.team),
            (self.queues, cause.queue),
        )
        if any(names is not None and name not in names for names, name in chosen):
            return False
        return self.severity_at_least is None or rank(cause.severity) >= rank(self.severity_at_least)


class AlertPlan(Strict):
    """All of alerts.yaml. Days before `since`, and more than `last_days` before today, have no causes; without either
    it is the last 7 days, and with `since` alone all days from then on."""

    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    causes: Annotated[tuple[Watched, ...], Field(min_length=1)]
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    since: dt.date | None = None
    last_days: Annotated[int | None, Field(ge=1, le=3660)] = None
    language: Language = "en"
    timezone: str | None = None
    dashboards_url: Annotated[str | None, Field(max_length=500)] = None
    agent_names: bool = False
    give_up_hours: Annotated[float, Field(ge=1, le=720)] = GIVE_UP_HOURS

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        return None if value is None else known_zone(value)

    @field_validator("dashboards_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s@?#]+", value):
            raise ValueError("not an address such as https://qa.example.org")
        return value if value is None else value.rstrip("/")

    def first_day(self, today: dt.date) -> dt.date:
        """Days before this one have no causes."""
        days = self.last_days if self.last_days is not None else None if self.since else LAST_DAYS
        recent = today - dt.timedelta(days=days) if days is not None else dt.date.min
        return max(recent, self.since or dt.date.min)

    def watched(self, kind: Kind) -> list[Watched]:
        """What is watched of a kind."""
        return [each for each in self.causes if each.kind == kind]

    def channel(self, channel_id: str) -> Channel | None:
        """The channel of an id."""
        return next((each for each in self.channels if each.id == channel_id), None)

    def channels_of(self, cause: Cause) -> list[str]:
        """The channels that a cause goes to, each once."""
        if cause.kind is CauseKind.TEST:
            return []
        return list(dict.fromkeys(name for route in self.routes if route.takes(cause) for name in route.to))

    def language_of(self, channel: Channel) -> Language:
        """In which language a channel is told."""
        return channel.language or self.language

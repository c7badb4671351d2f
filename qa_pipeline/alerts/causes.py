"""A cause of an alert: what happened, how grave it is, and what makes it the same when it is found again.

A cause holds no text of a call and no value of a person but the call's id, the agent's team and, where the settings
ask for it, the agent's name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, get_args

Severity = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the least to the gravest; those of rules."""

Fact = str | float | int | list[str] | None


class CauseKind(StrEnum):
    """What an alert is about; the values are those of `kind` in alerts.yaml."""

    RULE = "rule"
    AUTO_FAIL = "auto_fail"
    FAILED_RUN = "failed_run"
    SHARE = "share"
    RATE = "rate"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Something to tell. `identity` is what tells it apart from others of its kind: found again, with whatever other
    facts, it is the same. `call_date` is the day it is about; `facts` are what its kind has besides, see `texts`."""

    kind: CauseKind
    severity: Severity
    identity: tuple[str, ...]
    title: str = ""
    call_date: dt.date | None = None
    call_id: str | None = None
    rule_id: str | None = None
    team: str | None = None
    queue: str | None = None
    agent: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its idempotency key: 64 hexadecimal digits."""
        return _digest([self.kind.value, *self.identity])

    def as_json(self) -> str:
        """The cause as JSON of the outbox."""
        kept = {
            "kind": self.kind.value,
            "severity": self.severity,
            "identity": list(self.identity),
            "title": self.title,
            "call_date": self.call_date.isoformat() if self.call_date else None,
            "call_id": self.call_id,
            "rule_id": self.rule_id,
            "team": self.team,
            "queue": self.queue,
            "agent": self.agent,
            "facts": dict(self.facts),
        }
        return json.dumps(kept)


def cause_of(kept: str) -> Cause:
    """A cause as it was kept."""
    read = json.loads(kept)
    day = read.pop("call_date")
    return Cause(
        **{
            **read,
            "kind": CauseKind(read["kind"]),
            "identity": tuple(read["identity"]),
            "call_date": dt.date.fromisoformat(day) if day else None,
        }
    )


def message_key(keys: list[str]) -> str:
    """The idempotency key of a message: that of its cause, or one of all of its causes in their order."""
    return keys[0] if len(keys) == 1 else _digest(keys)


def rank(severity: Severity) -> int:
    """From 0; the higher the graver."""
    return SEVERITIES.index(severity)


def gravest(severities: list[Severity]) -> Severity:
    """The gravest of them."""
    return max(severities, key=rank)


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

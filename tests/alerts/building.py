"""Causes, channels and plans to try alerts with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.alerts.channels import Channel
from qa_pipeline.alerts.messages import Message, message_of
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.alerts.reading import read_alerts

DAY = dt.date(2025, 9, 1)
AT = dt.datetime(2025, 9, 2, 12, tzinfo=dt.UTC).timestamp()
DASHBOARDS = "https://qa.example.org"

PLAN = """since: 2025-09-01
dashboards_url: https://qa.example.org
channels:
  - {id: leads, kind: webhook, url_env: QA_ALERT_URL}
causes:
  - {kind: rule, severity_at_least: high}
  - {kind: auto_fail}
  - {kind: failed_run}
  - {kind: share, count: failed, at_least: 0.2, min_n: 2}
routes:
  - {to: [leads]}
"""


def plan(text: str = PLAN) -> AlertPlan:
    return read_alerts(text, "alerts.yaml")


def channel(kind: str = "webhook", **more: Any) -> Channel:
    own = {"url_env": "QA_ALERT_URL"} if kind != "mail" else {}
    return Channel.model_validate({"id": "leads", "kind": kind, **own, **more})


def mail_channel(**more: Any) -> Channel:
    return channel("mail", **{"host": "127.0.0.1", "sender": "qa@example.org", "to": ["lead@example.org"], **more})


def hit(call_id: str = "c0101", **more: Any) -> Cause:
    return Cause(
        **{
            "kind": CauseKind.RULE,
            "severity": "high",
            "identity": ("promise", "hit", call_id),
            "title": "Forbidden promise",
            "call_date": DAY,
            "call_id": call_id,
            "rule_id": "promise",
            "team": "Blue",
            "queue": "billing",
            "facts": {"outcome": "hit", "needs_review": 0},
            **more,
        }
    )


def rate(**facts: Any) -> Cause:
    known = {"counted": "dead_air", "value": 0.5, "low": 0.1, "high": 0.3, "n": 40, "is_share": 1}
    return Cause(
        kind=CauseKind.RATE,
        severity="medium",
        identity=("count dead_air", "queue", "billing", "2025-09-01"),
        call_date=DAY,
        queue="billing",
        facts=known | facts,
    )


def message(*causes: Cause, language: Any = "en", dashboards: str | None = DASHBOARDS) -> Message:
    return message_of(causes or (hit(),), language, dashboards, AT)

"""Which thresholds of a call's metrics are not the defaults: its figures can't be compared with others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qa_pipeline.conversation.definitions import MetricThresholds


def changed_thresholds(thresholds: Mapping[str, Any]) -> str:
    """`default thresholds`, or those of `call_metrics.thresholds` that differ from this version's defaults."""
    defaults = json.loads(MetricThresholds().as_json())
    changed = [
        f"{name} {_shown(value)} (default {_shown(defaults[name])})"
        for name, value in sorted(thresholds.items())
        if name in defaults and value != defaults[name]
    ]
    return f"changed thresholds: {', '.join(changed)}" if changed else "default thresholds"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "empty"
    return f"{value:g}" if isinstance(value, float) else str(value)

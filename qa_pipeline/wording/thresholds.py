"""Which thresholds of a call's metrics are not the defaults: its figures can't be compared with others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.wording.languages import t


def changed_thresholds(thresholds: Mapping[str, Any]) -> str:
    """`default thresholds`, or those of `call_metrics.thresholds` that differ from this version's defaults."""
    defaults = json.loads(MetricThresholds().as_json())
    changed = [
        t("{name} {value} (default {default})", name=name, value=_shown(value), default=_shown(defaults[name]))
        for name, value in sorted(thresholds.items())
        if name in defaults and value != defaults[name]
    ]
    return t("changed thresholds: {list}", list=t(", ").join(changed)) if changed else t("default thresholds")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value)) or t("empty")
    return f"{value:g}" if isinstance(value, float) else str(value)

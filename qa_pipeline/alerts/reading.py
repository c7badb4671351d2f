"""Reads alerts.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.yaml_files.places import Place
from qa_pipeline.yaml_files.reading import read_model

_BEGINS_WITH = "alerts have the keys channels:, causes: and routes:, see docs/alerts.md."


def read_alerts(text: str, label: str) -> AlertPlan:
    """What a file says; `label` is the file in messages.

    Raises:
        BadFile: it is not one; its sentences have file and line.
    """
    return read_model(text, label, AlertPlan, what="alerts", begins_with=_BEGINS_WITH, references=_misfits).value


def _misfits(plan: AlertPlan) -> Iterator[tuple[Place, str]]:
    """Channels that are there twice, that nothing goes to, and that routes name without being there."""
    known: set[str] = set()
    for number, channel in enumerate(plan.channels):
        if channel.id in known:
            yield ("channels", number, "id"), f"there is a channel {channel.id} already"
        known.add(channel.id)
    for number, route in enumerate(plan.routes):
        for place, name in enumerate(route.to):
            if name not in known:
                yield (
                    ("routes", number, "to", place),
                    f"there is no channel {name}; there are {', '.join(sorted(known))}",
                )
    led_to = {name for route in plan.routes for name in route.to}
    for number, channel in enumerate(plan.channels):
        if channel.id not in led_to:
            yield ("channels", number, "id"), f"no route leads to {channel.id}"
    watched = {each.kind for each in plan.causes}
    for number, route in enumerate(plan.routes):
        for kind in route.kinds or ():
            if kind not in watched:
                yield ("routes", number, "kinds"), f"nothing under causes is of the kind {kind}"

"""Reads sampling.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.sampling.plans import Plans
from qa_pipeline.yaml_files.places import Place
from qa_pipeline.yaml_files.reading import read_model

_BEGINS_WITH = "sampling plans begin with the line plans:, see docs/sampling.md."


def read_plans(text: str, label: str) -> Plans:
    """The plans that a file holds; `label` is the file in messages.

    Raises:
        BadFile: they are not; its sentences have file and line.
    """
    return read_model(text, label, Plans, what="the plans", begins_with=_BEGINS_WITH, references=_twice).value


def _twice(plans: Plans) -> Iterator[tuple[Place, str]]:
    """Ids that are there already."""
    known: set[str] = set()
    for number, plan in enumerate(plans.plans):
        if plan.plan in known:
            yield ("plans", number, "plan"), f"there is a plan {plan.plan} already"
        known.add(plan.plan)
        risks: set[str] = set()
        for place, risk in enumerate(plan.risk):
            if risk.id in risks:
                yield ("plans", number, "risk", place, "id"), f"{plan.plan} has a risk {risk.id} already"
            risks.add(risk.id)

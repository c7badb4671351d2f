"""Evaluations as a list, for whoever is at the machine of the operations database."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from zoneinfo import ZoneInfo

import typer

from qa_pipeline.commands.aligned_columns import print_columns
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.states import EvaluationState
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.reviews.values import EvaluationFilter, EvaluationSummary
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, out
from qa_pipeline.wording.figures import count

COLUMNS = ("evaluation", "call", "agent", "card", "type", "evaluator", "state", "score", "changed")


def list_command(
    states: Sequence[EvaluationState],
    evaluator: str | None,
    agent: str | None,
    call: str | None,
    *,
    limit: int,
    as_json: bool,
) -> int:
    """Prints the evaluations that are asked for, and how many there are."""
    settings = load_settings()
    reviews = open_reviews(settings.operations_database_url)
    chosen = EvaluationFilter(
        states=frozenset(states),
        evaluators=frozenset({evaluator.casefold()} if evaluator else ()),
        agent_ids=frozenset({agent} if agent else ()),
        call_ids=frozenset({call} if call else ()),
    )
    found = reviews.evaluations(PIPELINE, chosen, limit=limit)
    total = reviews.count_evaluations(PIPELINE, chosen)
    reviews.close()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=1, default=str))
        return EXIT_OK
    zone = ZoneInfo(settings.timezone)
    print_columns(COLUMNS, (_cells(each, zone) for each in found))
    more = f", the first {len(found):,} of them here" if total > len(found) else ""
    out.print(f"{count(total, 'evaluation')}{more}", markup=False)
    return EXIT_OK


def _cells(each: EvaluationSummary, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        each.evaluation_id,
        each.call.call_id,
        each.call.agent_id or "–",
        f"{each.scorecard_id} {each.scorecard_version}",
        each.evaluation_type.value,
        each.evaluator,
        each.state.value,
        "–" if each.score is None else f"{each.score:.1f}",
        f"{dt.datetime.fromtimestamp(each.updated_at, zone):%Y-%m-%d %H:%M}",
    )

"""Asset `transcriptions`: the one that costs money. Its output is the ledger and the raw JSON, not a table."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import dagster as dg

from qa_pipeline.defs.declarations import DASHSCOPE_POOL, Asset, Check, step
from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.dispatch.forecast import held_notes
from qa_pipeline.dispatch.interruption import until_told_to_stop
from qa_pipeline.dispatch.other_workers import sharing_note
from qa_pipeline.dispatch.paid_before import hold_back
from qa_pipeline.dispatch.planning import HeldBack, Plan, Planner
from qa_pipeline.dispatch.repeat_notes import repeat_notes
from qa_pipeline.dispatch.report import DispatchReport
from qa_pipeline.dispatch.run import dispatch
from qa_pipeline.ledger.held import Held, note_held
from qa_pipeline.ledger.open_rows import open_channel, why_open
from qa_pipeline.ledger.reading_once import ReadOnce
from qa_pipeline.recordings.usable_calls import file_ids
from qa_pipeline.service.access import engine_kind
from qa_pipeline.warehouse.calls import usable_calls
from qa_pipeline.workers.queues import PAID

ENDED = "every_channel_came_to_its_end"
KNOWN = "no_outcome_is_unknown"
OPEN_SHOWN = 100
AUTOMATIC_TAGS = frozenset({"dagster/sensor_name", "dagster/schedule_name"})
"""A run with one of these was started by nobody, so nothing that it does is a person's word."""

TRANSCRIPTIONS = Asset(
    "transcriptions",
    "Each channel of each usable call, transcribed by the service: ledger and raw JSON. What was paid for is never "
    "sent again; silent and duplicate channels are not sent at all.",
    group="transcription",
    deps=["calls", "acoustics"],
    kinds={"python", "json"},
    checks=[
        Check(ENDED, "No channel is still under way: a later run goes on with those that are", blocking=False),
        Check(KNOWN, "It is known of every channel whether it was sent and what came back", blocking=False),
    ],
)


@step(TRANSCRIPTIONS, pool=DASHSCOPE_POOL, queue=PAID)
def transcriptions(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Sends what was never sent, polls what was, fetches what is done.

    What does not end keeps nothing else from being published: a check names it, and a later run goes on with it.
    """
    return transcribe_days(context, settings, warehouse, operations)


def transcribe_days(
    context: StepContext, settings: SettingsResource, warehouse: WarehouseResource, operations: OperationsResource
) -> dg.MaterializeResult:
    """Brings all channels of the run's days to their end."""
    loaded = settings.load()
    days = days_of(context)
    with warehouse.open(context).transaction() as connection:
        calls = usable_calls(connection, days)
    kind = engine_kind(loaded)
    by_person = is_by_person(context)
    attempts = ReadOnce(operations.ledger())
    plan = hold_back(Planner(loaded).plan(calls), calls, attempts, loaded, kind, by_person=by_person)
    note_held(operations.ledger(), file_ids(calls), [_held(each) for each in plan.held])
    plan.notes += held_notes(loaded, plan.held)
    plan.notes += repeat_notes(attempts, plan.wanted, kind)
    if (apart := sharing_note(operations.ledger())) is not None:
        plan.notes.append(apart)
    for note in plan.notes:
        context.log.warning(note)
    report = run_to_its_end(
        dispatch(plan.wanted, loaded, operations.ledger(), operations.raw_store(), context.run.run_id)
    )
    report = report.with_refused([channel.code for channel in plan.refused])
    metadata = report_metadata(report, plan)
    context.log.info(
        "%d channels wanted, %d paid before, %d sent, %d failed, %d unknown, %.0f s billed",
        report.wanted,
        report.skipped_as_paid,
        report.sent,
        report.failed,
        report.unknown,
        report.billed_s,
    )
    if report.came_to_nothing:
        noted = next((row.message for row in report.open if row.message), None)
        reason = report.stopped_by or noted or "none could be sent; run again to go on with them"
        raise dg.Failure(f"{report.remaining} of {report.wanted} channels remain: {reason}", metadata=metadata)
    return dg.MaterializeResult(metadata=metadata, check_results=_checks(report))


def is_by_person(context: StepContext) -> bool:
    """Whether a person started the run, so that what it does is their word."""
    return AUTOMATIC_TAGS.isdisjoint(context.run.tags)


def _held(each: HeldBack) -> Held:
    item = each.item
    return Held(
        item.recording_id, item.channel_id, item.call_id, item.call_date, item.model, item.audio_s, each.difference
    )


def run_to_its_end(work: Coroutine[Any, Any, DispatchReport]) -> DispatchReport:
    """Runs the dispatch so that Ctrl-C or a terminated run lets it keep what it has just paid for.

    Dagster's own handlers would raise wherever the event loop happens to be.
    """
    try:
        return asyncio.run(until_told_to_stop(work))
    except asyncio.CancelledError:
        raise dg.DagsterExecutionInterruptedError from None


def report_metadata(report: DispatchReport, plan: Plan) -> dict[str, Any]:
    """The report as Dagster shows it; durations in seconds, cost in US dollars at list price."""
    models = [{"model": model, "reason": rule, "channels": count} for (model, rule), count in plan.choices.items()]
    return {
        "models": dg.MetadataValue.json(models),
        "notes": dg.MetadataValue.json(plan.notes),
        "channels_wanted": report.wanted,
        "channels_skipped_as_paid": report.skipped_as_paid,
        "channels_imported": report.imported,
        "channels_skipped": dg.MetadataValue.json(dict(Counter(channel.action.value for channel in plan.skipped))),
        "channels_sent": report.sent,
        "channels_answered": report.answered,
        "channels_failed_by_code": dg.MetadataValue.json(report.failed_by_code),
        "channels_unknown": report.unknown,
        "channels_remaining": report.remaining,
        "channels_open": dg.MetadataValue.json([open_channel(row) for row in report.open[:OPEN_SHOWN]]),
        "audio_s": round(report.audio_s, 3),
        "billed_s": round(report.billed_s, 3),
        "cost_usd": round(report.cost_usd, 6),
        "task_p50_s": report.task_p50_s,
        "task_p95_s": report.task_p95_s,
    }


def _checks(report: DispatchReport) -> list[dg.AssetCheckResult]:
    ended: dict[str, Any] = {"channels_remaining": report.remaining}
    if report.remaining:
        ended |= {"why": report.stopped_by or why_open(report.open[0])}
    return [
        dg.AssetCheckResult(check_name=ENDED, passed=report.remaining == 0, metadata=ended),
        dg.AssetCheckResult(
            check_name=KNOWN, passed=report.unknown == 0, metadata={"channels_unknown": report.unknown}
        ),
    ]

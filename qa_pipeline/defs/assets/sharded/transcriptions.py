"""Asset `transcriptions`: one sender for what is paid; what the local service recognizes is divided among machines."""

from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.assets.transcriptions import TRANSCRIPTIONS, is_by_person, run_to_its_end, transcribe_days
from qa_pipeline.defs.declarations import DASHSCOPE_POOL
from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.defs.sharded_step import Resources, sharded_step
from qa_pipeline.dispatch.run import dispatch
from qa_pipeline.sharding.opening import shards_of
from qa_pipeline.sharding.recognition import KIND, cut_recognition, plan_of_shard
from qa_pipeline.workers.queues import PAID


def _cut(context: StepContext, resources: Resources) -> list[str]:
    settings, warehouse, operations = resources
    loaded = settings.load()
    return cut_recognition(
        loaded,
        warehouse.open_days(context),
        operations.ledger(),
        shards_of(loaded, KIND),
        days_of(context),
        by_person=is_by_person(context),
    )


def _send(context: StepContext, resources: Resources, name: str) -> None:
    settings, _, operations = resources
    loaded, ledger = settings.load(), operations.ledger()
    plan = plan_of_shard(loaded, ledger, shards_of(loaded, KIND), name)
    report = run_to_its_end(dispatch(plan.wanted, loaded, ledger, operations.raw_store(), context.run.run_id))
    context.log.info("%d channels wanted, %d sent, %d left", report.wanted, report.sent, report.remaining)


def _register(context: StepContext, resources: Resources) -> Iterator[dg.MaterializeResult]:
    yield transcribe_days(context, *resources)


transcriptions = sharded_step(
    TRANSCRIPTIONS,
    name="transcriptions",
    cut=_cut,
    shard=_send,
    register=_register,
    register_pool=DASHSCOPE_POOL,
    register_queue=PAID,
)

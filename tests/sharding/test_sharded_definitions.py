"""What Dagster is told of sharded steps is what it is told of the embedded ones, and where each op may run."""

from __future__ import annotations

import dagster as dg
import pytest

from qa_pipeline.definitions import defs
from qa_pipeline.defs import declarations
from qa_pipeline.defs.assets.sharded.acoustics import acoustics
from qa_pipeline.defs.assets.sharded.conversations import conversation_tables
from qa_pipeline.defs.assets.sharded.transcriptions import transcriptions
from qa_pipeline.defs.assets.sharded.transcripts import transcripts_and_sentences
from qa_pipeline.workers.queues import PAID, SOUND, TABLES, queue_of

SHARDED = (acoustics, transcriptions, transcripts_and_sentences, conversation_tables)
EMBEDDED = defs.get_repository_def().asset_graph
NAMES = {"acoustics", "transcriptions", "transcripts_and_sentences", "conversation_tables"}


@pytest.fixture(scope="module")
def sharded() -> dg.Definitions:
    others = [
        each for each in defs.assets or () if isinstance(each, dg.AssetsDefinition) and each.node_def.name not in NAMES
    ]
    job = dg.define_asset_job("daily", selection=dg.AssetSelection.all())
    return dg.Definitions(assets=[*others, *SHARDED], jobs=[job], resources=defs.resources)


def test_the_assets_and_checks_are_the_same(sharded: dg.Definitions) -> None:
    graph = sharded.get_repository_def().asset_graph
    assert graph.get_all_asset_keys() == EMBEDDED.get_all_asset_keys()
    for key in EMBEDDED.get_all_asset_keys():
        one, other = EMBEDDED.get(key), graph.get(key)
        for told in (
            "parent_keys",
            "description",
            "group_name",
            "kinds",
            "owners",
            "backfill_policy",
            "partitions_def",
        ):
            assert getattr(one, told) == getattr(other, told), (key, told)
    assert graph.asset_check_keys == EMBEDDED.asset_check_keys
    for check in EMBEDDED.asset_check_keys:
        assert graph.get(check).blocking == EMBEDDED.get(check).blocking


def test_each_op_waits_in_its_queue_and_one_sender_is_paid(sharded: dg.Definitions) -> None:
    job = sharded.resolve_job_def("daily")
    assert {node.name for node in job.nodes} > NAMES
    for name in NAMES:
        ops = {node.name: node.definition for node in job.get_node_named(name).definition.nodes}
        queues = {op: queue_of(definition.tags) for op, definition in ops.items()}
        last = PAID if name == "transcriptions" else TABLES
        assert queues == {f"cut_{name}": TABLES, f"{name}_shard": SOUND, f"register_{name}": last}
        pools = {op: definition.pool for op, definition in ops.items() if definition.pool}
        assert pools == ({f"register_{name}": "dashscope"} if name == "transcriptions" else {})
        assert all(definition.retry_policy is None for definition in ops.values())


def test_pools_of_one_machines_files_are_not_asked_for_where_days_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = ("warehouse", "sound", "dashscope")
    assert [declarations.pool_of(pool) for pool in pools] == [*pools]
    monkeypatch.setattr(declarations, "IS_SHARED", True)
    assert [declarations.pool_of(pool) for pool in pools] == [None, None, "dashscope"]

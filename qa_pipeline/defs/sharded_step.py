"""Steps that are cut into shards of a day: the same assets and checks as on one machine, made by a graph of ops.

One op cuts, one is run for each shard on whatever machine is free, one brings together what came of them. They hand
nothing to each other but that they are done, and the names of the shards: whatever else a later one wants to know lies
where all machines can read it, and a step that is run again, elsewhere or after a failure, finds what is done.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import dagster as dg

from qa_pipeline.defs.declarations import OWNERS, Asset, check_spec, pool_of, warn
from qa_pipeline.defs.partitions import DAILY, StepContext
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.warehouse.memory import with_enough_memory
from qa_pipeline.workers.queues import QUEUE_TAG, SOUND, TABLES

Resources: TypeAlias = tuple[SettingsResource, WarehouseResource, OperationsResource]
Cut: TypeAlias = Callable[[StepContext, Resources], Iterable[str]]
"""Gives the names of the shards that are to be done."""

Shard: TypeAlias = Callable[[StepContext, Resources, str], None]
Register: TypeAlias = Callable[[StepContext, Resources], Iterable[dg.MaterializeResult[Any]]]

SHARDS = "shards"


def sharded_step(
    *assets: Asset,
    name: str,
    cut: Cut,
    shard: Shard,
    register: Register,
    can_subset: bool = False,
    register_pool: str | None = None,
    register_queue: str = TABLES,
) -> dg.AssetsDefinition:
    """Fills `assets` by `register`, once `shard` was done for each shard that `cut` names.

    With `can_subset` a run may ask for some of the assets: `register` looks at `selected`.
    """
    own = {asset.key for asset in assets}
    deps = list(dict.fromkeys(dep for asset in assets for dep in asset.deps if dep not in own))
    outputs = {asset.key: asset for asset in assets}
    specs = [check_spec(asset, check) for asset in assets for check in asset.checks]
    checks = [spec.get_python_identifier() for spec in specs]
    cut, register = with_enough_memory(cut, warn), with_enough_memory(register, warn)

    @dg.op(
        name=f"cut_{name}",
        ins={dep: dg.In(dg.Nothing) for dep in deps},
        out=dg.DynamicOut(dg.Nothing),
        tags={QUEUE_TAG: TABLES},
    )
    def cut_op(
        context: dg.OpExecutionContext,
        settings: SettingsResource,
        warehouse: WarehouseResource,
        operations: OperationsResource,
    ) -> Iterator[dg.DynamicOutput[None]]:
        for shard_name in cut(context, (settings, warehouse, operations)):
            yield dg.DynamicOutput(None, mapping_key=shard_name)

    @dg.op(
        name=f"{name}_shard",
        ins={"cut": dg.In(dg.Nothing)},
        out=dg.Out(dg.Nothing),
        tags={QUEUE_TAG: SOUND},
    )
    def shard_op(
        context: dg.OpExecutionContext,
        settings: SettingsResource,
        warehouse: WarehouseResource,
        operations: OperationsResource,
    ) -> None:
        shard(context, (settings, warehouse, operations), context.get_mapping_key() or "")

    @dg.op(
        name=f"register_{name}",
        ins={SHARDS: dg.In(dg.Nothing)},
        out={output: dg.Out(dg.Nothing, is_required=not can_subset) for output in (*outputs, *checks)},
        tags={QUEUE_TAG: register_queue},
        pool=register_pool and pool_of(register_pool),
    )
    def register_op(
        context: dg.OpExecutionContext,
        settings: SettingsResource,
        warehouse: WarehouseResource,
        operations: OperationsResource,
    ) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        for result in register(context, (settings, warehouse, operations)):
            key = result.asset_key or dg.AssetKey(assets[0].key)
            yield dg.Output(
                None, output_name=dg.AssetKey.from_coercible(key).to_user_string(), metadata=result.metadata
            )
            for check in result.check_results or ():
                yield check._replace(asset_key=check.asset_key or key)

    @dg.graph(
        name=name, ins={dep: dg.GraphIn() for dep in deps}, out={out: dg.GraphOut() for out in (*outputs, *checks)}
    )
    def step_graph(**upstream: None) -> dict[str, object]:
        found = register_op(**{SHARDS: cut_op(**upstream).map(shard_op).collect()})
        return dict(zip((*outputs, *checks), found if len(outputs) + len(checks) > 1 else (found,), strict=True))

    return dg.AssetsDefinition.from_graph(
        step_graph,
        keys_by_input_name={dep: dg.AssetKey(dep) for dep in deps},
        keys_by_output_name={key: dg.AssetKey(key) for key in outputs},
        internal_asset_deps={key: {dg.AssetKey(dep) for dep in asset.deps} for key, asset in outputs.items()},
        partitions_def=DAILY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=can_subset,
        group_name=assets[0].group,
        descriptions_by_output_name={key: asset.description for key, asset in outputs.items()},
        owners_by_output_name=dict.fromkeys(outputs, OWNERS),
        tags_by_output_name={
            key: {f"dagster/kind/{kind}": "" for kind in asset.kinds} for key, asset in outputs.items()
        },
        check_specs=specs,
    )

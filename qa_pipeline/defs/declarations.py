"""How assets are declared: what all of them share is said here once, each module says what is its own."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import dagster as dg

from qa_pipeline.defs.partitions import DAILY, StepContext
from qa_pipeline.settings import load_pipeline_settings
from qa_pipeline.warehouse.memory import with_enough_memory
from qa_pipeline.workers.queues import QUEUE_TAG, TABLES

OWNERS = ["team:data-platform"]

WAREHOUSE_POOL = "warehouse"
DASHSCOPE_POOL = "dashscope"
SOUND_POOL = "sound"
"""Not the warehouse's pool: listening takes all cores for a while, and the tables only for moments."""

IS_SHARED = load_pipeline_settings().uses_lake
"""Whether machines share days. Each day has a lock of its own then, so the pools of one machine's files are not
asked for; that of the service is."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check that runs in its asset's own step, over the days of the run.

    `blocking` stops what follows, where the data would be wrong. The failing rows are those of `query`, by default of
    `sql/checks/<name>.sql`.
    """

    name: str
    description: str
    blocking: bool = True
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """What is an asset's own. `key` is also the name of its table, where it has one."""

    key: str
    description: str
    group: str
    deps: Sequence[str] = ()
    kinds: AbstractSet[str] = frozenset({"duckdb"})
    checks: Sequence[Check] = ()


def step(
    *assets: Asset,
    name: str | None = None,
    pool: str | None = WAREHOUSE_POOL,
    can_subset: bool = False,
    queue: str = TABLES,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Decorates the function that fills `assets` in one step for all days of a run.

    With `can_subset` a run may ask for some of them: the function looks at `selected`.
    """
    declare = dg.multi_asset(
        name=name,
        specs=[
            dg.AssetSpec(
                asset.key,
                deps=asset.deps,
                description=asset.description,
                group_name=asset.group,
                owners=OWNERS,
                kinds=set(asset.kinds),
            )
            for asset in assets
        ],
        check_specs=[check_spec(asset, check) for asset in assets for check in asset.checks],
        partitions_def=DAILY,
        pool=pool_of(pool) if pool is not None else None,
        op_tags={QUEUE_TAG: queue},
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=can_subset,
    )
    return lambda function: declare(with_enough_memory(function, warn))


def warn(context: StepContext, message: str) -> None:
    """Says something in the log of a run."""
    context.log.warning(message)


def check_spec(asset: Asset, check: Check) -> dg.AssetCheckSpec:
    """What Dagster is told of a check."""
    return dg.AssetCheckSpec(check.name, asset=asset.key, description=check.description, blocking=check.blocking)


def pool_of(pool: str) -> str | None:
    """The pool as it is to be asked for."""
    return None if IS_SHARED and pool != DASHSCOPE_POOL else pool


def selected(context: StepContext, assets: Sequence[Asset]) -> list[Asset]:
    """Those of the step's assets that the run is for, in their order."""
    return [asset for asset in assets if dg.AssetKey(asset.key) in context.selected_asset_keys]

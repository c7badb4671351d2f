"""The steps of a day from landing zone to metrics, materialized by themselves: what a run does, at less cost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from unittest import mock

import dagster as dg

from qa_pipeline.defs.assets.acoustics import acoustics
from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.conversations import conversation_tables
from qa_pipeline.defs.assets.transcriptions import transcriptions
from qa_pipeline.defs.assets.transcripts import transcripts_and_sentences
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.warehouse.database import Warehouse
from tests.pipeline.harness import COMPARED, Pipeline

STEPS = (calls, acoustics, transcriptions, transcripts_and_sentences, conversation_tables)


def run_steps(pipeline: Pipeline, day: str, *, only: Sequence[dg.AssetsDefinition] = STEPS) -> None:
    """Materializes all but the daily marts and the snapshot, or only some steps; one that fails raises."""
    resources = {
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(),
        "operations": OperationsResource(),
    }
    with mock.patch.dict(os.environ, pipeline.environment, clear=True):
        dg.materialize(list(only), partition_key=day, resources=resources)


def rows(pipeline: Pipeline, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Rows of the working database."""
    with Warehouse(pipeline.home / "warehouse.duckdb").transaction() as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def working_tables(pipeline: Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    """What `Pipeline.tables` has of the published snapshot, of the working database."""
    return {table: rows(pipeline, f"select {columns} from {table} order by all") for table, columns in COMPARED.items()}

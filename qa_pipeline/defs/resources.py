"""What assets are given: the settings, the warehouse and the operations database, by name.

Dagster makes resources anew for each run, so what they keep is that of the moment when the run starts.
"""

from functools import cached_property

import dagster as dg

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.service.raw_documents import raw_store
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.held import Say


class SettingsResource(dg.ConfigurableResource):
    """The settings in force when the run starts."""

    @cached_property
    def _settings(self) -> Settings:
        return load_pipeline_settings()

    def load(self) -> Settings:
        """Environment and qa.toml, read once per run."""
        return self._settings


class WarehouseResource(dg.ConfigurableResource):
    """The working DuckDB file (own resource: dagster-duckdb keeps files open for writing)."""

    @cached_property
    def _settings(self) -> Settings:
        return load_pipeline_settings()

    def open(self, context: dg.AssetExecutionContext) -> Warehouse:
        """The warehouse of the settings in force; when it is not free, the run says so."""
        return Warehouse(self._settings.warehouse_path, say=waits_of(context))


def waits_of(context: dg.AssetExecutionContext) -> Say:
    """Puts what a step waits for on Dagster's page, and before whoever listens to the run's events."""

    def say(message: str) -> None:
        context.instance.report_engine_event(message, context.run, step_key=context.op.name)

    return say


class OperationsResource(dg.ConfigurableResource):
    """The ledger and the raw JSON beside it."""

    @cached_property
    def _settings(self) -> Settings:
        return load_pipeline_settings()

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(open_operations(self._settings.operations_database_url))

    def ledger(self) -> Ledger:
        """The ledger of the settings in force, opened once per run."""
        return self._ledger

    def raw_store(self) -> RawStore:
        """Where the service's JSON is kept."""
        return raw_store(self._settings)

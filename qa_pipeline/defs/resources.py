"""What assets are given: the settings, the warehouse and the operations database, by name.

Dagster makes resources anew for each run, so what they keep is that of the moment when the run starts.
"""

from functools import cached_property

import dagster as dg
from sqlalchemy import Engine

from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.service.raw_documents import raw_store
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.opening import open_days
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

    @cached_property
    def _engine(self) -> Engine:
        return open_operations(self._settings.operations_database_url)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Closes what was opened: a worker lives longer than a step."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    def open(self, context: StepContext, *, undated: bool = False) -> Warehouse:
        """The warehouse of the settings in force; when it is not free, the run says so. Where machines share days, that
        of the run's days, and with `undated` of recordings without one."""
        if self._settings.uses_lake:
            return self.open_days(context, undated=undated)
        return Warehouse(self._settings.warehouse_path, say=waits_of(context))

    def open_days(self, context: StepContext, *, undated: bool = False) -> DayWarehouse:
        """The warehouse of the run's days, where machines share days."""
        days = [*days_of(context), *([None] if undated else [])]
        return open_days(self._settings, self._engine, days, say=waits_of(context))


def waits_of(context: StepContext) -> Say:
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

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Closes what was opened: a worker lives longer than a step."""
        if "_ledger" in self.__dict__:
            self._ledger.engine.dispose()

    def ledger(self) -> Ledger:
        """The ledger of the settings in force, opened once per run."""
        return self._ledger

    def raw_store(self) -> RawStore:
        """Where the service's JSON is kept."""
        return raw_store(self._settings)

"""What assets are given: the settings, the warehouse and the operations database, by name."""

import dagster as dg

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.warehouse.database import Warehouse


class SettingsResource(dg.ConfigurableResource):
    """The settings in force when the run starts."""

    def load(self) -> Settings:
        """Reads environment and qa.toml."""
        return load_settings()


class WarehouseResource(dg.ConfigurableResource):
    """The working DuckDB file (own resource: dagster-duckdb keeps files open for writing)."""

    def open(self) -> Warehouse:
        """The warehouse of the settings in force."""
        return Warehouse(load_settings().warehouse_path)


class OperationsResource(dg.ConfigurableResource):
    """The ledger and the raw JSON beside it."""

    def ledger(self) -> Ledger:
        """The ledger of the settings in force."""
        return Ledger(open_operations(load_settings().operations_database_url))

    def raw_store(self) -> RawStore:
        """Where the service's JSON is kept."""
        return RawStore(load_settings().raw_dir)

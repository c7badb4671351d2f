"""Dagster's tables in PostgreSQL, as all machines share them; `instance.py` writes its name into dagster.yaml.

dagster-postgres opens a connection for each statement and gives up after some seconds without the server. Here
connections are kept, and wait for a server that restarts. The address, with its password, stays in the settings of each
machine: it is neither written into dagster.yaml nor sent anywhere.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

import dagster as dg
from dagster._config.config_schema import UserConfigSchema
from dagster._core.events.log import EventLogEntry
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage import PostgresScheduleStorage
from dagster_postgres.storage import DagsterPostgresStorage
from sqlalchemy import Engine

from qa_pipeline.runs.storage import leased
from qa_pipeline.settings import load_settings
from qa_pipeline.workers.patient_connection import make_patient
from qa_pipeline.workers.run_leases import RunLeases
from qa_pipeline.workers.step_table import StepTable
from qa_pipeline.workers.tables import dagster_url, kept_engine, make_tables, open_tables


class SharedStorage(DagsterPostgresStorage):
    """Runs, events, schedules and sensors in the schema `dagster` of the database that the settings name."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super(DagsterPostgresStorage, self).__init__()  # type: ignore[no-untyped-call]  # its own would open storages
        self._inst_data = inst_data
        settings = load_settings()
        address = dagster_url(settings)
        url, engine = address.render_as_string(hide_password=False), open_tables(settings)
        stores = make_tables(
            engine, lambda: (PostgresRunStorage(url), SharedEvents(url, engine), PostgresScheduleStorage(url))
        )
        self.postgres_url, self.should_autocreate_tables = url, True
        self._run_storage, self._event_log_storage, self._schedule_storage = stores
        statements = make_patient(kept_engine(address, isolation_level="AUTOCOMMIT"))
        for store in stores:
            store._engine = statements  # noqa: SLF001 - it is given an address only

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """It is configured by the settings alone."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster as dagster.yaml names it."""
        return cls(inst_data=inst_data, **config_value)


class SharedEvents(PostgresEventLogStorage):
    """The events of all runs, and beside them the steps and leases.

    `before_event` is called before each is stored, in a process that takes steps.
    """

    def __init__(self, postgres_url: str, engine: Engine) -> None:
        self.engine = engine
        self.steps, self.leases = StepTable(engine), RunLeases(engine)
        self.before_event: Callable[[], None] | None = None
        super().__init__(postgres_url)

    def store_event(self, event: EventLogEntry) -> None:
        """Stores an event; a run's first and last ones take and release its lease, in the process that runs it."""
        if self.before_event is not None:
            self.before_event()
        with leased(self.leases, self._instance, event):
            super().store_event(event)

    def dispose(self) -> None:
        """Gives up the leases of runs that ended without an event."""
        self.leases.release_all()
        super().dispose()


def shared_events(instance: dg.DagsterInstance) -> SharedEvents:
    """The events of an instance whose steps are taken by workers."""
    events = instance.event_log_storage
    assert isinstance(events, SharedEvents), "instance.py names this storage"
    return events

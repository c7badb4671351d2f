"""Connections of Dagster's storages that outlast a restart of the server in the middle of a statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction

from qa_pipeline.workers.tables import again


class PatientConnection(Connection):
    """A connection whose statements, each a transaction of its own, are sent again where the server went away.

    A statement may have been done although its answer was lost: what it writes is then there twice, which whoever reads
    events has to expect. Within a transaction that was begun nothing is sent again.
    """

    _begun: RootTransaction | None = None

    def begin(self) -> RootTransaction:
        """As of any connection."""
        self._begun = super().begin()
        return self._begun

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """As of any connection."""
        if self._begun is not None and self.get_transaction() is self._begun:
            return super().execute(*arguments, **options)
        return again(lambda: self._execute(*arguments, **options))

    def _execute(self, *arguments: Any, **options: Any) -> Any:
        if self.invalidated:
            self.rollback()  # of nothing: it lets the connection be made anew
        return super().execute(*arguments, **options)


def make_patient(engine: Engine) -> Engine:
    """Has an engine, whose statements are each a transaction of its own, give out such connections."""
    engine._connection_cls = PatientConnection  # noqa: SLF001 - SQLAlchemy names no other way
    return engine

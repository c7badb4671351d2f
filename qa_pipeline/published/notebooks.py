"""A published snapshot for notebooks and scripts: `qa_pipeline.open_snapshot()`, questions in, pandas frames out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb

from qa_pipeline.errors import WrongUse
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.shipped_queries import BadParameter, BadQueryFile, find_query, list_queries
from qa_pipeline.published.snapshot import (
    Snapshot,
    SnapshotFile,
    UnreadableSnapshot,
    one_line,
    open_file,
    open_newest,
)
from qa_pipeline.published.typed_sql import NotAnswered, typed_select
from qa_pipeline.settings import load_settings

if TYPE_CHECKING:
    import pandas as pd

SNAPSHOT_LINK = "qa.duckdb"


class WrongQuestion(WrongUse):
    """A query, a question's name or one of its values is wrong; the message says what, and the snapshot stays open."""


class AnalysisSnapshot:
    """An open snapshot, only read: it answers one select at a time, reaches no other file and no network, and what is
    published later changes it not.

    To be closed, or used as a context manager. `path` is the file's real path; None where it is a version of a lake.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.path = snapshot.path if isinstance(snapshot, SnapshotFile) else None
        self._identity = snapshot.identity
        self._snapshot: Snapshot | None = snapshot

    def frame(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The answer to one select as a pandas frame. `values` are those of the `$names` in it.

        Raises:
            WrongQuestion: the query is wrong, would change something, or reaches for another file.
        """
        opened = self._opened()
        try:
            with opened.database.cursor() as cursor:
                asked = typed_select(opened, cursor, sql)
        except NotAnswered as error:
            raise WrongQuestion(str(error)) from error
        except duckdb.Error as error:
            raise WrongQuestion(one_line(error)) from error
        try:
            return opened.frame(asked.text, values)
        except UnreadableSnapshot as error:
            if isinstance(error.__cause__, duckdb.Error) and not isinstance(error.__cause__, duckdb.OperationalError):
                raise WrongQuestion(one_line(error.__cause__)) from error
            raise

    def ask(self, question: str, **values: object) -> pd.DataFrame:
        """The answer to a question that is shipped with the product; values over its defaults, dates as dates or text.

        Raises:
            WrongQuestion: there is no such question, or it takes no such value; the message names those it takes.
        """
        try:
            query = find_query(question)
            given = {name: "null" if value is None else str(value) for name, value in values.items()}
            return self.frame(query.sql, query.bind(given))
        except (BadQueryFile, BadParameter) as error:
            raise WrongQuestion(str(error)) from error

    def questions(self) -> dict[str, str]:
        """The names of the questions that `ask` takes, each with what it answers."""
        return {query.name: query.question for query in list_queries()}

    def tables(self) -> list[str]:
        """The names of the tables and views, in the order of the alphabet; docs/tables.md says what is in them."""
        return sorted(self._opened().tables())

    def close(self) -> None:
        """Lets go of the file. Frames stay."""
        if self._snapshot is not None:
            self._snapshot.close()
            self._snapshot = None

    def __enter__(self) -> Self:
        self._opened()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<snapshot {self._identity}{'' if self._snapshot else ', closed'}>"

    def _opened(self) -> Snapshot:
        if self._snapshot is None:
            raise WrongQuestion(f"the snapshot {self._identity} is closed; open it again with open_snapshot()")
        return self._snapshot


def open_snapshot(path: str | Path | None = None) -> AnalysisSnapshot:
    """Opens the newest snapshot of the QA_HOME in force, or that of `path`: a snapshot's file, or a QA_HOME.

    Times come in the time zone of the settings.

    Raises:
        NothingPublished: there is no snapshot there yet.
        UnreadableSnapshot: there is one, and it cannot be opened.
        SettingsError: qa.toml or the environment is wrong.
    """
    settings = load_settings()
    if path is None:
        return AnalysisSnapshot(open_published(settings, alone=True))
    given = Path(path).expanduser()
    link = given / SNAPSHOT_LINK if given.is_dir() else given
    if link.is_symlink() or not link.exists():
        return AnalysisSnapshot(open_newest(link, settings.timezone))
    return AnalysisSnapshot(open_file(link.resolve(), settings.timezone))

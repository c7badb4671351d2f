"""Reads and writes of saved views. Every change is one statement on one row, so two browsers at once lose nothing."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, and_, delete, insert, or_, select, update

from qa_pipeline.ledger.tables import open_operations, saved_views

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class SavedView:
    """A choice of calls under a name. `query` has the URL parameters of the list and their values."""

    view_id: str
    name: str
    owner: str
    is_shared: bool
    query: dict[str, list[str]]


class SavedViews:
    """The views of everybody; `user` is who asks. What belongs to somebody else is never changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen_by(self, user: str) -> list[SavedView]:
        """A person's own views and those that others share, by name."""
        chosen = or_(saved_views.c.owner == user, saved_views.c.is_shared)
        with self._engine.connect() as connection:
            rows = connection.execute(select(saved_views).where(chosen)).mappings().all()
        found = [
            SavedView(row["view_id"], row["name"], row["owner"], bool(row["is_shared"]), _parameters(row["query"]))
            for row in rows
        ]
        return sorted(found, key=lambda view: (view.name.casefold(), view.owner, view.view_id))

    def keep(self, user: str, name: str, query: Mapping[str, Sequence[str]], *, is_shared: bool) -> str:
        """Keeps a view and returns its id. A name may be there already: both are kept.

        Raises:
            ValueError: the name is empty.
        """
        view_id = uuid.uuid4().hex
        row = {
            "view_id": view_id,
            "name": _named(name),
            "owner": user,
            "is_shared": is_shared,
            "query": {parameter: list(values) for parameter, values in query.items()},
            "created_at": time.time(),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(saved_views).values(row))
        return view_id

    def rename(self, user: str, view_id: str, name: str) -> None:
        """Gives the person's own view another name.

        Raises:
            ValueError: the name is empty.
        """
        self._change(user, view_id, name=_named(name))

    def share(self, user: str, view_id: str, *, is_shared: bool) -> None:
        """Shares the person's own view with everybody, or makes it private."""
        self._change(user, view_id, is_shared=is_shared)

    def remove(self, user: str, view_id: str) -> None:
        """Removes the person's own view."""
        with self._engine.begin() as connection:
            connection.execute(delete(saved_views).where(_is_own(user, view_id)))

    def _change(self, user: str, view_id: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(saved_views).where(_is_own(user, view_id)).values(values))


def open_views(operations_url: str) -> SavedViews:
    """The views in the operations database, which is made where it is missing."""
    return SavedViews(open_operations(operations_url))


def _is_own(user: str, view_id: str) -> ColumnElement[bool]:
    return and_(saved_views.c.view_id == view_id, saved_views.c.owner == user)


def _parameters(query: object) -> dict[str, list[str]]:
    """The parameters that were kept, a value or several of each; what is none, whoever wrote it, is left out."""
    given = query.items() if isinstance(query, dict) else ()
    values = {name: value if isinstance(value, list) else [value] for name, value in given}
    return {name: [value for value in own if isinstance(value, str)] for name, own in values.items()}


def _named(name: str) -> str:
    one_line = " ".join(name.split())[:LONGEST_NAME]
    if not one_line:
        raise ValueError("a view needs a name")
    return one_line

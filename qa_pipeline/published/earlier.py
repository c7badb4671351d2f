"""What a snapshot of an earlier version lacks, stood in for by nulls, so that today's questions can be asked of it.

Stand-ins are temporary views of a connection: the file stays as it was published. The daily marts have none, since
pages say of these that the next run publishes them.
"""

from __future__ import annotations

import functools

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import EVALUATION_VIEWS, MARTS, VIEWS
from qa_pipeline.warehouse.database import empty_database, has_todays_schema
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES

_ADDED = (
    "agents", "outcomes", "sampling_draws", "call_voices", "agent_metrics", "call_metrics", "acoustics", "search_texts",
    "rule_outcomes", "rule_hits", "redactions", *EVALUATION_TABLES, "scorecard_questions", "evaluations_read",
)  # fmt: skip
"""Tables that an earlier version had no rows for."""

VIEWS_OVER_OTHERS = ("call_agents", "agent_calls", "repeat_calls", "evaluations_current", *EVALUATION_VIEWS)
"""Views over the tables above, and over those of them that stand before; text of the schema makes them, also where the
snapshot has one with fewer columns."""


def stand_ins(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Statements that make the views, in their order; none for a snapshot that lacks nothing.

    Raises:
        duckdb.Error: the file is not readable as a database.
    """
    if has_todays_schema(connection):
        return ()
    held = _columns(connection)
    if "calls" not in held:  # not a snapshot of this product; what is asked of it says so
        return ()
    wanted, texts, macros = _today()
    [(database,)] = connection.execute("select current_database()").fetchall()
    views: list[str] = []
    for table, columns in wanted.items():
        lacking = {name: kind for name, kind in columns.items() if name not in held.get(table, {})}
        nulls = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in lacking.items())
        if table in held and table not in MARTS and lacking:
            views.append(f'create temp view {table} as select *, {nulls} from "{database}".main.{table}')
        elif table in _ADDED and table not in held:
            views.append(f"create temp view {table} as select {nulls} where false")
    if "emotion_steps" not in held and "sentences" in held:
        views += _macros(connection, "schema/028_emotion_steps.sql")
        views.append("create temp view emotion_steps as from steps_of_emotions()")
    if "call_channels" not in held:
        views.append(f"create temp view call_channels as {read_sql('reads/stand_in_for_call_channels.sql')}")
    views += macros  # these show the views above only if they are made after them
    views += [str(texts[view]).replace("CREATE VIEW", "create temp view", 1) for view in VIEWS_OVER_OTHERS]
    return tuple(views)


_MACROS = ("schema/013_intervals.sql", "schema/024_outcomes.sql")
"""Files of the schema with macros that views, or questions of pages, use."""


@functools.cache
def _today() -> tuple[dict[str, dict[str, str]], dict[str, str], tuple[str, ...]]:
    """The columns of today's tables, the texts of its views, and statements that make the macros which these use.
    Making a database to read them from takes a page a third of a second."""
    with empty_database() as today:
        texts = dict(today.execute("select view_name, sql from duckdb_views()").fetchall())
        macros = [each for file in _MACROS for each in _macros(today, file)]
        return _columns(today), texts, tuple(macros)


def _macros(today: duckdb.DuckDBPyConnection, file: str) -> tuple[str, ...]:
    """Statements that make the macros of a file for a connection alone."""
    made = [each.query for each in today.extract_statements(read_sql(file))]
    return tuple(each.replace("replace macro", "replace temp macro", 1) for each in made if "replace macro" in each)


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Table → column → type, of what is published, tables or views over parts; not of views that show other tables."""
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and not internal order by table_name, column_index"
    ).fetchall()
    for table, column, kind in rows:
        if table not in (*VIEWS_OVER_OTHERS, *VIEWS):
            found.setdefault(table, {})[column] = kind
    return found

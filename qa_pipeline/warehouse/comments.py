"""What a published database says of its tables, views and columns, for `describe`, SQL clients and BI tools.

Comments on columns that show metrics are made of the one table of metrics; all others are in sql/comments.
"""

from __future__ import annotations

import duckdb

from qa_pipeline.conversation.catalogue import CATALOGUE, COLUMN_COMMENTS
from qa_pipeline.statements.files import comment_files
from qa_pipeline.warehouse.daily import WIDE_VIEWS

_FIGURES = {
    "n": "calls that have {metric}",
    "mean": "mean of {metric} over them{unit}",
    "sd": "standard deviation of {metric} over them; null below 2",
    "ci_low": "lower end of the 95% interval of {metric}_mean; null below 2",
    "ci_high": "upper end of the 95% interval of {metric}_mean; null below 2",
}
"""Ending of a column of `WIDE_VIEWS` → what it shows of the metric before it."""


def apply_comments(connection: duckdb.DuckDBPyConnection) -> None:
    """Comments on every table, view and column of the schema, which must be applied.

    In a snapshot most of the tables are views.
    """
    views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
    text = "".join(file.read_text(encoding="utf-8") for file in comment_files())
    for (view,) in views:
        text = text.replace(f"comment on table {view} ", f"comment on view {view} ")
    comments = metric_comments()
    columns = "select table_name, column_name from duckdb_columns() where database_name = current_database()"
    for table, column in connection.execute(columns).fetchall():
        if (table, column) in comments:
            said = comments[table, column].replace("'", "''")
            text += f"comment on column {table}.{column} is '{said}';\n"
    connection.execute(text)


def metric_comments() -> dict[tuple[str, str], str]:
    """(table or view, column) → comment, also for metrics that a view does not show."""
    found = {
        (table, column): comment
        for table in ("call_metrics", "agent_metrics", "agent_calls")
        for column, comment in COLUMN_COMMENTS.items()
    }
    for metric, entry in CATALOGUE.items():
        unit = f", {entry.unit}" if entry.unit not in ("", "count") else ""
        for ending, text in _FIGURES.items():
            comment = text.format(metric=metric, unit=unit)
            found |= {(view, f"{metric}_{ending}"): comment for view in WIDE_VIEWS}
    return found

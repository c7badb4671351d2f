"""What every asset that fills a table shares: its decorations, its row counts, its column schema, its checks."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import VIEWS
from qa_pipeline.warehouse.database import Warehouse

OWNERS = ["team:data-platform"]
WAREHOUSE_POOL = "warehouse"
DASHSCOPE_POOL = "dashscope"
SINGLE_RUN = dg.BackfillPolicy.single_run()


def check_spec(asset: str, name: str, description: str, *, blocking: bool) -> dg.AssetCheckSpec:
    """A check that runs in its asset's own step, over the days of the run."""
    return dg.AssetCheckSpec(name, asset=asset, description=description, blocking=blocking)


def run_check(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[Any],
    *,
    asset: str,
    name: str,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    query: str | None = None,
) -> dg.AssetCheckResult:
    """Runs `query` (by default `sql/checks/<name>.sql`), whose rows are the failures; the first few are shown."""
    result = connection.execute(query or read_sql(f"checks/{name}.sql"), {"days": list(days)})
    columns = [column[0] for column in result.description or ()]
    failing = result.fetchall()
    shown = [dict(zip(columns, map(str, row), strict=True)) for row in failing[:20]]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not failing,
        severity=severity,
        metadata={"failing_rows": len(failing), "first_failing_rows": dg.MetadataValue.json(shown)},
    )


def table_metadata(connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[Any]) -> dict[str, Any]:
    """Row count of the run's days, of the whole table, and the column schema."""
    in_days = f"select count(*) from {table} where list_contains(cast(? as date[]), call_date)"
    metadata = {
        "dagster/partition_row_count": _number(connection, in_days, [list(days)]),
        "dagster/column_schema": column_schema(connection, table),
        "dagster/table_name": table,
    }
    if table not in VIEWS:  # whose rows would have to be computed for every day there is
        metadata["dagster/row_count"] = _number(connection, f"select count(*) from {table}", [])
    return metadata


def column_schema(connection: duckdb.DuckDBPyConnection, table: str) -> dg.TableSchema:
    """The table's columns as Dagster shows them."""
    rows = connection.execute(f"describe {table}").fetchall()
    return dg.TableSchema(columns=[dg.TableColumn(name=row[0], type=row[1].lower()) for row in rows])


def refill_from_mart(warehouse: Warehouse, table: str, days: Sequence[Any]) -> dict[str, Any]:
    """Replaces the days' rows of `table` by what `sql/marts/<table>.sql` selects; returns the metadata."""
    with warehouse.transaction() as connection:
        connection.execute(
            f"delete from {table} where list_contains(cast($days as date[]), call_date) or call_id in "
            "(select call_id from calls where list_contains(cast($days as date[]), call_date))",
            {"days": list(days)},
        )
        connection.execute(f"insert into {table} by name {read_sql(f'marts/{table}.sql')}", {"days": list(days)})
        return table_metadata(connection, table, days)


def _number(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> int:
    row = connection.execute(query, parameters).fetchone()
    return int(row[0]) if row else 0

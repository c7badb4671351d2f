"""What is told to Dagster of a table that an asset has filled: row counts, columns, and what its checks found."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb

from qa_pipeline.defs.declarations import Asset
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import VIEWS
from qa_pipeline.warehouse.memory import give_back_in_step


def table_result(
    connection: duckdb.DuckDBPyConnection,
    asset: Asset,
    days: Sequence[Any],
    metadata: Mapping[str, Any] | None = None,
    found: Mapping[str, dg.AssetCheckResult] | None = None,
) -> dg.MaterializeResult:
    """The result of an asset whose rows of `days` are in place: all of its checks are carried out.

    `found` are the results, by name, of checks that are no query of the days alone.
    """
    known = found or {}
    return dg.MaterializeResult(
        asset_key=asset.key,
        metadata={**table_metadata(connection, asset.key, days), **(metadata or {})},
        check_results=[
            known.get(check.name)
            or run_check(connection, days, asset=asset.key, name=check.name, severity=check.severity, query=check.query)
            for check in asset.checks
        ],
    )


def run_check(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[Any],
    *,
    asset: str,
    name: str,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    query: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> dg.AssetCheckResult:
    """Runs `query` (by default `sql/checks/<name>.sql`), whose rows are the failures; the first few are shown.

    `values` are those of its `$names` besides `$days`.
    """
    give_back_in_step(connection)
    result = connection.execute(query or read_sql(f"checks/{name}.sql"), {"days": list(days), **(values or {})})
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
    in_days = f"select count(*) from {table} where in_days(call_date, ?)"
    columns = connection.execute(f"describe {table}").fetchall()
    metadata = {
        "dagster/partition_row_count": _number(connection, in_days, [list(days)]),
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name=column[0], type=column[1].lower()) for column in columns]
        ),
        "dagster/table_name": table,
    }
    if table not in VIEWS:  # whose rows would have to be computed for every day there is
        metadata["dagster/row_count"] = _number(connection, f"select count(*) from {table}", [])
    return metadata


def _number(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> int:
    row = connection.execute(query, parameters).fetchone()
    return int(row[0]) if row else 0

"""What was heard before anything was sent, in two lines: defects, and channels that were not paid for."""

from __future__ import annotations

from typing import Any

import duckdb

from qa_pipeline.terminal import out

_NOT_SENT = {"skip_silent": "silent", "skip_duplicate": "the same as the other channel"}


def print_sound(connection: duckdb.DuckDBPyConnection, where: str = "", *parameters: Any) -> None:
    """Prints what `acoustics` says of the rows that `where` chooses; nothing where nothing is wrong.

    A snapshot of an earlier version has no such table, and nothing to say.
    """
    if not connection.execute("select 1 from duckdb_tables() where table_name = 'acoustics'").fetchall():
        return
    defects = connection.execute(
        "select defect, count(distinct call_id) from "
        f"(select call_id, unnest(defects) as defect from acoustics {where}) "
        "group by defect order by count(distinct call_id) desc, defect",
        list(parameters),
    ).fetchall()
    if defects:
        out.print(f"Defects   {', '.join(f'{count} {name}' for name, count in defects)} (calls)")
    actions = dict(
        connection.execute(
            f"select action, count(*) from acoustics {where} group by action", list(parameters)
        ).fetchall()
    )
    left_out = [f"{actions[action]} {why}" for action, why in _NOT_SENT.items() if action in actions]
    if left_out:
        out.print(f"Not sent  {', '.join(left_out)} (channels; nothing is paid for them)")

"""Commands that answer at once don't import pandas; frames are there for whoever asks for one afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_BIND_THEN_ASK_FOR_A_FRAME = """
import datetime as dt, sys
import duckdb, pyarrow as pa
from qa_pipeline.commands.without_pandas import without_pandas

connection = duckdb.connect()
with without_pandas():
    values = {"day": dt.date(2025, 9, 1), "ids": ["a", None], "rate": 0.5}
    print(connection.execute("select $day, $ids, $rate", values).fetchall())
    print(connection.from_arrow(pa.table({"call_id": ["a"], "day": [dt.date(2025, 9, 1)]})).fetchall())
    print("pandas" in sys.modules)
print(connection.execute("select $day as day", {"day": dt.date(2025, 9, 1)}).df().shape)
"""


def test_values_are_bound_without_pandas_and_frames_come_after_all() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BIND_THEN_ASK_FOR_A_FRAME], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "[(datetime.date(2025, 9, 1), ['a', None], 0.5)]",
        "[('a', datetime.date(2025, 9, 1))]",
        "False",
        "(1, 1)",
    ]


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_commands_that_answer_at_once_import_no_pandas(command: str, snapshot: Path) -> None:
    code = f"import sys\nfrom qa_pipeline.cli import app\napp(['{command}'], standalone_mode=False)\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print('pandas' in sys.modules)"], capture_output=True, text=True, check=False
    )
    assert snapshot.resolve().name in done.stdout
    assert done.stdout.splitlines()[-1] == "False"

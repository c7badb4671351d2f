"""The dashboards' server, which writes down what pages ask: `python -m benchmarks.page_server LOG ...`.

What follows the log's name are the arguments of `streamlit run`. Each query is one pickled `Asked`.
"""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from qa_pipeline.published.snapshot import Snapshot


class Asked(NamedTuple):
    """One query of a page: when it was asked (seconds since 1970), its text, and the values of its `$names`."""

    at: float
    sql: str
    values: dict[str, Any]


def read_log(log: Path) -> list[Asked]:
    """What was asked so far, in order."""
    found: list[Asked] = []
    with log.open("rb") as file:
        while True:
            try:
                found.append(Asked(*pickle.load(file)))
            except (EOFError, pickle.UnpicklingError):
                return found


def record(log: Path) -> None:
    """From now on each query of this process is written down before it is asked."""
    lock = Lock()
    answer, frame = Snapshot._answer, Snapshot.frame  # noqa: SLF001

    def note(sql: str, values: Mapping[str, Any] | None) -> None:
        with lock, log.open("ab") as file:
            file.write(pickle.dumps((time.time(), sql, dict(values or {}))))

    def noted_answer(self: Snapshot, sql: str, values: Mapping[str, Any] | None) -> Any:
        note(sql, values)
        return answer(self, sql, values)

    def noted_frame(self: Snapshot, sql: str, values: Mapping[str, Any] | None = None) -> Any:
        note(sql, values)
        return frame(self, sql, values)

    Snapshot._answer = noted_answer  # type: ignore[method-assign]  # noqa: SLF001
    Snapshot.frame = noted_frame  # type: ignore[method-assign]


if __name__ == "__main__":
    from streamlit.web.cli import main

    record(Path(sys.argv[1]))
    sys.argv = ["streamlit", "run", *sys.argv[2:]]
    main()

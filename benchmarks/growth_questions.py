"""What questions of the pages cost on a snapshot, beside one whole file: `python -m benchmarks.growth_questions FILE`.

Settings are in the environment; the whole file is written to FILE. The pages are run without a browser, once, and what
they ask is written down; then each question is asked of both. The last line that is printed is a JSON object:
`questions` are processor seconds (snapshot, whole file) by name, the questions of each together, and `opened` those of
a page by name, opened first and again, with all that is done besides asking.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.page_server import Asked, read_log, record
from benchmarks.vocabulary import ranked_words
from qa_pipeline.published.snapshot import Snapshot, open_file, open_newest
from qa_pipeline.settings import load_settings
from qa_pipeline.warehouse.whole_file import write_whole_file

APP = Path(__file__).resolve().parents[1] / "dashboards" / "app.py"
ROUNDS = 7
"""Of each question, the cheapest of which counts."""

PAGE_WAIT_S = 120
MONTH = {"from": "2025-12-02", "to": "2026-01-01"}
YEAR = {"from": "2025-01-01", "to": "2026-01-01"}


Seconds = dict[str, tuple[float, float]]


def questions(whole: Path) -> dict[str, Seconds]:
    """Writes the whole file and measures both; see the module."""
    settings = load_settings()
    snapshot = settings.snapshot_path.resolve()
    write_whole_file(snapshot, whole, lambda _: None)
    with tempfile.TemporaryDirectory(prefix="qa-questions-") as folder:
        log = Path(folder, "asked")
        log.touch()
        record(log)
        asked, opened = {}, {}
        for name, page in _pages(settings.snapshot_path).items():
            asked[name], first_s = _asked(log, page)
            opened[name] = first_s, _asked(log, page)[1]
    with open_newest(settings.snapshot_path, "UTC") as one, open_file(whole, "UTC") as other:
        compared = {name: _compared((one, other), found) for name, found in asked.items() if found}
    return {"questions": compared, "opened": opened}


def _pages(link: Path) -> dict[str, Callable[[], object]]:
    with open_newest(link, "UTC") as snapshot:
        [(call,)] = snapshot.tuples("select max(call_id) from calls where status = 'ok'")
    words = ranked_words("en")
    searches = {
        "a common word": words[5],
        "a usual word": words[200],
        "a rare word": words[4000],
        "two words": f"{words[200]} {words[300]}",
        "a phrase": f'"{words[3]} {words[60]}"',
    }
    pages: dict[str, Callable[[], object]] = {
        "overview of a month": lambda: _open("overview", MONTH),
        "overview of a year": lambda: _open("overview", YEAR),
        "agents of a year": lambda: _open("agents", YEAR),
        "emotions of a year": lambda: _open("emotions", YEAR),
        "list of a year's calls": lambda: _open("calls", YEAR),
        "a call": lambda: _open("call", {"call": str(call)}),
    }
    for name, text in searches.items():
        pages[f"search of a year: {name}"] = lambda text=text: _open("calls", YEAR | {"q": text})  # type: ignore[misc]
    return pages


def _open(page: str, query: dict[str, str]) -> None:
    app = AppTest.from_file(str(APP), default_timeout=PAGE_WAIT_S)
    if page != "overview":
        app.switch_page(f"app_pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    if app.exception:
        raise RuntimeError(f"the page {page} failed: {app.exception[0].value}")


def _asked(log: Path, page: Callable[[], object]) -> tuple[list[Asked], float]:
    """What a page asks, and the processor seconds of its run."""
    before, began = len(read_log(log)), time.process_time()
    page()
    used_s = time.process_time() - began
    return read_log(log)[before:], used_s


def _compared(both: tuple[Snapshot, Snapshot], asked: Sequence[Asked]) -> tuple[float, float]:
    """Processor seconds of all questions, of the cheapest round of each, of either file."""
    used = [0.0, 0.0]
    for question in asked:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for place, snapshot in enumerate(both):
                times[place].append(_cpu_s(snapshot, question))
        used = [sum_s + min(own) for sum_s, own in zip(used, times, strict=True)]
    return used[0], used[1]


def _cpu_s(snapshot: Snapshot, question: Asked) -> float:
    began = time.process_time()
    with snapshot.cursor() as cursor:
        cursor.execute(question.sql, question.values or None).fetchall()
    return time.process_time() - began


def main() -> None:
    """See the module."""
    sys.stdout.write(f"{json.dumps(questions(Path(sys.argv[1])))}\n")


if __name__ == "__main__":
    main()

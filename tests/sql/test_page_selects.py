"""The dashboards' selects: each is asked by a page, and its header names what it takes and what it gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.warehouse.database import apply_schema
from tests import scenario

FILES = {path.stem: path for path in sorted((scenario.ROOT / "sql" / "pages").glob("*.sql"))}
ASKING = ("ask", "ask_about_call", "ask_frame")
DASHBOARDS = scenario.ROOT / "dashboards"


@pytest.fixture(scope="module")
def seeded() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection, scenario.CALLS[:2])
        yield connection


def asked(path: Path) -> Iterator[str]:
    """The questions in a file of the dashboards: what `ask` is given after the snapshot.

    Where that is a name, the questions are written elsewhere in the file.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ASKING and len(node.args) > 1:
            if isinstance(node.args[1], ast.Constant):
                yield str(node.args[1].value)
            else:
                texts = (each.value for each in ast.walk(tree) if isinstance(each, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and text in FILES)


def test_every_select_is_asked_and_every_question_has_a_select() -> None:
    assert {question for path in DASHBOARDS.rglob("*.py") for question in asked(path)} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_header_asks_and_names_what_is_taken_and_given(seeded: duckdb.DuckDBPyConnection, name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    assert text.partition("\n")[0].endswith("?")
    (statement,) = seeded.extract_statements(text)
    assert set(re.findall(r"^-- param (\w+) \S+ : ", text, re.MULTILINE)) == statement.named_parameters
    given = [column[0] for column in seeded.execute(text, dict.fromkeys(statement.named_parameters)).description]
    if name not in ("read_call_metrics", "read_metrics_of_calls"):  # their columns are those of call_metrics
        assert re.findall(r"^-- column (\w+) : ", text, re.MULTILINE) == given


@pytest.mark.parametrize("name", [name for name, path in FILES.items() if "valid_from" in path.read_text("utf-8")])
def test_no_call_is_held_against_every_line_of_the_list_of_people(seeded: duckdb.DuckDBPyConnection, name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    (statement,) = seeded.extract_statements(text)
    ((_, plan),) = seeded.execute(f"explain {text}", dict.fromkeys(statement.named_parameters)).fetchall()
    assert "NL_JOIN" not in plan

"""A mart is one select that can be read alone, so twins repeat each other: they must not drift apart."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.statements.files import read_sql


def body(file: str) -> list[str]:
    """The statement's lines, without the comments that say what it is for."""
    return [line for line in read_sql(file).splitlines() if not line.startswith("--")]


@pytest.mark.parametrize("ending", ["sql", "test.sql"])
def test_emotions_and_languages_are_counted_alike(ending: str) -> None:
    emotions, languages = (body(f"marts/{name}_daily.{ending}") for name in ("emotions", "languages"))
    assert [line.replace("emotion", "language") for line in emotions] == languages


def test_agents_and_queues_are_measured_alike() -> None:
    agents = [line for line in body("marts/agents_daily.sql") if "agent_name" not in line]
    queues = body("marts/queues_daily.sql")
    assert [re.sub(r"\bagent_id\b", "queue", line) for line in agents] == queues

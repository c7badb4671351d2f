"""Each example of the page of notebooks runs as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import scenario
from tests.docs.markdown import fences, page

EXAMPLES = [fence.body for fence in fences(page("docs/notebooks.md")) if "run" in fence.words]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks")
    scenario.publish_snapshot(folder)
    return folder


def test_there_are_three() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_it_prints_something_of_the_calls(
    example: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_HOME", str(home))
    exec(compile(example, "example", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) >= 2

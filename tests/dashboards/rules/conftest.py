from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests.dashboards.rules.judged import judged_home, project_with_rules


@pytest.fixture(scope="session")
def rules_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a project with the sample rules."""
    return project_with_rules(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def ruled_home(tmp_path_factory: pytest.TempPathFactory, rules_project: Path, recordings: Path) -> Path:
    """A QA_HOME with the scenario, judged by the sample rules."""
    return judged_home(tmp_path_factory.mktemp("ruled"), rules_project.parent / "rules", recordings)


@pytest.fixture(scope="module")
def ruled(ruled_home: Path) -> Iterator[Snapshot]:
    with open_newest(ruled_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


@pytest.fixture
def settings(rules_project: Path, point_settings: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with point_settings.context() as patch:
        patch.setenv("QA_CONFIG", str(rules_project))
        yield patch

"""Decisions have four parts and are listed; dependencies are explained; changelog and privacy page keep up."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from qa_pipeline import __version__
from qa_pipeline.settings import Settings
from tests.docs.markdown import ROOT, fences, links, page, sections, table

FOLDER = ROOT / "docs" / "adr"
DECISIONS = sorted(FOLDER.glob("0*.md"))
DEPENDENCIES = FOLDER / "dependencies.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_context_decision_consequences_and_what_was_rejected(path: Path) -> None:
    assert list(sections(path)) == ["Context", "Decision", "Consequences", "Rejected"]
    assert all(text.strip() for text in sections(path).values())


def test_decisions_are_numbered_without_gaps_and_all_are_listed_with_their_titles() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    listed = {link.target for link in links(FOLDER / "README.md")}
    assert listed == {path.name for path in FOLDER.glob("*.md")} - {"README.md"}
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in DECISIONS:
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {path.name[:4]}: ")
        assert f"({path.name}) | {title} |" in index


def names(requirements: list[str]) -> set[str]:
    """The packages of a list of requirements."""
    return {re.split(r"[\[<>=~! ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def test_every_declared_dependency_is_explained_and_no_other() -> None:
    to_run = table(DEPENDENCIES, "package", "MB", "licence", "for", "because")
    unused = table_or_nothing("Declared, not used")
    assert {row["package"] for row in to_run} | unused == names(PROJECT["project"]["dependencies"])
    extras = {(row["package"], row["extra"]) for row in table(DEPENDENCIES, "package", "extra", "licence", "for")}
    declared = PROJECT["project"]["optional-dependencies"].items()
    assert extras == {(package, extra) for extra, packages in declared for package in names(packages)}
    to_develop = {row["package"] for row in table(DEPENDENCIES, "package", "licence", "for")}
    groups = PROJECT["dependency-groups"]
    assert to_develop == set().union(*(names(packages) for packages in groups.values()))


def test_what_is_said_to_be_unused_is_not_imported() -> None:
    for name in table_or_nothing("Declared, not used"):
        pattern = re.compile(rf"^\s*(?:import|from) {name}\b", re.MULTILINE)
        sources = [*(ROOT / "qa_pipeline").rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")]
        assert [path for path in sources if pattern.search(path.read_text(encoding="utf-8"))] == []


def table_or_nothing(heading: str) -> set[str]:
    """The packages in the section of that heading; none where it is not there (any longer)."""
    return set(re.findall(r"^\| `([\w-]+)` \|", sections(DEPENDENCIES).get(heading, ""), flags=re.MULTILINE))


def test_the_changelog_knows_the_version_that_is_built() -> None:
    assert f"## {PROJECT['project']['version']} (" in page("CHANGELOG.md").read_text(encoding="utf-8")
    assert PROJECT["project"]["version"] == __version__


def test_the_sample_calls_are_as_many_as_the_pages_say() -> None:
    scripts = list((ROOT / "samples" / "scripts").glob("*.yaml"))
    for name, words in (
        ("README.md", "sample recordings"),
        ("CHANGELOG.md", "sample calls"),
        ("samples/README.md", "recordings"),
    ):
        assert f"{len(scripts)} {words}" in " ".join(page(name).read_text(encoding="utf-8").split())


def test_the_privacy_pages_setting_is_taken_and_its_default_is_named() -> None:
    path = page("docs/privacy.md")
    [shown] = [fence.body for fence in fences(path) if fence.file_name == "qa.toml"]
    assert Settings(**tomllib.loads(shown)).emotion_roles == "customer"
    default = Settings.model_fields["emotion_roles"].default
    assert f"`{default}` (the default)" in path.read_text(encoding="utf-8")

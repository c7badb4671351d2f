"""Every command that a page tells people to type is one that this version takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from qa_pipeline.cli import app
from qa_pipeline.local_service.command_line import _parser as local_service_parser
from tests.docs.markdown import PAGES, ROOT, fences, page, prose, table

SHELL = ("sh", "shell", "bash")
COMMANDS = get_command(app)
NAMES = sorted(name for name, command in COMMANDS.commands.items() if not command.hidden)  # type: ignore[attr-defined]


def shell_lines() -> Iterator[tuple[Path, str]]:
    """Lines of shell blocks; a line that ends in a backslash goes on in the next."""
    for path in PAGES:
        for fence in fences(path):
            if fence.language in SHELL:
                for line in fence.body.replace("\\\n", " ").splitlines():
                    yield path, line.partition("  #")[0].strip()


TYPED = sorted({line for _, line in shell_lines() if line.startswith("qa-pipeline ")})
STARTED = sorted({line for _, line in shell_lines() if line.startswith("python -m qa_pipeline.local_service ")})


def arguments_of(line: str) -> list[str]:
    """The words behind the program and the variables before it; `$(…)` stands for a date."""
    words = shlex.split(re.sub(r"\$\(.*?\)", "2025-09-01", line))
    return words[words.index("qa-pipeline") + 1 :]


def parse(arguments: list[str]) -> None:
    """Parses as the command line does, and runs nothing."""
    name, *rest = arguments
    assert name in NAMES, f"qa-pipeline has no command {name}"
    COMMANDS.commands[name].make_context(name, rest)  # type: ignore[attr-defined]


def test_there_are_commands_to_look_at() -> None:
    assert len(TYPED) > 8
    assert len(STARTED) > 1


@pytest.mark.parametrize("line", TYPED)
def test_every_command_of_the_pages_is_taken_as_it_is_written(line: str) -> None:
    parse(arguments_of(line))


def test_a_command_with_an_option_that_does_not_exist_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option: --form"):
        parse(arguments_of("qa-pipeline run --form 2025-09-01"))


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example_that_is_taken(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    epilog = COMMANDS.commands[name].epilog or ""  # type: ignore[attr-defined]
    assert epilog.startswith("Example: ")
    parse(arguments_of(epilog.removeprefix("Example: ")))


def test_the_readme_lists_every_command_and_every_target_of_the_makefile() -> None:
    listed = {row["command"] for row in table(page("README.md"), "command", "what it does")}
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    expected = {f"make {target}" for target in targets if target != "help"} | {f"qa-pipeline {name}" for name in NAMES}
    assert listed == expected


def test_commands_named_in_sentences_exist() -> None:
    unknown = {
        (path.name, name)
        for path in PAGES
        for name in re.findall(r"`(?:\.venv/bin/)?qa-pipeline ([a-z]+)", prose(path))
        if name not in NAMES
    }
    assert unknown == set()


@pytest.mark.parametrize("line", STARTED)
def test_the_local_service_takes_what_the_pages_start_it_with(line: str) -> None:
    local_service_parser().parse_args(shlex.split(line)[3:])

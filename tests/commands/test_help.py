"""What the command says of itself: its version, readable options, an example for each command, completion."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from qa_pipeline import __version__
from qa_pipeline.cli import app

COMMANDS = sorted(
    command.callback.__name__ for command in app.registered_commands if command.callback and not command.hidden
)
WIDE = {"COLUMNS": "200", "TERMINAL_WIDTH": "200"}


GROUPS = [group.name for group in app.registered_groups if group.name]


def said(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, env=WIDE)
    assert done.exit_code == 0, done.output
    return re.sub(r"\x1b\[[\d;]*m", "", done.output)


def test_the_version_is_told() -> None:
    assert said("--version").split() == ["qa-pipeline", __version__]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_an_example_and_says_dates_in_words(command: str) -> None:
    text = said(command, "--help")
    assert f"Example: qa-pipeline {command}" in text or "qa-pipeline up" in text
    assert "%Y" not in text
    assert "<bool>" not in text
    if "--from" in text and "call date" in text:
        assert re.search(r"--from\s+YYYY-MM-DD", text)


@pytest.mark.parametrize("group", GROUPS)
def test_commands_of_groups_are_as_readable(group: str) -> None:
    [app_of_group] = [each.typer_instance for each in app.registered_groups if each.name == group]
    assert app_of_group is not None
    assert "<bool>" not in said(group, "--help")
    for command in app_of_group.registered_commands:
        assert command.callback is not None
        text = said(group, command.name or command.callback.__name__, "--help")
        assert "<bool>" not in text
        assert f"Example: qa-pipeline {group} " in text


def test_a_wrong_date_is_refused_in_the_same_words() -> None:
    done = CliRunner().invoke(app, ["run", "--from", "1.9.2025"], env=WIDE)
    assert done.exit_code == 2
    assert "1.9.2025" in done.output


def test_a_shell_is_told_how_to_complete_a_command() -> None:
    asked = {"_QA_PIPELINE_COMPLETE": "complete_bash", "COMP_WORDS": "qa-pipeline retr", "COMP_CWORD": "1"}
    done = CliRunner().invoke(app, [], env=asked, prog_name="qa-pipeline")
    assert done.output.split() == ["retry"]

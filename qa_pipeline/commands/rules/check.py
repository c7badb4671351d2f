"""Checks rules: each with its version, or every fault with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.commands.json_schema import print_json_schema
from qa_pipeline.judging.rule_files import load_book, rule_files, rules_folder
from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.conditions import Rule, RuleFile
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, out, print_faults


def check_command(files: Sequence[Path]) -> int:
    """1 where anything is wrong with any of them."""
    chosen = chosen_files(files)
    try:
        book = load_book(chosen)
    except BadRules as error:
        print_faults(error.faults)
        return EXIT_WORK_REMAINS
    for rule in book.rules:
        out.print(f"✓ {_described(rule)}", markup=False)
    return EXIT_OK


def print_schema() -> None:
    """The JSON schema of a file of rules: one rule, or several."""
    one, several = Rule.model_json_schema(), RuleFile.model_json_schema()
    definitions = {**one.pop("$defs"), **several.pop("$defs")}
    print_json_schema({"title": "Rules", "anyOf": [one, several], "$defs": definitions})


def chosen_files(files: Sequence[Path]) -> list[Path]:
    """The files that were named, or those of the project.

    Raises:
        CommandError: there is none.
    """
    if files:
        return [each for path in files for each in (rule_files(path) if path.is_dir() else [path])]
    folder = rules_folder(load_settings())
    found = rule_files(folder)
    if not found:
        raise CommandError(f"there is no rule in {folder}; copy some from samples/rules, or name the files")
    return found


def used_book(files: Sequence[Path]) -> RuleBook:
    """The rules of `chosen_files`, all of them right.

    Raises:
        CommandError: there is none, or something is wrong.
    """
    try:
        return load_book(chosen_files(files))
    except BadRules as error:
        raise CommandError(str(error)) from None


def _described(rule: BookedRule) -> str:
    begin, end = rule.rule.effective_from, rule.rule.effective_to
    days = (f", from {begin}" if begin else "") + (f", to {end}" if end else "")
    return f"{rule.id} {rule.version}, {rule.rule.severity}: {rule.rule.title}{days}"

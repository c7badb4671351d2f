"""Finds and reads the rules of a project: rules/*.yaml, with their lists of phrases in rules/phrases/*.txt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.reading import BadRules, read_book
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.reading import BadFile
from qa_pipeline.yaml_files.texts import read_text

FOLDER = Path("rules")
PHRASES = "phrases"
ENDINGS = (".yaml", ".yml")


def rules_folder(settings: Settings) -> Path:
    """Where the project's rules are."""
    return settings.resolve(FOLDER)


def rule_files(folder: Path) -> list[Path]:
    """The files of rules of a folder, in the order of their names; none where there is no such folder."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in ENDINGS) if folder.is_dir() else []


def load_book(files: Sequence[Path], changed: Sequence[Path] = ()) -> RuleBook:
    """The rules of these files together, with the lists in the folders `phrases` beside them. Rules of files that are
    `changed`, and lists beside these, stand in for those of the same names.

    Raises:
        BadRules: anything is wrong with any of them, or a file can't be read.
    """
    faults: list[str] = []
    texts = {str(path): _text(path, faults) for path in files}
    drafts = {str(path): _text(path, faults) for path in changed}
    lists = {**_lists(files, faults), **_lists(changed, faults)}
    if faults:
        raise BadRules(faults)
    return read_book(texts, lists, metrics=set(CATALOGUE), changed=drafts)


def _lists(files: Sequence[Path], faults: list[str]) -> dict[str, str]:
    """The texts of the lists beside some files."""
    folders = sorted({path.parent / PHRASES for path in files})
    return {str(path): _text(path, faults) for folder in folders for path in sorted(folder.glob("*.txt"))}


def project_book(settings: Settings) -> RuleBook:
    """The rules of the project; a book without rules where it has none.

    Raises:
        BadRules: anything is wrong with any of them.
    """
    return load_book(rule_files(rules_folder(settings)))


def project_rule_ids(settings: Settings) -> tuple[str, ...] | None:
    """The ids of the project's rules; None where they can't be used, which `qa-pipeline rules check` says."""
    try:
        return tuple(rule.id for rule in project_book(settings).rules)
    except BadRules:
        return None


def drafted_book(settings: Settings, drafts: Mapping[str, str], *, alone: bool = False) -> RuleBook:
    """The rules of the project with drafts, texts by what messages call them, in the places of those of the same ids;
    `alone`, the drafts only. Both know the project's lists of phrases.

    Raises:
        BadRules: anything is wrong with any of them.
    """
    folder = rules_folder(settings)
    faults: list[str] = []
    texts = {} if alone else {str(path): _text(path, faults) for path in rule_files(folder)}
    lists = {str(path): _text(path, faults) for path in sorted((folder / PHRASES).glob("*.txt"))}
    if faults:
        raise BadRules(faults)
    return read_book(texts, lists, metrics=set(CATALOGUE), changed=drafts)


def fingerprint(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    """What tells whether a file of the project's rules, or one of its lists, has changed: names, sizes and times."""
    folder = rules_folder(settings)
    found = []
    for path in (*rule_files(folder), *sorted((folder / PHRASES).glob("*.txt"))):
        try:
            stat = path.stat()
        except OSError:
            found.append((str(path), -1, -1))
        else:
            found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return (str(folder), 0, 0), *found


def _text(path: Path, faults: list[str]) -> str:
    try:
        return read_text(path)
    except BadFile as error:
        faults += error.faults
        return ""

"""`qa-pipeline sql`: one question to the newest published snapshot, answered as a table or as data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from qa_pipeline.commands.taking import noting
from qa_pipeline.published.ad_hoc import Asked, asking
from qa_pipeline.published.output import Format, format_of, refuse_the_database, write_answer
from qa_pipeline.published.shipped_queries import (
    AdHocQuery,
    BadParameter,
    BadQueryFile,
    QueryParameter,
    find_query,
    list_queries,
)
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out

DEFAULT_TABLE_ROWS = 100


def sql_command(
    query: str | None,
    *,
    file: Path | None,
    question: str | None,
    list_questions: bool,
    parameters: Sequence[str],
    format_name: Format | None,
    output: Path | None,
    limit: int | None,
) -> int:
    """Asks what the options name; returns the exit code.

    Raises:
        CommandError: not exactly one of query, file and question; otherwise as `ask`.
    """
    if list_questions:
        show_question(question) if question else show_questions()
        return EXIT_OK
    if [query, file, question].count(None) != 2:
        raise CommandError(
            "give one of: a query, --file FILE, --question NAME (`qa-pipeline sql --list` shows the questions)"
        )
    if question:
        asked = shipped_question(question, parameters)
    else:
        asked = free_query(read_query_file(file) if file else query or "", parameters)
    settings = load_settings()
    refuse_the_database(output, settings)
    ask(settings, asked, format_name=format_of(output, format_name), output=output, limit=limit)
    return EXIT_OK


def ask(
    settings: Settings,
    asked: Asked,
    *,
    format_name: Format,
    output: Path | None,
    limit: int | None,
) -> None:
    """Asks and writes the answer to `output`, or to standard output.

    `limit` is the most rows written: None means 100 for a table and all for the rest, 0 means all.

    Raises:
        CommandError: nothing is published, the query is wrong or would change something, the output cannot be
            written.
    """
    if limit is None:
        limit = DEFAULT_TABLE_ROWS if format_name == "table" else 0
    with asking(settings) as answer_to:
        answer = answer_to(asked)
        if output is not None:
            answer = noting(answer, settings, "query", output, asked.sql, limit)
        write_answer(answer, format_name, output, limit)


def shipped_question(name: str, given: Sequence[str]) -> Asked:
    """The shipped question of that name with `given` (name=value each) over its defaults."""
    try:
        query = find_query(name)
        return Asked(query.sql, query.bind(_split(given)))
    except (BadQueryFile, BadParameter) as error:
        raise CommandError(str(error)) from error


def free_query(sql: str, given: Sequence[str]) -> Asked:
    """A query of the user's own. Values are text that DuckDB casts by their use; `null` is nothing."""
    values = {
        name: QueryParameter(name, "varchar", None, "").read(text) for name, text in _split(given).items()
    }  # fmt: skip
    return Asked(sql, values)


def read_query_file(path: Path) -> str:
    """The text of a query file, or of standard input where the path is `-`."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CommandError(f"--file {path} cannot be read: {reason}") from error


def show_questions() -> None:
    """Prints the name of every shipped question with its parameters."""
    questions = _questions()
    widest = max((len(query.name) for query in questions), default=0)
    for query in questions:
        takes = ", ".join(item.name for item in query.parameters)
        out.print(Text.assemble((f"{query.name:<{widest}}", "bold"), f"  {takes}"))
    out.print("\nAsk one: qa-pipeline sql --question NAME -p parameter=value", markup=False)
    out.print("Look at one: qa-pipeline sql --list --question NAME", markup=False)


def show_question(name: str) -> None:
    """Prints what one shipped question answers, takes and returns."""
    try:
        query = find_query(name)
    except BadQueryFile as error:
        raise CommandError(str(error)) from error
    out.print(f"{query.question}\n\n{query.description}\n", markup=False)
    for heading, rows in (
        ("parameters", [(item.name, f"{item.type}, {_default(item)}: {item.help}") for item in query.parameters]),
        ("columns", [(item.name, item.help) for item in query.columns]),
    ):
        out.print(heading if rows else f"{heading}: none", style="bold")
        for item_name, text in rows:
            out.print(f"  {item_name:<20} {text}", markup=False)


def _split(given: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        name = name.strip().removeprefix("$")
        if not equals or not name:
            raise CommandError(f"-p {item!r}: write a parameter as name=value")
        if name in values:
            raise CommandError(f"-p {name} is given twice")
        values[name] = value
    return values


def _questions() -> list[AdHocQuery]:
    try:
        return list_queries()
    except BadQueryFile as error:
        raise CommandError(str(error)) from error


def _default(parameter: QueryParameter) -> str:
    return "no value unless given" if parameter.default is None else f"{parameter.default} unless given"

"""`qa-pipeline sql`: one question to the newest published snapshot, answered as a table or as data.

The snapshot is opened under its real path (see `warehouse.snapshots`), read-only, with no way to any other file,
to the network or to the settings of the connection: a query that was pasted from somewhere can do no harm.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
from rich.text import Text

from qa_pipeline.published.output import Answer, Format, format_of, write_answer
from qa_pipeline.published.shipped_queries import (
    AdHocQuery,
    BadParameter,
    BadQueryFile,
    ParameterValue,
    QueryParameter,
    find_query,
    list_queries,
)
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, EXIT_WRONG_USE, CommandError, out
from qa_pipeline.warehouse.snapshots import current_snapshot

T = TypeVar("T")

DEFAULT_TABLE_ROWS = 100
OPEN_ATTEMPTS = 3
"""A snapshot may be deleted between reading the link and opening the file; the link then names a newer one."""
BATCH_ROWS = 10_000
INTERRUPT_POLL_S = 0.1

_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_ANSWERING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_NOT_THE_QUERY = (duckdb.OperationalError, duckdb.InternalError, duckdb.FatalException)
"""What goes wrong with a right query: no memory, no disk, a damaged file."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and a value for each of its parameters."""

    sql: str
    values: Mapping[str, ParameterValue | list[str]]


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
    _refuse_the_database(settings, output)
    ask(settings, asked, format_name=format_of(output, format_name), output=output, limit=limit)
    return EXIT_OK


class _Worker:
    """Does DuckDB's work on another thread, so that Ctrl-C ends it at once.

    On the main thread it would be heard late or never: while DuckDB computes no Python code runs, and where it
    looks for optional Python packages it takes the interrupt for a missing package.
    """

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self.connection: duckdb.DuckDBPyConnection | None = None

    def do(self, work: Callable[[], T]) -> T:
        """What `work` returns. The wait has pauses: a signal that another thread gets wakes nobody here."""
        future = self._executor.submit(work)
        try:
            while not future.done():
                wait([future], INTERRUPT_POLL_S)
            return future.result()
        except KeyboardInterrupt:
            while not future.done():
                if self.connection is not None:
                    self.connection.interrupt()
                wait([future], INTERRUPT_POLL_S)
            raise


def _refuse_the_database(settings: Settings, output: Path | None) -> None:
    if output is not None and output.resolve() in (settings.snapshot_path.resolve(), settings.warehouse_path.resolve()):
        raise CommandError(f"--output {output} is the database itself; name another file")


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
        write_answer(answer_to(asked), format_name, output, limit)


@contextmanager
def asking(settings: Settings) -> Iterator[Callable[[Asked], Answer]]:
    """One snapshot for several questions. An answer must be read to its end before the next question is asked.

    Raises:
        CommandError: nothing is published, or a query is wrong or would change something.
    """
    with ThreadPoolExecutor(1) as executor, ExitStack() as stack:
        worker = _Worker(executor)
        connection = worker.connection = worker.do(lambda: stack.enter_context(open_snapshot(settings)))
        with _query_errors():
            yield lambda asked: _read(worker.do(lambda: _execute(connection, asked)), worker)


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


@contextmanager
def open_snapshot(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The newest snapshot, closed to everything but reading it; times are shown in the settings' time zone.

    Raises:
        CommandError: there is none, or it cannot be opened.
    """
    connection = _connect(settings)
    try:
        connection.execute("set timezone = $zone", {"zone": settings.timezone})
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    attempts_left = OPEN_ATTEMPTS
    while True:
        try:
            path = current_snapshot(settings.snapshot_path)
        except OSError as error:
            message = f"the snapshot {settings.snapshot_path} cannot be reached: {error.strerror}"
            raise CommandError(message, EXIT_WORK_REMAINS) from error
        if path is None:
            raise CommandError(
                f"nothing is published yet ({settings.snapshot_path} is missing): run `make demo` for the sample "
                "calls or `qa-pipeline run --from YYYY-MM-DD` for your own",
                EXIT_WORK_REMAINS,
            )
        try:
            return duckdb.connect(str(path), read_only=True, config=_CLOSED)
        except duckdb.Error as error:
            attempts_left -= 1
            if attempts_left and not path.exists():
                continue
            raise CommandError(f"the snapshot {path} cannot be opened: {error}", EXIT_WORK_REMAINS) from error


def _execute(connection: duckdb.DuckDBPyConnection, asked: Asked) -> duckdb.DuckDBPyConnection:
    statements = [item for item in connection.extract_statements(asked.sql) if not _is_part_of_pivot(item)]
    if not statements:
        raise CommandError("there is no query in what was given")
    if len(statements) > 1:
        raise CommandError(f"{len(statements)} statements were given; give one at a time")
    if statements[0].type not in _ANSWERING:
        kind = statements[0].type.name.lower().replace("_", " ")
        raise CommandError(
            f"{kind} statements are not answered: the snapshot is only read, and no other file or setting can be "
            "reached; write a select (and --output FILE to keep its answer)"
        )
    _check_parameters(statements[0].named_parameters, asked.values)
    return connection.execute(asked.sql, dict(asked.values) or None)


def _is_part_of_pivot(statement: duckdb.Statement) -> bool:
    """DuckDB reads a `pivot` as two statements: the list of its columns, which has no text, and the select."""
    return statement.type == duckdb.StatementType.CREATE and not statement.query


def _check_parameters(used: set[str], given: Mapping[str, ParameterValue | list[str]]) -> None:
    missing, unused = sorted(used - set(given)), sorted(set(given) - used)
    if missing:
        if missing == [str(number + 1) for number in range(len(missing))]:
            raise CommandError("the query has parameters without a name; write $name and give -p name=value")
        raise CommandError(f"no value for ${', $'.join(missing)}; give it with -p {missing[0]}=VALUE")
    if unused:
        names = ", ".join(f"${name}" for name in sorted(used)) or "no parameters"
        raise CommandError(f"-p {unused[0]}: the query has {names}")


def _read(answer: duckdb.DuckDBPyConnection, worker: _Worker) -> Answer:
    types = [str(column[1]) for column in answer.description]
    reader = worker.do(lambda: answer.to_arrow_reader(BATCH_ROWS))

    def batches() -> Iterator[pa.RecordBatch]:
        while (batch := worker.do(lambda: next(reader, None))) is not None:
            yield batch

    return Answer(reader.schema, types, batches())


@contextmanager
def _query_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        exit_code = EXIT_WORK_REMAINS if isinstance(error, _NOT_THE_QUERY) else EXIT_WRONG_USE
        raise CommandError(one_line(error), exit_code) from error


def one_line(error: duckdb.Error) -> str:
    """DuckDB's message in one line; its drawing of the place becomes `at line L: "text from there on"`."""
    lines = str(error).splitlines()
    drawn = next((index for index, line in enumerate(lines) if re.match(r"LINE \d+: ", line)), None)
    place = ""
    if drawn is not None and drawn + 1 < len(lines) and lines[drawn + 1].strip() == "^":
        caret = lines[drawn + 1].index("^")
        number = lines[drawn].split(":")[0].removeprefix("LINE ")
        place = f' (line {number}, at "{lines[drawn][caret:].strip()}")'
        lines = lines[:drawn]
    return " ".join(line.strip() for line in lines if line.strip()) + place


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

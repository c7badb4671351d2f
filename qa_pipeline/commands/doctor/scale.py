"""What doctor says of the lake and of workers; nothing where there are none. What they need is an extra, imported here
only when it is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Engine, NullPool, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline import __version__
from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.servers import CONNECT_WITHIN_S, explained
from qa_pipeline.errors import UserError
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count

EXTRA = "pip install 'qa-pipeline[scale]'"


def lake(settings: Settings) -> Iterator[Finding]:
    """The lake as a reader opens it: extensions, catalog, and what is published."""
    if not settings.uses_lake:
        return
    from qa_pipeline.lake.extensions import EXTENSIONS, extension_file
    from qa_pipeline.lake.place import lake_to_read
    from qa_pipeline.lake.reading import NoLake, leave, open_lake

    try:
        files = [extension_file(name) for name in EXTENSIONS]
        yield Finding("extensions", Level.OK, f"{', '.join(EXTENSIONS)} for DuckDB {files[0].parent.name.lstrip('v')}")
    except UserError as error:
        yield Finding("extensions", Level.FAIL, str(error), EXTRA)
        return
    if settings.lake_catalog is not None:
        yield _reader(settings)
    try:
        opened = open_lake(lake_to_read(settings), alone=True)
    except NoLake:
        yield Finding("lake", Level.OK, f"{settings.lake}: nothing is published yet")
    except UserError as error:
        yield Finding("lake", Level.FAIL, str(error))
    else:
        leave(opened)
        yield Finding("lake", Level.OK, f"{settings.lake}: version {opened.version} can be read")


def _reader(settings: Settings) -> Finding:
    """The role that only reads: whether it may do more."""
    url = make_url(settings.lake_catalog_url)
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_WITHIN_S})
        with engine.connect() as connection:
            may_write = connection.execute(
                text(
                    "select coalesce(bool_or(has_table_privilege(c.oid, 'insert, update, delete')), false) "
                    "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                    "where n.nspname = 'lake' and c.relkind = 'r'"
                )
            ).scalar_one()
    except SQLAlchemyError as error:
        reason, fix = explained(error, url, "QA_LAKE_CATALOG")
        return Finding("catalog", Level.FAIL, f"{url.host}:{url.port or 5432}/{url.database}: {reason}", fix)
    if may_write:
        fix = "name a role that may only select (docs/scale.md): who asks by SQL could reach it with this one"
        return Finding("catalog", Level.WARN, f"{url.username}, whom readers are, may write the lake's catalog", fix)
    return Finding("catalog", Level.OK, f"readers are {url.username}, who may only select")


def broker(settings: Settings) -> Iterator[Finding]:
    """The broker, if there are workers."""
    if not settings.uses_workers:
        return
    try:
        from qa_pipeline.workers.broker import look_for_broker, shown_broker
    except ModuleNotFoundError as error:
        yield Finding("broker", Level.FAIL, f"workers need {error.name}, which is not installed", EXTRA)
        return
    assert settings.broker_url is not None, "uses_workers"
    try:
        look_for_broker(settings)
    except UserError as error:
        yield Finding("broker", Level.FAIL, str(error))
        return
    yield Finding("broker", Level.OK, f"{shown_broker(settings.broker_url)} lets us in")


def workers(settings: Settings) -> Iterator[Finding]:
    """Dagster's tables, and who takes the steps of each queue."""
    if not settings.uses_workers:
        return
    from qa_pipeline.workers.tables import SCHEMA, are_made, dagster_url

    url = dagster_url(settings)
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_WITHIN_S})
        has_schema = inspect(engine).has_schema(SCHEMA)
        is_made = has_schema and are_made(engine)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        reason, fix = explained(error, url, "QA_DAGSTER_URL")
        yield Finding("Dagster", Level.FAIL, f"{url.host}:{url.port or 5432}/{url.database}: {reason}", fix)
        return
    where = f"its history is in schema {SCHEMA} of {url.host or 'localhost'}:{url.port or 5432}/{url.database}"
    if not is_made:
        fix = "`qa-pipeline up` or `qa-pipeline worker` makes them"
        yield Finding("Dagster", Level.WARN, f"{where}, whose tables are not there yet", fix)
        return
    yield Finding("Dagster", Level.OK, where)
    yield from _by_queue(engine)


def _by_queue(engine: Engine) -> Iterator[Finding]:
    from qa_pipeline.workers.queues import QUEUES
    from qa_pipeline.workers.register import WORKER, living

    there = living(engine, WORKER)
    places = Counter[str]()
    for program in there:
        places.update(dict.fromkeys(program.queues, program.at_once))
    hosts = ", ".join(sorted({program.host for program in there}))
    for queue in QUEUES:
        of_queue = [program for program in there if queue in program.queues]
        if of_queue:
            text = f"queue {queue}: {count(len(of_queue), 'worker')} alive, {places[queue]} steps at a time"
            yield Finding("workers", Level.OK, text)
        else:
            fix = f"start one: `qa-pipeline worker --queues {queue}`, or without --queues for all"
            yield Finding("workers", Level.FAIL, f"queue {queue}: nobody takes its steps, so runs wait", fix)
    others = sorted({program.version for program in there} - {__version__})
    if others:
        fix = "install the same version everywhere: what differs ends at once"
        yield Finding("workers", Level.WARN, f"workers of version {', '.join(others)} at {hosts}", fix)

"""What doctor says of the servers that several machines share: the database, and the buckets.

Each is tried as the product uses it: what may be made in the database, and an object that is written, read and deleted.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings

OLDEST_VERSION = 12
OLDEST_VERSION_OF_LAKE = 14
"""For the time after which a program that is frozen loses its turn, and for triggers that are replaced."""

CONNECT_WITHIN_S = 5
LEAST_FREE_CONNECTIONS = 20
"""A machine at work has up to 15 to the ledger, and some to the lake's catalog."""

DRIVER = "pip install 'qa-pipeline[postgres]'"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What a server's words (a pattern, in small letters) mean, and what to do."""

    said: str
    meaning: str
    fix: str


_REFUSALS = (
    _Refusal(
        "could not translate host|failed to resolve host|name or service not known",
        "there is no host of that name",
        "correct the host in {setting}",
    ),
    _Refusal(
        "connection refused",
        "nothing listens there",
        "start the server, correct host and port in {setting}, or let it listen to others (listen_addresses)",
    ),
    _Refusal("timeout|timed out", "it does not answer", "look for a firewall between here and there"),
    _Refusal(
        "password authentication failed|no password supplied",
        "user or password is wrong",
        "correct them in {setting}",
    ),
    _Refusal("pg_hba.conf", "it does not let this machine in", "add a line for it to pg_hba.conf"),
    _Refusal("role .* does not exist", "there is no such user", "createuser {user}, or correct it in {setting}"),
    _Refusal("database .* does not exist", "there is no such database", "createdb {database}"),
    _Refusal(
        "too many clients|remaining connection slots|too many connections",
        "all its connections are taken",
        "raise max_connections, or end what holds them",
    ),
    _Refusal("starting up|shutting down|in recovery", "it is starting or stopping", "try again in a minute"),
)


def postgresql(settings: Settings) -> Iterator[Finding]:
    """The server of the ledger: reach, version, rights, room. Nothing where the ledger is a file."""
    oldest = OLDEST_VERSION_OF_LAKE if settings.uses_lake else OLDEST_VERSION
    yield from server_findings("PostgreSQL", settings.operations_database_url, "QA_OPERATIONS_URL", oldest=oldest)


def server_findings(name: str, address: str, setting: str, *, oldest: int) -> Iterator[Finding]:
    """What is to be said of one server, which the setting names; `oldest` is the first version that will do."""
    url = make_url(address)
    if url.get_backend_name() != "postgresql":
        return
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_WITHIN_S})
        with engine.connect() as connection:
            yield from _looked_at(name, url, connection, oldest)
    except ModuleNotFoundError as error:
        yield Finding(name, Level.FAIL, f"{setting} needs the driver {error.name}", DRIVER)
    except (SQLAlchemyError, UnicodeError) as error:
        reason, fix = explained(error, url, setting)
        yield Finding(name, Level.FAIL, f"{_shown(url)}: {reason}", fix)


def explained(error: Exception, url: URL, setting: str) -> tuple[str, str]:
    """What a server's refusal means, and what to do; without the password."""
    said = str(getattr(error, "orig", None) or error)
    if url.password:
        said = said.replace(str(url.password), "***")
    for refusal in _REFUSALS:
        if re.search(refusal.said, said.lower()):
            return refusal.meaning, refusal.fix.format(setting=setting, user=url.username, database=url.database)
    return said.strip().splitlines()[0], f"check {setting}"


def _shown(url: URL) -> str:
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


def _looked_at(name: str, url: URL, connection: Connection, oldest: int) -> Iterator[Finding]:
    def told(query: str) -> str:
        return str(connection.execute(text(query)).scalar_one())

    version, where = told("show server_version"), _shown(url)
    if int(told("show server_version_num")) // 10_000 < oldest:
        fix = f"version {oldest} is the oldest" + (" for a lake" if oldest > OLDEST_VERSION else "")
        yield Finding(name, Level.FAIL, f"{where} is version {version}", fix)
        return
    if told("select pg_is_in_recovery()") == "True":
        fix = "name the primary server"
        yield Finding(name, Level.FAIL, f"{where} is a standby, in which nothing can be written", fix)
        return
    if (encoding := told("show server_encoding")) != "UTF8":
        fix = f"createdb --encoding UTF8 --template template0 {url.database}"
        yield Finding(name, Level.FAIL, f"{where} keeps texts in {encoding}, and transcripts are in any script", fix)
    lacking = _lacking(connection)
    if lacking:
        rights = "; ".join(f"{right}: {grant}" for right, grant in lacking)
        yield Finding(name, Level.FAIL, f"{where}: user {told('select current_user')} may not {rights}")
    limit = int(told("show max_connections")) - int(told("show superuser_reserved_connections"))
    free = limit - int(told("select count(*) from pg_stat_activity where backend_type = 'client backend'"))
    line = f"{where}, version {version}, {free} of {limit} connections free"
    if free < LEAST_FREE_CONNECTIONS:
        yield Finding(name, Level.WARN, line, "raise max_connections: each machine takes up to 15")
    elif not lacking:
        yield Finding(name, Level.OK, line)


def _lacking(connection: Connection) -> list[tuple[str, str]]:
    """Rights that the product needs and the user does not have, with the statement that gives each."""
    schema, database, user = connection.execute(text("select current_schema(), current_database(), current_user")).one()
    asked = (
        (
            f"make tables in schema {schema}",
            f"select coalesce(has_schema_privilege('{schema}', 'create'), false)",
            f"grant create on schema {schema} to {user}",
        ),
        (
            "make schemas for the lake and for Dagster",
            "select has_database_privilege(current_database(), 'create')",
            f"grant create on database {database} to {user}",
        ),
    )
    return [(right, grant) for right, query, grant in asked if not connection.execute(text(query)).scalar_one()]


def raw_bucket(settings: Settings) -> Iterator[Finding]:
    """The bucket that raw JSON is put into, if there is one."""
    if settings.raw_bucket is not None:
        yield bucket_finding(settings, "raw bucket", settings.raw_bucket, Level.WARN)


def lake_bucket(settings: Settings) -> Iterator[Finding]:
    """The bucket of the lake, if there is one."""
    if settings.lake is not None:
        yield bucket_finding(settings, "lake bucket", settings.lake, Level.FAIL)


def bucket_finding(settings: Settings, name: str, url: BucketUrl, no_delete: Level) -> Finding:
    """Writes, reads and deletes an object; `no_delete` is how bad it is where only the last can't be done."""
    bucket, key, content = (
        Bucket(url, settings.bucket_endpoint),
        f"qa-doctor-{secrets.token_hex(8)}",
        secrets.token_bytes(64),
    )
    with tempfile.TemporaryDirectory(prefix="qa-doctor-") as folder:
        sent, came = Path(folder, "sent"), Path(folder, "came")
        sent.write_bytes(content)
        try:
            bucket.upload(key, sent)
            bucket.download(key, came)
        except StorageError as error:
            return Finding(name, Level.FAIL, str(error))
        if came.read_bytes() != content:
            return Finding(name, Level.FAIL, f"{url.uri_of(key)} came back with other bytes than were written")
    try:
        bucket.delete([key])
    except StorageError as error:
        fix = f"give the keys the right to delete (s3:DeleteObject), and remove {url.uri_of(key)}"
        return Finding(name, no_delete, str(error), fix)
    return Finding(name, Level.OK, f"{url} can be written, read and deleted from")

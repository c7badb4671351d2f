"""Where a lake is, and how DuckDB is connected with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
from sqlalchemy.engine import make_url

from qa_pipeline.lake.extensions import load_extensions
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.object_storage.s3_access import S3Access, s3_access
from qa_pipeline.settings import Settings

SCHEMA = "lake"
"""The schema of the catalog in its PostgreSQL database. One database has one lake."""

LAKE = "lake"
"""Under this name the lake is attached."""

CONNECT_TIMEOUT_S = 10
_OF_SECRET = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "database"}
"""Parameters of libpq that DuckDB takes into a secret; the others stand in the connection string."""


@dataclass(frozen=True, slots=True)
class LakePlace:
    """A lake: the part of a bucket, the store's address (None: the cloud's own), SQLAlchemy's URL of the catalog."""

    bucket: BucketUrl
    endpoint: str | None
    catalog_url: str

    @property
    def data(self) -> str:
        """The folder of the tables' files, with a slash at its end."""
        return f"{self.bucket}/data/"

    @property
    def catalog_shown(self) -> str:
        """The catalog's address without what is secret in it."""
        return make_url(self.catalog_url).render_as_string(hide_password=True)

    @property
    def catalog_parameters(self) -> dict[str, Any]:
        """Keywords and values of a libpq connection to the catalog."""
        url = make_url(self.catalog_url)
        return {
            "connect_timeout": CONNECT_TIMEOUT_S,
            **url.translate_connect_args(username="user", database="dbname"),
            **{name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()},
        }


def lake_to_write(settings: Settings) -> LakePlace:
    """The lake of the settings, for those that write. The caller knows that they use one."""
    assert settings.lake is not None
    return LakePlace(settings.lake, settings.bucket_endpoint, settings.operations_database_url)


def lake_to_read(settings: Settings) -> LakePlace:
    """The lake of the settings, for those that only read. The caller knows that they use one."""
    assert settings.lake is not None
    return LakePlace(settings.lake, settings.bucket_endpoint, settings.lake_catalog_url)


def attach(connection: duckdb.DuckDBPyConnection, place: LakePlace, version: int | None = None) -> None:
    """Attaches the lake under the name `LAKE`: for reading, as it was at `version`; for writing where that is None.

    Raises:
        LakeUnusable: the extensions are not installed.
        BucketRefused: the store can't be spoken to by these settings.
        duckdb.Error: catalog or store don't answer.
    """
    load_extensions(connection)
    for secret in _secrets(place, s3_access(place.endpoint)):
        connection.execute(secret)
    options = "" if version is None else f" (read_only, snapshot_version {version})"
    connection.execute(f"attach 'ducklake:qa_lake' as {LAKE}{options}")


def _secrets(place: LakePlace, access: S3Access) -> list[str]:
    """Statements that tell DuckDB keys and addresses, so that no name of a database shows them."""
    parameters = place.catalog_parameters
    catalog = {"type": "postgres"} | {
        _OF_SECRET[name]: str(value) for name, value in parameters.items() if name in _OF_SECRET
    }
    others = " ".join(f"{name}={_libpq(str(value))}" for name, value in parameters.items() if name not in _OF_SECRET)
    store = {
        "type": "s3",
        "key_id": access.key_id,
        "secret": access.secret,
        "session_token": access.session_token,
        "region": access.region,
        "endpoint": access.endpoint,
        "url_style": "vhost" if access.names_bucket_in_host else "path",
        "use_ssl": str(access.uses_ssl).lower(),
        "scope": f"{place.bucket}/",
    }
    lake = f"metadata_path {_text(others)}, data_path {_text(place.data)}, metadata_schema {_text(SCHEMA)}"
    return [
        f"create or replace secret qa_catalog ({_listed(catalog)})",
        f"create or replace secret qa_store ({_listed(store)})",
        f"create or replace secret qa_lake (type ducklake, {lake}, "
        "metadata_parameters map {'TYPE': 'postgres', 'SECRET': 'qa_catalog'})",
    ]


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_text(str(value))}" for name, value in values.items() if value is not None)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _libpq(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

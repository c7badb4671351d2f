"""What goes wrong with the lake, by its part: the catalog in PostgreSQL, the store, or what is installed here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from qa_pipeline.errors import UserError

if TYPE_CHECKING:
    from qa_pipeline.lake.place import LakePlace

_OF_CATALOG = re.compile(
    r"postgres|libpq|connection to server|server closed|terminating connection|SSL connection|could not receive",
    re.IGNORECASE,
)
_OF_STORE = re.compile(r"s3://|HTTP|Could not establish connection|Connection error|IO Error: .*connect", re.IGNORECASE)
_OTHER_LAKE = re.compile(r'does not match existing data path in the catalog "(.*?)/data/"')
_REFUSED = re.compile(r"\b(403|401)\b|Forbidden|AccessDenied|InvalidAccessKey|SignatureDoesNotMatch", re.IGNORECASE)
_PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|\S+)", re.IGNORECASE)
_MISSING = re.compile(r"\b404\b|NoSuchKey|NoSuchBucket|Not Found", re.IGNORECASE)


FAULTS_OF_OUR_OWN = (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException)
"""What DuckDB raises of a statement that is wrong, whatever the lake's parts do."""


class LakeUnusable(UserError):
    """The lake, or a part of it, can't be used; the message says which part, and what to do."""


def explain(error: Exception, place: LakePlace) -> LakeUnusable:
    """What an error of DuckDB or of PostgreSQL's client means for the lake."""
    if other := _OTHER_LAKE.search(str(error)):
        return LakeUnusable(
            f"the catalog at {place.catalog_shown} is that of the lake {other[1]}, and a database has one lake: "
            "correct QA_LAKE, or name another database"
        )
    text = _PASSWORD.sub(r"\1***", " ".join(str(error).split()))
    if _OF_STORE.search(text) and not re.search(r"connection to server|libpq", text):
        return LakeUnusable(f"the lake's files in {place.bucket} {_store_trouble(text)} ({text[:300]})")
    if _OF_CATALOG.search(text) or type(error).__module__.startswith("psycopg"):
        return LakeUnusable(f"the lake's catalog {_catalog_trouble(text, place)} ({text[:300]})")
    return LakeUnusable(f"the lake {place.bucket} does not answer: {text[:300]}")


def _store_trouble(text: str) -> str:
    if _REFUSED.search(text):
        return "are refused: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do in that bucket"
    if _MISSING.search(text):
        return "are not all there: check that the bucket exists; whoever has the lake open for long opens it again"
    return "can't be reached: check QA_BUCKET_ENDPOINT and that the store is running"


def _catalog_trouble(text: str, place: LakePlace) -> str:
    where = f"at {place.catalog_shown}"
    if re.search(r"permission denied|password authentication|role .* does not exist|no pg_hba", text):
        return f"{where} refuses this role: docs/scale.md has the rights that a reader and a writer need"
    if re.search(r"database .* does not exist", text):
        return f"{where} has no such database: create it, or correct QA_OPERATIONS_URL or QA_LAKE_CATALOG"
    return f"{where} can't be reached: is PostgreSQL running, and is QA_OPERATIONS_URL (or QA_LAKE_CATALOG) right?"

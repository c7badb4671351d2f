"""DuckDB's extensions for the lake: signed files of installed packages, never anything from the network."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import duckdb

from qa_pipeline.lake.faults import LakeUnusable
from qa_pipeline.warehouse.parts import quoted

EXTENSIONS = ("httpfs", "postgres_scanner", "ducklake")
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""How a database is opened that loads extensions of its own only."""


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads them into a connection's database; DuckDB checks each file's signature.

    Raises:
        LakeUnusable: they are not installed, or for another version of DuckDB.
    """
    for name in EXTENSIONS:
        connection.execute(f"load '{quoted(extension_file(name))}'")


@cache
def extension_file(name: str) -> Path:
    """The file of an extension for the version of DuckDB that runs.

    Raises:
        LakeUnusable: as of `load_extensions`.
    """
    package = f"duckdb_extension_{name}"
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise LakeUnusable(f'the lake needs the package {package}: pip install "qa-pipeline[scale]"')
    folder = Path(found.submodule_search_locations[0])
    file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not file.is_file():
        raise LakeUnusable(
            f"the installed {package} is for another version of DuckDB than {duckdb.__version__}; install both from "
            "the lock files"
        )
    return file

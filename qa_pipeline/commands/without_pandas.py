"""Commands that answer at once don't wait for pandas.

DuckDB imports it with the first value that is bound to a statement, to compare that with pandas' missing values: time
lost to commands that ask nothing for a frame.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class _NoPandas(MetaPathFinder):
    """Has an import of pandas fail as where it is not installed, which DuckDB and Arrow do without."""

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: object = None) -> None:
        """Finds nothing, and leaves all other modules to the finders after it."""
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not imported by this command", name=fullname)


@contextmanager
def without_pandas() -> Iterator[None]:
    """In the block, or in a function that it decorates, pandas is not imported unless it is already."""
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)

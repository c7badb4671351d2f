"""`qa-pipeline` in the process of the tests, so that Dagster is imported once for all of them.

What a process of its own would have for itself is given and taken back here: arguments, environment, folder, standard
streams (real files, because Dagster and the progress lines duplicate their descriptors), the level of the product's
log, the width of the consoles. First day and time zone are settings that Dagster's definitions read when they are
imported; a test that needs others starts a process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from qa_pipeline import cli, terminal


def run_command(arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `qa-pipeline ARGUMENTS` with `environment`, in `folder`."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        with _as_a_process(arguments, environment, folder), contextlib.ExitStack() as streams:
            streams.enter_context(contextlib.redirect_stdout(out))
            streams.enter_context(contextlib.redirect_stderr(err))
            exit_code = _exit_code()
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read())
    return exit_code, said[0], said[1]


def _exit_code() -> int:
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


@contextlib.contextmanager
def _as_a_process(arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    log = logging.getLogger("qa_pipeline")
    level = log.level
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["qa-pipeline", *arguments]),
        # Read when a console is made, so COLUMNS comes too late for these.
        mock.patch.object(terminal.out, "_width", int(environment["COLUMNS"])),
        mock.patch.object(terminal.err, "_width", int(environment["COLUMNS"])),
        contextlib.chdir(folder),
        warnings.catch_warnings(),
    ):
        warnings.resetwarnings()  # as in a process of its own, where nobody makes them errors
        for ignored in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", ignored)
        try:
            yield
        finally:
            log.setLevel(level)

"""How commands talk: results on standard output, everything else on standard error, errors in one voice."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.console import Console

from qa_pipeline.errors import UserError

PLAIN_EVERY_S = 5.0
EXIT_OK = 0
EXIT_WORK_REMAINS = 1
EXIT_WRONG_USE = 2
EXIT_INTERRUPTED = 130

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandError(UserError):
    """Ends a command with a message for the user and an exit code (1: it did not work out, 2: wrong use)."""

    def __init__(self, message: str, exit_code: int = EXIT_WRONG_USE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def print_faults(faults: Iterable[str]) -> None:
    """What has to be mended before the command works out: a line each, on standard error."""
    for fault in faults:
        err.print(f"✗ {fault}", markup=False, style="red")


class PlainProgress:
    """Progress where there is no terminal to draw on: a line when the work on something begins, then one now and then.

    With `about` given, the work on that has begun and is not announced.
    """

    def __init__(self, console: Console, about: str | None = None) -> None:
        self._console = console
        self._about, self._line, self._said_at = about, "", time.monotonic()

    def show(self, about: str, line: str) -> None:
        """Prints `line` if it is news and, for the same `about`, if some seconds have passed."""
        now = time.monotonic()
        if line == self._line or (about == self._about and now - self._said_at < PLAIN_EVERY_S):
            return
        self._console.print(line, markup=False)
        self._about, self._line, self._said_at = about, line, now

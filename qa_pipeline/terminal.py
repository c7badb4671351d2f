"""How commands talk: results on standard output, everything else on standard error, errors in one voice."""

from __future__ import annotations

from rich.console import Console

from qa_pipeline.errors import UserError

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

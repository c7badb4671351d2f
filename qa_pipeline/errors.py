"""The errors that users can mend: their message says what is wrong and what to do, and a command ends with their exit
code. Everything else that is raised is a fault of the program and shows its traceback.

Imports nothing, so that every room can derive from them.
"""

from __future__ import annotations


class UserError(Exception):
    """Something outside the program must change before the same command works: exit code 1, work remains."""

    exit_code = 1


class WrongUse(UserError):
    """Options or settings that cannot be meant: exit code 2."""

    exit_code = 2

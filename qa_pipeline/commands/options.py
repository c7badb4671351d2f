"""Options that several commands have, and what they mean."""

from __future__ import annotations

import datetime as dt
import getpass
from typing import Annotated, Any

import typer


def _day(written: str) -> dt.date:
    """The day that an option names.

    Raises:
        typer.BadParameter: there is no such day, or it is written in another way.
    """
    try:
        return dt.datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        raise typer.BadParameter(f"{written!r} is not a day; write year, month and day, as in 2025-09-01") from None


DAY: Any = {"parser": _day, "metavar": "YYYY-MM-DD"}
"""What `typer.Option` takes for an option that is a day."""

FromDate = Annotated[dt.date, typer.Option("--from", help="First call date.", **DAY)]
OptionalFromDate = Annotated[dt.date | None, typer.Option("--from", help="First call date.", **DAY)]
ToDate = Annotated[dt.date | None, typer.Option("--to", help="Last call date; --from when left out.", **DAY)]
CallIds = Annotated[
    list[str] | None, typer.Option(metavar="CALL_ID", help="Only this call; may be given several times.")
]


def user_of_this_machine() -> str:
    """The login of whoever runs the command; `unknown` for a container's user without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

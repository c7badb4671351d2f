"""Options that several commands have, and what they mean."""

from __future__ import annotations

import datetime as dt
import getpass
from typing import Annotated

import typer

DAY = {"formats": ["%Y-%m-%d"], "metavar": "YYYY-MM-DD"}
FromDate = Annotated[dt.datetime, typer.Option("--from", help="First call date.", **DAY)]
OptionalFromDate = Annotated[dt.datetime | None, typer.Option("--from", help="First call date.", **DAY)]
ToDate = Annotated[dt.datetime | None, typer.Option("--to", help="Last call date; --from when left out.", **DAY)]
CallIds = Annotated[
    list[str] | None, typer.Option(metavar="CALL_ID", help="Only this call; may be given several times.")
]


def date_of(moment: dt.datetime | None) -> dt.date | None:
    """The day that an option gives, which typer reads as its midnight."""
    return moment.date() if moment else None


def user_of_this_machine() -> str:
    """The login of whoever runs the command; `unknown` for a container's user without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

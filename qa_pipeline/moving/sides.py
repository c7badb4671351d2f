"""The two sides of a move: the folder of one machine, and the servers that several share."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.engine import make_url

from qa_pipeline.errors import UserError, WrongUse
from qa_pipeline.settings import Settings


class MoveRefused(UserError):
    """Nothing was moved, or not all of it; the message says why and what to do."""


class GivenUp(MoveRefused):
    """Somebody gave the move up while it was under way: the ledger is used where it was."""


class Mode(StrEnum):
    """`embedded`: all in QA_HOME on one machine; `scale`: on the servers that the settings name."""

    EMBEDDED = "embedded"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Side:
    """One operations database; `shown` names it without a password, for people."""

    mode: Mode
    url: str
    shown: str
    file: Path | None = None


def sides_of(settings: Settings, to: Mode, ledger_file: Path | None = None) -> tuple[Side, Side]:
    """Where a move leads from and to: QA_OPERATIONS_URL is the servers' side, a file below QA_HOME the machine's.

    Raises:
        WrongUse: no PostgreSQL is named.
    """
    url = settings.operations_url
    if url is None or make_url(url).get_backend_name() != "postgresql":
        given = "is not set" if url is None else "is not PostgreSQL"
        raise WrongUse(
            f"QA_OPERATIONS_URL {given}: set it, QA_RAW_BUCKET and QA_LAKE as they are in scale mode, for both "
            "directions; what they name is one side of the move, and QA_HOME the other (docs/scale.md)"
        )
    parsed = make_url(url)
    scale = Side(Mode.SCALE, url, f"postgresql://{parsed.host or 'localhost'}:{parsed.port or 5432}/{parsed.database}")
    file = (ledger_file or settings.home / "operations.sqlite").absolute()
    embedded = Side(Mode.EMBEDDED, f"sqlite:///{file}", f"{file} on {socket.gethostname()}", file)
    return (embedded, scale) if to is Mode.SCALE else (scale, embedded)

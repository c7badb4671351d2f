"""What is looked at before a program joins the others: that the database lets it in, and that it agrees with them."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from qa_pipeline.errors import UserError
from qa_pipeline.settings import Settings
from qa_pipeline.workers.deciding_settings import differing
from qa_pipeline.workers.register import RUNS, Program, living
from qa_pipeline.workers.tables import dagster_url

_CONNECT_TIMEOUT_S = 5
_SHOWN = 8


class DatabaseAway(UserError):
    """The database does not answer, or not to us; the message names it and says what to look at."""


class Differs(UserError):
    """This program is of another version, or has other settings, than those that it would work with."""


def reach_database(settings: Settings) -> None:
    """Raises DatabaseAway where the database does not let this program in now."""
    url = dagster_url(settings)
    engine = create_engine(url, connect_args={"connect_timeout": _CONNECT_TIMEOUT_S})
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0]
        where = url.set(query={}).render_as_string(hide_password=True)
        name = "QA_DAGSTER_URL" if settings.dagster_url else "QA_OPERATIONS_URL"
        raise DatabaseAway(f"the database {where} ({name}) cannot be used: {said}") from error
    finally:
        engine.dispose()


def refuse_differing(program: Program, engine: Engine) -> None:
    """Raises Differs where a worker does not agree with the program that launches runs: it could take none of their
    steps, and the tables must not depend on who took which."""
    for other in living(engine, RUNS):
        if other.version != program.version:
            raise Differs(
                f"`qa-pipeline up` on {other.host} is of version {other.version}, this worker is of {program.version}; "
                "install one version everywhere"
            )
        names = differing(other.deciding, program.deciding)
        if names:
            shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
            raise Differs(
                f"`qa-pipeline up` on {other.host} has other settings than this worker: {shown}; "
                "set them alike on all machines, and start those again whose settings changed"
            )

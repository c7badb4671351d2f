"""Notes in the register of exports what a person is about to take along. Nothing is handed over that is not noted."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from dashboards.serving.access import Viewer
from qa_pipeline.errors import UserError
from qa_pipeline.looks.taken import InIt, TakenWhat, open_register
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import t

logger = logging.getLogger("dashboards.serving")


class NotNoted(Exception):
    """The register can't be written; the message is a sentence."""


def note_taken(viewer: Viewer, settings: Settings, what: TakenWhat, name: str, in_it: InIt, chosen: str = "") -> None:
    """Notes a file, before anything of it is sent.

    Raises:
        NotNoted: the operations database can't be written.
    """
    try:
        register = open_register(settings.operations_database_url)
        try:
            role = viewer.role.value if viewer.role else ""
            register.note(what, name, in_it, who=viewer.user, role=role, chosen=chosen)
        finally:
            register.close()
    except (UserError, SQLAlchemyError, OSError) as error:
        logger.warning("%s can't be taken along: the register of exports fails (%s)", what, type(error).__name__)
        raise NotNoted(t("This can't be taken along just now: it could not be noted.")) from error


def of_call(call_id: str, day: object = None) -> InIt:
    """What is in a file about one call."""
    found = InIt()
    found.add(call_id, day)
    return found

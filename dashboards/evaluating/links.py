"""Addresses below which the form of one evaluation reads and saves: signed, for one person in one browser."""

from __future__ import annotations

from dashboards.serving.access import Viewer
from dashboards.serving.current_settings import current_settings
from dashboards.serving.served_path import below_base
from dashboards.serving.signed_links import read_token, token_of
from qa_pipeline.settings import Settings

FORM_PATH = "evaluation-form"
_PURPOSE = "evaluation"


def form_path() -> str:
    """Where the routes are, below the server's base path."""
    return below_base(FORM_PATH)


def form_link(viewer: Viewer, evaluation_id: str) -> str:
    """The address for `viewer` of the form of an evaluation. It opens nothing that the person may not see: that is
    asked again with each request.

    Raises:
        OSError: the key can't be read or written.
    """
    settings = current_settings()
    token = token_of(settings, _PURPOSE, viewer, [evaluation_id], hours=settings.sound_link_hours)
    return f"{form_path()}/{token}"


def evaluation_of_link(settings: Settings, token: str, viewer: Viewer) -> str:
    """The id of the evaluation that a token is for.

    Raises:
        TokenRefused: it is not one for `viewer`.
    """
    [evaluation_id] = read_token(settings, _PURPOSE, token, viewer)
    return evaluation_id

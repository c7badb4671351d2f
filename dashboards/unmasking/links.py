"""The address by which somebody asks for what was masked in one call: signed, for one person in one browser."""

from __future__ import annotations

from dashboards.serving.access import Viewer
from dashboards.serving.served_path import below_base
from dashboards.serving.signed_links import read_token, token_of
from qa_pipeline.settings import Settings

UNMASK_PATH = "unmask"


def unmask_path() -> str:
    """Where the route is, below the server's base path."""
    return below_base(UNMASK_PATH)


def unmask_link(viewer: Viewer, settings: Settings, call_id: str) -> str:
    """The address for `viewer` of one call. It shows nothing by itself: the right is asked again with each request.

    Raises:
        OSError: the key can't be read or written.
    """
    token = token_of(settings, UNMASK_PATH, viewer, [call_id], hours=settings.sound_link_hours)
    return f"{unmask_path()}/{token}"


def call_of_link(settings: Settings, token: str, viewer: Viewer) -> str:
    """The id of the call that a token is for.

    Raises:
        TokenRefused: it is not one for `viewer`.
    """
    [call_id] = read_token(settings, UNMASK_PATH, token, viewer)
    return call_id

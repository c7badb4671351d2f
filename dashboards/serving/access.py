"""Who is looking, and what that person may do: asked wherever data is read, heard or taken along.

The gate (`serving.gate`) finds out who a request is from and seals it into a header that only this process can write;
the session of a page carries the header of its connection. The role is looked up each time, so that a change of the
settings counts for pages that are open.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st
from itsdangerous import BadSignature, URLSafeSerializer
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboards.serving.current_settings import current_settings
from qa_pipeline.people.roles import RIGHTS, Role, entry_of, sees_raw_text
from qa_pipeline.people.roles import Right as Right  # pages ask for rights where they ask for the viewer
from qa_pipeline.settings import Settings

LOCAL_USER = "local"
"""The one person of `dashboard_access = "local"`."""

SEAL_HEADER = "x-qa-viewer"
"""What the gate adds to requests; what comes from outside under this name is dropped there."""

_seals = URLSafeSerializer(secrets.token_bytes(32), salt="viewer")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person at a browser. `role` is None for somebody who is not listed; `browser` is the secret of the browser's
    cookie that links are bound to, empty where there is none. `agent_id` is who an agent is, where the settings say,
    and `sees_raw` whether they let the person see and hear what was masked."""

    user: str
    role: Role | None
    browser: str = ""
    agent_id: str | None = None
    sees_raw: bool = False

    @property
    def sees_only_own(self) -> bool:
        """Whether only the person's own calls are to be seen."""
        return self.role is Role.AGENT

    def may(self, right: Right) -> bool:
        """Whether the person's role has the right; to what was masked, whether the settings give it."""
        if right is Right.RAW_TEXT:
            return self.role is not None and self.sees_raw
        return self.role is not None and right in RIGHTS[self.role]


def viewer() -> Viewer:
    """Who looks at the page that is being run.

    Without a server around the page (Streamlit's test harness) this is the local user, where the settings know no
    other; nobody else gets a role that way.

    Raises:
        SettingsError: the settings can't be read.
    """
    settings = current_settings()
    seal_of_session = _header_of_session()
    if seal_of_session is None:
        return viewer_of(settings, LOCAL_USER if settings.dashboard_access == "local" else "", "")
    try:
        user, browser = _seals.loads(seal_of_session)
    except BadSignature:
        return Viewer("", None)
    return viewer_of(settings, user, browser)


def is_at_this_machine() -> bool:
    """Whether the page is looked at by the one person of this machine, or by no server's session at all. Asks no
    settings, for when they can't be read."""
    sealed = _header_of_session()
    if sealed is None:
        return True
    try:
        return bool(_seals.loads(sealed)[0] == LOCAL_USER)
    except BadSignature:
        return False


def viewer_of(settings: Settings, user: str, browser: str) -> Viewer:
    """The person with the role that the settings give."""
    if settings.dashboard_access == "local":
        sees_raw = Role.ADMIN in settings.raw_text_roles
        return Viewer(user, Role.ADMIN, browser, None, sees_raw) if user == LOCAL_USER else Viewer(user, None, browser)
    # a session that began before the settings changed is nobody's any more
    entry = entry_of(user, settings.dashboard_users) if user and user != LOCAL_USER else None
    if entry is None:
        return Viewer(user, None, browser)
    return Viewer(user, entry.role, browser, entry.agent_id, sees_raw_text(entry, settings.raw_text_roles))


def seal(user: str, browser: str) -> str:
    """The header that tells a page who looks at it."""
    return str(_seals.dumps([user, browser]))


def _header_of_session() -> str | None:
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    value = st.context.headers.get(SEAL_HEADER)
    return None if value is None else str(value)

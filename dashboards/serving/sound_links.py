"""Links to the sound of a call: signed, expiring, and good for one person in one browser.

The address names the call and which sound of it is meant, so a recording that is replaced is noticed. Whoever copies
it into another browser or sends it to somebody else sends nothing: both the person and the browser's cookie are asked.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer
from streamlit import config
from streamlit.url_util import make_url_path

from dashboards.queries import ask_about_call, sources_of
from dashboards.serving.access import Viewer
from dashboards.serving.current_settings import current_settings
from dashboards.serving.keys import signing_key
from dashboards.serving.opening import open_for
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import to_translate

SOUND_PATH = "sound"
SECONDS_PER_HOUR = 3600


class LinkRefused(Exception):
    """A link that opens nothing here; the message is a sentence of the catalogue for whoever has it."""


@dataclass(frozen=True, slots=True)
class SoundLink:
    """What a link says: the call, and the identity of its sound (see `sound_identity`)."""

    call_id: str
    identity: str


def sound_link(viewer: Viewer, call_id: str, snapshot: Snapshot | None = None) -> str:
    """The address, relative to the server, under which `viewer` hears the whole call: `/sound/<token>`.

    `snapshot` is the one that the page has open; without it the newest is opened. A page that runs again gets the same
    address for a while, so that a player needn't begin again.

    Raises:
        NothingPublished, UnreadableSnapshot: there is no snapshot to find the call in.
        OSError: the key can't be read or written.
    """
    settings = current_settings()
    if snapshot is not None:
        return _link(settings, viewer, SoundLink(call_id, sound_identity(snapshot, call_id)))
    with open_for(viewer, settings) as newest:
        return _link(settings, viewer, SoundLink(call_id, sound_identity(newest, call_id)))


def sound_identity(snapshot: Snapshot, call_id: str) -> str:
    """What the sound of a call is known by: its files and their places, or where the one file lies."""
    sources = sources_of(snapshot, call_id)
    parts = sorted(
        f"{row['channel_id']}={row['recording_id']}.{row['source_channel']}@{row['offset_ms']}" for row in sources
    )
    if not parts:
        parts = [str(row["source_uri"]) for row in ask_about_call(snapshot, "read_call", call_id)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def sound_route_path() -> str:
    """Where the route is, below the server's base path."""
    return make_url_path(config.get_option("server.baseUrlPath") or "", SOUND_PATH)


def _link(settings: Settings, viewer: Viewer, link: SoundLink) -> str:
    lasts_s = settings.sound_link_hours * SECONDS_PER_HOUR
    step_s = min(SECONDS_PER_HOUR, lasts_s / 4)
    expires_at = time.time() // step_s * step_s + lasts_s
    said = [link.call_id, link.identity, expires_at, _bound_to(viewer)]
    return f"{sound_route_path()}/{_signer(settings).dumps(said)}"


def read_sound_link(
    settings: Settings, token: str, viewer: Viewer, *, now: Callable[[], float] = time.time
) -> SoundLink:
    """What the link says, if it is one for `viewer`.

    Raises:
        LinkRefused: it is not of this server, has expired, or was made for somebody else or another browser.
    """
    try:
        call_id, identity, expires_at, bound_to = _signer(settings).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise LinkRefused(
            to_translate("This link was not made by this server. Open the call again to listen to it.")
        ) from None
    if now() > expires_at:
        raise LinkRefused(to_translate("This link has expired. Open the call again to listen to it."))
    if not viewer.browser or not hmac.compare_digest(bound_to, _bound_to(viewer)):
        raise LinkRefused(
            to_translate(
                "This link was made for another person or another browser. Open the call in this browser to "
                "listen to it."
            )
        )
    return SoundLink(call_id, identity)


def _bound_to(viewer: Viewer) -> str:
    """Neither the cookie nor the login can be read from the link."""
    return hashlib.sha256(f"{viewer.user}\n{viewer.browser}".encode()).hexdigest()[:32]


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(
        signing_key(settings.home),
        salt="sound",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )

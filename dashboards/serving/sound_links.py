"""Links to the sound of a call: signed, expiring, and good for one person in one browser.

The address names the call and which sound of it is meant, so a recording that is replaced is noticed. One to the sound
with what was masked in it is another one: it is made once the look is in the log, and lasts an hour at most.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from dashboards.queries import ask_about_call, sources_of
from dashboards.serving.access import Viewer
from dashboards.serving.current_settings import current_settings
from dashboards.serving.opening import open_for
from dashboards.serving.served_path import below_base
from dashboards.serving.signed_links import TokenRefused, Why, read_token, token_of
from qa_pipeline.looks.chain import What
from qa_pipeline.looks.log import Look
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import to_translate

SOUND_PATH = "sound"
MOST_RAW_HOURS = 1.0
_RAW = "raw-sound"
_REFUSALS = {
    Why.NOT_OURS: to_translate("This link was not made by this server. Open the call again to listen to it."),
    Why.EXPIRED: to_translate("This link has expired. Open the call again to listen to it."),
    Why.FOR_SOMEBODY_ELSE: to_translate(
        "This link was made for another person or another browser. Open the call in this browser to listen to it."
    ),
}


class LinkRefused(Exception):
    """A link that opens nothing here; the message is a sentence of the catalogue for whoever has it."""


@dataclass(frozen=True, slots=True)
class SoundLink:
    """What a link says: the call, and the identity of its sound (see `sound_identity`). `raw_for` is None where it is
    the sound for everybody; else what was masked is heard too, for this."""

    call_id: str
    identity: str
    raw_for: What | None = None

    @property
    def is_raw(self) -> bool:
        """Whether what was masked is heard too."""
        return self.raw_for is not None


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


def raw_sound_link(viewer: Viewer, settings: Settings, snapshot: Snapshot, look: Look) -> str:
    """The address under which `viewer` hears what was masked too, once that `look` is in the log.

    Raises:
        UnreadableSnapshot: the call's sound can't be named.
        OSError: the key can't be read or written.
    """
    said = [look.call_id, sound_identity(snapshot, look.call_id), look.what.value]
    token = token_of(settings, _RAW, viewer, said, hours=min(MOST_RAW_HOURS, settings.sound_link_hours))
    return f"{raw_sound_route_path()}/{token}"


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
    return below_base(SOUND_PATH)


def raw_sound_route_path() -> str:
    """As `sound_route_path`, of the sound with what was masked."""
    return f"{sound_route_path()}/raw"


def _link(settings: Settings, viewer: Viewer, link: SoundLink) -> str:
    token = token_of(settings, "sound", viewer, [link.call_id, link.identity], hours=settings.sound_link_hours)
    return f"{sound_route_path()}/{token}"


def read_sound_link(
    settings: Settings, token: str, viewer: Viewer, *, now: Callable[[], float] = time.time
) -> SoundLink:
    """What the link says, if it is one for `viewer`.

    Raises:
        LinkRefused: it is not of this server, has expired, or was made for somebody else or another browser.
    """
    try:
        call_id, identity = read_token(settings, "sound", token, viewer, now=now)
    except TokenRefused as error:
        raise LinkRefused(_REFUSALS[error.why]) from None
    return SoundLink(call_id, identity)


def read_raw_sound_link(
    settings: Settings, token: str, viewer: Viewer, *, now: Callable[[], float] = time.time
) -> SoundLink:
    """As `read_sound_link`, of the sound with what was masked.

    Raises:
        LinkRefused: as there.
    """
    try:
        call_id, identity, what = read_token(settings, _RAW, token, viewer, now=now)
    except TokenRefused as error:
        raise LinkRefused(_REFUSALS[error.why]) from None
    return SoundLink(call_id, identity, What(what))

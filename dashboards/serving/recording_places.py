"""Where recordings may be read, and what people are told of one that can't be.

A sentence with the path is for those who run the server. Everybody else reads whom to tell what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dashboards.serving.access import Right, Viewer
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import t

_PATH = re.compile(r"(?:(?:[a-z][a-z0-9+.-]*://)|(?<![\w/.…])/)[^\s'\"«»,;()]*/([^\s/'\"«»,;()]+)", re.IGNORECASE)
"""A path from the root on, or an address; its last part is kept."""


class NotPlayable(Exception):
    """A call that can't be heard; the message says why and what to do, and may name paths of the server."""


class RecordingMoved(NotPlayable):
    """Its recording is not where it was when the call landed."""


class OtherRecording(NotPlayable):
    """Where its recording was there is another one now."""


def recording_roots(settings: Settings) -> tuple[Path, ...]:
    """Folders that recordings may be played from."""
    landing = [folder] if (folder := settings.landing_folder) else []
    return (*landing, settings.demo_recordings, *settings.local_references)


def find_recording(source_uri: str, roots: Iterable[Path]) -> Path:
    """The file behind a `source_uri`, if it lies below one of `roots`.

    Raises:
        RecordingMoved: it is kept elsewhere, is gone, or lies outside.
    """
    parts = urlsplit(source_uri)
    if parts.scheme not in ("", "file"):
        raise RecordingMoved(
            t(
                "The recording is kept at {place}, which is not in the landing zone. Set QA_RECORDINGS to the bucket "
                "or folder that recordings are in now, and run its day again.",
                place=source_uri,
            )
        )
    path = Path(unquote(parts.path) if parts.scheme else source_uri)
    allowed = [root.resolve() for root in roots]
    try:
        # links are followed before the place is checked
        real = path.resolve(strict=True)
    except (OSError, ValueError):
        raise RecordingMoved(
            t(
                "The recording is no longer at {path}. Put the file back to listen to it; if the recordings were "
                "moved, set QA_RECORDINGS to where they are now and run its day again. The transcript stays.",
                path=path,
            )
        ) from None
    if not any(real.is_relative_to(root) for root in allowed):
        places = ", ".join(str(root) for root in allowed)
        raise RecordingMoved(
            t(
                "{path} lies outside the folders of recordings ({places}) and is not played. Set QA_RECORDINGS to the "
                "folder that it is in if that is right.",
                path=path,
                places=places,
            )
        )
    return real


def told_to(viewer: Viewer, text: str, settings: Settings, uris: Iterable[str] = ()) -> str:
    """A text of the data or of an error as the person may read it: without the right to paths, only the last part of
    each is left.

    `uris` are where the recordings lie of which the text may tell: their paths are known, whatever characters they
    have, and so are the folders of the settings. What else looks like a path is shortened by its looks.
    """
    if viewer.may(Right.RAW_PATHS):
        return text
    for uri in uris:
        path = unquote(urlsplit(uri).path)
        for place in (uri, path) if path.strip("/") else (uri,):
            text = text.replace(place, f"…/{path.rsplit('/', 1)[-1]}")
    places = [settings.home, settings.recordings, settings.project_root.absolute(), *settings.local_references]
    # the longest first: one may lie within another
    for place in sorted({str(place) for place in places}, key=len, reverse=True):
        text = text.replace(f"{place}/", "…/").replace(place, "…")
    return _PATH.sub(r"…/\1", text)


def sentence_for(trouble: NotPlayable, viewer: Viewer, settings: Settings) -> str:
    """What the person reads: all of it with the right to paths, else whom to tell."""
    if viewer.may(Right.RAW_PATHS):
        return str(trouble)
    contact = settings.dashboard_contact or t("whoever runs this server")
    if isinstance(trouble, RecordingMoved):
        return t("The recording of this call was moved. Tell {contact}; the transcript stays.", contact=contact)
    if isinstance(trouble, OtherRecording):
        return t(
            "The recording of this call was replaced after it was transcribed. Tell {contact}; the transcript stays.",
            contact=contact,
        )
    return t("The recording of this call can't be played. Tell {contact}; the transcript stays.", contact=contact)

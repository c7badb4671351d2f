"""`POST /unmask/<token>`: what was masked in one call, as JSON, for a person with the right who says why.

    {what: "text", reason}      → {sentences: [[number, text, words as of `spoken.words_of`] …], missing: n}
    {what: "sound", reason}     → {sound: address}      what was masked is heard too
    {what: "export", reason}    → {sound: address}      the same, to be taken along as a file

The look is in the log before anything is read. Nothing of it is kept by a browser or stands in an address: what is
sent is marked as not to be stored, and the reason travels in the body. 403 whoever may not, 404 nothing is masked or it
can't be read any more, 422 no reason, 503 the log can't be written: then nothing is shown.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.instrument.call_data import raw_rows
from dashboards.queries import ask, ask_about_call
from dashboards.serving.access import Right, Viewer
from dashboards.serving.answers import PRIVATE
from dashboards.serving.current_settings import current_settings
from dashboards.serving.json_body import BodyTooLong, read_json
from dashboards.serving.masked_spans import masked_spans
from dashboards.serving.opening import open_calls_for
from dashboards.serving.same_origin import is_from_here
from dashboards.serving.signed_links import TokenRefused
from dashboards.serving.sound_links import raw_sound_link
from dashboards.unmasking.links import call_of_link, unmask_path
from dashboards.unmasking.offer import NEEDS
from qa_pipeline.errors import UserError
from qa_pipeline.looks.chain import What
from qa_pipeline.looks.log import Look, NoReason, open_looks
from qa_pipeline.looks.raw_texts import NothingRaw, read_raw_texts
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.retention import texts_deleted

MOST_BYTES = 16 * 1024
"""A reason has some hundred characters."""

logger = logging.getLogger("dashboards.unmasking")


def unmask_route() -> Route:
    """The route, below the server's base path."""
    return Route(f"{unmask_path()}/{{token}}", _unmask, methods=["POST"])


async def _unmask(request: Request) -> Response:
    viewer = request.scope.get("qa_viewer")
    if not isinstance(viewer, Viewer) or not viewer.may(Right.RAW_TEXT):
        return _said(403, t("Your role does not include what was masked."))
    if not is_from_here(request):
        return _said(403, t("This did not come from a page of this server."))
    asked = await _asked(request)
    if isinstance(asked, Response):
        return asked
    what, reason = asked
    if not all(viewer.may(right) for right in NEEDS[what]):
        return _said(403, t("Your role does not include this."))
    try:
        call_id = call_of_link(current_settings(), request.path_params["token"], viewer)
    except TokenRefused:
        return _said(403, t("This page was opened in another browser, or too long ago. Reload the page."))
    try:
        return await run_in_threadpool(_shown, viewer, call_id, what, reason)
    except NoReason:
        return _said(422, t("Say why you look, in four characters or more and at most five hundred."))
    except NothingRaw as error:
        logger.warning("raw text of call %s can't be shown: %s", call_id, error)
        return _said(404, t("What was said can't be read any more: its raw JSON is missing."))
    except (UserError, SQLAlchemyError, OSError) as error:
        logger.warning("what was masked in call %s can't be shown: %s", call_id, type(error).__name__)
        return _said(503, t("This can't be shown just now."))


async def _asked(request: Request) -> tuple[What, str] | Response:
    """What is asked for, and why; or what is wrong with what was sent."""
    try:
        sent = await read_json(request, MOST_BYTES)
        what, reason = What(sent["what"]), sent["reason"]
    except BodyTooLong:
        return _said(413, t("This is too long."))
    except (ValueError, KeyError, TypeError):
        return _said(400, t("This is not what the page sends."))
    if not isinstance(reason, str) or what not in NEEDS:
        return _said(400, t("This is not what the page sends."))
    return what, reason


def _shown(viewer: Viewer, call_id: str, what: What, reason: str) -> Response:
    settings = current_settings()
    with open_calls_for(viewer, settings) as snapshot:
        # an agent finds the own calls alone
        is_there = bool(ask_about_call(snapshot, "read_call", call_id))
        if not is_there or not masked_spans(snapshot, call_id):
            return _said(404, t("Nothing is masked in this call."))
        if what is What.TEXT and (gone := _why_deleted(snapshot, call_id)):
            return _said(404, gone)
        look = _noted(settings, viewer, call_id, what, reason)
        if what is What.TEXT:
            return _json(200, _texts(settings, snapshot, call_id))
        address = raw_sound_link(viewer, settings, snapshot, look)
    return _json(200, {"sound": f"{address}?download=1" if what is What.EXPORT else address})


def _why_deleted(snapshot: Snapshot, call_id: str) -> str | None:
    """That the texts of the call were deleted by age. Their raw JSON may be kept for longer, and is no way around."""
    if "text_deleted_at" not in snapshot.columns("calls"):
        return None  # of an earlier version
    [row] = ask(snapshot, "when_texts_were_deleted", call_id=call_id)
    return texts_deleted(row["text_deleted_at"])


def _noted(settings: Settings, viewer: Viewer, call_id: str, what: What, reason: str) -> Look:
    looks = open_looks(settings.operations_database_url)
    try:
        role = viewer.role.value if viewer.role else ""
        return looks.note(who=viewer.user, role=role, call_id=call_id, what=what, reason=reason)
    finally:
        looks.close()


def _texts(settings: Settings, snapshot: Snapshot, call_id: str) -> dict[str, Any]:
    raw = read_raw_texts(settings, snapshot, call_id)
    spans = masked_spans(snapshot, call_id)
    wanted = {(span.channel_id, span.sentence_id) for span in spans if span.sentence_id is not None}
    found = {key: raw.sentences[key] for key in wanted if key in raw.sentences}
    return {
        "sentences": raw_rows(snapshot, call_id, found, settings.metrics.unsure_below),
        "missing": len(wanted) - len(found),
    }


def _said(status: int, message: str) -> Response:
    return _json(status, {"message": message})


def _json(status: int, value: object) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(body, status, headers=PRIVATE, media_type="application/json")

"""`/export/…`: files for people who may take them along, by the same URL parameters as the pages.

    /export/calls.csv, /export/calls.xlsx   the list: its filters, `sort`, `order`, `columns`; `only` names single calls
    /export/call.FORMAT?call=ID             a call's transcript, in a format of `qa-pipeline export`
    /export/NAME.csv, /export/NAME.xlsx     the rows of a page about evaluations (`results.sheets`), narrowed as it is

The gate in front of all routes has found out who asks; here it is looked up what that person may do.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboards.call_table.columns import columns_of
from dashboards.exporting.call_list import BATCH_CALLS, MEDIA_TYPES, FileFormat, write_calls
from dashboards.exporting.transcripts import NoTranscript, transcript_file
from dashboards.filters import SORTS, CallFilter, published_ranges
from dashboards.finding import find_all_calls, searched
from dashboards.queries import ask
from dashboards.results.seen import seen_by
from dashboards.results.sheet import write_sheet
from dashboards.results.sheets import NoSheet, sheet_of
from dashboards.serving.access import Right, Viewer
from dashboards.serving.answers import PRIVATE, sentence
from dashboards.serving.current_settings import current_settings
from dashboards.serving.opening import open_for
from dashboards.serving.review_store import reviews_of
from dashboards.serving.served_path import below_base
from dashboards.serving.taking import NotNoted, note_taken, of_call
from dashboards.url_values import names_of
from qa_pipeline.errors import UserError
from qa_pipeline.export.formats import WRITERS
from qa_pipeline.looks.taken import InIt
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.settings import Settings
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.languages import t

EXPORT_PATH = "export"


def export_routes() -> list[Route]:
    """The routes, below the server's base path."""
    return [
        Route(f"{export_path()}/calls.{{file_format}}", _serve_list, methods=["GET"]),
        Route(f"{export_path()}/call.{{file_format}}", _serve_transcript, methods=["GET"]),
        Route(f"{export_path()}/{{name}}.{{file_format}}", _serve_sheet, methods=["GET"]),
    ]


def export_path() -> str:
    """Where the files are, as a browser asks for them."""
    return below_base(EXPORT_PATH)


async def _serve_list(request: Request) -> Response:
    file_format = request.path_params["file_format"]
    if file_format not in MEDIA_TYPES:
        return sentence(404, t("The list is written as {formats}.", formats=t(" or ").join(MEDIA_TYPES)))
    if refusal := _refusal(request):
        return refusal
    parameters = {name: request.query_params.getlist(name) for name in request.query_params}
    try:
        path, name = await asyncio.to_thread(_list_file, _viewer(request), current_settings(), parameters, file_format)
    except NotNoted as error:
        return sentence(503, str(error))
    except UserError as error:
        return sentence(404, str(error))
    return _OnceFile(path, media_type=MEDIA_TYPES[file_format], filename=name, headers=PRIVATE)


async def _serve_sheet(request: Request) -> Response:
    file_format, name = request.path_params["file_format"], request.path_params["name"]
    if file_format not in MEDIA_TYPES:
        return sentence(404, t("The list is written as {formats}.", formats=t(" or ").join(MEDIA_TYPES)))
    if refusal := _refusal(request):
        return refusal
    parameters = {key: request.query_params.getlist(key) for key in request.query_params}
    try:
        path, file_name = await asyncio.to_thread(_sheet_file, _viewer(request), name, parameters, file_format)
    except NoSheet:
        return sentence(404, t("There is no such file, or your role does not include it."))
    except NotNoted as error:
        return sentence(503, str(error))
    except UserError as error:
        return sentence(404, str(error))
    return _OnceFile(path, media_type=MEDIA_TYPES[file_format], filename=file_name, headers=PRIVATE)


class _OnceFile(FileResponse):
    """A file that is deleted when it was sent, or could not be."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _remove(self.path)


def _remove(path: str | os.PathLike[str]) -> None:
    Path(path).unlink(missing_ok=True)


async def _serve_transcript(request: Request) -> Response:
    file_format = request.path_params["file_format"]
    if file_format not in WRITERS:
        return sentence(404, t("A transcript is written as {formats}.", formats=t(", ").join(WRITERS)))
    if refusal := _refusal(request):
        return refusal
    settings, call_id = current_settings(), request.query_params.get("call", "")

    def read() -> Response:
        with open_for(_viewer(request), settings) as snapshot:
            file = transcript_file(snapshot, call_id, file_format)
        note_taken(_viewer(request), settings, "transcripts", file.name, of_call(call_id, file.day))
        # half a surrogate pair has no bytes of its own
        body = file.text.encode("utf-8", "replace")
        disposition = f"attachment; filename*=utf-8''{quote(file.name, safe='')}"
        return Response(body, headers={"content-disposition": disposition, **PRIVATE}, media_type=file.media_type)

    try:
        return await asyncio.to_thread(read)
    except NotNoted as error:
        return sentence(503, str(error))
    except (NoTranscript, UserError) as error:
        return sentence(404, str(error))


def _viewer(request: Request) -> Viewer:
    """Who asks; nobody where the gate let nobody in."""
    viewer = request.scope.get("qa_viewer")
    return viewer if isinstance(viewer, Viewer) else Viewer("", None)


def _refusal(request: Request) -> Response | None:
    if _viewer(request).may(Right.EXPORT):
        return None
    return sentence(403, t("Your role does not include taking files along."))


def _list_file(
    viewer: Viewer, settings: Settings, parameters: dict[str, list[str]], file_format: FileFormat
) -> tuple[Path, str]:
    """The file, which the caller deletes, and what a browser calls it."""
    with open_for(viewer, settings) as snapshot:
        (publication,) = ask(snapshot, "describe_snapshot")
        published, newest = published_ranges(publication)
        today = dt.datetime.now(ZoneInfo(settings.timezone)).date()
        chosen = searched(snapshot, CallFilter.from_query(parameters).on(today, newest, published))
        columns = columns_of(names_of(parameters.get("columns", ())))
        about = {
            "calls": f"{chosen.range.first} to {chosen.range.last}",
            "chosen by": "; ".join(f"{name}: {', '.join(values)}" for name, values in parameters.items()),
            "published at": moment(publication["published_at"]),
            "time zone of times": settings.timezone,
        }
        name, in_it = f"calls-{chosen.range.first}-{chosen.range.last}.{file_format}", InIt()
        calls = _counted(_calls(snapshot, chosen, parameters), in_it)
        with _new_file(file_format) as file:
            path = Path(file.name)
            try:
                write_calls(file, file_format, snapshot, calls, columns, about)
                note_taken(viewer, settings, "calls", name, in_it, about["chosen by"])
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path, name


def _sheet_file(
    viewer: Viewer, name: str, parameters: dict[str, list[str]], file_format: FileFormat
) -> tuple[Path, str]:
    """As `_list_file`, of a page about evaluations."""
    settings = current_settings()
    with open_for(viewer, settings) as snapshot:
        (publication,) = ask(snapshot, "describe_snapshot")
        published, newest = published_ranges(publication)
        today = dt.datetime.now(ZoneInfo(settings.timezone)).date()
        dates = CallFilter.from_query(parameters).on(today, newest, published).range
        seen = seen_by(viewer, reviews_of(settings), snapshot)
        sheet = sheet_of(name, viewer, snapshot, seen, dates, parameters, settings.timezone)
    about = {"published at": moment(publication["published_at"]), "time zone of times": settings.timezone}
    with _new_file(file_format) as file:
        path = Path(file.name)
        try:
            write_sheet(file, file_format, replace(sheet, about={**sheet.about, **about}))
            file_name, in_it = f"{name}-{dates.first}-{dates.last}.{file_format}", InIt()
            deque(in_it.watched(sheet.columns, sheet.rows), maxlen=0)
            said = "; ".join(f"{key}: {value}" for key, value in sheet.about.items())
            note_taken(viewer, settings, "evaluations", file_name, in_it, said)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path, file_name


def _calls(snapshot: Snapshot, chosen: CallFilter, parameters: dict[str, list[str]]) -> Iterator[list[Row]]:
    sort = next((value for value in parameters.get("sort", ()) if value in SORTS), "date")
    descending = parameters.get("order", ["down"])[0] != "up"
    only = set(parameters.get("only", ()))
    for calls in find_all_calls(snapshot, chosen, sort=sort, descending=descending, size=BATCH_CALLS):
        if wanted := [call for call in calls if not only or call["call_id"] in only]:
            yield wanted


def _counted(batches: Iterable[list[Row]], in_it: InIt) -> Iterator[list[Row]]:
    """The same calls, noted as what is in the file."""
    for calls in batches:
        for call in calls:
            in_it.add(call["call_id"], call["call_date"])
        yield calls


def _new_file(file_format: FileFormat) -> IO[bytes]:
    return tempfile.NamedTemporaryFile(prefix="qa-export-", suffix=f".{file_format}", delete=False)

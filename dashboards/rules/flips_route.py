"""`/export/rule-flips.csv`: all calls that flip by the comparison that the person has made last."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Collection, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dashboards.exporting.routes import export_path
from dashboards.rules.running import Comparing, comparison_of
from dashboards.serving.access import Right, Viewer
from dashboards.serving.answers import PRIVATE, sentence
from dashboards.serving.current_settings import current_settings
from dashboards.serving.review_store import blind_calls_for
from dashboards.serving.taking import NotNoted, note_taken
from qa_pipeline.errors import UserError
from qa_pipeline.looks.taken import InIt
from qa_pipeline.wording.languages import t

FILE = "rule-flips.csv"
CALL_COLUMN = 1
LINES_AT_ONCE = 500


def flips_path() -> str:
    """Where the file is, as a browser asks for it."""
    return f"{export_path()}/{FILE}"


def flips_route() -> Route:
    """The route, which must stand before those of other files."""
    return Route(flips_path(), _serve, methods=["GET"])


async def _serve(request: Request) -> Response:
    viewer = request.scope.get("qa_viewer")
    if not isinstance(viewer, Viewer) or not viewer.may(Right.COMPARE_RULES) or not viewer.may(Right.EXPORT):
        return sentence(403, t("Your role does not include taking files along."))
    found = comparison_of(viewer.user)
    if found is None or found.state != "done":
        return sentence(404, t("There is no comparison of yours; make one on the page Rules."))
    try:
        blind = await run_in_threadpool(blind_calls_for, viewer, current_settings())
    except UserError:
        blind = None
    if blind is None:
        return sentence(503, t("It can't be looked up just now which calls you are to evaluate blind."))
    try:
        await run_in_threadpool(_note, viewer, found, blind)
    except NotNoted as error:
        return sentence(503, str(error))
    headers = {"content-disposition": f'attachment; filename="{FILE}"', **PRIVATE}
    return StreamingResponse(_lines(found, blind), media_type="text/csv; charset=utf-8", headers=headers)


def _note(viewer: Viewer, found: Comparing, hidden: Collection[str]) -> None:
    in_it = InIt()
    with found.file.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        columns = next(rows, [])
        deque(in_it.watched(columns, (row for row in rows if row[CALL_COLUMN] not in hidden)), maxlen=0)
    for day in (found.days.first, found.days.last):
        in_it.add_day(day.isoformat())
    note_taken(viewer, current_settings(), "rule flips", FILE, in_it, f"{found.days.first} to {found.days.last}")


def _lines(found: Comparing, hidden: Collection[str]) -> Iterator[bytes]:
    """The file without calls that the person is not to see anything of, some lines at a time."""
    with found.file.open(encoding="utf-8-sig", newline="") as file:
        text = io.StringIO()
        text.write("\ufeff")
        writer = csv.writer(text)
        for number, row in enumerate(csv.reader(file), start=1):
            if row[CALL_COLUMN] not in hidden:
                writer.writerow(row)
            if number % LINES_AT_ONCE == 0:
                yield _taken(text)
        yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    said = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return said

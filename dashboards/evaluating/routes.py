"""`/evaluation-form/<token>/…`: what the form of an evaluation reads and saves, as JSON.

    GET  form              all of it (see form_data)
    GET  since/REVISION    the same, or {} where nothing has changed since
    POST answer            {question, answer, comment, evidence, seconds, shown, revision, request_id}
    POST comment           {at_ms, text, revision, request_id}
    POST submit, release, withdraw    {revision, request_id}

Who asks was found out by the gate; what that person may see and do is decided by the store, where it reads and writes.
A POST answers with the form as it is then: 200 done, 409 somebody else was faster, 410 it can't be done any more, 422
not accepted, with `message` and, where answers are in the way, `missing` by question.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.evaluating.form_data import Around, form_data, may_look
from dashboards.evaluating.links import evaluation_of_link, form_path
from dashboards.evaluating.opening import around_call
from dashboards.evaluating.saving import ACTS, Act, FactsMissing
from dashboards.evaluating.wire import NotUnderstood
from dashboards.serving.access import Right, Viewer
from dashboards.serving.answers import PRIVATE
from dashboards.serving.current_settings import current_settings
from dashboards.serving.json_body import BodyTooLong, NotJson, read_json
from dashboards.serving.review_store import colleague, reviews_of
from dashboards.serving.same_origin import is_from_here
from dashboards.serving.signed_links import TokenRefused
from qa_pipeline.errors import UserError
from qa_pipeline.reviews.faults import BadReview, Changed, Incomplete, NotAllowed, NotFound, WrongState
from qa_pipeline.reviews.reaching import reaching
from qa_pipeline.reviews.states import EvaluationState
from qa_pipeline.reviews.values import Evaluation
from qa_pipeline.scorecards.scoring import BadAnswer
from qa_pipeline.wording.evaluations import state_label
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.review_faults import review_fault

MOST_BYTES = 256 * 1024
"""An answer with its evidence has a few kB."""


@dataclass(frozen=True, slots=True)
class _Asked:
    viewer: Viewer
    evaluation_id: str


def form_routes() -> list[Route]:
    """The routes, below the server's base path."""
    base = f"{form_path()}/{{token}}"
    return [
        Route(f"{base}/form", _form, methods=["GET"]),
        Route(f"{base}/since/{{revision:int}}", _since, methods=["GET"]),
        *(Route(f"{base}/{name}", _saving(act), methods=["POST"]) for name, act in ACTS.items()),
    ]


async def _form(request: Request) -> Response:
    return await _answered(request, lambda asked: _shown(asked, None))


async def _since(request: Request) -> Response:
    revision: int = request.path_params["revision"]
    return await _answered(request, lambda asked: _shown(asked, revision))


def _saving(act: Act) -> Callable[[Request], Any]:
    async def save(request: Request) -> Response:
        if not is_from_here(request):
            return _said(403, t("This did not come from a page of this server."))
        sent = await _body(request)
        if isinstance(sent, Response):
            return sent
        return await _answered(request, lambda asked: _saved(asked, act, sent))

    return save


async def _body(request: Request) -> dict[str, Any] | Response:
    try:
        sent = await read_json(request, MOST_BYTES)
    except BodyTooLong:
        return _said(413, t("This is too long to be saved."))
    except NotJson:
        return _said(400, t("This is not what the form sends."))
    return sent if isinstance(sent, dict) else _said(400, t("This is not what the form sends."))


async def _answered(request: Request, make: Callable[[_Asked], Response]) -> Response:
    viewer = request.scope.get("qa_viewer")
    if not isinstance(viewer, Viewer) or not viewer.may(Right.READ):
        return _said(403, t("Your role does not include evaluations."))
    try:
        evaluation_id = evaluation_of_link(current_settings(), request.path_params["token"], viewer)
    except TokenRefused:
        return _said(403, t("This form was opened in another browser, or too long ago. Reload the page."))
    try:
        return await run_in_threadpool(_reaching, make, _Asked(viewer, evaluation_id))
    except (NotAllowed, NotFound):
        return _said(403, t("You may not see this evaluation."))
    except UserError:  # nothing published, a database that is away, a wrong setting
        return _said(503, t("Evaluations can't be reached just now."))


def _reaching(make: Callable[[_Asked], Response], asked: _Asked) -> Response:
    with reaching():
        return make(asked)


def _shown(asked: _Asked, revision: int | None) -> Response:
    settings = current_settings()
    who = colleague(asked.viewer, settings)
    if not may_look(who):
        raise NotAllowed("your role does not include evaluations")
    evaluation = reviews_of(settings).evaluation(who, asked.evaluation_id)
    if revision is not None and evaluation.revision == revision:
        return _json(200, {})
    return _json(200, _data(asked, evaluation))


def _saved(asked: _Asked, act: Act, sent: dict[str, Any]) -> Response:
    """What came of it. The request's own id has it done once, however often it is sent."""
    settings = current_settings()
    who, reviews = colleague(asked.viewer, settings), reviews_of(settings)
    if not may_look(who):
        raise NotAllowed("your role does not include evaluations")
    before = reviews.evaluation(who, asked.evaluation_id)
    around = around_call(asked.viewer, settings, before)
    try:
        act(reviews, before, around, sent)
    except Changed as error:
        return _json(409, form_data(error.current, around))
    except WrongState:
        return _said(410, _too_late(act, before.state))
    except Incomplete as error:
        demanded = t("The card demands a comment with this answer.")
        missing = dict.fromkeys(error.questions, demanded)
        return _json(422, {"message": t("Some answers need a comment first."), "missing": missing})
    except (FactsMissing, NotUnderstood) as error:
        return _said(422, str(error))
    except (BadAnswer, BadReview) as error:
        return _said(422, review_fault(str(error)))
    return _json(200, form_data(reviews.evaluation(who, asked.evaluation_id), around))


def _too_late(act: Act, state: EvaluationState) -> str:
    if act is ACTS["release"]:
        return t("This can't be released now: it is {state}.", state=state_label(state))
    if act is ACTS["withdraw"]:
        return t("Only a draft is withdrawn, and this is {state}.", state=state_label(state))
    return t("This is not a draft any more, so nothing in it can be changed.")


def _data(asked: _Asked, evaluation: Evaluation) -> dict[str, Any]:
    around: Around = around_call(asked.viewer, current_settings(), evaluation)
    return form_data(evaluation, around)


def _said(status: int, message: str) -> Response:
    return _json(status, {"message": message})


def _json(status: int, value: object) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(body, status, headers=PRIVATE, media_type="application/json")

"""Health and the operator's view: what the real service doesn't have, kept apart under `/healthz` and `/_local`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qa_pipeline import __version__
from qa_pipeline.local_service.errors import ConfigError, ServiceError, invalid_parameter
from qa_pipeline.local_service.faults import fault_plan
from qa_pipeline.local_service.identity import PRODUCT, proof_of
from qa_pipeline.local_service.recognizers import engine_of
from qa_pipeline.local_service.request_bodies import read_json_body
from qa_pipeline.local_service.served_models import served_model_names, sync_model_names
from qa_pipeline.local_service.service import LocalService
from qa_pipeline.local_service.tasks import Task
from qa_pipeline.local_service.wire import json_response

DEFAULT_ROWS, MAX_ROWS = 1000, 100_000


class OperatorEndpoints:
    """Open on loopback; with an API key set, everything but `/healthz` needs it."""

    def __init__(self, service: LocalService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Health, usage, tasks and faults: for whoever runs the service, not in the protocol."""
        return [
            Route("/healthz", self.health, methods=["GET"]),
            Route("/_local/usage", self.usage, methods=["GET"]),
            Route("/_local/tasks", self.tasks, methods=["GET"]),
            Route("/_local/faults", self.show_faults, methods=["GET"]),
            Route("/_local/faults", self.set_faults, methods=["POST"]),
        ]

    async def health(self, request: Request) -> Response:
        """Version, engine (and those that sign its answers), recognizer, models and queue figures; and, of a
        `?challenge=`, the proof of which product this is."""
        service = self._service
        name = service.recognizer.name
        facts = await asyncio.to_thread(service.recognizer.describe)  # may hash weights that have just come
        challenge = request.query_params.get("challenge")
        return json_response(
            {
                "status": "ok",
                "product": PRODUCT,
                **({} if challenge is None else {"proof": proof_of(challenge)}),
                "version": __version__,
                "engine": engine_of(name),
                "engines": facts.pop("engines", [engine_of(name)]),
                "recognizer": {"name": name, **facts},
                "models": sorted([*served_model_names(), *sync_model_names()]),
                "queue": {"concurrency": service.config.concurrency, **service.queue.counts()},
            }
        )

    async def usage(self, request: Request) -> Response:
        """Seconds and channels billed since the state began, and the tasks still known, by state."""
        self._check_key(request)
        usage = await self._service.store.usage()
        return json_response({**usage, "tasks": self._service.queue.counts()})

    async def tasks(self, request: Request) -> Response:
        """Every known task of every account, the latest first (`?limit=` rows, 1000 unless told)."""
        self._check_key(request)
        limit = request.query_params.get("limit", str(DEFAULT_ROWS))
        if not (limit.isascii() and limit.isdigit() and len(limit) < 10 and 1 <= int(limit) <= MAX_ROWS):
            raise invalid_parameter(f"limit must be a whole number from 1 to {MAX_ROWS}.")
        rows = [_row(task) for task in islice(self._service.queue.newest_first(), int(limit))]
        return json_response({"tasks": rows})

    async def show_faults(self, request: Request) -> Response:
        """The current plan and how often each rule has struck."""
        self._check_key(request)
        return self._faults_response()

    async def set_faults(self, request: Request) -> Response:
        """Replaces the plan; `{}` switches everything off. Only on a service started with `allow_faults`."""
        self._check_key(request)
        if not self._service.config.allow_faults:
            raise ServiceError(403, "AccessDenied", "Faults can't be set: start the local service with --allow-faults.")
        body = await read_json_body(request)
        try:
            plan = fault_plan(json.loads(body.decode("utf-8")))
        except (ConfigError, ValueError, RecursionError) as error:
            raise invalid_parameter(f"Not a fault plan: {error}") from error
        self._service.faults.replace(plan)
        return self._faults_response()

    def _faults_response(self) -> Response:
        faults = self._service.faults
        return json_response({"plan": faults.plan.to_json(), "struck": faults.struck()})

    def _check_key(self, request: Request) -> None:
        if self._service.config.api_key is not None:
            self._service.account_of(request)


def _row(task: Task) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "state": task.state.value,
        "account": task.account[:16],
        **task.request.to_json(),
        "submitted_ms": task.submitted_ms,
        "scheduled_ms": task.scheduled_ms,
        "ended_ms": task.ended_ms,
        "billed_s": task.billed_s,
        "files": [asdict(item) for item in task.files],
    }

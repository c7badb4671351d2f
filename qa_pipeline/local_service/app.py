"""The ASGI application: endpoints, error pages and the door in front of them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from qa_pipeline.local_service.call_endpoints import CallEndpoints, refusal_response
from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.connections import Connections
from qa_pipeline.local_service.errors import ServiceError, StorageError
from qa_pipeline.local_service.gateway import Gateway
from qa_pipeline.local_service.operator_endpoints import OperatorEndpoints
from qa_pipeline.local_service.service import LocalService
from qa_pipeline.local_service.storage_endpoints import StorageEndpoints, storage_error_response
from qa_pipeline.local_service.task_endpoints import TaskEndpoints


def create_app(
    config: ServiceConfig,
    *,
    clock: Callable[[], float] = time.time,
    connections: Connections | None = None,
) -> Starlette:
    """The application for `config`; its state is opened when it starts, not here.

    `clock` is the wall clock in epoch seconds (for tests of expiry). `connections` is what `serve` uses to drop
    connections; without it the two drop faults answer 500.
    """
    service = LocalService(config, clock)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            await service.start()
        except Exception as error:
            app.state.start_failure = error
            raise
        try:
            yield
        finally:
            await service.stop()

    app = Starlette(
        routes=[
            *TaskEndpoints(service).routes(),
            *CallEndpoints(service).routes(),
            *StorageEndpoints(service).routes(),
            *OperatorEndpoints(service).routes(),
        ],
        middleware=[Middleware(Gateway, service=service, connections=connections or Connections())],
        exception_handlers={
            ServiceError: _service_error,
            StorageError: _storage_error,
            HTTPException: _http_error,
            ClientDisconnect: _client_gone,
            Exception: _unexpected_error,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.start_failure = None
    return app


async def _service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return refusal_response(request.url.path, error)


async def _storage_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StorageError)
    return storage_error_response(error)


async def _http_error(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, in the service's own words."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refusal = ServiceError(405, "MethodNotAllowed", f"{request.method} is not allowed here.")
    else:
        refusal = ServiceError(error.status_code, "NotFound", f"There is no {request.method} {request.url.path}.")
    return refusal_response(request.url.path, refusal)


async def _client_gone(request: Request, error: Exception) -> Response:
    """Nobody reads this answer; it only keeps a broken-off upload from counting as a server error."""
    return Response(status_code=400)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    """The log has the reason (the server writes it after this answer)."""
    failure = ServiceError(500, "InternalError", "An internal error has occurred, please try again later.")
    return refusal_response(request.url.path, failure)

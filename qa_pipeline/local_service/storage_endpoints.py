"""Upload policy, form upload and result files: the storage half, with object storage's XML errors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qa_pipeline.local_service.errors import StorageError, invalid_parameter, model_not_found, rate_quota_exceeded
from qa_pipeline.local_service.served_models import find_served_model, find_sync_model
from qa_pipeline.local_service.service import LocalService
from qa_pipeline.local_service.task_endpoints import result_path
from qa_pipeline.local_service.wire import json_response, new_id

UPLOAD_PATH = "/oss"

MAX_REFUSED_BYTES = 16 * 1024 * 1024
"""How much of a refused upload is still read: a sender that is cut off in mid-file never sees the reason."""


class StorageEndpoints:
    """The three endpoints over one service."""

    def __init__(self, service: LocalService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Upload policies, uploads and result files."""
        return [
            Route("/api/v1/uploads", self.policy, methods=["GET"]),
            Route(UPLOAD_PATH, self.upload, methods=["POST"]),
            Route("/results/{task_id}/{file_name}", self.result, methods=["GET"]),
        ]

    async def policy(self, request: Request) -> Response:
        """Allows one temporary upload for one model, for five minutes."""
        account = self._service.account_of(request)
        if not self._service.policy_limit.admit(account):
            raise rate_quota_exceeded(f"{self._service.config.policies_per_second} upload policies per second")
        if request.query_params.get("action") != "getPolicy":
            raise invalid_parameter("action must be getPolicy.")
        model = request.query_params.get("model", "")
        if not model:
            raise invalid_parameter("model must be given: an upload belongs to one model.")
        if find_served_model(model) is None and find_sync_model(model) is None:
            raise model_not_found(model[:200])
        upload_host = f"{str(request.base_url).rstrip('/')}{UPLOAD_PATH}"
        return json_response(
            {"request_id": new_id(), "data": self._service.uploads.policy(account, model, upload_host)}
        )

    async def upload(self, request: Request) -> Response:
        """Takes a form upload under a policy."""
        body = aiter(request.stream())
        try:
            status = await self._service.uploads.accept(request.headers.get("content-type", ""), body)
        except StorageError:
            await _read_on(body)
            raise
        return Response(status_code=status, headers={"x-oss-request-id": new_id()})

    async def result(self, request: Request) -> Response:
        """A result file, to whoever has its signed URL, until that expires."""
        task_id, file_name = request.path_params["task_id"], request.path_params["file_name"]
        position = re.fullmatch(r"(\d{1,6})\.json", file_name, re.ASCII)
        if position is None:
            raise _no_such_key()
        path = result_path(task_id, int(position[1]))
        self._check_signature(request, path)
        body = await self._service.store.result(task_id, int(position[1]))
        if body is None:
            raise _no_such_key()
        return Response(body, media_type="application/json; charset=utf-8")

    def _check_signature(self, request: Request, path: str) -> None:
        query = request.query_params
        expires, access_key_id = query.get("Expires", ""), query.get("OSSAccessKeyId", "")
        signature = query.get("Signature", "")
        if not (expires and access_key_id and signature):
            raise StorageError(403, "AccessDenied", "You have no right to access this object.")
        genuine = self._service.signer.verify_get(
            path, expires=expires, access_key_id=access_key_id, signature=signature
        )
        if not genuine:
            raise StorageError(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        # after the signature, which covers the time
        if self._service.clock() > int(expires):
            raise StorageError(403, "AccessDenied", "Request has expired.")


def storage_error_response(error: StorageError) -> Response:
    """The XML body of object storage."""
    request_id = new_id()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error>\n  <Code>{escape(error.code)}</Code>\n  <Message>{escape(error.message)}</Message>\n"
        f"  <RequestId>{request_id}</RequestId>\n</Error>\n"
    )
    return Response(body, error.status, media_type="application/xml", headers={"x-oss-request-id": request_id})


def _no_such_key() -> StorageError:
    return StorageError(404, "NoSuchKey", "The specified key does not exist.")


async def _read_on(body: AsyncIterator[bytes]) -> None:
    read = 0
    async for piece in body:
        read += len(piece)
        if read > MAX_REFUSED_BYTES:
            return

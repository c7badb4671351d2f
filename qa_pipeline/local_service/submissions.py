"""Reads a submit's body into a `TaskRequest`, or refuses it with the documented error.

Parameters the service doesn't know are ignored, as the real one does; those it knows are checked here, so that
a mistake costs a 400 instead of a queued task. Refusing an unknown `language` is this server's choice: what the
real service does with one is not documented.
"""

from __future__ import annotations

import json
from typing import Any

from qa_pipeline.local_service.errors import (
    ServiceError,
    asynchronous_call_refused,
    invalid_parameter,
    model_not_found,
)
from qa_pipeline.local_service.served_models import (
    MAX_URLS_PER_TASK,
    ServedModel,
    find_served_model,
)
from qa_pipeline.local_service.sync_models import find_sync_model
from qa_pipeline.local_service.tasks import TaskRequest
from qa_pipeline.transcription.languages import LANGUAGE_CODES

MAX_URL_CHARACTERS = 8192
MAX_CHANNEL_ID = 2**31 - 1


def parse_submission(body: bytes, *, resolve_oss: bool) -> tuple[ServedModel, TaskRequest]:
    """The model and the request that `body` (a JSON object in UTF-8) asks for.

    Raises:
        ServiceError: 400 InvalidParameter or BadRequest.*, 403 AccessDenied, 404 ModelNotFound.
    """
    document = decode_object(body)
    model = _model(document)
    inputs = document.get("input")
    if inputs is None or inputs == {}:
        raise ServiceError(400, "BadRequest.EmptyInput", "Required input is missing or empty.")
    if not isinstance(inputs, dict):
        raise ServiceError(400, "BadRequest.IllegalInput", "input must be an object.")
    parameters = document.get("parameters")
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, dict):
        raise invalid_parameter("parameters must be an object.")
    flag(parameters, "enable_itn")  # checked, though a transcript written by people has nothing to normalize
    return model, TaskRequest(
        model=document["model"],
        urls=_urls(inputs, model),
        channel_ids=_channel_ids(parameters.get("channel_id")),
        language=_language(parameters, model),
        enable_words=flag(parameters, "enable_words"),
        resolve_oss=resolve_oss,
    )


def decode_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        ServiceError: 400, no body, not JSON in UTF-8, or not an object.
    """
    if not body.strip():
        raise ServiceError(400, "BadRequest.EmptyInput", "The request has no body; send a JSON object.")
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        # Lone surrogates are legal JSON escapes, but could never be written back as UTF-8.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise invalid_parameter(f"The request body is not JSON in UTF-8: {reason}.") from error
    if not isinstance(document, dict):
        raise invalid_parameter("The request body must be a JSON object.")
    return document


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def model_name(document: dict[str, Any]) -> str:
    """The model that a body names.

    Raises:
        ServiceError: 400, none or not a string.
    """
    name = document.get("model")
    if name is None or name == "":
        raise ServiceError(400, "BadRequest.EmptyModel", "Required model is missing or empty.")
    if not isinstance(name, str):
        raise invalid_parameter("model must be a string.")
    return name


def _model(document: dict[str, Any]) -> ServedModel:
    name = model_name(document)
    if find_sync_model(name) is not None:
        raise asynchronous_call_refused()
    model = find_served_model(name)
    if model is None:
        raise model_not_found(name[:200])
    return model


def _urls(inputs: dict[str, Any], model: ServedModel) -> tuple[str, ...]:
    value = inputs.get(model.input_field)
    if value is None or value == "" or value == []:
        raise invalid_parameter(f"input must contain {model.input_field}")
    if model.input_field == "file_url":
        if not isinstance(value, str):
            raise invalid_parameter("input.file_url must be a string.")
        value = [value]
    if not isinstance(value, list) or not all(isinstance(url, str) and url for url in value):
        raise invalid_parameter("input.file_urls must be an array of strings.")
    if len(value) > MAX_URLS_PER_TASK:
        raise invalid_parameter(f"input.file_urls has {len(value)} URLs; at most {MAX_URLS_PER_TASK}.")
    if any(len(url) > MAX_URL_CHARACTERS for url in value):
        raise invalid_parameter(f"input: a URL is longer than {MAX_URL_CHARACTERS} characters.")
    return tuple(value)


def _channel_ids(value: Any) -> tuple[int, ...]:
    """Numbers from numbers or digit strings (the documentation's own Java samples send "0"); default [0]."""
    if value is None or value == []:
        return (0,)
    items = value if isinstance(value, list) else [value]
    channel_ids = tuple(_channel_id(item) for item in items)
    if len(set(channel_ids)) != len(channel_ids):
        raise invalid_parameter("parameters.channel_id names a channel twice; each would be billed twice.")
    return channel_ids


def _channel_id(item: Any) -> int:
    if isinstance(item, str) and item.isascii() and item.isdigit() and len(item) < 11:
        item = int(item)
    if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item <= MAX_CHANNEL_ID:
        raise invalid_parameter("parameters.channel_id must be an array of channel numbers counted from 0.")
    return item


def _language(parameters: dict[str, Any], model: ServedModel) -> str | None:
    return language_code(parameters, "parameters") if model.shape == "qwen3" else None


def language_code(options: dict[str, Any], place: str) -> str | None:
    """The `language` among `options`, or None when it is to be found out; `place` is what messages call them.

    Raises:
        ServiceError: 400, not a code of the service.
    """
    value = options.get("language")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in LANGUAGE_CODES:
        raise invalid_parameter(f"{place}.language must be one of: {' '.join(LANGUAGE_CODES)}.")
    return value


def flag(options: dict[str, Any], name: str, place: str = "parameters") -> bool:
    """The switch `name` among `options`, off unless given; `place` is what messages call them.

    Raises:
        ServiceError: 400, neither true nor false.
    """
    value = options.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise invalid_parameter(f"{place}.{name} must be true or false.")
    return value

"""Reads a submit's body into a `TaskRequest`, or refuses it with the documented error.

Parameters the service doesn't know are ignored, as the real one does; those it knows are checked here, so that
a mistake costs a 400 instead of a queued task. Refusing an unknown `language` is this server's choice: what the
real service does with one is not documented.
"""

from __future__ import annotations

import json
from typing import Any

from qa_pipeline.local_service.calls import count_tokens
from qa_pipeline.local_service.errors import (
    ServiceError,
    context_too_long,
    invalid_parameter,
    model_not_found,
    not_a_task_model,
)
from qa_pipeline.local_service.served_models import find_served_model, find_sync_model
from qa_pipeline.local_service.tasks import TaskRequest
from qa_pipeline.local_service.word_filter import parse_word_filter
from qa_pipeline.transcription.hot_words import read_hot_words
from qa_pipeline.transcription.languages import FUN_ASR_CODES, LANGUAGE_CODES
from qa_pipeline.transcription.models import Model

MAX_URL_CHARACTERS = 8192
MAX_CHANNEL_ID = 2**31 - 1
MIN_SPEAKERS, MAX_SPEAKERS = 2, 100
_OUR_CODES = {theirs: ours for ours, theirs in FUN_ASR_CODES.items()}


def parse_submission(body: bytes, *, resolve_oss: bool) -> tuple[Model, TaskRequest]:
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
    if model.request == "file_url":
        _check_context(parameters, model)
    else:
        _check_fun_asr(parameters)
        _check_turns(inputs, model)
    return model, TaskRequest(
        model=document["model"],
        urls=_urls(inputs, model),
        channel_ids=_channel_ids(parameters.get("channel_id")),
        language=_language(parameters, model),
        enable_words=flag(parameters, "enable_words"),
        resolve_oss=resolve_oss,
        word_filter=parameters.get("special_word_filter") or None if model.takes_word_filter else None,
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


def _model(document: dict[str, Any]) -> Model:
    name = model_name(document)
    if find_sync_model(name) is not None:
        raise not_a_task_model()
    model = find_served_model(name)
    if model is None:
        raise model_not_found(name[:200])
    return model


def _urls(inputs: dict[str, Any], model: Model) -> tuple[str, ...]:
    value = inputs.get(model.input_field)
    if value is None or value == "" or value == []:
        raise invalid_parameter(f"input must contain {model.input_field}")
    if model.input_field == "file_url":
        if not isinstance(value, str):
            raise invalid_parameter("input.file_url must be a string.")
        value = [value]
    if not isinstance(value, list) or not all(isinstance(url, str) and url for url in value):
        raise invalid_parameter("input.file_urls must be an array of strings.")
    if len(value) > model.max_urls:
        raise invalid_parameter(f"input.file_urls has {len(value)} URLs; {model.id} takes {model.max_urls}.")
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


def _language(parameters: dict[str, Any], model: Model) -> str | None:
    if model.request == "file_url":
        return language_code(parameters, "parameters")
    hints = parameters.get("language_hints") or []
    return _OUR_CODES.get(hints[0], hints[0]) if len(hints) == 1 else None


def _check_context(parameters: dict[str, Any], model: Model) -> None:
    """Both documented places of the context are read; a value of another kind is ignored, like any stranger."""
    corpus = parameters.get("corpus")
    places = (parameters.get("text"), corpus.get("text") if isinstance(corpus, dict) else None)
    tokens = max(count_tokens(text) for text in (*places, "") if isinstance(text, str))
    if tokens > model.max_context_tokens:
        raise context_too_long(tokens, model)


def _check_fun_asr(parameters: dict[str, Any]) -> None:
    """The family's own parameters; speakers are not told apart here, so diarization changes nothing."""
    hints = parameters.get("language_hints") or []
    if not isinstance(hints, list) or not all(isinstance(hint, str) and hint for hint in hints):
        raise invalid_parameter("parameters.language_hints must be an array of language codes.")
    vocabulary = parameters.get("vocabulary_id")
    if vocabulary is not None and not isinstance(vocabulary, str):
        raise invalid_parameter("parameters.vocabulary_id must be a string.")
    check_hot_words(parameters)
    flag(parameters, "diarization_enabled")
    speakers = parameters.get("speaker_count")
    is_number = isinstance(speakers, int) and not isinstance(speakers, bool)
    if speakers is not None and not (is_number and MIN_SPEAKERS <= speakers <= MAX_SPEAKERS):
        raise invalid_parameter(f"parameters.speaker_count must be a number from {MIN_SPEAKERS} to {MAX_SPEAKERS}.")
    parse_word_filter(parameters.get("special_word_filter"))


def check_hot_words(parameters: dict[str, Any]) -> None:
    """Holds `vocabulary`, words with their weights, against the documented rules.

    Raises:
        ServiceError: 400, no such table, or a word or weight outside the rules.
    """
    vocabulary = parameters.get("vocabulary")
    if vocabulary is None:
        return
    try:
        read_hot_words(vocabulary if isinstance(vocabulary, dict) else {})
    except ValueError as error:
        raise invalid_parameter(f"parameters.vocabulary: {error}.") from error


def _check_turns(inputs: dict[str, Any], model: Model) -> None:
    """Context as earlier turns: `context`, or `messages` as the synchronous models take them. Turns beyond the limits
    are cut by the real service, so they are no error."""
    turns = inputs.get("context", inputs.get("messages"))
    if turns is None or not model.max_context_turns:
        return
    if not isinstance(turns, list) or not all(isinstance(turn, dict) and "role" in turn for turn in turns):
        raise invalid_parameter("input.context must be an array of messages with a role and content.")


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

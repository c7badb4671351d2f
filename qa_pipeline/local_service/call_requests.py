"""Reads the body of a call into a `Call`, or refuses it with the documented error.

Two styles say the same: the generation endpoint's `input.messages` and `parameters.asr_options`, and the OpenAI
style's `messages` and `asr_options`. As with tasks, unknown parameters are ignored and known ones are checked.
Context is taken and changes nothing: a reference transcript is what a person wrote.
"""

from __future__ import annotations

from typing import Any

from qa_pipeline.local_service.calls import Call
from qa_pipeline.local_service.errors import (
    ServiceError,
    invalid_parameter,
    model_not_found,
    synchronous_call_refused,
)
from qa_pipeline.local_service.served_models import find_served_model
from qa_pipeline.local_service.submissions import MAX_URL_CHARACTERS, decode_object, flag, language_code, model_name
from qa_pipeline.local_service.sync_models import SYNC_MAX_BYTES, SyncModel, find_sync_model

MAX_CALL_BYTES = SYNC_MAX_BYTES + 2 * 1024 * 1024
"""Inline audio at its limit, and ample room for 10,000 tokens of context."""

_CONTEXT_ROLES = {"qwen3": ("system",), "qwen-audio": (), "fun-asr-flash": ("user", "assistant")}


def parse_generation(body: bytes, *, stream: bool) -> Call:
    """The call that a body of the generation endpoint asks for; `stream` is what its headers say.

    Raises:
        ServiceError: 400 InvalidParameter or BadRequest.*, 403 AccessDenied, 404 ModelNotFound.
    """
    document = decode_object(body)
    name = model_name(document)
    model = find_sync_model(name)
    if model is None:
        raise synchronous_call_refused() if find_served_model(name) else model_not_found(name[:200])
    inputs = document.get("input")
    if inputs is None or inputs == {}:
        raise ServiceError(400, "BadRequest.EmptyInput", "Required input is missing or empty.")
    if not isinstance(inputs, dict):
        raise ServiceError(400, "BadRequest.IllegalInput", "input must be an object.")
    parameters = _object(document, "parameters")
    audio, context = _read_messages(inputs.get("messages"), model, "input.messages")
    return Call(
        model=model,
        model_name=name,
        audio=audio,
        language=_asr_language(parameters, model, "parameters.asr_options"),
        context=context,
        incremental=flag(parameters, "incremental_output"),
        stream=stream,
    )


def parse_chat(body: bytes) -> Call:
    """The call that a body of the OpenAI-style endpoint asks for.

    Raises:
        ServiceError: 400 InvalidParameter or BadRequest.*, 404 ModelNotFound or model_not_supported.
    """
    document = decode_object(body)
    name = model_name(document)
    model = find_sync_model(name)
    if model is None or not model.on_chat:
        if model is None and find_served_model(name) is None:
            raise model_not_found(name[:200])
        raise ServiceError(404, "model_not_supported", f"Unsupported model `{name}` for OpenAI compatibility mode.")
    stream = flag(document, "stream", "the body")
    options = _object(document, "stream_options")
    if options and not stream:
        raise invalid_parameter("stream_options can only be set when stream is true.")
    audio, context = _read_messages(document.get("messages"), model, "messages")
    return Call(
        model=model,
        model_name=name,
        audio=audio,
        language=_asr_language(document, model, "asr_options"),
        context=context,
        incremental=True,
        stream=stream,
        include_usage=flag(options, "include_usage", "stream_options"),
    )


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid_parameter(f"{name} must be an object.")
    return value


def _asr_language(parent: dict[str, Any], model: SyncModel, place: str) -> str | None:
    if model.shape != "qwen3":
        return None  # only these models know the options; the others ignore them
    options = _object(parent, "asr_options")
    flag(options, "enable_itn", place)
    return language_code(options, place)


def _read_messages(messages: Any, model: SyncModel, place: str) -> tuple[str, str]:
    """The audio of the last message, and the text of those before it."""
    if not isinstance(messages, list) or not messages or not all(isinstance(item, dict) for item in messages):
        raise invalid_parameter(f"{place} must be an array of messages, the last one with the audio.")
    *earlier, last = messages
    if last.get("role") != "user":
        raise invalid_parameter(f"{place}: the last message must be the user's, with the audio.")
    roles = [message.get("role") for message in earlier]
    allowed = _CONTEXT_ROLES[model.shape]
    strangers = [role for role in roles if role not in allowed]
    if strangers:
        known = " or ".join(allowed)
        taken = f"only messages of role {known}" if known else "no message"
        raise invalid_parameter(f"{place}: {model.id} takes {taken} before the audio, not {str(strangers[0])[:40]!r}.")
    if model.shape == "qwen3" and len(earlier) > 1:
        raise invalid_parameter(f"{place}: {model.id} takes one system message.")
    if roles.count("assistant") != roles.count("user"):
        raise invalid_parameter(f"{place}: context must come in pairs of a user's and an assistant's message.")
    texts = [_text_of(message, f"{place}[{index}]") for index, message in enumerate(earlier)]
    return _audio_of(last, model, place), " ".join(text for text in texts if text)


def _text_of(message: dict[str, Any], place: str) -> str:
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise invalid_parameter(f"{place}.content must be a string or an array.")
    texts = [part.get("text") if isinstance(part, dict) else None for part in content]
    if not all(isinstance(text, str) for text in texts):
        raise invalid_parameter(f"{place}.content: context is text only.")
    return " ".join(text for text in texts if text)


def _audio_of(message: dict[str, Any], model: SyncModel, place: str) -> str:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    found = [audio for part in parts if (audio := _audio_part(part)) is not None]
    if len(found) != 1 or not isinstance(found[0], str) or not found[0]:
        raise invalid_parameter(f"{place}: the last message must contain exactly one audio, a URL or a data: URI.")
    audio = found[0]
    if audio[:5].lower() == "data:":
        _check_inline(audio, model)
    elif len(audio) > MAX_URL_CHARACTERS:
        raise invalid_parameter(f"{place}: the audio's URL is longer than {MAX_URL_CHARACTERS} characters.")
    return audio


def _audio_part(part: Any) -> Any:
    """The audio of one part: `{"audio": ...}`, or `{"input_audio": {"data": ...}}` of the OpenAI style."""
    if not isinstance(part, dict):
        return None
    nested = part.get("input_audio")
    return nested.get("data") if isinstance(nested, dict) else part.get("audio")


def _check_inline(audio: str, model: SyncModel) -> None:
    if not model.takes_base64:
        raise invalid_parameter(f"{model.id} takes a URL; Base64 audio is not taken.")
    if len(audio) > model.max_bytes:
        raise ServiceError(
            400,
            "BadRequest.TooLarge",
            f"The inline audio is {len(audio):,} bytes as Base64, over the limit of {model.max_bytes:,}.",
        )

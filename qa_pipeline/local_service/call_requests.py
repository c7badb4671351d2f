"""Reads the body of a call into a `Call`, or refuses it with the documented error.

Two styles say the same: the generation endpoint's `input.messages` and `parameters.asr_options`, and the OpenAI
style's `messages` and `asr_options`. As with tasks, unknown parameters are ignored and known ones are checked.
Context is taken and changes nothing: a reference transcript is what a person wrote.
"""

from __future__ import annotations

from typing import Any

from qa_pipeline.local_service.calls import Call, count_tokens
from qa_pipeline.local_service.errors import (
    ServiceError,
    context_too_long,
    invalid_parameter,
    model_not_found,
    synchronous_call_refused,
)
from qa_pipeline.local_service.served_models import (
    find_served_model,
    find_sync_model,
    is_on_chat,
    is_on_generation,
)
from qa_pipeline.local_service.submissions import (
    MAX_URL_CHARACTERS,
    check_hot_words,
    decode_object,
    flag,
    language_code,
    model_name,
)
from qa_pipeline.transcription.models import MB, QWEN3_FLASH, Model

MAX_CALL_BYTES = QWEN3_FLASH.max_bytes + 2 * MB
"""Inline audio at its limit, and ample room for 10,000 tokens of context."""

_CONTEXT_ROLES: dict[str, tuple[str, ...]] = {
    "asr_message": ("system",),
    "bare_message": (),
    "paired_messages": ("user", "assistant"),
    "chat": ("system", "user", "assistant"),
}


def parse_generation(body: bytes, *, stream: bool) -> Call:
    """The call that a body of the generation endpoint asks for; `stream` is what its headers say.

    Raises:
        ServiceError: 400 InvalidParameter or BadRequest.*, 403 AccessDenied, 404 ModelNotFound.
    """
    document = decode_object(body)
    name = model_name(document)
    model = find_sync_model(name)
    if model is None or not is_on_generation(model):
        known = model is not None or find_served_model(name) is not None
        raise synchronous_call_refused() if known else model_not_found(name[:200])
    inputs = document.get("input")
    if inputs is None or inputs == {}:
        raise ServiceError(400, "BadRequest.EmptyInput", "Required input is missing or empty.")
    if not isinstance(inputs, dict):
        raise ServiceError(400, "BadRequest.IllegalInput", "input must be an object.")
    parameters = _object(document, "parameters")
    if model.takes_hot_words:
        check_hot_words(parameters)
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
    if model is None or not is_on_chat(model):
        if model is None and find_served_model(name) is None:
            raise model_not_found(name[:200])
        raise ServiceError(404, "model_not_supported", f"Unsupported model `{name}` for OpenAI compatibility mode.")
    stream = flag(document, "stream", "the body")
    if model.request == "chat":
        _check_chat_model(document, model, stream=stream)
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


def _check_chat_model(document: dict[str, Any], model: Model, *, stream: bool) -> None:
    if not stream:
        raise invalid_parameter(f"{model.id} answers in a stream only: set stream to true.")
    modalities = document.get("modalities")
    if modalities is not None and modalities != ["text"]:
        raise invalid_parameter('modalities: this service writes and does not speak; send ["text"].')


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid_parameter(f"{name} must be an object.")
    return value


def _asr_language(parent: dict[str, Any], model: Model, place: str) -> str | None:
    if model.request != "asr_message":
        return None  # only these models know the options; the others ignore them
    options = _object(parent, "asr_options")
    flag(options, "enable_itn", place)
    return language_code(options, place)


def _read_messages(messages: Any, model: Model, place: str) -> tuple[str, str]:
    """The audio of the last message, and the text of those before it."""
    if not isinstance(messages, list) or not messages or not all(isinstance(item, dict) for item in messages):
        raise invalid_parameter(f"{place} must be an array of messages, the last one with the audio.")
    *earlier, last = messages
    if last.get("role") != "user":
        raise invalid_parameter(f"{place}: the last message must be the user's, with the audio.")
    roles = [message.get("role") for message in earlier]
    allowed = _CONTEXT_ROLES[model.request]
    strangers = [role for role in roles if role not in allowed]
    if strangers:
        known = " or ".join(allowed)
        taken = f"only messages of role {known}" if known else "no message"
        raise invalid_parameter(f"{place}: {model.id} takes {taken} before the audio, not {str(strangers[0])[:40]!r}.")
    if model.request == "asr_message" and len(earlier) > 1:
        raise invalid_parameter(f"{place}: {model.id} takes one system message.")
    if model.request == "paired_messages" and roles.count("assistant") > roles.count("user"):
        raise invalid_parameter(f"{place}: each assistant's message of the context must answer one of the user's.")
    texts = [_text_of(message, f"{place}[{index}]") for index, message in enumerate(earlier)]
    if model.request == "chat":
        texts.append(_prompt_of(last))
    context = " ".join(text for text in texts if text)
    if count_tokens(context) > model.max_context_tokens:
        raise context_too_long(count_tokens(context), model)
    return _audio_of(last, model, place), context


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


def _prompt_of(message: dict[str, Any]) -> str:
    """What is asked beside the audio: the text parts of its message."""
    parts = message.get("content") if isinstance(message.get("content"), list) else []
    texts = [part.get("text") for part in parts or [] if isinstance(part, dict) and part.get("type") == "text"]
    return " ".join(text for text in texts if isinstance(text, str))


def _audio_of(message: dict[str, Any], model: Model, place: str) -> str:
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


def _check_inline(audio: str, model: Model) -> None:
    if "base64" not in model.audio_forms:
        raise invalid_parameter(f"{model.id} takes a URL; Base64 audio is not taken.")
    if len(audio) > model.max_bytes:
        raise ServiceError(
            400,
            "BadRequest.TooLarge",
            f"The inline audio is {len(audio):,} bytes as Base64, over the limit of {model.max_bytes:,}.",
        )

"""The bodies that calls are answered with: generation answers and their stream, chat completions and theirs.

Shapes follow the reference pages. That of fun-asr-flash is on none of them: its `text`, `sentences` and
`usage.duration` follow what its users are seen to read. A label that nobody made is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from qa_pipeline.local_service.calls import Call, Heard, count_tokens, pieces_of
from qa_pipeline.local_service.errors import ServiceError
from qa_pipeline.local_service.wire import (
    confidence_body,
    engine_body,
    json_bytes,
    json_response,
    new_id,
    tokens_usage,
    words_body,
)

QWEN_AUDIO_PROMPT_TOKENS = 28
"""Input tokens beside the audio's in the documented answer of qwen-audio-asr (74 for 46 of audio)."""

SHORTEST_STREAMED_S = 60.0
"""fun-asr-flash sends intermediate results from this length on, as documented."""

_CHAT_CODES = {
    "InvalidApiKey": "invalid_api_key",
    "ModelNotFound": "model_not_found",
    "InvalidParameter": "invalid_parameter_error",
    "Throttling.RateQuota": "limit_requests",
    "InternalError": "internal_error",
}
"""Code of the service → its code in the OpenAI style; any other stays what it is."""

Body = dict[str, Any]


def generation_body(call: Call, heard: Heard, request_id: str) -> Body:
    """The whole answer of the generation endpoint."""
    if call.model.request == "paired_messages":
        return _fun_flash(call, heard, len(heard.sentences), request_id)
    text = heard.text
    message: Body = {"role": "assistant", "content": [{"text": text}]}
    output: Body = {"choices": [{"finish_reason": "stop", "message": message}]}
    if call.model.request == "bare_message":
        output = {"text": None, "finish_reason": None, **output}
    else:
        message |= _annotations(heard)
    usage = _usage(call, heard, count_tokens(text))
    return {"request_id": request_id, **engine_body(heard.engine), "output": output, "usage": usage}


def generation_blocks(call: Call, heard: Heard, request_id: str) -> Iterator[Body]:
    """The same answer in the pieces of a stream.

    The string "null" is the documented `finish_reason` of all but the last, which has "stop" and no content.
    """
    if call.model.request == "paired_messages":
        first = 1 if heard.duration_s >= SHORTEST_STREAMED_S else len(heard.sentences)
        for count in range(min(first, len(heard.sentences)), len(heard.sentences) + 1):
            yield _fun_flash(call, heard, count, request_id)
        return
    said, tokens = "", 0
    for piece in pieces_of(heard.text):
        said += piece
        tokens += count_tokens(piece)
        message: Body = {"content": [{"text": piece if call.incremental else said}], "role": "assistant"}
        if call.model.request == "asr_message":
            message = {**_annotations(heard), **message}
        yield _block(call, heard, request_id, message=message, finish_reason="null", tokens=tokens)
    last: Body = {"content": [], "role": "assistant"}
    yield _block(call, heard, request_id, message=last, finish_reason="stop", tokens=tokens)


def sse_block(number: int, body: Body) -> bytes:
    """One result as the service frames it: number, event, status comment, one line of data, an empty line."""
    return b"id:%d\nevent:result\n:HTTP_STATUS/200\ndata:%b\n\n" % (number, json_bytes(body))


def sse_error_block(number: int, error: ServiceError, request_id: str) -> bytes:
    """An error in mid-stream. No space after `event:`, or the official client doesn't see that it is one."""
    body = {"code": error.code, "message": error.message, "request_id": request_id}
    head = f"id:{number}\nevent:error\n:HTTP_STATUS/{error.status}\nstatus:{error.status}\ndata:"
    return head.encode() + json_bytes(body) + b"\n\n"


def chat_body(call: Call, heard: Heard, request_id: str, created_s: int) -> Body:
    """A chat completion: the text as a string, the labels beside it."""
    message: Body = {**_labels(call, heard), "content": heard.text, "role": "assistant"}
    return {
        **_chat_head(call, heard, request_id, created_s, "chat.completion"),
        "choices": [{"finish_reason": "stop", "index": 0, "message": message}],
        "usage": _chat_usage(call, heard),
    }


def chat_chunks(call: Call, heard: Heard, request_id: str, created_s: int) -> Iterator[bytes]:
    """The same answer as the lines of an OpenAI stream, down to `[DONE]`."""
    head = {**_chat_head(call, heard, request_id, created_s, "chat.completion.chunk"), "system_fingerprint": None}

    def chunk(delta: Body, finish_reason: str | None = None) -> bytes:
        choice = {"delta": delta, "finish_reason": finish_reason, "index": 0, "logprobs": None}
        return _data_line({**head, "choices": [choice], "usage": None})

    yield chunk({"content": "", "role": "assistant"})
    for piece in pieces_of(heard.text):
        yield chunk({**_labels(call, heard), "content": piece})
    yield chunk({"content": ""}, "stop")
    if call.include_usage:
        yield _data_line({**head, "choices": [], "usage": _chat_usage(call, heard)})
    yield b"data: [DONE]\n\n"


def chat_error_response(error: ServiceError) -> Response:
    """The documented error body of the OpenAI style, with a fresh request id."""
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    code = _CHAT_CODES.get(error.code, error.code)
    inner = {"message": error.message, "type": kind, "param": None, "code": code}
    return json_response({"error": inner, "request_id": new_id()}, status=error.status)


def _data_line(body: Body) -> bytes:
    return b"data: %b\n\n" % json_bytes(body)


def _block(call: Call, heard: Heard, request_id: str, *, message: Body, finish_reason: str, tokens: int) -> Body:
    output: Body = {"choices": [{"message": message, "finish_reason": finish_reason}]}
    if call.model.request == "bare_message":
        output = {"text": None, "finish_reason": None, **output}
    usage = _usage(call, heard, tokens)
    return {"output": output, "usage": usage, "request_id": request_id, **engine_body(heard.engine)}


def _labels(call: Call, heard: Heard) -> Body:
    """What stands beside the text of a chat: the recognition models label it, those that are asked by prompt don't."""
    return {} if call.model.request == "chat" else _annotations(heard)


def _annotations(heard: Heard) -> Body:
    labels = {"language": heard.language, "emotion": heard.emotion}
    known = {name: label for name, label in labels.items() if label is not None}
    return {"annotations": [{"type": "audio_info", **known}]} if known else {}


def _usage(call: Call, heard: Heard, output_tokens: int) -> Body:
    if call.model.request == "bare_message":
        return {
            "input_tokens": heard.audio_tokens + QWEN_AUDIO_PROMPT_TOKENS,
            "output_tokens": output_tokens,
            "audio_tokens": heard.audio_tokens,
        }
    return {
        "input_tokens_details": {"text_tokens": count_tokens(call.context)},
        "output_tokens_details": {"text_tokens": output_tokens},
        "seconds": heard.seconds,
    }


def _fun_flash(call: Call, heard: Heard, count: int, request_id: str) -> Body:
    """The first `count` sentences; ids from 1 as in the family's result files."""
    shown = replace(heard, sentences=heard.sentences[:count])
    sentences = [
        {
            "sentence_id": index,
            "begin_time": sentence.begin_ms,
            "end_time": sentence.end_ms,
            "text": sentence.text,
            "words": words_body(sentence),
            **confidence_body(sentence.confidence),
        }
        for index, sentence in enumerate(shown.sentences, start=1)
    ]
    return {
        "request_id": request_id,
        **engine_body(heard.engine),
        "output": {"text": shown.text, "sentences": sentences},
        "usage": {"duration": heard.seconds, **tokens_usage(call.model, heard.seconds)},
    }


def _chat_head(call: Call, heard: Heard, request_id: str, created_s: int, kind: str) -> Body:
    return {
        "id": f"chatcmpl-{request_id}",
        "object": kind,
        "created": created_s,
        "model": call.model_name,
        **engine_body(heard.engine),
    }


def _chat_usage(call: Call, heard: Heard) -> Body:
    text_tokens, context_tokens = count_tokens(heard.text), count_tokens(call.context)
    prompt_tokens = heard.audio_tokens + context_tokens
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": text_tokens,
        "total_tokens": prompt_tokens + text_tokens,
        "prompt_tokens_details": {"audio_tokens": heard.audio_tokens, "text_tokens": context_tokens},
        "completion_tokens_details": {"text_tokens": text_tokens},
    }
    return usage if call.model.request == "chat" else {**usage, "seconds": heard.seconds}

"""The OpenAI style beside `/api/v1`: shapes, streams and errors over plain HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.local_service.shapes import documented_shape, shape

MODEL = "qwen3-asr-flash"
MIXED = "您好， Hello there. 请讲。"


def asking(audio: Any, model: str = MODEL, **fields: Any) -> dict[str, Any]:
    part = {"type": "input_audio", "input_audio": {"data": audio}}
    return {"model": model, "messages": [{"role": "user", "content": [part]}], **fields}


def ask(api: Any, body: dict[str, Any]) -> Any:
    url = f"{api.root_url}/compatible-mode/v1/chat/completions"
    return api.http.post(url, json=body, headers={"Authorization": f"Bearer {api.key}"})


def refused(answer: Any) -> tuple[int, str]:
    assert shape(answer.json()) == documented_shape("chat-error.json"), answer.text
    return answer.status_code, answer.json()["error"]["code"]


def chunks_of(answer: Any) -> list[Any]:
    """The chunks of a stream; its last line must be `[DONE]`."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    *lines, last, end = answer.text.split("\n\n")
    assert (last, end) == ("data: [DONE]", "")
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_a_completion_has_the_documented_shape(api: Any, hotel: str) -> None:
    body = ask(api, asking(hotel)).json()
    assert shape(body) == documented_shape("chat-completion.json")
    assert (body["object"], body["model"]) == ("chat.completion", MODEL)
    assert body["choices"][0]["message"]["content"] == MIXED
    usage = body["usage"]
    assert usage["prompt_tokens_details"] == {"audio_tokens": 50, "text_tokens": 0}
    assert (usage["seconds"], usage["total_tokens"]) == (2, 59)


def test_a_stream_of_chunks_adds_up_to_the_text(api: Any, hotel: str) -> None:
    chunks = chunks_of(ask(api, asking(hotel, stream=True)))
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"]["role"] == "assistant"
    assert "".join(choice["delta"]["content"] for choice in choices) == MIXED
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert all(chunk["usage"] is None for chunk in chunks)
    assert choices[1]["delta"]["annotations"][0]["emotion"] == "angry"


def test_usage_comes_last_and_only_when_asked_for(api: Any, hotel: str) -> None:
    chunks = chunks_of(ask(api, asking(hotel, stream=True, stream_options={"include_usage": True})))
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["seconds"]) == ([], 2)
    assert shape(chunks[-1]["usage"]) == documented_shape("chat-completion.json")["usage"]


def test_options_and_context_are_taken(api: Any, hotel: str) -> None:
    body = asking(hotel, asr_options={"language": "zh", "enable_itn": False})
    body["messages"].insert(0, {"role": "system", "content": "Hilton"})
    answer = ask(api, body).json()
    assert answer["choices"][0]["message"]["annotations"][0]["language"] == "zh"
    assert answer["usage"]["prompt_tokens_details"] == {"audio_tokens": 50, "text_tokens": 1}


def test_both_styles_bill_alike(api: Any, hotel: str) -> None:
    ask(api, asking(hotel))
    ask(api, asking(hotel, stream=True))
    assert api.local("/_local/usage")["billed_seconds"] == 4.0


def test_both_styles_share_one_rate_limit(start: Any, hotel: str) -> None:
    api = start(submits_per_minute=1)
    messages = [{"role": "user", "content": [{"audio": hotel}]}]
    path = "/services/aigc/multimodal-generation/generation"
    assert api.request("POST", path, json={"model": MODEL, "input": {"messages": messages}}).status_code == 200
    assert refused(ask(api, asking(hotel))) == (429, "limit_requests")


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        ({}, 400, "BadRequest.EmptyModel", "model"),
        (asking("https://x", "gpt-4o-audio"), 404, "model_not_found", "gpt-4o-audio"),
        (asking("https://x", "fun-asr"), 404, "model_not_supported", "fun-asr"),
        (asking("https://x", "qwen-audio-asr"), 404, "model_not_supported", "qwen-audio-asr"),
        (asking("https://x", "qwen3-asr-flash-us"), 404, "model_not_supported", "qwen3-asr-flash-us"),
        ({"model": MODEL}, 400, "invalid_parameter_error", "messages"),
        (asking(7), 400, "invalid_parameter_error", "exactly one audio"),
        (asking("https://x", stream="yes"), 400, "invalid_parameter_error", "stream"),
        (asking("https://x", stream_options={"include_usage": True}), 400, "invalid_parameter_error", "stream_options"),
        (asking("https://x", asr_options={"language": "xx"}), 400, "invalid_parameter_error", "asr_options.language"),
        (asking("nowhere"), 400, "InvalidURL", "nowhere"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_mistakes_are_answered_in_the_openai_style(
    shared_api: Any, body: Any, status: int, code: str, says: str
) -> None:
    answer = ask(shared_api, body)
    assert refused(answer) == (status, code)
    assert says in answer.json()["error"]["message"]


def test_what_cannot_be_heard_is_an_error_before_any_stream(api: Any, references: Path, write_call: Any) -> None:
    stranger = write_call(references / "stranger.wav", tones=(900,))
    assert refused(ask(api, asking(stranger.as_uri(), stream=True))) == (400, "LOCAL_MODEL_NOT_INSTALLED")


def test_a_wrong_key_and_a_wrong_path_are_answered_in_the_openai_style(start: Any, hotel: str) -> None:
    api = start(api_key="sk-right")
    assert refused(ask(api, asking(hotel))) == (401, "invalid_api_key")
    missing = api.http.get(f"{api.root_url}/compatible-mode/v1/embeddings")
    assert refused(missing) == (404, "NotFound")


def test_the_endpoint_can_be_made_to_fail(api: Any, hotel: str) -> None:
    rule = {
        "endpoint": "chat",
        "action": "status",
        "status": 503,
        "code": "ServiceUnavailable",
        "headers": {"Retry-After": "3"},
    }
    assert api.set_faults({"rules": [rule]}).status_code == 200
    answer = ask(api, asking(hotel))
    assert refused(answer) == (503, "ServiceUnavailable")
    assert answer.headers["retry-after"] == "3"


def test_a_name_that_is_not_of_this_machine_is_answered_in_the_openai_style(api: Any, hotel: str) -> None:
    url = f"{api.root_url}/compatible-mode/v1/chat/completions"
    assert refused(api.http.post(url, json=asking(hotel), headers={"Host": "evil.example"})) == (421, "AccessDenied")

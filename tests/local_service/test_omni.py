"""Qwen-Omni on the OpenAI-style address: a prompt beside the audio, always streamed, no labels."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.local_service.test_chat import MIXED, ask, chunks_of, refused

MODEL = "qwen3-omni-flash"
PROMPT = "Write down what is said."


def asking(audio: str, prompt: str = PROMPT, **fields: Any) -> dict[str, Any]:
    parts = [
        {"type": "input_audio", "input_audio": {"data": audio, "format": "wav"}},
        {"type": "text", "text": prompt},
    ]
    body = {"model": MODEL, "messages": [{"role": "user", "content": parts}], "modalities": ["text"], "stream": True}
    return {**body, **fields}


@pytest.mark.parametrize("model", [MODEL, "qwen3.5-omni-plus", "qwen3-omni-flash-2025-12-01", "qwen4-omni-turbo"])
def test_the_openai_client_gets_the_text_in_pieces(api: Any, references: Path, model: str) -> None:
    audio = f"data:;base64,{base64.b64encode((references / 'hotel.wav').read_bytes()).decode()}"
    import openai  # a second, which is spent where this runs only

    client = openai.OpenAI(api_key=api.key, base_url=f"{api.root_url}/compatible-mode/v1", max_retries=0)
    with client:
        chunks = list(
            client.chat.completions.create(**asking(audio, model=model, stream_options={"include_usage": True}))
        )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == MIXED
    assert len(deltas) > 3
    usage = chunks[-1].usage
    assert usage.prompt_tokens_details.audio_tokens == 50
    assert usage.prompt_tokens == 50 + len(["Write", "down", "what", "is", "said", "."])
    assert {chunk.model for chunk in chunks} == {model}


def test_no_chunk_claims_a_language_or_an_emotion(api: Any, hotel: str) -> None:
    chunks = chunks_of(ask(api, asking(hotel, stream_options={"include_usage": True})))
    assert all("annotations" not in choice["delta"] for chunk in chunks for choice in chunk["choices"])
    assert "seconds" not in chunks[-1]["usage"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"stream": False}, "stream only"),
        ({"modalities": ["text", "audio"]}, "does not speak"),
        ({"modalities": "text"}, "does not speak"),
    ],
)
def test_what_it_cannot_do_is_refused(api: Any, hotel: str, fields: dict[str, Any], reason: str) -> None:
    answer = ask(api, asking(hotel, **fields))
    assert refused(answer) == (400, "invalid_parameter_error")
    assert reason in answer.json()["error"]["message"]


def test_a_prompt_over_the_limit_is_refused_and_one_at_it_is_taken(api: Any, hotel: str) -> None:
    assert ask(api, asking(hotel, "word " * 10_000)).status_code == 200
    answer = ask(api, asking(hotel, "word " * 10_001))
    assert refused(answer) == (400, "invalid_parameter_error")
    assert "10,001 tokens" in answer.json()["error"]["message"]


def test_below_api_v1_it_is_not_there(api: Any, hotel: str) -> None:
    body = {"model": MODEL, "input": {"messages": [{"role": "user", "content": [{"audio": hotel}]}]}}
    answer = api.request("POST", "/services/aigc/multimodal-generation/generation", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")
    in_tasks = api.post_submit({"model": MODEL, "input": {"file_url": hotel}})
    assert (in_tasks.status_code, in_tasks.json()["code"]) == (400, "InvalidParameter")

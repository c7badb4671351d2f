"""The official SDK and the OpenAI client, both unmodified, ask the synchronous models."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dashscope
import pytest
from dashscope import MultiModalConversation

if TYPE_CHECKING:
    import openai

pytestmark = pytest.mark.outside

MODEL = "qwen3-asr-flash"
MIXED = "您好， Hello there. 请讲。"


@pytest.fixture
def sdk(start: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A service that the SDK is pointed at; it may read no folder, so a file only gets there by upload."""
    api = start(source_folders=())
    monkeypatch.setattr(dashscope, "base_http_api_url", api.service.base_url)
    monkeypatch.setattr(dashscope, "api_key", api.key)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return api


def conversation(audio: str, **options: Any) -> Any:
    messages = [
        {"role": "system", "content": [{"text": "Hilton"}]},
        {"role": "user", "content": [{"audio": audio}]},
    ]
    return MultiModalConversation.call(model=MODEL, messages=messages, result_format="message", **options)


def said(response: Any) -> str:
    content = response.output.choices[0].message.content
    return "".join(part["text"] for part in content)


def inline(path: Path) -> str:
    return f"data:audio/wav;base64,{base64.b64encode(path.read_bytes()).decode()}"


class TestSdk:
    def test_an_uploaded_file_is_recognized(self, sdk: Any, hotel: str) -> None:
        response = conversation(hotel, asr_options={"language": "zh", "enable_itn": False})
        assert response.status_code == HTTPStatus.OK, response
        assert said(response) == MIXED
        assert response.output.choices[0].message["annotations"][0]["language"] == "zh"
        assert response.usage["seconds"] == 2

    @pytest.mark.parametrize("model", ["qwen3-asr-flash-us", "qwen3-asr-flash-2025-09-08", "qwen-audio-asr"])
    @pytest.mark.parametrize("stream", [False, True])
    def test_each_model_that_answers_at_once_takes_an_uploaded_file(
        self, sdk: Any, references: Path, model: str, stream: bool
    ) -> None:
        path = f"file://{references / 'hotel.wav'}"
        messages = [{"role": "user", "content": [{"audio": path}]}]
        answer = MultiModalConversation.call(
            model=model, messages=messages, result_format="message", stream=stream, incremental_output=stream or None
        )
        blocks = list(answer) if stream else [answer]
        assert all(block.status_code == HTTPStatus.OK for block in blocks), blocks
        texts = [part["text"] for block in blocks for part in block.output.choices[0].message.content]
        assert "".join(texts) == MIXED
        labelled = any("annotations" in block.output.choices[0].message for block in blocks)
        assert labelled == (model != "qwen-audio-asr")

    def test_inline_audio_is_recognized(self, sdk: Any, references: Path) -> None:
        assert said(conversation(inline(references / "hotel.wav"))) == MIXED

    def test_an_oss_url_is_passed_with_its_header(self, sdk: Any, references: Path) -> None:
        assert said(conversation(sdk.upload(references / "hotel.wav", model=MODEL))) == MIXED

    def test_an_incremental_stream_adds_up(self, sdk: Any, hotel: str) -> None:
        responses = list(conversation(hotel, stream=True, incremental_output=True))
        assert {response.status_code for response in responses} == {HTTPStatus.OK}
        assert "".join(said(response) for response in responses) == MIXED
        assert responses[-1].output.choices[0].finish_reason == "stop"

    def test_a_cumulative_stream_ends_with_the_whole_text(self, sdk: Any, hotel: str) -> None:
        *blocks, last = conversation(hotel, stream=True)
        assert said(blocks[-1]) == MIXED
        assert last.output.choices[0].finish_reason == "stop"

    def test_a_stream_that_the_sdk_merges_itself(self, sdk: Any, hotel: str) -> None:
        responses = list(conversation(hotel, stream=True, incremental_output=False))
        assert said(responses[-1]) == MIXED

    def test_an_error_is_seen_in_an_answer_and_in_a_stream(self, sdk: Any, references: Path, write_call: Any) -> None:
        stranger = inline(write_call(references / "stranger.wav", tones=(900,)))
        answer = conversation(stranger)
        assert (answer.status_code, answer.code) == (400, "LOCAL_MODEL_NOT_INSTALLED")
        [block] = conversation(stranger, stream=True)
        assert (block.status_code, block.code) == (400, "LOCAL_MODEL_NOT_INSTALLED")
        assert "DASHSCOPE_API_KEY" in block.message


@pytest.fixture
def client(api: Any) -> Iterator[openai.OpenAI]:
    import openai  # a second, which is spent where this runs only

    base_url = f"{api.root_url}/compatible-mode/v1"
    with openai.OpenAI(api_key=api.key, base_url=base_url, max_retries=0) as client:
        yield client


def message(audio: str) -> Any:
    return [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": audio}}]}]


class TestOpenAiClient:
    def test_a_completion(self, client: openai.OpenAI, hotel: str) -> None:
        completion = client.chat.completions.create(
            model=MODEL, messages=message(hotel), extra_body={"asr_options": {"enable_itn": False}}
        )
        assert completion.choices[0].message.content == MIXED
        assert completion.usage is not None
        assert completion.usage.prompt_tokens == 50

    def test_a_stream_with_usage(self, client: openai.OpenAI, references: Path) -> None:
        chunks = list(
            client.chat.completions.create(
                model=MODEL,
                messages=message(inline(references / "hotel.wav")),
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == MIXED
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.total_tokens == 59

    def test_errors_become_the_clients_own(self, client: openai.OpenAI, hotel: str) -> None:
        import openai

        with pytest.raises(openai.NotFoundError, match="whisper-1"):
            client.chat.completions.create(model="whisper-1", messages=message(hotel))
        with pytest.raises(openai.BadRequestError, match="not an http") as refused:
            client.chat.completions.create(model=MODEL, messages=message("nowhere"))
        assert refused.value.code == "InvalidURL"

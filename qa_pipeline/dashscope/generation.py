"""What is asked of the synchronous models, and what their answer is, as values.

Which of the request's shapes a model wants is in the table of models (`Model.request`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.dashscope.chat import CHAT_PATH, chat_body
from qa_pipeline.dashscope.regions import API_PATH, Endpoint
from qa_pipeline.dashscope.tasks import user_turn
from qa_pipeline.transcription.context import context_turns
from qa_pipeline.transcription.inline_audio import container_of
from qa_pipeline.transcription.models import Model

GENERATION_PATH = "/services/aigc/multimodal-generation/generation"
TURN_REPLY = "OK"
"""What the model is taken to have said to each turn of context: the turns must come in pairs."""
_SCHEMES = ("http://", "https://", "oss://", "data:")


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One recording for one model that answers at once.

    `audio`: an http, https or oss address, or a `data:` URI. `language`, `enable_itn`, `context` and `prompt` are sent
    where the model's kind of request has a place for them; whether the model takes them is for
    `transcription.limits` to say before. `sample_rate` in Hz, which only fun-asr-flash wants to know.
    `stream`: the answer comes block by block (`chat` models know no other way).
    """

    model: Model
    audio: str = field(repr=False)
    language: str | None = None
    enable_itn: bool = False
    context: str | None = None
    prompt: str | None = None
    sample_rate: int | None = None
    vocabulary_id: str | None = None
    vocabulary: Mapping[str, int] | None = None
    stream: bool = False

    def __post_init__(self) -> None:
        if self.model.is_task_based:
            raise ValueError(f"{self.model.id} works in tasks; it is submitted, not asked")
        if not self.audio.startswith(_SCHEMES):
            raise ValueError("a call needs an http, https or oss address or a data: URI of the audio")
        if self._is_chat and self.audio.startswith("oss://"):
            raise ValueError(f"{self.model.id} reads no temporary uploads; give it an address or the audio inline")

    @property
    def _is_chat(self) -> bool:
        return self.model.request == "chat"

    def url(self, endpoint: Endpoint) -> str:
        """Where it is sent."""
        if self._is_chat:
            return endpoint.base_url.removesuffix(API_PATH) + CHAT_PATH
        return endpoint.base_url + GENERATION_PATH

    def headers(self) -> dict[str, str]:
        """Its headers, without the key."""
        headers = {"Content-Type": "application/json"}
        if self._is_chat or self.stream:
            headers["Accept"] = "text/event-stream"
        if not self._is_chat:
            headers["X-DashScope-SSE"] = "enable" if self.stream else "disable"
        if self.audio.startswith("oss://"):
            headers["X-DashScope-OssResourceResolve"] = "enable"
        return headers

    def body(self) -> bytes:
        """Its JSON; `parameters` is always there, as workspace hosts demand it."""
        return json.dumps(self._document(), ensure_ascii=False, allow_nan=False).encode()

    def _document(self) -> dict[str, Any]:
        if self._is_chat:
            return chat_body(self.model.id, self.audio, prompt=self.prompt, context=self.context)
        messages, parameters = {
            "asr_message": self._asr_message,
            "bare_message": self._bare_message,
            "paired_messages": self._paired_messages,
        }[self.model.request]()
        return {"model": self.model.id, "input": {"messages": messages}, "parameters": parameters}

    def _asr_message(self) -> tuple[list[Any], dict[str, Any]]:
        messages, parameters = self._bare_message()
        if self.context:
            messages.insert(0, {"role": "system", "content": [{"text": self.context}]})
        options: dict[str, Any] = {"enable_itn": self.enable_itn}
        if self.language:
            options["language"] = self.language
        return messages, {"asr_options": options, **parameters}

    def _bare_message(self) -> tuple[list[Any], dict[str, Any]]:
        parameters = {"incremental_output": True} if self.stream else {}
        return [{"role": "user", "content": [{"audio": self.audio}]}], parameters

    def _paired_messages(self) -> tuple[list[Any], dict[str, Any]]:
        """Context goes as what was recognized before, with the reply that must follow it."""
        part = {"type": "input_audio", "input_audio": {"data": self.audio}}
        messages: list[Any] = [{"role": "user", "content": [part]}]
        reply = {"role": "assistant", "content": [{"type": "text", "text": TURN_REPLY}]}
        messages[:0] = [part for turn in context_turns(self.context or "") for part in (user_turn(turn), reply)]
        parameters: dict[str, Any] = {"format": container_of(self.audio)} if container_of(self.audio) else {}
        if self.sample_rate:
            parameters["sample_rate"] = str(self.sample_rate)
        if self.vocabulary_id:
            parameters["vocabulary_id"] = self.vocabulary_id
        if self.vocabulary:
            parameters["vocabulary"] = dict(self.vocabulary)
        return messages, parameters


@dataclass(frozen=True, slots=True)
class GenerationAnswer:
    """An answer that came to its end, and was billed.

    `raw` is the body as it came, JSON or event stream: `transcription.generation.read_generation` reads it again.
    `text` is None where it cannot be used; `fault` then says why. `billed_s` is None where the model counts no seconds
    (qwen-audio-asr and Qwen-Omni count tokens), `billed_tokens` (in, out) where it counts none. Language and emotion
    are None where the model names none. `silence` is the service's code where it says that nobody spoke, which is an
    error of its and no failure; nothing is billed then.
    """

    raw: bytes = field(repr=False)
    text: str | None
    language: str | None
    emotion: str | None
    billed_s: float | None
    request_id: str | None
    fault: str | None = None
    silence: str | None = None
    billed_tokens: tuple[int, int] | None = None

"""What is asked of a model of the OpenAI-style endpoint: one recording, and a prompt to transcribe it."""

from __future__ import annotations

from typing import Any

from qa_pipeline.transcription.inline_audio import container_of
from qa_pipeline.transcription.prompting import transcription_prompt

CHAT_PATH = "/compatible-mode/v1/chat/completions"
"""Beside `/api/v1`, at the same host."""


def chat_body(model_id: str, audio: str, *, prompt: str | None, context: str | None) -> dict[str, Any]:
    """The request. Always streamed: Qwen-Omni answers in no other way; only text is asked for, not speech."""
    sound = {"data": audio}
    if container := container_of(audio):
        sound["format"] = container
    content = [
        {"type": "input_audio", "input_audio": sound},
        {"type": "text", "text": transcription_prompt(prompt, context)},
    ]
    return {
        "model": model_id,
        "messages": [{"role": "user", "content": content}],
        "modalities": ["text"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }

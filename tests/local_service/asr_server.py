"""A real HTTP server on loopback with an OpenAI-style API, which recognizes tones: 300 Hz is "low", 2500 "high"."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.loopback import served

MODEL = "tones-1"
Special = Callable[[], Response]


@dataclass
class Asked:
    """One request: form fields or JSON body, the WAV's length and rate, and the headers."""

    path: str
    fields: dict[str, Any]
    seconds: float
    rate: int
    headers: dict[str, str]


@dataclass
class AsrServer:
    """What the server does. `specials` are given first, one for each request."""

    url: str = ""
    key: str | None = None
    forms: tuple[str, ...] = ("words", "segments", "text")
    """What `/audio/transcriptions` takes: times of words, times of segments, text only."""
    says: Callable[[str], str] = lambda heard: heard
    """What the chat address makes of the words it heard."""
    annotations: list[dict[str, Any]] | None = None
    specials: list[Special] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def forget(self) -> None:
        """Back to how it began, at the same address."""
        self.__init__(self.url)  # type: ignore[misc]

    async def transcribe(self, request: Request) -> Response:
        async with request.form() as form:
            fields = {name: form.getlist(name) for name in form if name != "file"}
            upload = form["file"]
            assert not isinstance(upload, str)
            content = await upload.read()
        said = [values[0] if name != "timestamp_granularities[]" else values for name, values in fields.items()]
        row = dict(zip(fields, said, strict=True))
        return self._refusal(request, row, content) or self._transcription(row, content)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        [message] = body["messages"]
        [part] = message["content"]
        assert (part["type"], part["input_audio"]["format"]) == ("input_audio", "wav")
        content = base64.b64decode(part["input_audio"]["data"], validate=True)
        refusal = self._refusal(request, {key: body[key] for key in body if key != "messages"}, content)
        if refusal:
            return refusal
        answer: dict[str, Any] = {"role": "assistant", "content": self.says(" ".join(heard(content)))}
        if self.annotations is not None:
            answer["annotations"] = self.annotations
        return JSONResponse({"choices": [{"index": 0, "finish_reason": "stop", "message": answer}]})

    async def models(self, request: Request) -> Response:
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": "Incorrect API key provided."}}, 401)
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    def _refusal(self, request: Request, fields: dict[str, Any], content: bytes) -> Response | None:
        seconds, rate = measure(content)
        headers = {name: value for name, value in request.headers.items() if name in ("authorization", "user-agent")}
        self.asked.append(Asked(request.url.path, fields, seconds, rate, headers))
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": "Incorrect API key provided."}}, 401)
        if self.specials:
            return self.specials.pop(0)()
        if fields["model"] != MODEL:
            return JSONResponse({"error": {"message": f"The model `{fields['model']}` does not exist."}}, 404)
        return None

    def _transcription(self, fields: dict[str, Any], content: bytes) -> Response:
        verbose = fields["response_format"] == "verbose_json"
        form = "words" if "timestamp_granularities[]" in fields else "segments" if verbose else "text"
        if form not in self.forms:
            return JSONResponse({"error": {"message": f"response_format {form} is not supported"}}, 400)
        words = heard(content)
        text = " ".join(words)
        if form == "text":
            return JSONResponse({"text": text})
        seconds, _ = measure(content)
        step = seconds / max(1, len(words))
        spans = [(index * step, (index + 1) * step) for index in range(len(words))]
        body: dict[str, Any] = {
            "task": "transcribe", "duration": seconds, "text": text, "language": fields.get("language", "english"),
            "segments": [
                {"id": index, "start": begin, "end": end, "text": f" {word.capitalize()}."}
                for index, (word, (begin, end)) in enumerate(zip(words, spans, strict=True))
            ],
        }  # fmt: skip
        if form == "words":
            body["words"] = [
                {"word": word, "start": begin, "end": end} for word, (begin, end) in zip(words, spans, strict=True)
            ]
        return JSONResponse(body)


def measure(content: bytes) -> tuple[float, int]:
    """Seconds and rate of a mono 16-bit WAV."""
    with wave.open(io.BytesIO(content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return sound.getnframes() / sound.getframerate(), sound.getframerate()


def heard(content: bytes) -> list[str]:
    """The tones in order, each once for as long as it sounds."""
    with wave.open(io.BytesIO(content)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float64)
        rate = sound.getframerate()
    words: list[str] = []
    for block in samples[: len(samples) // 1600 * 1600].reshape(-1, 1600):
        if np.abs(block).mean() < 300:
            continue
        word = "low" if np.fft.rfftfreq(1600, 1 / rate)[np.abs(np.fft.rfft(block)).argmax()] < 1000 else "high"
        if words[-1:] != [word]:
            words.append(word)
    return words


def status(code: int, body: Any = None, **headers: str) -> Special:
    """An answer with that status, and a JSON body."""
    return lambda: Response(json.dumps(body) if body is not None else "", code, headers, media_type="application/json")


def raw(content: bytes) -> Special:
    """200 with that body."""
    return lambda: Response(content, media_type="application/json")


def never() -> Response:
    """200, and then nothing until the client goes away."""

    async def wait() -> AsyncIterator[bytes]:
        await asyncio.sleep(600)
        yield b""

    return StreamingResponse(wait(), media_type="application/json")


@contextmanager
def running_asr_server() -> Iterator[AsrServer]:
    """The server on a free port of loopback, in a thread."""
    server = AsrServer()
    app = Starlette(
        routes=[
            Route("/v1/audio/transcriptions", server.transcribe, methods=["POST"]),
            Route("/v1/models", server.models),
            Route("/v1/chat/completions", server.chat, methods=["POST"]),
        ]
    )
    with served(app) as address:
        server.url = f"{address}/v1"
        yield server

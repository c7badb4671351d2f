"""Sends a synchronous request, and reads the answer as it comes.

Such a call is billed when it is answered and leaves no task behind to ask for, so it matters what became of it: an
error says that nothing was done, or that nobody knows (`AnswerLost`). A complete answer is returned even
if it makes no sense: it was paid for, and its bytes are worth keeping.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.error_table import error_from_reply, proves_refusal, read_error_body
from qa_pipeline.dashscope.generation import GenerationAnswer, GenerationRequest
from qa_pipeline.dashscope.regions import Endpoint
from qa_pipeline.dashscope.tasks import billed_seconds, billed_tokens
from qa_pipeline.dashscope.wire import MAX_REPLY_BYTES, BeforeLastByte, Wire, read_capped
from qa_pipeline.transcription.event_stream import DONE, Event, EventStream, looks_like_events, read_events
from qa_pipeline.transcription.generation import AnswerReader
from qa_pipeline.transcription.results import MAX_RESULT_BYTES, BadResult, load_object
from qa_pipeline.transcription.silence import says_no_speech

OnText = Callable[[str], None]
"""Told the whole text so far, each time it has changed."""

_SERVERS_FAULT = ("Internal", "SystemError", "RequestTimeOut", "ModelServing", "ModelUnavailable", "ServiceUnavailable")
"""Beginnings of codes that mean trouble at the service, for the error blocks that carry no HTTP status."""


async def answer_once(
    wire: Wire,
    endpoint: Endpoint,
    request: GenerationRequest,
    on_text: OnText | None,
    before_last_byte: BeforeLastByte | None = None,
) -> GenerationAnswer:
    """One try; `before_last_byte` as with `Wire.answer`.

    Raises:
        AnswerLost: the request left, and its answer is incomplete or proves nothing.
        DashScopeError: anything else: nothing was done.
    """
    try:
        async with wire.answer(
            request.url(endpoint), headers=request.headers(), content=request.body(), before_last_byte=before_last_byte
        ) as response:
            if not 200 <= response.status_code < 300:
                body = await read_capped(response, MAX_REPLY_BYTES, _too_long())
                own = _without_frame(body)
                error = error_from_reply(response.status_code, response.headers, own)
                if says_no_speech(error.code, error.message):
                    return _silence(body)
                in_chat = request.model.request == "chat"
                raise error if proves_refusal(response.status_code, own, openai_style=in_chat) else _lost(error)
            return await _read(response, on_text)
    except (errors.ConnectionLost, errors.BadReply) as error:
        raise _lost(error) from error


def _without_frame(body: bytes) -> bytes:
    """The error of a call that asked for a stream may come framed as its first block."""
    if not looks_like_events(body):
        return body
    own = (event.data.encode("utf-8", "replace") for event in read_events(body) if not event.is_foreign)
    return next(own, body)


def _silence(body: bytes) -> GenerationAnswer:
    """Nobody spoke: the error that says so is the answer."""
    reader = AnswerReader(streamed=looks_like_events(body))
    for event in read_events(body) if reader.streamed else [Event("", body.decode("utf-8", "replace"))]:
        reader.take_event(event)
    return _answer(body, reader, None)


async def _read(response: httpx.Response, on_text: OnText | None) -> GenerationAnswer:
    kind = response.headers.get("content-type", "").lower()
    if "text/event-stream" in kind:
        reading = _StreamReading(on_text)
        async for chunk in response.aiter_bytes():
            reading.take(chunk)
        return reading.answer()
    raw = await read_capped(response, MAX_RESULT_BYTES, _too_long())
    return _whole_answer(raw, is_json="json" in kind)


@dataclass(slots=True)
class _StreamReading:
    """The blocks of one stream. The first that makes no sense ends the reading, not the receiving."""

    on_text: OnText | None
    raw: bytearray = field(default_factory=bytearray)
    events: EventStream = field(default_factory=EventStream)
    reader: AnswerReader = field(default_factory=lambda: AnswerReader(streamed=True))
    fault: str | None = None
    told: str = ""

    def take(self, chunk: bytes) -> None:
        self.raw += chunk
        if len(self.raw) > MAX_RESULT_BYTES:
            raise _too_long()
        for event in self.events.feed(chunk):
            self._take_event(event)

    def answer(self) -> GenerationAnswer:
        for event in self.events.end():
            self._take_event(event)
        if self.fault is None and self.reader.is_cut:
            raise errors.BadReply("CutStream", "the stream broke off before the block that ends it", 200)
        return _answer(bytes(self.raw), self.reader, self.fault)

    def _take_event(self, event: Event) -> None:
        if self.fault is not None:
            return
        error = _error_in(event)
        if error and not (says_no_speech(error.code, error.message) and not self.reader.text):
            if self.reader.text and isinstance(error, errors.Transient):
                raise _lost(error) from error  # trouble that passes, but after some text: nobody knows about the bill
            raise error
        try:
            self.reader.take_event(event)
        except BadResult as error:
            self.fault = str(error)
        if self.on_text is not None and (text := self.reader.text) != self.told:
            self.told = text
            self.on_text(text)


def _error_in(event: Event) -> errors.DashScopeError | None:
    """The error that a block is instead of text: `AnswerLost` where it does not prove that nothing was done."""
    is_error = event.name == "error" or '"code"' in event.data or '"error"' in event.data
    if event.is_foreign or event.data == DONE or not is_error:
        return None
    try:
        document = json.loads(event.data)
    except (ValueError, RecursionError):
        document = None
    if event.name != "error" and not (isinstance(document, dict) and (document.get("code") or document.get("error"))):
        return None
    body = event.data.encode("utf-8", "replace")
    in_openai_style = isinstance(document, dict) and isinstance(document.get("error"), dict)
    status = event.status or (500 if in_openai_style else _status_of(read_error_body(body).code))
    error = error_from_reply(status, {}, body)
    return error if proves_refusal(status, body, openai_style=True) else _lost(error)


def _status_of(code: str) -> int:
    """The official client takes an error block without a status as 400."""
    return 500 if not code or code.startswith(_SERVERS_FAULT) else 400


def _whole_answer(raw: bytes, *, is_json: bool) -> GenerationAnswer:
    reader = AnswerReader()
    try:
        document = load_object(raw, "the answer", constants=float)
        read = read_error_body(raw)
        if (document.get("code") or document.get("error")) and not says_no_speech(read.code, read.message):
            raise errors.BadReply(read.code or "BadReply", read.message or "an error under HTTP 200", 200)
        reader.take(document)
    except BadResult as error:
        if not is_json:
            raise errors.BadReply("BadReply", f"something else than the service answered: {error}", 200) from error
        return _answer(raw, reader, str(error))
    return _answer(raw, reader, None)


def _answer(raw: bytes, reader: AnswerReader, fault: str | None) -> GenerationAnswer:
    text = language = emotion = None
    try:
        if fault is None:
            heard = reader.transcript(0)
            text = heard.text
            language, emotion = (
                (heard.sentences[0].language, heard.sentences[0].emotion) if heard.sentences else (None,) * 2
            )
    except BadResult as error:
        fault = str(error)
    billed_s, tokens = billed_seconds(reader.usage), billed_tokens(reader.usage)
    if billed_s is None and reader.silence:
        billed_s = 0.0
    return GenerationAnswer(raw, text, language, emotion, billed_s, reader.request_id, fault, reader.silence, tokens)


def _too_long() -> errors.BadReply:
    return errors.BadReply("BadReply", f"the answer is longer than {MAX_RESULT_BYTES:,} bytes")


def _lost(error: errors.DashScopeError) -> errors.AnswerLost:
    lost = errors.AnswerLost(
        error.code, f"the call may have been answered: {error.message}", error.http_status, error.request_id
    )
    lost.__cause__ = error
    return lost

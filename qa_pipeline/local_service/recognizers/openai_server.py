"""Recognizes speech through a server of one's own with an OpenAI-style API, such as vLLM serving Qwen3-ASR or Whisper.

The sound is cut at pauses into pieces of at most half a minute, each sent as mono WAV in a request of its own.
"""

from __future__ import annotations

import base64
import io
import wave
from dataclasses import replace
from typing import Any

from qa_pipeline.local_service.config import OpenAiEndpoint
from qa_pipeline.local_service.errors import TaskFailure
from qa_pipeline.local_service.recognizers import (
    ChannelAudio,
    RecognitionOptions,
    RecordingAudio,
    engine_of,
    transcript_of,
)
from qa_pipeline.local_service.recognizers.failures import FAILED_CODE
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE, mono_sound
from qa_pipeline.local_service.recognizers.openai_answers import Answer, BadAnswer, read_chat, read_transcription
from qa_pipeline.local_service.recognizers.openai_requests import ANSWER_TIMEOUT_S, OpenAiServer, ServerRefused
from qa_pipeline.local_service.recognizers.speech_cuts import SpeechCut, speech_cuts
from qa_pipeline.transcription.results import ChannelTranscript, Sentence

FILE_NAME = "speech.wav"
"""What the server is told; recordings' names can hold customers' numbers."""

_FORMS: dict[str, dict[str, Any]] = {
    "words": {"response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]},
    "segments": {"response_format": "verbose_json"},
    "text": {"response_format": "json"},
}
"""What is asked of `/audio/transcriptions`, the best first; not every server or model has them all."""

_FORM_REFUSED = (400, 415, 422, 501)
_LANGUAGE_NAMES_THERE = {"fil": "tl"}


class OpenAiRecognizer:
    """Safe to call from several threads; each asks for one piece at a time."""

    name = "openai"

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        endpoint: OpenAiEndpoint = "transcriptions",
        api_key: str | None = None,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._server = OpenAiServer(base_url, api_key, answer_timeout_s=answer_timeout_s)
        self._model = model
        self._signature = engine_of(f"{self.name} {model}")
        self._endpoint = endpoint
        self._refused_forms: frozenset[str] = frozenset()

    def stop(self) -> None:
        """Ends recognition that is under way, a request it waits for included."""
        self._server.stop()

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """What the server hears on the channel.

        Raises:
            TaskFailure: LOCAL_RECOGNIZER_UNAVAILABLE, _REFUSED or _FAILED, with the server's own words.
            UnusableAudio: the file cannot be decoded.
        """
        return self._listen(audio.recording, audio.channel_id, options)

    def recognize_mixed(self, recording: RecordingAudio, options: RecognitionOptions) -> ChannelTranscript:
        """What the server hears in the average of all channels; otherwise as `recognize`."""
        return self._listen(recording, None, options)

    def describe(self) -> dict[str, Any]:
        """Which server, which of its models, and which address of it."""
        return {
            "server": self._server.shown,
            "model": self._model,
            "endpoint": self._endpoint,
            "engines": [self._signature],
        }

    def _listen(
        self, recording: RecordingAudio, channel_id: int | None, options: RecognitionOptions
    ) -> ChannelTranscript:
        sound = mono_sound(recording.path, recording.probe.sample_rate, channel_id)
        last_ms = round(recording.probe.duration_s * 1000)
        rows: list[Sentence] = []
        for cut in speech_cuts(sound):
            self._server.require_running()
            rows += self._ask(cut, options).sentences(min(cut.begin_ms, last_ms), min(cut.end_ms, last_ms))
        return replace(transcript_of(channel_id or 0, rows), engine=self._signature)

    def _ask(self, cut: SpeechCut, options: RecognitionOptions) -> Answer:
        try:
            if self._endpoint == "chat":
                return read_chat(self._server.post("/chat/completions", json=self._chat_body(cut)))
            return self._transcribe(cut, options)
        except BadAnswer as error:
            raise TaskFailure(
                FAILED_CODE, f"{FAILED_CODE}: {self._server.shown} answers something that is not a transcript: {error}."
            ) from error

    def _transcribe(self, cut: SpeechCut, options: RecognitionOptions) -> Answer:
        """Asks for as much as the server gives; what it once refused, while less was taken, isn't asked for again."""
        forms = [name for name in _FORMS if options.enable_words or name != "words"]
        refused: set[str] = set()
        for name in [form for form in forms if form not in self._refused_forms]:
            fields = {"model": self._model, "temperature": "0", **_FORMS[name]}
            if options.language is not None:
                fields["language"] = _LANGUAGE_NAMES_THERE.get(options.language, options.language)
            try:
                document = self._server.post(
                    "/audio/transcriptions", data=fields, files={"file": (FILE_NAME, _wav(cut), "audio/wav")}
                )
            except ServerRefused as refusal:
                if refusal.status not in _FORM_REFUSED or name == forms[-1]:
                    raise
                refused.add(name)
                continue
            self._refused_forms |= refused
            return read_transcription(document)
        raise AssertionError("the plainest form is always asked for")

    def _chat_body(self, cut: SpeechCut) -> dict[str, Any]:
        audio = {"data": base64.b64encode(_wav(cut)).decode(), "format": "wav"}
        content = [{"type": "input_audio", "input_audio": audio}]
        return {"model": self._model, "messages": [{"role": "user", "content": content}], "temperature": 0}


def _wav(cut: SpeechCut) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SPEECH_RATE)
        out.writeframes(cut.samples.astype("<i2", copy=False).tobytes())
    return buffer.getvalue()

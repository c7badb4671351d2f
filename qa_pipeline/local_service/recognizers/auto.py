"""Answers with what a person wrote where the recording is known, and hears others with Whisper where it is installed.

Each channel's transcript says which of the two it is from. Whisper is loaded when the first recording is not known, so
that weights that arrive while the service runs are found, and known recordings cost nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from qa_pipeline.local_service.errors import ConfigError, TaskFailure
from qa_pipeline.local_service.recognizers import (
    ChannelAudio,
    RecognitionOptions,
    Recognizer,
    RecordingAudio,
    engine_of,
)
from qa_pipeline.local_service.recognizers.reference import HOW_TO_HEAR, UNKNOWN_RECORDING_CODE, ReferenceRecognizer
from qa_pipeline.transcription.results import ChannelTranscript


class _Listening(Recognizer, Protocol):
    def stop(self) -> None: ...


class AutoRecognizer:
    """Safe to call from several threads. `open_listening` loads the recognizer of unknown recordings; takes seconds.
    `find_listening` says what that one would be called, None where it can't be had."""

    name = "auto"

    def __init__(
        self,
        known: ReferenceRecognizer,
        open_listening: Callable[[], _Listening],
        find_listening: Callable[[], str | None],
    ) -> None:
        self._known = known
        self._open_listening = open_listening
        self._find_listening = find_listening
        self._listening: _Listening | None = None
        self._missing: str | None = None
        self._opening = threading.Lock()
        self._stopped = False

    def refresh(self) -> None:
        """Reads what is new below the reference folders."""
        self._known.refresh()

    def stop(self) -> None:
        """Ends what is under way soon."""
        self._known.stop()
        with self._opening:
            self._stopped = True
            if self._listening is not None:
                self._listening.stop()

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """The reference transcript of the channel, or what is heard on it.

        Raises:
            TaskFailure: LOCAL_MODEL_NOT_INSTALLED, the recording is not known and nothing here can listen; or as the
                recognizer that listens.
            UnusableAudio: the file cannot be decoded.
        """
        return self._first(lambda recognizer: recognizer.recognize(audio, options))

    def recognize_mixed(self, recording: RecordingAudio, options: RecognitionOptions) -> ChannelTranscript:
        """All channels as one; otherwise as `recognize`."""
        return self._first(lambda recognizer: recognizer.recognize_mixed(recording, options))

    def describe(self) -> dict[str, Any]:
        """What each of the two can answer for; of one that is not loaded, why it could not be."""
        listening = self._listening
        heard = None if listening is None else {"name": listening.name, **listening.describe()}
        names = [self._known.name, self._find_listening() if listening is None else listening.name]
        return {
            **self._known.describe(),
            "listening": heard,
            "not_listening_because": self._missing,
            "engines": [engine_of(name) for name in names if name is not None],
        }

    def _first(self, ask: Callable[[Recognizer], ChannelTranscript]) -> ChannelTranscript:
        try:
            return replace(ask(self._known), engine=engine_of(self._known.name))
        except TaskFailure as failure:
            if failure.code != UNKNOWN_RECORDING_CODE:
                raise
            listening = self._loaded()
            if listening is None:
                raise TaskFailure(failure.code, failure.message.replace(HOW_TO_HEAR, self._how_to_hear)) from failure
        return replace(ask(listening), engine=engine_of(listening.name))

    @property
    def _how_to_hear(self) -> str:
        steps = "`make whisper`, then `qa-pipeline models pull whisper`"
        return f"To recognize speech here: {steps} ({self._missing}). Or set"

    def _loaded(self) -> _Listening | None:
        with self._opening:
            if self._listening is None:
                try:
                    self._listening = self._open_listening()
                    self._missing = None
                except ConfigError as error:
                    self._missing = str(error)
            if self._listening is not None and self._stopped:
                self._listening.stop()
            return self._listening

"""Answers with transcripts that people wrote: the recognizer of the samples, and of anybody's own test calls."""

from __future__ import annotations

import threading
from itertools import chain
from pathlib import Path
from typing import Any

from qa_pipeline.local_service.errors import TaskFailure
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio, transcript_of
from qa_pipeline.local_service.recognizers.reference_index import ReferenceIndex
from qa_pipeline.transcription.results import ChannelTranscript

UNKNOWN_RECORDING_CODE = "LOCAL_MODEL_NOT_INSTALLED"
"""This server's own code: it has no ears, only transcripts, and none for this sound."""

HOW_TO_HEAR = "Set QA_LOCAL_RECOGNIZER to recognize speech here (docs/local-service.md), or"
"""What a failure advises first; a recognizer that can say more puts its own words here."""


class ReferenceRecognizer:
    """Knows recordings by the sound of their channels and returns the reference transcript of the one asked."""

    name = "reference"

    def __init__(self, folders: tuple[Path, ...], cache_path: Path | None) -> None:
        self._folders = folders
        self._index = ReferenceIndex(folders, cache_path)
        self._stopping = threading.Event()

    def refresh(self) -> None:
        """Reads what is new below the folders: at start, and for every recording that is not known whole."""
        self._index.refresh(self._stopping.is_set)

    def stop(self) -> None:
        """Makes a running `refresh` end after the file it is at."""
        self._stopping.set()

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """The reference transcript of the channel; `options` can't change what a person wrote.

        Raises:
            TaskFailure: LOCAL_MODEL_NOT_INSTALLED, no reference has this sound.
            UnusableAudio: the file cannot be decoded.
        """
        digests = audio.recording.digests()
        if not self._index.knows_recording(digests):
            self.refresh()  # somebody may have just put it there; a channel's match must not win over that
        found = self._index.find(digests, audio.channel_id)
        if found is None:
            raise self._unknown(audio)
        return ChannelTranscript(audio.channel_id, found.text, found.sentences)

    def recognize_mixed(self, recording: RecordingAudio, options: RecognitionOptions) -> ChannelTranscript:
        """The reference sentences of every channel, merged in order of their beginning.

        The real service averages the channels and listens to the result; nobody wrote a transcript of an average.
        Channels of the same sound count once, as they would in an average.

        Raises:
            TaskFailure: LOCAL_MODEL_NOT_INSTALLED, a channel has no known transcript.
            UnusableAudio: the file cannot be decoded.
        """
        sounds = recording.digests().digests
        channel_ids = [index for index, sound in enumerate(sounds) if sound not in sounds[:index]]
        heard = [self.recognize(ChannelAudio(recording, channel_id), options).sentences for channel_id in channel_ids]
        return transcript_of(0, sorted(chain.from_iterable(heard), key=lambda sentence: sentence.span_ms[0]))

    def describe(self) -> dict[str, Any]:
        """Folders, number of known recordings, and files that can't be used."""
        return {
            "folders": [str(folder) for folder in self._folders],
            "recordings": self._index.recording_count,
            "problems": self._index.problems,
        }

    def _unknown(self, audio: ChannelAudio) -> TaskFailure:
        name = audio.recording.file_name
        where = ", ".join(str(folder) for folder in self._folders) or "none is set; start it with --references"
        return TaskFailure(
            UNKNOWN_RECORDING_CODE,
            f"No local speech model is in use, and channel {audio.channel_id} of {name} has no known transcript. "
            f"{HOW_TO_HEAR} DASHSCOPE_API_KEY to have it transcribed by the service, or put <name>.transcript.json "
            f"beside the recording <name>.<ending> in a reference folder of the local service ({where}).",
        )

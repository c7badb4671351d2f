"""A recognizer for load trials: the same made-up sentences for every channel, without listening.

It lets a queue of thousands of tasks be tried without the decoding that a small machine couldn't keep up with.
Never a default, and its text says what it is.
"""

from __future__ import annotations

from typing import Any

from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio, transcript_of
from qa_pipeline.transcription.results import ChannelTranscript, Sentence

SENTENCE_MS = 2000
GAP_MS = 500
MAX_SENTENCES = 20

_TEXTS = ("Benchmark sentence, nobody spoke.", "Another benchmark sentence.")


class BenchmarkRecognizer:
    """Fixed sentences of 2 s, half a second apart, as many as fit into the recording (at most 20)."""

    name = "benchmark"

    def recognize(self, audio: ChannelAudio, options: RecognitionOptions) -> ChannelTranscript:
        """At least one sentence, cut at the end of the recording."""
        duration_ms = max(1, round(audio.recording.probe.duration_s * 1000))
        begins = range(0, duration_ms, SENTENCE_MS + GAP_MS)[:MAX_SENTENCES]
        sentences = tuple(
            Sentence(
                sentence_id=index,
                begin_ms=begin_ms,
                end_ms=min(begin_ms + SENTENCE_MS, duration_ms),
                text=_TEXTS[index % len(_TEXTS)],
                language=options.language or "en",
                emotion="neutral",
            )
            for index, begin_ms in enumerate(begins)
        )
        return transcript_of(audio.channel_id, sentences)

    def recognize_mixed(self, recording: RecordingAudio, options: RecognitionOptions) -> ChannelTranscript:
        """The sentences of channel 0: what is mixed does not matter to made-up ones."""
        return self.recognize(ChannelAudio(recording, 0), options)

    def describe(self) -> dict[str, Any]:
        """Says that the answers are made up."""
        return {"note": "made-up sentences for load trials; nothing is recognized"}

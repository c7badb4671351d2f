"""Does the work of one task: fetch each file, look at it, have the asked channels recognized, write the result.

Billing is this server's own choice where the reference pages are silent: a qwen3 task costs the recording's
duration in seconds, rounded up, for each channel asked for; a fun-asr task costs each channel's seconds of
speech, rounded up. Only files with a result cost anything.
"""

from __future__ import annotations

import asyncio
import logging
import math

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.local_service.errors import TaskFailure
from qa_pipeline.local_service.recognition_means import RecognitionMeans
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio
from qa_pipeline.local_service.served_models import find_served_model
from qa_pipeline.local_service.sources import Asker, SourceFile
from qa_pipeline.local_service.tasks import Charge, FileOutcome, Task, TaskRequest, file_name_of
from qa_pipeline.local_service.wire import ResultHeader, content_ms, fun_asr_result, qwen3_result
from qa_pipeline.local_service.word_filter import parse_word_filter
from qa_pipeline.transcription.models import Model
from qa_pipeline.transcription.results import ChannelTranscript

logger = logging.getLogger(__name__)

NO_SPEECH_CODE = "SUCCESS_WITH_NO_VALID_FRAGMENT"
CHANNEL_CODE = "CHANNEL_ID_OUT_OF_RANGE"
"""This server's own code: what the real service says of a channel that isn't there is not documented."""

_CODES: dict[AudioFault, str] = {
    AudioFault.EMPTY_FILE: "NO_VALID_AUDIO_ERROR",
    AudioFault.NOT_AUDIO: "FILE_CHECK_FAILED",
    AudioFault.TOO_LONG: "AUDIO_DURATION_TOO_LONG",
    AudioFault.NO_SUCH_CHANNEL: CHANNEL_CODE,
}


class TaskRunner:
    """Runs tasks: downloads on the event loop, everything that reads sound on the executor's threads."""

    def __init__(self, means: RecognitionMeans) -> None:
        self._means = means

    async def run(self, task: Task) -> tuple[FileOutcome, ...]:
        """The outcome of every file of the task, in its order; a bad file is an outcome, never an exception."""
        return tuple([await self._run_file(task, url) for url in task.request.urls])

    async def _run_file(self, task: Task, url: str) -> FileOutcome:
        try:
            self._strike(file_name_of(url))
            async with self._means.sources.open(url, _asker(task)) as source:
                return await asyncio.get_running_loop().run_in_executor(
                    self._means.executor, self._examine, task.request, url, source
                )
        except TaskFailure as failure:
            return FileOutcome(url, code=failure.code, message=failure.message)
        except Exception:
            logger.exception("task %s: %s", task.task_id, url)
            return FileOutcome(
                url, code="InternalError", message="InternalError: the local service failed; its log says why."
            )

    def _strike(self, file_name: str) -> None:
        rule = self._means.faults.strike_file(file_name)
        if rule is not None:
            raise TaskFailure(rule.code, rule.message)

    def _examine(self, request: TaskRequest, url: str, source: SourceFile) -> FileOutcome:
        model = _model_of(request)
        try:
            audio = RecordingAudio(
                path=source.path,
                file_name=source.file_name,
                sha256=source.sha256,
                probe=self._probe(source, model, request.channel_ids),
                digests=lambda: self._means.sounds.digests.of(source),
            )
            transcripts = self._transcripts(audio, request)
        except UnusableAudio as error:
            code = _CODES.get(error.code, "DECODE_ERROR")
            sentence = error.sentence.replace(source.path.name, source.file_name)
            raise TaskFailure(code, f"{code}: {sentence}") from error
        return FileOutcome(
            url,
            result=_result(request, model, url, audio.probe, transcripts),
            charges=_charges(model, audio, transcripts),
        )

    def _probe(self, source: SourceFile, model: Model, channel_ids: tuple[int, ...]) -> AudioProbe:
        if source.size_bytes > min(model.max_bytes, self._means.config.max_file_bytes):
            raise TaskFailure("FILE_TOO_LARGE", f"FILE_TOO_LARGE: {source.file_name} is {source.size_bytes:,} bytes.")
        found = self._means.sounds.probes.of(source)
        if found.container not in model.formats:
            raise TaskFailure(
                "UNSUPPORTED_FORMAT",
                f"UNSUPPORTED_FORMAT: {source.file_name} is {found.container}; {model.id} takes "
                f"{', '.join(sorted(model.formats))}.",
            )
        limit_s = min(model.max_duration_s, self._means.config.max_duration_s)
        if found.duration_s > limit_s:
            raise TaskFailure(
                "AUDIO_DURATION_TOO_LONG",
                f"AUDIO_DURATION_TOO_LONG: {source.file_name} lasts {found.duration_s:.0f} s, over {limit_s:.0f} s.",
            )
        outside = [channel_id for channel_id in channel_ids if channel_id >= found.channels]
        if outside:
            raise TaskFailure(
                CHANNEL_CODE,
                f"{CHANNEL_CODE}: {source.file_name} has {found.channels} channel(s), counted from 0; "
                f"channel_id {outside[0]} was asked for.",
            )
        return found

    def _transcripts(self, audio: RecordingAudio, request: TaskRequest) -> list[ChannelTranscript]:
        options = RecognitionOptions(request.language, request.enable_words)
        transcripts = [
            self._means.recognizer.recognize(ChannelAudio(audio, channel_id), options)
            for channel_id in request.channel_ids
        ]
        if not any(transcript.sentences for transcript in transcripts):
            raise TaskFailure(NO_SPEECH_CODE, NO_SPEECH_CODE)
        word_filter = parse_word_filter(request.word_filter)
        return [word_filter.apply(transcript) for transcript in transcripts]


def _asker(task: Task) -> Asker:
    return Asker(
        task.account, task.request.model, task.request.resolve_oss, max_bytes=_model_of(task.request).max_bytes
    )


def _model_of(request: TaskRequest) -> Model:
    model = find_served_model(request.model)
    assert model is not None, "a task is only made for a served model"
    return model


def _result(
    request: TaskRequest, model: Model, url: str, probed: AudioProbe, transcripts: list[ChannelTranscript]
) -> bytes:
    header = ResultHeader(url, probed.container, probed.codec, probed.sample_rate, probed.duration_s)
    if model.input_field == "file_urls":
        return fun_asr_result(header, transcripts)
    return qwen3_result(header, transcripts, language=request.language, enable_words=request.enable_words)


def _charges(model: Model, audio: RecordingAudio, transcripts: list[ChannelTranscript]) -> tuple[Charge, ...]:
    def seconds(transcript: ChannelTranscript) -> int:
        heard_s = content_ms(transcript) / 1000 if model.input_field == "file_urls" else audio.probe.duration_s
        return math.ceil(heard_s)

    return tuple(Charge(item.channel_id, audio.sha256, seconds(item)) for item in transcripts)

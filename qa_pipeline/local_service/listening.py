"""Does the work of one call: fetch the audio, look at it, have all channels recognized as one, bill it.

A call costs the recording's seconds, rounded up, once, whatever its channels; in the books it is channel 0. A
recording without speech is an answer without text, and costs the same. What fails costs nothing.
"""

from __future__ import annotations

import asyncio
import logging

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.local_service.calls import Call, Heard
from qa_pipeline.local_service.errors import ServiceError, TaskFailure
from qa_pipeline.local_service.recognition_means import RecognitionMeans
from qa_pipeline.local_service.recognizers import RecognitionOptions, RecordingAudio
from qa_pipeline.local_service.recognizers.failures import RECOGNIZER_STATUS
from qa_pipeline.local_service.sources import BAD_URL, INLINE_NAME, Asker, SourceFile
from qa_pipeline.local_service.store import Store
from qa_pipeline.local_service.tasks import Charge, file_name_of
from qa_pipeline.transcription.models import Model

logger = logging.getLogger(__name__)

_CALL_CODES = {
    BAD_URL: "InvalidURL",
    "FILE_TOO_LARGE": "BadRequest.TooLarge",
    "FILE_403_FORBIDDEN": "BadRequest.InputDownloadFailed",
    "FILE_404_NOT_FOUND": "BadRequest.InputDownloadFailed",
    "FILE_DOWNLOAD_FAILED": "BadRequest.InputDownloadFailed",
    "FILE_SERVER_ERROR": "BadRequest.InputDownloadFailed",
}
"""Code of a failed task → code of a refused call. Any other stays what it is, such as this server's own."""


class Listener:
    """Answers calls: downloads on the event loop, everything that reads sound on the executor's threads."""

    def __init__(self, store: Store, means: RecognitionMeans) -> None:
        self._store, self._means = store, means

    async def listen(self, call: Call, *, account: str, resolve_oss: bool, request_id: str, now_ms: int) -> Heard:
        """What is said in the call's audio; billed once it is known.

        Raises:
            ServiceError: 400 with the documented code for bad audio, or LOCAL_MODEL_NOT_INSTALLED; 503 or 500
                where the recognizer is at fault.
        """
        asker = Asker(
            account=account,
            model=call.model_name,
            resolve_oss=resolve_oss,
            max_bytes=call.model.max_bytes,
            takes_base64="base64" in call.model.audio_forms,
        )
        try:
            self._strike(call.audio)
            async with self._means.sources.open(call.audio, asker) as source:
                loop = asyncio.get_running_loop()
                heard = await loop.run_in_executor(self._means.executor, self._examine, call, source)
        except TaskFailure as failure:
            raise _refusal(failure) from failure
        except ServiceError:
            raise
        except Exception as error:
            logger.exception("call %s", request_id)
            raise ServiceError(500, "InternalError", "The local service failed; its log says why.") from error
        charge = Charge(0, heard.audio_sha256, heard.seconds)
        await self._store.add_call_charge(request_id, call.model_name, charge, charged_ms=now_ms)
        return heard

    def _strike(self, audio: str) -> None:
        name = INLINE_NAME if audio[:5].lower() == "data:" else file_name_of(audio)
        rule = self._means.faults.strike_file(name)
        if rule is not None:
            raise TaskFailure(rule.code, rule.message)

    def _examine(self, call: Call, source: SourceFile) -> Heard:
        try:
            recording = RecordingAudio(
                path=source.path,
                file_name=source.file_name,
                sha256=source.sha256,
                probe=self._probe(source, call.model),
                digests=lambda: self._means.sounds.digests.of(source),
            )
            heard = self._means.recognizer.recognize_mixed(recording, RecognitionOptions(call.language))
        except UnusableAudio as error:
            raise _unusable(error, source) from error
        return Heard(heard.sentences, recording.probe.duration_s, source.sha256, call.language, heard.engine)

    def _probe(self, source: SourceFile, model: Model) -> AudioProbe:
        limit = min(model.max_bytes, self._means.config.max_file_bytes)
        if source.size_bytes > limit:
            raise ServiceError(
                400,
                "BadRequest.TooLarge",
                f"{source.file_name} is {source.size_bytes:,} bytes; {model.id} takes {limit:,}.",
            )
        found = self._means.sounds.probes.of(source)
        if found.container not in model.formats:
            raise ServiceError(
                400,
                "BadRequest.UnsupportedFileFormat",
                f"{source.file_name} is {found.container}; {model.id} takes {', '.join(sorted(model.formats))}.",
            )
        limit_s = min(model.max_duration_s, self._means.config.max_duration_s)
        if found.duration_s > limit_s:
            raise ServiceError(
                400,
                "InvalidFile.AudioLengthError",
                f"{source.file_name} lasts {found.duration_s:.3f} s; {model.id} takes up to {limit_s:.0f} s. "
                "For longer recordings use qwen3-asr-flash-filetrans.",
            )
        return found


def _refusal(failure: TaskFailure) -> ServiceError:
    code = _CALL_CODES.get(failure.code, failure.code)
    status = RECOGNIZER_STATUS.get(failure.code, 400)
    return ServiceError(status, code, failure.message.removeprefix(f"{failure.code}: "))


def _unusable(error: UnusableAudio, source: SourceFile) -> ServiceError:
    sentence = error.sentence.replace(source.path.name, source.file_name)
    if error.code is AudioFault.EMPTY_FILE:
        return ServiceError(400, "InvalidParameter", f"The audio is empty: {sentence}")
    if error.code is AudioFault.TOO_LONG:
        return ServiceError(400, "InvalidFile.AudioLengthError", sentence)
    return ServiceError(400, "BadRequest.UnsupportedFileFormat", sentence)

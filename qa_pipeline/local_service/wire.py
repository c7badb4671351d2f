"""The bodies this service answers with: task times, query answers, list rows, result files.

Shapes follow the service's reference pages: the qwen3 model answers with `result` and `usage.seconds`, the
fun-asr family with `results`, `task_metrics` and `usage.duration`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from starlette.responses import Response

from qa_pipeline.local_service.errors import ServiceError
from qa_pipeline.local_service.tasks import Task, TaskState
from qa_pipeline.transcription.models import AUDIO_TOKENS_PER_S, TEXT_TOKENS_PER_S, Model
from qa_pipeline.transcription.results import ChannelTranscript, Sentence

SERVICE_TIME_ZONE = timezone(timedelta(hours=8))
"""Times on the wire carry no zone; they are China Standard Time."""

ResultUrl = Callable[[Task, int], str]


def new_id() -> str:
    """A fresh id in the service's form: a UUID with hyphens."""
    return str(uuid.uuid4())


def format_time(epoch_ms: int) -> str:
    """`2025-10-27 14:19:31.150` in UTC+8."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, tz=UTC).astimezone(SERVICE_TIME_ZONE)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{epoch_ms % 1000:03d}"


def json_bytes(document: Any) -> bytes:
    """Compact JSON in UTF-8, characters of any script as they are."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(document: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer with its charset named, which clients that guess need."""
    return Response(json_bytes(document), status, media_type="application/json; charset=utf-8")


def error_response(error: ServiceError) -> Response:
    """The documented error body, with a fresh request id."""
    return json_response({"code": error.code, "message": error.message, "request_id": new_id()}, status=error.status)


def submit_body(task: Task) -> dict[str, Any]:
    """What a submit is answered with."""
    return {
        "request_id": task.request_id,
        "output": {"task_id": task.task_id, "task_status": TaskState.PENDING.value},
    }


def unknown_body(task_id: str) -> dict[str, Any]:
    """What a query for an id that never was, is over, or belongs to another account is answered with."""
    return {
        "request_id": new_id(),
        "output": {"task_id": task_id, "task_status": TaskState.UNKNOWN.value},
    }


def query_body(task: Task, model: Model, result_url: ResultUrl) -> dict[str, Any]:
    """What a query is answered with; `result_url(task, position)` makes a signed URL of one result file."""
    output: dict[str, Any] = {
        "task_id": task.task_id,
        "task_status": task.state.value,
        "submit_time": format_time(task.submitted_ms),
    }
    if task.scheduled_ms is not None:
        output["scheduled_time"] = format_time(task.scheduled_ms)
    if task.ended_ms is not None:
        output["end_time"] = format_time(task.ended_ms)
    body = {"request_id": new_id(), "output": output}
    if task.state in (TaskState.SUCCEEDED, TaskState.FAILED):
        if model.request == "file_url":
            _end_qwen3(body, task, result_url)
        else:
            _end_fun_asr(body, task, result_url, model)
    if model.input_field == "file_urls" or not task.state.is_final:
        output["task_metrics"] = _metrics(task)
    return body


def _end_qwen3(body: dict[str, Any], task: Task, result_url: ResultUrl) -> None:
    if task.state is TaskState.SUCCEEDED:
        body["output"]["result"] = {"transcription_url": result_url(task, 0)}
        body["usage"] = {"seconds": task.billed_s}
    else:
        _add_failure(body["output"], task)


def _end_fun_asr(body: dict[str, Any], task: Task, result_url: ResultUrl, model: Model) -> None:
    results: list[dict[str, Any]] = []
    for position, item in enumerate(task.files):
        row: dict[str, Any] = {"file_url": item.url}
        if item.code is None:
            row |= {"transcription_url": result_url(task, position), "subtask_status": "SUCCEEDED"}
        else:
            row |= {"code": item.code, "message": item.message, "subtask_status": "FAILED"}
        results.append(row)
    body["output"]["results"] = results
    if task.state is TaskState.SUCCEEDED:
        body["usage"] = {"duration": task.billed_s, **tokens_usage(model, task.billed_s)}
    else:
        _add_failure(body["output"], task)


def tokens_usage(model: Model, seconds: int) -> dict[str, int]:
    """What a model whose tokens are priced counts besides seconds: this server's count, the real one's differs."""
    if not model.price_per_million_tokens_usd:
        return {}
    taken, given = AUDIO_TOKENS_PER_S * seconds, TEXT_TOKENS_PER_S * seconds
    return {"input_tokens": taken, "output_tokens": given, "total_tokens": taken + given}


def _add_failure(output: dict[str, Any], task: Task) -> None:
    failure = task.failure
    output["code"] = failure.code if failure else "InternalError"
    output["message"] = failure.message if failure else "The task failed without a reason."


def _metrics(task: Task) -> dict[str, int]:
    failed = sum(item.code is not None for item in task.files)
    return {
        "TOTAL": len(task.request.urls),
        "SUCCEEDED": len(task.files) - failed,
        "FAILED": failed,
    }


def list_row(task: Task) -> dict[str, Any]:
    """One row of the task list; times in epoch milliseconds, `None` until they happened."""
    return {
        "task_id": task.task_id,
        "status": task.state.value,
        "model_name": task.request.model,
        "gmt_create": task.submitted_ms,
        "start_time": task.scheduled_ms,
        "end_time": task.ended_ms,
        "region": "local",
        "request_id": task.request_id,
        "api_key_id": task.account[:16],
        "caller_uid": task.account[:16],
        "caller_parent_id": task.account[:16],
        "user_api_unique_key": f"apikey:v1:audio:asr:transcription:{task.request.model}",
    }


def list_body(rows: list[dict[str, Any]], *, total: int, page_no: int, page_size: int) -> dict[str, Any]:
    """The task list; the documentation's key is `data`, one official client reads `tasks`: both are there."""
    return {
        "request_id": new_id(),
        "total": total,
        "total_page": -(-total // page_size),
        "page_no": page_no,
        "page_size": page_size,
        "data": rows,
        "tasks": rows,
    }


@dataclass(frozen=True, slots=True)
class ResultHeader:
    """What a result file says of its audio: `container` and `codec` names, rate in Hz, duration in seconds."""

    file_url: str
    container: str
    codec: str
    sample_rate: int
    duration_s: float


def qwen3_result(
    header: ResultHeader, transcripts: Iterable[ChannelTranscript], *, language: str | None, enable_words: bool
) -> bytes:
    """The qwen3 result file: ids from 0, language and emotion per sentence (null where nobody knows).

    A requested `language` is in every sentence, as the reference says. `words` only when asked for and
    known.
    """
    return json_bytes(
        {
            "file_url": header.file_url,
            "audio_info": {"format": header.container, "sample_rate": header.sample_rate},
            "transcripts": [
                {
                    "channel_id": transcript.channel_id,
                    **_own_keys(transcript),
                    "text": transcript.text,
                    "sentences": [
                        _qwen3_sentence(index, sentence, language, enable_words)
                        for index, sentence in enumerate(transcript.sentences)
                    ],
                }
                for transcript in transcripts
            ],
        }
    )


def _qwen3_sentence(index: int, sentence: Sentence, language: str | None, enable_words: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "sentence_id": index,
        "begin_time": sentence.begin_ms,
        "end_time": sentence.end_ms,
        "language": language or sentence.language,
        "emotion": sentence.emotion,
        "text": sentence.text,
        **confidence_body(sentence.confidence),
    }
    if enable_words and sentence.words:
        row["words"] = words_body(sentence)
    return row


def fun_asr_result(header: ResultHeader, transcripts: list[ChannelTranscript]) -> bytes:
    """The fun-asr result file: ids from 1, words always (empty where unknown), no language, no emotion."""
    return json_bytes(
        {
            "file_url": header.file_url,
            "properties": {
                "audio_format": header.codec,
                "channels": [transcript.channel_id for transcript in transcripts],
                "original_sampling_rate": header.sample_rate,
                "original_duration_in_milliseconds": round(header.duration_s * 1000),
            },
            "transcripts": [
                {
                    "channel_id": transcript.channel_id,
                    **_own_keys(transcript),
                    "content_duration_in_milliseconds": content_ms(transcript),
                    "text": transcript.text,
                    "sentences": [
                        {
                            "begin_time": sentence.begin_ms,
                            "end_time": sentence.end_ms,
                            "text": sentence.text,
                            "sentence_id": index,
                            "words": words_body(sentence),
                            **confidence_body(sentence.confidence),
                        }
                        for index, sentence in enumerate(transcript.sentences, start=1)
                    ],
                }
                for transcript in transcripts
            ],
        }
    )


def content_ms(transcript: ChannelTranscript) -> int:
    """Milliseconds of speech on a channel: the sum of its sentences."""
    spans = [sentence.span_ms for sentence in transcript.sentences]
    return sum(end_ms - begin_ms for begin_ms, end_ms in spans)


def words_body(sentence: Sentence) -> list[dict[str, Any]]:
    """The words of a sentence as every answer writes them; empty where they are unknown."""
    return [
        {
            "begin_time": word.begin_ms,
            "end_time": word.end_ms,
            "text": word.text,
            "punctuation": word.punctuation,
            **confidence_body(word.confidence),
        }
        for word in sentence.words
    ]


def confidence_body(confidence: float | None) -> dict[str, float]:
    """How sure the engine was, 0 to 1: a key of this service's own, there only where the engine says it."""
    return {} if confidence is None else {"confidence": round(confidence, 3)}


def engine_body(engine: str | None) -> dict[str, str]:
    """Who answered: a key of this service's own, there only where it is one of several that may."""
    return {} if engine is None else {"engine": engine}


def _own_keys(transcript: ChannelTranscript) -> dict[str, Any]:
    """What the paid service does not say: who heard the channel, and what was heard and is not counted as speech."""
    remarks = [{"field": remark.field, "text": remark.value} for remark in transcript.remarks]
    return {**engine_body(transcript.engine), **({"remarks": remarks} if remarks else {})}

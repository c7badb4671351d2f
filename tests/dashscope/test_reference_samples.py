"""The reference pages' own samples: every state of a task, both shapes of its results, and the errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.error_table import error_from_reply
from qa_pipeline.dashscope.tasks import TaskState, parse_status, parse_submitted
from qa_pipeline.transcription.results import parse_result

REFERENCE = Path(__file__).resolve().parents[1] / "fixtures" / "reference"


def sample(name: str) -> bytes:
    return (REFERENCE / name).read_bytes()


def task_id_in(name: str) -> str:
    return str(json.loads(sample(name))["output"]["task_id"])


def test_the_reply_to_a_submit_is_read() -> None:
    taken = parse_submitted(sample("submit.json"))
    assert (taken.task_id, taken.status) == ("8fab76d0-0eed-4d20-************", "PENDING")


@pytest.mark.parametrize(
    ("name", "state", "code", "billed_s", "has_url"),
    [
        ("task-pending.json", TaskState.PENDING, None, None, False),
        ("task-running.json", TaskState.RUNNING, None, None, False),
        ("task-succeeded.json", TaskState.SUCCEEDED, None, 3.0, True),
        ("task-succeeded-fun-asr.json", TaskState.SUCCEEDED, None, 3.0, True),
        ("task-failed.json", TaskState.FAILED, "FILE_403_FORBIDDEN", None, False),
        ("task-unknown.json", TaskState.UNKNOWN, None, None, False),
    ],
)
def test_every_state_is_read(
    name: str, state: TaskState, code: str | None, billed_s: float | None, has_url: bool
) -> None:
    status = parse_status(sample(name), task_id_in(name))
    assert (status.state, status.code, status.billed_s) == (state, code, billed_s)
    assert any(item.transcription_url for item in status.result_urls) is has_url
    assert state.is_final is (state not in (TaskState.PENDING, TaskState.RUNNING))


def test_a_task_of_several_files_says_of_each_what_became_of_it() -> None:
    name = "task-succeeded-fun-asr.json"
    first, second = parse_status(sample(name), task_id_in(name)).result_urls
    assert (first.state, first.code) == ("SUCCEEDED", None)
    assert (second.state, second.code, second.transcription_url) == ("FAILED", "FILE_404_NOT_FOUND", None)


def test_both_shapes_of_results_are_read() -> None:
    qwen3 = parse_result(sample("result-qwen3.json")).channel(0).sentences[0]
    assert (qwen3.begin_ms, qwen3.end_ms, qwen3.text) == (100, 3820, "今天天气还行吧。")
    assert (qwen3.language, qwen3.emotion, qwen3.words) == ("zh", "neutral", ())
    for name, begin_ms in (("result-fun-asr-female.json", 240), ("result-fun-asr-male.json", 800)):
        fun = parse_result(sample(name)).channel(0).sentences[0]
        assert (fun.sentence_id, fun.begin_ms, fun.language, fun.emotion) == (0, begin_ms, None, None)
        assert [word.text for word in fun.words[:2]] == ["Hello", " world"]


@pytest.mark.parametrize(("name", "code"), [("error.json", "InvalidApiKey"), ("error-chat.json", "invalid_api_key")])
def test_both_shapes_of_errors_are_read(name: str, code: str) -> None:
    error = error_from_reply(401, {}, sample(name))
    assert isinstance(error, errors.AuthenticationFailed)
    assert (error.code, error.request_id) == (code, "fb53c4ec-1c12-4fc4-a580-************")

"""The official SDK, unmodified, against the service over loopback."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import dashscope
import httpx
import pytest
from dashscope.audio.asr import Transcription
from dashscope.audio.qwen_asr import QwenTranscription
from dashscope.utils.oss_utils import OssUtils

pytestmark = pytest.mark.outside

MODEL = "qwen3-asr-flash-filetrans"
RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}


@pytest.fixture
def sdk(start: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A service that the SDK is pointed at."""
    api = start()
    monkeypatch.setattr(dashscope, "base_http_api_url", api.service.base_url)
    monkeypatch.setattr(dashscope, "api_key", api.key)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return api


def read_result(response: Any) -> dict[str, Any]:
    return httpx.get(response.output["result"]["transcription_url"], trust_env=False).json()


@pytest.mark.parametrize("channel_ids", [[0, 1], ["0", "1"]], ids=["numbers", "strings"])
def test_call_transcribes_both_channels(sdk: Any, hotel: str, channel_ids: list[Any]) -> None:
    response = QwenTranscription.call(MODEL, hotel, channel_id=channel_ids, enable_itn=False)

    assert response.status_code == HTTPStatus.OK
    assert response.output.task_status == "SUCCEEDED"
    assert response.usage == {"seconds": 4}
    transcripts = read_result(response)["transcripts"]
    assert [(item["channel_id"], item["text"]) for item in transcripts] == [
        (0, "您好， 请讲。"),
        (1, "Hello there."),
    ]


def test_async_call_then_wait_and_fetch(sdk: Any, hotel: str) -> None:
    submitted = QwenTranscription.async_call(MODEL, hotel, language="zh", corpus={"text": "酒店"})
    assert (submitted.status_code, submitted.output.task_status) == (200, "PENDING")

    waited = QwenTranscription.wait(submitted)
    assert waited.output.task_status == "SUCCEEDED"
    fetched = QwenTranscription.fetch(submitted.output.task_id)
    assert fetched.output.task_status == "SUCCEEDED"
    assert fetched.output.task_id == submitted.output.task_id


def test_wait_ends_on_a_failed_task_and_shows_its_code(sdk: Any, references: Path) -> None:
    missing = (references / "nothing.wav").as_uri()
    response = QwenTranscription.call(MODEL, missing)
    assert response.status_code == 200
    assert response.output.task_status == "FAILED"
    assert response.output["code"] == "FILE_404_NOT_FOUND"


def test_list_and_cancel(sdk: Any, start: Any, hotel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = start(concurrency=1, allow_faults=True)
    slow.set_faults({"task_latency_s": 30})
    monkeypatch.setattr(dashscope, "base_http_api_url", slow.service.base_url)
    running = QwenTranscription.async_call(MODEL, hotel)
    waiting = QwenTranscription.async_call(MODEL, hotel)

    canceled = QwenTranscription.cancel(waiting)
    assert canceled.status_code == 200
    refused = QwenTranscription.cancel(running)
    assert (refused.status_code, refused.code) == (400, "UnsupportedOperation")

    listed = QwenTranscription.list(model_name=MODEL, page_no=1, page_size=10)
    assert listed.status_code == 200
    assert [(row["task_id"], row["status"]) for row in listed.output["data"]] == [
        (waiting.output.task_id, "CANCELED"),
        (running.output.task_id, "RUNNING"),
    ]
    assert QwenTranscription.wait(waiting).output.task_status == "CANCELED"


def test_an_uploaded_file_is_found_when_the_resolve_header_is_passed_through(sdk: Any, references: Path) -> None:
    url, _ = OssUtils.upload(MODEL, str(references / "hotel.wav"), api_key=sdk.key)
    assert url.startswith("oss://dashscope-instant/")

    with_header = QwenTranscription.call(MODEL, url, headers=RESOLVE)
    assert with_header.output.task_status == "SUCCEEDED"
    assert read_result(with_header)["file_url"] == url

    without_header = QwenTranscription.call(MODEL, url)
    assert without_header.output.task_status == "FAILED"
    assert "X-DashScope-OssResourceResolve" in without_header.output["message"]


def test_the_fun_asr_client_gets_results_and_metrics(sdk: Any, hotel: str, references: Path) -> None:
    missing = (references / "nothing.wav").as_uri()
    response = Transcription.call("fun-asr", [hotel, missing], channel_id=[0], language_hints=["zh"])

    assert response.output.task_status == "SUCCEEDED"
    assert response.output["task_metrics"] == {"TOTAL": 2, "SUCCEEDED": 1, "FAILED": 1}
    good, bad = response.output["results"]
    assert (good["subtask_status"], good["file_url"]) == ("SUCCEEDED", hotel)
    assert (bad["subtask_status"], bad["code"]) == ("FAILED", "FILE_404_NOT_FOUND")
    assert response.usage == {"duration": 1}  # 850 ms of speech, rounded up


def test_fun_asr_results_name_each_file(sdk: Any, hotel: str, references: Path) -> None:
    response = Transcription.call("fun-asr-mtl", [hotel, (references / "hold.wav").as_uri()], channel_id=[0])
    assert response.output.task_status == "SUCCEEDED"
    for row in response.output["results"]:
        document = sdk.http.get(row["transcription_url"]).json()
        assert set(document) == {"file_url", "properties", "transcripts"}
        assert document["file_url"] == row["file_url"]
        assert document["transcripts"][0]["sentences"][0]["sentence_id"] == 1


def test_a_wrong_key_is_reported_as_the_service_reports_it(start: Any, hotel: str) -> None:
    guarded = start(api_key="sk-right")
    response = QwenTranscription.async_call(MODEL, hotel, api_key="sk-wrong", base_address=guarded.service.base_url)
    assert (response.status_code, response.code) == (401, "InvalidApiKey")


def test_a_dropped_answer_makes_the_sdk_submit_twice(sdk: Any, hotel: str) -> None:
    """Why the pipeline doesn't submit through it: the service has no idempotency key."""
    sdk.set_faults({"rules": [{"endpoint": "submit", "action": "drop_after", "nth": [1]}]})
    QwenTranscription.call(MODEL, hotel)
    assert sdk.local("/_local/usage")["by_channel"][0]["count"] == 2

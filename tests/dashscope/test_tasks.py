from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_pipeline.dashscope.errors import BadReply
from qa_pipeline.dashscope.task_failures import TaskFailure, classify_task_failure
from qa_pipeline.dashscope.tasks import (
    SubmitRequest,
    TaskState,
    parse_page,
    parse_status,
    parse_submitted,
    parse_time,
)


def status(document: dict[str, Any]) -> Any:
    return parse_status(json.dumps(document).encode(), "t-1")


def output(state: str, **more: Any) -> dict[str, Any]:
    return {"request_id": "r-1", "output": {"task_id": "t-1", "task_status": state, **more}}


def test_a_qwen3_success_has_its_url_times_in_utc_and_billed_seconds() -> None:
    document = output(
        "SUCCEEDED",
        submit_time="2025-10-27 14:19:31.150",
        scheduled_time="2025-10-27 14:19:31.233",
        end_time="2025-10-28 00:00:00.000",
        result={"transcription_url": "http://b.oss-cn-beijing.aliyuncs.com/r.json?Expires=1"},
    ) | {"usage": {"seconds": 3}}
    read = status(document)
    assert read.state is TaskState.SUCCEEDED
    assert read.submitted_at == datetime(2025, 10, 27, 6, 19, 31, 150_000, tzinfo=UTC)
    assert read.ended_at == datetime(2025, 10, 27, 16, 0, tzinfo=UTC)
    assert [(one.transcription_url, one.state) for one in read.result_urls] == [
        ("http://b.oss-cn-beijing.aliyuncs.com/r.json?Expires=1", "SUCCEEDED")
    ]
    assert (read.billed_s, read.code, read.raw) == (3.0, None, document)


def test_a_fun_asr_success_has_one_result_a_file_failed_ones_included() -> None:
    document = output(
        "SUCCEEDED",
        results=[
            {"file_url": "https://x/a", "transcription_url": "https://b/a.json", "subtask_status": "SUCCEEDED"},
            {"file_url": "https://x/b", "code": "DECODE_ERROR", "message": "bad", "subtask_status": "FAILED"},
        ],
        task_metrics={"TOTAL": 2, "SUCCEEDED": 1, "FAILED": 1},
    ) | {"usage": {"duration": 9}}
    good, bad = status(document).result_urls
    assert (good.file_url, good.transcription_url, good.state) == ("https://x/a", "https://b/a.json", "SUCCEEDED")
    assert (bad.transcription_url, bad.code, bad.message, bad.state) == (None, "DECODE_ERROR", "bad", "FAILED")
    assert status(document).billed_s == 9.0
    assert status(document).code is None


def test_a_failed_task_gives_its_code_from_the_output_or_from_its_file() -> None:
    whole = status(output("FAILED", code="FILE_403_FORBIDDEN", message="FILE_403_FORBIDDEN"))
    assert (whole.code, whole.message, whole.billed_s) == ("FILE_403_FORBIDDEN", "FILE_403_FORBIDDEN", None)
    of_file = status(output("FAILED", results=[{"code": "DECODE_ERROR", "message": "m", "subtask_status": "FAILED"}]))
    assert (of_file.code, of_file.message) == ("DECODE_ERROR", "m")


@pytest.mark.parametrize("state", list(TaskState))
def test_every_state_of_the_contract_is_read(state: TaskState) -> None:
    assert status(output(state.value)).state is state
    assert state.is_final is (state.value in ("SUCCEEDED", "FAILED", "CANCELED", "UNKNOWN"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"output":{"task_id":"t-1"}}',
        b'{"output":{"task_id":"t-1","task_status":"DANCING"}}',
        b'{"output":{"task_id":"t-1","task_status":["RUNNING"]}}',
        b'{"output":{"task_id":"t-2","task_status":"RUNNING"}}',
    ],
)
def test_what_is_no_status_of_the_asked_task_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReply):
        parse_status(body, "t-1")


@pytest.mark.parametrize(
    "usage", [None, {}, [], {"seconds": True}, {"seconds": "3"}, {"seconds": -1}, {"seconds": None}]
)
def test_billed_seconds_are_none_until_the_service_says_a_number(usage: Any) -> None:
    assert status(output("SUCCEEDED") | {"usage": usage}).billed_s is None


@pytest.mark.parametrize("value", [None, "", "yesterday", 5, "2025-13-01 00:00:00.000"])
def test_a_time_that_cannot_be_read_is_none(value: Any) -> None:
    assert parse_time(value) is None


def test_a_time_with_a_zone_keeps_its_moment() -> None:
    assert parse_time("2025-10-27T14:19:31+00:00") == datetime(2025, 10, 27, 14, 19, 31, tzinfo=UTC)


def test_signed_urls_do_not_show_in_what_gets_logged() -> None:
    read = status(output("SUCCEEDED", result={"transcription_url": "https://b/r?Signature=abc", "file_url": "oss://f"}))
    request = SubmitRequest("m", "https://x/a.wav?Signature=abc", {})
    for shown in (repr(read), str(read), repr(read.result_urls), repr(request)):
        assert "Signature" not in shown
        assert "oss://f" not in shown


def test_a_submits_reply_gives_the_task() -> None:
    read = parse_submitted(b'{"request_id":"r","output":{"task_id":"t","task_status":"PENDING"},"code":"","extra":1}')
    assert (read.task_id, read.request_id, read.status) == ("t", "r", "PENDING")


@pytest.mark.parametrize(
    "body", [b"", b"null", b'{"output":null}', b'{"output":{}}', b'{"output":{"task_id":""}}', b'{"code":"X"}']
)
def test_a_submits_reply_without_a_task_id_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReply):
        parse_submitted(body)


@pytest.mark.parametrize("key", ["data", "tasks"])
def test_a_page_of_the_list_is_read_under_either_key(key: str) -> None:
    row = {
        "task_id": "t",
        "status": "RUNNING",
        "model_name": "m",
        "gmt_create": 1761545971150,
        "start_time": "",
        "x": 1,
    }
    page = parse_page(json.dumps({"total": 11, "total_page": "2", key: [row]}).encode())
    (task,) = page.tasks
    assert (task.task_id, task.state, task.model, task.started_at) == ("t", TaskState.RUNNING, "m", None)
    assert task.created_at == datetime(2025, 10, 27, 6, 19, 31, 150_000, tzinfo=UTC)
    assert (page.total, page.page_count) == (11, 2)


def test_a_listed_task_in_a_state_we_do_not_know_is_still_listed() -> None:
    (task,) = parse_page(b'{"data":[{"task_id":"t","status":"THAWING","gmt_create":1e400}]}').tasks
    assert (task.state, task.created_at) == (None, None)


@pytest.mark.parametrize("body", [b"{}", b'{"data":null}', b'{"data":[{"status":"RUNNING"}]}', b'{"data":[7]}'])
def test_a_list_without_rows_or_ids_is_a_bad_reply_and_never_an_empty_list(body: bytes) -> None:
    with pytest.raises(BadReply):
        parse_page(body)


@pytest.mark.parametrize("url", ["/recordings/a.wav", "file:///recordings/a.wav", "", "data:audio/wav;base64,AA"])
def test_a_submit_of_something_the_service_cannot_fetch_is_refused_before_it_is_sent(url: str) -> None:
    with pytest.raises(ValueError, match="http, https or oss"):
        SubmitRequest("m", url, {})


FAILURES = {
    TaskFailure.NO_SPEECH: ["SUCCESS_WITH_NO_VALID_FRAGMENT", "ASR_RESPONSE_HAVE_NO_WORDS"],
    TaskFailure.RESUBMIT: [
        "FILE_SERVER_ERROR",
        "FILE_TRANS_TASK_EXPIRED",
        "InternalError",
        "InternalError.Timeout",
        "InternalError.Algo",
        "SystemError",
        "Throttling",
        "Throttling.RateQuota",
        "RequestTimeOut",
        "ModelServingError",
    ],
    TaskFailure.HALT: [
        "Arrearage",
        "PrepaidBillOverdue",
        "AllocationQuota.FreeTierOnly",
        "InvalidApiKey",
        "AccessDenied.Unpurchased",
    ],
    TaskFailure.RESUBMIT_ONCE: ["FILE_DOWNLOAD_FAILED", "InvalidFile.DownloadFailed"],
    TaskFailure.CHANGE_AND_RETRY: ["FILE_403_FORBIDDEN", "FILE_404_NOT_FOUND"],
    TaskFailure.PERMANENT: [
        *("FILE_TOO_LARGE", "AUDIO_DURATION_TOO_LONG", "CONTENT_LENGTH_CHECK_FAILED", "DECODE_ERROR"),
        *("NO_VALID_AUDIO_ERROR", "UNSUPPORTED_FORMAT", "FILE_CHECK_FAILED", "FILE_NORMALIZE_FAILED"),
        *("FILE_PARSE_FAILED", "MKV_PARSE_FAILED", "REQUEST_INVALID_FILE_URL_VALUE"),
    ],
}


@pytest.mark.parametrize(("code", "failure"), [(code, kind) for kind, codes in FAILURES.items() for code in codes])
def test_each_row_of_the_task_level_table_says_what_follows(
    code: str, failure: TaskFailure, caplog: pytest.LogCaptureFixture
) -> None:
    assert classify_task_failure(code) is failure
    assert not caplog.records


@pytest.mark.parametrize("code", ["BRAND_NEW", "", None])
def test_an_unlisted_task_failure_is_final_and_logged(code: str | None, caplog: pytest.LogCaptureFixture) -> None:
    assert classify_task_failure(code) is TaskFailure.PERMANENT
    assert "not in the table" in caplog.text


def test_several_files_go_into_one_task_of_a_model_that_takes_them() -> None:
    request = SubmitRequest("fun-asr", "https://x/a", {}, "file_urls", ("oss://b", "https://x/c"))
    assert json.loads(request.body())["input"] == {"file_urls": ["https://x/a", "oss://b", "https://x/c"]}
    assert request.needs_oss_resolve


def test_several_files_for_a_model_of_one_are_refused() -> None:
    with pytest.raises(ValueError, match="takes one URL a task, not 2"):
        SubmitRequest("qwen3-asr-flash-filetrans", "https://x/a", {}, "file_url", ("https://x/b",))
    with pytest.raises(ValueError, match="uploaded first"):
        SubmitRequest("fun-asr", "https://x/a", {}, "file_urls", ("/b.wav",))


URL = "https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/r.json"


@pytest.mark.parametrize(
    "output",
    [
        {"result": {"transcription_url": URL}},
        {"results": [{"transcription_url": URL}]},
        {"result": {}, "results": [{"transcription_url": URL}]},
        {"result": {"transcription_url": URL}, "results": []},
        {"result": None, "results": {"transcription_url": URL}},
        {"result": [{"transcription_url": URL}], "results": [{"file_url": "x"}]},
    ],
)
def test_a_result_is_found_under_either_name_and_in_either_form(output: dict[str, Any]) -> None:
    body = json.dumps({"output": {"task_id": "t", "task_status": "SUCCEEDED", **output}}).encode()
    assert [item.transcription_url for item in parse_status(body, "t").result_urls] == [URL]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"output": {"code": "A", "message": "a"}, "code": "B", "message": "b"}, ("A", "a")),
        ({"output": {}, "code": "B", "message": "b"}, ("B", "b")),
        ({"output": {"code": "A"}, "message": "b"}, ("A", "b")),
        ({"output": {"results": [{"code": "C", "message": "c"}]}, "code": "B", "message": "b"}, ("C", "c")),
        ({"output": {}}, (None, None)),
    ],
)
def test_the_reason_of_a_failed_task_may_stand_beside_its_output(
    document: dict[str, Any], reason: tuple[str | None, str | None]
) -> None:
    document["output"] |= {"task_id": "t", "task_status": "FAILED"}
    status = parse_status(json.dumps(document).encode(), "t")
    assert (status.code, status.message) == reason

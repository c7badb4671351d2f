"""What a submit may say, and how each mistake is answered."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.errors import ServiceError
from qa_pipeline.local_service.submissions import parse_submission
from qa_pipeline.transcription.languages import LANGUAGE_CODES

MODEL = "qwen3-asr-flash-filetrans"


def parse(document: Any) -> Any:
    return parse_submission(json.dumps(document).encode(), resolve_oss=False)[1]


def refusal(document: Any) -> ServiceError:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(ServiceError) as refused:
        parse_submission(body, resolve_oss=False)
    return refused.value


def asking(**parameters: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": {"file_url": "https://x/a.wav"}, "parameters": parameters}


def test_defaults_are_the_first_channel_and_no_words() -> None:
    request = parse({"model": MODEL, "input": {"file_url": "https://x/a.wav"}})
    assert (request.channel_ids, request.language, request.enable_words) == ((0,), None, False)
    assert request.urls == ("https://x/a.wav",)


@pytest.mark.parametrize(
    ("given_ids", "understood"),
    [([0, 1], (0, 1)), (["0", "1"], (0, 1)), ([1], (1,)), (1, (1,)), ("1", (1,)), ([], (0,)), (None, (0,))],
)
def test_channels_come_as_numbers_or_digit_strings(given_ids: Any, understood: tuple[int, ...]) -> None:
    assert parse(asking(channel_id=given_ids)).channel_ids == understood


@pytest.mark.parametrize(
    "channel_id", [[-1], ["one"], [0.5], [True], [[0]], [0, 0], [0, "0"], [10**400], {"a": 1}, ["１"]]
)
def test_what_is_no_channel_is_refused(channel_id: Any) -> None:
    error = refusal(asking(channel_id=channel_id))
    assert (error.status, error.code) == (400, "InvalidParameter")
    assert "channel_id" in error.message


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_documented_language_is_taken(language: str) -> None:
    assert parse(asking(language=language)).language == language


def test_unknown_parameters_and_context_are_ignored() -> None:
    request = parse(asking(corpus={"text": "热词"}, text="ctx", vocabulary_id=3, nonsense=[{}]))
    assert request == parse(asking())


@pytest.mark.parametrize(
    ("document", "code", "says"),
    [
        (b"", "BadRequest.EmptyInput", "no body"),
        (b"{", "InvalidParameter", "not JSON"),
        (b"\xff\xfe{}", "InvalidParameter", "UTF-8"),
        (b'{"model": "\\ud800"}', "InvalidParameter", "UTF-8"),
        (b'{"model": NaN}', "InvalidParameter", "NaN"),
        (b"[" * 100_000, "InvalidParameter", "deep"),
        (b"[]", "InvalidParameter", "object"),
        ({}, "BadRequest.EmptyModel", "model"),
        ({"model": ""}, "BadRequest.EmptyModel", "model"),
        ({"model": ["a"]}, "InvalidParameter", "model"),
        ({"model": MODEL}, "BadRequest.EmptyInput", "input"),
        ({"model": MODEL, "input": {}}, "BadRequest.EmptyInput", "input"),
        ({"model": MODEL, "input": "https://x"}, "BadRequest.IllegalInput", "object"),
        ({"model": MODEL, "input": {"file_url": ""}}, "InvalidParameter", "file_url"),
        ({"model": MODEL, "input": {"file_url": ["https://x"]}}, "InvalidParameter", "string"),
        ({"model": MODEL, "input": {"file_urls": ["https://x"]}}, "InvalidParameter", "input must contain file_url"),
        ({"model": "fun-asr", "input": {"file_url": "https://x"}}, "InvalidParameter", "input must contain file_urls"),
        ({"model": "fun-asr", "input": {"file_urls": []}}, "InvalidParameter", "file_urls"),
        ({"model": "fun-asr", "input": {"file_urls": "https://x"}}, "InvalidParameter", "array"),
        ({"model": "fun-asr", "input": {"file_urls": ["https://x"] * 101}}, "InvalidParameter", "100"),
        ({"model": MODEL, "input": {"file_url": "https://" + "x" * 9000}}, "InvalidParameter", "longer"),
        ({"model": MODEL, "input": {"file_url": "https://x"}, "parameters": []}, "InvalidParameter", "parameters"),
        (asking(language="klingon"), "InvalidParameter", "yue"),
        (asking(language=7), "InvalidParameter", "language"),
        (asking(enable_words="yes"), "InvalidParameter", "enable_words"),
        (asking(enable_itn=1), "InvalidParameter", "enable_itn"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_mistake_has_its_documented_code_and_names_the_field(document: Any, code: str, says: str) -> None:
    error = refusal(document)
    assert (error.status, error.code) == (400, code)
    assert says in error.message
    error.message.encode()


@pytest.mark.parametrize(
    "model", ["qwen3-asr-flash", "qwen3-asr-flash-us", "qwen-audio-asr", "fun-asr-flash-2026-06-15"]
)
def test_a_model_that_answers_at_once_makes_no_tasks(model: str) -> None:
    error = refusal({**asking(), "model": model})
    assert (error.status, error.code) == (400, "InvalidParameter")
    assert error.message == "url error, please check url！"


def test_a_model_that_does_not_exist_is_not_found() -> None:
    error = refusal({**asking(), "model": "whisper-1"})
    assert (error.status, error.code) == (404, "ModelNotFound")
    assert "whisper-1" in error.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["model", "input", "file_url", "channel_id"]), inner)
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"model": st.just(MODEL) | json_values, "input": json_values, "parameters": json_values}))
def test_any_json_is_either_understood_or_refused(document: dict[str, Any]) -> None:
    statuses = {200}
    try:
        parse_submission(json.dumps(document).encode(), resolve_oss=False)
    except ServiceError as error:
        statuses = {error.status}
    assert statuses <= {200, 400, 403, 404}


class TestOnTheWire:
    def test_without_the_async_header_it_is_denied(self, api: Any, hotel: str) -> None:
        body = {"model": MODEL, "input": {"file_url": hotel}}
        answer = api.request("POST", "/services/audio/asr/transcription", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")
        assert "synchronous" in answer.json()["message"]

    @pytest.mark.parametrize("value", ["", "Bearer", "Basic abc", "sk-test"])
    def test_without_a_bearer_it_is_unauthorized(self, api: Any, value: str) -> None:
        answer = api.request("GET", "/tasks/x", headers={"Authorization": value})
        assert (answer.status_code, answer.json()["code"]) == (401, "InvalidApiKey")
        assert set(answer.json()) == {"code", "message", "request_id"}

    def test_a_set_key_is_the_only_one_taken(self, start: Any, hotel: str) -> None:
        api = start(api_key="sk-right")
        assert api.request("GET", "/tasks/x").status_code == 401
        assert api.request("GET", "/uploads", params={"action": "getPolicy", "model": MODEL}).status_code == 401
        assert api.post_submit({"model": MODEL, "input": {"file_url": hotel}}).status_code == 401
        assert httpx.get(f"{api.root_url}/_local/usage", trust_env=False).status_code == 401
        api.key = "sk-right"
        assert api.transcribe(hotel)["output"]["task_status"] == "SUCCEEDED"
        assert api.local("/_local/usage")["billed_channels"] == 1

    def test_a_body_over_a_megabyte_is_refused(self, api: Any) -> None:
        answer = api.post_submit({"model": MODEL, "input": {"file_url": "x" * 1_100_000}})
        assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest.TooLarge")

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_another_content_type_is_refused(self, api: Any, kind: str) -> None:
        headers = {"X-DashScope-Async": "enable", "Content-Type": kind}
        answer = api.request("POST", "/services/audio/asr/transcription", content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")

    def test_key_order_charset_and_unknown_headers_do_not_matter(self, api: Any, hotel: str) -> None:
        body = f'{{"parameters": {{}}, "input": {{"file_url": "{hotel}"}}, "model": "{MODEL}", "new": 1}}'
        headers = {
            "x-dashscope-async": "ENABLE",
            "Content-Type": "application/json; charset=UTF-8",
            "X-DashScope-WorkSpace": "ws",
            "X-Unknown": "1",
        }
        answer = api.request("POST", "/services/audio/asr/transcription", content=body, headers=headers)
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nothing", 404, "NotFound"),
            ("GET", "/services/audio/asr/transcription", 405, "MethodNotAllowed"),
            ("DELETE", "/tasks/x", 405, "MethodNotAllowed"),
        ],
    )
    def test_what_is_not_served_is_said_in_json(self, api: Any, method: str, path: str, status: int, code: str) -> None:
        answer = api.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["request_id"]

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1", ""])
    def test_other_hosts_names_are_not_answered(self, api: Any, host: str) -> None:
        answer = api.request("GET", "/tasks/x", headers={"Host": host})
        assert answer.status_code in (400, 421)
        assert "output" not in answer.text

    def test_the_name_localhost_is_answered(self, api: Any) -> None:
        assert api.request("GET", "/tasks/x", headers={"Host": "localhost:1234"}).status_code == 200

"""Version 2 of the official SDK, unmodified and with its defaults, against the service over loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dashscope
import pytest

from qa_pipeline.transcription.results import parse_result

pytestmark = pytest.mark.filterwarnings("ignore:dashscope 2.0 audio API is a preview:FutureWarning")

DEFAULT_MODEL = "qwen-audio-3.1-asr-flash-filetrans"


@pytest.fixture
def client(api: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client that finds everything in its own variables."""
    monkeypatch.setenv("DASHSCOPE_BASE_URL", api.service.base_url)
    monkeypatch.setenv("DASHSCOPE_API_KEY", api.key)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with dashscope.Client() as client:
        yield client


def test_transcribe_with_its_defaults_gives_sentences_and_words(client: Any, api: Any, hotel: str) -> None:
    job = client.audio.asr.transcribe([hotel])
    assert job.status == "SUCCEEDED"
    [result] = job.results
    raw = api.http.get(result.transcription_url).content
    [transcript] = parse_result(raw).transcripts
    assert (transcript.channel_id, transcript.text) == (0, "您好， 请讲。")
    assert transcript.sentences[0].begin_ms is not None
    assert b'"words"' in raw
    assert b'"emotion"' not in raw
    assert job.usage.model_dump()["input_tokens"] > 0


def test_hot_words_context_and_speakers_are_taken(client: Any, hotel: str) -> None:
    asked = {
        "channel_id": [0, 1], "vocabulary": {"Hilton": 50, "酒店": 4}, "diarization_enabled": True, "speaker_count": 2,
        "language_hints": ["nl"],
    }  # fmt: skip
    assert client.audio.asr.transcribe([hotel], parameters=asked).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("urls", "parameters", "named"),
    [
        (2, {}, "takes 1"),
        (1, {"vocabulary": {"Hilton": 7}}, "the weight of 'Hilton' is 7"),
        (1, {"vocabulary": ["Hilton"]}, "not a table of words"),
    ],
)
def test_what_the_model_does_not_take_is_refused(
    client: Any, hotel: str, urls: int, parameters: dict[str, Any], named: str
) -> None:
    with pytest.raises(dashscope.v2.errors.DashScopeError, match=named):
        client.audio.asr.transcribe([hotel] * urls, parameters=parameters)


def test_a_file_that_is_not_there_raises_with_its_code(client: Any, references: Path) -> None:
    with pytest.raises(dashscope.v2.errors.DashScopeError, match="FILE_404_NOT_FOUND"):
        client.audio.asr.transcribe([(references / "nothing.wav").as_uri()])


def test_a_synchronous_model_is_not_a_task(client: Any, hotel: str) -> None:
    with pytest.raises(dashscope.v2.errors.DashScopeError, match="url error, please check url！"):
        client.audio.asr.transcribe([hotel], model="qwen3-asr-flash")


class TestContextInTurns:
    def test_a_task_takes_it_beside_the_address(self, api: Any, hotel: str) -> None:
        turn = {"role": "user", "content": [{"type": "input_text", "text": "Hilton"}]}
        body = {"model": DEFAULT_MODEL, "input": {"file_urls": [hotel], "context": [turn]}, "parameters": {}}
        assert api.post_submit(body).status_code == 200
        body["input"] = {"file_urls": [hotel], "context": "Hilton"}
        refused = api.post_submit(body)
        assert (refused.status_code, refused.json()["code"]) == (400, "InvalidParameter")


class TestKeysForSeconds:
    def test_a_temporary_key_is_its_makers_account_until_it_expires(self, start: Any, hotel: str) -> None:
        api = start(api_key="sk-right")
        api.key = "sk-right"
        made = api.request("POST", "/tokens", params={"expire_in_seconds": 1800}).json()
        assert made["token"].startswith("st-")
        task_id = api.post_submit({"model": DEFAULT_MODEL, "input": {"file_urls": [hotel]}}).json()["output"]["task_id"]
        seen = api.request("GET", f"/tasks/{task_id}", headers={"Authorization": f"Bearer {made['token']}"}).json()
        assert seen["output"]["task_status"] != "UNKNOWN", "it is the same account"
        account, _, rest = made["token"].partition(".")
        for forged in (
            f"{account}.{int(made['expires_at']) + 9}.{rest.partition('.')[2]}",
            f"{account}.1.2",
            "st-x.y.z",
        ):
            answer = api.request("GET", "/tasks", headers={"Authorization": f"Bearer {forged}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "InvalidApiKey")

    @pytest.mark.parametrize("life_s", ["0", "1801", "-1", "x"])
    def test_it_lives_from_a_second_to_half_an_hour(self, api: Any, life_s: str) -> None:
        answer = api.request("POST", "/tokens", params={"expire_in_seconds": life_s})
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_clients_that_ask_for_the_models_first_get_them(api: Any) -> None:
    listed = api.http.get(
        f"{api.root_url}/compatible-mode/v1/models", headers={"Authorization": f"Bearer {api.key}"}
    ).json()
    assert listed["object"] == "list"
    assert {DEFAULT_MODEL, "qwen3-asr-flash", "paraformer-8k-v2"} <= {row["id"] for row in listed["data"]}
    refused = api.http.get(f"{api.root_url}/compatible-mode/v1/models")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")

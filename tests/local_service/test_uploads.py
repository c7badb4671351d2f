"""Temporary uploads: policy, form post, and what object storage refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

MODEL = "qwen3-asr-flash-filetrans"
RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}


@pytest.fixture
def policy(api: Any) -> dict[str, Any]:
    return ask_policy(api)


def ask_policy(api: Any, model: str = MODEL) -> dict[str, Any]:
    return api.request("GET", "/uploads", params={"action": "getPolicy", "model": model}).json()["data"]


def fields_for(policy: dict[str, Any], name: str = "a.wav") -> dict[str, str]:
    return {
        "OSSAccessKeyId": policy["oss_access_key_id"],
        "Signature": policy["signature"],
        "policy": policy["policy"],
        "key": f"{policy['upload_dir']}/{name}",
        "x-oss-object-acl": policy["x_oss_object_acl"],
        "x-oss-forbid-overwrite": policy["x_oss_forbid_overwrite"],
        "success_action_status": "200",
        "x-oss-content-type": "audio/x-wav",
    }


def post(policy: dict[str, Any], fields: dict[str, str], content: bytes = b"sound") -> httpx.Response:
    parts: list[Any] = [(name, (None, value)) for name, value in fields.items()]
    return httpx.post(policy["upload_host"], files=[*parts, ("file", ("a.wav", content))], trust_env=False)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/xml"
    return answer.status_code, str(ET.fromstring(answer.text).findtext("Code"))


def stored_files(state: Path) -> list[Path]:
    return sorted((state / "uploads").iterdir())


def test_the_policy_has_every_documented_field(policy: dict[str, Any]) -> None:
    assert set(policy) == {
        "policy", "signature", "upload_dir", "upload_host", "expire_in_seconds", "max_file_size_mb",
        "capacity_limit_mb", "oss_access_key_id", "x_oss_object_acl", "x_oss_forbid_overwrite",
    }  # fmt: skip
    assert (policy["expire_in_seconds"], policy["max_file_size_mb"]) == (300, 1024)
    assert policy["upload_dir"].startswith("dashscope-instant/")


def test_an_uploaded_file_is_transcribed_and_named_as_typed(api: Any, references: Path) -> None:
    url = api.upload(references / "hotel.wav")
    body = api.transcribe(url, headers=RESOLVE, channel_id=[1])
    assert body["output"]["task_status"] == "SUCCEEDED"
    result = api.result(body)
    assert result["file_url"] == url
    assert result["transcripts"][0]["text"] == "Hello there."


def test_the_submit_must_carry_the_resolve_header(api: Any, references: Path) -> None:
    output = api.transcribe(api.upload(references / "hotel.wav"))["output"]
    assert output["task_status"] == "FAILED"
    assert "X-DashScope-OssResourceResolve" in output["message"]


def test_an_object_belongs_to_its_account_and_model(api: Any, references: Path) -> None:
    url = api.upload(references / "hotel.wav")
    other_model = api.transcribe(url, model="fun-asr", headers=RESOLVE)["output"]
    assert other_model["results"][0]["code"] == "FILE_403_FORBIDDEN"
    alias = api.transcribe(url, model="qwen3-asr-flash-filetrans-2025-11-17", headers=RESOLVE)["output"]
    assert alias["task_status"] == "SUCCEEDED"
    api.key = "sk-other"
    other_account = api.transcribe(url, headers=RESOLVE)["output"]
    assert other_account["code"] == "FILE_403_FORBIDDEN"


def test_an_object_nobody_uploaded_is_not_found(api: Any) -> None:
    output = api.transcribe("oss://dashscope-instant/x/../../secret", headers=RESOLVE)["output"]
    assert output["code"] == "FILE_404_NOT_FOUND"


def test_an_object_is_gone_after_48_hours(start: Any, references: Path, clock: Any, tmp_path: Path) -> None:
    api = start(clock=clock, state_dir=tmp_path / "state")
    url = api.upload(references / "hotel.wav")
    clock.now += 48 * 3600 - 1
    assert api.transcribe(url, headers=RESOLVE)["output"]["task_status"] == "SUCCEEDED"
    clock.now += 2
    assert api.transcribe(url, headers=RESOLVE)["output"]["code"] == "FILE_404_NOT_FOUND"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"model": MODEL}, "InvalidParameter"),
        ({"action": "getPolicy"}, "InvalidParameter"),
        ({"action": "delete", "model": MODEL}, "InvalidParameter"),
        ({"action": "getPolicy", "model": "whisper-1"}, "ModelNotFound"),
    ],
)
def test_a_policy_request_that_makes_no_sense_is_refused(api: Any, params: dict[str, str], code: str) -> None:
    assert api.request("GET", "/uploads", params=params).json()["code"] == code


def test_policies_are_limited_a_second(start: Any) -> None:
    api = start(policies_per_second=2)
    answers = [api.request("GET", "/uploads", params={"action": "getPolicy", "model": MODEL}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


class TestRefusals:
    def test_a_form_needs_its_fields_before_the_file(self, policy: dict[str, Any]) -> None:
        for name in ("OSSAccessKeyId", "Signature", "policy", "key"):
            fields = {key: value for key, value in fields_for(policy).items() if key != name}
            assert error_of(post(policy, fields)) == (400, "InvalidArgument")

    def test_fields_behind_the_file_do_not_count(self, policy: dict[str, Any]) -> None:
        parts: list[Any] = [("file", ("a.wav", b"x"))]
        parts += [(name, (None, value)) for name, value in fields_for(policy).items()]
        assert error_of(httpx.post(policy["upload_host"], files=parts, trust_env=False)) == (400, "InvalidArgument")

    @pytest.mark.parametrize(
        ("field", "value", "status", "code"),
        [
            ("OSSAccessKeyId", "LTAIother", 403, "InvalidAccessKeyId"),
            ("Signature", "AAAA", 403, "SignatureDoesNotMatch"),
            ("Signature", "é\u4f60", 403, "SignatureDoesNotMatch"),
            ("policy", "bm90IG91cnM=", 403, "SignatureDoesNotMatch"),
            ("key", "elsewhere/a.wav", 403, "AccessDenied"),
            ("x-oss-object-acl", "public-read", 403, "AccessDenied"),
            ("x-oss-forbid-overwrite", "false", 403, "AccessDenied"),
        ],
    )
    def test_a_changed_field_is_refused(
        self, policy: dict[str, Any], field: str, value: str, status: int, code: str
    ) -> None:
        assert error_of(post(policy, {**fields_for(policy), field: value})) == (status, code)

    def test_a_policy_stretched_by_its_holder_is_refused(self, policy: dict[str, Any]) -> None:
        document = json.loads(base64.b64decode(policy["policy"]))
        document["expiration"] = "2099-01-01T00:00:00.000Z"
        forged = base64.b64encode(json.dumps(document).encode()).decode()
        assert error_of(post(policy, {**fields_for(policy), "policy": forged})) == (403, "SignatureDoesNotMatch")

    def test_a_policy_is_good_for_five_minutes(self, start: Any, clock: Any) -> None:
        policy = ask_policy(start(clock=clock))
        clock.now += 299
        assert post(policy, fields_for(policy, "in-time.wav")).status_code == 200
        clock.now += 2
        answer = post(policy, fields_for(policy, "late.wav"))
        assert error_of(answer) == (403, "AccessDenied")
        assert "Policy expired" in answer.text

    def test_one_key_is_written_once(self, policy: dict[str, Any]) -> None:
        assert post(policy, fields_for(policy), b"first").status_code == 200
        assert error_of(post(policy, fields_for(policy), b"second")) == (409, "FileAlreadyExists")

    def test_a_file_over_the_limit_is_refused_and_not_kept(self, start: Any, tmp_path: Path) -> None:
        api = start(max_upload_bytes=1000, state_dir=tmp_path / "state")
        policy = ask_policy(api)
        assert error_of(post(policy, fields_for(policy), b"x" * 1001)) == (400, "EntityTooLarge")
        assert stored_files(tmp_path / "state") == []
        assert post(policy, fields_for(policy), b"x" * 1000).status_code == 200

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("multipart/form-data", b""),
            ("multipart/form-data; boundary=x", b"garbage"),
            ("multipart/form-data; boundary=x", b"--x\r\n\r\nno disposition\r\n--x--\r\n"),
            (
                "multipart/form-data; boundary=x",
                b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--x--\r\n',
            ),
            ("multipart/form-data; boundary=" + "x" * 5000, b""),
            ("application/json", b"{}"),
        ],
        ids=["no boundary", "garbage", "no disposition", "not utf-8", "endless boundary", "json"],
    )
    def test_what_is_no_form_is_malformed(self, policy: dict[str, Any], kind: str, body: bytes) -> None:
        answer = httpx.post(policy["upload_host"], content=body, headers={"Content-Type": kind}, trust_env=False)
        assert error_of(answer) == (400, "MalformedPOSTRequest")

    def test_a_giant_text_field_is_refused(self, policy: dict[str, Any]) -> None:
        assert error_of(post(policy, {**fields_for(policy), "note": "x" * 100_000})) == (400, "MalformedPOSTRequest")

    def test_a_name_of_more_than_1023_bytes_is_refused(self, policy: dict[str, Any]) -> None:
        assert error_of(post(policy, fields_for(policy, "长" * 400))) == (400, "InvalidObjectName")

    def test_the_reason_of_a_refused_large_upload_reaches_the_sender(self, policy: dict[str, Any]) -> None:
        fields = {**fields_for(policy), "Signature": "AAAA"}
        assert error_of(post(policy, fields, b"x" * 8_000_000)) == (403, "SignatureDoesNotMatch")


def test_a_name_that_climbs_out_of_the_folder_writes_nothing_outside(start: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    api = start(state_dir=state)
    policy = ask_policy(api)
    assert post(policy, fields_for(policy, "../../../../evil.wav")).status_code == 200
    assert [path for path in tmp_path.rglob("*") if path.name == "evil.wav"] == []
    assert len(stored_files(state)) == 1


def test_the_placeholder_for_the_files_own_name_is_filled(api: Any, policy: dict[str, Any]) -> None:
    answer = post(policy, {**fields_for(policy), "key": policy["upload_dir"] + "/${filename}"})
    assert answer.status_code == 200
    output = api.transcribe(f"oss://{policy['upload_dir']}/a.wav", headers=RESOLVE)["output"]
    assert output["code"] == "FILE_CHECK_FAILED"  # found, and not audio


def test_a_form_that_does_not_ask_for_a_status_gets_204(policy: dict[str, Any]) -> None:
    fields = {name: value for name, value in fields_for(policy).items() if name != "success_action_status"}
    assert post(policy, fields).status_code == 204


def test_the_bytes_arrive_unchanged_however_they_are_cut(start: Any, tmp_path: Path) -> None:
    api = start(state_dir=tmp_path / "state")
    policy = ask_policy(api)
    content = b"\r\n--x\r\n--not-the-boundary--\r\n" * 100_000 + bytes(range(256))
    assert post(policy, fields_for(policy), content).status_code == 200
    (stored,) = stored_files(tmp_path / "state")
    assert hashlib.sha256(stored.read_bytes()).digest() == hashlib.sha256(content).digest()


def test_a_broken_off_upload_leaves_nothing(start: Any, tmp_path: Path) -> None:
    api = start(state_dir=tmp_path / "state")
    policy = ask_policy(api)
    head = b"".join(
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields_for(policy).items()
    )
    head += b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nsound'
    host = urlsplit(policy["upload_host"])
    with socket.create_connection((host.hostname, host.port)) as connection:
        lines = [
            f"POST {host.path} HTTP/1.1",
            f"Host: {host.netloc}",
            "Content-Type: multipart/form-data; boundary=cut",
            f"Content-Length: {len(head) + 1000}",
        ]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + head)
    assert post(policy, fields_for(policy, "whole.wav")).status_code == 200
    deadline = time.monotonic() + 120
    while len(stored_files(tmp_path / "state")) != 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(stored_files(tmp_path / "state")) == 1

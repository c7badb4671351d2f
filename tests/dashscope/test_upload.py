from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.regions import endpoint_for
from qa_pipeline.dashscope.upload import parse_policy
from qa_pipeline.dashscope.wire import MAX_UPLOADS
from tests.dashscope.scripted_service import KEY, Answer, Received, ScriptedService

pytestmark = pytest.mark.anyio

POLICY_EXPIRED = (
    b"<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message>"
    b"<RequestId>7E</RequestId></Error>"
)
EXISTS = b"<Error><Code>FileAlreadyExists</Code><Message>The object you specified already exists.</Message></Error>"


def policy(service: ScriptedService, **changes: Any) -> Answer:
    data = {
        "policy": "cG9s",
        "signature": "c2ln",
        "upload_dir": "dashscope-instant/0a/2026-03-05/1f",
        "upload_host": service.root,
        "expire_in_seconds": 300,
        "max_file_size_mb": 1,
        "oss_access_key_id": "LTAI",
        "x_oss_object_acl": "private",
        "x_oss_forbid_overwrite": "true",
    }
    return Answer({"request_id": "r", "data": {**data, **changes}})


def parts(sent: Received) -> list[tuple[str, bytes]]:
    """The form's parts in order, as (head, content)."""
    boundary = re.fullmatch(r"multipart/form-data; boundary=(\w+)", sent.header("content-type") or "")
    assert boundary
    pieces = sent.body.split(f"--{boundary[1]}".encode())
    assert (pieces[0], pieces[-1]) == (b"", b"--\r\n")
    split = [piece.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n") for piece in pieces[1:-1]]
    return [(head.decode(), content) for head, _, content in split]


async def test_the_form_has_the_fields_of_the_contract_in_order_and_the_file_last(
    service: ScriptedService, tmp_path: Path
) -> None:
    audio = bytes(range(256)) * 3_000
    path = tmp_path / 'call 1 "x".wav'
    path.write_bytes(audio)
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer())
    async with service.client() as client:
        url = await client.upload(path, model="qwen3", object_name="17/attempt-1.wav")
    key = "dashscope-instant/0a/2026-03-05/1f/17/attempt-1.wav"
    assert url == f"oss://{key}"
    asked, posted = service.received
    assert asked.query == {"action": "getPolicy", "model": "qwen3"}
    assert asked.header("authorization") == f"Bearer {KEY}"
    assert posted.header("authorization") is None
    assert posted.header("transfer-encoding") is None
    assert posted.header("content-length") == str(len(posted.body))
    mime = mimetypes.guess_type("attempt-1.wav")[0]  # the system names it audio/wav or audio/x-wav
    assert mime
    fields = [
        ("OSSAccessKeyId", b"LTAI"),
        ("Signature", b"c2ln"),
        ("policy", b"cG9s"),
        ("key", key.encode()),
        ("x-oss-object-acl", b"private"),
        ("x-oss-forbid-overwrite", b"true"),
        ("success_action_status", b"200"),
        ("x-oss-content-type", mime.encode()),
    ]
    assert parts(posted) == [
        *[(f'Content-Disposition: form-data; name="{name}"', value) for name, value in fields],
        (f'Content-Disposition: form-data; name="file"; filename="attempt-1.wav"\r\nContent-Type: {mime}', audio),
    ]


async def test_bytes_are_uploaded_like_files(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer())
    async with service.client() as client:
        await client.upload(b"OggS", model="m", object_name="a.unheard-of")
    *_, (head, content) = parts(service.received[1])
    assert content == b"OggS"
    assert head.endswith("Content-Type: application/octet-stream")


async def test_one_policy_serves_many_uploads_of_a_model(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer())
    async with service.client() as client:
        names = [f"{number}.wav" for number in range(8)]
        await asyncio.gather(*[client.upload(b"RIFF", model="m", object_name=name) for name in names])
        await client.upload(b"RIFF", model="other", object_name="9.wav")
    asked = [sent.query["model"] for sent in service.received if sent.method == "GET"]
    assert asked == ["m", "other"]


async def test_a_policy_near_its_end_is_not_used_again(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service, expire_in_seconds=0.05))
    service.on("POST", "/", Answer())
    async with service.client() as client:
        await client.upload(b"RIFF", model="m", object_name="1.wav")
        await asyncio.sleep(0.06)
        await client.upload(b"RIFF", model="m", object_name="2.wav")
    assert [sent.method for sent in service.received] == ["GET", "POST", "GET", "POST"]


def test_a_large_file_asks_for_a_policy_that_outlasts_it() -> None:
    body = (
        b'{"data":{"policy":"p","signature":"s","upload_dir":"d/","upload_host":"https://b.aliyuncs.com",'
        b'"oss_access_key_id":"k","expire_in_seconds":300}}'
    )
    fresh = parse_policy(body, asked_at=1_000.0)
    assert (fresh.upload_dir, fresh.max_bytes, fresh.expires_at) == ("d", None, 1_300.0)
    assert fresh.lasts(1_000, now=1_200.0)
    assert not fresh.lasts(1_000, now=1_275.0)
    assert not fresh.lasts(150_000_000, now=1_150.0)
    assert fresh.lasts(1_000_000_000, now=1_001.0)  # as good as any policy gets


async def test_an_expired_policy_is_renewed_once(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service), policy(service, upload_dir="second"))
    service.on("POST", "/", Answer(status=403, body=POLICY_EXPIRED), Answer())
    async with service.client() as client:
        assert await client.upload(b"RIFF", model="m", object_name="a.wav") == "oss://second/a.wav"
    service.on("POST", "/", Answer(status=403, body=POLICY_EXPIRED))
    async with service.client() as client:
        with pytest.raises(errors.PolicyExpired, match="Policy expired"):
            await client.upload(b"RIFF", model="m", object_name="a.wav")
    assert [sent.method for sent in service.received] == ["GET", "POST"] * 4


@pytest.mark.parametrize("status", [201, 204])
async def test_only_200_is_a_success(service: ScriptedService, status: int) -> None:
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer(status=status))
    async with service.client() as client:
        with pytest.raises(errors.UploadFailed, match=f"HTTP {status}"):
            await client.upload(b"RIFF", model="m", object_name="a.wav")


async def test_the_storages_own_words_are_passed_on(service: ScriptedService) -> None:
    refusal = b"<Error>\n <Code>EntityTooLarge</Code>\n <Message>Too large</Message><RequestId>9F</RequestId></Error>"
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer(status=400, body=refusal))
    async with service.client() as client:
        with pytest.raises(errors.UploadFailed, match=r"refused a\.wav: Too large") as caught:
            await client.upload(b"RIFF", model="m", object_name="a.wav")
    error = caught.value
    assert (error.code, error.http_status, error.request_id) == ("EntityTooLarge", 400, "9F")


async def test_an_existing_object_is_a_clear_error_and_not_overwritten(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer(status=409, body=EXISTS))
    async with service.client() as client:
        with pytest.raises(errors.ObjectExists, match="another object name"):
            await client.upload(b"RIFF", model="m", object_name="a.wav")
    assert len(service.received) == 2


@pytest.mark.parametrize("lost", [Answer(hang_up=True), Answer(status=500)])
async def test_an_upload_whose_answer_was_lost_is_not_taken_for_a_conflict(
    service: ScriptedService, lost: Answer
) -> None:
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", lost, Answer(status=409, body=EXISTS))
    async with service.client() as client:
        assert (await client.upload(b"RIFF", model="m", object_name="a.wav")).endswith("/a.wav")
    assert [sent.method for sent in service.received] == ["GET", "POST", "POST"]


async def test_a_retried_upload_sends_the_whole_file_again(service: ScriptedService, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" * 100_000)
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer(status=503), Answer())
    async with service.client() as client:
        await client.upload(path, model="m", object_name="a.wav")
    first, second = (parts(sent)[-1][1] for sent in service.received[1:])
    assert first == second == path.read_bytes()


async def test_a_file_over_the_policys_limit_is_not_sent(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service))
    async with service.client() as client:
        with pytest.raises(errors.UploadFailed, match=r"1,048,577 bytes.*take 1,048,576.*QA_AUDIO_URLS"):
            await client.upload(b"x" * (1024 * 1024 + 1), model="m", object_name="a.wav")
    assert [sent.method for sent in service.received] == ["GET"]


def shrink(path: Path) -> None:
    path.write_bytes(b"RIFF")


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(("change", "said"), [(shrink, "became shorter"), (remove, "cannot be read")])
async def test_a_file_that_changes_meanwhile_is_named_and_nothing_else_suffers(
    service: ScriptedService, tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" * 100)

    def change_and_answer(received: Received) -> Answer:
        change(path)
        return policy(service)

    service.on("GET", "/api/v1/uploads", change_and_answer)
    service.on("POST", "/", Answer())
    async with service.client() as client:
        with pytest.raises(errors.UploadFailed, match=rf"a\.wav {said}"):
            await client.upload(path, model="m", object_name="a.wav")
        assert await client.upload(b"RIFF", model="m", object_name="b.wav")


async def test_a_file_that_is_missing_or_empty_is_refused_before_anything_is_asked(
    service: ScriptedService, tmp_path: Path
) -> None:
    async with service.client() as client:
        with pytest.raises(errors.UploadFailed, match=r"missing\.wav cannot be read: No such file"):
            await client.upload(tmp_path / "missing.wav", model="m", object_name="a.wav")
        with pytest.raises(errors.UploadFailed, match="no bytes"):
            await client.upload(b"", model="m", object_name="a.wav")
    assert service.received == []


@pytest.mark.parametrize(
    "name", ["", "../a.wav", "a/../b.wav", "/a.wav", 'a".wav', "a\r\nb.wav", "a b.wav", "a//b", ".a"]
)
async def test_an_object_name_that_could_change_meaning_is_refused(service: ScriptedService, name: str) -> None:
    async with service.client() as client:
        with pytest.raises(ValueError, match="object name"):
            await client.upload(b"RIFF", model="m", object_name=name)
    assert service.received == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"signature": None}, "lacks signature"), ({"policy": "", "upload_host": 5}, "lacks policy, upload_host")],
)
async def test_a_policy_that_lacks_something_is_a_bad_reply(
    service: ScriptedService, changes: dict[str, Any], said: str
) -> None:
    service.on("GET", "/api/v1/uploads", policy(service, **changes))
    async with service.client() as client:
        with pytest.raises(errors.BadReply, match=said):
            await client.upload(b"RIFF", model="m", object_name="a.wav")


async def test_a_policy_cannot_smuggle_lines_into_the_form(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service, policy="a\r\nX: y"))
    async with service.client() as client:
        with pytest.raises(errors.BadReply, match="line break"):
            await client.upload(b"RIFF", model="m", object_name="a.wav")
    assert {sent.method for sent in service.received} == {"GET"}


async def test_a_recording_goes_to_the_services_storage_only(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/uploads", policy(service, upload_host="https://evil.example"))
    async with service.client() as client:
        with pytest.raises(errors.ForbiddenHost, match=r"evil\.example"):
            await client.upload(b"RIFF", model="m", object_name="a.wav")
    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", Answer(status=307, headers={"location": "https://evil.example/"}))
    async with service.client() as client:
        with pytest.raises(errors.Redirected):
            await client.upload(b"RIFF", model="m", object_name="a.wav")


async def test_the_real_storage_is_posted_to_over_https_and_without_the_key() -> None:
    posted: list[httpx.Request] = []
    data = {"policy": "p", "signature": "s", "upload_dir": "d", "oss_access_key_id": "k"}
    data["upload_host"] = "http://dashscope-file.oss-cn-beijing.aliyuncs.com"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": data})
        posted.append(request)
        return httpx.Response(200)

    async with DashScopeClient(endpoint_for("beijing"), KEY, transport=httpx.MockTransport(answer)) as client:
        await client.upload(b"RIFF", model="m", object_name="a.wav")
    (request,) = posted
    assert str(request.url).rstrip("/") == "https://dashscope-file.oss-cn-beijing.aliyuncs.com"
    assert "authorization" not in request.headers


async def test_no_more_uploads_are_under_way_than_there_are_places(service: ScriptedService) -> None:
    under_way = most = 0

    def begin(received: Received) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        asyncio.get_running_loop().call_later(0.1, end)
        return Answer(delay_s=0.1)

    def end() -> None:
        nonlocal under_way
        under_way -= 1

    service.on("GET", "/api/v1/uploads", policy(service))
    service.on("POST", "/", begin)
    async with service.client() as client:
        names = [f"{number}.wav" for number in range(3 * MAX_UPLOADS)]
        urls = await asyncio.gather(*[client.upload(b"RIFF", model="m", object_name=name) for name in names])
    assert len(set(urls)) == len(names)
    assert 1 < most <= MAX_UPLOADS

from __future__ import annotations

import gzip

import httpx
import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.regions import endpoint_for
from tests.dashscope.scripted_service import KEY, Answer, ScriptedService

pytestmark = pytest.mark.anyio

RESULT = '{"transcripts": [{"text": "欢迎使用。"}]}\n'.encode()
EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>AccessDenied</Code>\n'
    b"  <Message>Request has expired.</Message>\n  <RequestId>64E5</RequestId>\n</Error>"
)


async def test_a_result_comes_byte_for_byte_and_the_key_stays_here(service: ScriptedService) -> None:
    service.on("GET", "/r.json", Answer(body=RESULT))
    async with service.client(workspace_id="ws-7") as client:
        assert await client.download_result(f"{service.root}/r.json?Signature=a%2Bb") == RESULT
    (sent,) = service.received
    assert sent.query == {"Signature": "a+b"}
    names = {name.lower() for name, _ in sent.headers}
    assert names.isdisjoint({"authorization", "x-dashscope-workspace", "cookie"})
    assert KEY not in str(sent.headers)


async def test_a_compressed_result_is_unpacked(service: ScriptedService) -> None:
    service.on("GET", "/r.json", Answer(body=gzip.compress(RESULT), headers={"content-encoding": "gzip"}))
    async with service.client() as client:
        assert await client.download_result(f"{service.root}/r.json") == RESULT


async def test_the_services_storage_is_asked_over_https_without_the_key() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=RESULT)

    async with DashScopeClient(endpoint_for("beijing"), KEY, transport=httpx.MockTransport(answer)) as client:
        await client.download_result("http://b.oss-cn-beijing.aliyuncs.com/r.json?Signature=a%2Bb%3D")
    (request,) = asked
    assert str(request.url) == "https://b.oss-cn-beijing.aliyuncs.com/r.json?Signature=a%2Bb%3D"
    assert "authorization" not in request.headers


async def test_another_host_is_never_asked() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} must not be asked")

    async with DashScopeClient(endpoint_for("beijing"), KEY, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(errors.ForbiddenHost, match=r"evil\.example") as caught:
            await client.download_result("https://evil.example/r.json?Signature=s3cr3t")
    assert "s3cr3t" not in str(caught.value)


async def test_a_redirect_is_not_followed(service: ScriptedService) -> None:
    service.on("GET", "/r.json", Answer(status=302, headers={"location": "/elsewhere.json"}))
    service.on("GET", "/elsewhere.json", Answer(body=RESULT))
    async with service.client() as client:
        with pytest.raises(errors.Redirected):
            await client.download_result(f"{service.root}/r.json")
    assert [sent.path for sent in service.received] == ["/r.json"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_result_beyond_the_limit_is_broken_off(service: ScriptedService, announced: bool) -> None:
    body = b"x" * 5_000 if announced else gzip.compress(b"x" * 5_000_000)
    headers = {} if announced else {"content-encoding": "gzip"}
    service.on("GET", "/r.json", Answer(body=body, headers=headers))
    async with service.client() as client:
        with pytest.raises(errors.ResultTooLarge, match="4,999"):
            await client.download_result(f"{service.root}/r.json", max_bytes=4_999)
    assert len(service.received) == 1


async def test_a_result_of_exactly_the_limit_is_taken(service: ScriptedService) -> None:
    service.on("GET", "/r.json", Answer(body=b"x" * 5_000))
    async with service.client() as client:
        assert len(await client.download_result(f"{service.root}/r.json", max_bytes=5_000)) == 5_000


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=403, body=EXPIRED, headers={"content-type": "application/xml"}),
        Answer({"code": "ResultExpired", "message": "gone"}, 403),
        Answer(status=404, body=b"<Error><Code>NoSuchKey</Code><Message>No such key</Message></Error>"),
        Answer(status=410),
    ],
)
async def test_a_result_past_its_time_is_named_as_expired(service: ScriptedService, answer: Answer) -> None:
    service.on("GET", "/r.json", answer)
    async with service.client() as client:
        with pytest.raises(errors.ResultExpired, match="after 24 hours"):
            await client.download_result(f"{service.root}/r.json")
    assert len(service.received) == 1


async def test_a_result_refused_for_another_reason_is_not_called_expired(service: ScriptedService) -> None:
    refusal = b"<Error><Code>SignatureDoesNotMatch</Code><Message>&lt;no&gt; match</Message></Error>"
    service.on("GET", "/r.json", Answer(status=403, body=refusal))
    async with service.client() as client:
        with pytest.raises(errors.ResultUnavailable, match="SignatureDoesNotMatch: <no> match") as caught:
            await client.download_result(f"{service.root}/r.json")
    assert not isinstance(caught.value, errors.ResultExpired)


@pytest.mark.parametrize(
    "trouble",
    [Answer(status=503), Answer(status=429), Answer(hang_up=True), Answer(body=RESULT[:9], announced_length=40)],
)
async def test_a_download_that_broke_off_is_begun_again(service: ScriptedService, trouble: Answer) -> None:
    service.on("GET", "/r.json", trouble, Answer(body=RESULT))
    async with service.client() as client:
        assert await client.download_result(f"{service.root}/r.json") == RESULT

from __future__ import annotations

import pytest

from qa_pipeline.dashscope.errors import ForbiddenHost
from qa_pipeline.dashscope.regions import BadEndpoint, Endpoint, FiletransNotOffered, endpoint_for


@pytest.mark.parametrize(
    ("given", "base_url", "region"),
    [
        ("beijing", "https://dashscope.aliyuncs.com/api/v1", "beijing"),
        ("cn-beijing", "https://dashscope.aliyuncs.com/api/v1", "beijing"),
        ("Singapore", "https://dashscope-intl.aliyuncs.com/api/v1", "singapore"),
        ("us", "https://dashscope-us.aliyuncs.com/api/v1", "us"),
        ("hongkong", "https://cn-hongkong.dashscope.aliyuncs.com/api/v1", "hongkong"),
        ("https://dashscope-intl.aliyuncs.com/api/v1/", "https://dashscope-intl.aliyuncs.com/api/v1", "singapore"),
        (
            "https://ws-1.ap-southeast-1.maas.aliyuncs.com/api/v1",
            "https://ws-1.ap-southeast-1.maas.aliyuncs.com/api/v1",
            "singapore",
        ),
        (
            "https://ws-1.eu-central-1.maas.aliyuncs.com/api/v1",
            "https://ws-1.eu-central-1.maas.aliyuncs.com/api/v1",
            "frankfurt",
        ),
        ("https://gateway.example.com/api/v1", "https://gateway.example.com/api/v1", "other"),
        ("http://127.0.0.1:8091/api/v1", "http://127.0.0.1:8091/api/v1", "other"),
        ("http://127.0.0.1:3000/ali/api/v1/", "http://127.0.0.1:3000/ali/api/v1", "other"),
        ("https://maas.qianwenaiapi.com/api/v1", "https://maas.qianwenaiapi.com/api/v1", "beijing"),
        ("http://localhost:8091/api/v1", "http://localhost:8091/api/v1", "other"),
        ("http://[::1]:8091/api/v1", "http://[::1]:8091/api/v1", "other"),
    ],
)
def test_an_endpoint_is_found_by_region_name_or_base_url(given: str, base_url: str, region: str) -> None:
    assert endpoint_for(given) == Endpoint(base_url, region)


def test_a_host_of_ones_own_network_is_spoken_to_unencrypted_only_when_it_is_named() -> None:
    named = endpoint_for("http://192.168.1.20:3000/api/v1", plain_http_hosts=("192.168.1.20",))
    assert named == Endpoint("http://192.168.1.20:3000/api/v1", "other")
    with pytest.raises(BadEndpoint, match=r"name 192\.168\.1\.21 in QA_PLAIN_HTTP_HOSTS"):
        endpoint_for("http://192.168.1.21:3000/api/v1", plain_http_hosts=("192.168.1.20",))


def test_the_services_own_hosts_are_never_spoken_to_unencrypted() -> None:
    with pytest.raises(BadEndpoint, match=r"write https://dashscope\.aliyuncs\.com/api/v1"):
        endpoint_for("http://dashscope.aliyuncs.com/api/v1", plain_http_hosts=("dashscope.aliyuncs.com",))


def test_a_workspace_id_becomes_the_workspace_host_of_its_region() -> None:
    assert endpoint_for("llm-AbC123").base_url == "https://llm-abc123.cn-beijing.maas.aliyuncs.com/api/v1"
    in_singapore = endpoint_for("ws-7", workspace_region="singapore")
    assert in_singapore == Endpoint("https://ws-7.ap-southeast-1.maas.aliyuncs.com/api/v1", "singapore")


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        ("https://dashscope.aliyuncs.com", "write https://dashscope.aliyuncs.com/api/v1"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "write https://dashscope.aliyuncs.com/api/v1"),
        ("https://dashscope.aliyuncs.com/x/api/v1", "write https://dashscope.aliyuncs.com/api/v1"),
        ("http://127.0.0.1:3000/x/api/v1?y=1", "write http://127.0.0.1:3000/x/api/v1"),
        ("https://dashscope.aliyuncs.com/api/v1?x=1", "write https://dashscope.aliyuncs.com/api/v1"),
        ("http://127.0.0.1:8091", "write http://127.0.0.1:8091/api/v1"),
        ("dashscope.aliyuncs.com/api/v1", "write https://dashscope.aliyuncs.com/api/v1"),
        ("http://dashscope.aliyuncs.com/api/v1", "write https://dashscope.aliyuncs.com/api/v1"),
        ("http://10.0.0.7/api/v1", "would send the key unencrypted"),
        ("http://127.0.0.1.example.com/api/v1", "would send the key unencrypted"),
        ("ftp://dashscope.aliyuncs.com/api/v1", "must begin with https://"),
        ("https://me:pw@dashscope.aliyuncs.com/api/v1", "carries a user name"),
        ("bejing", "neither a region (beijing, singapore, us, hongkong)"),
        ("", "neither a region"),
    ],
)
def test_an_address_that_would_not_work_or_leak_the_key_is_refused_with_the_way_out(given: str, fix: str) -> None:
    with pytest.raises(BadEndpoint) as caught:
        endpoint_for(given)
    assert fix in str(caught.value)


def test_a_workspace_in_an_unknown_region_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadEndpoint, match="beijing, singapore, us, hongkong, frankfurt, tokyo"):
        endpoint_for("ws-7", workspace_region="moon")


def test_the_us_region_has_no_file_transcription() -> None:
    endpoint_for("singapore").require_filetrans()
    for us in ("us", "https://ws-1.us-east-1.maas.aliyuncs.com/api/v1"):
        with pytest.raises(FiletransNotOffered, match="beijing or singapore"):
            endpoint_for(us).require_filetrans()


@pytest.mark.parametrize(
    ("base", "url", "used"),
    [
        ("beijing", "http://b.oss-cn-beijing.aliyuncs.com/r.json?S=a%2Fb", "https://b.oss-cn-beijing.aliyuncs.com/r.json?S=a%2Fb"),
        ("beijing", "http://b.oss-cn-beijing.aliyuncs.com:80/r", "https://b.oss-cn-beijing.aliyuncs.com/r"),
        ("beijing", "https://dashscope.aliyuncs.com/r", "https://dashscope.aliyuncs.com/r"),
        ("http://127.0.0.1:1/api/v1", "http://127.0.0.1:2/r", "http://127.0.0.1:2/r"),
        ("http://127.0.0.1:1/api/v1", "http://localhost:2/r", "http://localhost:2/r"),
        ("https://gw.example.com/api/v1", "https://gw.example.com/r", "https://gw.example.com/r"),
    ],
)  # fmt: skip
def test_storage_urls_of_the_services_own_hosts_are_used_over_https(base: str, url: str, used: str) -> None:
    assert str(endpoint_for(base).allow(url)) == used


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("beijing", "https://evil.example.com/r"),
        ("beijing", "https://aliyuncs.com.evil.example/r"),
        ("beijing", "https://notaliyuncs.com/r"),
        ("beijing", "https://b.aliyuncs.com@evil.example/r"),
        ("beijing", "https://evil.example#.aliyuncs.com"),
        ("beijing", "https://user@b.oss-cn-beijing.aliyuncs.com/r"),
        ("beijing", "http://127.0.0.1/r"),
        ("beijing", "http://169.254.169.254/latest"),
        ("beijing", "file:///etc/passwd"),
        ("beijing", "b.aliyuncs.com/r"),
        ("beijing", "http://[broken"),
        ("beijing", ""),
        ("http://127.0.0.1:1/api/v1", "http://10.0.0.1:1/r"),
        ("https://gw.example.com/api/v1", "https://gw.example.com:8443/r"),
        ("https://gw.example.com/api/v1", "http://gw.example.com/r"),
    ],
)
def test_any_other_url_is_refused(base: str, url: str) -> None:
    with pytest.raises(ForbiddenHost):
        endpoint_for(base).allow(url)

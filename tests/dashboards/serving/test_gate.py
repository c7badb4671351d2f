"""Who gets in, from where, under which name; and what everybody else is told."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from streamlit import config
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from dashboards.language import language_of_reader
from dashboards.serving.gate import Gate
from dashboards.serving.identity import BROWSER_COOKIE, USER_COOKIE
from qa_pipeline.wording.languages import ask_for_language
from tests.dashboards.serving.conftest import ELSEWHERE, HERE, PROXY, USERS, Ask, Set

BROWSER = "b" * 32
PAGES = [
    "/",
    "/calls",
    "/call",
    "/call-data/x/call",
    "/sound/x",
    "/export/calls.csv",
    "/media/abc.csv",
    "/_stcore/stream",
]


@pytest.fixture
def behind_proxy(set_settings: Set) -> None:
    set_settings(dashboard_access="proxy", dashboard_users=USERS, dashboard_proxies=PROXY, dashboard_contact="Ana <b>")


@pytest.fixture
def sign_in(set_settings: Set, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the cookie that Streamlit writes after a sign-in."""
    set_settings(dashboard_access="login", dashboard_users=USERS)
    secret = "s" * 40
    monkeypatch.setattr("dashboards.serving.identity.get_cookie_secret", lambda: secret)

    def cookie(signed_with: str = secret, **claims: object) -> dict[str, str]:
        said = json.dumps({"is_logged_in": True, "origin": "https://qa.example.com"} | claims)
        return {USER_COOKIE: create_signed_value(signed_with, USER_COOKIE, said).decode()}

    return cookie


def by(user: str) -> dict[str, str]:
    return {"X-Forwarded-User": user}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "127.8.9.1", "qa-box"])
def test_the_person_at_this_machine_has_all_rights(set_settings: Set, ask: Ask, host: str) -> None:
    set_settings(dashboard_hosts="qa-box")
    found = ask("/", headers={"host": f"{host}:8501"})
    assert found.json() | {"browser": ""} == {"user": "local", "role": "admin", "browser": ""}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.1", "", "[", "a@localhost.x"]
)
def test_a_site_whose_name_was_pointed_here_is_refused(set_settings: Set, ask: Ask, host: str) -> None:
    set_settings()
    found = ask("/", headers={"host": host})
    assert (found.status_code, "not served under this name" in found.text) == (403, True)


def test_other_machines_and_proxies_are_refused_as_long_as_nobody_is_named(set_settings: Set, ask: Ask) -> None:
    set_settings()
    assert "for the person at this machine" in ask("/", peer=ELSEWHERE).text
    for header in ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded"):
        found = ask("/", headers={header: HERE})
        assert (found.status_code, "A proxy passed this request on" in found.text) == (403, True)
    # an IPv4 address on an IPv6 socket
    assert ask("/", peer="::ffff:127.0.0.1").status_code == 200
    assert ask("/", peer="::ffff:192.0.2.7").status_code == 403


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("user", ["stranger@example.com", "other@example.org"])
def test_a_person_who_is_not_listed_gets_whom_to_ask_and_nothing_else(
    behind_proxy: None, ask: Ask, path: str, user: str
) -> None:
    found = ask(path, peer=PROXY, headers=by(user))
    assert found.status_code == 403
    assert user in found.text
    assert "Ask Ana &lt;b&gt;." in found.text
    assert "set-cookie" not in found.headers


def test_a_page_of_somebody_who_is_not_listed_gets_no_connection(behind_proxy: None) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def server(*_: Any) -> None:
        raise AssertionError("it was passed on")

    scope = {
        "type": "websocket", "path": "/_stcore/stream", "query_string": b"", "client": (PROXY, 1), "scheme": "ws",
        "headers": [(b"host", b"qa"), (b"x-forwarded-user", b"stranger@example.com")],
    }  # fmt: skip
    asyncio.run(Gate(server)(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_the_proxys_word_is_taken_from_its_own_address_only(behind_proxy: None, ask: Ask) -> None:
    assert ask("/", peer=PROXY, headers=by("LEA@example.com")).json()["role"] == "lead"
    for peer in (ELSEWHERE, HERE, "10.0.0.3", "::1", ""):
        found = ask("/", peer=peer, headers=by("al@example.com"))
        assert (found.status_code, "through the proxy" in found.text) == (403, True)
    # uvicorn has put the address that a local client claims in the place of its own
    assert ask("/", peer=PROXY, port=0, headers=by("al@example.com")).status_code == 403


def test_two_names_or_none_are_nobody(behind_proxy: None, ask: Ask) -> None:
    twice = [("X-Forwarded-User", "lea@example.com"), ("X-Forwarded-User", "al@example.com")]
    for headers in ([], twice, [("X-Forwarded-User", "  ")]):
        found = ask("/", peer=PROXY, headers=headers)
        assert (found.status_code, "did not say who you are" in found.text) == (403, True)
    # nor is the one person of the machine somebody whom a proxy can name
    assert ask("/", peer=PROXY, headers=by("local")).status_code == 403


def test_a_name_in_other_letters_is_read_as_utf_8(set_settings: Set, ask: Ask) -> None:
    users = [{"login": "Łucja", "role": "lead"}]
    set_settings(dashboard_access="proxy", dashboard_users=users, dashboard_proxies=PROXY)
    found = ask("/", peer=PROXY, headers={b"X-Forwarded-User": "łucja".encode()})
    assert found.json()["role"] == "lead"


def test_a_seal_that_comes_from_outside_is_dropped(behind_proxy: None, ask: Ask) -> None:
    found = ask("/", peer=PROXY, headers=by("vic@example.com") | {"x-qa-viewer": "forged"})
    assert found.json()["user"] == "vic@example.com"


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/js/index.js", "/auth/login", "/oauth2callback"])
def test_what_is_the_same_for_everybody_answers_anybody(sign_in: Any, ask: Ask, path: str) -> None:
    assert ask(path, peer=ELSEWHERE).status_code == 200
    for near in (f"/x{path}", "/static/..%2Fcalls"):
        assert not ask(near, peer=ELSEWHERE).is_success


def test_people_sign_in(sign_in: Any, ask: Ask) -> None:
    found = ask("/", peer=ELSEWHERE, cookies=sign_in(email="Eve@example.com"))
    assert (found.json()["user"], found.json()["role"]) == ("eve@example.com", "evaluator")
    assert "Nobody can sign in yet" in ask("/").text


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"email": "eve@example.com", "email_verified": False}, 403),
        ({"email": "eve@example.com", "email_verified": "false"}, 403),
        ({"email": ["eve@example.com"]}, 403),
        ({"sub": "eve@example.com"}, 403),
        ({"email": "eve@example.com", "is_logged_in": False}, 500),
        ({"email": "eve@example.com", "signed_with": "x" * 40}, 500),
    ],
)
def test_a_sign_in_that_says_too_little_opens_nothing(
    sign_in: Any, ask: Ask, claims: dict[str, Any], status: int
) -> None:
    assert ask("/", cookies=sign_in(**claims)).status_code == status


def test_another_claim_may_be_the_login(sign_in: Any, set_settings: Set, ask: Ask) -> None:
    set_settings(dashboard_login_claim="preferred_username")
    assert ask("/", cookies=sign_in(preferred_username="eve@example.com")).status_code == 200


def test_whoever_is_taken_off_the_list_is_out(sign_in: Any, set_settings: Set, ask: Ask) -> None:
    cookie = sign_in(email="lea@example.com")
    assert ask("/", cookies=cookie).status_code == 200
    set_settings(dashboard_users=USERS[:1])
    assert ask("/", cookies=cookie).status_code == 403


def test_a_browser_gets_one_secret_that_scripts_and_other_sites_cannot_use(set_settings: Set, ask: Ask) -> None:
    set_settings()
    cookie = ask("/").headers["set-cookie"]
    assert all(part in cookie for part in (BROWSER_COOKIE, "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Secure" not in cookie
    assert ask("/").headers["set-cookie"] != cookie
    assert "set-cookie" not in ask("/", cookies={BROWSER_COOKIE: BROWSER}).headers
    # a link on another site: the browser keeps its cookie back, and must not lose it
    assert "set-cookie" not in ask("/", headers={"sec-fetch-site": "cross-site"}).headers


def test_behind_tls_the_secret_never_travels_without_it(behind_proxy: None, ask: Ask) -> None:
    found = ask("/", peer=PROXY, headers=by("vic@example.com") | {"X-Forwarded-Proto": "https"})
    assert "Secure" in found.headers["set-cookie"]


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("vic", "/media/a.png", 200),
        ("vic", "/media/a.csv", 403),
        ("eve", "/media/a.csv", 403),
        ("lea", "/media/a.csv", 200),
        ("vic", "/media/a.WAV", 403),
        ("vic", "/calls", 200),
    ],
)
def test_files_of_pages_are_for_those_who_may_take_them(
    behind_proxy: None, ask: Ask, user: str, path: str, status: int
) -> None:
    assert ask(path, peer=PROXY, headers=by(f"{user}@example.com")).status_code == status


def test_a_wrong_setting_is_explained_to_this_machine_alone(set_settings: Set, ask: Ask) -> None:
    set_settings(dashboard_access="open")
    assert "dashboard_access" in ask("/").text
    elsewhere = ask("/", peer=ELSEWHERE)
    assert (elsewhere.status_code, "dashboard_access" in elsewhere.text) == (500, False)


def test_the_gate_knows_the_path_that_the_server_is_under(sign_in: Any, ask: Ask) -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "qa")
    try:
        assert ask("/qa/_stcore/health").status_code == 200
        assert not ask("/qa/calls").is_success
    finally:
        config.set_option("server.baseUrlPath", before)


def test_a_refusal_is_in_the_readers_language(behind_proxy: None, ask: Ask) -> None:
    ask_for_language(language_of_reader)
    for headers, code in (
        ({}, "en"),
        ({"accept-language": "fr, zh-CN;q=0.8"}, "zh-CN"),
        ({"cookie": "qa_language=zh"}, "zh-CN"),
    ):
        found = ask("/", peer=PROXY, headers=by("stranger@example.com") | headers)
        assert f'<html lang="{code}">' in found.text
    assert '<html lang="zh-CN">' in ask("/?lang=zh", peer=PROXY, headers=by("stranger@example.com")).text

"""People sign in with OpenID Connect, in a real browser, by a small identity provider on this machine."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from qa_pipeline.processes.ports import next_free_port
from tests.dashboards.browsing import PATIENCE_MS, expect, serve, settle
from tests.dashboards.serving.conftest import USERS
from tests.loopback import served

pytestmark = pytest.mark.browser

CLIENT, CLIENT_SECRET = "qa", "not a secret"
EVE, LEA, STRANGER = "eve@example.com", "lea@example.com", "stranger@example.com"


class Provider:
    """Signs in whoever is clicked on."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self.waiting: dict[str, tuple[str, str]] = {}
        routes = {
            "/.well-known/openid-configuration": self.metadata,
            "/authorize": self.authorize,
            "/chosen": self.chosen,
            "/token": self.token,
            "/keys": self.keys,
        }
        self.app = Starlette(routes=[Route(path, do, methods=["GET", "POST"]) for path, do in routes.items()])
        self.address = ""

    async def metadata(self, _: Request) -> Response:
        at = self.address
        return JSONResponse(
            {
                "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/keys", "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )  # fmt: skip

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        links = "".join(
            f'<p><a href="/chosen?{urlencode({**asked, "user": user})}">{user}</a></p>' for user in (EVE, LEA, STRANGER)
        )
        return HTMLResponse(f"<title>Who are you?</title>{links}")

    async def chosen(self, request: Request) -> Response:
        asked, code = request.query_params, secrets.token_urlsafe()
        self.waiting[code] = (asked["user"], asked["nonce"])
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        user, nonce = self.waiting.pop(str((await request.form())["code"]))
        now = int(time.time())
        said = {
            "iss": self.address, "aud": CLIENT, "sub": user, "iat": now, "exp": now + 600, "nonce": nonce,
            "email": user, "email_verified": True,
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, said, self.key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": signed})

    async def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    with served(made.app) as made.address:
        yield made


@pytest.fixture
def address(provider: Provider, tmp_path: Path, published_home: Path, recordings: Path) -> Iterator[str]:
    """The dashboards' server with the sign-in set up."""
    port = next_free_port("127.0.0.1", 0)
    at = f"http://127.0.0.1:{port}"
    secret_file = tmp_path / "secrets.toml"
    secret_file.write_text(
        f'[auth]\nredirect_uri = "{at}/oauth2callback"\ncookie_secret = "{secrets.token_urlsafe(32)}"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{provider.address}/.well-known/openid-configuration"\n',
        encoding="utf-8",
    )
    access = {
        "QA_DASHBOARD_ACCESS": "login",
        "QA_DASHBOARD_USERS": json.dumps(USERS),
        "QA_DASHBOARD_CONTACT": "Ana, ext. 1234",
    }
    with serve(published_home, recordings, "--secrets.files", str(secret_file), port=port, **access) as opened:
        yield opened


def test_each_person_gets_what_their_role_includes(browser: Any, address: str) -> None:
    eve, lea, stranger = (sign_in(browser, address, user) for user in (EVE, LEA, STRANGER))

    # nobody who is not listed: one page, no connection, no file by its address
    expect(stranger.locator("body")).to_contain_text("known here as stranger@example.com")
    expect(stranger.locator("body")).to_contain_text("Ask Ana, ext. 1234.")
    assert stranger.sockets == []  # type: ignore[attr-defined]
    for path in ("/calls", "/export/calls.csv", "/call?call=c0302", "/sound/x"):
        assert stranger.request.get(f"{address}{path}").status == 403

    # an evaluator reads and hears, and takes nothing along
    with eve.expect_request("**/sound/*") as heard:
        eve.goto(f"{address}/call?call=c0302")
        settle(eve)
    link = heard.value.url
    assert eve.request.get(link, headers={"range": "bytes=0-9"}).status == 206
    assert eve.request.get(f"{address}/export/calls.csv").status == 403
    assert eve.request.get(f"{link}?download=1").status == 403

    # the link is of no use to anybody else, though a lead may hear the call by a link of their own
    refused = lea.request.get(link)
    assert (refused.status, "another person" in refused.text()) == (403, True)
    assert lea.request.get(f"{address}/export/calls.csv").status == 200
    assert stranger.request.get(link).status == 403
    nobody = browser.new_context()
    assert nobody.request.get(link).status == 401

    # nor to the same browser once its person has signed out
    eve.goto(f"{address}/auth/logout")
    assert eve.request.get(link).status == 401
    for each in (eve, lea, stranger):
        each.context.close()
    nobody.close()


def sign_in(chromium: Any, address: str, user: str) -> Any:
    """A tab of a browser of the person's own, which has signed in."""
    tab = chromium.new_context().new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.sockets = []
    tab.on("websocket", lambda opened: tab.sockets.append(opened.url))
    tab.goto(address)
    expect(tab.get_by_role("heading")).to_have_text("Sign in to see calls")
    assert tab.sockets == []
    tab.get_by_role("link", name="Sign in").click()
    tab.get_by_role("link", name=user).click()
    tab.wait_for_url(f"{address}/")
    if user != STRANGER:
        settle(tab)
    return tab

"""Who may see and hear what was masked, over real HTTP: those with the right, who say why, and never unlogged."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import numpy as np
import pytest
from sqlalchemy import create_engine, text
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.serving.access import LOCAL_USER, Viewer
from dashboards.serving.current_settings import current_settings
from dashboards.serving.gate import Gate
from dashboards.serving.identity import BROWSER_COOKIE
from dashboards.serving.sound_route import raw_sound_route, sound_route
from dashboards.unmasking.links import unmask_link
from dashboards.unmasking.routes import unmask_route
from qa_pipeline.looks.log import Look, LooksFilter, open_looks
from qa_pipeline.people.roles import Role
from qa_pipeline.settings import load_settings
from tests.dashboards.masking import CALL, CARD_MS, IN_NO_SENTENCE, RAW, masked_home
from tests.loopback import served
from tests.own_settings import forget_settings

BROWSER = "b" * 32
WHY = {"what": "text", "reason": "the customer asked which card it was"}
USERS = [
    {"login": "vic@example.com", "role": "viewer"},
    {"login": "eve@example.com", "role": "evaluator"},
    {"login": "lea@example.com", "role": "lead"},
    {"login": "al@example.com", "role": "admin"},
    {"login": "barred@example.com", "role": "admin", "raw_text": False},
    {"login": "chosen@example.com", "role": "viewer", "raw_text": True},
    {"login": "own@example.com", "role": "agent", "agent_id": "a-ortiz", "raw_text": True},
    {"login": "other@example.com", "role": "agent", "agent_id": "a-weber", "raw_text": True},
]
Ask = Callable[..., httpx.Response]


@pytest.fixture
def home(published_home: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = masked_home(published_home, tmp_path)
    forget_settings(monkeypatch, made, home=made, recordings=recordings)
    return made


@pytest.fixture
def server(home: Path) -> Iterator[str]:
    app = Starlette(routes=[sound_route(), raw_sound_route(), unmask_route()], middleware=[Middleware(Gate)])
    with served(app) as address:
        yield address


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_DASHBOARD_ACCESS", "proxy")
    monkeypatch.setenv("QA_DASHBOARD_USERS", json.dumps(USERS))


@pytest.fixture
def ask(server: str) -> Iterator[Ask]:
    """Asks for what was masked as somebody, by a link of that person's."""
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: BROWSER}, trust_env=False) as client:

        def asked(name: str | None, body: Any = WHY, *, call_id: str = CALL, **headers: str) -> httpx.Response:
            user = LOCAL_USER if name is None else f"{name}@example.com"
            known = {} if name is None else {"X-Forwarded-User": user}
            address = unmask_link(Viewer(user, Role.ADMIN, BROWSER), current_settings(), call_id)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"content-type": "application/json", **known, **headers}
            return client.post(address, content=content, headers=sent)

        yield asked


def looks() -> list[Look]:
    log = open_looks(load_settings().operations_database_url)
    try:
        return list(log.find(LooksFilter()))
    finally:
        log.close()


def heard(content: bytes) -> Any:
    with wave.open(io.BytesIO(content)) as reader:
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2).T


def test_a_person_with_the_right_sees_the_sentences_of_this_call_and_is_in_the_log(ask: Ask, people: None) -> None:
    answer = ask("al")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    said = answer.json()
    assert [sentence[1] for sentence in said["sentences"]] == list(RAW)
    assert [sentence[0] for sentence in said["sentences"]] == [1, 4]
    assert said["missing"] == 0
    [look] = looks()
    assert (look.who, look.role, look.call_id, look.what, look.reason) == (
        "al@example.com", "admin", CALL, "text", WHY["reason"],
    )  # fmt: skip


def test_what_is_in_no_sentence_is_not_missed_among_them(ask: Ask, people: None, home: Path) -> None:
    with duckdb.connect(str((home / "qa.duckdb").resolve())) as connection:
        connection.execute(IN_NO_SENTENCE)
    said = ask("al").json()
    assert [sentence[1] for sentence in said["sentences"]] == list(RAW)
    assert said["missing"] == 0


def test_nobody_without_the_right_sees_anything_and_nothing_is_logged(ask: Ask, people: None) -> None:
    for name in ("vic", "eve", "lea", "barred", "stranger"):
        for what in ("text", "sound", "export"):
            answer = ask(name, {**WHY, "what": what})
            assert answer.status_code == 403, (name, what)
            assert not any(raw in answer.text for raw in RAW), (name, what)
    assert looks() == []


def test_a_setting_gives_the_right_to_another_role_or_to_nobody(
    ask: Ask, people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_RAW_TEXT_ROLES", "lead")
    assert [ask(name).status_code for name in ("lea", "al", "chosen")] == [200, 403, 200]
    monkeypatch.setenv("QA_RAW_TEXT_ROLES", "none")
    assert [ask(name).status_code for name in ("lea", "al", "chosen")] == [403, 403, 200]


def test_at_this_machine_alone_the_local_user_is_asked_why_too(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(None).status_code == 200
    assert [look.who for look in looks()] == [LOCAL_USER]
    monkeypatch.setenv("QA_RAW_TEXT_ROLES", "none")
    assert ask(None).status_code == 403


def test_an_agent_with_the_right_sees_it_of_the_own_calls_alone(ask: Ask, people: None) -> None:
    assert ask("own").status_code == 200
    assert ask("other").status_code == 404
    assert [look.who for look in looks()] == ["own@example.com"]


def test_who_may_not_listen_or_export_gets_the_text_alone(ask: Ask, people: None) -> None:
    assert [ask("chosen", {**WHY, "what": what}).status_code for what in ("text", "sound", "export")] == [200, 403, 403]
    assert [ask("own", {**WHY, "what": what}).status_code for what in ("sound", "export")] == [200, 403]


def test_without_a_reason_nothing_is_shown(ask: Ask, people: None) -> None:
    refused: list[tuple[Any, int]] = [
        ({"what": "text"}, 400),
        ({"what": "text", "reason": None}, 400),
        ({"what": "everything", "reason": "because"}, 400),
        ({"what": "erased", "reason": "because"}, 400),
        ({"what": "text", "reason": "   "}, 422),
        ({"what": "text", "reason": "x" * 501}, 422),
        ([], 400),
        (b"{", 400),
        (b"\xff", 400),
        (b" " * 20_000, 413),
    ]
    assert [ask("al", body).status_code for body, _ in refused] == [status for _, status in refused]
    assert looks() == []


def test_a_page_of_another_site_can_not_ask(ask: Ask, people: None) -> None:
    assert ask("al", **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert ask("al", **{"content-type": "text/plain"}).status_code == 403
    assert ask("al", origin="https://example.com").status_code == 403
    assert looks() == []


def test_a_copied_address_shows_nothing(ask: Ask, people: None, server: str) -> None:
    address = unmask_link(Viewer("al@example.com", Role.ADMIN, BROWSER), load_settings(), CALL)
    sent = {"content-type": "application/json"}
    for user, browser in (("al@example.com", "c" * 32), ("chosen@example.com", BROWSER)):
        with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: browser}, trust_env=False) as other:
            answer = other.post(address, json=WHY, headers={**sent, "X-Forwarded-User": user})
            assert answer.status_code == 403
            assert other.get(address, headers={"X-Forwarded-User": user}).status_code == 405
    assert looks() == []


def test_a_call_in_which_nothing_is_masked_has_nothing_to_show(ask: Ask, people: None) -> None:
    assert ask("al", call_id="c0101").status_code == 404
    assert ask("al", call_id="no such call").status_code == 404
    assert looks() == []


def test_raw_json_that_is_gone_is_said_and_the_look_stays_in_the_log(ask: Ask, people: None, home: Path) -> None:
    for document in (home / "raw").rglob("*.json"):
        document.unlink()
    answer = ask("al")
    assert (answer.status_code, "raw JSON is missing" in answer.text) == (404, True)
    assert len(looks()) == 1


def test_texts_that_were_deleted_by_age_are_not_read_from_what_is_kept_for_longer(
    ask: Ask, people: None, home: Path
) -> None:
    with duckdb.connect(str((home / "qa.duckdb").resolve())) as connection:
        connection.execute("update calls set text_deleted_at = timestamptz '2026-01-02 00:00:00+00'")
    answer = ask("al")
    assert (answer.status_code, "deleted by retention" in answer.text) == (404, True)
    assert ask("al", {**WHY, "what": "sound"}).status_code == 200
    assert [look.what for look in looks()] == ["sound"]


def test_where_the_log_can_not_be_written_nothing_is_shown(ask: Ask, people: None, home: Path) -> None:
    assert looks() == []
    engine = create_engine(f"sqlite:///{home / 'operations.sqlite'}")
    with engine.begin() as connection:
        refuse = "create trigger refuse before insert on raw_looks begin select raise(abort, 'no'); end"
        connection.execute(text(refuse))
    engine.dispose()
    answer = ask("al")
    assert answer.status_code == 503
    assert not any(raw in answer.text for raw in RAW)


def test_the_sound_with_it_is_heard_by_a_link_of_its_own(ask: Ask, people: None, server: str) -> None:
    address = ask("al", {**WHY, "what": "sound"}).json()["sound"]
    masked = slice(CARD_MS[0] * 8, CARD_MS[1] * 8)
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: BROWSER}, trust_env=False) as client:
        known = {"X-Forwarded-User": "al@example.com"}
        answer = client.get(address, headers=known)
        assert answer.status_code == 200
        assert np.abs(heard(answer.content)[1, masked].astype(int)).max() > 2000
        part = client.get(address, headers={**known, "range": "bytes=0-99"})
        assert (part.status_code, part.content) == (206, answer.content[:100])
        assert client.get(f"{address}?download=1", headers=known).status_code == 403, "it was asked for to be played"
        for name in ("lea", "chosen"):
            copied = client.get(address, headers={"X-Forwarded-User": f"{name}@example.com"})
            assert copied.status_code == 403
        public = address.replace("/sound/raw/", "/sound/")
        assert client.get(public, headers=known).status_code == 403, "one purpose opens nothing of another"
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: "c" * 32}, trust_env=False) as other:
        assert other.get(address, headers=known).status_code == 403
    assert [look.what for look in looks()] == ["sound"]


def test_a_right_that_is_taken_away_ends_what_is_being_heard(
    ask: Ask, people: None, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = ask("al", {**WHY, "what": "sound"}).json()["sound"]
    monkeypatch.setenv("QA_RAW_TEXT_ROLES", "none")
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: BROWSER}, trust_env=False) as client:
        assert client.get(address, headers={"X-Forwarded-User": "al@example.com"}).status_code == 403


def test_a_file_of_the_sound_is_named_for_what_it_is(ask: Ask, people: None, server: str) -> None:
    address = ask("al", {**WHY, "what": "export"}).json()["sound"]
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: BROWSER}, trust_env=False) as client:
        known = {"X-Forwarded-User": "al@example.com"}
        taken = client.get(address, headers=known)
        assert taken.headers["content-disposition"] == f"attachment; filename*=utf-8''{CALL}.unmasked.wav"
        assert client.get(address.partition("?")[0], headers=known).status_code == 403
    assert [look.what for look in looks()] == ["export"]

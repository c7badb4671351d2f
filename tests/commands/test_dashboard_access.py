"""What doctor says of the settings that let people into the dashboards, and where the dashboards listen."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.commands.doctor.dashboards import dashboards
from qa_pipeline.commands.up.addresses import dashboards_host
from qa_pipeline.people.roles import Role, User
from qa_pipeline.settings import Settings, load_settings
from tests.own_settings import begin_project

USERS = (User("ana@example.com", Role.LEAD),)
GOOD = """[auth]
redirect_uri = "https://qa.example.com/oauth2callback"
cookie_secret = "0123456789012345678901234567890123456789"
client_id = "qa"
client_secret = "secret"
server_metadata_url = "https://login.example.com/.well-known/openid-configuration"
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    begin_project(monkeypatch, tmp_path)
    return tmp_path


def settings(**values: object) -> Settings:
    return load_settings(**values)


def found(**values: object) -> list[tuple[str, str]]:
    return [(item.level, f"{item.detail} → {item.fix}") for item in dashboards(settings(**values))]


def sign_in(project: Path, text: str, mode: int = 0o600) -> list[tuple[str, str]]:
    path = project / ".streamlit" / "secrets.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return found(dashboard_access="login", dashboard_users=USERS, dashboard_contact="Ana")


def test_without_a_setting_they_are_for_this_machine() -> None:
    assert found() == [("ok", "for the person at this machine → ")]
    ((level, text),) = found(dashboard_users=USERS)
    assert (level, "none gets in" in text) == ("warn", True)
    ((level, text),) = found(host="0.0.0.0")
    assert (level, "stay on this machine" in text) == ("warn", True)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "qa-box"])
def test_the_dashboards_leave_this_machine_once_people_are_named(host: str) -> None:
    assert dashboards_host(settings(host=host)) == "127.0.0.1"
    assert dashboards_host(settings(host=host, dashboard_access="proxy")) == host
    assert dashboards_host(settings(host="::1")) == "::1"


def test_nobody_listed_is_a_fault() -> None:
    assert ("fail", "nobody is listed, so nobody gets in → add [[dashboard_users]] to qa.toml") in found(
        dashboard_access="proxy"
    )


def test_a_header_must_not_be_believed_from_everywhere() -> None:
    for proxies, level in (
        (("10.0.0.2",), "ok"),
        (("10.0.0.2", "0.0.0.0/0"), "fail"),
        (("::/0",), "fail"),
        ((), "fail"),
    ):
        last = found(dashboard_access="proxy", dashboard_users=USERS, dashboard_proxies=proxies)[-1]
        assert last[0] == level


def test_a_sign_in_that_is_set_up_is_named(project: Path) -> None:
    assert sign_in(project, GOOD)[-1] == ("ok", "people sign in by default, and come back to https://qa.example.com → ")
    assert [level for level, _ in sign_in(project, GOOD, 0o644)] == ["ok", "warn", "ok"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("auth", "is not valid TOML"),
        ("[other]\na = 1", "has no [auth]"),
        (GOOD.replace("https://qa", "http://qa"), "not https"),
        (GOOD.replace("/oauth2callback", ""), "write the address of the dashboards with /oauth2callback"),
        (GOOD.replace("0123456789", "0"), "cookie_secret has fewer than 32 letters"),
        (GOOD.replace('client_secret = "secret"\n', ""), "default lacks client_secret"),
        ("\n".join(GOOD.splitlines()[:3]), "no sign-in service is named"),
        ("\n".join(GOOD.splitlines()[:3]) + '\n[auth.my_idp]\nclient_id = "a"', "my_idp has an underscore"),
    ],
)
def test_what_is_missing_for_a_sign_in_is_named(project: Path, text: str, sentence: str) -> None:
    said = sign_in(project, text)
    assert any(level == "fail" and sentence in line for level, line in said), said


def test_a_sign_in_on_this_machine_needs_no_tls(project: Path) -> None:
    text = GOOD.replace("https://qa.example.com", "http://localhost:8501")
    assert sign_in(project, text)[-1][0] == "ok"
    (project / ".streamlit" / "secrets.toml").unlink()
    assert "there is no" in found(dashboard_access="login", dashboard_users=USERS)[-1][1]


def test_agents_of_whom_nothing_says_which_calls_are_theirs_are_named(project: Path) -> None:
    (project / "people.csv").write_text("agent_id,email\na-1,Known@example.com\n", encoding="utf-8")
    users = (
        User("known@example.com", Role.AGENT), User("lost@example.com", Role.AGENT), User("*@example.com", Role.AGENT),
        User("temp@example.com", Role.AGENT, "a-9"),
    )  # fmt: skip
    said = found(dashboard_access="proxy", dashboard_users=users, people=Path("people.csv"))
    [(level, text)] = [each for each in said if "agents" in each[1]]
    assert (level, text) == (
        "warn",
        "agents who see nothing, as the list of people lacks them: lost@example.com → "
        "write their e-mail into people.csv, or agent_id into their entry",
    )

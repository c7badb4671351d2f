"""An agent sees and hears the own calls: whatever address, search, file or link is tried."""

from __future__ import annotations

import ast
import asyncio
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.call_table.columns import COLUMNS
from dashboards.components.call_filters import offered_lists
from dashboards.components.call_list import known
from dashboards.exporting.routes import export_routes
from dashboards.filters import SORTS, CallFilter, DateRange
from dashboards.finding import count_calls, find_calls, suggestions
from dashboards.instrument.routes import call_data_link, call_data_routes
from dashboards.page import Reading
from dashboards.people import team_choices
from dashboards.queries import ask, filter_choices
from dashboards.serving.access import Viewer
from dashboards.serving.gate import Gate
from dashboards.serving.opening import open_for
from dashboards.serving.sound_links import sound_link
from dashboards.serving.sound_route import sound_route
from qa_pipeline.people.roles import Role
from qa_pipeline.published.own_calls import Own, OwnId, OwnSnapshot, find_own
from qa_pipeline.published.snapshot import Snapshot, UnreadableSnapshot, open_newest
from qa_pipeline.settings import load_settings
from tests import scenario
from tests.dashboards.conftest import rewrite
from tests.scenario import DAY_1, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)
CHEN = ["c0101", "c0103", "c0205", "c0303", "c0307"]
USERS = [
    {"login": "chen@example.com", "role": "agent"},
    {"login": "by-id@example.com", "role": "agent", "agent_id": "a-ortiz"},
    {"login": "nobody@example.com", "role": "agent"},
    {"login": "lea@example.com", "role": "lead"},
]
Get = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def whole(people_home: Path) -> Iterator[Snapshot]:
    with open_newest(people_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


@pytest.fixture(scope="module")
def own(people_home: Path) -> Iterator[OwnSnapshot]:
    snapshot = open_newest(people_home / "qa.duckdb", "Asia/Shanghai")
    with OwnSnapshot(snapshot, find_own(snapshot, login="Chen@example.com", agent_id=None)) as opened:
        yield opened


def found(snapshot: Snapshot, **chosen: Any) -> list[str]:
    rows = find_calls(snapshot, CallFilter(ALL_DAYS, **chosen), sort="call", descending=False, page=1, size=100)
    return [row["call_id"] for row in rows]


def test_no_table_shows_a_row_of_anybody_elses_call(own: OwnSnapshot, whole: Snapshot) -> None:
    recordings = {row["recording_id"] for row in own.rows("select recording_id from call_channels")}
    for table in sorted(whole.tables() - {"publication"}):
        columns, rows = whole.columns(table), own.rows(f"from {table}")
        if "call_id" in columns:
            assert {row["call_id"] for row in rows} <= set(CHEN), table
        elif "recording_id" in columns:
            assert {row["recording_id"] for row in rows} <= recordings, table
        elif "key" in columns and "dimension" in columns:
            assert {(row["dimension"], row["key"]) for row in rows} <= {("agent", "a-chen")}, table
        elif "agent_id" in columns:
            assert {row["agent_id"] for row in rows} <= {"a-chen"}, table
        else:
            assert rows == [], table
    assert {row["call_id"] for row in own.rows("from calls")} == set(CHEN)
    assert own.rows("from sentences")
    assert own.rows("from metrics_daily")


def test_lists_searches_and_choices_know_own_calls_only(own: OwnSnapshot, whole: Snapshot) -> None:
    assert "c0102" in found(whole, text="refund"), "asked first, so that an answer kept for another would be seen"
    assert found(own) == CHEN
    assert found(own, text="refund") == []
    assert found(own, text="id:c0102") == []
    assert found(own, agents=("a-ortiz",)) == []
    assert count_calls(own, CallFilter(ALL_DAYS, teams=("north",))) == 2
    assert suggestions(own, "c0102") == []
    assert suggestions(own, "Lucia") == []
    assert filter_choices(own)["agents"] == ["a-chen", "a-weber"], "who took part in a call of one's own is seen"
    assert ask(own, "read_call", call_id="c0102") == []
    assert ask(own, "read_sentences", call_id="c0102", limit=10, offset=0, with_words=True) == []


def test_a_cursor_that_goes_from_select_to_select_stays_narrow_and_is_ones_own(own: OwnSnapshot) -> None:
    with own.lent("of one thread") as one, own.lent("of another") as other:
        assert one is not other
    with pytest.raises(UnreadableSnapshot):
        own.rows("select nothing_of_that_name from calls")
    batches = own.batches("select call_id from calls order by call_id", size=1)
    assert next(batches) == [{"call_id": "c0101"}]
    assert found(own) == CHEN, "while an answer is being read"
    batches.close()
    assert found(own) == CHEN, "and given up"


def test_an_agent_reads_the_supervisors_name_and_no_more_of_the_supervisor(own: OwnSnapshot, whole: Snapshot) -> None:
    [call] = ask(own, "read_call", call_id="c0101")
    assert call["supervisor"] == "Wei Zhang"
    [first, *_] = find_calls(own, CallFilter(ALL_DAYS), sort="call", descending=False, page=1, size=100)
    assert (first["call_id"], first["supervisor"]) == ("c0101", "Wei Zhang")
    choices = team_choices(own)["supervisors"]
    assert choices == ["Li", "Wei Zhang"]
    assert found(own, supervisors=("Wei Zhang",)) == ["c0101", "c0103"]
    for table in ("call_agents", "agent_calls"):
        said = own.rows(f"select distinct supervisor from {table} where supervisor is not null order by all")
        assert [row["supervisor"] for row in said] == choices, table
    assert own.rows("from agents where agent_id <> 'a-chen'") == []
    assert ask(whole, "read_call", call_id="c0101")[0]["supervisor"] == "a-boss"


def test_what_own_calls_cannot_say_is_not_offered(own: OwnSnapshot, whole: Snapshot) -> None:
    for snapshot, is_offered in ((own, False), (whole, True)):
        page = Reading(load_settings(), snapshot, {}, Viewer("chen@example.com", Role.AGENT))
        assert ("repeat" in known(page, SORTS), "repeat" in known(page, COLUMNS)) == (is_offered, is_offered)
        assert bool(offered_lists(page, {})["repeat"][1]) == is_offered
        assert known(page, ("team", "outcomes")) == ["team", "outcomes"]
        of_days = f"from repeats_between(date '{DAY_1}', date '{DAY_3}')"
        assert bool(snapshot.rows(of_days)) == bool(snapshot.rows("from repeat_calls")) == is_offered


def test_whose_calls_they_are_is_told_by_the_setting_or_by_the_day(whole: Snapshot, tmp_path: Path) -> None:
    by_id = find_own(whole, login="x", agent_id="a-ortiz")
    assert (sorted(by_id.call_ids), by_id.ids) == (["c0102", "c0201"], (OwnId("a-ortiz"),))
    assert find_own(whole, login="nobody@example.com", agent_id=None) == Own((), ())
    scenario.publish_snapshot(tmp_path / "home")
    with open_newest(tmp_path / "home" / "qa.duckdb", "UTC") as without:
        assert find_own(without, login="chen@example.com", agent_id=None) == Own((), ())
        assert find_own(without, login="x", agent_id="a-chen").ids == (OwnId("a-chen"),)


AGENTS = "insert into agents (agent_id, valid_from, valid_to, name, team, supervisor, hired_at, email, loaded_at)"


def handed_on(people_home: Path, folder: Path, *lines: str) -> Path:
    """The home with this list of people, of which the scenario's calls of a-chen are on all three days."""
    rows = [f"{AGENTS} values {line[:-1]}, now())" for line in lines]
    return rewrite(people_home, folder, "delete from agents", *rows)


def test_of_an_id_that_was_somebody_elses_an_agent_sees_the_own_days_only(people_home: Path, tmp_path: Path) -> None:
    bob = "('a-chen', null, date '2025-09-01', 'Bob', 'north', 'Li', date '2020-02-02', 'bob@example.com')"
    ana = "('a-chen', date '2025-09-02', null, 'Ana', 'south', 'Wu', date '2025-08-30', 'ana@example.com')"
    home = handed_on(people_home, tmp_path, bob, ana)

    def seen(login: str, agent_id: str | None = None) -> dict[str, list[dict[str, Any]]]:
        whole = open_newest(home / "qa.duckdb", "UTC")
        with OwnSnapshot(whole, find_own(whole, login=login, agent_id=agent_id)) as own:
            return {table: own.rows(f"from {table}") for table in sorted(whole.tables() - {"publication"})}

    for login, name, is_own in (
        ("ana@example.com", "Ana", lambda day: day > DAY_1),
        ("bob@example.com", "Bob", lambda day: day == DAY_1),
    ):
        of_one = seen(login)
        assert [row["name"] for row in of_one["agents"]] == [name]
        days = {
            table: {row["call_date"] for row in rows if row.get("call_date")}
            for table, rows in of_one.items()
            if rows and table != "transcription_tasks"  # attempts belong to the sound, which two calls share here
        }
        for table in ("calls", "counts_daily", "metrics_daily", "agents_daily", "agent_calls"):
            assert days[table], f"{login} has rows of the own days in {table}"
        assert {table for table, found in days.items() if not all(map(is_own, found))} == set(), login
        values = {str(value) for rows in of_one.values() for row in rows for value in row.values()}
        others = {"Bob", "north", "Li", "2020-02-02"} if name == "Ana" else {"Ana", "south", "Wu", "2025-08-30"}
        assert not values & others, login
    by_id = seen("ana@example.com", "a-chen")
    assert {row["name"] for row in by_id["agents"]} == {"Ana", "Bob"}, "an entry with an id is for all of its days"
    assert {row["call_date"] for row in by_id["counts_daily"]} >= {DAY_1, DAY_3}


def test_a_login_that_went_to_another_agent_shows_nothing_of_the_one_before(people_home: Path, tmp_path: Path) -> None:
    until, since, later = "null, date '2025-09-01'", "date '2025-09-02', null", "date '2999-01-01', null"

    def ids(number: int, *lines: tuple[str, str, str]) -> list[str]:
        rows = [
            f"('{agent}', {days}, '{name}', 'north', 'Li', null, 'line@example.com')" for agent, days, name in lines
        ]
        home = handed_on(people_home, tmp_path / str(number), *rows)
        with open_newest(home / "qa.duckdb", "UTC") as whole:
            return [own.agent_id for own in find_own(whole, login="line@example.com", agent_id=None).ids]

    assert ids(1, ("a-chen", until, "Bob"), ("a-ortiz", since, "Ana")) == ["a-ortiz"]
    assert ids(2, ("a-chen", until, "Ana"), ("a-ortiz", since, "Ana")) == ["a-chen", "a-ortiz"], (
        "a new id of one person"
    )
    assert ids(3, ("a-chen", until, "Ana"), ("a-chen", since, "Ana Lee")) == ["a-chen"] * 2, "a new name of one person"
    assert ids(4, ("a-chen", until, "Bob"), ("a-ortiz", later, "Ana")) == ["a-chen"], "it is still the one's before"


def test_a_snapshot_of_an_earlier_version_is_narrowed_too(tmp_path: Path) -> None:
    with tarfile.open(Path(__file__).resolve().parents[1] / "fixtures" / "home-of-0.1.0.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    snapshot = open_newest(tmp_path / "home" / "qa.duckdb", "UTC")
    with OwnSnapshot(snapshot, find_own(snapshot, login="x", agent_id="a-chen")) as own:
        for table in ("calls", "call_channels", "sentences", "call_metrics", "call_agents"):
            assert {row["call_id"] for row in own.rows(f"select call_id from {table}")} == {"c0101"}, table


@pytest.fixture
def get(people_home: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Get:
    """Asks the server behind a proxy as somebody, from that person's browser."""
    (tmp_path / "qa.toml").touch()
    for name, value in {
        "CONFIG": str(tmp_path / "qa.toml"), "HOME": str(people_home), "RECORDINGS": str(recordings),
        "DASHBOARD_ACCESS": "proxy", "DASHBOARD_USERS": json.dumps(USERS),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_{name}", value)
    routes = [sound_route(), *call_data_routes(), *export_routes()]
    app = Starlette(routes=routes, middleware=[Middleware(Gate)])

    def ask_as(login: str, path: str) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
            cookies = {"qa_browser": "b" * 32}
            async with httpx.AsyncClient(transport=transport, base_url="http://qa", cookies=cookies) as client:
                return await client.get(path, headers={"X-Forwarded-User": login, "range": "bytes=0-99"})

        return asyncio.run(one())

    return ask_as


def test_addresses_of_anybody_elses_call_give_nothing(get: Get) -> None:
    for path in ("call", "words/0", "hits?q=refund", "outline/0/0/0"):
        found = {
            login: get(f"{login}@example.com", f"{call_data_link(call)}/{path}").status_code
            for login, call in (("chen", "c0101"), ("by-id", "c0102"), ("lea", "c0102"))
        }
        assert set(found.values()) == {200}, path
        for login, call in (("chen", "c0102"), ("by-id", "c0101"), ("nobody", "c0101")):
            answer = get(f"{login}@example.com", f"{call_data_link(call)}/{path}")
            assert (answer.status_code, answer.content) == (404, b""), path


def test_files_are_not_for_agents_and_their_sound_is_their_own(get: Get) -> None:
    for file in ("calls.csv", "calls.xlsx", "call.txt?call=c0101", "call.vcon?call=c0102"):
        path = f"/export/{file}"
        assert get("chen@example.com", path).status_code == 403, path
        assert get("lea@example.com", path).status_code in (200, 206), path
    settings = load_settings()

    def hear(login: str, role: Role, call_id: str, agent_id: str | None = None) -> httpx.Response:
        # as if the link had been made while the call was the listener's: signed for this person and browser
        with open_for(Viewer("lea@example.com", Role.LEAD), settings) as snapshot:
            link = sound_link(Viewer(login, role, "b" * 32, agent_id), call_id, snapshot)
        return get(login, link)

    assert hear("lea@example.com", Role.LEAD, "c0102").status_code == 206
    assert hear("by-id@example.com", Role.AGENT, "c0102", "a-ortiz").status_code == 206
    refused = hear("chen@example.com", Role.AGENT, "c0102")
    assert (refused.status_code, "not a call of yours" in refused.text) == (403, True)
    with_download = get("by-id@example.com", "/sound/x?download=1")
    assert with_download.status_code == 403


def test_an_agent_whom_nobody_knows_sees_nothing(get: Get) -> None:
    with open_for(Viewer("nobody@example.com", Role.AGENT), load_settings()) as snapshot:
        assert snapshot.rows("from calls") == []
        assert ask(snapshot, "describe_snapshot")[0]["calls"] == 0
        assert snapshot.published_identity != snapshot.identity


def test_the_dashboards_have_one_way_to_what_is_published() -> None:
    ways = {"open_newest", "open_file", "open_published", "open_lake_snapshot", "open_snapshot"}
    dashboards = scenario.ROOT / "dashboards"
    opening = {
        path.relative_to(dashboards).as_posix()
        for path in dashboards.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and ways & {alias.name for alias in node.names}
    }
    assert opening == {"serving/opening.py", "serving/own.py", "serving/recorded_calls.py"}


@pytest.mark.browser
def test_in_a_browser_an_agent_finds_the_own_calls_and_no_page_of_others(
    people_home: Path, recordings: Path, tmp_path: Path, browser: Any
) -> None:
    from playwright.sync_api import expect

    from tests.dashboards.browsing import opened_tab, serve

    (tmp_path / "qa.toml").touch()
    settings = {
        "QA_CONFIG": str(tmp_path / "qa.toml"), "QA_DASHBOARD_ACCESS": "proxy", "QA_DASHBOARD_USERS": json.dumps(USERS),
    }  # fmt: skip
    named = {"X-Forwarded-User": "chen@example.com"}
    with (
        serve(people_home, recordings, **settings) as address,
        opened_tab(browser, extra_http_headers=named) as tab,
    ):
        tab.goto(address)
        expect(tab.get_by_role("heading", name="Calls")).to_be_visible(timeout=60_000)
        expect(tab.get_by_text("5 calls")).to_be_visible(timeout=60_000)
        expect(tab.get_by_role("link", name="My figures")).to_be_visible()
        expect(tab.get_by_role("link", name="Overview")).to_have_count(0)
        tab.goto(f"{address}/call?call=c0102")
        expect(tab.get_by_role("heading", name="No such call")).to_be_visible(timeout=60_000)
        tab.goto(f"{address}/calls?q=refund&from=2025-09-01&to=2025-09-03")
        expect(tab.get_by_text("Nothing is found with all of these filters.")).to_be_visible(timeout=60_000)
        expect(tab.get_by_text("Lucía")).to_have_count(0)

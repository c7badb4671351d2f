"""Evaluations as people of each role get them: by pages' reads, lists and files, and by nothing else."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.exporting.routes import export_routes
from dashboards.filters import CallFilter, DateRange
from dashboards.results.choice import EvaluationChoice
from dashboards.results.listing import find_evaluations
from dashboards.results.record import record_data
from dashboards.results.seen import Seen, seen_by
from dashboards.serving.access import Viewer
from dashboards.serving.gate import Gate
from dashboards.serving.opening import open_for
from dashboards.serving.review_store import colleague
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.settings import load_settings
from tests.reviews.building import CARD, released, store_in, submitted
from tests.scenario import DAY_1, DAY_3

USERS = [
    {"login": "chen@example.com", "role": "agent"},
    {"login": "ortiz@example.com", "role": "agent"},
    {"login": "by-id@example.com", "role": "agent", "agent_id": "a-ortiz"},
    {"login": "nobody@example.com", "role": "agent"},
    {"login": "eva@example.com", "role": "evaluator"},
    {"login": "vic@example.com", "role": "viewer"},
    {"login": "lea@example.com", "role": "lead"},
]
LEA = Person("lea@example.com", Role.LEAD)
EVA = Person("eva@example.com", Role.EVALUATOR)
FORMULA = Person("=cmd|' /c calc'!a1", Role.EVALUATOR)
ANY_DAY = EvaluationChoice(CallFilter(DateRange(DAY_1, DAY_3)))
SHEETS = ("scores", "evaluations", "agreement", "strictness", "form_health")
Get = Callable[[str, str], httpx.Response]


@pytest.fixture(scope="module")
def evaluated(people_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with evaluations that no snapshot has yet, and their ids by name."""
    home = tmp_path_factory.mktemp("evaluated") / "home"
    shutil.copytree(people_home, home, symlinks=True)
    store = store_in(home)
    ids = {
        "chen": released(store, EVA, CallRef("c0101", DAY_1, "a-chen"), LEA),
        "chen unreleased": submitted(store, EVA, CallRef("c0103", DAY_1, "a-chen")),
        "ortiz": released(store, FORMULA, CallRef("c0102", DAY_1, "a-ortiz"), LEA),
        "weber": released(store, EVA, CallRef("c0104", DAY_1, "a-weber"), LEA),
    }
    store.close()
    return home, {name: saved.evaluation_id for name, saved in ids.items()}


@pytest.fixture
def ids(evaluated: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ids, with settings that point to the home."""
    home, found = evaluated
    (tmp_path / "qa.toml").touch()
    for name, value in {
        "CONFIG": str(tmp_path / "qa.toml"), "HOME": str(home), "DASHBOARD_ACCESS": "proxy",
        "DASHBOARD_USERS": json.dumps(USERS),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_{name}", value)
    return found


@pytest.fixture
def store(evaluated: tuple[Path, dict[str, str]]) -> Iterator[Reviews]:
    opened = store_in(evaluated[0])
    yield opened
    opened.close()


@pytest.fixture
def get(ids: dict[str, str]) -> Get:
    """Asks the server behind a proxy as somebody."""
    app = Starlette(routes=export_routes(), middleware=[Middleware(Gate)])

    def ask_as(login: str, path: str) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
            async with httpx.AsyncClient(transport=transport, base_url="http://qa") as client:
                return await client.get(path, headers={"X-Forwarded-User": f"{login}@example.com"})

        return asyncio.run(one())

    return ask_as


def seen_as(login: str, role: Role, store: Reviews, agent_id: str | None = None) -> Seen:
    viewer = Viewer(f"{login}@example.com", role, "", agent_id)
    with open_for(viewer, load_settings()) as snapshot:
        return seen_by(viewer, store, snapshot)


def test_an_agent_gets_own_released_evaluations_and_nothing_else(ids: dict[str, str], store: Reviews) -> None:
    chen = seen_as("chen", Role.AGENT, store).who
    assert [each.evaluation_id for each in store.evaluations(chen)] == [ids["chen"]]
    assert store.evaluation(chen, ids["chen"]).answers["solved"].answer == ("partly",)
    assert [row.kind for row in store.history(chen, ids["chen"])] == ["released"]
    for other in ("chen unreleased", "ortiz"):
        with pytest.raises(NotAllowed):
            store.evaluation(chen, ids[other])
        with pytest.raises(NotAllowed):
            store.history(chen, ids[other])
    for login, agent_id in (("ortiz", None), ("by-id", "a-ortiz")):
        who = seen_as(login, Role.AGENT, store, agent_id).who
        assert [each.evaluation_id for each in store.evaluations(who)] == [ids["ortiz"]]


def test_an_agent_of_whom_nobody_says_who_it_is_gets_nothing(ids: dict[str, str], store: Reviews) -> None:
    nobody = seen_as("nobody", Role.AGENT, store).who
    assert store.evaluations(nobody) == []
    with pytest.raises(NotAllowed):
        store.evaluation(nobody, ids["chen"])


def test_lists_show_what_no_snapshot_has_yet_to_those_who_may_see_it(ids: dict[str, str], store: Reviews) -> None:
    def listed(login: str, role: Role, chosen: EvaluationChoice = ANY_DAY) -> set[str]:
        viewer = Viewer(f"{login}@example.com", role)
        with open_for(viewer, load_settings()) as snapshot:
            seen = seen_by(viewer, store, snapshot)
            rows, total = find_evaluations(snapshot, seen, chosen, limit=50, zone="UTC")
        assert len(rows) == total
        names = {evaluation_id: name for name, evaluation_id in ids.items()}
        return {names[row["evaluation_id"]] for row in rows}

    assert listed("lea", Role.LEAD) == {"chen", "ortiz", "weber"}  # what counts
    waiting = EvaluationChoice(ANY_DAY.calls, states=("submitted",))
    assert listed("lea", Role.LEAD, waiting) == {"chen unreleased"}
    assert listed("eva", Role.EVALUATOR) == {"chen", "weber"}  # own ones
    of_team = EvaluationChoice(CallFilter(DateRange(DAY_1, DAY_3), teams=("north",)))
    assert listed("lea", Role.LEAD, of_team) == {"chen", "ortiz"}
    answered = EvaluationChoice(ANY_DAY.calls, question="solved", answer="no")
    assert listed("lea", Role.LEAD, answered) == set()
    with pytest.raises(NotAllowed):
        listed("vic", Role.VIEWER)


def test_files_are_for_leads_and_run_nothing_in_a_spreadsheet(get: Get) -> None:
    narrowed = "from=2025-09-01&to=2025-09-03&card=service&version=x"
    for sheet in SHEETS:
        refused = {login: get(login, f"/export/{sheet}.csv?{narrowed}").status_code
                   for login in ("chen", "by-id", "nobody", "eva", "vic", "stranger")}  # fmt: skip
        assert set(refused.values()) == {403}, sheet
        assert get("lea", f"/export/{sheet}.csv?{narrowed}").status_code == 200, sheet
    assert get("lea", "/export/nothing.csv").status_code == 404
    assert get("lea", "/export/agreement.csv").status_code == 404  # of which card?
    assert get("lea", f"/export/evaluations.xlsx?{narrowed}").content.startswith(b"PK")

    text = get("lea", "/export/evaluations.csv?from=2025-09-01&to=2025-09-03").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["call_id"] for row in rows) == ["c0101", "c0102", "c0104"]
    assert {row["evaluator"] for row in rows} == {"eva@example.com", "'=cmd|' /c calc'!a1"}
    assert {row["team"] for row in rows if row["call_id"] == "c0102"} == {"north"}
    only = get("lea", "/export/evaluations.csv?from=2025-09-01&to=2025-09-03&agent=a-ortiz").text
    assert ("c0102" in only, "c0101" in only) == (True, False)


def test_an_evaluation_is_shown_in_the_words_of_its_card_with_what_was_disputed(
    ids: dict[str, str], store: Reviews
) -> None:
    ortiz = seen_as("ortiz", Role.AGENT, store).who
    found = store.evaluation(ortiz, ids["ortiz"])
    store.dispute(
        ortiz, found.evaluation_id, "It was solved", questions=["solved"], revision=found.revision,
        request_id=new_request_id(),
    )  # fmt: skip
    found = store.evaluation(LEA, ids["ortiz"])
    opening, solution = record_data(found, "UTC")["sections"]
    assert [(each["text"], each["answer"], each["points"]) for each in opening["questions"]] == [
        ("Was the customer greeted?", "Yes", "1 of 1 points"), ("Was the identity checked?", "Yes", "1 of 1 points"),
    ]  # fmt: skip
    said = {each["text"]: (each["answer"], each["is_disputed"]) for each in solution["questions"]}
    assert said == {
        "Was it solved?": ("Partly", True), "Was a call back offered?": ("not asked", False),
        "Seconds on hold": ("12", False), "Anything else?": ("<b>“ok”</b>", False),
    }  # fmt: skip


@pytest.mark.parametrize(("login", "agent_id"), [("ortiz", None), ("lea", "a-ortiz")])
def test_nobody_judges_a_call_of_the_own_whatever_the_role(
    ids: dict[str, str], store: Reviews, login: str, agent_id: str | None
) -> None:
    """Who took a call is told by the e-mail in the list of people, or by the id in the settings."""
    for role in (Role.EVALUATOR, Role.LEAD, Role.ADMIN):
        for who in (
            seen_as(login, role, store, agent_id).who,
            colleague(Viewer(f"{login}@example.com", role, "", agent_id), load_settings()),
        ):
            assert who.role is role
            with pytest.raises(NotAllowed, match="own call"):
                store.start(who, CallRef("c0102", DAY_1, "a-ortiz"), CARD, request_id=new_request_id())
            if role is not Role.EVALUATOR:
                assert "own call" in (store.why_not_decide(who, ids["ortiz"]) or "")
                assert store.why_not_decide(who, ids["chen"]) is None

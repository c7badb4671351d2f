"""Trial faults: each does what it says, strikes when told, and is off unless asked for."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline.local_service import ServiceConfig
from qa_pipeline.local_service.app import create_app
from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.faults import FaultPlan, FaultRule, FaultSwitches, fault_plan

MODEL = "qwen3-asr-flash-filetrans"


def one(endpoint: str, action: str, **values: Any) -> dict[str, Any]:
    return {"rules": [{"endpoint": endpoint, "action": action, **values}]}


def test_faults_cannot_be_set_unless_allowed(start: Any, hotel: str) -> None:
    api = start(allow_faults=False)
    answer = api.set_faults(one("*", "status"))
    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")
    assert "--allow-faults" in answer.json()["message"]
    assert api.transcribe(hotel)["output"]["task_status"] == "SUCCEEDED"


@pytest.mark.parametrize("endpoint", ["submit", "query", "list", "cancel", "policy", "upload", "result"])
def test_each_endpoint_can_be_made_to_answer_an_error(api: Any, hotel: str, endpoint: str) -> None:
    body = api.transcribe(hotel)
    requests = {
        "submit": lambda: api.post_submit({"model": MODEL, "input": {"file_url": hotel}}),
        "query": lambda: api.request("GET", "/tasks/x"),
        "list": lambda: api.request("GET", "/tasks"),
        "cancel": lambda: api.request("POST", "/tasks/x/cancel"),
        "policy": lambda: api.request("GET", "/uploads", params={"action": "getPolicy", "model": MODEL}),
        "upload": lambda: httpx.post(f"{api.root_url}/oss", files={"file": b"x"}, trust_env=False),
        "result": lambda: api.http.get(body["output"]["result"]["transcription_url"]),
    }
    plan = one(endpoint, "status", status=503, code="ServiceUnavailable", message="busy", headers={"Retry-After": "7"})
    assert api.set_faults(plan).status_code == 200
    for name, ask in requests.items():
        answer = ask()
        assert (answer.status_code == 503) == (name == endpoint), name
        if name == endpoint:
            assert answer.headers["retry-after"] == "7"
            assert (answer.json()["code"], answer.json()["message"]) == ("ServiceUnavailable", "busy")


def test_a_body_can_be_given_word_for_word(api: Any) -> None:
    api.set_faults(one("query", "status", status=500, body="<h1>Bad Gateway</h1>"))
    answer = api.request("GET", "/tasks/x")
    assert (answer.status_code, answer.text) == (500, "<h1>Bad Gateway</h1>")
    assert answer.headers["content-type"].startswith("text/html")
    api.set_faults(one("query", "status", status=200, body='{"output": {}}', content_type="application/json"))
    assert api.request("GET", "/tasks/x").json() == {"output": {}}


def test_nth_and_times_pick_the_requests(api: Any) -> None:
    api.set_faults(one("query", "status", nth=[2, 4], status=500))
    assert [api.request("GET", "/tasks/x").status_code for _ in range(5)] == [200, 500, 200, 500, 200]
    api.set_faults(one("query", "status", times=2, status=500))
    assert [api.request("GET", "/tasks/x").status_code for _ in range(4)] == [500, 500, 200, 200]
    assert api.local("/_local/faults")["struck"] == [2]


def test_a_seed_makes_chance_repeatable() -> None:
    plan = FaultPlan((FaultRule("query", "status", probability=0.5),), seed=3)
    first, second = ([FaultSwitches(plan).strike("query") is not None] for _ in range(2))
    assert first == second
    switches = FaultSwitches(plan)
    struck = [switches.strike("query") is not None for _ in range(1000)]
    assert 400 < sum(struck) < 600


def test_a_dropped_request_has_no_effect(api: Any, hotel: str) -> None:
    api.set_faults(one("submit", "drop_before"))
    with pytest.raises(httpx.TransportError):
        api.submit(hotel)
    assert api.local("/_local/tasks")["tasks"] == []


def test_a_dropped_answer_leaves_its_task_behind(api: Any, hotel: str) -> None:
    api.set_faults(one("submit", "drop_after", times=1))
    with pytest.raises(httpx.TransportError):
        api.submit(hotel)
    (task,) = api.local("/_local/tasks")["tasks"]
    assert task["urls"] == [hotel]
    assert api.wait(task["task_id"])["output"]["task_status"] == "SUCCEEDED"


def test_only_the_struck_connection_is_closed(api: Any) -> None:
    with httpx.Client(trust_env=False, headers={"Authorization": "Bearer k"}) as other:
        url = f"{api.service.base_url}/tasks/x"
        assert other.get(url).status_code == 200
        api.set_faults(one("query", "drop_before", times=1))
        with pytest.raises(httpx.TransportError):
            api.request("GET", "/tasks/x")
        assert other.get(url).status_code == 200


def test_a_delay_only_delays(api: Any) -> None:
    api.set_faults(one("query", "delay", delay_s=0.3))
    begin = time.monotonic()
    assert api.request("GET", "/tasks/x").status_code == 200
    assert time.monotonic() - begin >= 0.3


def test_a_submit_takes_at_least_its_latency(api: Any, hotel: str) -> None:
    api.set_faults({"submit_latency_s": [0.3, 0.4]})
    begin = time.monotonic()
    api.submit(hotel)
    assert time.monotonic() - begin >= 0.3


def test_files_fail_by_their_name(api: Any, references: Path, hotel: str) -> None:
    plan = one("task", "fail_task", file_pattern="ho[lx]*.wav", code="FILE_SERVER_ERROR", message="simulated", times=1)
    api.set_faults(plan)
    hold = (references / "hold.wav").as_uri()
    output = api.transcribe(hold)["output"]
    assert (output["code"], output["message"]) == ("FILE_SERVER_ERROR", "simulated")
    assert api.transcribe(hotel)["output"]["task_status"] == "SUCCEEDED"
    assert api.transcribe(hold)["output"]["task_status"] == "SUCCEEDED"  # only once


def test_an_empty_plan_switches_everything_off(api: Any) -> None:
    api.set_faults(one("*", "status"))
    assert api.request("GET", "/tasks/x").status_code == 500
    assert api.set_faults({}).json() == {
        "plan": {"rules": [], "task_latency_s": [0.0, 0.0], "submit_latency_s": [0.0, 0.0], "seed": None},
        "struck": [],
    }
    assert api.request("GET", "/tasks/x").status_code == 200


def test_the_operators_endpoints_are_never_struck(api: Any) -> None:
    api.set_faults(one("*", "drop_before"))
    assert api.local("/healthz")["status"] == "ok"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "object"),
        ({"rule": []}, "'rule'"),
        ({"rules": [{"endpoint": "submit"}]}, "action"),
        ({"rules": ["x"]}, "rules[0]"),
        ({"rules": 5}, "fault plan"),
        (one("nowhere", "status"), "nowhere"),
        (one("submit", "explode"), "explode"),
        (one("submit", "status", status=999), "999"),
        (one("submit", "status", probability=2), "probability"),
        (one("submit", "delay", delay_s=-1), "delay_s"),
        (one("submit", "fail_task"), "fail_task"),
        (one("task", "status"), "fail_task"),
        (one("submit", "status", nth=["x"]), "fault plan"),
        (one("submit", "status", status="many"), "many"),
        ({"task_latency_s": [3, 1]}, "task_latency_s"),
        ({"task_latency_s": "soon"}, "fault plan"),
        ({"submit_latency_s": [1, 2, 3]}, "submit_latency_s"),
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_refused_and_the_old_one_stays(api: Any, document: Any, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        fault_plan(document)
    assert says in str(refused.value)
    api.set_faults({"seed": 5})
    assert api.set_faults(document).status_code == 400
    assert api.local("/_local/faults")["plan"]["seed"] == 5


def test_a_plan_survives_being_written_and_read() -> None:
    plan = FaultPlan(
        (FaultRule("submit", "status", nth=(1, 3), headers=(("Retry-After", "2"),), body="x"), FaultRule("*", "delay")),
        task_latency_s=(1.0, 2.0),
        seed=7,
    )
    assert fault_plan(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_web_page_cannot_set_faults(api: Any) -> None:
    """A browser lets any page post text to this machine, but not JSON."""
    url = f"{api.root_url}/_local/faults"
    answer = api.http.post(url, content=b'{"seed": 1}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400
    assert api.local("/_local/faults")["plan"]["seed"] is None


def test_a_server_that_cannot_drop_connections_says_so() -> None:
    app = create_app(ServiceConfig(faults=FaultPlan((FaultRule("query", "drop_before"),))))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
            return await client.get("http://localhost/api/v1/tasks/x")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["code"]) == (500, "InternalError")
    assert "drop" in answer.json()["message"]

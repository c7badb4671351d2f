"""Asset `alerts` and the sensors that tell people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import PARTITION_NAME_TAG, ROOT_RUN_ID_TAG

from qa_pipeline.definitions import defs
from qa_pipeline.defs.assets.alerts import alerts
from qa_pipeline.defs.resources import SettingsResource
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.outbox.store import Outbox
from qa_pipeline.warehouse.database import Warehouse
from tests.alerts.building import PLAN
from tests.outbox.receivers import WebReceiver, web_receiver
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put, snapshot

REPOSITORY = defs.get_repository_def()
GRAVE = {"severity": "critical", "title": "Forbidden promise", "rule_id": "promise"}


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web_receiver() as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: WebReceiver) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("QA_HOME", str(home))
    monkeypatch.setenv("QA_ALERT_URL", receiver.url)
    return home


def publish(home: Path, call_id: str = "c1") -> None:
    warehouse = Warehouse(home / "warehouse.duckdb")
    rows = call_rows(call_id, DAY_1)
    rows["rule_outcomes"] |= GRAVE
    put(warehouse, rows)
    snapshot(warehouse, DAY_1)


def run(day: str = DAY_1.isoformat()) -> dg.ExecuteInProcessResult:
    return dg.materialize([alerts], partition_key=day, resources={"settings": SettingsResource()})


@pytest.mark.whole_run
def test_a_run_tells_of_what_is_published_and_another_of_the_same_day_nothing_again(
    home: Path, receiver: WebReceiver
) -> None:
    (home / "alerts.yaml").write_text(PLAN, encoding="utf-8")
    publish(home)
    for sent in (1, 0):
        result = run()
        [made] = result.get_asset_materialization_events()
        assert made.step_materialization_data.materialization.metadata["sent"].value == sent
        [check] = result.get_asset_check_evaluations()
        assert check.passed
    assert [got.body["causes"][0]["call_id"] for got in receiver.got] == ["c1"]
    publish(home, "c2")
    assert run(DAY_2.isoformat()).success
    assert [got.body["causes"][0]["call_id"] for got in receiver.got] == ["c1", "c2"]


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (PLAN.replace("severity_at_least: high", "severity_at_least: grave"), "line 6: severity_at_least"),
        (PLAN.replace("QA_ALERT_URL", "QA_ALERT_OTHER"), "channel leads: QA_ALERT_OTHER not set"),
    ],
)
def test_a_fault_fails_its_check_and_never_the_run(home: Path, receiver: WebReceiver, text: str, fault: str) -> None:
    (home / "alerts.yaml").write_text(text, encoding="utf-8")
    publish(home)
    result = run()
    [check] = result.get_asset_check_evaluations()
    assert (result.success, check.passed) == (True, False)
    assert fault in str(check.metadata["faults"].value)
    assert receiver.got == []


@pytest.mark.whole_run
def test_without_the_file_nothing_is_written_and_nothing_leaves(home: Path, receiver: WebReceiver) -> None:
    publish(home)
    assert run().success
    assert tick(None) == "there is no alerts.yaml"
    assert not (home / "operations.sqlite").exists()
    assert receiver.got == []


def tick(instance: dg.DagsterInstance | None, cursor: str | None = None) -> str:
    """What the sensor says of a tick."""
    with instance or dg.DagsterInstance.ephemeral() as its:
        context = dg.build_sensor_context(instance=its, cursor=cursor, repository_def=REPOSITORY)
        data = REPOSITORY.get_sensor_def("alerts_due").evaluate_tick(context)
    assert data.run_requests == []
    return str(data.skip_message)


def test_the_sensor_tells_of_what_is_newly_published(home: Path, receiver: WebReceiver) -> None:
    (home / "alerts.yaml").write_text(PLAN, encoding="utf-8")
    publish(home)
    assert tick(None) == "1 new, 1 sent, 0 failed, 0 given up"
    assert tick(None) == "0 new, 0 sent, 0 failed, 0 given up"
    publish(home, "c2")
    assert tick(None) == "1 new, 1 sent, 0 failed, 0 given up"
    assert len(receiver.got) == 2


@dg.op
def breaks() -> None:
    raise ValueError("secret 4111 1111 1111 1111 of a call")


@dg.job(name="daily")
def broken() -> None:
    breaks()


def test_a_run_that_failed_is_told_once_however_often_it_is_tried(home: Path, receiver: WebReceiver) -> None:
    (home / "alerts.yaml").write_text(PLAN.replace("since: 2025-09-01\n", ""), encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {PARTITION_NAME_TAG: DAY_1.isoformat()}
        first = broken.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        tags |= {ROOT_RUN_ID_TAG: first.run_id}
        broken.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        context = dg.build_sensor_context(instance=instance, repository_def=REPOSITORY)
        sensor = REPOSITORY.get_sensor_def("alerts_due")
        said = [str(sensor.evaluate_tick(context).skip_message) for _ in range(2)]
        assert said == ["1 new, 1 sent, 0 failed, 0 given up", "0 new, 0 sent, 0 failed, 0 given up"]
        failure = dg.build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_run=first.dagster_run,
            dagster_instance=instance,
            dagster_event=next(event for event in first.all_events if event.is_run_failure),
        ).for_run_failure()
        failed_runs = REPOSITORY.get_sensor_def("failed_runs")
        failed_runs(failure)
    [got] = receiver.got
    [cause] = got.body["causes"]
    assert (cause["kind"], cause["title"], cause["call_date"]) == ("failed_run", "daily", "2025-09-01")
    assert cause["facts"]["steps"] == ["breaks"]
    assert "4111" not in str(got.body), "what a step said is told to nobody"


def test_both_sensors_are_on_from_the_beginning() -> None:
    for name in ("alerts_due", "failed_runs"):
        assert REPOSITORY.get_sensor_def(name).default_status is dg.DefaultSensorStatus.RUNNING


def test_the_outbox_is_in_the_operations_database(home: Path) -> None:
    (home / "alerts.yaml").write_text(PLAN, encoding="utf-8")
    publish(home)
    run()
    engine = open_operations(f"sqlite:///{home / 'operations.sqlite'}")
    assert [message.state for message in Outbox(engine).messages()] == ["sent"]
    engine.dispose()

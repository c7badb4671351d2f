"""alerts.yaml: what is taken, and what is wrong by file and line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qa_pipeline.alerts.causes import Cause, CauseKind, cause_of, message_key
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.alerts.reading import read_alerts
from qa_pipeline.yaml_files.reading import BadFile
from tests.alerts.building import DAY, PLAN, hit, plan, rate

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 9, 10)


def faults(text: str) -> list[str]:
    with pytest.raises(BadFile) as told:
        read_alerts(text, "alerts.yaml")
    return told.value.faults


def test_the_sample_is_taken() -> None:
    read = read_alerts((ROOT / "samples" / "alerts.yaml").read_text(encoding="utf-8"), "alerts.yaml")
    assert [channel.id for channel in read.channels] == ["leads", "shanghai", "operations"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: webhook", "kind: fax", "line 4: kind: input should be 'slack'"),
        ("url_env: QA_ALERT_URL", "url: https://x", "line 4: url: there is no such key"),
        ("url_env: QA_ALERT_URL", "url_env: https://hooks.example.org/s3cret", "line 4: url_env: string should match"),
        (", url_env: QA_ALERT_URL", "", "leads needs url_env"),
        ("kind: webhook, url_env: QA_ALERT_URL", "kind: mail, host: h, to: [a@b.c]", "leads needs sender"),
        ("kind: webhook", "kind: slack, secret_env: QA_S", "secret_env goes with feishu and dingtalk"),
        ("kind: webhook", "kind: webhook, host: h", "host goes with kind: mail"),
        ("kind: webhook", 'kind: webhook, quiet: {from: "7", to: "8:00"}', "line 4: from: string should match"),
        ("kind: webhook", 'kind: webhook, quiet: {from: "07:00", to: "07:00"}', "end when they begin"),
        ("kind: webhook", 'kind: webhook, quiet: {from: "07:00", to: "08:00", timezone: Mars}', "time zone"),
        ("since: 2025-09-01", "since: yesterday", "line 1: since:"),
        ("since: 2025-09-01", "timezone: ../../etc/passwd", "line 1: timezone: not the name of a time zone"),
        ("dashboards_url: https://qa.example.org", "dashboards_url: qa.example.org", "line 2: dashboards_url"),
        ("severity_at_least: high", "severity_at_least: grave", "line 6: severity_at_least"),
        ("{kind: rule, severity_at_least: high}", "{kind: rule}", "needs severity_at_least, or rules"),
        ("{kind: auto_fail}", "{kind: auto_fail, at_least: 0.5}", "at_least does not go with kind: auto_fail"),
        ("count: failed, at_least: 0.2", "count: failed", "kind: share needs count and at_least"),
        ("count: failed, at_least: 0.2", "count: angry, at_least: 0.2", "line 9: count"),
        ("{kind: auto_fail}", "{kind: rate}", "kind: rate is of one of count, metric and rules"),
        ("{kind: auto_fail}", "{kind: rate, count: failed, metric: x}", "kind: rate is of one of"),
        ("{kind: auto_fail}", "{kind: rate, count: failed, min_days: 60}", "min_days is more than baseline_days"),
        ("to: [leads]", "to: [lead]", "line 11: there is no channel lead; there are leads"),
        ("to: [leads]", "to: [leads], kinds: [rate]", "line 11: nothing under causes is of the kind rate"),
        ("causes:", "channels: []\ncauses:", "line 5"),
    ],
)
def test_a_fault_is_named_with_file_and_line(old: str, new: str, said: str) -> None:
    assert old in PLAN
    found = " ".join(faults(PLAN.replace(old, new)))
    assert found.startswith("alerts.yaml, line ")
    assert said in found
    assert "s3cret" not in found, "who writes the address itself must not see it in a log"


def test_two_channels_of_one_name_and_one_that_nothing_goes_to_are_faults() -> None:
    twice = PLAN.replace("causes:", "  - {id: leads, kind: slack, url_env: QA_B}\ncauses:")
    assert faults(twice) == ["alerts.yaml, line 5: there is a channel leads already."]
    lonely = PLAN.replace("causes:", "  - {id: office, kind: slack, url_env: QA_B}\ncauses:")
    assert faults(lonely) == ["alerts.yaml, line 5: no route leads to office."]


def test_days_of_long_ago_have_no_causes() -> None:
    assert plan(PLAN.replace("since: 2025-09-01\n", "")).first_day(TODAY) == dt.date(2026, 9, 3)
    assert plan(PLAN).first_day(TODAY) == DAY
    both = plan(PLAN.replace("since: 2025-09-01", "since: 2025-09-01\nlast_days: 2"))
    assert both.first_day(TODAY) == dt.date(2026, 9, 8)
    assert both.first_day(DAY) == DAY


def routed(routes: str, *causes: Cause) -> list[list[str]]:
    text = PLAN.replace("causes:", "  - {id: office, kind: slack, url_env: QA_B}\ncauses:")
    read: AlertPlan = plan(text.replace("  - {to: [leads]}\n", routes))
    return [read.channels_of(cause) for cause in causes]


def test_a_cause_goes_to_the_channels_of_the_routes_that_take_it_and_to_each_once() -> None:
    routes = """  - {to: [leads, office], kinds: [rule]}
  - {to: [office], severity_at_least: critical}
  - {to: [leads], teams: [Red]}
  - {to: [leads], queues: [vip], rules: [promise]}
"""
    found = routed(
        routes,
        hit(),
        hit(severity="critical"),
        rate(),
        Cause(kind=CauseKind.FAILED_RUN, severity="critical", identity=("r",)),
        Cause(kind=CauseKind.AUTO_FAIL, severity="low", identity=("e",), team="Red"),
        Cause(kind=CauseKind.TEST, severity="critical", identity=("t",)),
    )
    assert found == [["leads", "office"], ["leads", "office"], [], ["office"], ["leads"], []]


def test_a_cause_is_the_same_whatever_else_is_known_of_it() -> None:
    assert hit().key == hit(title="Renamed", severity="critical", team=None).key
    assert hit().key != hit("c0102").key
    assert cause_of(hit().as_json()) == hit()
    assert cause_of(rate().as_json()) == rate()
    assert message_key([hit().key]) == hit().key
    assert message_key([hit().key, rate().key]) not in (hit().key, rate().key, message_key([rate().key, hit().key]))

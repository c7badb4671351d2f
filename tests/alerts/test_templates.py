"""What each receiver is sent: its documented shape, in both languages, of any number of causes, whatever is in them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, get_args

import jsonschema
import pytest

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.alerts.channels import ChannelKind
from qa_pipeline.alerts.templates import body_of, mail_text
from tests.alerts.building import DASHBOARDS, DAY, hit, message, rate
from tests.alerts.shapes import MOST_BYTES, SHAPES

KINDS = [kind for kind in get_args(ChannelKind) if kind != "mail"]
HOSTILE = "<!channel> [click](https://evil.example) <@U1> **b** `c` \u202e\n# h\r\n<at id=all></at> \\ | ~x~ &lt;"
EVERY = [
    hit(),
    hit("c2", facts={"outcome": "miss", "needs_review": 1}, agent="Ann Example"),
    rate(),
    dataclasses.replace(rate(counted=None, is_share=0, value=12.3456, low=1, high=9), title="dead_air_s"),
    Cause(
        kind=CauseKind.AUTO_FAIL, severity="critical", identity=("e1",), title="Service", call_id="c3", call_date=DAY
    ),
    Cause(
        kind=CauseKind.FAILED_RUN,
        severity="high",
        identity=("r1",),
        title="daily",
        call_date=DAY,
        facts={"steps": ["calls", "published"], "last_day": "2025-09-03", "run": "r1"},
    ),
    Cause(
        kind=CauseKind.SHARE,
        severity="high",
        identity=("failed", "all", "all", "2025-09-01"),
        call_date=DAY,
        facts={"counted": "failed", "count": 12, "n": 48, "value": 0.25},
    ),
    Cause(kind=CauseKind.TEST, severity="info", identity=("t",)),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_cause_has_the_documented_shape_alone_and_together(kind: Any, language: str) -> None:
    for causes in (*([each] for each in EVERY), EVERY):
        for dashboards in (DASHBOARDS, None):
            told = message(*causes, language=language, dashboards=dashboards)
            body = body_of(kind, told)
            jsonschema.validate(body, SHAPES[kind])
            assert told.title in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_thousand_causes_as_many_are_told_as_fit_and_the_others_are_counted(kind: Any) -> None:
    causes = [hit(f"c{number:04d}-{'长' * 60}", title="承诺" * 80) for number in range(1200)]
    told = message(*causes, language="zh")
    body = body_of(kind, told)
    jsonschema.validate(body, SHAPES[kind])
    text = json.dumps(body, ensure_ascii=False)
    if kind == "webhook":
        assert (len(body["causes"]), body["more"]) == (1000, 200)
        return
    assert len(text.encode()) <= MOST_BYTES[kind]
    shown = sum(cause.call_id is not None and cause.call_id in text for cause in causes)
    assert shown > 1
    assert f"另有 {1200 - shown} 条" in text
    if kind == "wecom":
        assert len(body["markdown"]["content"].encode()) <= 4096


@pytest.mark.parametrize("kind", KINDS)
def test_words_out_of_the_data_are_never_markup(kind: Any) -> None:
    cause = hit(HOSTILE, title=HOSTILE, team=HOSTILE, queue=HOSTILE, rule_id=HOSTILE)
    body = body_of(kind, message(cause))
    jsonschema.validate(body, SHAPES[kind])
    if kind == "webhook":
        return
    if kind == "slack":  # whose header is plain text, and whose markup knows no [links](...)
        body["blocks"][0]["text"]["text"] = body["blocks"][0]["text"]["text"].translate(str.maketrans("", "", "<>"))
    text = json.dumps(body, ensure_ascii=False)
    links = "" if kind in ("slack", "feishu") else "](https://evil"
    for mark in ("<!channel>", "<@U1>", "<at id", links):
        assert kind == "feishu" or not mark or mark not in text, "texts of Feishu's posts are no markup"
    assert "\\n#" not in text, "a line of the data begins no heading"
    assert "\u202e" not in text


def test_a_link_leads_to_the_call_whatever_its_id_is() -> None:
    body = body_of("dingtalk", message(hit("a b/ü?&(x)#1")))
    assert "(https://qa.example.org/call?call=a%20b%2F%C3%BC%3F%26%28x%29%231)" in body["markdown"]["text"]
    assert message(hit("a)")).lines[0].url.startswith(f"{DASHBOARDS}/call?call=a")
    assert message(hit("x" * 2000)).lines[0].url == f"{DASHBOARDS}/calls"
    assert message(rate()).lines[0].url == f"{DASHBOARDS}/"
    assert message(EVERY[5]).lines[0].url == f"{DASHBOARDS}/pipeline"


def test_what_is_said_in_english_and_chinese() -> None:
    said = [line.text for line in message(*EVERY).lines]
    assert said == [
        "High · rule hit: Forbidden promise · call c0101 · 2025-09-01 · team Blue · queue billing",
        "High · rule missed: Forbidden promise (to be reviewed) · call c2 · 2025-09-01 · team Blue · "
        "agent Ann Example · queue billing",
        "Medium · Share of calls with dead air is 50%, outside its control limits 10% to 30% · 2025-09-01 · "
        "queue billing · calls 40",
        "Medium · dead_air_s is 12.35, outside its control limits 1 to 9 · 2025-09-01 · queue billing · calls 40",
        "Critical · evaluation failed by an answer: Service · call c3 · 2025-09-01",
        "High · run failed: daily · 2025-09-01/2025-09-03 · steps calls, published",
        "High · 25% of calls failed (12 of 48) · 2025-09-01",
        "Info · this is a test, nothing is to be done",
    ]
    chinese = [line.text for line in message(*EVERY, language="zh").lines]
    assert chinese[
        0
    ] == "高 · 命中规则：Forbidden promise · 通话 c0101 · 2025-09-01 · 班组 Blue · 队列 billing".replace(
        "2025", "日期 2025", 1
    )
    assert "25% 的通话失败" in chinese[6]
    assert message(hit()).title == "QA · High: rule hit: Forbidden promise"
    assert message(*EVERY).title == "QA · 8 alerts, up to Critical"
    assert message(*EVERY, language="zh").title == "QA · 8 条提醒，最高级别：紧急"


def test_a_mail_has_a_paragraph_for_each_cause() -> None:
    assert mail_text(message(hit(), rate())).split("\n\n") == [
        "High · rule hit: Forbidden promise · call c0101 · 2025-09-01 · team Blue · queue billing\n"
        "https://qa.example.org/call?call=c0101",
        "Medium · Share of calls with dead air is 50%, outside its control limits 10% to 30% · 2025-09-01 · "
        "queue billing · calls 40\nhttps://qa.example.org/\n",
    ]

"""The agent's channel as a setting: a change moves the roles in every table, and nothing is paid again."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.pipeline.harness import GOLDEN_DAY, LONG_AGO, Pipeline

CALL = "c0101"


def of_call(pipeline: Pipeline, sql: str) -> list[tuple[Any, ...]]:
    return pipeline.query(sql, CALL)


@pytest.mark.chaos
def test_a_changed_setting_moves_the_roles_of_calls_that_do_not_say_it_and_costs_nothing(ran: Pipeline) -> None:
    said = "select role, string_agg(text, ' ' order by sentence_id) from sentences where call_id = ? group by role"
    talk = "select agent_talk_s, customer_talk_s, agent_channel_suspect from call_metrics where call_id = ?"
    own = "select agent_channel, agent_channel_from from calls where call_id = ?"
    roles = "select role, channel_id from call_channels where call_id = ? order by channel_id"
    before, spoke = dict(of_call(ran, said)), of_call(ran, talk)[0]
    others = ran.query(f"select * from sentences where call_id <> '{CALL}' order by all")
    assert of_call(ran, own) == [(0, "sidecar")]
    paid = ran.usage()

    path = ran.landing / GOLDEN_DAY / f"{CALL}.json"
    sidecar = json.loads(path.read_text(encoding="utf-8"))
    del sidecar["agent_channel"]
    path.write_text(json.dumps(sidecar), encoding="utf-8")
    os.utime(path, (LONG_AGO, LONG_AGO))
    ran.settings |= {"QA_AGENT_CHANNEL": '{"inbound": "right", "outbound": "left"}'}
    done = ran.run(GOLDEN_DAY)

    assert ran.usage() == paid
    assert "nothing was sent to be transcribed again" in done.stdout
    assert "1 by agent_channel (channel 1)" in done.stdout
    assert of_call(ran, own) == [(1, "agent_channel")]
    assert of_call(ran, roles) == [("customer", 0), ("agent", 1)]
    assert dict(of_call(ran, said)) == {"agent": before["customer"], "customer": before["agent"]}
    assert of_call(ran, talk) == [(spoke[1], spoke[0], True)]
    assert ran.query(f"select * from sentences where call_id <> '{CALL}' order by all") == others

    ran.settings |= {"QA_AGENT_CHANNEL": "0"}
    status = ran.command("status").stdout
    assert f"1 call has the agent's channel of former settings; run {GOLDEN_DAY} to {GOLDEN_DAY} again" in status

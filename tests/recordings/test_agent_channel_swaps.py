"""Which setting of the agent's channel looks wrong: named once, for the narrowest group that explains it."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.agent_channel_swaps import (
    LEAST_CALLS,
    ChannelGroup,
    is_outdated,
    outdated,
    suspected_swaps,
)
from qa_pipeline.recordings.agent_channels import AgentChannels, in_force, read_channel_rules, read_choice
from qa_pipeline.wording.agent_channels import advice, holding, still_former, swapped

DAY = dt.date(2025, 9, 2)


def calls(
    suspected: int,
    judged: int,
    *,
    folder: str = "2025-09-02",
    queue: str | None = None,
    direction: str | None = None,
    channel: int = 0,
    said_by: str = "agent_channel",
    day: dt.date = DAY,
) -> ChannelGroup:
    return ChannelGroup(folder, queue, direction, channel, said_by, judged + 2, judged, suspected, day, day)


def rules_of(text: str, before: AgentChannels) -> AgentChannels:
    """The rules in force when the fix is written into a qa.toml that has these."""
    written = tomllib.loads(text)
    own = [rule for name, rule in before.rules if name.startswith("agent_channels")]
    whole = next((rule.choice for name, rule in before.rules if name == "agent_channel"), None)
    fixed = read_choice(written["agent_channel"]) if "agent_channel" in written else whole
    return in_force((*read_channel_rules(written.get("agent_channels", [])), *own), fixed)


def test_a_setting_that_is_wrong_for_all_calls_is_said_once_with_the_line_that_mends_it() -> None:
    groups = [calls(9, 10, queue="sales"), calls(10, 10, queue="billing"), calls(4, 5, queue="support")]
    [swap] = suspected_swaps(groups)
    assert (swap.groups, swap.suspected, swap.judged, swap.fix) == ((), 23, 25, "agent_channel = 1")
    assert swapped(swap) == (
        "agent and customer look swapped in 23 of 25 calls that have their channel from it (agent_channel says 0)"
    )
    assert advice(swap) == (
        "write into qa.toml, above its tables, the lines below, and run 2025-09-02 to 2025-09-02 again: the roles "
        "move, and nothing is paid"
    )


def test_a_handful_of_calls_says_nothing_and_neither_do_a_few_among_many() -> None:
    assert suspected_swaps([calls(LEAST_CALLS - 1, LEAST_CALLS - 1)]) == []
    assert suspected_swaps([calls(10, 100), calls(5, 10, queue="sales")]) == []
    assert suspected_swaps([]) == []
    assert suspected_swaps([calls(0, 0)]) == []


def test_one_queue_that_is_swapped_is_named_and_the_others_are_left_alone() -> None:
    groups = [calls(11, 12, queue="sales"), calls(1, 40, queue="billing"), calls(0, 3)]
    [swap] = suspected_swaps(groups)
    assert (swap.groups, swap.suspected, swap.judged) == (("queue sales",), 11, 12)
    assert swap.fix == '[[agent_channels]]\nqueue = "sales"\nchannel = 1'
    assert "of calls of queue" not in swapped(swap)
    assert "in 11 of 12 calls of queue sales (agent_channel says 0)" in swapped(swap)
    assert "at its end" in advice(swap)


def test_a_folder_is_named_without_its_dates_and_root() -> None:
    groups = [
        *(calls(6, 6, folder=f"sites/berlin [old]/2025/09/0{day}") for day in range(1, 4)),
        *(calls(0, 6, folder=f"sites/paris/2025/09/0{day}") for day in range(1, 4)),
    ]
    [swap] = suspected_swaps(groups)
    assert swap.groups == ("folder sites/berlin [old]",)
    mended = rules_of(swap.fix, in_force((), read_choice(0)))
    assert mended.decide("sites/berlin [old]/2025/09/02", None, None).channel == 1
    assert mended.decide("sites/paris/2025/09/02", None, None).channel == 0


def test_systems_with_the_caller_on_one_side_get_a_line_by_direction() -> None:
    groups = [calls(14, 15, direction="inbound"), calls(1, 15, direction="outbound"), calls(1, 4)]
    [swap] = suspected_swaps(groups)
    assert swap.groups == ("direction inbound",)
    assert swap.fix == "agent_channel = { inbound = 1, outbound = 0, otherwise = 0 }"


def test_a_setting_by_direction_that_is_the_wrong_way_round_is_turned() -> None:
    groups = [
        calls(14, 15, direction="inbound", channel=1, said_by="landing_layout"),
        calls(15, 15, direction="outbound", channel=0, said_by="landing_layout"),
    ]
    [swap] = suspected_swaps(groups)
    assert (swap.groups, swap.channels) == ((), (0, 1))
    assert swap.fix == "agent_channel = { inbound = 0, outbound = 1 }"
    assert "landing_layout says 0 and 1" in swapped(swap)


def test_a_queue_that_is_swapped_on_outbound_calls_only_is_named_so() -> None:
    groups = [
        calls(12, 12, queue="sales", direction="outbound"),
        calls(0, 12, queue="sales", direction="inbound"),
        calls(0, 12, queue="billing", direction="outbound"),
        calls(0, 12, queue="billing", direction="inbound"),
    ]
    [swap] = suspected_swaps(groups)
    assert swap.groups == ("queue sales, direction outbound",)
    assert swap.fix == '[[agent_channels]]\nqueue = "sales"\ndirection = "outbound"\nchannel = 1'


def test_each_setting_is_judged_by_its_own_calls() -> None:
    groups = [
        calls(20, 20, said_by="default"),
        calls(0, 50, said_by="agent_channels 1", queue="sales"),
        calls(12, 12, said_by="agent_channels 2", queue="billing", channel=1),
        calls(15, 15, said_by="sidecar"),
    ]
    found = {swap.said_by: swap for swap in suspected_swaps(groups)}
    assert list(found) == ["default", "sidecar", "agent_channels 2"]
    assert "in 20 of 20 calls of these days (nothing says which channel" in swapped(found["default"])
    assert "so 0 was taken" in swapped(found["default"])
    assert (found["agent_channels 2"].fix, "in entry 2" in advice(found["agent_channels 2"])) == ("channel = 0", True)
    assert (found["sidecar"].fix, advice(found["sidecar"]).startswith("correct agent_channel there")) == ("", True)


def test_calls_that_still_have_the_channel_of_former_settings_are_told_apart() -> None:
    rules = in_force((), read_choice(1))
    old, new = calls(10, 10, channel=0, said_by="default"), calls(0, 10, channel=1)
    own = calls(0, 10, channel=0, said_by="calls.csv")
    assert [is_outdated(group, rules) for group in (old, new, own)] == [True, False, False]
    former = outdated([old, new, own], rules)
    assert former is not None
    assert still_former(former).startswith("12 calls have the agent's channel of former settings; run 2025-09-02 to")
    assert outdated([new, own], rules) is None
    assert holding([old, new]) == "12 by default (channel 0), 12 by agent_channel (channel 1)"


QUEUES = ("a", "b", None)
DIRECTIONS = ("inbound", "outbound", None)
FOLDERS = ("x/2025-09-02", "y/2025-09-02")


def everything() -> Iterable[tuple[str, Any, Any]]:
    return ((folder, queue, way) for folder in FOLDERS for queue in QUEUES for way in DIRECTIONS)


@given(
    st.sampled_from(["whole", *(("queue", name) for name in "ab"), ("folder", "x"), ("direction", "inbound")]),
    st.integers(0, 1),
)
def test_what_is_written_into_the_settings_mends_exactly_what_was_wrong(wrong: Any, channel: int) -> None:
    def is_wrong(folder: str, queue: str | None, way: str | None) -> bool:
        values = {"queue": queue, "folder": folder.split("/")[0], "direction": way}
        return wrong == "whole" or values[wrong[0]] == wrong[1]

    before = in_force((), read_choice(channel))
    groups = [
        calls(12 if is_wrong(*where) else 0, 12, folder=where[0], queue=where[1], direction=where[2], channel=channel)
        for where in everything()
    ]
    [swap] = suspected_swaps(groups)
    after = rules_of(swap.fix, before)
    for where in everything():
        assert after.decide(*where).channel == (1 - channel if is_wrong(*where) else channel), (swap.fix, where)


def test_the_thresholds_are_those_of_the_page() -> None:
    from qa_pipeline.recordings.agent_channel_swaps import MOST
    from tests.docs.markdown import page, prose

    text = " ".join(prose(page("docs/user-guide.md")).split())
    assert f"at least {LEAST_CALLS} calls" in text
    assert MOST * 2 == 1
    assert "more than half of them" in text

"""Who a name is: by the call's own names, by words, by what is left; never by chance."""

from __future__ import annotations

import json

import pytest

from qa_pipeline.transcription.imports.speakers import CallSpeakers, Speaker, channels_of
from qa_pipeline.transcription.results import BadResult

CALL = CallSpeakers(agent_channel=1, agent_names=("Lucía Ortiz", "a-ortiz"), customer_names=("k-20981",))
AGENT, CUSTOMER = 1, 0


def placed(*names: str, voices: CallSpeakers = CALL) -> dict[str, int]:
    return {speaker[0]: channel for speaker, channel in channels_of([(name,) for name in names], voices).items()}


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("Agent", AGENT), ("AGENT 1", AGENT), ("agent_2", AGENT), ("Customer service", AGENT), ("Lucía Ortiz", AGENT),
        ("LUCÍA  ORTIZ", AGENT), ("A_Ortiz", AGENT), ("Support rep (Lucía)", AGENT), ("客服小王", AGENT),
        ("オペレーター", AGENT), ("Agente", AGENT), ("Anna (Customer Service)", AGENT), ("Supervisor", AGENT),
        ("Customer", CUSTOMER), ("customer:", CUSTOMER), ("Client", CUSTOMER), ("k-20981", CUSTOMER),
        ("客户", CUSTOMER),
        ("Bob (Customer)", CUSTOMER), ("고객", CUSTOMER), ("Kunde", CUSTOMER), ("Caller", CUSTOMER), ("Callee", AGENT),
        ("channel 0", 0), ("Channel_1", 1), ("ch1", 1), ("left", 0), ("Right channel", 1),
    ],
)  # fmt: skip
def test_a_name_tells_its_channel(name: str, channel: int) -> None:
    assert placed(name) == {name: channel}


@pytest.mark.parametrize("name", ["Zoltan", "Speaker 1", "SPEAKER_00", "Agent and customer", "channel 7", "", "…", "1"])
def test_a_name_that_tells_nothing_is_not_placed(name: str) -> None:
    assert placed(name) == {}


def test_the_caller_of_an_outbound_call_is_the_agent() -> None:
    outbound = CallSpeakers(direction="outbound")
    assert placed("caller", "callee", voices=outbound) == {"caller": 0, "callee": 1}
    assert placed("caller", "callee", voices=CallSpeakers(direction="inbound")) == {"caller": 1, "callee": 0}


def test_a_part_of_a_known_name_is_enough_where_nobody_else_is_meant() -> None:
    assert placed("Lucía", "Customer") == {"Lucía": AGENT, "Customer": CUSTOMER}
    assert placed("Ortiz", "Lucía") == {}, "either may be the agent"
    assert placed("Lucía Ortiz", "Ortiz") == {"Lucía Ortiz": AGENT, "Ortiz": CUSTOMER}, "the agent is the exact one"


def test_of_two_voices_the_one_that_is_left_is_the_other_side() -> None:
    assert placed("Lucía Ortiz", "Speaker 2") == {"Lucía Ortiz": AGENT, "Speaker 2": CUSTOMER}
    assert placed("Speaker 2", "Customer") == {"Speaker 2": AGENT, "Customer": CUSTOMER}


def test_with_three_voices_nobody_is_what_is_left() -> None:
    assert placed("Lucía Ortiz", "Speaker 2", "Speaker 3") == {"Lucía Ortiz": AGENT}
    assert placed("Agent", "Customer", "Speaker 3") == {"Agent": AGENT, "Customer": CUSTOMER}


def test_nothing_is_left_over_where_a_voice_has_no_name() -> None:
    found = channels_of([("Agent",), ()], CALL)
    assert found == {("Agent",): AGENT}


def test_the_first_telling_name_of_a_voice_counts() -> None:
    speakers: list[Speaker] = [("Speaker 1", "agent"), ("Bob", "customer")]
    assert channels_of(speakers, CALL) == {speakers[0]: AGENT, speakers[1]: CUSTOMER}


def test_on_the_file_of_one_channel_everybody_is_on_it_but_not_the_other_side() -> None:
    only = CallSpeakers(only_channel=0)
    assert placed("Speaker 1", "Zoltan", "Agent", voices=only) == {"Speaker 1": 0, "Zoltan": 0, "Agent": 0}
    with pytest.raises(BadResult, match='"Customer" speaks on channel 1'):
        placed("Customer", voices=only)


def test_what_is_known_of_the_voices_survives_json_and_says_only_what_is_known() -> None:
    voices = CallSpeakers(1, ("Lucía",), (), "inbound", 0, "c1.wav")
    assert CallSpeakers.from_parameters(json.loads(json.dumps(voices.as_parameters())) | {"format": "webvtt"}) == voices
    assert CallSpeakers().as_parameters() == {"agent_channel": 0}
    assert CallSpeakers.from_parameters({}) == CallSpeakers()

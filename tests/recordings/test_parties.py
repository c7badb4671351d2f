"""Who is on a recording, by the words of phone systems, and names that are plainly those of a call's two parties."""

from __future__ import annotations

import pytest

from qa_pipeline.recordings.parties import NamedPart, pairs_of, party_in, party_of, roles_of

PAIRS = [
    ("77_agent", "77_customer", "77", ["agent", "customer"]),
    ("customer-77", "agent-77", "77", ["customer", "agent"]),
    ("77 (Agent)", "77 (Client)", "77", ["agent", "customer"]),
    ("20250901-c-in", "20250901-c-out", "20250901-c", ["customer", "agent"]),
    ("rec.rx", "rec.tx", "rec", ["customer", "agent"]),
    ("77_caller", "77_callee", "77", ["customer", "agent"]),
    ("9-leg-a", "9-leg-b", "9", ["customer", "agent"]),
    ("a-leg_9", "b-leg_9", "9", ["customer", "agent"]),
    ("x_left", "x_right", "x", ["agent", "customer"]),
    ("x-ch0", "x-ch1", "x", ["agent", "customer"]),
    ("77_agent", "77_caller", "77", ["agent", "customer"]),
    ("check-in-desk-in", "check-in-desk-out", "check-in-desk", ["customer", "agent"]),
    ("77_坐席", "77_客户", "77", ["agent", "customer"]),
]


@pytest.mark.parametrize(("first", "second", "call_id", "roles"), PAIRS)
def test_two_names_that_differ_in_a_word_for_a_party_are_one_call(
    first: str, second: str, call_id: str, roles: list[str]
) -> None:
    found = pairs_of([(0, first), (1, second)])
    assert [found[key].base for key in (0, 1)] == [call_id, call_id]
    assert roles_of([found[0].party, found[1].party], direction="inbound", agent_channel=None) == roles


@pytest.mark.parametrize(
    "names",
    [
        ["77_agent", "78_customer"],
        ["77_agent", "77_agent2"],
        ["77_agent", "77-agent"],
        ["77_inbound", "77_outbound"],
        ["agent", "customer"],
        ["77_agent", "77_customer", "77-customer"],
        ["77_in", "77_customers"],
        ["77_in", "77_callee"],
        ["agents", "customers_7"],
        ["77_1", "77_2"],
    ],
    ids="/".join,
)
def test_what_may_be_two_calls_is_not_paired(names: list[str]) -> None:
    assert pairs_of(enumerate(names)) == {}


def test_a_pair_does_not_mind_what_else_lies_there() -> None:
    names = ["77_agent", "77_customer", "78_agent", "77", "readme_in"]
    assert pairs_of(enumerate(names)) == {0: NamedPart("77", "agent"), 1: NamedPart("77", "customer")}


@pytest.mark.parametrize(
    ("parties", "direction", "agent_channel", "roles"),
    [
        (["in", "out"], None, None, ["customer", "agent"]),
        (["in", "out"], "outbound", None, ["agent", "customer"]),
        (["in", "out"], "outbound", 1, ["customer", "agent"]),
        (["callee", "caller"], "outbound", None, ["customer", "agent"]),
        (["0", "1"], None, 1, ["customer", "agent"]),
        (["1", "0"], None, None, ["customer", "agent"]),
        (["agent", "in"], "outbound", None, ["agent", "customer"]),
        (["agent", "customer", "supervisor"], None, None, ["agent", "customer", "other"]),
        (["supervisor", "in"], None, None, ["other", "other"]),
    ],
)
def test_who_the_agent_is_follows_from_the_words_the_direction_and_the_agents_channel(
    parties: list[str], direction: str | None, agent_channel: int | None, roles: list[str]
) -> None:
    assert roles_of(parties, direction=direction, agent_channel=agent_channel) == roles


def test_words_are_known_in_any_case_and_in_titles() -> None:
    assert [party_of(word) for word in ("AGENT", " Client ", "RX", "Leg B", "manager")] == [
        "agent", "customer", "in", "callee", None,
    ]  # fmt: skip
    assert [party_in(title) for title in ("Mic/Aux", "Desktop Audio", "Track 1")] == ["agent", "customer", None]

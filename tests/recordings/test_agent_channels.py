"""Which channel is the agent's, where a call does not say it: by folder, queue and direction, in one line."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.recordings.agent_channels import in_force, read_channel_rules, read_choice
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.file_names import compile_patterns
from tests.docs.markdown import fences, page
from tests.recordings.scanning import scan

Put = Callable[..., Path]
Found = dict[str, tuple[int, str]]


@pytest.fixture
def channels(zone: Path, timezone: dt.tzinfo) -> Callable[..., tuple[Found, tuple[str, ...]]]:
    """Settings in TOML → (channel, what said it) by recording, and the notes."""

    def read(settings: str, *patterns: str, layout: Any = None) -> tuple[Found, tuple[str, ...]]:
        given = tomllib.loads(settings)
        rules = in_force(
            read_channel_rules(given.get("agent_channels", [])),
            read_choice(given.get("agent_channel")),
            read_choice(layout),
        )
        found = scan(zone)
        reader = MetadataReader(found, patterns=compile_patterns(patterns), timezone=timezone, agent_channels=rules)
        known = {file.path.stem: reader.describe(file) for file in found.files}
        return {name: (call.agent_channel, call.agent_channel_from) for name, call in known.items()}, reader.notes()

    return read


def test_the_call_itself_goes_before_the_settings(put: Put, channels: Callable) -> None:
    for name in ("sidecar", "listed", "silent"):
        put(f"2025-09-01/{name}.wav", b"x")
    put("2025-09-01/named-ch0.wav", b"x")
    put("2025-09-01/sidecar.json", {"agent_channel": "left"})
    put("2025-09-01/calls.csv", "call_id,agent_channel\nlisted,L\nsilent,\n")
    found, notes = channels("agent_channel = 1", "{call_id}-{agent_channel}")
    assert found == {
        "sidecar": (0, "sidecar"), "listed": (0, "calls.csv"), "named-ch0": (0, "file name"),
        "silent": (1, "agent_channel"),
    }  # fmt: skip
    assert notes == ()


def test_the_caller_is_always_on_channel_0_is_one_line(put: Put, channels: Callable) -> None:
    rows = ["call_id,direction", "a,inbound", "b,Outgoing Call", "c,internal", "d,"]
    for row in rows[1:]:
        put(f"2025-09-01/{row[0]}.wav", b"x")
    put("2025-09-01/calls.csv", "\n".join(rows) + "\n")
    found, notes = channels("agent_channel = { inbound = 1, outbound = 0 }")
    assert found == {
        "a": (1, "agent_channel"), "b": (0, "agent_channel"), "c": (0, "default"), "d": (0, "default"),
    }  # fmt: skip
    [note] = notes
    assert note.startswith("2025-09-01/d.wav: nothing tells its direction")
    assert "otherwise = 1" in note
    found, notes = channels("agent_channel = { inbound = 1, outbound = 0, otherwise = 1 }")
    assert (found["c"], found["d"], notes) == ((1, "agent_channel"), (1, "agent_channel"), ())


def test_the_first_rule_that_fits_counts_then_the_setting_then_the_layout(put: Put, channels: Callable) -> None:
    for folder in ("sites/Berlin", "sites/paris", "paris/berlin-2", "rome"):
        put(f"{folder}/2025-09-01/{folder.replace('/', '-')}.wav", b"x")
    put("calls.csv", "call_id,queue\nrome,Sales-IT\nsites-paris,sales\n")
    settings = """
    [[agent_channels]]
    folder = "berlin*"
    channel = "right"
    [[agent_channels]]
    queue = "sales-*"
    channel = 1
    [[agent_channels]]
    folder = "/sites/paris/"
    channel = { inbound = 1 }
    """
    found, _ = channels(settings, layout=1)
    assert found == {
        "sites-Berlin": (1, "agent_channels 1"),
        "paris-berlin-2": (1, "agent_channels 1"),
        "rome": (1, "agent_channels 2"),
        "sites-paris": (1, "landing_layout"),  # its direction is not known, so the third rule says nothing of it
    }
    found, _ = channels(f"agent_channel = 0\n{settings}", layout=1)
    assert found["sites-paris"] == (0, "agent_channel")


WRONG = {
    "a side that is none": ("agent_channel = 'middle'", "it must be 0 or 1 (left or right), or by direction"),
    "a third channel": ("agent_channel = 2", "it must be 0 or 1"),
    "yes": ("agent_channel = true", "it must be 0 or 1"),
    "a direction misspelt": ("agent_channel = { inbond = 1 }", "no key 'inbond'; is inbound meant?"),
    "a channel by direction": ("agent_channel = { inbound = 'x' }", "inbound is 'x'; it must be 0 or 1"),
    "a direction twice": ("agent_channel = { inbound = 1, incoming = 0 }", "gives inbound twice"),
    "nothing": ("agent_channel = {}", "an empty table; it must be"),
    "a key misspelt": ("[[agent_channels]]\nquue = 'a'\nchannel = 1", "entry 1 has no key 'quue'; is queue meant?"),
    "the other setting": (
        "[[agent_channels]]\nqueue = 'a'\nchannel = 1\nagent_channel = 0", "for all calls, stands above the tables",
    ),
    "no channel": ("[[agent_channels]]\nqueue = 'a'", "entry 1: channel is missing: 0 or 1"),
    "a rule for all": ("[[agent_channels]]\nchannel = 1", "entry 1: it is for every call: name a folder"),
    "a queue without name": ("[[agent_channels]]\nqueue = ' '\nchannel = 1", "entry 1: queue is ' '; give a name"),
    "a way that is none": ("[[agent_channels]]\ndirection = 'up'\nchannel = 1", "'up'; it must be inbound"),
    "directions of one": (
        "[[agent_channels]]\ndirection = 'inbound'\nchannel = { outbound = 1 }", "give one of the two",
    ),
    "no table": ("agent_channels = 1", "write each as a table [[agent_channels]]"),
}  # fmt: skip


@pytest.mark.parametrize(("settings", "reason"), WRONG.values(), ids=WRONG)
def test_a_setting_that_can_not_be_meant_is_named_with_the_way_out(settings: str, reason: str) -> None:
    given = tomllib.loads(settings)
    read = read_choice if "agent_channel" in given else read_channel_rules
    [value] = given.values()
    with pytest.raises(ValueError, match=re.escape(reason)):
        read(value)


def test_the_environment_holds_json() -> None:
    assert read_choice('{"outbound": 0, "in": "right"}') == read_choice({"inbound": 1, "outbound": 0})
    [rule] = read_channel_rules('[{"queue": 600, "channel": "links"}]')
    assert str(rule) == 'queue = "600", channel = 0'
    with pytest.raises(ValueError, match="not JSON such as"):
        read_choice("{inbound: 1}")


def test_the_examples_of_the_guide_are_settings() -> None:
    shown = [
        tomllib.loads(fence.body) for fence in fences(page("docs/user-guide.md")) if "agent-channel" in fence.words
    ]
    read = [str(read_choice(example["agent_channel"])) for example in shown if "agent_channel" in example]
    assert read == ["1", "{ inbound = 1, outbound = 0 }"]
    [rules] = [read_channel_rules(example["agent_channels"]) for example in shown if "agent_channels" in example]
    assert [rule.scope for rule in rules] == ['folder = "berlin"', 'queue = "sales-*"']

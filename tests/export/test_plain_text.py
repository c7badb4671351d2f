"""The transcript that people read."""

from __future__ import annotations

import json

from qa_pipeline.export.filetrans_json import to_filetrans_json
from qa_pipeline.export.plain_text import to_plain_text
from qa_pipeline.export.srt import to_srt
from qa_pipeline.export.webvtt import to_webvtt
from tests.export.building import ENGINE, TWO_RECORDINGS, call, channel, sentence


def test_the_call_is_described_and_every_sentence_has_a_line() -> None:
    text = to_plain_text(
        call(
            channel("agent", sentence(0, 1000, 4000, "Buenos días.", language="es", emotion="happy")),
            channel("customer", sentence(0, 3_600_500, 3_601_000, "Hola.\n\nBien.", language="es")),
        )
    )
    assert text.splitlines() == [
        "Call: c1",
        "Started: 2025-09-01 09:30:00+08:00",
        "Agent: Lucía Ortiz (a-1)",
        "Customer: k-1",
        "Queue: billing",
        "Direction: inbound",
        "Recording: c1.wav",
        f"Transcribed by: {ENGINE}",
        "",
        "[00:00:01.000] Agent (es, happy): Buenos días.",
        "[01:00:00.500] Customer (es): Hola. Bien.",
    ]


def test_what_is_not_known_is_left_out_and_a_missing_side_is_named() -> None:
    unknown = dict.fromkeys(("started_at", "agent_id", "agent_name", "customer_id", "queue", "direction"))
    text = to_plain_text(call(channel("agent", sentence(0, 0, 9, "您好。")), **unknown))
    assert text.splitlines() == [
        "Call: c1",
        "Recording: c1.wav",
        f"Transcribed by: {ENGINE}",
        "No transcript: Customer",
        "",
        "[00:00:00.000] Agent: 您好。",
    ]


def test_two_engines_are_both_named() -> None:
    text = to_plain_text(call(channel("agent"), channel("customer", engine="another")))
    assert f"Transcribed by: {ENGINE}, another" in text


def test_a_call_of_several_recordings_names_them_and_all_agents() -> None:
    lines = to_plain_text(call(channel("agent", sentence(0, 0, 9, "Hi.")), recordings=TWO_RECORDINGS)).splitlines()
    assert lines[2] == "Agent: Lucía Ortiz (a-1), then a-2"
    assert lines[6:8] == [
        "Recording 1: one.wav, from 00:00:00.000, Lucía Ortiz (a-1), billing",
        "Recording 2: two.wav, from 00:03:00.000, a-2",
    ]


def test_what_others_said_is_written_under_their_role_in_every_format() -> None:
    consulted = call(
        channel("agent", sentence(0, 0, 900, "One moment.")),
        channel("customer", sentence(0, 3000, 3900, "Yes.")),
        channel("other", sentence(0, 1000, 1900, "Take it back.")),
    )
    assert to_plain_text(consulted).splitlines()[-2:] == [
        "[00:00:01.000] Other: Take it back.",
        "[00:00:03.000] Customer: Yes.",
    ]
    assert "Other: Take it back." in to_srt(consulted)
    assert "<v Other>Take it back." in to_webvtt(consulted)
    assert [each["role"] for each in json.loads(to_filetrans_json(consulted))["transcripts"]] == [
        "agent",
        "customer",
        "other",
    ]
    both = to_plain_text(call(channel("mixed", sentence(0, 0, 9, "Hi. Yes?"))))
    assert "Both parties: Hi. Yes?" in both
    assert "No transcript" not in both

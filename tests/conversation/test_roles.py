"""Swapped channels are suspected by what is said on them, and by the sample calls without a false alarm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import OTHER, SpokenSentence
from qa_pipeline.transcription.results import parse_result
from tests.conversation.building import CHANNEL, said, talk

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def sample_calls() -> dict[str, tuple[list[SpokenSentence], float, str]]:
    """Sentences by true role, seconds and direction of every sample call with two speakers."""
    calls = {}
    for path in sorted((SAMPLES / "recordings").rglob("*.transcript.json")):
        [script_path] = [s for s in (SAMPLES / "scripts").glob("*.yaml") if s.stem in path.name]
        script = yaml.safe_load(script_path.read_text(encoding="utf-8"))
        if "copy_of" in script or script.get("defect"):
            continue
        agent_channel = script["agent_channel"]
        rows = [
            SpokenSentence(
                "agent" if channel.channel_id == agent_channel else "customer", channel.channel_id, s.sentence_id,
                s.begin_ms, s.end_ms, s.text, s.language, s.emotion,
            )
            for channel in parse_result(path.read_bytes()).transcripts for s in channel.sentences
        ]  # fmt: skip
        calls[script["call_id"]] = (rows, max(row.end_ms or 0 for row in rows) / 1000, script["direction"])
    return calls


CALLS = sample_calls()


def swapped(rows: list[SpokenSentence]) -> list[SpokenSentence]:
    return [row._replace(role=OTHER[row.role]) for row in rows]


def test_no_sample_call_is_suspected_as_it_is() -> None:
    suspects = {
        call_id: metrics.agent_channel_evidence
        for call_id, (rows, duration_s, direction) in CALLS.items()
        if (metrics := analyse_call(rows, duration_s, direction=direction).metrics).agent_channel_suspect
    }
    assert suspects == {}


def test_swapped_sample_calls_are_suspected_wherever_an_agent_greets_or_closes_as_agents_do() -> None:
    unnoticed = [
        call_id
        for call_id, (rows, duration_s, direction) in CALLS.items()
        if not analyse_call(swapped(rows), duration_s, direction=direction).metrics.agent_channel_suspect
    ]
    assert len(CALLS) >= 25
    assert sorted(unnoticed) == ["c0206", "c0301", "c0302", "c0303", "c0306", "c0308"]  # curt, or no set phrase


def test_the_evidence_says_what_was_said_by_whom() -> None:
    verdict = talk(
        said("agent", 2000, 4000, "Hi, my card is gone.", language="en"),
        said("customer", 0, 1800, "Thank you for calling, how can I help?", language="en"),
    ).metrics
    assert verdict.agent_channel_suspect is True
    assert (
        verdict.agent_channel_evidence
        == "agent says no such phrase; customer says how can i help, thank you for calling"
    )


def test_equal_evidence_suspects_nobody() -> None:
    both = [said(role, 0, 1800, "How can I help?", language="en") for role in CHANNEL]
    assert talk(*both).metrics.agent_channel_suspect is False


@pytest.mark.parametrize(("place", "suspect"), [(2, True), (3, None), (4, True)])
def test_phrases_count_at_the_ends_of_a_channel_only(place: int, suspect: bool | None) -> None:
    lines = [said("customer", n * 1000, n * 1000 + 900, "Hello.", language="en") for n in range(7)]
    lines[place] = lines[place]._replace(text="How can I help?")
    assert talk(*lines, said("agent", 8000, 9000), direction="outbound").metrics.agent_channel_suspect is suspect


def test_without_phrases_a_customer_who_begins_and_holds_the_talk_is_suspected_on_inbound_calls() -> None:
    spoken = said("customer", 0, 7000), said("agent", 7000, 10_000)
    metrics = talk(*spoken).metrics
    assert metrics.agent_channel_suspect is True
    assert metrics.agent_channel_evidence == "the customer speaks first and has 70% of the talk"
    assert talk(*spoken, direction="outbound").metrics.agent_channel_suspect is None
    assert talk(said("customer", 0, 6900), said("agent", 7000, 10_000)).metrics.agent_channel_suspect is False
    assert talk(said("agent", 0, 3000), said("customer", 3000, 10_000)).metrics.agent_channel_suspect is False


def test_one_side_alone_tells_by_its_phrases_or_not_at_all() -> None:
    assert talk(said("customer", 0, 5000)).metrics.agent_channel_suspect is None
    greeting = said("customer", None, None, "How may I help you?", language="en")
    assert talk(greeting).metrics.agent_channel_suspect is True


def test_a_phrase_of_your_own_counts() -> None:
    thresholds = MetricThresholds(agent_phrases=("Corvane, moin moin",))
    spoken = said("customer", 0, 2000, "Corvane, moin moin!", language="de"), said("agent", 3000, 9000, "Hallo")
    assert talk(*spoken).metrics.agent_channel_suspect is False
    assert talk(*spoken, thresholds=thresholds).metrics.agent_channel_suspect is True


def real_transcript() -> Path:
    path = SAMPLES.parent / "../shared/audio/calls/bankcard.transcript.json"
    if not path.exists():
        pytest.skip("the real recordings are not beside the repository")
    return path


@pytest.mark.recordings
def test_a_real_bank_call_has_plausible_metrics_and_unswapped_roles() -> None:
    transcripts = parse_result(
        json.dumps(json.loads(real_transcript().read_text(encoding="utf-8"))).encode()
    ).transcripts
    rows = [
        SpokenSentence("agent" if t.channel_id == 0 else "customer", t.channel_id, s.sentence_id, s.begin_ms, s.end_ms,
                       s.text, s.language, s.emotion)
        for t in transcripts for s in t.sentences
    ]  # fmt: skip
    metrics = analyse_call(rows, 51.0).metrics
    assert metrics.agent_channel_suspect is not True
    assert metrics.silence_ratio is not None
    assert 0.05 < metrics.silence_ratio < 0.7
    assert analyse_call(swapped(rows), 51.0).metrics.agent_channel_suspect is True

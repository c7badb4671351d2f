"""What recordings on a line say is nobody's speech."""

from __future__ import annotations

import json

import pytest

from qa_pipeline.conversation.announcements import Announcement, without_announcements
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.phrase_lists import AGENT_PHRASES, ANNOUNCEMENTS
from qa_pipeline.conversation.phrases import announcements_in
from qa_pipeline.conversation.sentences import SpokenSentence
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from tests.serving import REAL_RECORDINGS, SAMPLES

DEFAULTS = MetricThresholds()


def sentence(number: int, begin_ms: int | None, end_ms: int | None, text: str, channel_id: int = 0) -> SpokenSentence:
    role = "agent" if channel_id == 0 else "customer"
    return SpokenSentence(role, channel_id, number, begin_ms, end_ms, text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Your call is important to us; please hold.", "en"),
        ("ALL OF OUR AGENTS ARE currently busy.", "en"),
        ("Please leave a message after the beep!", None),
        ("您的来电对我们很重要，请不要挂机。", "zh"),
        ("申し訳ございません。ただいま電話が大変混み合っております。", "ja"),
        ("Ihr Anruf ist uns wichtig.", "de"),
        ("Su llamada es muy importante para nosotros.", "es"),
        ("Tous nos conseillers sont en ligne.", "fr"),
        ("Все операторы заняты, оставайтесь на линии.", "ru"),
    ],
)
def test_what_only_recordings_say_is_known(text: str, language: str | None) -> None:
    assert announcements_in(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This call may be recorded for quality purposes.", "en"),
        ("Your call was important, and all our offices are open.", "en"),
        ("Can you leave a message for her?", "en"),
        ("Your call is important to us.", "de"),
        ("我很重要", "zh"),
    ],
)
def test_what_people_say_as_well_is_not(text: str, language: str) -> None:
    assert announcements_in(text, language) == set()


def test_the_list_is_of_known_languages_and_says_nothing_that_agents_are_known_to_say() -> None:
    assert set(ANNOUNCEMENTS) <= set(LANGUAGE_CODES)
    said = [phrase for phrases in AGENT_PHRASES.values() for phrase in phrases]
    assert [phrase for phrase in said if announcements_in(phrase, None)] == []


def test_announcements_are_taken_out_and_neighbours_are_one_stretch_of_their_channel() -> None:
    said = [
        sentence(0, 100, 2000, "All our agents are busy."),
        sentence(1, 2500, 4000, "Your call is important to us."),
        sentence(2, 30_000, 32_000, "Your call is important to us."),
        sentence(3, 40_000, 42_000, "Good morning, this is Ana."),
        sentence(0, 43_000, 44_000, "Leave a message after the tone.", channel_id=1),
        sentence(4, None, None, "Your call is important to us."),
    ]
    kept, found = without_announcements(said, DEFAULTS)
    assert kept == [said[3]]
    assert found == (
        Announcement("agent", 0, 100, 4000),
        Announcement("agent", 0, 30_000, 32_000),
        Announcement("customer", 1, 43_000, 44_000),
    )


def test_ones_own_announcements_are_a_setting() -> None:
    own = MetricThresholds(announcements=("This call may be recorded",))
    said = [
        sentence(0, 0, 2000, "This call may be recorded for training."),
        sentence(1, 2500, 3000, "Hello, it's Ana."),
    ]
    assert without_announcements(said, DEFAULTS)[0] == said
    kept, found = without_announcements(said, own)
    assert (kept, found) == ([said[1]], (Announcement("agent", 0, 0, 2000),))
    assert own.version != DEFAULTS.version


def test_no_sentence_of_the_sample_calls_and_of_the_real_one_is_taken_for_one() -> None:
    references = [*SAMPLES.rglob("*.transcript.json"), *REAL_RECORDINGS.rglob("*.transcript.json")]
    said = [
        (each["text"], each.get("language"))
        for reference in references
        for channel in json.loads(reference.read_text(encoding="utf-8"))["transcripts"]
        for each in channel["sentences"]
    ]
    assert len(said) > 300
    assert [text for text, language in said if announcements_in(text, language) or announcements_in(text, None)] == []

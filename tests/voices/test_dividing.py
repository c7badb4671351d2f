"""What one channel heard is divided between two voices at the word where the voice changes."""

from __future__ import annotations

import pytest

from qa_pipeline.transcription.remarks import Remark
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from qa_pipeline.voices.dividing import SOUND, SPEAKERS, divide_transcript
from qa_pipeline.voices.telling import VoiceSpan

SPANS = (VoiceSpan(0, 1000, 0), VoiceSpan(1300, 2000, 1), VoiceSpan(2500, 4000, 0))


def words(*said: tuple[str, int, int]) -> tuple[Word, ...]:
    return tuple(Word(begin, end, text) for text, begin, end in said)


def heard(*sentences: Sentence, remarks: tuple[Remark, ...] = ()) -> ChannelTranscript:
    return ChannelTranscript(0, " ".join(item.text for item in sentences), sentences, remarks)


def said_by(transcript: ChannelTranscript) -> list[tuple[int, int | None, int | None, str]]:
    return [(item.sentence_id, item.begin_ms, item.end_ms, item.text) for item in transcript.sentences]


def test_a_sentence_of_two_voices_is_split_at_the_word_and_keeps_its_own_text() -> None:
    spoken = words(
        ("How", 0, 400), ("are", 420, 600), ("you?", 620, 990), ("Fine,", 1350, 1600), ("thanks.", 1650, 1990)
    )
    sentence = Sentence(0, 0, 2000, "How are you? Fine, thanks.", "en", "happy", spoken)
    divided = divide_transcript(heard(sentence), SPANS)
    assert divided is not None
    first, second = divided.voices
    assert said_by(first) == [(0, 0, 990, "How are you?")]
    assert said_by(second) == [(0, 1350, 2000, "Fine, thanks.")]
    assert (divided.by, first.text, second.text) == (SOUND, "How are you?", "Fine, thanks.")
    assert {(item.language, item.emotion) for voice in divided.voices for item in voice.sentences} == {("en", "happy")}
    assert [word.text for word in second.sentences[0].words] == ["Fine,", "thanks."]


def test_words_that_are_not_in_the_text_give_the_text_of_the_parts() -> None:
    sentence = Sentence(0, 0, 2000, "1 2", None, None, words(("one", 0, 900), ("two", 1400, 1900)))
    divided = divide_transcript(heard(sentence), SPANS)
    assert divided is not None
    assert [voice.text for voice in divided.voices] == ["one", "two"]


def test_a_sentence_without_words_goes_to_the_voice_that_speaks_most_of_it_or_nearest_to_it() -> None:
    sentences = (
        Sentence(0, 100, 900, "a"), Sentence(1, 900, 2000, "b"), Sentence(2, 2050, 2150, "c"),
        Sentence(3, 2400, 2450, "d"), Sentence(4, 9000, 9100, "e"),
    )  # fmt: skip
    divided = divide_transcript(heard(*sentences), SPANS)
    assert divided is not None
    assert [[item.text for item in voice.sentences] for voice in divided.voices] == [["a", "d", "e"], ["b", "c"]]


def test_a_remark_goes_with_its_sentence() -> None:
    sentences = (Sentence(0, 0, 900, "a"), Sentence(1, 1400, 1900, "b"))
    remarks = (Remark("language", "null", "x", 1), Remark("text", "derived"))
    divided = divide_transcript(heard(*sentences, remarks=remarks), SPANS)
    assert divided is not None
    assert [[(item.field, item.sentence_id) for item in voice.remarks] for voice in divided.voices] == [
        [("text", None)],
        [("language", 0)],
    ]


def test_speakers_that_somebody_named_count_before_the_sound() -> None:
    sentences = (Sentence(0, None, None, "a", speaker_id=1), Sentence(1, None, None, "b", speaker_id=0))
    divided = divide_transcript(heard(*sentences), SPANS)
    assert divided is not None
    assert (divided.by, [voice.text for voice in divided.voices]) == (SPEAKERS, ["b", "a"])


@pytest.mark.parametrize(
    ("sentence", "spans"),
    [
        (Sentence(0, 0, 900, "one voice only"), (VoiceSpan(0, 1000, 0), VoiceSpan(1300, 2000, 0))),
        (Sentence(0, 0, 900, "nobody was told apart"), ()),
        (Sentence(0, None, None, "no times"), SPANS),
    ],
)
def test_nobody_is_invented_where_nothing_tells(sentence: Sentence, spans: tuple[VoiceSpan, ...]) -> None:
    assert divide_transcript(heard(sentence), spans) is None

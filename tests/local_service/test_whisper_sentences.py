"""Words of a window as sentences: where one ends, and where a long one is cut. No model is needed for it."""

from __future__ import annotations

import pytest

from qa_pipeline.local_service.recognizers.chinese import simplified
from qa_pipeline.local_service.recognizers.inventions import inventions, is_sayable
from qa_pipeline.local_service.recognizers.whisper_sentences import LONGEST_MS, sentences_of
from qa_pipeline.local_service.recognizers.whisper_words import PlacedWord
from qa_pipeline.transcription.results import Word

WORD_MS = 300


def placed(text: str, *, pauses: dict[int, int] | None = None, word_ms: int = WORD_MS) -> list[PlacedWord]:
    """Words that stand between blanks, one behind the other; `pauses`: ms of silence behind the word of that number."""
    found, begin_ms = [], 0
    for number, written in enumerate(text.split()):
        core = written.rstrip(".?!,。？、")
        pause_ms = (pauses or {}).get(number, 0)
        word = Word(begin_ms, begin_ms + word_ms, core, f"{written.removeprefix(core)} ", 0.5)
        found.append(PlacedWord(0, word, pause_ms))
        begin_ms += word_ms + pause_ms
    return found


def texts(words: list[PlacedWord], language: str = "en") -> list[str]:
    return [row.text for row in sentences_of(words, language)]


@pytest.mark.parametrize(
    ("text", "language", "sentences"),
    [
        ("Hello. How are you? Fine!", "en", ["Hello.", "How are you?", "Fine!"]),
        ("Ask Mr. Harper or Dr. Brown.", "en", ["Ask Mr. Harper or Dr. Brown."]),
        ("We open at 8 a.m. Monday.", "en", ["We open at 8 a.m. Monday."]),
        ("It costs 3.5 dollars. Thanks.", "en", ["It costs 3.5 dollars.", "Thanks."]),
        ("My number is 55 12. Bye.", "en", ["My number is 55 12.", "Bye."]),
        ("Am 3. Mai kommt er. Gut.", "de", ["Am 3. Mai kommt er.", "Gut."]),
        ("This vs. that and so on.", "en", ["This vs. that and so on."]),
        ("J. Smith is here.", "en", ["J. Smith is here."]),
        ("Hola. ¿Cómo está?", "es", ["Hola.", "¿Cómo está?"]),
        ("No. That is all.", "en", ["No. That is all."]),
    ],
)
def test_a_point_ends_a_sentence_only_where_it_is_a_full_stop(text: str, language: str, sentences: list[str]) -> None:
    assert texts(placed(text), language) == sentences


def test_behind_a_doubtful_point_a_pause_ends_the_sentence() -> None:
    assert texts(placed("We open at 8 a.m. Bye now.", pauses={4: 400})) == ["We open at 8 a.m.", "Bye now."]
    assert texts(placed("No. That is all.", pauses={0: 400})) == ["No.", "That is all."]


def test_a_pause_that_parts_stretches_parts_sentences() -> None:
    first, second = placed("I would like to"), placed("check it.")
    moved = [PlacedWord(1, item.word) for item in second]
    assert texts([*first, *moved]) == ["I would like to", "check it."]


def test_a_long_one_without_marks_is_cut_at_its_best_pause() -> None:
    words = placed(" ".join("字" * 50), pauses={24: 260}, word_ms=240)
    rows = list(sentences_of(words, "zh"))
    assert [len(row.words) for row in rows] == [25, 25]
    assert max(row.span_ms[1] - row.span_ms[0] for row in rows) <= LONGEST_MS


def test_without_any_pause_a_comma_is_the_place_and_without_one_the_middle() -> None:
    spoken = ["字"] * 44
    spoken[20] = "字、"
    assert [len(row.words) for row in sentences_of(placed(" ".join(spoken), word_ms=240), "ja")] == [21, 23]
    halves = [len(row.words) for row in sentences_of(placed(" ".join("字" * 44), word_ms=240), "ja")]
    assert halves == [22, 22]


def test_a_sentence_is_as_sure_as_its_words_are_on_average() -> None:
    [row] = sentences_of(placed("All of it."), "en")
    assert row.confidence == 0.5
    assert (row.begin_ms, row.end_ms, row.language) == (0, 3 * WORD_MS, "en")


class TestInventions:
    @pytest.mark.parametrize(
        "text",
        [
            "Thanks for watching!", "Sound of phone ringing.", "(upbeat music)", "♪♪♪", "[Music]",
            "字幕由Amara.org社区提供", "請不吝點贊 訂閱 轉發", "ご視聴ありがとうございました。",
            "MBC 뉴스 김혜연입니다.", "Untertitel im Auftrag des ZDF für funk, 2017",
            "Sous-titres réalisés para la communauté d'Amara.org",
            "Редактор субтитров А.Семкин",
        ],
    )  # fmt: skip
    def test_what_subtitles_say_is_known(self, text: str) -> None:
        assert inventions([text]) == [True]

    @pytest.mark.parametrize(
        "text",
        [
            "Thank you.", "Pause.", "Music.", "Thanks for watching my account so closely.", "You can subscribe here.",
            "Can you hear the sound of the engine?", "(555)", "字幕怎么打开？", "Gracias.", "ありがとうございました。",
        ],
    )  # fmt: skip
    def test_what_is_said_in_calls_is_kept(self, text: str) -> None:
        assert inventions([text, "Good morning."]) == [False, False]

    def test_beside_an_invention_what_else_a_subtitle_says_is_one_too(self) -> None:
        assert inventions(["Sound of phone ringing.", "Pause.", "Good morning."]) == [True, True, False]


def test_traditional_characters_become_simplified_ones() -> None:
    assert simplified("今天天氣怎麼樣?請問圖書館在哪裡") == "今天天气怎么样?请问图书馆在哪里"
    assert simplified("already simple 简体") == "already simple 简体"

    def test_nobody_says_brackets(self) -> None:
        assert [is_sayable(text) for text in ("(upbeat music)", "♪♪♪", "Sound of phone ringing.")] == [
            False,
            False,
            True,
        ]

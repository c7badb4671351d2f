"""Pieces of text put together to words and sentences, for scripts with and without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.recognizers.openai_answers import language_code
from qa_pipeline.local_service.recognizers.sense_voice_text import Stretch, sentences_of
from qa_pipeline.local_service.recognizers.sentence_text import SpokenPiece, words_of
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.results import Sentence, join_words


def words(*pieces: str) -> list[tuple[str, str]]:
    spoken = [SpokenPiece(piece, 100 * number) for number, piece in enumerate(pieces)]
    return [(word.text, word.punctuation) for word in words_of(spoken, 1000)]


def stretch(*tokens: str, emotion: str = "<|HAPPY|>", language: str = "<|en|>") -> Stretch:
    """A stretch from 5.0 s on, its tokens 0.1 s apart."""
    starts = tuple(5000 + 100 * number for number in range(len(tokens)))
    return Stretch(5000, 5000 + 100 * len(tokens), "".join(tokens), tokens, starts, language, emotion)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([" good", " mor", "ning", ","], [("good ", ""), ("morning", ",")]),
        ([" don", "'", "t", " stop", "."], [("don't ", ""), ("stop", ".")]),
        ([" twenty", "-", "two"], [("twenty-two", "")]),
        (["你", "好", "，", "请", "讲", "。"], [("你", ""), ("好", "，"), ("请", ""), ("讲", "。")]),
        (["今天", "好。"], [("今天", ""), ("好", "。")]),
        ([" 안녕", "하세요", ",", " 네"], [("안녕하세요", ", "), ("네", "")]),
        ([" 我", " use", " wifi", "。"], [("我 ", ""), ("use ", ""), ("wifi", "。")]),
        (["¿", " que", "?"], [("¿ ", ""), ("que", "?")]),
        ([" ", "a", " "], [("a ", "")]),
        ([" ok", "...", "!"], [("ok", "...!")]),
        ([], []),
    ],
    ids=str,
)
def test_pieces_become_words_with_their_marks_apart(pieces: list[str], expected: list[tuple[str, str]]) -> None:
    assert words(*pieces) == expected


@given(
    st.lists(
        st.sampled_from([" a", "b", " c", "你", "好", "。", ",", " ", "'", ".", " 안", "녕", "3", "-"]), max_size=12
    )
)
def test_joined_words_are_the_text_again_and_their_times_in_order(pieces: list[str]) -> None:
    spoken = [SpokenPiece(piece, 10 * number) for number, piece in enumerate(pieces)]
    made = words_of(spoken, 500)
    assert "".join(join_words(made).split()) == "".join("".join(pieces).split())
    times = [moment for word in made for moment in (word.begin_ms, word.end_ms)]
    assert times == sorted(times)
    assert all(times[index] == times[index + 1] for index in range(1, len(times) - 1, 2)), "no gaps between words"


class TestSentences:
    def test_a_stretch_is_split_at_its_full_stops(self) -> None:
        rows = sentences_of(stretch(" yes", ".", " one", " moment", "?", " no", "."))
        assert [(row.sentence_id, row.begin_ms, row.end_ms, row.text) for row in rows] == [
            (0, 5000, 5200, "yes."), (1, 5200, 5500, "one moment?"), (2, 5500, 5700, "no."),
        ]  # fmt: skip
        assert {row.emotion for row in rows} == {"happy"}

    def test_the_point_within_a_number_is_no_full_stop(self) -> None:
        assert [row.text for row in sentences_of(stretch(" it", " is", " 3", ".", "5", " now"))] == ["it is 3.5 now"]

    def test_marks_of_the_model_are_no_text(self) -> None:
        rows = sentences_of(stretch("<|BGM|>", " hello", "<|Laughter|>"))
        assert [row.text for row in rows] == ["hello"]

    def test_tokens_without_times_give_one_sentence_over_the_whole_stretch(self) -> None:
        untimed = Stretch(1000, 2000, "<|Speech|> a. b.", (), (), "<|ja|>", "<|EMO_UNKNOWN|>")
        assert sentences_of(untimed) == [Sentence(0, 1000, 2000, "a. b.", "ja", None)]

    def test_times_past_the_stretch_are_brought_back_into_it(self) -> None:
        late = Stretch(0, 300, "a b", (" a", " b"), (0, 360), "<|en|>", "<|SAD|>")
        [row] = sentences_of(late)
        assert [(word.begin_ms, word.end_ms) for word in row.words] == [(0, 300), (300, 300)]

    @pytest.mark.parametrize(
        "said", [stretch("。", language="<|nospeech|>"), stretch(), stretch(" "), stretch("<|BGM|>")], ids=str
    )
    def test_where_nobody_speaks_there_is_no_sentence(self, said: Stretch) -> None:
        assert sentences_of(said) == []

    def test_sentences_join_with_spaces_where_the_script_has_them(self) -> None:
        texts = ["你好。", "请讲。", "OK.", "Hello.", "안녕.", "네."]
        rows = [Sentence(number, 0, 0, text) for number, text in enumerate(texts)]
        assert join_texts(row.text for row in rows) == "你好。请讲。 OK. Hello. 안녕. 네."


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English", "en"), ("english", "en"), ("zh", "zh"), ("zh-CN", "zh"), ("Cantonese", "yue"), ("tl", "fil"),
        ("Chinese,English", "zh"), ("None", None), ("Klingon", None), ("", None), (None, None), (3, None),
    ],
)  # fmt: skip
def test_a_languages_name_or_code_is_the_services_code(name: object, code: str | None) -> None:
    assert language_code(name) == code

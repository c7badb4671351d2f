"""Foreign text that stays what it is, and marks that are told apart."""

from __future__ import annotations

import string

from dashboards.markdown import plain
from dashboards.palette import EMOTIONS, STATUSES, course, emotion_mark, language_name, status_mark
from qa_pipeline.transcription.models import EMOTIONS as SERVICE_EMOTIONS


def test_every_mark_of_markdown_is_escaped() -> None:
    assert plain(string.punctuation) == "".join(f"\\{mark}" for mark in string.punctuation)


def test_letters_of_any_script_and_spaces_stay_as_they_are() -> None:
    assert plain("陈薇 ليلى Łucja 7") == "陈薇 ليلى Łucja 7"


def test_lines_become_one_so_that_no_list_or_heading_begins() -> None:
    assert plain("a\n# b\r\n- c") == r"a \# b \- c"


def test_icon_and_emoji_codes_are_broken_up() -> None:
    assert plain(":material/home:") == "\\:\u2060material\\/home\\:"
    assert plain(":smile:") == "\\:\u2060smile\\:"
    assert plain("at 10:30") == r"at 10\:30"


def test_every_emotion_of_the_service_has_a_mark_and_so_has_none() -> None:
    assert set(EMOTIONS) == {*SERVICE_EMOTIONS, None}


def test_no_two_emotions_and_no_two_statuses_look_alike() -> None:
    for marks in (EMOTIONS.values(), STATUSES.values()):
        for part in ("label", "colour", "icon"):
            assert len({getattr(mark, part) for mark in marks}) == len(marks)


def test_an_unknown_word_is_shown_and_not_hidden() -> None:
    assert emotion_mark("bored").label == "bored"
    assert status_mark("pending").label == "pending"
    assert (language_name("yue"), language_name("xx"), language_name(None)) == ("Cantonese", "xx", "not labelled")


def test_a_course_leaves_out_repetitions_only() -> None:
    assert course(["angry", "angry", None, "angry", "happy", "happy"]) == ["angry", None, "angry", "happy"]
    assert course([]) == []

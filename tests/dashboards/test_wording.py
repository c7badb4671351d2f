"""Numbers and foreign text in words."""

from __future__ import annotations

import datetime as dt
import string

import pytest

from dashboards.palette import EMOTIONS, STATUSES, course, emotion_mark, language_name, status_mark
from dashboards.wording import clock, count, length, moment, money, plain, share
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


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.9, "0:59"), (65, "1:05"), (3599, "59:59"), (3723.4, "1:02:03")]
)
def test_a_place_in_a_recording_reads_like_a_clock(seconds: float, said: str) -> None:
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, "–"), (0, "0 s"), (80.2, "80 s"), (120, "2 min"), (7199, "120 min"), (9000, "2.5 h")]
)
def test_a_length_has_the_unit_that_fits(seconds: float | None, said: str) -> None:
    assert length(seconds).replace("\u00a0", " ") == said


@pytest.mark.parametrize(("usd", "said"), [(0, "$0.00"), (0.00384, "$0.0038"), (1, "$1.00"), (1234.5, "$1,234.50")])
def test_a_small_sum_is_not_nothing(usd: float, said: str) -> None:
    assert money(usd) == said


def test_a_share_of_nothing_is_not_zero() -> None:
    assert (share(1, 4).replace("\u00a0", " "), share(0, 0)) == ("25 %", "–")


def test_counts_and_moments_read_like_words() -> None:
    assert (count(1, "call"), count(1200, "call")) == ("1 call", "1,200 calls")
    assert (moment(dt.datetime(2025, 9, 1, 9, 5)), moment(None)) == ("2025-09-01 09:05", "–")  # noqa: DTZ001


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

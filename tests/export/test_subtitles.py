"""SubRip and WebVTT, read by a small parser that shares no code with what writes them."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.export.srt import to_srt
from qa_pipeline.export.webvtt import to_webvtt
from tests.export.building import ENGINE, call, channel, sentence

TALK = call(
    channel("agent", sentence(0, 500, 3000, "Good morning."), sentence(1, 8500, 15_000, "It left on Monday.")),
    channel("customer", sentence(0, 3500, 8000, "Late."), sentence(1, 13_000, 19_000, "No!")),
)


@dataclass(frozen=True)
class Cue:
    begin_ms: int
    end_ms: int
    speaker: str
    text: str


def _ms(clock: str, mark: str) -> int:
    matched = re.fullmatch(rf"(\d{{2,}}):([0-5]\d):([0-5]\d){re.escape(mark)}(\d{{3}})", clock)
    assert matched, clock
    hours, minutes, seconds, rest = map(int, matched.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _blocks(text: str) -> list[list[str]]:
    """Blocks of lines between empty lines, as strict readers split them: at any of CR LF, LF and CR."""
    lines = re.split(r"\r\n|\n|\r", text)
    return [block.split("\n") for block in re.split(r"\n{2,}", "\n".join(lines).strip("\n"))]


def _timed(lines: list[str], number: int, mark: str) -> tuple[int, int, str]:
    assert lines[0] == str(number)
    begin, arrow, end = lines[1].split(" ")
    assert arrow == "-->"
    assert not any("-->" in line for line in lines[2:])
    return _ms(begin, mark), _ms(end, mark), "\n".join(lines[2:])


def read_srt(text: str) -> tuple[str, list[Cue]]:
    """The engine's note and the cues."""
    cues = []
    note, *blocks = [_timed(lines, number, ",") for number, lines in enumerate(_blocks(text), start=1)]
    for begin_ms, end_ms, said in blocks:
        speaker, _, words = said.partition(":")
        cues.append(Cue(begin_ms, end_ms, speaker, words.strip()))
    return note[2], cues


def read_webvtt(text: str) -> tuple[str, list[Cue]]:
    """The note and the cues; tags but the voice, and references but the three, are faults."""
    head, note, *blocks = _blocks(text)
    assert head == ["WEBVTT"]
    assert note[0].startswith("NOTE ")
    cues = []
    for number, lines in enumerate(blocks, start=1):
        begin_ms, end_ms, said = _timed(lines, number, ".")
        voice, words = re.fullmatch(r"<v (Agent|Customer)>([^<>]*)", said).groups()  # type: ignore[union-attr]
        assert re.fullmatch(r"(?:[^&]|&amp;|&lt;|&gt;)*", words)
        cues.append(Cue(begin_ms, end_ms, voice, html.unescape(words)))
    return " ".join(note), cues


READERS = [pytest.param(to_srt, read_srt, id="srt"), pytest.param(to_webvtt, read_webvtt, id="vtt")]


@pytest.mark.parametrize(("write", "read"), READERS)
def test_both_roles_come_in_the_order_of_time_and_may_overlap(write, read) -> None:  # type: ignore[no-untyped-def]
    _, cues = read(write(TALK))
    assert cues == [
        Cue(500, 3000, "Agent", "Good morning."),
        Cue(3500, 8000, "Customer", "Late."),
        Cue(8500, 15_000, "Agent", "It left on Monday."),
        Cue(13_000, 19_000, "Customer", "No!"),
    ]


@pytest.mark.parametrize(("write", "read"), READERS)
def test_the_engine_is_named_even_where_nothing_was_said(write, read) -> None:  # type: ignore[no-untyped-def]
    note, cues = read(write(call(channel("agent", text=""))))
    assert ENGINE in note
    assert "c1" in note
    assert cues == []


@pytest.mark.parametrize(("write", "read"), READERS)
def test_an_engine_and_an_id_cannot_break_out_of_the_note(write, read) -> None:  # type: ignore[no-untyped-def]
    odd = call(channel("agent", sentence(0, 0, 10, "Hi."), engine="a\n\n--> b"), call_id="x\r\n\r\ny")
    note, cues = read(write(odd))
    assert "a -- > b" in note
    assert cues == [Cue(0, 10, "Agent", "Hi.")]


@pytest.mark.parametrize(("write", "read"), READERS)
def test_more_than_99_hours_and_a_sentence_of_no_length_are_written(write, read) -> None:  # type: ignore[no-untyped-def]
    late = 101 * 3_600_000 + 61_001
    _, cues = read(write(call(channel("agent", sentence(0, late, late, "Still here.")))))
    assert cues == [Cue(late, late + 1, "Agent", "Still here.")]


@pytest.mark.parametrize(("write", "read"), READERS)
def test_text_from_right_to_left_is_kept_with_its_marks(write, read) -> None:  # type: ignore[no-untyped-def]
    said = "\u200fلم تصلني الفاتورة رقم 4821 حتى الآن."
    _, cues = read(write(call(channel("customer", sentence(0, 0, 10, said)))))
    assert cues[0].text == said


@pytest.mark.parametrize(("write", "read"), READERS)
@given(said=st.lists(st.text() | st.text("-> <&;\n\r:v\u2028\x85\0"), min_size=1, max_size=4))
def test_whatever_is_said_stays_in_its_cue(write, read, said: list[str]) -> None:  # type: ignore[no-untyped-def]
    sentences = [sentence(number, number, number + 5, text) for number, text in enumerate(said)]
    _, cues = read(write(call(channel("agent", *sentences))))
    assert [_marks(cue.text) for cue in cues] == [_marks(text) for text in said]
    assert {cue.speaker for cue in cues} == {"Agent"}


def _marks(text: str) -> str:
    """What can be seen of a text: neither blanks nor control characters."""
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) != "Cc")

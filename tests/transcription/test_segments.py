"""The recordings of one channel, put on the call's clock and together."""

from __future__ import annotations

from qa_pipeline.transcription.remarks import Remark
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from qa_pipeline.transcription.segments import Part, join_outcomes, join_segments
from qa_pipeline.transcription.tables import CallStatus, ChannelOutcome, call_status

FIRST = ChannelTranscript(0, "Hello.", (Sentence(0, 100, 900, "Hello.", words=(Word(100, 900, "Hello", "."),)),))
SECOND = ChannelTranscript(
    0,
    "Back again. Fine.",
    (Sentence(3, 0, 700, "Back again."), Sentence(4, None, None, "Fine.")),
    (Remark("language", "null", '"xx"', 3),),
)


def test_one_recording_from_the_beginning_stays_as_it_is() -> None:
    assert join_segments(0, [Part(0, 0, SECOND)]) == SECOND


def test_times_of_words_too_are_those_of_the_call() -> None:
    [said] = join_segments(1, [Part(0, 1500, FIRST)]).sentences
    assert (said.begin_ms, said.end_ms) == (1600, 2400)
    assert said.words == (Word(1600, 2400, "Hello", "."),)


def test_recordings_are_joined_in_order_and_their_sentences_counted_through() -> None:
    joined = join_segments(1, [Part(0, 0, FIRST), Part(1, 60_000, SECOND)])
    assert joined.channel_id == 1
    assert joined.text == "Hello. Back again. Fine."
    assert [(said.sentence_id, said.begin_ms, said.segment) for said in joined.sentences] == [
        (0, 100, 0),
        (1, 60_000, 1),
        (2, None, 1),
    ]
    assert [remark.sentence_id for remark in joined.remarks] == [1]


def test_sentences_of_recordings_that_overlap_are_in_the_order_of_time() -> None:
    long = ChannelTranscript(0, "Hello. Bye.", (Sentence(0, 100, 900, "Hello."), Sentence(1, 5000, 6000, "Bye.")))
    odd = ChannelTranscript(0, "Yes.", (Sentence(0, 0, 700, "Yes."),), (Remark("language", "null", '"xx"', 0),))
    joined = join_segments(0, [Part(0, 0, long), Part(1, 3000, odd)])
    assert [(said.sentence_id, said.text, said.segment) for said in joined.sentences] == [
        (0, "Hello.", 0),
        (1, "Yes.", 1),
        (2, "Bye.", 0),
    ]
    assert [remark.sentence_id for remark in joined.remarks] == [1]


def test_a_call_of_which_a_recording_is_missing_is_partial_and_names_it() -> None:
    good = ChannelOutcome(0, "agent", "ok")
    assert call_status([good], ["recording b.wav is missing: it is empty."]) == CallStatus(
        "partial", "MISSING_RECORDING", "recording b.wav is missing: it is empty."
    )
    bad = ChannelOutcome(1, "customer", "failed", "DECODE_ERROR", "cannot be decoded")
    assert call_status([good, bad], ["b.wav is missing."]).message == (
        "customer (channel 1): cannot be decoded; b.wav is missing."
    )


def test_a_recording_that_failed_is_named_and_takes_nothing_from_the_others() -> None:
    good = ChannelOutcome(0, "agent", "ok")
    bad = ChannelOutcome(0, "agent", "failed", "DECODE_ERROR", "cannot be decoded")
    channel = join_outcomes([("recording 1", good), ("recording 2", bad)])
    assert channel == ChannelOutcome(0, "agent", "failed", "DECODE_ERROR", "recording 2: cannot be decoded", True)
    customer = ChannelOutcome(1, "customer", "failed", "DECODE_ERROR", "cannot be decoded")
    assert call_status([channel, customer]).status == "partial", "something of it is there"
    assert call_status([join_outcomes([("recording 1", bad), ("recording 2", bad)]), customer]).status == "failed"


def test_a_recording_under_way_speaks_for_its_channel_before_one_that_failed() -> None:
    bad = ChannelOutcome(0, "agent", "failed", "DECODE_ERROR", "cannot be decoded")
    waiting = ChannelOutcome(0, "agent", "open", message="not sent yet")
    joined = join_outcomes([("recording 1", bad), ("recording 2", waiting)])
    assert (joined.outcome, joined.message) == ("open", "recording 2 (and 1 more): not sent yet")
    assert call_status([joined]) == CallStatus(
        "failed", "STILL_OPEN", "agent (channel 0): recording 2 (and 1 more): not sent yet"
    )

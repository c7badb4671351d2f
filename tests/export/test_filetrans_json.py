"""The exported JSON is read by the project's own reader of the service's results, and nothing is lost."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.export.filetrans_json import to_filetrans_json
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word, parse_result
from tests.export.building import ENGINE, call, channel, sentence

CONFIDENCES = st.none() | st.floats(0, 1)
WORDS = st.builds(Word, st.just(3), st.just(9), st.text(), st.text(), CONFIDENCES)
SENTENCES = st.builds(
    Sentence,
    sentence_id=st.just(0),
    begin_ms=st.integers(0, 1000),
    end_ms=st.integers(1000, 10_000_000),
    text=st.text(),
    language=st.none() | st.sampled_from(LANGUAGE_CODES),
    emotion=st.none() | st.sampled_from(EMOTIONS),
    words=st.lists(WORDS, max_size=3).map(tuple),
    confidence=CONFIDENCES,
)


@given(first=SENTENCES, text=st.text())
def test_what_goes_out_comes_back(first: Sentence, text: str) -> None:
    second = sentence(1, 1000, 2000, text, language="en")
    out = call(channel("agent", first, second, text=text), channel("customer", text=""))
    result = parse_result(to_filetrans_json(out).encode())
    assert result.transcripts == (
        ChannelTranscript(0, text, (first, second), engine=ENGINE),
        ChannelTranscript(1, "", (), engine=ENGINE),
    )


def test_the_document_has_the_service_s_keys_and_says_who_made_it() -> None:
    document = json.loads(to_filetrans_json(call(channel("agent", sentence(0, 0, 9, "Hi.")))))
    assert list(document) == ["file_url", "call_id", "recording_id", "audio_info", "transcripts"]
    assert document["audio_info"] == {"format": "pcm_mulaw", "sample_rate": 8000}
    [transcript] = document["transcripts"]
    assert (transcript["role"], transcript["engine"]) == ("agent", ENGINE)
    assert transcript["sentences"] == [{"sentence_id": 0, "begin_time": 0, "end_time": 9, "text": "Hi."}]


def test_a_recording_without_an_address_for_others_is_known_by_its_name() -> None:
    assert parse_result(to_filetrans_json(call(channel("agent"))).encode()).file_url == "c1.wav"
    public = call(channel("agent"), file_url="https://recordings.example/c1.wav")
    assert parse_result(to_filetrans_json(public).encode()).file_url == "https://recordings.example/c1.wav"

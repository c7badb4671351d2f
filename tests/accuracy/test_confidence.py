"""Errors by how sure the engine was."""

from __future__ import annotations

from qa_pipeline.accuracy.confidence import confidences
from qa_pipeline.accuracy.errors import measure
from qa_pipeline.accuracy.figures import Judged, bands
from qa_pipeline.accuracy.normalization import shown, words
from qa_pipeline.accuracy.pairing import MeasuredChannel
from qa_pipeline.accuracy.transcripts import Utterance


def of_units(*transcript: Utterance) -> list[tuple[str, float | None]]:
    units = words(" ".join(shown(utterance.text) for utterance in transcript))
    return list(zip([unit.text for unit in units], confidences(transcript, units), strict=True))


def test_a_unit_has_its_word_s_confidence_else_its_sentence_s() -> None:
    first = Utterance(
        "No,  no: 400 euros!", confidence=0.6, words=(("No", 0.9), ("no", 0.2), ("four", 0.1), ("euros", 0.8))
    )
    assert of_units(first, Utterance(""), Utterance("Yes.", confidence=0.3), Utterance("Well")) == [
        ("no", 0.9), ("no", 0.2), ("400", 0.6), ("euros", 0.8), ("yes", 0.3), ("well", None),
    ]  # fmt: skip


def test_characters_of_a_script_without_blanks_have_their_word_s() -> None:
    assert of_units(Utterance("您好吗", words=(("您好", 0.9), ("吗", 0.2)))) == [("您", 0.9), ("好", 0.9), ("吗", 0.2)]
    assert of_units() == []


def channel(said: str, heard: Utterance, engine: str = "local/whisper base d01c3014") -> MeasuredChannel:
    return MeasuredChannel("c1", 0, "agent", None, engine, measure([Utterance(said)], [heard]))


def test_each_band_of_each_engine_says_how_often_its_words_are_wrong() -> None:
    heard = Utterance(
        "my parcels is very late", words=(("my", 1.0), ("parcels", 0.4), ("is", 0.9), ("very", 0.1), ("late", 0.5))
    )
    found = bands([channel("my parcel is late", heard), channel("yes", Utterance("yes", confidence=0.95), "import x")])
    assert [(engine, str(band), judged) for (engine, band), judged in found.items()] == [
        ("import x", "0.9 to 1", Judged(1, 0)),
        ("local/whisper base d01c3014", "0.9 to 1", Judged(2, 0)),
        ("local/whisper base d01c3014", "0.5 to 0.7", Judged(1, 0)),
        ("local/whisper base d01c3014", "0.3 to 0.5", Judged(1, 1)),
        ("local/whisper base d01c3014", "below 0.3", Judged(1, 1)),
    ]  # fmt: skip


def test_an_engine_without_confidence_is_in_no_band() -> None:
    assert bands([channel("yes", Utterance("yes"))]) == {}

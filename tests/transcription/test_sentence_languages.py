"""Which language each sentence is in where the engine says it of a window, a channel or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from qa_pipeline.transcription.results import ChannelTranscript, Sentence
from qa_pipeline.transcription.sentence_languages import HeardChannel, label_languages
from qa_pipeline.transcription.text_languages import is_alike, language_of, weight_of, written_in

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings"
ENGLISH = ("Thank you for calling, how can I help you today?", "en")
SPANISH = ("Sí, claro, quería cambiar de plan este mes.", "es")

Given = tuple[str, str | None]


def heard(*said: Given, labels_sentences: bool = False) -> HeardChannel:
    sentences = tuple(Sentence(number, None, None, text, language) for number, (text, language) in enumerate(said))
    return HeardChannel(ChannelTranscript(0, "", sentences), labels_sentences)


def labelled(*channels: HeardChannel, stated: tuple[str | None, ...] = ()) -> list[tuple[str | None, str | None]]:
    found = label_languages(channels, stated)
    return [(said.language, said.language_source) for transcript in found for said in transcript.sentences]


def test_an_engine_that_labels_sentences_is_believed_whatever_they_say() -> None:
    channel = heard(("Thank you very much for calling us today.", "es"), ("123", None), labels_sentences=True)
    assert label_languages([channel], ["en"]) == [channel.transcript]


def test_a_window_s_language_gives_way_to_a_sentence_that_clearly_is_in_another() -> None:
    assert labelled(heard(ENGLISH, (SPANISH[0], "en"))) == [("en", "engine"), ("es", "text")]


@pytest.mark.parametrize("text", ["Okay.", "Bye bye!", "No.", "OK, Wi-Fi", "Amazon", "4821", "..."])
def test_a_short_sentence_keeps_what_the_engine_gave_it(text: str) -> None:
    assert labelled(heard(("您好，请问有什么可以帮您？", "zh"), (text, "zh")), stated=("zh", "en"))[1] == (
        "zh",
        "engine",
    )
    assert labelled(heard(SPANISH, (text, "es")), stated=("es", "en"))[1] == ("es", "engine")


def test_a_last_bye_bye_of_an_english_channel_is_not_chinese() -> None:
    assert labelled(heard(ENGLISH, ("Bye bye", "zh"))) == [("en", "engine"), ("en", "engine")]


@pytest.mark.parametrize(
    ("text", "language"),
    [("ありがとう", "ja"), ("了解です", "ja"), ("네", "ko"), ("ขอบคุณ", "th"), ("شكراً", "ar"), ("धन्यवाद", "hi"),
     ("Здравствуйте, чем могу помочь?", "ru"), ("Доброго дня, чим можу допомогти?", "uk"), ("好的", "zh")],
)  # fmt: skip
def test_the_script_decides_where_it_can_however_short_the_text(text: str, language: str) -> None:
    assert labelled(heard(ENGLISH, (text, "en")))[1] == (language, "text")


def test_han_alone_stays_japanese_where_japanese_is_spoken() -> None:
    assert labelled(heard(("ありがとうございます。", "ja"), ("了解", "ja")), stated=("zh",))[1] == ("ja", "engine")


def test_cantonese_of_an_engine_never_becomes_chinese() -> None:
    formal = "請問您需要辦理什麼業務，我可以幫您處理。"
    assert labelled(heard((formal, "yue")), stated=("zh",)) == [("yue", "engine")]
    assert labelled(heard((formal, None)), stated=("yue",)) == [("yue", "metadata")]


def test_written_cantonese_is_told_from_chinese_where_both_are_possible() -> None:
    assert labelled(heard(("你好嘅", "zh"), ("你好吗", "zh")), stated=("yue",)) == [("yue", "text"), ("zh", "engine")]


def test_a_channel_without_labels_is_read_and_its_short_sentences_follow() -> None:
    found = labelled(heard((SPANISH[0], None), ("Vale.", None), ("4821", None)))
    assert found == [("es", "text")] * 3


def test_what_the_metadata_say_holds_until_a_text_leaves_no_doubt() -> None:
    rows = [("Hola.", None), ("4821", None), ("Thank you for calling, how can I help you today?", None)]
    assert labelled(heard(*rows), stated=("es", None)) == [("es", "metadata"), ("es", "metadata"), ("en", "text")]


@pytest.mark.parametrize(
    "text",
    ["Goedemiddag, waarmee kan ik u vandaag helpen met uw bestelling?", "Jó napot kívánok, miben segíthetek önnek ma?",
     "Καλημέρα σας, πώς μπορώ να σας βοηθήσω;", "Bon dia, en què el puc ajudar avui amb la seva comanda?"],
)  # fmt: skip
@pytest.mark.parametrize("stated", [(), ("nl",)])
def test_a_language_that_tables_have_no_code_for_is_not_taken_for_another(text: str, stated: tuple[str, ...]) -> None:
    assert labelled(heard((text, None), ("4821", None)), stated=stated) == [(None, None), (None, None)]


def test_a_call_without_a_word_has_no_language() -> None:
    assert labelled(heard(("123", None), ("…", None))) == [(None, None), (None, None)]
    assert labelled(heard()) == []


def test_a_brand_does_not_make_a_chinese_sentence_english() -> None:
    assert written_in("我的 iPhone 坏了")[0] == "zh"
    assert weight_of("我的 iPhone") == 12


def test_languages_that_look_alike_do_not_bring_each_other_in() -> None:
    assert is_alike("id", "ms")
    rows = [("Selamat pagi, terima kasih kerana menghubungi kami hari ini.", "id")]
    assert labelled(heard(*rows)) == [("id", "engine")]


def test_nothing_is_said_of_a_text_that_tells_nothing() -> None:
    assert language_of("123", ("en", "es")) is None
    assert language_of("hello", ()) is None


def sample_calls() -> list[list[list[tuple[str, str]]]]:
    """The reference sentences of the samples by call and channel, each with its language."""
    calls = []
    for path in sorted(SAMPLES.rglob("*.transcript.json")):
        transcripts = json.loads(path.read_text(encoding="utf-8"))["transcripts"]
        calls.append([[(row["text"], row["language"]) for row in channel["sentences"]] for channel in transcripts])
    return calls


@pytest.mark.parametrize("knows", ["the channel's main language", "nothing", "the metadata's language"])
def test_nearly_all_sentences_of_the_samples_are_labelled_right(knows: str) -> None:
    right = total = 0
    for channels in sample_calls():
        main = Counter(language for channel in channels for _, language in channel).most_common(1)
        given = []
        for channel in channels:
            usual = Counter(language for _, language in channel).most_common(1)
            label = usual[0][0] if usual and knows == "the channel's main language" else None
            given.append(heard(*((text, label) for text, _ in channel)))
        stated = [main[0][0]] if main and knows == "the metadata's language" else []
        for transcript, channel in zip(label_languages(given, stated), channels, strict=True):
            for said, (_, language) in zip(transcript.sentences, channel, strict=True):
                total += 1
                right += said.language == language
    assert total > 350
    assert right / total > 0.98


def test_the_model_is_not_loaded_where_an_engine_labels_sentences() -> None:
    code = (
        "import sys; import qa_pipeline.transcription.sentence_languages as m; "
        "from qa_pipeline.transcription.results import ChannelTranscript, Sentence; "
        "channel = ChannelTranscript(0, '', (Sentence(0, 0, 1, 'Hello there', 'en'),)); "
        "m.label_languages([m.HeardChannel(channel, True)], ['es']); print('py3langid' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

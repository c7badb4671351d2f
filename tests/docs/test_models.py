"""docs/models.md says of each model what the code goes by."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.transcription.languages import ITN_LANGUAGES
from qa_pipeline.transcription.limits import Ask, byte_size, refusal, spoken_length
from qa_pipeline.transcription.models import MB, MODELS, Model, find_model
from tests.docs.markdown import fences, page, table

PAGE = page("docs/models.md")
ROWS = {
    row["model"].strip("`"): row
    for row in table(
        PAGE,
        "model", "how", "up to", "audio by", "sentence times", "word times", "language", "emotion", "context", "ITN",
        "US$ per channel-second",
    )
}  # fmt: skip


def _yes(value: object) -> str:
    return "yes" if value else "no"


def test_the_page_lists_the_models_of_the_code_in_its_order() -> None:
    assert list(ROWS) == [model.id for model in MODELS]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.id))
def test_each_row_is_the_codes(model: Model) -> None:
    row = ROWS[model.id]
    assert row["how"] == {"chat": "streamed"}.get(model.request, "task" if model.is_task_based else "at once")
    assert row["up to"] == f"{spoken_length(model.max_duration_s)}, {byte_size(model.max_bytes)}"
    assert row["audio by"] == ", ".join(model.audio_forms)
    given = [row[name] for name in ("sentence times", "word times", "language", "emotion", "context")]
    assert given == [
        _yes(value)
        for value in (
            model.returns_sentence_times,
            model.returns_word_times,
            model.returns_language,
            model.returns_emotion,
            model.max_context_tokens,
        )
    ]
    assert row["ITN"] == (", ".join(sorted(ITN_LANGUAGES)) if model.itn_languages else "no")
    prices = [f"{region} {usd:f}" for region, usd in model.price_per_s_usd]
    prices += [f"{region} ~{model.price(region):.7f}" for region, _ in model.price_per_million_tokens_usd]
    assert row["US$ per channel-second"] == (", ".join(prices) or "not published")


def test_the_refusals_shown_are_what_the_code_says() -> None:
    [shown] = [fence.body for fence in fences(PAGE) if "would take it" in fence.body]
    asked = Ask(name="call.wav", container="wav", size_bytes=MB, duration_s=60.0)
    said = [
        refusal(find_model("qwen3-asr-flash-filetrans"), Ask("call.wav", duration_s=12 * 3600 + 1.0)),
        refusal(find_model("qwen3-asr-flash-filetrans"), Ask("call.wav", region="us")),
        refusal(find_model("qwen3-asr-flash-filetrans"), Ask("call.wav", language="ja", enable_itn=True)),
    ]
    assert shown.splitlines() == said
    assert refusal(find_model("fun-asr"), asked) is None


def test_every_setting_named_on_the_page_exists() -> None:
    named = set(re.findall(r"QA_[A-Z_]+", PAGE.read_text(encoding="utf-8")))
    listed = page("docs/settings.md").read_text(encoding="utf-8")
    assert [name for name in sorted(named) if f"`{name.removeprefix('QA_').lower()}`" not in listed] == []

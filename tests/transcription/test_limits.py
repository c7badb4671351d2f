"""What a model does not take is said before a byte is sent, with the model that would take it."""

from __future__ import annotations

import dataclasses

import pytest

from qa_pipeline.transcription.limits import Ask, byte_size, refusal, spoken_length, takers
from qa_pipeline.transcription.models import GB, MB, MODELS, AudioForm, Model, find_model

FITS = Ask(name="a.wav", container="wav", size_bytes=MB, duration_s=60.0)

TASKS = (
    "qwen3-asr-flash-filetrans, fun-asr, fun-asr-mtl, paraformer-8k-v2, qwen-audio-3.1-asr-flash-filetrans, "
    "qwen-audio-3.0-asr-flash-filetrans"
)
QWEN_AUDIO = "qwen-audio-3.1-asr-flash, qwen-audio-3.0-asr-flash, qwen-audio-3.1-asr-flash-message"
REFUSED = [
    pytest.param(
        "qwen3-asr-flash-filetrans", {"duration_s": 12 * 3600 + 1.0},
        "a.wav lasts 12 h 0 min 1 s; qwen3-asr-flash-filetrans takes 12 h; no model would take it", id="12 h and 1 s",
    ),
    pytest.param(
        "fun-asr", {"size_bytes": 2 * GB + 1},
        "a.wav has 2,147,483,649 bytes; fun-asr takes 2,147,483,648 (2 GB); no model would take it",
        id="2 GB and 1 byte",
    ),
    pytest.param(
        "qwen3-asr-flash", {"size_bytes": 10 * MB + 1},
        "a.wav has 10,485,761 bytes; qwen3-asr-flash takes 10,485,760 (10 MB); "
        f"{TASKS} would take it", id="10 MB and 1 byte",
    ),
    pytest.param(
        "qwen3-asr-flash", {"size_bytes": 8 * MB, "form": "base64"},
        "a.wav has 11,184,811 bytes as Base64; qwen3-asr-flash takes 10,485,760 (10 MB); no model would take it",
        id="10 MB once it is Base64",
    ),
    pytest.param(
        "qwen3-asr-flash", {"duration_s": 300.001},
        "a.wav lasts 5 min 0.001 s; qwen3-asr-flash takes 5 min; "
        f"{TASKS} would take it", id="5 min and a little",
    ),
    pytest.param(
        "qwen3-asr-flash-filetrans", {"container": "aiff"},
        "a.wav is aiff; qwen3-asr-flash-filetrans takes aac, amr, avi, flac, flv, m4a, mkv, mov, mp3, mp4, mpeg, ogg, "
        "opus, wav, webm, wma, wmv; qwen3-asr-flash, qwen3-asr-flash-us would take it", id="aiff",
    ),
    pytest.param(
        "qwen3-asr-flash", {"container": "mp4"},
        "a.wav is mp4; qwen3-asr-flash takes aac, aiff, amr, avi, flac, flv, m4a, mkv, mp3, mpeg, ogg, opus, wav, "
        f"webm, wma, wmv; {TASKS}, {QWEN_AUDIO}, fun-asr-flash-2026-06-15 would take it",
        id="mp4",
    ),
    pytest.param(
        "qwen3-asr-flash-filetrans", {"context_tokens": 10_001},
        "the context has about 10,001 tokens; qwen3-asr-flash-filetrans takes 10,000; no model would take it",
        id="10,001 tokens",
    ),
    pytest.param(
        "fun-asr", {"context_tokens": 5},
        "fun-asr takes no context; qwen3-asr-flash-filetrans, qwen-audio-3.1-asr-flash-filetrans, "
        "qwen-audio-3.0-asr-flash-filetrans, qwen3-asr-flash, qwen3-asr-flash-us, "
        f"{QWEN_AUDIO}, fun-asr-flash-2026-06-15 would take it", id="context",
    ),
    pytest.param(
        "fun-asr", {"language": "tr"},
        "fun-asr takes no language 'tr' (it takes zh, yue, en, ja, de, ko, ru, fr, pt, ar, it, es, hi, id, th, vi, cs, "
        "da, fil, fi, ms, no, pl, sv, nl, el, hu, ro, bg, hr, sk); "
        "qwen3-asr-flash-filetrans, qwen3-asr-flash, qwen3-asr-flash-us would take it",
        id="Turkish",
    ),
    pytest.param(
        "qwen-audio-asr", {"language": "en"},
        "qwen-audio-asr takes no language 'en' (it finds the language itself); qwen3-asr-flash-filetrans, fun-asr, "
        "fun-asr-mtl, qwen-audio-3.1-asr-flash-filetrans, qwen-audio-3.0-asr-flash-filetrans, qwen3-asr-flash, "
        "qwen3-asr-flash-us would take it", id="any language",
    ),
    pytest.param(
        "qwen3-asr-flash-filetrans", {"language": "ja", "enable_itn": True},
        "qwen3-asr-flash-filetrans writes numbers as digits (enable_itn) in en, zh, not in 'ja'; "
        "no model would take it",
        id="ITN in Japanese",
    ),
    pytest.param(
        "fun-asr", {"enable_itn": True},
        "fun-asr has no inverse text normalization (enable_itn); qwen3-asr-flash-filetrans, qwen3-asr-flash, "
        "qwen3-asr-flash-us would take it", id="ITN",
    ),
    pytest.param(
        "qwen3-asr-flash-filetrans", {"region": "us"},
        "qwen3-asr-flash-filetrans is not offered in the region us (it is in beijing, singapore); "
        "qwen3-asr-flash-us would take it", id="region",
    ),
    pytest.param(
        "qwen3-omni-flash", {},
        f"qwen3-omni-flash takes no audio by upload (it does by url, base64); {TASKS}, qwen3-asr-flash, "
        f"qwen3-asr-flash-us, {QWEN_AUDIO}, fun-asr-flash-2026-06-15 would take it",
        id="upload",
    ),
    pytest.param(
        "paraformer-8k-v2", {"sample_rate_hz": 16000},
        f"a.wav has 16,000 samples a second; paraformer-8k-v2 takes 8,000; {TASKS.replace('paraformer-8k-v2, ', '')}, "
        f"qwen3-asr-flash, qwen3-asr-flash-us, {QWEN_AUDIO}, fun-asr-flash-2026-06-15 would take it",
        id="16 kHz for a model of telephone sound",
    ),
    pytest.param(
        "qwen-audio-3.1-asr-flash-filetrans", {"context_tokens": 900, "context_turns": 6},
        "the context makes 6 turns; qwen-audio-3.1-asr-flash-filetrans takes 5 of 400 characters; "
        "qwen3-asr-flash-filetrans, qwen3-asr-flash, qwen3-asr-flash-us would take it",
        id="more context than five turns",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("model_id", "changed", "said"), REFUSED)
def test_what_does_not_fit_is_named_with_the_models_that_take_it(
    model_id: str, changed: dict[str, object], said: str
) -> None:
    assert refusal(find_model(model_id), dataclasses.replace(FITS, **changed)) == said  # type: ignore[arg-type]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.id))
def test_every_model_takes_a_recording_at_its_own_limits_and_nothing_beyond_them(model: object) -> None:
    row = find_model(model.id)  # type: ignore[attr-defined]
    at_limit = Ask(
        name="a.wav",
        form=row.audio_forms[0],
        container="wav",
        size_bytes=row.max_bytes,
        duration_s=row.max_duration_s,
        context_tokens=row.max_context_tokens,
        region=row.regions[0],
    )
    assert refusal(row, at_limit) is None
    assert (row.id in takers(at_limit)) == (row.retired_on is None), "what is switched off is not advised"
    for beyond in (
        {"size_bytes": row.max_bytes + 1},
        {"duration_s": row.max_duration_s + 0.001},
        {"context_tokens": row.max_context_tokens + 1},
        {"container": "tta"},
        {"language": "xx"},
    ):
        said = refusal(row, dataclasses.replace(at_limit, **beyond))  # type: ignore[arg-type]
        assert said is not None
        assert row.id in said


def test_what_is_not_known_of_an_address_is_left_to_the_service() -> None:
    assert refusal(find_model("qwen3-asr-flash"), Ask(name="https://example.com/a", form="url")) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (7.5, "7.5 s"), (60, "1 min"), (300.001, "5 min 0.001 s"), (3600, "1 h"), (3601, "1 h 0 min 1 s")],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert spoken_length(seconds) == said


def test_a_size_is_said_as_the_reference_pages_say_it() -> None:
    assert (byte_size(10 * MB), byte_size(2 * GB)) == ("10 MB", "2 GB")


def test_others_are_asked_in_the_way_that_they_would_be() -> None:
    def ask(model: Model) -> Ask:
        form: AudioForm = "upload" if model.is_task_based else "base64"
        return Ask("call.wav", form=form, container="wav", size_bytes=1000, duration_s=301.0)

    said = refusal(find_model("qwen3-asr-flash"), ask)
    assert said == "call.wav lasts 5 min 1 s; qwen3-asr-flash takes 5 min; " + (f"{TASKS} would take it")

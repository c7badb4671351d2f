"""The client and the local service understand each other: every model that answers at once, whole and streamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.audio.mono_cuts import cut_to_fit
from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.generation import GenerationRequest
from qa_pipeline.dashscope.regions import endpoint_for
from qa_pipeline.transcription.generation import read_generation
from qa_pipeline.transcription.inline_audio import data_uri
from qa_pipeline.transcription.models import MODELS, find_model
from qa_pipeline.transcription.results import parse_result

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings"
CALL = SAMPLES / "2025-09-01" / "c0101.mp3"
AT_ONCE = [model.id for model in MODELS if not model.is_task_based]


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second channel of a sample call."""
    path = tmp_path_factory.mktemp("cut") / "customer.wav"
    cut_to_fit(CALL, 1, path, max_bytes=10**8)
    return path


@pytest.fixture(scope="module")
def inline(customer: Path) -> str:
    return data_uri(customer.read_bytes(), "wav")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model_id", AT_ONCE)
async def test_a_known_channel_is_heard(
    service_url: str, customer: Path, inline: str, model_id: str, stream: bool
) -> None:
    model = find_model(model_id)
    told: list[str] = []
    async with DashScopeClient(endpoint_for(service_url), "k") as client:
        if "base64" in model.audio_forms:
            audio = inline
        else:
            audio = await client.upload(customer, model=model_id, object_name=f"{stream}.wav")
        request = GenerationRequest(model, audio, context="Kewan" if model.max_context_tokens else None, stream=stream)
        answer = await client.generate(request, on_text=told.append)
    known = parse_result(CALL.with_suffix(".transcript.json").read_bytes()).channel(1)
    assert "".join((answer.text or "").split()) == "".join(known.text.split())
    assert answer.fault is None
    assert (answer.language is not None) is model.returns_language
    assert (answer.emotion is not None) is model.returns_emotion
    assert read_generation(answer.raw, channel_id=1).channel(1).text == answer.text
    is_streamed = stream or model.request == "chat"
    assert (answer.raw[:1] != b"{") is is_streamed
    assert told[-1:] == ([answer.text] if is_streamed else [])


async def test_a_call_that_breaks_a_rule_is_refused_by_its_own_code(service_url: str, inline: str) -> None:
    async with DashScopeClient(endpoint_for(service_url), "k") as client:
        with pytest.raises(errors.InvalidRequest, match="InvalidParameter"):
            await client.generate(GenerationRequest(find_model("qwen-audio-asr"), inline))
        with pytest.raises(errors.DashScopeError, match=r"InvalidParameter|BadRequest"):
            await client.generate(GenerationRequest(find_model("qwen3-asr-flash"), data_uri(b"no sound", "wav")))

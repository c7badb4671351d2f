"""What transcribing costs at list price. The service bills every second of every channel that succeeds."""

from __future__ import annotations

import math

from qa_pipeline.transcription.models import AUDIO_TOKENS_PER_S, TEXT_TOKENS_PER_S, Model


def billable_seconds(duration_s: float) -> int:
    """Whole seconds one channel of `duration_s` is expected to be billed for; a part second counts whole.

    The service does not document its rounding; rounding up never forecasts too little.
    """
    return math.ceil(round(duration_s, 3))


def price_usd(billed_s: float, model: Model, region: str) -> float:
    """List price in US dollars of `billed_s` channel-seconds."""
    return billed_s * model.price(region)


def estimate_remark(model_id: str) -> str:
    """What is to be said beside a forecast for a model whose tokens are priced."""
    return (
        f"{model_id} is priced by the token: the forecast is an estimate, of {AUDIO_TOKENS_PER_S} tokens per second of "
        f"sound and {TEXT_TOKENS_PER_S} of text; what is paid follows from the tokens that the service counts"
    )

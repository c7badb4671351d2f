"""Models whose tokens are priced: the ledger has what the counted tokens cost, not what was forecast."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa_pipeline.transcription.models import QWEN_AUDIO_FILETRANS, QWEN_AUDIO_MESSAGE, Model
from qa_pipeline.transcription.parameters import TranscriptionParameters
from tests.dispatch.trial import Trial


@pytest.mark.parametrize("model", [QWEN_AUDIO_FILETRANS, QWEN_AUDIO_MESSAGE], ids=lambda model: model.id)
def test_what_was_paid_follows_from_the_tokens(trial: Trial, model: Model) -> None:
    asked = TranscriptionParameters(hot_words='{"Hilton": 50}').for_model(model)
    wanted = [replace(item, model=model.id, parameters=asked) for item in trial.calls("bank")]
    assert trial.run(wanted).answered == 2
    for unit in trial.units(wanted):
        assert unit.billed_s
        tokens = 25 * unit.billed_s, 5 * unit.billed_s
        assert unit.cost_usd == pytest.approx(model.price_of_tokens("beijing", *map(int, tokens)))


def test_the_accounts_own_price_goes_before_tokens(trial: Trial) -> None:
    asked = TranscriptionParameters().for_model(QWEN_AUDIO_FILETRANS)
    wanted = [replace(item, model=QWEN_AUDIO_FILETRANS.id, parameters=asked) for item in trial.calls("bank")]
    trial.run(wanted, own_price_usd=0.5)
    assert [unit.cost_usd for unit in trial.units(wanted)] == [
        0.5 * (unit.billed_s or 0) for unit in trial.units(wanted)
    ]

from __future__ import annotations

import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"vad_mode": 4}, "modes 0 to 3"),
        ({"vad_frame_ms": 25}, "10, 20 or 30 ms"),
        ({"max_lag_ms": 0}, "1 to 1000"),
        ({"clipping_level": 40_000}, "1 to 32767"),
        ({"clipping_run": 0}, "at least 1"),
        ({"min_speech_ms": -1}, "min_speech_ms is -1"),
        ({"dual_mono_correlation": 1.2}, "dual_mono_correlation is 1.2"),
        ({"clipped_ratio": -0.1}, "clipped_ratio is -0.1"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused_by_name(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AcousticOptions(**wrong)  # type: ignore[arg-type]

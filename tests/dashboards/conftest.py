"""A published scenario with sound, and the settings that point the dashboards at it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests import scenario


def write_tone(path: Path, codec: str = "pcm_mulaw", seconds: float = 30.0, rate: int = 8000) -> None:
    """A stereo file with a different tone on each channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(seconds * rate)) / rate
    tones = np.stack([np.sin(2 * np.pi * hertz * times) for hertz in (330, 550)])
    samples = (tones * 8000).astype("<i2")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing zone: a call as µ-law, one as plain PCM, one that is text; all others are gone."""
    root = tmp_path_factory.mktemp("recordings")
    write_tone(root / "2025-09-01" / "c0102.wav")
    write_tone(root / "2025-09-03" / "c0302.wav", "pcm_s16le")
    broken = root / "2025-09-02" / "c0201.wav"
    broken.parent.mkdir()
    broken.write_text("this is no sound", encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """A QA_HOME with the scenario published. Tests that publish more use a home of their own."""
    home = tmp_path_factory.mktemp("home")
    scenario.publish_snapshot(home, recordings=recordings)
    return home


@pytest.fixture
def point_settings(monkeypatch: pytest.MonkeyPatch, recordings: Path) -> pytest.MonkeyPatch:
    """Settings of this machine's user kept out; QA_HOME is set by each test."""
    monkeypatch.setenv("QA_RECORDINGS", str(recordings))
    monkeypatch.setenv("QA_TIMEZONE", "Asia/Shanghai")
    for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_HTTP_BASE_URL", "QA_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch

"""A gateway on loopback is paid for: commands say what it costs and ask first."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import Typed
from tests.service.gateway import RECORDED, Gateway, gateway

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings"
CALL = SAMPLES / "2025-09-01" / "c0101.mp3"


@pytest.fixture(params=[None, '{"status": "ok"}', RECORDED], ids=["no health", "healthy", "recorded"])
def paid(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with gateway(request.param) as there:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", there.base_url)
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-paid")
        yield there


def test_transcribe_asks_before_anything_is_sent(typed: Typed, paid: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    done = typed("transcribe", CALL)
    assert done.code == 1
    assert "dashscope beijing via 127.0.0.1:" in done.err
    assert "US$ 0.0041 at list price" in done.err
    assert "Nothing was sent." in done.out
    assert paid.sent == []


def test_cost_gives_the_list_price(typed: Typed, paid: Gateway, tmp_path: Path) -> None:
    day = tmp_path / "recordings" / "2025-09-01"
    day.mkdir(parents=True)
    os.utime(shutil.copy(CALL, day), (0, 0))  # copied long ago: nothing waits for it to settle
    done = typed("cost", "--from", "2025-09-01", "--to", "2025-09-01")
    assert done.code == 0, done.err
    assert "in beijing at US$ 0.000032 per channel-second" in done.out
    assert "0.0041" in done.out
    assert "free" not in done.out
    assert paid.sent == []


def test_doctor_names_the_paid_service(typed: Typed, paid: Gateway) -> None:
    done = typed("doctor")
    [line] = [line for line in done.out.splitlines() if line.startswith(("ok   service", "FAIL service"))]
    assert paid.base_url in line
    assert "local service" not in line

"""The programs of docs/local-service.md that call a model that answers at once do what the page says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from qa_pipeline.local_service import ServiceConfig, start_local_service
from tests.docs.markdown import ROOT, Fence, fences, page

PROGRAMS = [fence for fence in fences(page("docs/local-service.md")) if "call" in fence.words]
ONE_MINUTE_S = 60.0


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    folder = ROOT / "samples" / "recordings" / "2025-09-01"
    with start_local_service(ServiceConfig(references=(folder,)), run_in="thread") as service:
        yield service.base_url


@pytest.mark.parametrize(
    ("program", "said"), list(zip(PROGRAMS, ["128", "supervisor"], strict=True)), ids=["sdk", "openai"]
)
def test_the_program_prints_the_text_of_a_sample_call(base_url: str, program: Fence, said: str) -> None:
    environment = {
        **os.environ,
        "DASHSCOPE_HTTP_BASE_URL": base_url,
        "DASHSCOPE_API_KEY": "local",
        "NO_PROXY": "127.0.0.1",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program.body],
        cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=ONE_MINUTE_S, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    assert said in done.stdout

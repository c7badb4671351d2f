"""What docs/local-service.md shows runs, against a real local service."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import get_args

import pytest

from qa_pipeline.local_service.config import RecognizerName, ServiceConfig
from qa_pipeline.local_service.faults import Action, Endpoint, fault_plan
from qa_pipeline.local_service.recognizers import failures, openai_requests, sense_voice, speech_cuts
from qa_pipeline.local_service.weights.catalogue import SENSE_VOICE
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.results import parse_result
from tests.docs.markdown import ROOT, Fence, fences, page, sections, table
from tests.local_service.in_thread import service_in_thread

PAGE = page("docs/local-service.md")
SNIPPETS = [fence for fence in fences(PAGE) if "run" in fence.words]
ONE_MINUTE_S = 60.0


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    folder = ROOT / "samples" / "recordings" / "2025-09-01"
    with service_in_thread(ServiceConfig(references=(folder,))) as service:
        yield service.base_url


@pytest.mark.parametrize(
    ("snippet", "said"),
    list(zip(SNIPPETS, ["128", "supervisor"] * 2, strict=True)),
    ids=["sdk task", "httpx task", "sdk call", "openai call"],
)
@pytest.mark.process
def test_the_programs_of_the_page_transcribe_a_sample_call(base_url: str, snippet: Fence, said: str) -> None:
    environment = {
        **os.environ,
        "DASHSCOPE_HTTP_BASE_URL": base_url,
        "DASHSCOPE_API_KEY": "local",
        "NO_PROXY": "127.0.0.1",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", snippet.body],
        cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=ONE_MINUTE_S, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    assert said in done.stdout


def shown(name: str) -> str:
    [found] = [fence.body for fence in fences(PAGE) if fence.file_name == name]
    return found


def test_the_reference_transcript_of_the_page_is_one() -> None:
    result = parse_result(shown("call.transcript.json").encode())
    agent, customer = result.transcripts
    assert [sentence.emotion for sentence in agent.sentences] == ["happy", None]
    assert customer.sentences == ()


def test_the_fault_plan_of_the_page_is_taken() -> None:
    plan = fault_plan(json.loads(shown("plan.json")))
    assert plan.task_latency_s == (2.0, 6.0)
    assert len(plan.rules) == 6


def test_every_endpoint_and_action_of_a_fault_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [item for item in (*get_args(Endpoint), *get_args(Action)) if f"`{item}`" not in text] == []


def test_the_address_of_the_page_is_the_default_one() -> None:
    settings = Settings.model_fields
    address = f"http://{settings['host'].default}:{settings['local_service_port'].default}/api/v1"
    assert f"`{address}`" in PAGE.read_text(encoding="utf-8")


def test_every_recognizer_is_in_the_table_and_can_be_chosen_by_the_setting() -> None:
    listed = [row["recognizer"].strip("`") for row in table(PAGE, "recognizer", "answers", "needs")]
    assert listed == list(get_args(Settings.model_fields["local_recognizer"].annotation))
    assert {*listed, "benchmark"} == set(get_args(RecognizerName))


def test_every_failure_of_a_recognizer_is_explained() -> None:
    codes = {value for name, value in vars(failures).items() if name.endswith("_CODE")}
    assert {
        row["code of the failed task"].strip("`") for row in table(PAGE, "code of the failed task", "when", "then")
    } == codes
    row = next(row for row in table(PAGE, "code of the failed task", "when", "then") if "UNAVAILABLE" in str(row))
    assert {int(number) for number in re.findall(r"\b\d{3}\b", row["when"])} == openai_requests._TRY_AGAIN
    assert (openai_requests.ATTEMPTS, openai_requests.ANSWER_TIMEOUT_S) == (4, 5 * 60)


def test_figures_of_the_recognizers_are_those_of_the_code() -> None:
    text = " ".join(sections(PAGE)["Recognizers"].split())
    assert f"{sense_voice.MIN_SILENCE_S:g} s, and at {sense_voice.HARD_LIMIT_S:g} s" in text
    assert f"at most {speech_cuts.HARD_LIMIT_FRAMES * 20 // 1000} s" in text
    assert f"{SENSE_VOICE.size_bytes / 1e6:.0f} MB" in text
    assert "(" + ", ".join(f"`{file.name}`" for file in SENSE_VOICE.files) + ")" in text

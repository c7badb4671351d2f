"""Why something was not transcribed, in the language of whoever reads: by the code of the reason."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.dashscope.task_failures import TASK_FAILURES
from qa_pipeline.ledger.states import READING_FAULTS
from qa_pipeline.published.standing import FIXES
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.wording import languages
from qa_pipeline.wording.channels import failure
from qa_pipeline.wording.problems import in_one_text, meaning, problem

SENTENCE = "c0104.wav has one channel, so agent and customer can't be told apart; let the recorder keep each apart."


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "_ask", lambda: "zh")


def test_an_english_reader_gets_the_runs_own_sentence_with_its_details() -> None:
    assert in_one_text(problem("mono", SENTENCE)) == SENTENCE
    assert in_one_text(problem("mono", None)) == "one channel: agent and customer can't be told apart"
    assert failure("DECODE_ERROR", None) == "not transcribed: DECODE_ERROR: the service could not decode the recording"
    assert failure("SomethingNew", None) == "not transcribed: SomethingNew: the service gave no reason"


@pytest.mark.usefixtures("chinese")
def test_a_chinese_reader_gets_what_the_code_means_and_what_to_do_and_the_sentence_as_a_note() -> None:
    found = problem("mono", SENTENCE)
    assert found.said == "单声道：无法区分坐席和客户。处理办法：将双方分开录音，或把 on_mono 设为 diarize 或 single"
    assert found.original == SENTENCE
    assert in_one_text(problem("STILL_OPEN", None)) == "服务尚未返回结果。处理办法：重新运行这些日期"
    assert failure("DECODE_ERROR", "bad file").startswith("未转写: DECODE_ERROR: 服务无法解码录音。处理办法：")


@pytest.mark.usefixtures("chinese")
def test_a_code_of_a_later_version_is_shown_as_the_run_wrote_it() -> None:
    assert (problem("SomethingNew", "as it was"), meaning("SomethingNew")) == (problem(None, "as it was"), "")


CODES = {
    *map(str, QuarantineReason),
    *FIXES,
    *READING_FAULTS,
    *TASK_FAILURES,
    *("SOURCE_MISSING", "SOURCE_CHANGED", "SOURCE_REFUSED", "OUTCOME_UNKNOWN", "NOT_RECONCILED", "ANSWER_LOST"),
    *("TASK_UNKNOWN", "RESULT_EXPIRED", "RESULT_REFUSED", "RESULT_MISSING", "RESULT_TOO_LARGE", "NOT_A_RESULT"),
    *("LANGUAGE_NOT_TAKEN", "NOT_TAKEN_BY_MODEL", "Arrearage", "InvalidApiKey", "Throttling.RateQuota"),
    *("DataInspectionFailed", "InvalidParameter.DataInspection", "InternalError.Algo"),
}


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_pipeline_has_a_chinese_meaning(code: str) -> None:
    assert "处理办法" in problem(code, "a sentence").said
    assert not re.search("[a-z]", meaning(code))

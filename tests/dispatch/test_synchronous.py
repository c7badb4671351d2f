"""Models that answer at once: no task to ask about, so the money rules are tried at every moment between."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from typing import Any

import pytest

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dispatch.synchronous import ANSWER_LOST
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.documents import read_document
from qa_pipeline.transcription.models import (
    FUN_ASR,
    FUN_ASR_FLASH,
    PARAFORMER_8K,
    QWEN3_FLASH,
    QWEN_AUDIO_ASR,
    QWEN_OMNI,
    Model,
    UnknownPrice,
)
from qa_pipeline.transcription.parameters import TranscriptionParameters
from tests.dispatch.trial import BILLED_S, LOCAL, PAID, Trial

SLOW = {"endpoint": "generation", "action": "delay", "delay_s": 2.0}


def asked_of(model: Model, wanted: list[WorkItem], **values: Any) -> list[WorkItem]:
    parameters = TranscriptionParameters(language="zh").for_model(model)
    given = {"model": model.id, "parameters": parameters, "apart": not model.is_task_based, **values}
    return [dataclasses.replace(unit, **given) for unit in wanted]


def flash(trial: Trial, *names: str, **values: Any) -> list[WorkItem]:
    return asked_of(QWEN3_FLASH, trial.calls(*names), **values)


def only(trial: Trial, wanted: list[WorkItem], kind: str = "dashscope") -> LedgerRow:
    [unit] = trial.units(wanted, kind)
    return unit


def leftovers(trial: Trial) -> list[str]:
    return [path.name for path in (trial.folder / "cuts").rglob("*") if path.is_file()]


def test_each_channel_is_one_file_one_request_and_one_answer_kept_as_it_came(trial: Trial) -> None:
    wanted = flash(trial, "bank", "hotel")
    report = trial.run(wanted, together=True)
    assert (report.sent, report.answered, report.billed_s) == (4, 4, 4 * BILLED_S)
    for unit in trial.units(wanted):
        assert unit.raw_path is not None
        raw = (trial.folder / "raw" / unit.raw_path).read_bytes()
        assert json.loads(raw)["output"]["choices"][0]["finish_reason"] == "stop"
        transcript = read_document(raw, channel_id=unit.channel_id).channel(unit.channel_id)
        assert (transcript.text, transcript.sentences[0].language) == (f"{unit.call_id}。", "zh")
        assert transcript.sentences[0].begin_ms is None
        assert (unit.state, unit.task_id, unit.billed_s) == (UnitState.FETCHED, None, BILLED_S)
        assert unit.cost_usd == pytest.approx(BILLED_S * QWEN3_FLASH.price("beijing"))
    assert trial.billed() == 4 * BILLED_S
    assert leftovers(trial) == []


def test_a_rerun_asks_nothing(trial: Trial) -> None:
    wanted = flash(trial, "bank")
    trial.run(wanted)
    again = trial.run(wanted)
    assert (again.sent, again.skipped_as_paid) == (0, 2)
    assert trial.billed() == 2 * BILLED_S


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_is_unknown_and_asked_for_on_a_persons_word_only(trial: Trial, action: str) -> None:
    wanted = flash(trial, "bank")[:1]
    trial.fault({"endpoint": "generation", "action": action})
    assert trial.run(wanted).unknown == 1
    lost = only(trial, wanted)
    assert (lost.state, lost.code) == (UnitState.UNKNOWN, ANSWER_LOST)
    assert "no task to look for" in (lost.message or "")
    trial.fault()
    assert trial.run(wanted).sent == 0, "nobody may pay twice without being asked"

    trial.ledger.plan_again([lost.unit_id], PAID)
    assert trial.run(wanted).answered == 1
    assert only(trial, wanted).attempt == 2


def test_a_service_that_is_busy_is_asked_again_and_bills_once(trial: Trial) -> None:
    wanted = flash(trial, "bank")
    busy = {"endpoint": "generation", "action": "status", "status": 429, "code": "Throttling.RateQuota", "times": 2}
    trial.fault(busy, {"endpoint": "generation", "action": "status", "status": 503, "times": 1})
    assert trial.run(wanted).answered == 2
    assert trial.billed() == 2 * BILLED_S


def test_a_refused_recording_fails_alone(trial: Trial) -> None:
    wanted = flash(trial, "bank", "hotel")
    refused = {"endpoint": "generation", "action": "status", "status": 400, "code": "InvalidParameter", "nth": [1]}
    trial.fault(refused)
    report = trial.run(wanted)
    assert (report.answered, report.failed_by_code) == (3, {"InvalidParameter": 1})


def test_a_refused_account_stops_all_asking_and_leaves_the_rest_to_be_sent(trial: Trial) -> None:
    wanted = flash(trial, "bank", "hotel", "shop")
    trial.fault({"endpoint": "generation", "action": "status", "status": 401, "code": "InvalidApiKey"})
    report = trial.run(wanted)
    assert "refuses this account" in (report.stopped_by or "")
    assert set(trial.states(wanted)) == {"planned"}
    trial.fault()
    assert trial.run(wanted).answered == 6


def test_an_answer_that_makes_no_sense_was_paid_for_and_is_kept(trial: Trial) -> None:
    wanted = flash(trial, "bank")[:1]
    odd = {"request_id": "r", "output": {"surprise": 1}, "usage": {"seconds": 2}}
    body = {"status": 200, "body": json.dumps(odd), "content_type": "application/json"}
    trial.fault({"endpoint": "generation", "action": "status", **body})
    trial.run(wanted)
    unit = only(trial, wanted)
    assert (unit.state, unit.billed_s) == (UnitState.FETCHED, 2.0)
    assert json.loads(trial.raw_store.get(unit.raw_path or "", unit.raw_sha256 or "")) == odd


def test_a_recording_that_is_gone_or_replaced_is_not_asked_about(trial: Trial) -> None:
    wanted = flash(trial, "bank", "hotel")
    (trial.folder / "landing" / "bank.wav").unlink()
    (trial.folder / "landing" / "hotel.wav").write_bytes((trial.folder / "landing" / "shop.wav").read_bytes())
    report = trial.run(wanted)
    assert report.failed_by_code == {"SOURCE_MISSING": 2, "SOURCE_CHANGED": 2}
    assert trial.billed() == 0


# -- killed ---------------------------------------------------------------------------------------------------------


def killed(trial: Trial, wanted: list[WorkItem]) -> LedgerRow:
    """A row whose sender was killed after the ledger said `sending`."""
    [unit] = trial.ledger.plan(wanted, PAID, together=False)
    trial.ledger.move(unit.submission_id, UnitState.SENDING, worker_id="killed", sending_at=trial.ledger.clock())
    return unit


def test_a_run_that_was_killed_between_question_and_answer_leaves_an_unknown_one(trial: Trial) -> None:
    wanted = flash(trial, "bank")[:1]
    killed(trial, wanted)
    report = trial.run(wanted)
    assert (report.unknown, report.sent, only(trial, wanted).code) == (1, 0, ANSWER_LOST)
    assert trial.billed() == 0


def test_a_run_that_was_killed_with_the_answer_on_the_disk_has_it(trial: Trial) -> None:
    wanted = flash(trial, "bank")[:1]
    unit = killed(trial, wanted)
    trial.raw_store.put(unit.model, unit.call_date, unit.submission_id, b'{"output": {"text": "x"}}')
    report = trial.run(wanted)
    assert (report.answered, report.sent) == (1, 0)
    found = only(trial, wanted)
    assert (found.state, found.billed_s) == (UnitState.FETCHED, BILLED_S)


def test_what_another_living_run_is_asking_is_left_alone(trial: Trial) -> None:
    wanted = flash(trial, "bank")[:1]
    trial.fault(SLOW)

    async def both() -> tuple[Any, Any]:
        first = asyncio.create_task(trial.dispatch(wanted))
        while trial.states(wanted) != ["sending"]:  # noqa: ASYNC110 - another task's database
            await asyncio.sleep(0.01)
        return await trial.dispatch(wanted), await first

    second, first = asyncio.run(both())
    assert (second.sent, second.unknown, first.answered) == (0, 0, 1)
    assert trial.billed() == BILLED_S


def test_a_run_that_is_told_to_stop_keeps_what_it_has_asked(trial: Trial) -> None:
    wanted = flash(trial, "bank")[:1]
    trial.fault(SLOW)

    async def stop_it() -> None:
        run = asyncio.create_task(trial.dispatch(wanted))
        while trial.states(wanted) != ["sending"]:  # noqa: ASYNC110 - another task's database
            await asyncio.sleep(0.01)
        run.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await run

    asyncio.run(stop_it())
    assert trial.states(wanted) == ["fetched"]
    assert trial.billed() == BILLED_S
    assert trial.run(wanted).sent == 0


def test_cuts_of_a_killed_run_are_swept_away(trial: Trial) -> None:
    left = trial.folder / "cuts" / "a-worker-long-gone" / "unit.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"RIFF")
    trial.run(flash(trial, "bank"))
    assert leftovers(trial) == []


# -- the family -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [QWEN_AUDIO_ASR, FUN_ASR_FLASH, QWEN_OMNI], ids=lambda model: model.id)
def test_the_other_models_are_asked_in_their_own_way(trial: Trial, model: Model) -> None:
    wanted = asked_of(model, trial.calls("bank"), context="ACME" if model.max_context_tokens else None)
    report = trial.run(wanted, billing=LOCAL)
    assert report.answered == 2, report
    for unit in trial.units(wanted, "local"):
        raw = trial.raw_store.get(unit.raw_path or "", unit.raw_sha256 or "")
        assert read_document(raw, channel_id=unit.channel_id).channel(unit.channel_id).text == "bank。"
        assert (unit.raw_path or "").endswith(".sse" if model is QWEN_OMNI else ".json")


def test_one_run_asks_several_models(trial: Trial) -> None:
    wanted = flash(trial, "bank") + trial.calls("hotel") + asked_of(FUN_ASR, trial.calls("shop"))
    report = trial.run(wanted, billing=LOCAL)
    assert report.answered == 6
    assert {unit.model for unit in trial.units(wanted, "local")} == {item.model for item in wanted}
    assert {task["model"] for task in trial.tasks()} == {"qwen3-asr-flash-filetrans", "fun-asr"}


def test_a_model_without_a_known_price_is_not_asked_at_somebodys_cost(trial: Trial) -> None:
    wanted = asked_of(PARAFORMER_8K, trial.calls("bank"))
    with pytest.raises(UnknownPrice, match="no price of paraformer-8k-v2 is known for the region 'beijing'"):
        trial.run(wanted)
    assert trial.tasks() == []
    assert trial.run(wanted, own_price_usd=0.0001).answered == 2


# -- context --------------------------------------------------------------------------------------------------------


def test_the_context_of_the_call_goes_along_at_once(trial: Trial) -> None:
    plain, helped = flash(trial, "bank"), flash(trial, "hotel", context="ACME Initech 科万")
    trial.run(plain + helped)
    tokens = {
        unit.call_id: json.loads(trial.raw_store.get(unit.raw_path or "", unit.raw_sha256 or ""))["usage"][
            "input_tokens_details"
        ]["text_tokens"]
        for unit in trial.units(plain + helped)
    }
    assert tokens["bank"] == 0 < tokens["hotel"], "the service counts the tokens of a context"


def test_the_context_of_the_call_goes_along_with_a_task(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [dataclasses.replace(unit, context="ACME Initech") for unit in trial.calls("bank")[:1]]
    bodies, submit = [], DashScopeClient.submit

    async def noted(self: DashScopeClient, request: Any, **options: Any) -> Any:
        bodies.append(json.loads(request.body()))
        return await submit(self, request, **options)

    monkeypatch.setattr(DashScopeClient, "submit", noted)
    trial.run(wanted)
    assert [body["parameters"]["corpus"] for body in bodies] == [{"text": "ACME Initech"}]
    assert trial.run([dataclasses.replace(unit, context="another") for unit in wanted]).sent == 0

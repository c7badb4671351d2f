"""Results that no service should send: kept byte for byte, named, never half-loaded, and nobody else's trouble.

What is no result is not taken for one, and fetched again. A result without the channel is unreadable. Of any other one
odd value costs itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from qa_pipeline.transcription import results
from tests.pipeline.harness import Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.pipeline.tampering import Tamper, tampered

DAY = "2025-09-01"


LONGEST = 100_000
"""Bytes of a result, more than any of the sample's; the product takes a thousand times as many."""


def edited(change: Callable[[dict[str, Any]], None]) -> Tamper:
    """A tamper that changes the document and writes it again."""

    def tamper(body: bytes) -> bytes:
        document = json.loads(body)
        change(document)
        return json.dumps(document, ensure_ascii=False).encode()

    return tamper


def first_sentence(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["transcripts"][0]["sentences"][0]
    return found


NO_RESULT: dict[str, tuple[Tamper, str]] = {
    "c0101": (lambda body: body[: len(body) // 2], "is not JSON"),
    "c0102": (edited(lambda document: document.pop("transcripts")), "transcripts is missing"),
    "c0108": (lambda body: body + b" " * LONGEST, "is not a result"),
}
"""Call → what happens to the results of both its channels, and what is said of it while they do not come."""

BAD = {"c0103": edited(lambda document: document["transcripts"][0].update(channel_id=7))}
"""The result of a channel that was not asked for."""

ODD: dict[str, tuple[Tamper, tuple[str, str]]] = {
    "c0104": (edited(lambda document: document["transcripts"][0]["sentences"].reverse()), ("sentences", "sorted")),
    "c0105": (edited(lambda document: first_sentence(document).update(emotion="calm")), ("emotion", "null")),
    "c0106": (edited(lambda document: first_sentence(document).update(language="klingon")), ("language", "null")),
    "c0107": (edited(lambda document: first_sentence(document).update(end_time=float("nan"))), ("end_time", "derived")),
}
"""Call → what happens to the results of both its channels, and the field and action of what is remarked."""


@pytest.mark.whole_run
def test_bad_results_are_kept_named_and_never_half_loaded(
    pipeline: Pipeline, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MAX_RESULT_BYTES", LONGEST)
    pipeline.land_sample_day(DAY)
    pipeline.settings["QA_MAX_FAILED_SHARE"] = "1"
    tampers = {call: tamper for call, (tamper, _) in {**NO_RESULT, **ODD}.items()} | BAD
    with tampered(service_url, tampers) as wire:
        pipeline.base_url = wire.base_url
        done = pipeline.command("run", "--from", DAY)
    assert done.returncode == 1, "six channels remain"
    assert set(wire.delivered) == set(tampers)

    loaded = {call for (call,) in pipeline.query("select distinct call_id from sentences")}
    loaded |= {call for (call,) in pipeline.query("select distinct call_id from transcripts")}
    assert loaded.isdisjoint({*NO_RESULT, *BAD}), "a bad result was loaded in part"
    calls = dict(pipeline.query("select call_id, status from calls"))
    assert calls["c0109"] == "ok", "the day's other calls are disturbed"
    for call, (_, remark) in ODD.items():
        found = pipeline.query("select field, action from transcript_remarks where call_id = $1", call)
        assert (calls[call], remark in found) == ("ok", True), call
    status = pipeline.command("status").stdout
    assert "1 call with BAD_RESULT: c0103" in status
    assert "3 calls with STILL_OPEN: c0101, c0102, c0108" in status
    [*unreadable] = tasks(pipeline, "c0103")
    assert [code for code, _, _ in unreadable] == ["BAD_RESULT"] * 2
    assert all("was asked for, the result has channels [7]" in message for _, message, _ in unreadable)
    on_disk = [(pipeline.home / "raw" / path).read_bytes() for _, _, path in unreadable]
    assert wire.delivered["c0103"] in on_disk, "the result is not kept byte for byte"
    odd = [path.read_bytes() for path in (pipeline.home / "raw" / "odd").rglob("*.odd")]
    for call, (_, said) in NO_RESULT.items():
        assert [(code, path) for code, _, path in tasks(pipeline, call)] == [("NOT_A_RESULT", None)] * 2
        assert all(said in message and "raw/odd/" in message for _, message, _ in tasks(pipeline, call))
        assert wire.delivered[call] in odd, f"{call}: what came is not kept byte for byte"

    pipeline.base_url = service_url
    billed = pipeline.usage()
    run_steps(pipeline, DAY)
    assert pipeline.usage() == billed, "a rerun sent what is paid for"
    calls = dict(rows(pipeline, "select call_id, status from calls"))
    assert {calls[call] for call in NO_RESULT} == {"ok"}

    healed = pipeline.command("retry", "--from", DAY, "--yes")
    assert healed.returncode == 0, healed.stderr
    assert "2 of them were answered and paid for" in healed.stdout
    assert pipeline.usage().seconds > billed.seconds
    assert dict(pipeline.query("select call_id, status from calls"))["c0103"] == "ok"


def tasks(pipeline: Pipeline, call_id: str) -> list[tuple[Any, ...]]:
    """Code, message and path of what was sent of a call."""
    return pipeline.query(
        "select t.code, t.message, t.raw_path from transcription_tasks t join calls c using (recording_id) "
        "where c.call_id = $1",
        call_id,
    )


@pytest.mark.chaos
@pytest.mark.whole_run
def test_a_day_of_answers_that_nobody_can_read_is_no_success_whenever_it_is_run(
    small: Pipeline, service_url: str
) -> None:
    of_another_channel = edited(lambda document: document["transcripts"][0].update(channel_id=7))
    with tampered(service_url, dict.fromkeys(("c0101", "c0104", "c0108"), of_another_channel)) as wire:
        small.base_url = wire.base_url
        first = small.command("run", "--from", DAY)
    small.base_url = service_url
    for done in (first, small.command("run", "--from", DAY)):
        assert done.returncode == 1
        assert "failed_share_is_acceptable of transcripts failed: failed_share 1" in done.stderr
        assert "✓" not in done.stdout
    small.settings["QA_MAX_FAILED_SHARE"] = "1"
    done = small.run(DAY)
    assert (
        f"✓ every call from {DAY} to {DAY} came to its end; 6 channels failed, within max_failed_share" in done.stdout
    )

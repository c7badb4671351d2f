"""What is done about each defect, by each value of its setting."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest

from qa_pipeline.audio.defects import Defect
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.recordings.sound_handling import (
    ChannelAction,
    DefectHandling,
    DualMonoHandling,
    Handling,
    SilentHandling,
    explain_quarantine,
    judge_sound,
    only_channel_with_both,
)

SEND, SILENT, DUPLICATE, ASIDE = ChannelAction
NONE: tuple[Defect, ...] = ()


def judged(first: tuple[Defect, ...], second: tuple[Defect, ...], agent_channel: int = 0, **handling: Any) -> Any:
    verdict = judge_sound((first, second), agent_channel, DefectHandling(**handling))
    return (*verdict.actions, verdict.reason)


def test_a_call_without_defects_is_sent() -> None:
    assert judged(NONE, NONE) == (SEND, SEND, None)


def only_channel(first: tuple[Defect, ...], second: tuple[Defect, ...], **handling: Any) -> int | None:
    return only_channel_with_both((first, second), judge_sound((first, second), 1, DefectHandling(**handling)))


def test_the_one_channel_that_is_sent_may_have_both_parties_on_it() -> None:
    dual, alone, silent = (Defect.DUAL_MONO,), (Defect.ONE_SIDED,), (Defect.SILENT,)
    assert only_channel(dual, dual) == 1, "the agent's, which is sent for both"
    assert only_channel(alone, silent) == 0
    assert only_channel(silent, alone) == 1
    assert only_channel(alone, (*silent, Defect.BLEEDING)) == 0, "an echo is nobody"
    assert only_channel(NONE, NONE) is None
    assert only_channel(NONE, silent) is None, "too little is said to tell"
    assert only_channel(silent, silent) is None
    assert only_channel(dual, dual, on_dual_mono="both") is None
    assert only_channel(dual, dual, on_dual_mono="quarantine") is None
    assert only_channel(alone, silent, on_silent_channel="transcribe") is None


def test_defects_that_are_only_named_change_nothing() -> None:
    named = (Defect.CLIPPED, Defect.FAINT, Defect.ROLE_SWAP_SUSPECTED)
    for handling in everything_but_quarantine():
        assert judged(named, named, **handling) == (SEND, SEND, None)


def everything_but_quarantine() -> list[dict[str, str]]:
    dual, silent, rest = (
        [value for value in get_args(kind) if value != "quarantine"]
        for kind in (DualMonoHandling, SilentHandling, Handling)
    )
    names = ("on_dual_mono", "on_silent_channel", "on_bleeding", "on_one_sided", "on_truncated")
    return [dict(zip(names, values, strict=True)) for values in product(dual, silent, rest, rest, rest)]


@pytest.mark.parametrize(("agent_channel", "expected"), [(0, (SEND, DUPLICATE)), (1, (DUPLICATE, SEND))])
def test_of_dual_mono_the_agents_channel_is_sent_once(agent_channel: int, expected: tuple[Any, ...]) -> None:
    both = (Defect.DUAL_MONO,)
    assert judged(both, both, agent_channel) == (*expected, None)
    assert judged(both, both, agent_channel, on_dual_mono="both") == (SEND, SEND, None)
    assert judged(both, both, agent_channel, on_dual_mono="quarantine") == (ASIDE, ASIDE, QuarantineReason.DUAL_MONO)


def test_a_silent_channel_is_left_out_sent_or_takes_its_call_along() -> None:
    silent = (Defect.SILENT,)
    assert judged((Defect.ONE_SIDED,), silent) == (SEND, SILENT, None)
    assert judged(silent, silent) == (SILENT, SILENT, None)
    assert judged(NONE, silent, on_silent_channel="transcribe") == (SEND, SEND, None)
    aside = judged(NONE, silent, on_silent_channel="quarantine")
    assert aside == (ASIDE, ASIDE, QuarantineReason.SILENT_CHANNEL)


@pytest.mark.parametrize("name", ["bleeding", "one_sided", "truncated"])
def test_the_others_are_sent_unless_the_call_is_to_be_set_aside(name: str) -> None:
    defect = (Defect(name),)
    assert judged(defect, NONE) == (SEND, SEND, None)
    assert judged(NONE, defect, **{f"on_{name}": "quarantine"}) == (ASIDE, ASIDE, QuarantineReason(name))


def test_the_first_reason_of_several_is_given() -> None:
    everywhere = {f"on_{name}": "quarantine" for name in ("bleeding", "one_sided", "truncated", "silent_channel")}
    assert judged((Defect.ONE_SIDED, Defect.TRUNCATED), (Defect.SILENT,), **everywhere)[2] == "silent_channel"


def test_what_is_set_aside_says_the_file_the_reason_and_the_way_out() -> None:
    for reason in ("dual_mono", "silent_channel", "bleeding", "one_sided"):
        sentence = explain_quarantine(QuarantineReason(reason), "c1.wav", None)
        assert sentence.startswith("c1.wav ")
        assert f"set on_{reason} to " in sentence
    why = "c1.wav should last 9.00 s and holds 4.00 s of sound; copy it again."
    assert explain_quarantine(QuarantineReason.TRUNCATED, "c1.wav", why) == why

"""Defects in words, and what was done about them."""

from __future__ import annotations

import pytest

from qa_pipeline.audio.defects import EXPLANATIONS, Defect
from qa_pipeline.wording.channels import explanation, failure, not_speech, origin, what_was_done


@pytest.mark.parametrize(
    ("defect", "action", "of_other", "said"),
    [
        ("silent", "skip_silent", "transcribe", "the channel was not sent (setting on_silent_channel)"),
        ("silent", "transcribe", None,
         "reported only; the channel is treated like any other (setting on_silent_channel)"),
        ("dual_mono", "transcribe", "skip_duplicate", "the channel stands for both (setting on_dual_mono)"),
        ("bleeding", "quarantine", None, "the call was quarantined before anything was sent (setting on_bleeding)"),
        ("clipped", "transcribe", None, "reported only; the channel is treated like any other"),
    ],
)  # fmt: skip
def test_what_was_done_names_the_setting_that_decides(
    defect: str, action: str, of_other: str | None, said: str
) -> None:
    assert what_was_done(defect, action, of_other) == said


def test_a_duplicate_says_which_channel_stands_for_it() -> None:
    assert "the other one stands for both" in what_was_done("dual_mono", "skip_duplicate", "transcribe")


def test_a_defect_is_explained_as_far_as_this_version_knows_it() -> None:
    assert explanation("clipped") == EXPLANATIONS[Defect.CLIPPED]
    assert explanation("truncated", "ends after 3 s of 9") == "ends after 3 s of 9"
    assert explanation("truncated") == EXPLANATIONS[Defect.TRUNCATED]
    assert explanation("echo") == "No description available in this version."


def test_ringing_and_music_are_listed_with_their_times_and_many_are_summed_up() -> None:
    busy = [{"kind": "tone", "begin_ms": 1000 * at, "end_ms": 1000 * at + 500} for at in range(20)]
    music = [{"kind": "music", "begin_ms": 62_000, "end_ms": 3_700_000}]
    assert not_speech([]) == ""
    assert not_speech(music) == "music 1:02.0 to 1:01:40.0"
    assert not_speech([*busy, *music]) == (
        "tone 0:00.0 to 0:00.5, 0:01.0 to 0:01.5, 0:02.0 to 0:02.5, 0:03.0 to 0:03.5 and 16 times more, 10.0 s in all; "
        "music 1:02.0 to 1:01:40.0"
    )


def test_a_channel_names_what_its_words_come_from() -> None:
    assert origin(action="transcribe", engine="Cloud fun-asr", model="fun-asr") == "transcribed by Cloud fun-asr"
    assert origin(action=None, engine="local", model="fun-asr") == "transcribed by local, model fun-asr"
    assert origin(action="transcribe", engine="import vCon", model="imported") == (
        "imported, not transcribed here: import vCon"
    )
    assert origin(action="skip_silent", engine="none (silent channel)", model="none") == (
        "not sent, nothing was paid for it: silent"
    )
    assert origin(action="transcribe", engine=None, model=None) is None
    assert failure("BAD", None) == "not transcribed: BAD: the service gave no reason"

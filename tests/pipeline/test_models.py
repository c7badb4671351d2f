"""Every kind of model in the pipeline, end to end: what lands, what is NULL, what reruns and changes of model cost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.pipeline.harness import Pipeline
from tests.pipeline.steps import rows, run_steps, working_tables
from tests.serving import SAMPLES

DAY = "2025-09-01"


@pytest.fixture
def day(small: Pipeline) -> Pipeline:
    """Three calls: six channels."""
    return small


@pytest.mark.whole_run
def test_models_that_answer_at_once_and_fun_asr_leave_nulls_and_a_change_of_model_is_new_work(
    day: Pipeline,
) -> None:
    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    run_steps(day, DAY)
    first, once = working_tables(day), day.usage().seconds
    assert rows(day, "select distinct status from calls") == [("ok",)]
    counted = "count(*), count(text), count(language), count(emotion), count(speech_s)"
    assert rows(day, f"select {counted} from transcripts") == [(6, 6, 6, 6, 0)]
    assert rows(day, "select count(*), count(begin_ms), count(end_ms), count(words) from sentences") == [(6, 0, 0, 0)]
    assert rows(day, "select count(*), count(speech_s), sum(share) from emotions") == [(6, 0, 6.0)]
    tasks = rows(day, "select distinct state, task_id, engine, model_reason from transcription_tasks")
    assert tasks == [("parsed", None, "local reference", "the setting")]
    paths = [day.home / "raw" / path for (path,) in rows(day, "select raw_path from transcription_tasks")]
    assert all(json.loads(path.read_bytes())["output"]["choices"] for path in paths)
    assert not list((day.home / "cuts").rglob("*.wav"))
    assert rows(day, "select sum(billed_s) from transcription_tasks")[0][0] == once

    day.settings["QA_MODEL"] = "fun-asr"
    changed = "6 channels were answered by qwen3-asr-flash before, and fun-asr is asked now: this is new work"
    assert changed in day.command("cost", "--from", DAY).stderr
    assert day.usage().seconds == once, "a forecast costs nothing"
    done = day.run(DAY)
    assert changed in done.stderr
    assert "Emotions  fun-asr gives no emotions" in done.stdout
    timed = day.query("select count(*) = count(begin_ms), count(emotion), count(*) = count(language) from sentences")
    assert timed == [(True, 0, True)]
    assert day.query("select distinct language_source from sentences") == [("metadata",)], "the model labels none"
    assert day.query("select count(*), count(emotion), min(speech_s) > 0 from transcripts") == [(6, 0, True)]
    assert day.query("select count(*) from emotions") == [(0,)]
    twice, spoken_s = day.usage().seconds, day.query("select sum(ceil(speech_s)) from transcripts")[0][0]
    assert 0 < twice - once <= spoken_s + 6, "this model bills speech, not silence"

    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    back = day.run(DAY)
    assert "nothing was sent to be transcribed again" in back.stdout
    assert "new work" not in back.stderr
    assert (working_tables(day), day.usage().seconds) == (first, twice)


@pytest.mark.chaos
@pytest.mark.whole_run
def test_auto_mixes_models_and_says_why_and_one_model_sets_aside_what_it_does_not_take(
    day: Pipeline, tmp_path: Path
) -> None:
    day.land(make_long(SAMPLES / DAY / "c0101.mp3", tmp_path / "long.wav", over_s=301), f"{DAY}/c0999.wav")
    day.settings |= {"QA_MODEL": "auto", "QA_ENABLE_WORDS": "false", "QA_MAX_FAILED_SHARE": "1"}
    forecast = day.command("cost", "--from", DAY)
    assert "6 channels qwen3-asr-flash: up to 5 min and no word times asked: answered at once" in forecast.stdout
    assert "2 channels qwen3-asr-flash-filetrans: sentence times, language and emotion" in forecast.stdout
    done = day.command("run", "--from", DAY)
    assert "Model     6 channels qwen3-asr-flash: up to 5 min and no word times asked" in done.stdout
    asked = day.query("select distinct model, model_reason from transcription_tasks order by all")
    assert [model for model, _ in asked] == ["qwen3-asr-flash"] * 3 + ["qwen3-asr-flash-filetrans"]
    assert all("answered at once" in reason for _, reason in asked[:3])
    assert asked[3][1].endswith("sentence times, language and emotion for recordings up to 12 h")
    # Nobody wrote a transcript of the long one, and the local service says so: it was asked of the right model.
    assert day.query("select call_id from calls where status <> 'ok'") == [("c0999",)]

    day.settings["QA_MODEL"] = "qwen3-asr-flash"
    day.run(DAY)
    [(reason, message)] = day.query("select status_reason, status_message from calls where status = 'quarantined'")
    assert reason == "too_long"
    assert "qwen3-asr-flash takes 5 min; set QA_MODEL to qwen3-asr-flash-filetrans or fun-asr" in message


def make_long(source: Path, target: Path, *, over_s: float) -> Path:
    """The recording repeated until it is longer than that, as a stereo WAV."""
    import wave

    import numpy as np

    from qa_pipeline.audio.decoding import decode_blocks
    from qa_pipeline.audio.probing import probe

    rate = probe(source).sample_rate
    once = np.concatenate(list(decode_blocks(source)), axis=1)
    with wave.open(str(target), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        for _ in range(int(over_s * rate / once.shape[1]) + 1):
            out.writeframes(np.ascontiguousarray(once.T).tobytes())
    return target


def test_settings_that_contradict_the_model_end_with_2_and_start_nothing(day: Pipeline) -> None:
    day.settings |= {"QA_MODEL": "fun-asr", "QA_ENABLE_ITN": "true"}
    for command in ("run", "cost"):
        done = day.command(command, "--from", DAY)
        assert done.returncode == 2, done.stderr
        assert "QA_ENABLE_ITN and QA_MODEL do not go together" in done.stderr
    assert not (day.home / "dagster").exists()


@pytest.mark.whole_run
def test_a_language_that_the_model_cannot_be_asked_for_costs_its_call_only(day: Pipeline) -> None:
    sidecar = day.landing / DAY / "c0104.json"
    sidecar.write_text(json.dumps({"call_id": "c0104", "started_at": f"{DAY}T09:00:00Z", "language": "uk"}))
    os.utime(sidecar, (1_757_000_000, 1_757_000_000))
    day.settings |= {"QA_MODEL": "fun-asr", "QA_MAX_FAILED_SHARE": "0.5"}
    run_steps(day, DAY)
    [(status, reason, message)] = rows(
        day, "select status, status_reason, status_message from calls where call_id = 'c0104'"
    )
    assert (status, reason) == ("failed", "LANGUAGE_NOT_TAKEN")
    assert "fun-asr takes no language 'uk'" in message
    assert rows(day, "select count(*) from transcription_tasks") == [(4,)]


# -- context and another answer ---------------------------------------------------------------------------------------


@pytest.mark.chaos
def test_a_changed_glossary_costs_nothing_until_another_answer_is_asked_for(day: Pipeline, tmp_path: Path) -> None:
    glossary = tmp_path / "terms.md"
    glossary.write_text("科万 Kevan", encoding="utf-8")
    day.settings |= {"QA_MODEL": "qwen3-asr-flash", "QA_CONTEXT": str(glossary)}
    day.run(DAY)
    once = day.usage().seconds
    first = day.query("select distinct context_sha256 from transcription_tasks")
    assert len(first) == 1
    assert first[0][0] is not None

    glossary.write_text("科万 Kevan 1026", encoding="utf-8")
    day.run(DAY)
    assert day.usage().seconds == once

    again = day.command("retry", "--again", "--from", DAY, "--call", "c0101", "--yes")
    assert again.returncode == 0, again.stderr
    assert "2 of them were answered and paid for: sending them again pays again" in again.stdout
    assert day.usage().seconds > once
    hashes = day.query(
        "select attempt, asked_again, count(*), any_value(context_sha256) <> ? from transcription_tasks group by all "
        "order by all",
        first[0][0],
    )
    assert hashes == [(1, False, 6, False), (2, True, 2, True)]
    assert day.query("select count(*) from transcripts") == [(6,)]
    assert "--call" in day.command("retry", "--again").stderr


@pytest.mark.whole_run
def test_omni_is_asked_with_a_prompt_and_its_stream_is_kept(day: Pipeline) -> None:
    day.settings["QA_MODEL"] = "qwen3-omni-flash"
    run_steps(day, DAY)
    counted = "count(*), count(text), count(language), count(emotion), count(speech_s)"
    assert rows(day, f"select {counted} from transcripts") == [(6, 6, 6, 0, 0)]
    paths = [path for (path,) in rows(day, "select raw_path from transcription_tasks")]
    assert all(path.endswith(".sse") for path in paths)
    assert b"data: [DONE]" in (day.home / "raw" / paths[0]).read_bytes()

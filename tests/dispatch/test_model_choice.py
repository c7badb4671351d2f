"""Which model a call goes to and why; what contradicts the settings' model is said before anything is sent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.dispatch.model_choice import BY_SETTING, LANGUAGE_NOT_TAKEN, NOT_TAKEN_BY_MODEL
from qa_pipeline.dispatch.planning import Plan, Planner
from qa_pipeline.landing.limits import recording_limits
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.service.access import offering_region
from qa_pipeline.settings import Settings, SettingsError, load_settings
from qa_pipeline.transcription.context import ContextError
from qa_pipeline.transcription.models import MODELS
from tests.own_settings import forget_settings

HOUR = 3600.0


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder without contexts, and none of the developer's settings."""
    forget_settings(monkeypatch, tmp_path)
    return tmp_path


def call(call_id: str = "c1", duration_s: float = 60.0, **values: Any) -> UsableCall:
    usual = {"language": None, "queue": None}
    identity, uri = call_id.ljust(64, "0"), f"file:///landing/{call_id}.wav"
    return UsableCall(
        call_id=call_id,
        recording_id=identity,
        call_date=dt.date(2025, 9, 1),
        duration_s=duration_s,
        agent_channel=0,
        source_uri=uri,
        sources=stereo_sources(identity, uri, duration_s, 0),
        **{**usual, **values},
    )


def planned(*calls: UsableCall, **settings: Any) -> Plan:
    return Planner(load_settings(**settings)).plan(calls)


# -- one model ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_every_model_of_the_table_can_be_the_setting(model: Any) -> None:
    plan = planned(call(), model=model.id)
    assert [(unit.model, unit.model_reason, unit.channel_id) for unit in plan.wanted] == [
        (model.id, BY_SETTING, 0),
        (model.id, BY_SETTING, 1),
    ]
    assert all(unit.apart is not model.is_task_based for unit in plan.wanted)
    assert plan.choices == {(model.id, BY_SETTING): 2}


def test_a_dated_model_is_asked_for_as_it_is_written() -> None:
    assert {unit.model for unit in planned(call(), model="qwen3-asr-flash-2026-02-10").wanted} == {
        "qwen3-asr-flash-2026-02-10"
    }


def test_the_calls_own_language_goes_before_the_settings() -> None:
    plan = planned(call("c1", language="ja"), call("c2"), language="zh")
    assert [unit.parameters.to_request()["language"] for unit in plan.wanted] == ["ja", "ja", "zh", "zh"]


def test_a_call_in_a_language_that_the_model_cannot_be_asked_for_is_not_sent_and_says_which_can() -> None:
    plan = planned(call("c1", language="uk"), call("c2", language="fil"), model="fun-asr")
    assert [(item.call_id, item.channel_id, item.code) for item in plan.refused] == [
        ("c1", 0, LANGUAGE_NOT_TAKEN),
        ("c1", 1, LANGUAGE_NOT_TAKEN),
    ]
    assert "fun-asr takes no language 'uk'" in plan.refused[0].message
    assert "qwen3-asr-flash-filetrans" in plan.refused[0].message
    assert {unit.parameters.to_request()["language_hints"][0] for unit in plan.wanted} == {"tl"}


def test_a_model_that_finds_the_language_itself_is_not_told_the_calls_own() -> None:
    plan = planned(call(language="zh"), model="qwen-audio-asr")
    assert [unit.parameters.to_request() for unit in plan.wanted] == [{}, {}]


def test_a_call_that_is_too_long_for_the_model_is_not_sent() -> None:
    plan = planned(call(duration_s=301), model="qwen3-asr-flash")
    assert plan.wanted == []
    assert plan.refused[0].code == NOT_TAKEN_BY_MODEL
    assert "lasts 5 min 1 s; qwen3-asr-flash takes 5 min; qwen3-asr-flash-filetrans, fun-asr" in plan.refused[0].message


def test_digits_are_asked_for_where_the_language_has_them_and_left_out_elsewhere() -> None:
    plan = planned(call("c1", language="zh"), call("c2", language="de"), call("c3"), enable_itn=True)
    asked = {unit.call_id: unit.parameters.to_request()["enable_itn"] for unit in plan.wanted}
    assert asked == {"c1": True, "c2": False, "c3": True}
    assert plan.refused == []


# -- settings that do not go together -------------------------------------------------------------------------------

CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "digits of a model without": (
        {"model": "fun-asr", "enable_itn": True},
        r"QA_ENABLE_ITN and QA_MODEL do not go together: fun-asr has no inverse text normalization .*; "
        r"qwen3-asr-flash-filetrans, qwen3-asr-flash.* would take it; change one of the two",
    ),
    "digits of a language without": (
        {"language": "de", "enable_itn": True},
        r"QA_ENABLE_ITN and QA_MODEL .* in en, zh, not in 'de'",
    ),
    "a language that the model lacks": (
        {"model": "fun-asr-mtl", "language": "tr"},
        r"QA_LANGUAGE and QA_MODEL do not go together: fun-asr-mtl takes no language 'tr'",
    ),
    "a language of a model that finds it": (
        {"model": "qwen-audio-asr", "language": "zh"},
        r"QA_LANGUAGE and QA_MODEL .*it finds the language itself",
    ),
    "hot words of a model without": (
        {"vocabulary_id": "v1"},
        r"QA_VOCABULARY_ID and QA_MODEL .* qwen3-asr-flash-filetrans takes none, these do: fun-asr, fun-asr-mtl",
    ),
    "hot words sent along to a model without": (
        {"hot_words": '{"Bailian": 4}', "model": "fun-asr"},
        r"QA_HOT_WORDS and QA_MODEL .* fun-asr takes none, these do: qwen-audio-3.1-asr-flash-filetrans",
    ),
    "a word filter of a model without": (
        {"model": "auto", "special_word_filter": '{"system_reserved_filter": true}'},
        r"QA_SPECIAL_WORD_FILTER and QA_MODEL",
    ),
}


@pytest.mark.parametrize(("settings", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_settings_that_do_not_go_together_are_named_before_a_call_is_looked_at(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        planned(**settings)


REGIONS = {
    "a model of tasks in the us": ({"region": "us"}, "is not offered in the region us .*; qwen3-asr-flash-us would"),
    "a model of the us elsewhere": ({"model": "qwen3-asr-flash-us"}, "is not offered in the region beijing"),
    "a model of one region": ({"model": "qwen-audio-asr", "region": "singapore"}, "it is in beijing"),
}


@pytest.mark.parametrize(("settings", "message"), REGIONS.values(), ids=REGIONS)
def test_a_model_that_the_region_does_not_have_is_named_with_one_that_it_has(
    settings: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-1")
    with pytest.raises(SettingsError, match=f"QA_REGION and QA_MODEL do not go together: .*{message}"):
        offering_region(load_settings(**settings))


@pytest.mark.parametrize("model", ["qwen3-asr-flash-us", "auto"])
def test_the_us_have_a_model_that_answers_at_once(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-1")
    plan = planned(call(), model=model, region="us")
    assert {unit.model for unit in plan.wanted} == {"qwen3-asr-flash-us"}


# -- chosen -------------------------------------------------------------------------------------------------------


def test_auto_goes_by_need_and_length_and_says_so() -> None:
    calls = [call("short", 200.0), call("long", 2 * HOUR)]
    plan = planned(*calls, model="auto", enable_words=False)
    assert {unit.call_id: unit.model for unit in plan.wanted} == {
        "short": "qwen3-asr-flash",
        "long": "qwen3-asr-flash-filetrans",
    }
    assert [unit.model_reason for unit in plan.wanted][::2] == [
        "3 min 20 s; up to 5 min and no word times asked: answered at once",
        "2 h; sentence times, language and emotion for recordings up to 12 h",
    ]
    assert plan.choices == {
        ("qwen3-asr-flash", "up to 5 min and no word times asked: answered at once"): 2,
        ("qwen3-asr-flash-filetrans", "sentence times, language and emotion for recordings up to 12 h"): 2,
    }


@pytest.mark.parametrize(
    ("settings", "model"),
    [
        ({}, "qwen3-asr-flash-filetrans"),
        ({"emotion_roles": "none"}, "fun-asr"),
        ({"emotion_roles": "none", "enable_itn": True}, "qwen3-asr-flash-filetrans"),
        ({"emotion_roles": "none", "language": "uk"}, "qwen3-asr-flash-filetrans"),
        ({"enable_words": False}, "qwen3-asr-flash"),
    ],
)
def test_auto_asks_no_model_for_what_it_does_not_give(settings: dict[str, Any], model: str) -> None:
    assert {unit.model for unit in planned(call(), model="auto", **settings).wanted} == {model}


def test_auto_with_hot_words_is_taken_where_the_model_of_hot_words_may_be_chosen() -> None:
    plan = planned(call(), model="auto", emotion_roles="none", vocabulary_id="v1")
    assert [unit.parameters.to_request() for unit in plan.wanted] == [{"vocabulary_id": "v1"}] * 2


def test_a_call_that_no_model_takes_is_not_sent() -> None:
    plan = planned(call(duration_s=13 * HOUR), model="auto")
    assert (plan.wanted, plan.refused[0].code) == ([], NOT_TAKEN_BY_MODEL)


# -- context ------------------------------------------------------------------------------------------------------


def glossary(project: Path, text: str = "ACME", **queues: str) -> None:
    (project / "context.md").write_text(text, encoding="utf-8")
    (project / "context").mkdir(exist_ok=True)
    for queue, own in queues.items():
        (project / "context" / f"{queue}.md").write_text(own, encoding="utf-8")


def test_the_calls_queue_decides_on_the_context(project: Path) -> None:
    glossary(project, billing="Rechnung")
    plan = planned(call("c1", queue="Billing"), call("c2", queue="sales"), call("c3"))
    assert {unit.call_id: unit.context for unit in plan.wanted} == {
        "c1": "ACME\n\nRechnung",
        "c2": "ACME",
        "c3": "ACME",
    }
    assert plan.notes == []


def test_a_context_makes_no_other_work(project: Path) -> None:
    before = [unit.key for unit in planned(call()).wanted]
    glossary(project)
    assert [unit.key for unit in planned(call()).wanted] == before


def test_a_model_that_takes_no_context_goes_without_and_the_run_says_so(project: Path) -> None:
    glossary(project)
    plan = planned(call(), model="fun-asr")
    assert {unit.context for unit in plan.wanted} == {None}
    assert plan.notes == ["fun-asr takes no context: the glossary was not sent along"]


def test_auto_does_not_choose_a_model_that_leaves_the_glossary_aside(project: Path) -> None:
    glossary(project)
    plan = planned(call(), model="auto", emotion_roles="none")
    assert {unit.model for unit in plan.wanted} == {"qwen3-asr-flash-filetrans"}


@pytest.mark.parametrize("model", ["qwen3-asr-flash-filetrans", "auto"])
def test_a_context_over_the_limit_is_an_error_that_names_the_file_and_the_model(project: Path, model: str) -> None:
    glossary(project, "字" * 10_001)
    with pytest.raises(ContextError, match=r"context\.md: about 10,001 tokens of context; qwen3-asr-.* takes 10,000"):
        planned(call(), model=model)


# -- what a recording may be ----------------------------------------------------------------------------------------


def limits_of(**settings: Any) -> tuple[float, str]:
    found = recording_limits(load_settings(**settings))
    return found.max_duration_s, found.instead


def test_a_recording_may_be_what_the_longest_of_the_models_takes() -> None:
    assert limits_of() == (12 * HOUR, "")
    longest_s, others = limits_of(model="qwen3-asr-flash")
    assert longest_s == 300.0
    assert others.startswith("qwen3-asr-flash-filetrans or fun-asr or fun-asr-mtl or ")
    assert limits_of(model="auto")[0] == 12 * HOUR


def test_a_model_that_answers_at_once_gets_cuts_so_any_readable_recording_will_do() -> None:
    found = recording_limits(load_settings(model="qwen3-asr-flash"))
    assert {"mp4", "mov", "aiff", "wav"} <= found.formats
    assert found.max_bytes == 2 * 1024**3


def test_one_model_for_each_recording_is_no_model_by_itself() -> None:
    settings: Settings = load_settings(model="auto")
    with pytest.raises(SettingsError, match="name one model"):
        settings.recognition_model  # noqa: B018 - a property that raises

"""Pages over transcripts without times or without emotion: the words are there, and what is missing is said."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from dashboards.filters import DateRange
from dashboards.queries import ask
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.metrics import COLUMNS
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.warehouse.daily import MARTS, refill_mart
from qa_pipeline.wording.missing_labels import gaps_of
from tests import scenario
from tests.dashboards.conftest import rewrite
from tests.dashboards.test_pages import listed, open_app, words
from tests.scenario import DAY_1, DAY_2, DAY_3

pytestmark = pytest.mark.outside

TIMED = [column for column in COLUMNS if column not in ("definition_version", "thresholds", "duration_s")]
UNTIMED = "c0101"
"""A call with an angry customer."""


REFILLED = [DAY_1, DAY_2, DAY_3]


def changed(home: Path, folder: Path, *statements: str) -> Path:
    """A copy of `home` whose snapshot these statements have changed; the marts follow."""
    copy = rewrite(home, folder, *statements)
    with duckdb.connect(str((copy / "qa.duckdb").resolve())) as connection:
        for mart in MARTS:
            refill_mart(connection, mart, REFILLED, minimum_n=scenario.MINIMUM_N)
    return copy


def drop_times(condition: str) -> list[str]:
    return [
        f"update transcripts set speech_s = null, model = 'qwen3-asr-flash' where {condition}",
        f"update sentences set begin_ms = null, end_ms = null where {condition}",
        f"update languages set speech_s = null where {condition}",
        f"update emotions set speech_s = null where {condition}",
        f"delete from turns where {condition}",
        f"update call_metrics set {', '.join(f'{column} = null' for column in TIMED)} where {condition}",
    ]


@pytest.fixture(scope="module")
def untimed(tmp_path_factory: pytest.TempPathFactory, published_home: Path) -> Path:
    """A QA_HOME in which one call has no times."""
    return changed(published_home, tmp_path_factory.mktemp("untimed"), *drop_times(f"call_id = '{UNTIMED}'"))


def test_a_call_without_times_says_so(untimed: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(untimed, point_settings, "call", call=UNTIMED, t="3")
    text = words(app)
    assert "qwen3-asr-flash gives no times" in text
    assert "Qwen3-asr-flash gives no times." in text


def test_a_phrase_is_found_in_a_call_without_times(untimed: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(untimed, point_settings, "calls", q="退款")
    assert set(listed(app)) == {UNTIMED}
    found = [item.proto for item in app.get("bidi_component") if item.proto.component_name == "qa_call_table"]
    [table] = [json.loads(proto.json) for proto in found]
    hits = [hit for row in table["rows"] for hit in row["hits"]]
    assert ["退款", True] in [part for hit in hits for part in hit["parts"]]
    assert [hit["at_s"] for hit in hits] == [None] * len(hits)


def test_the_overview_says_what_no_share_of_speech_holds(untimed: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(untimed, point_settings)
    assert "qwen3-asr-flash gives no times: 2 of its 2 channels are in no share of speech." in words(app)
    assert "no times" in words(app)


def test_days_without_any_times_are_not_empty_days(
    tmp_path: Path, published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    home = changed(published_home, tmp_path, *drop_times("true"))
    app = open_app(home, point_settings, None, from_=DAY_1.isoformat(), to=DAY_3.isoformat())
    assert "No speech with times was transcribed in these dates." in words(app)
    assert "No call of these dates has it." in words(app)
    assert "Nothing was transcribed" not in words(app)


def test_a_model_without_emotion_is_named(tmp_path: Path, published_home: Path) -> None:
    home = rewrite(published_home, tmp_path, "update transcripts set emotion = null, model = 'fun-asr'")
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        (gap,) = gaps_of(ask(snapshot, "which_models_transcribed", DateRange(DAY_1, DAY_3)))
    assert gap.startswith("fun-asr gives no emotions: ")


def test_a_channel_shows_the_attempt_of_the_model_that_transcribed_it(tmp_path: Path, published_home: Path) -> None:
    failed = """insert into transcription_tasks by name
        select * replace ('fun-asr' as model, 'failed' as state, 'ODD' as code, now() as planned_at)
        from transcription_tasks where submission_id = 'c0101-agent-1'"""
    with open_newest(rewrite(published_home, tmp_path, failed) / "qa.duckdb", "UTC") as snapshot:
        channels = ask(snapshot, "what_became_of_channels", call_id="c0101")
    assert [(row["role"], row["state"], row["attempts"]) for row in channels] == [
        ("agent", "parsed", 2),
        ("customer", "parsed", 1),
    ]


WHISPER = "local whisper base d01c3014"
FELT = [column for column, entry in CATALOGUE.items() if entry.section == "Emotions"]


def without_emotions(where: str) -> list[str]:
    """Statements after which Whisper has made transcripts, which gives no emotions."""
    felt = ", ".join(f"{column} = null" for column in FELT)
    return [
        f"update transcripts set engine = '{WHISPER}', emotion = null where {where}",
        f"update sentences set emotion = null where {where}",
        f"delete from emotions where {where}",
        f"update call_metrics set {felt} where {where}",
    ]


def test_an_engine_without_emotions_leaves_no_grey_blocks_and_one_line(
    tmp_path: Path, published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    home = changed(published_home, tmp_path, *without_emotions("true"))
    overview = words(open_app(home, point_settings, None, from_=DAY_1.isoformat(), to=DAY_3.isoformat()))
    assert f"{WHISPER} gives no emotions: " in overview
    assert "not labelled," not in overview
    assert "No customer was heard angry" not in overview
    call = words(open_app(home, point_settings, "call", call="c0101"))
    assert "not labelled" not in call
    assert f"L{WHISPER[1:]} gives no emotions." in call


def test_days_of_two_engines_show_the_emotions_that_one_gave_and_name_both(
    tmp_path: Path, published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    home = changed(published_home, tmp_path, *without_emotions("call_id <> 'c0101'"))
    overview = words(open_app(home, point_settings, None, from_=DAY_1.isoformat(), to=DAY_3.isoformat()))
    assert "Speech without a label is left out, never counted as neutral." in overview
    assert f"Several engines made the transcripts of these dates: from {DAY_1} " in overview
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        engines = dict(snapshot.tuples("select call_date, engine from counts_daily where dimension = 'all'"))
        felt = snapshot.tuples("select distinct call_date, engine from emotions_daily where emotion = 'angry'")
    assert (engines[DAY_1], engines[DAY_2]) == ("mixed", WHISPER)
    assert dict(felt).keys() == {DAY_1}

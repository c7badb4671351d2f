"""What calls come to by their sound: what must be measured, and one result whatever came in which order."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import replace

import duckdb
import pytest

from qa_pipeline.audio.defects import Defect
from qa_pipeline.audio.measuring_version import measuring_version
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.sound.measuring import NotMeasured
from qa_pipeline.sound.verdicts import SoundReview, of_recorded, review_calls
from qa_pipeline.warehouse.acoustics import KnownMeasurement
from qa_pipeline.warehouse.database import empty_database


@pytest.fixture
def settings() -> Settings:
    return Settings()


def call(name: str) -> UsableCall:
    recording, uri = f"sound of {name}", f"file:///landing/{name}.wav"
    sources = stereo_sources(recording, uri, 60.0, 0)
    return UsableCall(name, recording, dt.date(2025, 9, 1), 60.0, 0, None, uri, sources)


def measured(of: UsableCall, version: str, *defects: Defect) -> dict[str, list[KnownMeasurement]]:
    known = KnownMeasurement(of.call_id, of.recording_id, version, of.agent_channel, (defects, ()), None)
    return {of.recording_id: [known]}


def test_a_call_of_which_nothing_is_known_is_measured_and_goes_on_as_it_is(settings: Settings) -> None:
    review = SoundReview(settings, [call("a")], {})
    assert review.to_measure == (call("a"),)
    assert (review.result().usable, review.result().not_measured) == ([call("a")], 1)


def test_a_measurement_with_the_same_options_is_kept(settings: Settings) -> None:
    review = SoundReview(settings, [call("a")], measured(call("a"), measuring_version(settings.acoustics)))
    assert review.to_measure == ()
    assert set(review.result().kept) == {"a"}


@pytest.mark.parametrize(("seconds", "holds"), [(60, True), (61, True), (None, True), (30, False)])
def test_a_measurement_that_misses_sound_is_made_again_where_the_recordings_length_does_not_lack_it(
    settings: Settings, seconds: int | None, holds: bool
) -> None:
    [known] = measured(call("a"), measuring_version(settings.acoustics), Defect.TRUNCATED)["sound of a"]
    short = replace(known, missing="a.wav should last 60.00 s and holds 30.00 s of sound", seconds=seconds)
    review = SoundReview(settings, [call("a")], {"sound of a": [short]})
    assert review.to_measure == (() if holds else (call("a"),))


def test_one_with_other_options_is_better_than_none(settings: Settings) -> None:
    review = SoundReview(settings, [call("a")], measured(call("a"), "other options"))
    assert review.to_measure == (call("a"),)
    assert set(review.expected().kept) == {"a"}
    found = review.add([NotMeasured(call("a"), "it is gone")])
    assert (set(found.kept), found.not_measured) == ({"a"}, 0)
    assert found.notes == ["call a was not listened to: it is gone"]


def test_channels_that_are_mapped_otherwise_now_are_measured_again(settings: Settings) -> None:
    [known] = measured(call("a"), measuring_version(settings.acoustics))["sound of a"]
    with_supervisor = {"sound of a": [replace(known, defects=((), (), ()))]}
    review = SoundReview(settings, [call("a")], with_supervisor)
    assert review.to_measure == (call("a"),)
    assert review.expected().kept == {}, "a measurement of three channels says nothing of these two"


def test_what_comes_in_in_parts_is_one_result_in_the_order_of_the_calls(settings: Settings) -> None:
    calls = [call(name) for name in ("a", "b", "c")]
    review = SoundReview(settings, calls, measured(calls[1], measuring_version(settings.acoustics)))
    for name in ("c", "a"):
        assert set(review.add([NotMeasured(call(name), f"{name} is cut short", "corrupt_audio")]).set_aside) == {name}
    found = review.result()
    assert [item.call.call_id for item in found.each] == ["a", "b", "c"]
    assert set(found.set_aside) == {"a", "c"}
    assert [item.call_id for item in found.usable] == ["b"]


def test_speech_and_loudness_of_a_call_of_two_recordings_are_those_of_what_was_recorded() -> None:
    first = call("a")
    second = [replace(source, segment=1, offset_ms=180_000, recording_id="two") for source in first.sources]
    both = replace(first, sources=(*first.sources, *second), duration_s=240.0)
    row = {"channel_id": 0, "speech_s": 30.0, "speech_ratio": 0.125, "loudness_db": -33.0}
    assert of_recorded(row, both) == row | {"speech_ratio": 0.25, "loudness_db": pytest.approx(-29.99, abs=0.01)}
    assert of_recorded(row, first) == row
    behind = replace(both, sources=(*first.sources, replace(second[0], offset_ms=60_000)), duration_s=120.0)
    assert of_recorded(row, behind) == row, "all of it was recorded"


def put_measured(
    connection: duckdb.DuckDBPyConnection, of: UsableCall, day: dt.date, version: str, *, under: str
) -> None:
    """Rows of both channels of a call; what the table demands besides is as empty as it may be."""
    known = {
        "call_id": under,
        "recording_id": of.recording_id,
        "call_date": day,
        "definition_version": version,
        "greeting_channel": of.agent_channel,
        "role": "agent",
        "action": "transcribe",
        "defects": [],
        "loaded_at": dt.datetime.now(dt.UTC),
    }
    demanded = {
        name: kind for name, kind, null, *_ in connection.execute("describe acoustics").fetchall() if null == "NO"
    }
    for channel_id in (0, 1):
        row = {name: [] if kind.endswith("[]") else b"" if kind == "BLOB" else 0 for name, kind in demanded.items()}
        row |= known | {"channel_id": channel_id}
        marks = ", ".join("?" * len(row))
        connection.execute(f"insert into acoustics ({', '.join(row)}) values ({marks})", list(row.values()))


@pytest.mark.parametrize("other_day", [dt.date(2025, 8, 1), dt.date(2025, 9, 2)])
def test_what_was_measured_under_another_day_counts_where_the_own_day_does_not_settle_it(
    settings: Settings, other_day: dt.date
) -> None:
    a = call("a")
    with closing(empty_database()) as connection:
        put_measured(connection, a, a.call_date, "other options", under="a")
        assert review_calls(settings, connection, [a]).to_measure == (a,)
        put_measured(connection, a, other_day, measuring_version(settings.acoustics), under="before")
        review = review_calls(settings, connection, [a])
    assert review.to_measure == ()
    assert review.result().kept["a"].call_id == "before"

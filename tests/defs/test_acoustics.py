"""Asset `acoustics`: nothing is measured twice, every defect has its way, and one bad recording costs nobody else."""

from __future__ import annotations

import os
import wave
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pytest

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.samples import Samples
from qa_pipeline.defs.assets.acoustics import acoustics
from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.settings import load_settings
from qa_pipeline.warehouse.calls import usable_calls
from qa_pipeline.warehouse.database import Warehouse
from tests.audio import container_shapes as shapes
from tests.own_settings import forget_settings
from tests.warehouse.building import DAY_1

pytestmark = pytest.mark.whole_run

DAY = DAY_1.isoformat()
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings" / DAY
DUAL_MONO, SILENT_CUSTOMER, GOOD = (SAMPLES / name for name in ("c0190.wav", "c0191.wav", "c0104.m4a"))
LONG_AGO = 1_757_000_000
WITHOUT_DEFECTS = "recordings_are_without_defects"


@pytest.fixture
def zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty landing zone and QA_HOME."""
    folder = tmp_path / "landing" / DAY
    folder.mkdir(parents=True)
    forget_settings(monkeypatch, home=tmp_path / "home", recordings=folder.parent)
    return folder


def land(zone: Path, name: str, content: bytes) -> Path:
    path = zone / name
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def materialize(*assets: Any) -> dict[str, Any]:
    """Materializes the day; returns the metadata of `acoustics`, and what its check says under `defects`."""
    result = dg.materialize(
        list(assets or (calls, acoustics)),
        partition_key=DAY,
        resources={
            "settings": SettingsResource(),
            "warehouse": WarehouseResource(),
            "operations": OperationsResource(),
        },
    )
    [check] = [found for found in result.get_asset_check_evaluations() if found.check_name == WITHOUT_DEFECTS]
    [event] = result.asset_materializations_for_node("acoustics")
    facts = {key: value.value for key, value in event.metadata.items()}
    return {**facts, "defects": check.metadata["channels_by_defect"].value, "passed": check.passed}


def query(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with Warehouse(load_settings().warehouse_path).transaction() as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def standing() -> dict[str, tuple[str, str | None]]:
    return {row[0]: row[1:] for row in query("select call_id, status, status_reason from calls")}


def actions() -> dict[tuple[str, int], str]:
    return {row[:2]: row[2] for row in query("select call_id, channel_id, action from acoustics")}


def rows() -> list[tuple[Any, ...]]:
    """What was measured, with the time of it."""
    return query("select * exclude (call_id, role, action, call_date) from acoustics order by recording_id, channel_id")


def decoded(path: Path) -> Samples:
    return np.concatenate(list(decode_blocks(path)), axis=1)


def wav(path: Path, samples: np.ndarray[Any, Any], rate: int) -> bytes:
    """Stereo PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(samples, -32768, 32767).astype("<i2").T.tobytes())
    return path.read_bytes()


def test_each_channel_of_each_usable_call_is_measured_and_its_defects_are_counted(zone: Path) -> None:
    for source in (DUAL_MONO, SILENT_CUSTOMER, GOOD):
        land(zone, source.name, source.read_bytes())
    land(zone, "text.wav", b"this is no sound")
    facts = materialize()
    assert facts["calls_measured"] == 3
    assert facts["channels_by_action"] == {"transcribe": 4, "skip_silent": 1, "skip_duplicate": 1}
    assert (facts["defects"], facts["passed"]) == ({"dual_mono": 2, "one_sided": 1, "silent": 1}, False)
    duration_s, seconds, pixels = query(
        "select duration_s, len(loudness_per_s_db), octet_length(waveform) from acoustics "
        "join calls using (call_id) where call_id = 'c0104' and channel_id = 0"
    )[0]
    assert (seconds, abs(pixels - 2 * 20 * duration_s) <= 40) == (np.ceil(duration_s), True)
    speech = query("select speech_s, list_sum([s.end_ms - s.begin_ms for s in segments]) / 1000 from acoustics")
    assert all(total == pytest.approx(parts or 0) for total, parts in speech)
    lags = query("select correlation, correlation_gain_db from acoustics where call_id = 'c0104' order by channel_id")
    assert lags[0][0] == lags[1][0]
    assert lags[0][1] == -lags[1][1], "each channel's gain is its own over the other's"


def test_nothing_is_measured_again_for_another_id_day_or_agents_channel(zone: Path) -> None:
    path = land(zone, "first.wav", SILENT_CUSTOMER.read_bytes())
    materialize()
    before = rows()
    assert materialize()["calls_measured"] == 0
    path.rename(zone / "renamed.wav")
    facts = materialize()
    assert (facts["calls_measured"], facts["calls_measured_before"]) == (0, 1)
    assert rows() == before
    assert actions() == {("renamed", 0): "transcribe", ("renamed", 1): "skip_silent"}


def test_two_recordings_that_change_their_ids_take_their_measurements_along(zone: Path) -> None:
    one, other = land(zone, "one.wav", SILENT_CUSTOMER.read_bytes()), land(zone, "other.wav", DUAL_MONO.read_bytes())
    materialize()
    before = rows()
    one.rename(zone / "x.wav")
    other.rename(one)
    (zone / "x.wav").rename(other)
    assert materialize()["calls_measured"] == 0
    assert rows() == before
    assert (actions()["one", 1], actions()["other", 1]) == ("skip_duplicate", "skip_silent")


def test_another_option_or_another_channel_to_greet_is_measured_anew(
    zone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(zone, "call.wav", SILENT_CUSTOMER.read_bytes())
    materialize()
    [(version,)] = query("select distinct definition_version from acoustics")
    land(zone, "call.json", b'{"agent_channel": 1}')
    assert materialize()["calls_measured"] == 1
    assert query("select channel_id, role, greeting_channel from acoustics order by all") == [
        (0, "customer", 1),
        (1, "agent", 1),
    ]
    monkeypatch.setenv("QA_ACOUSTICS", '{"silent_db": -101}')
    assert materialize()["calls_measured"] == 1
    assert query("select distinct definition_version from acoustics") != [(version,)]
    assert query("select options ->> 'silent_db' from acoustics") == [("-101.0",)] * 2
    assert actions() == {("call", 0): "transcribe", ("call", 1): "transcribe"}, "nothing is that silent"


def test_a_setting_sets_calls_aside_and_another_lets_them_go_on_without_the_asset_calls(
    zone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(zone, "dual.wav", DUAL_MONO.read_bytes())
    land(zone, "silent.wav", SILENT_CUSTOMER.read_bytes())
    monkeypatch.setenv("QA_ON_DUAL_MONO", "quarantine")
    monkeypatch.setenv("QA_ON_SILENT_CHANNEL", "quarantine")
    materialize()
    assert standing() == {"dual": ("quarantined", "dual_mono"), "silent": ("quarantined", "silent_channel")}
    messages = dict(query("select call_id, status_message from calls"))
    assert "dual.wav carries the same sound on both channels" in messages["dual"]
    assert "set on_silent_channel to skip or transcribe" in messages["silent"]
    assert set(actions().values()) == {"quarantine"}
    before = rows()
    monkeypatch.setenv("QA_ON_DUAL_MONO", "both")
    monkeypatch.setenv("QA_ON_SILENT_CHANNEL", "transcribe")
    facts = materialize(acoustics)
    assert standing() == {"dual": ("pending", None), "silent": ("pending", None)}
    assert set(actions().values()) == {"transcribe"}
    assert (facts["calls_measured"], rows()) == (0, before)


@pytest.mark.parametrize(
    ("setting", "reason"), [("ON_BLEEDING", "bleeding"), ("ON_ONE_SIDED", "one_sided"), ("ON_TRUNCATED", "truncated")]
)
def test_what_is_kept_by_default_can_be_set_aside(
    setting: str, reason: str, zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = SILENT_CUSTOMER.read_bytes()
    if reason == "bleeding":
        samples = decoded(GOOD).astype(np.int32)
        samples[1, 80:] += samples[0, :-80] // 10
        content = wav(tmp_path / "planted.wav", samples, probe(GOOD).sample_rate)
    land(zone, "call.wav", content)
    materialize(calls, acoustics)
    assert standing() == {"call": ("pending", None)}
    if reason == "truncated":  # as if it had been longer when it landed
        query("update calls set duration_s = duration_s + 5")
        query("update acoustics set definition_version = 'earlier'")
    monkeypatch.setenv(f"QA_{setting}", "quarantine")
    materialize(acoustics)
    assert standing() == {"call": ("quarantined", reason)}
    if reason == "truncated":
        assert "call.wav should last" in query("select status_message from calls")[0][0]


def cut_off(container_format: str, codec: str, rate: int) -> bytes:
    content = shapes.whole(container_format, codec, rate)
    return content[: len(content) * 6 // 10]


def test_what_is_there_of_a_recording_that_was_cut_off_is_kept_or_set_aside_whatever_its_format(
    zone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, container_format, codec, rate in (
        ("cut.wav", "wav", "pcm_s16le", 8000),
        ("cut.mp3", "mp3", "libmp3lame", 8000),
        ("cut.webm", "webm", "libopus", 48000),
        ("cut.ogg", "ogg", "libopus", 48000),
        ("cut.flac", "flac", "flac", 16000),
    ):
        land(zone, f"{container_format}-{name}", cut_off(container_format, codec, rate))
    land(zone, "without-index.mp4", cut_off("mp4", "aac", 16000))
    gap = shapes.encoded("webm", "libopus", 48000, shapes.marked(48000), without_s=[(3.5, 4.6)])
    land(zone, "muted.webm", gap)
    land(zone, "neighbour.wav", shapes.whole("wav", "pcm_s16le", 8000))
    materialize(calls, acoustics)
    cut = {f"{kind}-cut" for kind in ("wav", "mp3", "webm", "ogg", "flac")}
    lost = {"without-index": ("quarantined", "truncated")}
    assert standing() == dict.fromkeys((*cut, "muted", "neighbour"), ("pending", None)) | lost
    lengths = dict(query("select call_id, duration_s from calls where status = 'pending'"))
    assert all(2.5 < lengths[name] < 4.0 for name in cut)
    assert lengths["muted"] == pytest.approx(6.0, abs=0.01)
    named = query("select distinct call_id from acoustics where list_contains(defects, 'truncated')")
    assert {call_id for (call_id,) in named} == cut
    said = query("select distinct missing from acoustics where call_id = 'wav-cut'")
    assert "promises 6.00 s of sound and holds 3." in said[0][0]

    monkeypatch.setenv("QA_ON_TRUNCATED", "quarantine")
    materialize(calls, acoustics)
    aside = dict.fromkeys((*cut, "without-index"), ("quarantined", "truncated"))
    assert standing() == aside | dict.fromkeys(("muted", "neighbour"), ("pending", None))


def test_a_recording_of_which_nothing_can_be_decoded_is_set_aside_and_the_others_are_not(zone: Path) -> None:
    content = GOOD.read_bytes()
    at = content.index(b"mdat")
    size = int.from_bytes(content[at - 4 : at], "big") - 8
    land(zone, "spoiled.m4a", content[: at + 4] + b"\xaa" * size + content[at + 4 + size :])
    land(zone, "whole.wav", SILENT_CUSTOMER.read_bytes())
    materialize()
    assert standing() == {"spoiled": ("quarantined", "unreadable"), "whole": ("pending", None)}
    message = query("select status_message from calls where call_id = 'spoiled'")[0][0]
    assert "The sound of spoiled.m4a (aac) can't be decoded from 0.0 s on" in message
    assert query("select distinct call_id from acoustics") == [("whole",)]


def test_a_recording_that_is_gone_keeps_what_was_measured_even_with_other_options(
    zone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = land(zone, "call.wav", SILENT_CUSTOMER.read_bytes())
    materialize()
    before = rows()
    path.unlink()
    monkeypatch.setenv("QA_ACOUSTICS", '{"silent_db": -101}')
    facts = materialize()
    assert rows() == before
    assert "call call was not listened to" in facts["notes"][0]
    assert actions() == {("call", 0): "transcribe", ("call", 1): "skip_silent"}


def test_a_recording_that_was_replaced_is_not_measured_under_the_name_of_the_old_one(zone: Path) -> None:
    path = land(zone, "call.wav", SILENT_CUSTOMER.read_bytes())
    materialize()
    query("delete from acoustics")
    path.write_bytes(DUAL_MONO.read_bytes())
    facts = materialize(acoustics)
    assert rows() == []
    assert "was replaced after it landed" in facts["notes"][0]
    assert standing() == {"call": ("pending", None)}


def test_rows_go_when_their_call_goes(zone: Path) -> None:
    path = land(zone, "call.wav", SILENT_CUSTOMER.read_bytes())
    materialize()
    path.write_bytes(DUAL_MONO.read_bytes())
    os.utime(path, (LONG_AGO, LONG_AGO))
    materialize()
    assert actions() == {("call", 0): "transcribe", ("call", 1): "skip_duplicate"}
    query("update calls set status = 'quarantined', status_reason = 'mono'")
    query("update acoustics set action = 'transcribe'")
    materialize(acoustics)
    assert actions() == {}


def test_what_is_skipped_stands_on_the_call_that_is_planned(zone: Path) -> None:
    land(zone, "dual.wav", DUAL_MONO.read_bytes())
    land(zone, "good.m4a", GOOD.read_bytes())
    materialize()
    with Warehouse(load_settings().warehouse_path).transaction() as connection:
        found = {call.call_id: call for call in usable_calls(connection, [DAY_1])}
    assert (dict(found["dual"].skipped), found["dual"].is_dual_mono) == ({1: "skip_duplicate"}, True)
    assert (dict(found["good"].skipped), found["good"].is_dual_mono) == ({}, False)

"""A file a party in the landing zone: what belongs together, what waits, and what is said of it."""

from __future__ import annotations

import functools
import io
import json
import os
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.landing.discovery import changed_days, discover_calls
from qa_pipeline.landing.landed import Landing
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.settings import Settings
from tests.serving import SAMPLES

DAY = "2025-09-01"
LONG_AGO_S = 1_700_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing", settle_s=600.0)


def put(settings: Settings, name: str, content: str | bytes, *, young: bool = False) -> None:
    path = settings.recordings / DAY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if not young:
        os.utime(path, (LONG_AGO_S, LONG_AGO_S))


def record(settings: Settings, *names: str, channels: int = 1, young: bool = False) -> None:
    """WAVs that sound unlike each other, each half a second longer than the one before."""
    for number, name in enumerate(names, 1):
        path = settings.recordings / "new.tmp"
        with wave.open(str(path), "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(bytes([len(name), number]) * 4000 * number * channels)
        put(settings, name, path.read_bytes(), young=young)
        path.unlink()


def found(settings: Settings, ledger: Ledger) -> Landing:
    return discover_calls(settings, ledger)


def parts(call: Call) -> list[tuple[str, str, int]]:
    return [(Path(each.source_uri).name, each.role, each.offset_ms) for each in call.sources]


PAIR = [("77_agent.wav", "agent", 0), ("77_customer.wav", "customer", 0)]

Channel = np.ndarray[Any, np.dtype[np.int16]]


@functools.cache
def voices() -> tuple[Channel, Channel, int]:
    """Agent and customer of a sample call, and their sample rate."""
    path = SAMPLES / DAY / "c0101.mp3"
    first, second = np.concatenate(list(decode_blocks(path)), axis=1)
    return first, second, probe(path).sample_rate


def stereo(left: Channel, right: Channel) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as out:
        out.setparams((2, 2, voices()[2], 0, "NONE", ""))
        out.writeframes(np.stack([left, right]).T.astype("<i2").tobytes())
    return written.getvalue()


def test_two_mono_files_with_plain_names_are_one_call_and_what_is_beside_them_is_not_touched(
    settings: Settings, ledger: Ledger
) -> None:
    record(settings, "77_agent.wav", "77_customer.wav", "78_agent.wav")
    for name in ("79_agent.wav", "79_customer.wav"):
        put(settings, name, stereo(voices()[0] // len(name), voices()[1]))
    put(settings, "77.json", '{"queue": "billing", "agent_id": "a-1"}')
    landed = found(settings, ledger)
    by_id = {call.call_id: call for call in landed.calls}
    call = by_id["77"]
    assert (call.form, call.is_usable, call.queue, call.agent_id, call.duration_s) == (
        "parts",
        True,
        "billing",
        "a-1",
        1.0,
    )
    assert parts(call) == PAIR
    assert len(call.file_ids) == 2
    assert call.recording_id not in call.file_ids
    assert by_id["78_agent"].status_reason == "mono"
    assert "78_agent_agent and 78_agent_customer, agent_file and customer_file" in (
        by_id["78_agent"].status_message or ""
    )
    assert [by_id[name].form for name in ("79_agent", "79_customer")] == ["stereo", "stereo"]
    assert landed.notes == ()


def test_the_two_files_of_a_calls_own_folder_are_one_call_and_those_of_a_day_are_not(
    settings: Settings, ledger: Ledger
) -> None:
    record(settings, "77/in.wav", "77/out.wav", "78/agent.wav", "78/customer.wav", "78/greeting.wav")
    record(settings, "agent.wav", "customer.wav")
    by_id = {call.call_id: call for call in found(settings, ledger).calls}
    assert parts(by_id["77"]) == [("in.wav", "customer", 0), ("out.wav", "agent", 0)]
    assert {call.status_reason for call_id, call in by_id.items() if call_id != "77"} == {"mono"}


def test_a_line_of_a_list_names_both_files(settings: Settings, ledger: Ledger) -> None:
    record(settings, "x1.wav", "x2.wav", "x3.wav")
    lines = ["call_id,agent_file,customer_file,queue", r"9,D:\rec\x2.wav,x1.wav,sales", "10,x3.wav,gone.wav,sales"]
    put(settings, "calls.csv", "\n".join(lines) + "\n")
    landed = found(settings, ledger)
    by_id = {call.call_id: call for call in landed.calls}
    assert parts(by_id["9"]) == [("x2.wav", "agent", 0), ("x1.wav", "customer", 0)]
    assert by_id["9"].queue == "sales"
    assert by_id["10"].status_reason == "missing_part"
    assert "x3.wav is one part of call 10, and gone.wav is missing" in (by_id["10"].status_message or "")


SIDECARS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, int]]]] = {
    "offsets": (
        [{"file": "b.wav", "role": "Agent"}, {"file": "rec/a.wav", "role": "caller", "offset": 1.5}],
        [("a.wav", "customer", 1500), ("b.wav", "agent", 0)],
    ),
    "start times": (
        [
            {"file": "a.wav", "role": "agent", "started_at": "2025-09-01T10:00:02.250Z"},
            {"file": "b.wav", "role": "customer", "started_at": "2025-09-01T10:00:00Z"},
        ],
        [("a.wav", "agent", 2250), ("b.wav", "customer", 0)],
    ),
    "a supervisor": (
        [{"file": f"{name}.wav", "role": role} for name, role in (("c", "boss"), ("a", "agent"), ("b", "client"))],
        [("a.wav", "agent", 0), ("b.wav", "customer", 0), ("c.wav", "other", 0)],
    ),
}


@pytest.mark.parametrize(("said", "expected"), SIDECARS.values(), ids=SIDECARS)
def test_a_sidecar_of_any_name_says_which_files_a_call_is_made_of(
    settings: Settings, ledger: Ledger, said: list[dict[str, Any]], expected: list[tuple[str, str, int]]
) -> None:
    record(settings, "a.wav", "b.wav", "c.wav")
    put(settings, "cdr-4711.json", json.dumps({"call_id": "4711", "parts": said}))
    landed = found(settings, ledger)
    assert landed.notes == ()
    call = next(call for call in landed.calls if call.call_id == "4711")
    assert call.is_usable, call.status_message
    assert parts(call) == expected
    assert [call.duration_s] == [max(each.end_ms for each in call.sources) / 1000]


def test_a_pattern_with_the_party_places_parts_by_their_start_times(settings: Settings, ledger: Ledger) -> None:
    by_pattern = settings.model_copy(update={"file_name_patterns": ("{started_at}_{call_id}_{party}",)})
    record(settings, "20250901T100003_77_tx.wav", "20250901T100001_77_rx.wav")
    [call] = found(by_pattern, ledger).calls
    assert (call.call_id, call.agent_channel) == ("77", 1)
    assert parts(call) == [("20250901T100001_77_rx.wav", "customer", 0), ("20250901T100003_77_tx.wav", "agent", 2000)]
    assert call.started_at is not None
    assert call.started_at.second == 1
    outbound = by_pattern.model_copy(update={"file_name_patterns": ("{started_at}_{call_id}_{party}",)})
    put(settings, "calls.csv", "call_id,direction\n77,outbound\n")
    [call] = found(outbound, ledger).calls
    assert [each.role for each in call.sources] == ["agent", "customer"]


def test_a_part_waits_while_the_other_one_is_written_and_a_late_one_asks_for_its_day(
    settings: Settings, ledger: Ledger
) -> None:
    record(settings, "77_agent.wav")
    before = changed_days(settings, {}).fingerprints
    [alone] = found(settings, ledger).calls
    assert alone.status_reason == "mono"
    record(settings, "77_agent.wav", "77_customer.wav", young=True)
    put(settings, "77_agent.wav", (settings.recordings / DAY / "77_agent.wav").read_bytes())
    landed = found(settings, ledger)
    assert landed.calls == ()
    assert set(landed.unsettled) == {f"{DAY}/77_agent.wav", f"{DAY}/77_customer.wav"}
    record(settings, "77_agent.wav", "77_customer.wav")
    assert set(changed_days(settings, before).changed) == {DAY}
    [call] = found(settings, ledger).calls
    assert parts(call) == PAIR


def test_what_contradicts_itself_is_set_aside_with_the_reason(settings: Settings, ledger: Ledger) -> None:
    record(settings, "a.wav", "b.wav")
    put(settings, "x.json", '{"parts": [{"file": "a.wav", "role": "agent"}, {"file": "b.wav", "role": "agent"}]}')
    assert {call.status_reason for call in found(settings, ledger).calls} == {"missing_part"}
    put(settings, "x.json", '{"parts": [{"file": "a.wav"}]}')
    assert {call.status_reason for call in found(settings, ledger).calls} == {"mono"}
    same = (settings.recordings / DAY / "a.wav").read_bytes()
    put(settings, "77_agent.wav", same)
    put(settings, "77_customer.wav", same)
    assert {call.status_reason for call in found(settings, ledger).calls if "77" in call.call_id} == {"mono"}


def parts_of(call_id: str, agent: str, customer: str) -> str:
    roles = [{"file": agent, "role": "agent"}, {"file": customer, "role": "customer"}]
    return json.dumps({"call_id": call_id, "parts": roles})


def test_a_part_may_have_two_channels_where_one_party_is_all_there_is_to_hear(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, customer, _ = voices()
    hiss = np.random.default_rng(3).integers(-4, 5, len(agent)).astype(np.int16)
    put(settings, "a.wav", stereo(agent, agent))
    put(settings, "b.wav", stereo(hiss, customer))
    put(settings, "x.json", parts_of("x", "a.wav", "b.wav"))
    put(settings, "77_agent.wav", stereo(agent // 2, hiss))
    put(settings, "77_customer.wav", stereo(customer // 2, customer // 3))
    put(settings, "c.wav", stereo(agent // 3, customer))
    put(settings, "d.wav", stereo(customer // 4, customer // 4))
    put(settings, "y.json", parts_of("y", "c.wav", "d.wav"))
    before = found(settings, ledger).calls
    by_id = {call.call_id: call for call in before}
    places = {
        call_id: [(Path(each.source_uri).name, each.role, each.source_channel) for each in by_id[call_id].sources]
        for call_id in ("x", "77")
    }
    assert places == {
        "x": [("a.wav", "agent", 0), ("b.wav", "customer", 1)],
        "77": [("77_agent.wav", "agent", 0), ("77_customer.wav", "customer", 0)],
    }
    assert [by_id[call_id].form for call_id in places] == ["parts", "parts"]
    assert by_id["y"].status_reason == "bad_metadata"
    assert "c.wav is named as the recording of one party and has 2 channels with different sound" in (
        by_id["y"].status_message or ""
    )

    monkeypatch.setattr("qa_pipeline.landing.inspection.sole_channel", lambda path: pytest.fail(f"{path} once more"))
    assert found(settings, ledger).calls == before

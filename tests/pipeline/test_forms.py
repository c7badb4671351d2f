"""Calls as phone systems hand them over: a file a party, a track a party, three channels. From files to tables,
pages and exports; every channel billed once, and nothing again."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from dashboards.serving.recorded_calls import recorded_call
from dashboards.serving.sounds import open_call_sound
from qa_pipeline.audio.decoding import cut_channel, decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.settings import load_settings
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.serving import SAMPLES

PARTS, TRACKS, THREE = "c0101.mp3", "c0103.mp3", "c0105.mp3"
OTHER = "c0106.mp3"
LATE_S = 3


def sound_of(name: str) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.concatenate(list(decode_blocks(SAMPLES / GOLDEN_DAY / name)), axis=1)


def part(name: str, channel_id: int, target: Path) -> Path:
    cut_channel(SAMPLES / GOLDEN_DAY / name, channel_id, target)
    return target


def rate_of(name: str) -> int:
    with av.open(str(SAMPLES / GOLDEN_DAY / name)) as opened:
        return int(opened.streams.audio[0].rate)


def write_tracks(name: str, target: Path) -> Path:
    """The channels of a sample as tracks: the first is the customer's by its title."""
    rate = rate_of(name)
    with av.open(str(target), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=rate, layout="mono") for _ in range(2)]
        for stream, title in zip(streams, ("Customer line", "Agent"), strict=True):
            stream.metadata["title"] = title
        for stream, samples in zip(streams, sound_of(name)[::-1], strict=True):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis]), "s16", "mono")
            frame.sample_rate, frame.pts = rate, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return target


def write_three(target: Path) -> Path:
    """A supervisor on channel 0, who says what the agent says, then the two channels of a sample."""
    both = sound_of(THREE)
    with wave.open(str(target), "wb") as out:
        out.setnchannels(3)
        out.setsampwidth(2)
        out.setframerate(rate_of(THREE))
        out.writeframes(np.stack([both[0], *both]).T.astype("<i2", order="C").tobytes())
    return target


@pytest.fixture
def landed(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    made = tmp_path / "made"
    made.mkdir()
    pipeline.land(part(PARTS, 0, made / "a.wav"), f"{GOLDEN_DAY}/77_agent.wav")
    pipeline.land(part(PARTS, 1, made / "c.wav"), f"{GOLDEN_DAY}/77_customer.wav")
    said = {
        "queue": "billing",
        "parts": [
            {"file": "77_agent.wav", "role": "agent"},
            {"file": "77_customer.wav", "role": "customer", "offset": LATE_S},
        ],
    }
    sidecar = made / "77.json"
    sidecar.write_text(json.dumps(said), encoding="utf-8")
    pipeline.land(sidecar, f"{GOLDEN_DAY}/77.json")
    pipeline.land(write_tracks(TRACKS, made / "t.mkv"), f"{GOLDEN_DAY}/tracks.mkv")
    pipeline.land(write_three(made / "three.wav"), f"{GOLDEN_DAY}/three.wav")
    channels = made / "three.json"
    channels.write_text('{"channels": ["supervisor", "agent", "customer"]}', encoding="utf-8")
    pipeline.land(channels, f"{GOLDEN_DAY}/three.json")
    return pipeline


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def texts(pipeline: Pipeline) -> dict[tuple[str, str], str]:
    return {
        (call_id, role): text for call_id, role, text in pipeline.query("select call_id, role, text from transcripts")
    }


def expected(name: str) -> list[str]:
    """The texts of a sample's channels, as its reference has them."""
    reference = json.loads((SAMPLES / GOLDEN_DAY / name).with_suffix(".transcript.json").read_text(encoding="utf-8"))
    return [item["text"] for item in sorted(reference["transcripts"], key=lambda item: item["channel_id"])]


@pytest.mark.whole_run
def test_calls_of_every_form_go_from_files_to_tables_and_exports_and_are_billed_once_a_channel(
    landed: Pipeline, tmp_path: Path
) -> None:
    landed.run(GOLDEN_DAY)
    calls = landed.query("select call_id, form, status, channels, status_message from calls order by call_id")
    assert calls == [
        ("77", "parts", "ok", 2, None),
        ("three", "channels", "ok", 3, None),
        ("tracks", "tracks", "ok", 2, None),
    ]
    found = texts(landed)
    assert [found["77", "agent"], found["77", "customer"]] == expected(PARTS)
    assert [found["tracks", "agent"], found["tracks", "customer"]] == expected(TRACKS)
    assert [found["three", "agent"], found["three", "customer"]] == expected(THREE)
    assert found["three", "other"] == expected(THREE)[0]
    usage = landed.usage()
    assert (len(usage.charges), usage.times) == (7, {1})

    shift = "select min(begin_ms) from sentences where call_id = '77' and role = 'customer'"
    reference = json.loads((SAMPLES / GOLDEN_DAY / PARTS).with_suffix(".transcript.json").read_text(encoding="utf-8"))
    customer = next(item for item in reference["transcripts"] if item["channel_id"] == 1)
    first_ms = customer["sentences"][0]["begin_time"]
    assert landed.query(shift) == [(first_ms + 1000 * LATE_S,)]
    assert landed.query(
        "select role, name, source_channel from call_channels where call_id = 'three' order by all"
    ) == [
        ("agent", None, 1),
        ("customer", None, 2),
        ("other", "supervisor", 0),
    ]
    heard = landed.query("select call_id, role, len(segments) > 0 from acoustics order by all")
    assert [row[:2] for row in heard] == [
        ("77", "agent"), ("77", "customer"), ("three", "agent"), ("three", "customer"), ("three", "other"),
        ("tracks", "agent"), ("tracks", "customer"),
    ]  # fmt: skip
    measured = landed.query("select call_id from call_metrics where talk_ratio is not null order by call_id")
    assert [row[0] for row in measured] == ["77", "three", "tracks"]

    with open_newest(landed.home / "qa.duckdb", "UTC") as snapshot:
        calls = {call_id: recorded_call(snapshot, call_id) for call_id in ("77", "three", "tracks")}
    settings = load_settings(home=landed.home, recordings=landed.landing)
    for call_id, channels in (("77", 2), ("three", 3), ("tracks", 2)):
        call = calls[call_id]
        assert call is not None
        with open_call_sound(settings, call) as played:
            assert played.mime_type == "audio/flac"
            data = b"".join(played.read(0, played.size_bytes - 1))
        assert probe(write(tmp_path / f"{call_id}.flac", data)).channels == channels
    together = probe(tmp_path / "77.flac").duration_s
    assert together == pytest.approx(sound_of(PARTS).shape[1] / rate_of(PARTS) + LATE_S, abs=0.01)
    assert len(list((landed.home / "sounds").glob("*.flac"))) == 3, "what the acoustics listened to is played"

    for kind in ("srt", "vtt", "json", "vcon", "txt"):
        target = tmp_path / f"out-{kind}"
        done = landed.command("export", "--from", GOLDEN_DAY, "--format", kind, "--output", str(target))
        assert done.returncode == 0, (kind, done.stderr)
    for call_id in ("77", "three", "tracks"):
        shown = landed.command("call", call_id)
        assert shown.returncode == 0, shown.stderr

    again = part(OTHER, 1, tmp_path / "other.wav")
    landed.land(again, f"{GOLDEN_DAY}/77_customer.wav")
    (landed.landing / GOLDEN_DAY / "tracks.mkv").unlink()
    landed.run(GOLDEN_DAY)
    found, before = texts(landed), found
    assert {key: text for key, text in found.items() if key[0] == "three"} == {
        key: text for key, text in before.items() if key[0] == "three"
    }
    assert found["77", "agent"] == expected(PARTS)[0]
    assert found["77", "customer"] == expected(OTHER)[1]
    assert found["tracks", "agent"] == expected(TRACKS)[0], "what was paid for stays"
    assert (len(landed.usage().charges), landed.usage().times) == (8, {1})


@pytest.mark.chaos  # what waits: tests/landing/test_parts.py
@pytest.mark.whole_run
def test_a_part_waits_for_the_other_one_and_is_taken_when_that_lands(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.settings["QA_FILE_NAME_PATTERNS"] = "{call_id}-{party}"
    pipeline.land(part(PARTS, 1, tmp_path / "c.wav"), f"{GOLDEN_DAY}/88-in.wav")
    done = pipeline.command("run", "--from", GOLDEN_DAY, "--to", GOLDEN_DAY)
    assert done.returncode == 0, done.stderr
    [(status, reason, message)] = pipeline.query("select status, status_reason, status_message from calls")
    assert (status, reason) == ("quarantined", "missing_part")
    assert "88-in.wav is one part of call 88, and the recording of the other party is missing" in message
    assert pipeline.usage().charges == {}
    pipeline.land(part(PARTS, 0, tmp_path / "a.wav"), f"{GOLDEN_DAY}/88-out.wav")
    pipeline.run(GOLDEN_DAY)
    assert pipeline.query("select call_id, status, form, agent_channel from calls") == [("88", "ok", "parts", 1)]
    found = texts(pipeline)
    assert [found["88", "agent"], found["88", "customer"]] == expected(PARTS)
    assert len(pipeline.usage().charges) == 2


@pytest.mark.whole_run
def test_a_transcript_and_a_mix_beside_two_parts_are_of_that_call(pipeline: Pipeline, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    pipeline.land(part(PARTS, 0, made / "out.wav"), f"{GOLDEN_DAY}/77-out.wav")
    pipeline.land(part(PARTS, 1, made / "in.wav"), f"{GOLDEN_DAY}/77-in.wav")
    both = sound_of(PARTS)
    with wave.open(str(made / "mix.wav"), "wb") as out:
        out.setparams((1, 2, rate_of(PARTS), 0, "NONE", ""))
        out.writeframes((both.astype(np.int32).sum(axis=0) // 2).astype("<i2").tobytes())
    pipeline.land(part(OTHER, 0, made / "out2.wav"), f"{GOLDEN_DAY}/78-out.wav")
    pipeline.land(part(OTHER, 1, made / "in2.wav"), f"{GOLDEN_DAY}/78-in.wav")
    said = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Customer>I lost my card.\n\n"
        "00:03.000 --> 00:04.000\n<v Agent>Which one?\n"
    )
    beside = write(made / "78.vtt", said.encode())
    pipeline.land(made / "mix.wav", f"{GOLDEN_DAY}/77.wav")
    pipeline.land(beside, f"{GOLDEN_DAY}/78.vtt")
    pipeline.settings["QA_ON_MONO"] = "single"
    done = pipeline.run(GOLDEN_DAY)
    calls = "select call_id, form, status, status_reason, status_message from calls order by length(call_id), call_id"
    kept, heard, mix = pipeline.query(calls)
    assert kept[:4] == ("77", "parts", "ok", None)
    assert mix[2:4] == ("quarantined", "duplicate_audio")
    assert "is the mix of" in mix[4]
    assert heard[:4] == ("78", "parts", "ok", None)
    assert pipeline.query("select role, text, engine from transcripts where call_id = '78' order by role") == [
        ("agent", "Which one?", "import webvtt"),
        ("customer", "I lost my card.", "import webvtt"),
    ]
    usage = pipeline.usage()
    assert (len(usage.charges), usage.times) == (2, {1}), "the two parts of 77, not their mix and not 78"
    assert "78.vtt" not in done.stdout

"""Transcripts that are there already are taken in: at no cost, with their engine named, and never in silence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.harness import LONG_AGO, Pipeline
from tests.pipeline.steps import rows, run_steps, working_tables
from tests.serving import SAMPLES

DAY = "2025-09-01"
CALLS = ("c0101", "c0102", "c0104", "c0105", "c0109")
NOBODY_LISTENS = "http://127.0.0.1:9/api/v1"


def reference(call_id: str) -> dict[str, Any]:
    return dict(json.loads((SAMPLES / DAY / f"{call_id}.transcript.json").read_text(encoding="utf-8")))


def as_webvtt(document: dict[str, Any], voices: dict[int, str]) -> str:
    """The channels of a result as WebVTT, those with a voice only; an empty voice leaves the tag out."""
    cues = ["WEBVTT"]
    for transcript in document["transcripts"]:
        for sentence in transcript["sentences"]:
            if transcript["channel_id"] in voices:
                voice = voices[transcript["channel_id"]]
                times = " --> ".join(clock(sentence[key]) for key in ("begin_time", "end_time"))
                cues.append(f"{times}\n{f'<v {voice}>' if voice else ''}{sentence['text']}")
    return "\n\n".join(cues) + "\n"


def clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 60:02}:{seconds % 60:02}.{rest:03}"


def as_vcon(document: dict[str, Any]) -> dict[str, Any]:
    """The result as another vendor's vCon, in the World Transcription Format."""
    segments = [
        {"start": row["begin_time"] / 1000, "end": row["end_time"] / 1000, "text": row["text"],
         "speaker": transcript["channel_id"], "language": f"{row['language']}-XX", "emotion": row.get("emotion")}
        for transcript in document["transcripts"] for row in transcript["sentences"]
    ]  # fmt: skip
    body = {"transcript": {"text": "…"}, "segments": segments, "metadata": {"provider": "deepgram", "model": "nova-2"}}
    return {
        "vcon": "0.0.2", "uuid": "x", "parties": [{"role": "agent"}, {"role": "customer"}],
        "dialog": [{"type": "recording", "start": "2025-09-01", "parties": [0, 1], "mimetype": "audio/x-wav"}],
        "analysis": [{"type": "wtf_transcription", "dialog": 0, "encoding": "json", "body": body}],
    }  # fmt: skip


def put(pipeline: Pipeline, name: str, content: Any, *, changed_s: int = LONG_AGO) -> Path:
    path = pipeline.landing / DAY / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    os.utime(path, (changed_s, changed_s))
    return path


def land(pipeline: Pipeline, *call_ids: str) -> None:
    for call_id in call_ids:
        for source in sorted((SAMPLES / DAY).glob(f"{call_id}.*")):
            if not source.name.endswith(".transcript.json"):
                pipeline.land(source, f"{DAY}/{source.name}")


def sentences(pipeline: Pipeline, call_id: str) -> list[tuple[Any, ...]]:
    return pipeline.query(
        "select channel_id, begin_ms, end_ms, text from sentences where call_id = ? order by channel_id, sentence_id",
        call_id,
    )


def seconds(pipeline: Pipeline, call_id: str) -> int:
    """What one channel of the call is billed for."""
    return int(pipeline.query("select ceil(duration_s) from calls where call_id = ?", call_id)[0][0])


def expected(call_id: str) -> list[tuple[Any, ...]]:
    return [
        (transcript["channel_id"], row["begin_time"], row["end_time"], row["text"])
        for transcript in reference(call_id)["transcripts"]
        for row in transcript["sentences"]
    ]


def engines(pipeline: Pipeline) -> dict[tuple[str, int], str]:
    found = pipeline.query("select call_id, channel_id, engine from transcripts")
    return {(call_id, channel_id): engine for call_id, channel_id, engine in found}


@pytest.mark.chaos
@pytest.mark.whole_run
def test_a_day_whose_transcripts_are_all_there_needs_no_service_and_survives_an_export(pipeline: Pipeline) -> None:
    pipeline.settings["QA_REDACTION"] = "off"  # all that was said is compared
    land(pipeline, *CALLS)
    put(pipeline, "c0101.transcript.json", reference("c0101"))
    put(pipeline, "c0102.vtt", as_webvtt(reference("c0102"), {0: "Agent", 1: "Customer"}))
    put(pipeline, "c0104.vcon.json", as_vcon(reference("c0104")))
    fun_asr = {key: value for key, value in reference("c0105").items() if key != "audio_info"} | {"properties": {}}
    put(pipeline, "c0105.transcript.json", fun_asr)
    put(pipeline, "c0109.channel-0.vtt", as_webvtt(reference("c0109"), {0: ""}))
    put(pipeline, "c0109.channel-1.vtt", as_webvtt(reference("c0109"), {1: ""}))
    pipeline.base_url = NOBODY_LISTENS
    said = pipeline.command("cost", "--from", DAY)
    assert said.returncode == 0, said.stderr
    lines = [line.split() for line in said.stdout.splitlines()]
    assert ["imported", "(never", "sent)", "10", "0", "0.0000"] in lines
    assert ["to", "be", "sent", "0", "0", "0.0000"] in lines
    done = pipeline.run(DAY)

    assert "10 imported" in done.stdout
    assert "Imported  2 filetrans, 2 fun-asr, 2 vcon (deepgram/nova-2), 4 webvtt" in done.stdout
    assert pipeline.query("select status, count(*) from calls group by all") == [("ok", 5)]
    assert {call_id: sentences(pipeline, call_id) for call_id in CALLS} == {name: expected(name) for name in CALLS}
    assert engines(pipeline) == {
        (call_id, channel_id): engine
        for call_id, engine in {
            "c0101": "import filetrans",
            "c0102": "import webvtt",
            "c0104": "import vcon (deepgram/nova-2)",
            "c0105": "import fun-asr",
            "c0109": "import webvtt",
        }.items()
        for channel_id in (0, 1)
    }
    assert pipeline.query("select distinct model, state, billed_s, cost_usd, code from transcription_tasks") == [
        ("imported", "parsed", 0.0, 0.0, None)
    ]
    labels = "select distinct language, emotion is null from sentences where call_id = ?"
    assert pipeline.query(labels, "c0104") == [("es", False)]
    assert pipeline.query(labels, "c0102") == [("en", True)], "subtitles know neither, the text tells the language"
    kept = pipeline.query(
        "select distinct raw_path from transcription_tasks semi join "
        "(from calls where call_id = 'c0102') as call on call.recording_id = transcription_tasks.recording_id"
    )
    raw = pipeline.home / "raw" / kept[0][0]
    assert len(kept) == 1
    assert raw.read_bytes() == (pipeline.landing / DAY / "c0102.vtt").read_bytes()

    folder = pipeline.home.parent / "vcons"
    written = pipeline.command("export", "--format", "vcon", "--from", DAY, "--to", DAY, "--output", str(folder))
    assert written.returncode == 0, written.stderr
    again = Pipeline(pipeline.home.with_name("again"), pipeline.landing.with_name("again"), NOBODY_LISTENS)
    again.settings |= pipeline.settings
    land(again, *CALLS)
    for call_id in CALLS:
        put(again, f"{call_id}.vcon", (folder / f"{call_id}.vcon").read_text(encoding="utf-8"))
    again.run(DAY)
    for table in ("calls", "sentences", "languages", "emotions"):
        assert again.tables()[table] == pipeline.tables()[table]
    assert engines(again)["c0102", 0] == "import vcon (import webvtt/imported)"


@pytest.mark.whole_run
def test_a_channel_without_a_transcript_is_sent_and_one_with_a_bad_transcript_is_named_and_waits(
    pipeline: Pipeline,
) -> None:
    pipeline.settings["QA_MAX_FAILED_SHARE"] = "1"
    land(pipeline, "c0101", "c0102", "c0105", "c0107")
    put(pipeline, "c0101.channel-0.vtt", as_webvtt(reference("c0101"), {0: ""}))
    good = as_webvtt(reference("c0102"), {0: "Agent", 1: "Customer"})
    put(pipeline, "c0102.vtt", good.replace(" --> ", " -> ", 1))
    late = reference("c0105")
    late["transcripts"][1]["sentences"][-1]["end_time"] = 10_000_000
    put(pipeline, "c0105.transcript.json", late)
    put(pipeline, "c0107.vcon", '{"vcon": "0.4.0", "analysis": [')
    done = pipeline.run(DAY)

    assert pipeline.usage().seconds == seconds(pipeline, "c0101"), "one channel of one call"
    assert engines(pipeline) == {("c0101", 0): "import webvtt", ("c0101", 1): "local reference"}
    assert "IMPORT_UNREADABLE" in done.stdout
    known = pipeline.query("select call_id, status, status_reason, status_message from calls order by call_id")
    assert [row[:3] for row in known] == [
        ("c0101", "ok", None), *((name, "failed", "IMPORT_UNREADABLE") for name in ("c0102", "c0105", "c0107"))
    ]  # fmt: skip
    messages = [row[3] for row in known[1:]]
    assert "2025-09-01/c0102.vtt can't be taken in: line 3 is neither a cue nor a note" in messages[0]
    assert "c0105.transcript.json can't be taken in: sentence" in messages[1]
    assert "of channel 1 ends at 10000000 ms, the recording at" in messages[1]
    assert "c0107.vcon can't be taken in: it is not JSON" in messages[2]
    assert all("Correct the file, or remove it to have the service transcribe the channel" in item for item in messages)
    listed = pipeline.command("retry", "--from", DAY, "--yes")
    assert "Nothing to retry" in listed.stdout, "another try would say the same: the file must change"
    standing = pipeline.command("status").stdout
    assert "3 calls with IMPORT_UNREADABLE: c0102, c0105, c0107; correct or remove their transcripts" in standing
    tables, attempts = pipeline.tables(), pipeline.query("select count(*) from transcription_tasks")
    run_steps(pipeline, DAY)
    assert working_tables(pipeline) == tables
    assert rows(pipeline, "select count(*) from transcription_tasks") == attempts, "the same failure is noted once"

    put(pipeline, "c0102.vtt", good)
    put(pipeline, "c0105.transcript.json", reference("c0105"))
    (pipeline.landing / DAY / "c0107.vcon").unlink()
    pipeline.run(DAY)
    assert set(pipeline.query("select status, status_message from calls")) == {("ok", None)}
    found = engines(pipeline)
    assert [found[name, 0] for name in ("c0102", "c0105", "c0107")] == [
        "import webvtt", "import filetrans", "local reference",
    ]  # fmt: skip
    paid = seconds(pipeline, "c0101") + 2 * seconds(pipeline, "c0107")
    assert pipeline.usage().seconds == paid, "only the call whose transcript was removed is paid for"

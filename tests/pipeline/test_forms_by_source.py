"""Every form of a call from every place that the service may hear it from, and the export of every phone system: from
files to transcripts and metrics, each channel billed once, nothing by a rerun."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.transcriptions import transcriptions
from qa_pipeline.recordings.layout_presets import LAYOUTS
from tests.landing.test_layouts import CONTENTS, SOUND, TREES
from tests.object_storage.storage import KEYS, S3Server, s3_server
from tests.pipeline.harness import GOLDEN_DAY, LONG_AGO, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.pipeline.test_forms import PARTS, THREE, TRACKS, expected, part, write_three, write_tracks
from tests.serving import SAMPLES

pytestmark = pytest.mark.whole_run

SEGMENTS = ("c0104.m4a", "c0108.opus")
LIST = (
    "file,call_id,agent_id,started_at\n"
    "first.m4a,9,a-1,2025-09-01T14:03:00+08:00\nsecond.opus,9,a-2,2025-09-01T14:06:00+08:00\n"
)
CHANNELS = {"77": 2, "three": 3, "9": 4, "tracks": 2}
"""What is billed for each call."""


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The calls in their forms, by their place in a landing zone."""
    made = tmp_path / "made"
    made.mkdir()
    (made / "three.json").write_text('{"channels": ["supervisor", "agent", "customer"]}', encoding="utf-8")
    (made / "calls.csv").write_text(LIST, encoding="utf-8")
    found = {
        "77_agent.wav": part(PARTS, 0, made / "a.wav"),
        "77_customer.wav": part(PARTS, 1, made / "c.wav"),
        "three.wav": write_three(made / "three.wav"),
        "three.json": made / "three.json",
        "tracks.mkv": write_tracks(TRACKS, made / "tracks.mkv"),
        "first.m4a": SAMPLES / GOLDEN_DAY / SEGMENTS[0],
        "second.opus": SAMPLES / GOLDEN_DAY / SEGMENTS[1],
        "calls.csv": made / "calls.csv",
    }
    return {f"{GOLDEN_DAY}/{name}": path for name, path in found.items()}


def in_a_bucket(pipeline: Pipeline, server: S3Server, files: dict[str, Path]) -> None:
    bucket = server.make_bucket(f"calls-{os.urandom(8).hex()}")
    for name, path in files.items():
        server.put(bucket, f"raw/{name}", path.read_bytes())
    pipeline.settings |= {"QA_RECORDINGS": f"s3://{bucket}/raw"}


@pytest.mark.parametrize(
    "source",
    [
        "bucket, presigned",
        *(
            pytest.param(source, marks=pytest.mark.chaos)
            for source in ("bucket, uploaded", "folder, by way of a bucket", "web server")
        ),
    ],
)
def test_every_form_is_heard_from_every_source_and_billed_once_a_channel(
    pipeline: Pipeline, http_folder: str, server: S3Server, files: dict[str, Path], source: str
) -> None:
    pipeline.settings |= KEYS | {"QA_BUCKET_ENDPOINT": server.url, "QA_SETTLE_S": "0"}
    pipeline.settings |= {"QA_REDACTION": "off"}  # all that was said is compared
    if source.startswith("bucket"):
        in_a_bucket(pipeline, server, files)
    for name, path in files.items():
        pipeline.land(path, name)
    pipeline.settings |= {
        "bucket, presigned": {"QA_AUDIO_URLS": "presigned"},
        "bucket, uploaded": {},
        "folder, by way of a bucket": {
            "QA_AUDIO_URLS": "presigned",
            "QA_AUDIO_BUCKET": f"s3://{server.make_bucket(f'audio-{os.urandom(8).hex()}')}",
        },
        "web server": {"QA_AUDIO_URLS": "http", "QA_AUDIO_BASE_URL": http_folder},
    }[source]
    run_steps(pipeline, GOLDEN_DAY)
    fetched = source in ("bucket, presigned", "web server")
    states = dict(rows(pipeline, "select call_id, coalesce(status_reason, form) from calls"))
    assert states == {
        "77": "parts",
        "three": "channels",
        "9": "stereo",
        "tracks": "multiple_audio_streams" if fetched else "tracks",
    }
    taken = [call_id for call_id in CHANNELS if call_id != "tracks" or not fetched]
    texts = {
        (call_id, role): text for call_id, role, text in rows(pipeline, "select call_id, role, text from transcripts")
    }
    roles = ("agent", "customer")
    spoken = {"77": expected(PARTS), "three": expected(THREE), "tracks": expected(TRACKS)}
    spoken["9"] = [f"{first} {second}" for first, second in zip(*map(expected, SEGMENTS), strict=True)]
    for call_id in taken:
        assert [texts[call_id, role].replace(" ", "") for role in roles] == [
            text.replace(" ", "") for text in spoken[call_id]
        ], call_id
    measured = "select call_id from call_metrics where talk_ratio is not null order by call_id"
    assert [row[0] for row in rows(pipeline, measured)] == sorted(taken)
    usage = pipeline.usage()
    assert usage.times == {1}
    assert len(usage.charges) == sum(CHANNELS[call_id] for call_id in taken)
    run_steps(pipeline, GOLDEN_DAY, only=(calls, transcriptions))
    assert pipeline.usage().charges == usage.charges


RECORDINGS = sorted(
    path for path in SAMPLES.rglob("c0[12]0[1-8].*") if path.suffix in (".mp3", ".m4a", ".opus", ".wav")
)


@pytest.mark.parametrize(
    "layout",
    [layout if layout == "genesys-cloud" else pytest.param(layout, marks=pytest.mark.chaos) for layout in LAYOUTS],
)
def test_the_export_of_every_phone_system_goes_from_its_files_to_metrics(
    pipeline: Pipeline, tmp_path: Path, layout: str
) -> None:
    samples = iter(RECORDINGS)
    halves = iter([0, 1])
    pair = tmp_path / "pair.wav"
    for line in filter(str.strip, TREES[layout]):
        path, _, kind = line.partition("  ")
        if not SOUND.search(path):
            target = pipeline.landing / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(CONTENTS.get(f"{layout}/{path}", "x"), encoding="utf-8")
            os.utime(target, (LONG_AGO, LONG_AGO))
        elif kind.strip() == "mono":
            pipeline.land(part("c0109.mp3", next(halves), pair), path)
        else:
            pipeline.land(next(samples), path)
    pipeline.settings["QA_LANDING_LAYOUT"] = layout
    run_steps(pipeline, "2025-09-02")
    found = rows(pipeline, "select call_id, status, status_message from calls")
    assert found
    assert [row for row in found if row[1] != "ok"] == []
    said = "select count(*), count(distinct call_id), count(distinct role) from transcripts where text <> ''"
    assert rows(pipeline, said) == [(2 * len(found), len(found), 2)]
    assert rows(pipeline, "select count(*) from call_metrics where talk_ratio is not null") == [(len(found),)]
    [(sounds,)] = rows(pipeline, "select count(*) from call_channels")
    assert sounds >= 2 * len(found), "a transferred call has more than one recording"
    assert (len(pipeline.usage().charges), pipeline.usage().times) == (sounds, {1})

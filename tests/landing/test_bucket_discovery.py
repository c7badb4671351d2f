"""A bucket as landing zone: what is found is what a folder with the same files gives, at as few downloads as may be."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.serving.recorded_calls import RecordedCall
from dashboards.serving.recording_places import NotPlayable
from dashboards.serving.sounds import open_call_sound
from qa_pipeline.landing import limits as recording_limits
from qa_pipeline.landing import zone_reader
from qa_pipeline.landing.discovery import changed_days, discover_calls, overview
from qa_pipeline.landing.landed import Landing
from qa_pipeline.landing.recording_files import RecordingGone, recording_files
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.object_storage import bucket as bucket_module
from qa_pipeline.object_storage.bucket import Bucket, StoredObject
from qa_pipeline.object_storage.faults import BucketRefused, ObjectRefused, StorageUnreachable
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings
from tests.object_storage.storage import S3Server, count_downloads, s3_server, set_keys

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings"
LONG_AGO_S = 1_700_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def settings(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    set_keys(monkeypatch)
    monkeypatch.setattr(bucket_module, "RETRIES", 0)
    name = server.make_bucket(f"zone-{uuid.uuid4().hex}")
    return Settings(
        home=tmp_path / "home", recordings=BucketUrl("s3", name, "raw"), bucket_endpoint=server.url, settle_s=0.0
    )


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of what was really downloaded, in order."""
    return count_downloads(monkeypatch)


def bucket_of(settings: Settings) -> str:
    assert settings.landing_bucket is not None
    return settings.landing_bucket.bucket


def land(server: S3Server, settings: Settings, key: str, content: bytes | str | Path) -> None:
    """Puts something into the landing zone."""
    if isinstance(content, Path):
        content = content.read_bytes()
    server.put(bucket_of(settings), f"raw/{key}", content.encode() if isinstance(content, str) else content)


def land_sample_day(server: S3Server, settings: Settings, day: str) -> list[str]:
    names = [path.name for path in sorted((SAMPLES / day).iterdir()) if not path.name.endswith(".transcript.json")]
    for name in names:
        land(server, settings, f"{day}/{name}", SAMPLES / day / name)
    return names


def comparable(found: Landing) -> list[dict[str, object]]:
    """The calls without where they lie."""
    return [{**vars(call), "path": None, "object_uri": None, "sources": len(call.sources)} for call in found.calls]


def test_a_bucket_gives_the_calls_that_a_folder_with_the_same_files_gives(
    server: S3Server, settings: Settings, ledger: Ledger, tmp_path: Path
) -> None:
    folder = Settings(home=tmp_path / "other", recordings=tmp_path / "zone", settle_s=0.0)
    (tmp_path / "zone").mkdir()
    odd = {
        "2025-09-05/text.wav": b"I am a letter",
        "2025-09-05/empty.wav": b"",
        "2025-09-05/通话 1.json": b'{"call_id": "c9", "agent_id": "a-1"}',
        "2025-09-05/lonely.json": b"{}",
        "2025-09-05/bad.json": b"{",
        "calls.csv": b"call_id,queue\nc8,sales\nnobody,sales\n",
        "undated.wav": SAMPLES / "2025-09-01" / "c0101.mp3",
        "2025-09-05/c8.mp3": SAMPLES / "2025-09-01" / "c0103.mp3",
        "2025-09-05/bad.mp3": SAMPLES / "2025-09-01" / "c0103.mp3",
        "2025-09-05/通话 1.mp3": SAMPLES / "2025-09-01" / "c0101.mp3",
        ".hidden/x.wav": b"x",
        "2025-09-05/notes.txt": b"x",
    }
    for key, content in odd.items():
        content = content.read_bytes() if isinstance(content, Path) else content
        land(server, settings, key, content)
        (tmp_path / "zone" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "zone" / key).write_bytes(content)
        os.utime(tmp_path / "zone" / key, (LONG_AGO_S, LONG_AGO_S))
    server.put(bucket_of(settings), "raw/2025-09-05/", b"")  # the marker of a folder, as consoles make them
    other = Ledger(open_operations(folder.operations_database_url))
    expected, found = discover_calls(folder, other), discover_calls(settings, ledger)
    other.engine.dispose()
    assert comparable(found) == comparable(expected)
    assert len(found.calls) == 6
    assert found.notes == expected.notes
    url = settings.landing_bucket
    assert url is not None
    assert [url.key_of(call.source_uri) for call in found.calls] == [call.relative_path for call in found.calls]


def test_an_object_whose_ending_says_nothing_is_asked_for_its_first_bytes_alone(
    server: S3Server, settings: Settings, ledger: Ledger, fetched: list[str]
) -> None:
    land(server, settings, "2025-09-01/RE0123", SAMPLES / "2025-09-01" / "c0101.mp3")
    land(server, settings, "2025-09-01/c.zip", b"PK\x03\x04" + bytes(100_000))
    land(server, settings, "2025-09-01/empty", b"")
    assert overview(settings, with_recordings=True).recordings == ("2025-09-01/RE0123",)
    assert fetched == []
    found = discover_calls(settings, ledger)
    assert [call.relative_path for call in found.calls] == ["2025-09-01/RE0123"]
    assert [key for key in fetched if key.endswith("zip")] == []
    assert found.notes == (
        "2025-09-01/c.zip is left out: a ZIP archive: unpack it and land the recordings in it",
        "2025-09-01/empty is left out: an empty file",
    )


def test_what_is_unchanged_is_never_downloaded_again(
    server: S3Server, settings: Settings, ledger: Ledger, fetched: list[str]
) -> None:
    names = land_sample_day(server, settings, "2025-09-01")
    first = discover_calls(settings, ledger)
    assert sorted(fetched) == [f"2025-09-01/{name}" for name in names], "each once"
    fetched.clear()
    assert discover_calls(settings, ledger).calls == first.calls
    assert fetched == []
    land(server, settings, "2025-09-01/c0101.mp3", SAMPLES / "2025-09-01" / "c0103.mp3")
    changed = discover_calls(settings, ledger)
    assert fetched == ["2025-09-01/c0101.mp3"]
    assert [call.recording_id for call in changed.calls] != [call.recording_id for call in first.calls]


def test_what_was_learned_outlives_the_copies(
    server: S3Server, settings: Settings, ledger: Ledger, fetched: list[str]
) -> None:
    land_sample_day(server, settings, "2025-09-01")
    small = settings.model_copy(update={"landing_cache_gb": 1e-9})
    first = discover_calls(small, ledger)
    assert sum(path.stat().st_size for path in (settings.home / "landing").rglob("recordings/**/*.mp3")) < 1_000_000
    fetched.clear()
    assert discover_calls(small, ledger).calls == first.calls
    assert fetched == []


def test_the_sensor_downloads_no_recording_and_only_changed_folders_metadata(
    server: S3Server, settings: Settings, fetched: list[str]
) -> None:
    for day in ("2025-09-01", "2025-09-02"):
        land_sample_day(server, settings, day)
    first = changed_days(settings, {})
    assert set(first.changed) == {"2025-09-01", "2025-09-02"}
    assert {key.rpartition(".")[2] for key in fetched} <= {"json", "csv"}
    fetched.clear()
    assert changed_days(settings, first.fingerprints).changed == {}
    assert fetched == []
    land(server, settings, "2025-09-01/c0101.json", '{"agent_id": "a-late"}')
    assert set(changed_days(settings, first.fingerprints).changed) == {"2025-09-01"}
    assert fetched == ["2025-09-01/c0101.json"]


def test_an_object_that_has_just_landed_waits(server: S3Server, settings: Settings, ledger: Ledger) -> None:
    land_sample_day(server, settings, "2025-09-01")
    patient = settings.model_copy(update={"settle_s": 600.0})
    found = discover_calls(patient, ledger)
    assert (found.calls, len(found.unsettled) > 0) == ((), True)
    assert changed_days(patient, {}).changed == {}


def test_one_over_the_limit_is_quarantined_without_being_downloaded(
    server: S3Server, settings: Settings, ledger: Ledger, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    land(server, settings, "2025-09-01/a.mp3", SAMPLES / "2025-09-01" / "c0101.mp3")
    limits = dataclasses.replace(recording_limits.recording_limits(settings), max_bytes=100)
    monkeypatch.setattr(zone_reader, "recording_limits", lambda _: limits)
    [call] = discover_calls(settings, ledger).calls
    assert (str(call.status_reason), fetched) == ("too_large", [])


def test_one_that_is_deleted_while_one_looks_disturbs_no_other(
    server: S3Server, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("c0101.mp3", "c0103.mp3"):
        land(server, settings, f"2025-09-01/{name}", SAMPLES / "2025-09-01" / name)
    listed = Bucket.listed

    def list_and_lose_one(self: Bucket) -> object:
        found = listed(self)
        server.delete(bucket_of(settings), "raw/2025-09-01/c0101.mp3")
        return found

    monkeypatch.setattr(Bucket, "listed", list_and_lose_one)
    calls = {call.call_id: call for call in discover_calls(settings, ledger).calls}
    assert calls["c0103"].is_usable
    assert str(calls["c0101"].status_reason) == "unreadable"
    assert "is gone from the bucket" in str(calls["c0101"].status_message)


def refuse(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    """These objects are closed to us, as by a policy; the server at hand knows no policies."""
    download = Bucket.download

    def refusing(self: Bucket, key: str, target: Path) -> StoredObject:
        if key in keys:
            raise ObjectRefused(f"{key} can't be read: these keys may not (AccessDenied)")
        return download(self, key, target)

    monkeypatch.setattr(Bucket, "download", refusing)


def test_one_that_is_closed_is_quarantined_and_all_closed_is_an_error(
    server: S3Server, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"2025-09-01/{name}" for name in ("c0101.mp3", "c0103.mp3")]
    for key in keys:
        land(server, settings, key, SAMPLES / key)
    with monkeypatch.context() as closed:
        refuse(closed, *keys)
        with pytest.raises(ObjectRefused, match="AccessDenied"):
            discover_calls(settings, ledger)
    refuse(monkeypatch, keys[0])
    assert [str(call.status_reason) for call in discover_calls(settings, ledger).calls] == ["unreadable", "None"]


def test_what_cannot_be_read_is_never_empty(settings: Settings, ledger: Ledger) -> None:
    away = settings.model_copy(update={"bucket_endpoint": "http://127.0.0.1:9"})
    missing = settings.model_copy(update={"recordings": BucketUrl("s3", "nobody-made-this")})
    for wrong, kind in ((away, StorageUnreachable), (missing, BucketRefused)):
        with pytest.raises(kind):
            discover_calls(wrong, ledger)
        with pytest.raises(kind):
            changed_days(wrong, {})


def test_an_empty_bucket_is_one(settings: Settings, ledger: Ledger) -> None:
    assert discover_calls(settings, ledger).calls == ()


def test_a_key_that_can_be_no_path_is_noted(server: S3Server, settings: Settings, ledger: Ledger) -> None:
    land(server, settings, "2025-09-01/c0101.mp3", SAMPLES / "2025-09-01" / "c0101.mp3")
    land(server, settings, "/twice.wav", b"x")
    found = discover_calls(settings, ledger)
    assert [call.call_id for call in found.calls] == ["c0101"]
    assert any("raw//" in note and "rename or delete that object" in note for note in found.notes)


# -- one recording ------------------------------------------------------------------------------------------------


def test_any_recording_is_had_as_a_file_by_its_uri(
    server: S3Server, settings: Settings, ledger: Ledger, tmp_path: Path
) -> None:
    sample = SAMPLES / "2025-09-01" / "c0101.mp3"
    land(server, settings, "2025-09-01/通话 1.mp3", sample)
    [call] = discover_calls(settings, ledger).calls
    files = recording_files(settings)
    for uri in (call.source_uri, sample.as_uri()):
        with files.hold(uri) as path:
            assert path.read_bytes() == sample.read_bytes()
    assert files.stamp(sample.as_uri()) is None
    with open_call_sound(settings, RecordedCall("1", call.recording_id, call.source_uri, 90.0, "", ())) as sound:
        assert b"".join(sound.read(0, sound.size_bytes - 1)) == sample.read_bytes()


@pytest.mark.parametrize("uri", ["s3://another/raw/a.wav", "gs://x/raw/a.wav", "file:///gone/a.wav"])
def test_a_recording_that_is_elsewhere_or_gone_is_named(settings: Settings, uri: str) -> None:
    with pytest.raises(RecordingGone, match=r"a\.wav"), recording_files(settings).hold(uri):
        pass


def test_a_player_says_why_there_is_nothing_to_hear(settings: Settings) -> None:
    assert settings.landing_bucket is not None
    call = RecordedCall("1", None, settings.landing_bucket.uri_of("a.wav"), 90.0, "", ())
    with pytest.raises(NotPlayable, match="is gone from the bucket"), open_call_sound(settings, call):
        pass

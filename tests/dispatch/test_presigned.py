"""Audio by signed addresses: whose they are, how long they live, and what is left in the bucket.

The service fetches every address over HTTP from a real S3 server on loopback. That server does not check signatures or
expiry; a gate before it judges expiry as S3 documents it, by what stands in the address.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
import wave
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch.addresses import LATEST_S
from qa_pipeline.dispatch.audio_source import HttpSource, PresignedSource, RecordingGone, UploadSource
from qa_pipeline.dispatch.expired_urls import ATTEMPTS
from qa_pipeline.dispatch.run import _ended
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.landing.recording_files import RecordingFiles, recording_files
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage import bucket as bucket_module
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.parameters import TranscriptionParameters
from qa_pipeline.transcription.results import parse_result
from tests.dispatch.trial import BILLED_S, MODEL, PAID, Trial, lose_answer
from tests.object_storage.storage import Gate, S3Server, gate, s3_server, set_keys

HOUR_S = 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def door(server: S3Server) -> Iterator[Gate]:
    with gate(server) as opened:
        yield opened


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch)
    monkeypatch.setattr(bucket_module, "RETRIES", 0)


@dataclasses.dataclass
class BucketTrial:
    """The trial's recordings, as objects of a bucket that is the landing zone."""

    trial: Trial
    server: S3Server
    door: Gate
    bucket: str
    settings: Settings

    @property
    def recordings(self) -> RecordingFiles:
        return recording_files(self.settings)

    def source(self, ttl_s: float = HOUR_S) -> PresignedSource:
        return PresignedSource(self.recordings, uploads=None, ttl_s=ttl_s)

    def channel(self, name: str, channel_id: int, **changes: object) -> WorkItem:
        uri = BucketUrl("s3", self.bucket, "calls").uri_of(f"{name}.wav")
        return dataclasses.replace(self.trial.channel(name, channel_id), source_uri=uri, **changes)  # type: ignore[arg-type]

    def run(self, wanted: list[WorkItem], *, ttl_s: float = HOUR_S, **options: object) -> object:
        return self.trial.run(wanted, source=self.source(ttl_s), recordings=self.recordings, **options)

    def lose_answer(self, name: str, channel_id: int, **changes: object) -> LedgerRow:
        return lose_answer(self.trial, self.channel(name, channel_id, **changes), source=self.source())


@pytest.fixture
def zone(trial: Trial, server: S3Server, door: Gate, tmp_path: Path) -> BucketTrial:
    bucket = server.make_bucket(f"zone-{uuid.uuid4().hex}")
    for path in (tmp_path / "landing").glob("*.wav"):
        server.put(bucket, f"calls/{path.name}", path.read_bytes())
    settings = Settings(
        home=tmp_path / "home",
        recordings=BucketUrl("s3", bucket, "calls"),
        bucket_endpoint=door.url,
        settle_s=0.0,
    )
    return BucketTrial(trial, server, door, bucket, settings)


# -- objects of the landing zone ----------------------------------------------------------------------------------


def test_an_object_of_the_landing_zone_is_read_by_the_service_as_it_lies_there(zone: BucketTrial) -> None:
    before = zone.server.keys(zone.bucket)
    wanted = [zone.channel("bank", 0), zone.channel("bank", 1)]
    report = zone.run(wanted)
    assert (report.answered, zone.trial.billed()) == (2, 2 * BILLED_S)  # type: ignore[attr-defined]
    assert (zone.door.fetched, zone.server.keys(zone.bucket)) == (2, before)
    for unit in zone.trial.units(wanted):
        result = parse_result(zone.trial.raw_store.get(str(unit.raw_path), str(unit.raw_sha256)))
        assert "X-Amz-Expires=3600" in str(result.file_url)
        assert unit.file_url is None, "the answer names it; the ledger keeps it for as long as it may be needed"


def test_what_landed_unchanged_is_not_downloaded_to_be_compared(
    zone: BucketTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    discover_calls(zone.settings, zone.trial.ledger)
    fetched: list[str] = []
    monkeypatch.setattr(Bucket, "download", lambda self, key, target: fetched.append(key))
    assert zone.run([zone.channel("bank", 0)]).answered == 1  # type: ignore[attr-defined]
    assert fetched == []


@pytest.mark.parametrize("was_looked_at", [True, False])
def test_an_object_that_was_replaced_since_it_landed_fails_alone(zone: BucketTrial, was_looked_at: bool) -> None:
    if was_looked_at:
        discover_calls(zone.settings, zone.trial.ledger)
    zone.server.put(zone.bucket, "calls/bank.wav", b"another call")
    wanted = [zone.channel("bank", 0), zone.channel("hotel", 0)]
    report = zone.run(wanted)
    assert (report.answered, report.failed_by_code) == (1, {"SOURCE_CHANGED": 1})  # type: ignore[attr-defined]
    assert f"s3://{zone.bucket}/calls/bank.wav was replaced after it landed" in str(zone.trial.units(wanted)[0].message)


def test_an_object_that_was_deleted_fails_alone(zone: BucketTrial) -> None:
    zone.server.delete(zone.bucket, "calls/bank.wav")
    wanted = [zone.channel("bank", 0), zone.channel("hotel", 0)]
    report = zone.run(wanted)
    assert (report.answered, report.failed_by_code) == (1, {"SOURCE_MISSING": 1})  # type: ignore[attr-defined]
    assert "bank.wav is gone from the bucket; put it back" in str(zone.trial.units(wanted)[0].message)


def test_an_object_of_another_bucket_is_not_signed(zone: BucketTrial) -> None:
    other = dataclasses.replace(zone.channel("bank", 0), source_uri="s3://somebody-elses/calls/bank.wav")
    report = zone.run([other])
    assert report.failed_by_code == {"SOURCE_MISSING": 1}  # type: ignore[attr-defined]
    assert "lies outside QA_RECORDINGS" in str(zone.trial.units([other])[0].message)


def test_keys_that_the_storage_refuses_halt_the_run_and_leave_everything_planned(zone: BucketTrial) -> None:
    wanted = [zone.channel("bank", 0), zone.channel("hotel", 0)]
    zone.settings = zone.settings.model_copy(update={"bucket_endpoint": zone.server.url})
    with zone.server.checking_keys():
        report = zone.run(wanted)
    assert "the storage does not know these keys" in str(report.stopped_by)  # type: ignore[attr-defined]
    assert (set(zone.trial.states(wanted)), zone.trial.tasks()) == ({"planned"}, [])
    assert zone.run(wanted).answered == 2  # type: ignore[attr-defined]


def test_a_storage_that_does_not_answer_leaves_everything_planned(zone: BucketTrial) -> None:
    wanted = [zone.channel("bank", 0)]
    reachable = zone.settings
    zone.settings = reachable.model_copy(update={"bucket_endpoint": "http://127.0.0.1:9"})
    report = zone.run(wanted)
    assert (report.remaining, zone.trial.states(wanted)) == (1, ["planned"])  # type: ignore[attr-defined]
    zone.settings = reachable
    assert zone.run(wanted).answered == 1  # type: ignore[attr-defined]


def test_a_bucket_that_is_served_over_http_is_addressed_by_its_keys() -> None:
    source = HttpSource("https://cdn.example/calls/", BucketUrl("s3", "calls", "raw"))
    url = asyncio.run(source.url_for("s3://calls/raw/day/a%20b.wav", "0" * 32, MODEL))
    assert url == f"https://cdn.example/calls/day/a%20b.wav?submission=qa-{'0' * 32}"
    for elsewhere in ("s3://other/raw/a.wav", "file:///raw/a.wav"):
        with pytest.raises(RecordingGone, match="lies outside QA_RECORDINGS"):
            asyncio.run(source.url_for(elsewhere, "0" * 32, MODEL))


def test_uploads_are_made_from_a_bucket_too(zone: BucketTrial) -> None:
    async def uploaded() -> str:
        async with zone.trial.client() as client:
            return await UploadSource(client, zone.recordings).url_for(
                zone.channel("bank", 0).source_uri, "a" * 32, MODEL
            )

    assert asyncio.run(uploaded()).startswith("oss://")


# -- addresses that expire ----------------------------------------------------------------------------------------


def test_an_address_that_expired_in_the_queue_is_renewed_and_billed_once(zone: BucketTrial) -> None:
    zone.door.waits_s = [4.5]
    report = zone.run([zone.channel("bank", 0)], ttl_s=3.0)
    history = zone.trial.ledger.of_recordings([zone.channel("bank", 0).recording_id])
    first, *_, last = sorted(history, key=lambda unit: unit.attempt)
    assert (first.state, first.code) == (UnitState.FAILED, "FILE_403_FORBIDDEN")
    assert "its address expired at" in str(first.message)
    assert last.state is UnitState.FETCHED
    assert (report.answered, zone.trial.billed()) == (1, BILLED_S)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "code",
    [
        "FILE_403_FORBIDDEN",
        *(
            pytest.param(code, marks=pytest.mark.thorough)
            for code in ("FILE_DOWNLOAD_FAILED", "InvalidFile.DownloadFailed")
        ),
    ],
)
def test_addresses_that_always_expire_are_given_up_with_the_way_out(zone: BucketTrial, code: str) -> None:
    zone.trial.fault({"endpoint": "task", "action": "fail_task", "code": code})
    wanted = [zone.channel("bank", 0)]
    report = zone.run(wanted, ttl_s=1.0)
    assert (report.failed_by_code, len(zone.trial.tasks())) == ({code: 1}, ATTEMPTS)  # type: ignore[attr-defined]
    assert "raise QA_PRESIGNED_TTL_S" in str(zone.trial.units(wanted)[0].message)
    assert zone.trial.billed() == 0


def test_a_valid_address_that_is_refused_is_not_tried_again(zone: BucketTrial) -> None:
    zone.door.is_closed = True
    wanted = [zone.channel("bank", 0)]
    report = zone.run(wanted)
    assert report.failed_by_code == {"FILE_403_FORBIDDEN": 1}  # type: ignore[attr-defined]
    assert (len(zone.trial.tasks()), zone.door.refused) == (1, 1)
    message = str(zone.trial.units(wanted)[0].message)
    assert "its address was still valid" in message
    assert "bucket's policy" in message


# -- answers that were lost ---------------------------------------------------------------------------------------


def forget_signature(trial: Trial, unit: LedgerRow) -> None:
    """The ledger's address and the task's now differ in their signature only, as if the service had dropped it."""
    fields = {"file_url": f"{str(unit.file_url).partition('?')[0]}?X-Amz-Signature=another"}
    trial.ledger.move(unit.submission_id, UnitState.PLANNED)
    trial.ledger.move(unit.submission_id, UnitState.SENDING, worker_id="killed", sending_at=unit.sending_at, **fields)


def test_tasks_whose_sender_was_killed_are_found_by_their_address(zone: BucketTrial) -> None:
    """Both channels are signed in the same second and may have the same address; the result's channel tells them."""
    lost = [zone.lose_answer("bank", channel_id) for channel_id in (0, 1)]
    report = zone.run([zone.channel("bank", 0), zone.channel("bank", 1)])
    assert (report.sent, report.answered, zone.trial.billed()) == (0, 2, 2 * BILLED_S)  # type: ignore[attr-defined]
    tasks = {tuple(task["channel_ids"]): task["task_id"] for task in zone.trial.tasks()}
    for unit in zone.trial.ledger.get([unit.unit_id for unit in lost]):
        assert unit.task_id == tasks[unit.channel_id,]


def test_a_run_cut_off_between_request_and_answer_sends_nothing_twice(zone: BucketTrial) -> None:
    zone.trial.fault({"endpoint": "submit", "action": "drop_after"})
    wanted = [zone.channel(name, number) for name in ("bank", "hotel") for number in (0, 1)]
    report = zone.run(wanted)
    assert (report.answered, report.unknown) == (4, 0)  # type: ignore[attr-defined]
    assert (len(zone.trial.tasks()), zone.trial.billed()) == (4, 4 * BILLED_S)


def test_a_request_that_never_left_is_sent(zone: BucketTrial) -> None:
    [unit] = zone.trial.ledger.plan([zone.channel("bank", 0)], PAID, together=False)
    url = zone.recordings.sign(unit.source_uri, HOUR_S)
    zone.trial.ledger.move(
        unit.submission_id, UnitState.SENDING, worker_id="killed", sending_at=zone.trial.ledger.clock(), file_url=url
    )
    report = zone.run([zone.channel("bank", 0), zone.channel("hotel", 0)])
    assert (report.sent, report.answered, zone.trial.billed()) == (2, 2, 2 * BILLED_S)  # type: ignore[attr-defined]


def test_where_the_signature_is_dropped_object_channel_and_time_tell_the_task(zone: BucketTrial) -> None:
    for channel_id in (0, 1):
        forget_signature(zone.trial, zone.lose_answer("bank", channel_id))
    report = zone.run([zone.channel("bank", 0), zone.channel("bank", 1)])
    assert (report.sent, report.answered, zone.trial.billed()) == (0, 2, 2 * BILLED_S)  # type: ignore[attr-defined]


def test_two_requests_for_one_object_and_channel_are_never_guessed(zone: BucketTrial) -> None:
    wanted = [zone.channel("bank", 0), zone.channel("bank", 0, parameters=TranscriptionParameters(language="zh"))]
    for item in wanted:
        unit = lose_answer(zone.trial, item, source=zone.source())
        forget_signature(zone.trial, unit)
    report = zone.run(wanted)
    assert (report.unknown, report.sent, report.answered) == (2, 0, 0)  # type: ignore[attr-defined]
    for unit in zone.trial.units(wanted):
        assert "does not say which request created it" in str(unit.message)


def test_a_task_of_the_same_object_made_at_another_time_is_not_adopted(zone: BucketTrial) -> None:
    unit = zone.lose_answer("bank", 0)
    earlier = dataclasses.replace(unit, sending_at=(unit.sending_at or 0.0) - LATEST_S - 60)
    forget_signature(zone.trial, earlier)
    zone.run([zone.channel("bank", 0), zone.channel("hotel", 0)])
    assert len(zone.trial.tasks()) == 3, "ours is sent as if there were no other"
    [row] = zone.trial.ledger.get([unit.unit_id])
    assert row.state is UnitState.FETCHED


def test_a_task_of_the_same_name_from_elsewhere_is_a_doubt_and_no_proof(zone: BucketTrial) -> None:
    [unit] = zone.trial.ledger.plan([zone.channel("bank", 0)], PAID, together=False)
    url = "https://internal.storage.example/copied/bank.wav"
    zone.trial.ledger.move(
        unit.submission_id, UnitState.SENDING, worker_id="killed", sending_at=zone.trial.ledger.clock(), file_url=url
    )

    async def made_of_another_address() -> None:
        async with zone.trial.client() as client:
            signed = zone.recordings.sign(zone.channel("bank", 0).source_uri, HOUR_S)
            await client.submit(SubmitRequest(MODEL, signed, {"channel_id": [0]}))

    asyncio.run(made_of_another_address())
    report = zone.run([zone.channel("bank", 0)])
    assert (report.unknown, report.sent) == (1, 0)  # type: ignore[attr-defined]


# -- files, by way of a bucket ------------------------------------------------------------------------------------


@pytest.fixture
def uploads(server: S3Server, door: Gate) -> Bucket:
    return Bucket(BucketUrl("s3", server.make_bucket(f"audio-{uuid.uuid4().hex}"), "qa"), door.url)


def presigned(trial: Trial, uploads: Bucket, *, keeps: bool = False) -> PresignedSource:
    recordings = RecordingFiles(trial.folder / "landing")
    return PresignedSource(recordings, uploads=uploads, ttl_s=HOUR_S, keeps_uploads=keeps)


def test_files_are_put_into_the_bucket_and_deleted_when_their_result_is_here(
    trial: Trial, uploads: Bucket, door: Gate
) -> None:
    trial.fault({"endpoint": "task", "action": "fail_task", "file_pattern": "*hotel*", "code": "DECODE_ERROR"})
    wanted = trial.calls("bank", "hotel")
    report = trial.run(wanted, source=presigned(trial, uploads))
    assert (report.answered, report.failed_by_code, trial.billed()) == (2, {"DECODE_ERROR": 2}, 2 * BILLED_S)
    assert door.fetched == 2
    assert uploads.listed().objects == ()
    answered = [unit for unit in trial.units(wanted) if unit.raw_path]
    documents = [trial.raw_store.get(str(unit.raw_path), str(unit.raw_sha256)) for unit in answered]
    assert all(unit.submission_id.encode() in document for unit, document in zip(answered, documents, strict=True))


def test_what_is_put_into_the_bucket_of_a_wav_with_a_wrong_header_is_what_was_measured(
    trial: Trial, uploads: Bucket, tmp_path: Path
) -> None:
    path = trial.folder / "landing" / "bank.wav"
    whole = path.read_bytes()
    stale = path.with_name("stale.wav")
    stale.write_bytes(whole[:40] + (4000).to_bytes(4, "little") + whole[44:])
    asyncio.run(presigned(trial, uploads).url_for(stale.as_uri(), "a" * 32, MODEL))
    [sent] = uploads.listed().objects
    uploads.download(sent.key, tmp_path / "sent.wav")
    stale.unlink()
    with wave.open(str(tmp_path / "sent.wav")) as heard:
        assert heard.readframes(heard.getnframes()) == whole[44:]


def test_they_stay_where_the_settings_keep_them(trial: Trial, uploads: Bucket) -> None:
    source = presigned(trial, uploads, keeps=True)
    trial.run(trial.calls("bank"), source=source)
    asyncio.run(source.sweep(partial(_ended, trial.ledger, HOUR_S)))
    assert len(uploads.listed().objects) == 2


def test_a_lost_answer_is_found_by_the_id_in_the_uploads_name(trial: Trial, uploads: Bucket) -> None:
    lose_answer(trial, trial.channel("bank", 0), source=presigned(trial, uploads))
    report = trial.run([trial.channel("bank", 0)], source=presigned(trial, uploads))
    assert (report.sent, report.answered, trial.billed()) == (0, 1, BILLED_S)


def test_what_a_killed_run_left_is_deleted_once_nobody_can_want_it(trial: Trial, uploads: Bucket) -> None:
    lose_answer(trial, trial.channel("bank", 0), source=presigned(trial, uploads))
    uploads.upload("qa-of-somebody-else.wav", trial.folder / "landing" / "shop.wav")
    uploads.upload(f"qa-{uuid.uuid4().hex}-another-ledgers.wav", trial.folder / "landing" / "shop.wav")
    source = presigned(trial, uploads)
    ended = partial(_ended, trial.ledger, HOUR_S)
    asyncio.run(source.sweep(ended))
    assert len(uploads.listed().objects) == 3, "its task may still be waiting"
    trial.run([trial.channel("bank", 0)], source=source)
    asyncio.run(source.sweep(ended))
    left = [item.key for item in uploads.listed().objects]
    assert len(left) == 2
    assert not any("bank" in key for key in left)


def test_an_upload_whose_address_is_dead_is_deleted_whatever_became_of_its_task(trial: Trial, uploads: Bucket) -> None:
    unit = lose_answer(trial, trial.channel("bank", 0), source=presigned(trial, uploads))
    trial.ledger.move(unit.submission_id, UnitState.UNKNOWN)
    asyncio.run(presigned(trial, uploads).sweep(partial(_ended, trial.ledger, 0.0)))
    assert uploads.listed().objects == ()


def test_a_file_without_a_bucket_to_go_by_is_told_what_to_set(zone: BucketTrial) -> None:
    wanted = [zone.trial.channel("bank", 0)]
    report = zone.run(wanted)
    assert report.failed_by_code == {"SOURCE_MISSING": 1}  # type: ignore[attr-defined]
    assert "set QA_AUDIO_BUCKET" in str(zone.trial.units(wanted)[0].message)

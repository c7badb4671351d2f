"""What `qa-pipeline doctor` says of the landing zone, and of the bucket that the service reads from."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.drawing.plan_file import plan_file, read_plan_file
from qa_pipeline.landing.discovery import overview
from qa_pipeline.landing.people import PeopleUnknown, landed_people
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing, StorageError
from qa_pipeline.recordings.landing_files import LandingZoneMissing
from qa_pipeline.recordings.layout_presets import LAYOUTS
from qa_pipeline.recordings.layouts import fit_of, likely_layout
from qa_pipeline.recordings.notes import left_out_notes
from qa_pipeline.recordings.people import BadPeople
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count
from qa_pipeline.yaml_files.reading import BadFile


def landing_zone(settings: Settings) -> Iterator[Finding]:
    """What lies in the landing zone, and what of it is not taken."""
    try:
        zone = overview(settings, with_recordings=True)
    except LandingZoneMissing as error:
        yield Finding("landing zone", Level.WARN, str(error))
        return
    except StorageError as error:
        yield Finding("landing zone", Level.FAIL, str(error))
        return
    recordings = zone.recordings or ()
    text = f"{len(recordings):,} recordings below {settings.recordings}"
    if settings.recordings == settings.demo_recordings:
        text += ", which are the demo's; set QA_RECORDINGS, or make the folder recordings, for your own"
    yield Finding("landing zone", Level.OK, text)
    yield from _layout(settings, recordings, zone.companions)
    for folder in zone.unreadable_folders:
        fix = "correct its permissions" if settings.landing_folder else ""  # of a bucket the reason says it
        yield Finding("landing zone", Level.FAIL, f"{folder.relative_path} {folder.reason}", fix)
    hidden = [item for item in zone.ignored if item.is_hidden]
    for level, ignored in ((Level.WARN, [item for item in zone.ignored if not item.is_hidden]), (Level.OK, hidden)):
        for note in left_out_notes(ignored):
            yield Finding("landing zone", level, note)
    for note in zone.list_notes:
        yield Finding("call lists", Level.WARN, note)


def _layout(settings: Settings, paths: Sequence[str], companions: int) -> Iterator[Finding]:
    """Which layout applies, how many recordings are named as it says, and which aren't."""
    if settings.landing_layout is None:
        if (likely := likely_layout(paths)) is not None:
            text = f"none is set; {likely.fitting:,} of {likely.looked_at:,} recordings"
            text += " that were looked at" if likely.looked_at < len(paths) else ""
            text += f" are named as those of {LAYOUTS[likely.name].title}"
            fix = f'landing_layout = "{likely.name}" reads their names and knows the agent\'s channel (docs/layouts.md)'
            yield Finding("layout", Level.OK, text, fix)
        return
    fit = fit_of(settings.landing_layout, paths)
    if fit.problem:
        yield Finding("layout", Level.WARN, fit.problem)
        return
    are_none = "is no recording" if companions == 1 else "are no recordings"
    besides = f"; {count(companions, 'file')} of the layout {are_none}" if companions else ""
    yield Finding("layout", Level.OK, fit.summary + besides)


def people(settings: Settings) -> Iterator[Finding]:
    """Whether the list of people can be read, where there is one."""
    try:
        listed = landed_people(settings)
    except PeopleUnknown as error:
        yield Finding("people", Level.WARN, str(error))
        return
    except BadPeople as error:
        for fault in error.faults:
            yield Finding("people", Level.FAIL, fault)
        return
    if listed is None:
        yield Finding("people", Level.OK, "no people.csv: calls have no teams (docs/user-guide.md, People)")
        return
    agents = len({person.agent_id for person in listed.periods})
    teams = len({person.team for person in listed.periods if person.team})
    yield Finding("people", Level.OK, f"{count(agents, 'agent')} in {count(teams, 'team')}")
    for remark in listed.remarks:
        yield Finding("people", Level.WARN, remark)


def sampling(settings: Settings) -> Iterator[Finding]:
    """Whether the sampling plans can be read, where there are any."""
    path = plan_file(settings)
    if path is None:
        return
    try:
        plans = read_plan_file(path).plans
    except BadFile as error:
        for fault in error.faults:
            yield Finding("sampling", Level.FAIL, fault)
        return
    yield Finding("sampling", Level.OK, f"{count(len(plans), 'plan')} in {path}")


def audio_bucket(settings: Settings) -> Iterator[Finding]:
    """Asks for an object that is not there, and signs an address: no recording is sent anywhere."""
    url = settings.audio_bucket or settings.landing_bucket
    if settings.audio_urls != "presigned":
        return
    if url is None:
        fix = "set QA_AUDIO_BUCKET to where recordings are put for the time of their transcription"
        yield Finding("audio bucket", Level.FAIL, "QA_AUDIO_URLS is presigned, and no bucket is named", fix)
        return
    bucket = Bucket(url, settings.bucket_endpoint)
    try:
        bucket.sign(["qa-doctor"], settings.presigned_ttl_s)
        with contextlib.suppress(ObjectMissing):
            bucket.head("qa-doctor")
    except StorageError as error:
        yield Finding("audio bucket", Level.FAIL, str(error))
        return
    hours = settings.presigned_ttl_s / 3600
    yield Finding("audio bucket", Level.OK, f"{url} can be read; addresses at {bucket.host}, valid for {hours:g} h")
    if os.environ.get("AWS_SESSION_TOKEN") and url.scheme == "s3":
        fix = "use keys of a user, or make these live longer than the service's queue is"
        yield Finding("audio bucket", Level.WARN, "addresses are signed with temporary keys and die with them", fix)

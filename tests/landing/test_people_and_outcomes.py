"""Which lists of people and outcomes are found, and of which it is known what they say: one that can't be read may be
there all the same."""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.landing import people as lists
from qa_pipeline.landing.people import PeopleUnknown, landed_outcomes, landed_people
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing, ObjectRefused, StorageUnreachable
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.recordings.people import BadPeople
from qa_pipeline.settings import Settings

DAY_1, DAY_2 = dt.date(2025, 9, 1), dt.date(2025, 9, 2)
BUCKET = BucketUrl("s3", "calls", "raw")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for folder in ("home", "landing/2025-09-01", "landing/2025-09-02"):
        (tmp_path / folder).mkdir(parents=True)
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing")


def write(settings: Settings, name: str, text: str = "call_id,csat\nc1,4\n") -> Path:
    assert settings.landing_folder is not None
    path = settings.landing_folder / name
    path.write_text(text)
    return path


def in_bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str | Exception]) -> Settings:
    """The settings with a bucket that has these objects; others are not there."""

    def download(_: Bucket, key: str, target: Path) -> None:
        content = keys.get(key, ObjectMissing(f"{key} is gone"))
        if isinstance(content, Exception):
            raise content
        target.write_text(content)

    monkeypatch.setattr(Bucket, "download", download)
    return settings.model_copy(update={"recordings": BUCKET})


def test_lists_that_were_read_or_are_not_there_are_known(settings: Settings) -> None:
    write(settings, "2025-09-01/Outcomes.csv")
    landed = landed_outcomes(settings, [DAY_1, DAY_2])
    assert [row.source for row in landed.rows] == ["2025-09-01/Outcomes.csv, line 2"]
    assert (landed.notes, landed.read) == ((), {"", "2025-09-01", "2025-09-02"})


def test_a_list_that_is_half_saved_is_not_known_and_the_others_count(settings: Settings) -> None:
    (settings.home / "outcomes.csv").write_text("")
    write(settings, "2025-09-01/outcomes.csv")
    landed = landed_outcomes(settings, [DAY_1])
    assert [row.call_id for row in landed.rows] == ["c1"]
    assert landed.read == {"2025-09-01"}
    assert landed.notes == ("outcomes.csv is empty; its first line must name the columns, such as call_id.",)


def test_a_list_that_is_too_large_or_unreadable_does_not_keep_the_others_from_being_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_BYTES", 30)
    write(settings, "outcomes.csv", "call_id,csat\n" + "c1,4\n" * 9)
    write(settings, "2025-09-02/outcomes.csv")
    landed = landed_outcomes(settings, [DAY_1, DAY_2])
    assert landed.read == {"2025-09-01", "2025-09-02"}
    assert [row.call_id for row in landed.rows] == ["c1"]


def test_with_the_setting_its_list_alone_counts_if_it_can_be_read(settings: Settings) -> None:
    named = settings.model_copy(update={"outcomes": settings.home / "surveys.csv"})
    landed = landed_outcomes(named, [DAY_1])
    assert landed.read == frozenset()
    assert "correct the setting outcomes" in landed.notes[0]
    (settings.home / "surveys.csv").write_text("call_id,csat\nc1,4\n")
    assert landed_outcomes(named, [DAY_1]).read is None


def test_of_a_landing_zone_that_is_away_nothing_is_known(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "landing").rename(tmp_path / "away")
    assert landed_outcomes(settings, [DAY_1]).read == frozenset()
    with pytest.raises(PeopleUnknown, match="is not there"):
        landed_people(settings)


def test_of_a_folder_that_may_not_be_listed_nothing_is_known(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Path.iterdir

    def refusing(folder: Path) -> Iterator[Path]:
        if folder.name == "2025-09-01":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listing(folder)

    monkeypatch.setattr(Path, "iterdir", refusing)
    landed = landed_outcomes(settings, [DAY_1, DAY_2])
    assert landed.read == {"", "2025-09-02"}
    assert landed.notes[0].endswith("2025-09-01 can't be listed (Permission denied); check its permissions.")


def test_an_object_that_may_not_be_read_costs_its_own_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = "call_id,csat\nc1,4\n"
    keys: dict[str, str | Exception] = {
        "2025-09-01/outcomes.csv": ObjectRefused("no"),
        "2025-09-02/outcomes.csv": good,
    }
    landed = landed_outcomes(in_bucket(settings, monkeypatch, keys), [DAY_1, DAY_2])
    assert (landed.notes, landed.read) == (("no.",), {"", "2025-09-02"})
    assert [row.source for row in landed.rows] == ["2025-09-02/outcomes.csv, line 2"]


def test_a_bucket_that_is_away_is_asked_once_and_what_lies_behind_is_not_known(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: dict[str, str | Exception] = {
        "outcomes.csv": "call_id,csat\nc1,4\n",
        "2025-09-01/outcomes.csv": StorageUnreachable("away"),
        "2025-09-02/outcomes.csv": AssertionError("not asked again"),
    }
    landed = landed_outcomes(in_bucket(settings, monkeypatch, keys), [DAY_1, DAY_2])
    assert (landed.notes, landed.read) == (("away.",), {""})
    assert [row.call_id for row in landed.rows] == ["c1"]


def test_no_list_of_people_is_not_a_list_that_cannot_be_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert landed_people(settings) is None
    assert landed_people(in_bucket(settings, monkeypatch, {})) is None
    with pytest.raises(BadPeople, match="away"):
        landed_people(in_bucket(settings, monkeypatch, {"people.csv": StorageUnreachable("away")}))

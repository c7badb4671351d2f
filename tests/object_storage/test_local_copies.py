"""Copies of objects: fetched once, kept while they fit, never dropped from under a reader."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_pipeline.object_storage import local_copies
from qa_pipeline.object_storage.bucket import Bucket, StoredObject
from qa_pipeline.object_storage.faults import ObjectMissing, ObjectRefused
from qa_pipeline.object_storage.local_copies import LocalCopies
from tests.object_storage.storage import S3Server, count_downloads


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of what was really downloaded, in order."""
    return count_downloads(monkeypatch)


@pytest.fixture
def copies(bucket: Bucket, tmp_path: Path) -> Iterator[LocalCopies]:
    """Room for three objects of 1,000 bytes."""
    yield LocalCopies(bucket, tmp_path / "landing", max_bytes=3000)
    assert list(tmp_path.rglob("*.part")) == []


def kept(copies: LocalCopies) -> set[str]:
    return {path.name for path in copies.zone.parent.rglob("*.wav")}


def read(copies: LocalCopies, key: str) -> bytes:
    with copies.hold(key) as copy:
        return copy.path.read_bytes()


def test_an_unchanged_object_is_downloaded_once(
    server: S3Server, name: str, copies: LocalCopies, fetched: list[str], tmp_path: Path
) -> None:
    server.put(name, "calls/day/a.wav", b"one")
    assert [read(copies, "day/a.wav") for _ in range(3)] == [b"one"] * 3
    again = LocalCopies(copies.bucket, tmp_path / "landing", max_bytes=3000)
    assert read(again, "day/a.wav") == b"one"
    assert fetched == ["day/a.wav"]


def test_a_changed_object_is_downloaded_again(
    server: S3Server, name: str, copies: LocalCopies, fetched: list[str]
) -> None:
    server.put(name, "calls/a.wav", b"one")
    read(copies, "a.wav")
    server.put(name, "calls/a.wav", b"two")  # as long, and most likely in the same second
    assert read(copies, "a.wav") == b"two"
    assert len(fetched) == 2


def test_the_longest_unused_make_room(server: S3Server, name: str, copies: LocalCopies, fetched: list[str]) -> None:
    for letter in "abc":
        server.put(name, f"calls/{letter}.wav", bytes(1000))
        read(copies, f"{letter}.wav")
    read(copies, "a.wav")
    server.put(name, "calls/d.wav", bytes(1000))
    read(copies, "d.wav")
    assert kept(copies) == {"a.wav", "c.wav", "d.wav"}
    assert read(copies, "b.wav") == bytes(1000), "what was dropped is fetched again"
    assert fetched == ["a.wav", "b.wav", "c.wav", "d.wav", "b.wav"]


def test_one_object_larger_than_the_room_is_read_all_the_same(server: S3Server, name: str, copies: LocalCopies) -> None:
    server.put(name, "calls/a.wav", bytes(1000))
    server.put(name, "calls/large.wav", bytes(5000))
    read(copies, "a.wav")
    assert read(copies, "large.wav") == bytes(5000)
    assert kept(copies) == {"large.wav"}


def test_what_is_in_use_is_not_dropped(server: S3Server, name: str, copies: LocalCopies) -> None:
    for letter in "abcde":
        server.put(name, f"calls/{letter}.wav", bytes(1000))
    with copies.hold("a.wav") as held:
        for letter in "bcde":
            read(copies, f"{letter}.wav")
        assert held.path.read_bytes() == bytes(1000)
    assert "a.wav" in kept(copies)


def test_many_at_once_with_room_for_none_read_what_they_asked_for(
    server: S3Server, name: str, copies: LocalCopies, tmp_path: Path
) -> None:
    keys = [f"day/{number}.wav" for number in range(12)]
    for key in keys:
        server.put(name, f"calls/{key}", key.encode())
    crowded = [LocalCopies(copies.bucket, tmp_path / "landing", max_bytes=1) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(4):
            asked = [(each, key) for key in keys for each in crowded]
            assert list(pool.map(lambda pair: read(*pair), asked)) == [key.encode() for _, key in asked]


def test_what_another_process_uses_is_not_dropped(server: S3Server, name: str, copies: LocalCopies) -> None:
    for letter in "abcde":
        server.put(name, f"calls/{letter}.wav", bytes(1000))
    with copies.hold("a.wav") as copy:
        path = copy.path
    program = "import fcntl,sys; f=open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_SH); print('held', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    for letter in "bcde":
        read(copies, f"{letter}.wav")
    assert "a.wav" in kept(copies)
    other.communicate("go\n")
    server.put(name, "calls/f.wav", bytes(1000))
    read(copies, "f.wav")
    assert "a.wav" not in kept(copies)


def test_an_object_that_is_gone_is_said_to_be_even_if_a_copy_is_here(
    server: S3Server, name: str, copies: LocalCopies
) -> None:
    server.put(name, "calls/a.wav", b"one")
    read(copies, "a.wav")
    server.delete(name, "calls/a.wav")
    with pytest.raises(ObjectMissing, match=r"a\.wav is gone from the bucket"):
        read(copies, "a.wav")


@pytest.mark.parametrize("key", ["n" * 300 + ".wav", "a.wav/b.wav"])
def test_a_key_that_no_file_can_have_is_refused_and_disturbs_nothing(
    server: S3Server, name: str, copies: LocalCopies, key: str
) -> None:
    for each in ("a.wav", key):
        server.put(name, f"calls/{each}", each.encode())
    assert read(copies, "a.wav") == b"a.wav"
    with pytest.raises(ObjectRefused, match="can't be kept as a file"):
        read(copies, key)
    assert read(copies, "a.wav") == b"a.wav"


def test_a_download_that_a_killed_process_left_is_tidied_away_in_time(
    server: S3Server, name: str, copies: LocalCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(name, "calls/a.wav", bytes(2500))
    left = copies.zone.parent / "recordings" / ".0123.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(2500))
    read(copies, "a.wav")
    assert left.exists(), "it may be under way"
    monkeypatch.setattr(local_copies, "ABANDONED_AFTER_S", -1.0)
    server.put(name, "calls/b.wav", bytes(2500))
    read(copies, "b.wav")
    assert not left.exists()


# -- metadata -----------------------------------------------------------------------------------------------------


def listed(copies: LocalCopies) -> dict[Path, StoredObject]:
    return {copies.zone / item.key: item for item in copies.bucket.listed().objects}


def test_metadata_is_mirrored_at_its_place_and_only_what_changed(
    server: S3Server, name: str, copies: LocalCopies, fetched: list[str]
) -> None:
    server.put(name, "calls/day/a.json", b"{}")
    server.put(name, "calls/calls.csv", b"call_id\n")
    copies.mirror(listed(copies))
    assert (copies.zone / "day" / "a.json").read_bytes() == b"{}"
    server.put(name, "calls/day/a.json", b"[]")
    copies.mirror(listed(copies))
    assert (copies.zone / "day" / "a.json").read_bytes() == b"[]"
    assert sorted(fetched) == ["calls.csv", "day/a.json", "day/a.json"]


def test_metadata_that_vanishes_while_one_looks_leaves_no_old_copy(
    server: S3Server, name: str, copies: LocalCopies
) -> None:
    server.put(name, "calls/a.json", b"{}")
    copies.mirror(listed(copies))
    server.put(name, "calls/a.json", b"[]")
    wanted = listed(copies)
    server.delete(name, "calls/a.json")
    copies.mirror(wanted)
    assert not (copies.zone / "a.json").exists()


def test_mirrored_files_whose_objects_are_gone_are_tidied_away_after_a_while(
    server: S3Server, name: str, copies: LocalCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a.json", "b.json"):
        server.put(name, f"calls/{key}", b"{}")
    copies.mirror(listed(copies))
    server.delete(name, "calls/a.json")
    copies.tidy(set(listed(copies)))
    assert (copies.zone / "a.json").exists(), "another process may have listed it a moment ago"
    monkeypatch.setattr(local_copies, "MIRROR_KEPT_S", -1.0)
    copies.tidy(set(listed(copies)))
    assert [path.name for path in copies.zone.iterdir()] == ["b.json"]

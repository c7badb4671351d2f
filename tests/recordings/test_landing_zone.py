from __future__ import annotations

import datetime as dt
import gzip
import os
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.recordings.landing_files import LandingFile, LandingZoneMissing, split_settled
from qa_pipeline.recordings.notes import notes_of
from tests.recordings.scanning import scan

Put = Callable[..., Path]
BYTES = {
    "c2.zip": b"PK\x03\x04" + bytes(40),
    "c3.wav.gz": gzip.compress(b"RIFF"),
    "c1.nmf": random.Random(1).randbytes(9000),
    "bytes.dat": random.Random(2).randbytes(9000),
    "empty.dat": b"",
}


def test_recordings_are_found_in_dated_nested_and_plain_folders(zone: Path, put: Put) -> None:
    for name in ("2025-09-02/b.wav", "2025-09-01/a.MP3", "site-7/2025-09-03/team/c.opus", "d.m4a", "misc/e.amr"):
        put(name, b"x")
    found = scan(zone)
    assert [(file.relative_path, file.folder_date) for file in found.files] == [
        ("2025-09-01/a.MP3", dt.date(2025, 9, 1)),
        ("2025-09-02/b.wav", dt.date(2025, 9, 2)),
        ("d.m4a", None),
        ("misc/e.amr", None),
        ("site-7/2025-09-03/team/c.opus", dt.date(2025, 9, 3)),
    ]
    assert all(file.size_bytes == 1 and file.path.is_file() for file in found.files)
    assert found.ignored == ()


def test_the_zones_own_name_is_no_date(zone: Path, put: Put) -> None:
    put("a.wav")
    dated = zone.rename(zone.with_name("2025-09-01"))
    assert scan(dated).files[0].folder_date is None


def test_what_is_no_recording_is_listed_with_the_reason(zone: Path, put: Put) -> None:
    for name in (
        "README.md",
        "notes",
        ".DS_Store",
        "a.wav.part",
        "b.wav.tmp",
        "c.mp3.crdownload",
        "d.wav~",
        "~$calls.csv",
        ".hidden/f.wav",
        "g.txt",
        "c2.zip",
        "c3.wav.gz",
        "c1.nmf",
        "empty.dat",
        "bytes.dat",
    ):
        put(name, BYTES.get(name, b"x"))
    found = scan(zone)
    assert found.files == ()
    assert {left.relative_path: left.reason for left in found.ignored} == {
        "README.md": "plain text",
        "notes": "plain text",
        "g.txt": "plain text",
        "c2.zip": "a ZIP archive: unpack it and land the recordings in it",
        "c3.wav.gz": "a gzip archive: unpack it and land the recordings in it (`gunzip`)",
        "c1.nmf": "a recording in NICE's own format (.nmf): export it as WAV with NICE's software",
        "empty.dat": "an empty file",
        "bytes.dat": "no recording as far as its bytes tell: it may be encrypted or has no header",
        ".DS_Store": "a hidden file",
        "~$calls.csv": "a hidden file",
        ".hidden": "a hidden folder",
        "a.wav.part": "still being copied, by its ending",
        "b.wav.tmp": "still being copied, by its ending",
        "c.mp3.crdownload": "still being copied, by its ending",
        "d.wav~": "still being copied, by its ending",
    }


@pytest.mark.parametrize("name", ["RE0123456789abcdef", "c.weba", "c.wav.bak", "c.dat", "2025.09", "c.7"])
def test_sound_under_any_ending_or_none_is_a_recording_with_what_describes_it(zone: Path, put: Put, name: str) -> None:
    put(f"2025-09-01/{name}")
    sidecar = put(f"2025-09-01/{name.rpartition('.')[0] or name}.json", {})
    found = scan(zone)
    [file] = found.files
    assert (file.path.name, file.sidecar, found.orphan_sidecars) == (name, sidecar, ())


def test_a_file_of_unknown_ending_behind_a_link_out_of_the_zone_is_not_opened(
    zone: Path, elsewhere: Path, put: Put
) -> None:
    (elsewhere / "secret").write_bytes(b"RIFF")
    (zone / "linked").symlink_to(elsewhere / "secret")
    (zone / "broken").symlink_to(elsewhere / "gone")
    os.mkfifo(zone / "pipe")
    reasons = {left.relative_path: left.reason for left in scan(zone).ignored}
    assert reasons["linked"] == reasons["broken"]
    assert "link" in reasons["linked"]
    assert "pipe" in reasons["pipe"]


def test_what_was_left_out_is_said_once_per_kind_with_its_number_and_three_examples(zone: Path, put: Put) -> None:
    for number in range(50):
        put(f"2025-09-01/{number:02}.zip", b"PK\x03\x04")
    put("2025-09-01/a.gpg", b"Salted__" + bytes(range(256)))
    for name in ("x", "y"):
        put(f"2025-09-01/{name}.json", {})
    assert notes_of(scan(zone)) == [
        "2025-09-01/x.json and 2025-09-01/y.json: there are no recordings beside them.",
        "2025-09-01/00.zip, 2025-09-01/01.zip, 2025-09-01/02.zip and 47 more (50 in all) are left out: a ZIP archive: "
        "unpack it and land the recordings in it",
        "2025-09-01/a.gpg is left out: encrypted (OpenSSL): decrypt it before it is landed (`openssl enc -d` with the "
        "cipher and the key it was encrypted with)",
    ]


def test_sidecars_and_lists_are_brought_to_their_recordings(zone: Path, put: Put) -> None:
    put("2025-09-01/a.b.wav", b"x")
    sidecar = put("2025-09-01/a.b.json", {})
    near, far = put("2025-09-01/calls.csv", "call_id\n"), put("Calls.CSV", "call_id\n")
    put("2025-09-01/lonely.json", {})
    put("other/c.wav", b"x")
    found = scan(zone)
    by_path = {file.relative_path: file for file in found.files}
    assert by_path["2025-09-01/a.b.wav"].sidecar == sidecar
    assert by_path["2025-09-01/a.b.wav"].call_lists == (near, far)
    assert by_path["other/c.wav"].sidecar is None
    assert by_path["other/c.wav"].call_lists == (far,)
    assert found.orphan_sidecars == ("2025-09-01/lonely.json",)
    assert found.call_lists == (near, far)


def test_a_link_out_of_the_zone_is_marked_and_its_target_not_looked_at(zone: Path, elsewhere: Path, put: Put) -> None:
    secret = elsewhere / "secret.wav"
    secret.write_bytes(b"secret")
    inside = put("2025-09-01/real.wav", b"x")
    (zone / "2025-09-01" / "linked.wav").symlink_to(secret)
    (zone / "2025-09-01" / "up.wav").symlink_to("../../elsewhere/secret.wav")
    (zone / "2025-09-01" / "broken.wav").symlink_to(elsewhere / "gone.wav")
    (zone / "2025-09-01" / "circle.wav").symlink_to("circle.wav")
    (zone / "2025-09-01" / "within.wav").symlink_to(inside)
    outside = {file.path.name: file.leads_outside for file in scan(zone).files}
    assert outside == {
        "real.wav": False,
        "linked.wav": True,
        "up.wav": True,
        "broken.wav": True,
        "circle.wav": False,
        "within.wav": False,
    }


def test_folders_behind_links_are_not_entered(zone: Path, elsewhere: Path, put: Put) -> None:
    (elsewhere / "a.wav").write_bytes(b"x")
    put("2025-09-01/b.wav", b"x")
    (zone / "linked").symlink_to(elsewhere)
    (zone / "2025-09-01" / "self").symlink_to(zone)
    found = scan(zone)
    assert [file.relative_path for file in found.files] == ["2025-09-01/b.wav"]
    assert {left.relative_path for left in found.ignored} == {"linked", "2025-09-01/self"}


def test_a_zone_that_is_itself_a_link_is_walked(zone: Path, put: Put) -> None:
    put("2025-09-01/b.wav", b"x")
    link = zone.with_name("link")
    link.symlink_to(zone)
    found = scan(link)
    assert [(file.relative_path, file.leads_outside) for file in found.files] == [("2025-09-01/b.wav", False)]


def test_a_missing_zone_is_an_error_and_never_an_empty_one(zone: Path) -> None:
    with pytest.raises(LandingZoneMissing, match="QA_RECORDINGS"):
        scan(zone / "typo")
    file = zone / "file"
    file.touch()
    with pytest.raises(LandingZoneMissing, match="not a folder"):
        scan(file)
    assert scan(zone).files == ()


def test_a_folder_that_can_not_be_listed_is_named(zone: Path, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("2025-09-01/a.wav", b"x")
    put("2025-09-02/b.wav", b"x")
    real = os.scandir

    def locked(path: Path) -> os.DirEntry[str]:
        if Path(path).name == locked_name:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", locked)
    locked_name = "2025-09-01"
    found = scan(zone)
    assert [file.relative_path for file in found.files] == ["2025-09-02/b.wav"]
    assert [(left.relative_path, left.reason) for left in found.unreadable_folders] == [
        ("2025-09-01", "can't be listed (Permission denied)")
    ]
    locked_name = zone.name
    with pytest.raises(LandingZoneMissing, match="Permission denied"):
        scan(zone)


def test_names_that_are_not_utf8_can_be_stored(zone: Path) -> None:
    os.close(os.open(os.fsencode(zone) + b"/caf\xe9.wav", os.O_CREAT | os.O_WRONLY))
    found = scan(zone).files[0]
    assert found.relative_path == "caf\\xe9.wav"
    assert found.path.is_file()


def test_files_still_being_written_wait(zone: Path, put: Put) -> None:
    ages_s = {"old.wav": 60, "fresh.wav": 1, "ahead.wav": -2, "far-ahead.wav": -3600}
    now_s = 1_756_800_000
    for name, age_s in ages_s.items():
        os.utime(put(name, b"x"), (now_s - age_s, now_s - age_s))
    settled, unsettled = split_settled(scan(zone).files, now_ns=now_s * 10**9, settle_s=5)
    assert [file.relative_path for file in settled] == ["far-ahead.wav", "old.wav"]
    assert [file.relative_path for file in unsettled] == ["ahead.wav", "fresh.wav"]
    assert split_settled(scan(zone).files, now_ns=now_s * 10**9, settle_s=0)[1] == []


def test_a_recording_whose_sidecar_is_being_written_waits_too(zone: Path, put: Put) -> None:
    os.utime(put("a.wav", b"x"), (1000, 1000))
    os.utime(put("a.json", {}), (2000, 2000))
    file: LandingFile = scan(zone).files[0]
    assert file.changed_ns == 2000 * 10**9


def test_a_list_that_grows_all_day_does_not_hold_its_folder_back(zone: Path, put: Put) -> None:
    os.utime(put("a.wav", b"x"), (1000, 1000))
    os.utime(put("calls.csv", "call_id\n"), (2000, 2000))
    assert scan(zone).files[0].changed_ns == 1000 * 10**9


@pytest.mark.parametrize(
    "name",
    [
        "c1.json", "c1.wav.json", "c1.cdr.json", "c1.wav_metadata.json", "c1_metadata.json", "c1.wav.meta.json",
        "c1-info.json", "C1.WAV.JSON", "c1.CDR.json",
    ],
)  # fmt: skip
def test_a_sidecar_is_known_by_the_names_that_recorders_give_it(zone: Path, put: Put, name: str) -> None:
    put("2025-09-01/c1.wav", b"x")
    sidecar = put(f"2025-09-01/{name}", {})
    found = scan(zone)
    assert (found.files[0].sidecars, found.orphan_sidecars) == ((sidecar,), ())


def test_of_several_sidecars_the_plainest_name_counts_first(zone: Path, put: Put) -> None:
    put("c1.wav", b"x")
    put("c1.mp3", b"x")
    added, whole, plain = (put(name, {}) for name in ("c1.cdr.json", "c1.wav.json", "c1.json"))
    by_name = {file.path.name: file.sidecars for file in scan(zone).files}
    assert by_name == {"c1.wav": (plain, whole, added), "c1.mp3": (plain, added)}


def test_a_sidecar_that_is_about_another_recording_by_its_whole_name_is_that_ones(zone: Path, put: Put) -> None:
    put("c1.wav", b"x")
    put("c1.cdr.wav", b"x")
    sidecar = put("c1.cdr.json", {})
    assert {file.path.name: file.sidecars for file in scan(zone).files} == {"c1.wav": (), "c1.cdr.wav": (sidecar,)}


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_what_belongs_together_is_found_however_its_letters_are_composed(zone: Path, put: Put, forms: Any) -> None:
    of_recording, of_others = (unicodedata.normalize(form, "Zoë") for form in forms)
    put(f"{of_recording}.wav", b"x")
    sidecar, _ = put(f"{of_others}.json", {}), put(f"{of_others}.vtt", "WEBVTT")
    [file] = scan(zone).files
    assert file.sidecars == (sidecar,)
    assert len(file.transcripts) == 1


def test_dates_in_nested_folders_are_those_of_the_recordings(zone: Path, put: Put) -> None:
    for name in ("2025/09/01/a.wav", "year=2025/month=09/day=02/late/b.wav", "2025/c.wav"):
        put(name, b"x")
    assert {file.path.name: file.folder_date for file in scan(zone).files} == {
        "a.wav": dt.date(2025, 9, 1),
        "b.wav": dt.date(2025, 9, 2),
        "c.wav": None,
    }


def test_lists_of_one_folder_count_in_a_fixed_order(zone: Path, put: Put) -> None:
    put("a.wav", b"x")
    book, table, text = (put(name, b"x") for name in ("calls.xlsx", "Calls.TSV", "calls.csv"))
    assert scan(zone).files[0].call_lists == (text, table, book)

"""The sound of calls over real HTTP: whole, in parts, to those who may hear it, and to nobody else."""

from __future__ import annotations

import io
import os
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.serving.access import LOCAL_USER, Role, Viewer
from dashboards.serving.gate import Gate
from dashboards.serving.identity import BROWSER_COOKIE
from dashboards.serving.recording_hashes import Identity
from dashboards.serving.sound_links import LinkRefused, read_sound_link, sound_link
from dashboards.serving.sound_route import sound_route
from dashboards.serving.sounds import why_silent
from dashboards.serving.wav_header import HEADER_BYTES
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.landing.recording_files import RecordingReplaced
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.settings import load_settings
from tests import scenario
from tests.dashboards.conftest import rewrite, write_tone
from tests.dashboards.serving.conftest import USERS
from tests.loopback import served
from tests.own_settings import forget_settings

BROWSER = "b" * 32
LONG_S = 600
SECONDS_PER_HOUR = 3600
MULAW, PCM, TEXT, GONE = "c0102", "c0302", "c0201", "c0101"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long µ-law call, a PCM call of half a minute, a call whose file is text, and calls whose files are gone."""
    folder = tmp_path_factory.mktemp("sound")
    landing = folder / "landing"
    write_tone(landing / "2025-09-01" / f"{MULAW}.wav", seconds=LONG_S)
    write_tone(landing / "2025-09-03" / f"{PCM}.wav", "pcm_s16le")
    (landing / "2025-09-02").mkdir()
    (landing / "2025-09-02" / f"{TEXT}.wav").write_text("this is no sound", encoding="utf-8")
    scenario.publish_snapshot(folder / "first", recordings=landing)
    lengths = (f"update calls set duration_s = {LONG_S} where call_id = '{MULAW}'",)
    return rewrite(folder / "first", folder, *lengths)


@pytest.fixture(scope="module")
def point(home: Path) -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        forget_settings(patch, home, home=home, recordings=home.parent / "landing")
        yield patch


@pytest.fixture(scope="module")
def server(point: pytest.MonkeyPatch) -> Iterator[str]:
    app = Starlette(routes=[sound_route()], middleware=[Middleware(Gate)])
    with served(app) as address:
        yield address


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    """The browser that the links of `link` are made for."""
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: BROWSER}, trust_env=False) as found:
        yield found


def link(call_id: str, user: str = LOCAL_USER, browser: str = BROWSER) -> str:
    return sound_link(Viewer(user, Role.ADMIN, browser), call_id)


def file_of(home: Path, call_id: str) -> Path:
    (found,) = (home.parent / "landing").glob(f"*/{call_id}.wav")
    return found


def test_what_browsers_play_is_sent_byte_for_byte(client: httpx.Client, home: Path) -> None:
    answer = client.get(link(PCM))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.content == file_of(home, PCM).read_bytes()
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_telephone_coding_is_a_wav_file_of_what_is_decoded(client: httpx.Client, home: Path) -> None:
    answer = client.get(link(MULAW))
    with wave.open(io.BytesIO(answer.content)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, 8000)
        assert reader.getnframes() == LONG_S * 8000
    decoded = np.concatenate(list(decode_blocks(file_of(home, MULAW))), axis=1)
    assert answer.content[HEADER_BYTES:] == decoded.T.astype("<i2").tobytes()


@pytest.mark.parametrize("call_id", [MULAW, PCM])
def test_any_part_is_the_part_of_the_whole(client: httpx.Client, call_id: str) -> None:
    address = link(call_id)
    whole = client.get(address).content
    size = len(whole)
    for first, last in ((0, 0), (0, 43), (10, 60), (43, 45), (44, 44), (45, 48), (size // 2 + 1, size // 2 + 70_001)):
        part = client.get(address, headers={"range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content) == (206, whole[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert client.get(address, headers={"range": "bytes=-7"}).content == whole[-7:]
    assert client.get(address, headers={"range": f"bytes={size - 5}-{size + 100}"}).content == whole[-5:]
    assert client.get(address, headers={"range": "bytes=0-1,4-5"}).content == whole
    for header in (f"bytes={size}-", "bytes=-0"):
        refused = client.get(address, headers={"range": header})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{size}")


def test_head_says_the_same_and_sends_nothing(client: httpx.Client) -> None:
    address = link(MULAW)
    head, part = client.head(address), client.get(address, headers={"range": "bytes=0-1"})
    assert head.headers["content-length"] == str(HEADER_BYTES + LONG_S * 8000 * 4)
    assert (head.content, head.headers["etag"]) == (b"", part.headers["etag"])


def test_a_part_of_a_file_that_changed_since_is_the_whole(client: httpx.Client, home: Path) -> None:
    address, path = link(PCM), file_of(home, PCM)
    before = client.head(address).headers["etag"]
    asked = {"range": "bytes=0-9", "if-range": before}
    assert client.get(address, headers=asked).status_code == 206
    os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns + 10**9))
    assert client.get(address, headers=asked).status_code == 200


def test_a_link_of_somebody_elses_browser_opens_nothing(server: str, client: httpx.Client) -> None:
    address = link(MULAW)
    for cookie in ("", f"{BROWSER_COOKIE}={'c' * 32}", f"{BROWSER_COOKIE}="):
        with httpx.Client(base_url=server, headers={"cookie": cookie}, trust_env=False) as other:
            answer = other.get(address)
            assert (answer.status_code, "another browser" in answer.text) == (403, True)
    assert client.get(link(MULAW, browser="")).status_code == 403
    assert client.get(link(MULAW, user="lea@example.com")).status_code == 403


def test_a_link_that_was_changed_or_made_up_opens_nothing(client: httpx.Client) -> None:
    address = link(MULAW)
    for changed in (address[:-1], f"{address[:7]}x{address[7:]}", "/sound/x", "/sound/%00", f"/sound/{'a' * 5000}"):
        answer = client.get(changed)
        assert (answer.status_code, "not made by this server" in answer.text) == (403, True)


def test_a_link_expires(point: pytest.MonkeyPatch, home: Path) -> None:
    settings, viewer = load_settings(), Viewer(LOCAL_USER, Role.ADMIN, BROWSER)
    token = link(MULAW).removeprefix("/sound/")
    lasts_s = settings.sound_link_hours * SECONDS_PER_HOUR
    assert read_sound_link(settings, token, viewer, now=lambda: time.time() + 0.7 * lasts_s).call_id == MULAW
    with pytest.raises(LinkRefused, match="has expired"):
        read_sound_link(settings, token, viewer, now=lambda: time.time() + lasts_s + 1)


def test_a_page_that_runs_again_has_the_same_link(point: pytest.MonkeyPatch) -> None:
    assert len({link(MULAW) for _ in range(5)}) <= 2  # an hour may just have begun


def test_the_key_is_the_owners_alone(point: pytest.MonkeyPatch, home: Path) -> None:
    address, key = link(MULAW), home / "dashboards.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    assert link(MULAW) != address
    assert key.stat().st_mode & 0o777 == 0o600


@contextmanager
def behind_proxy(point: pytest.MonkeyPatch) -> Iterator[None]:
    with point.context() as patch:
        patch.setenv("QA_DASHBOARD_ACCESS", "proxy")
        patch.setenv("QA_DASHBOARD_USERS", str(USERS).replace("'", '"'))
        patch.setenv("QA_DASHBOARD_CONTACT", "Ana, ext. 1234")
        yield


def ask_as(client: httpx.Client, name: str, call_id: str, query: str = "") -> httpx.Response:
    user = f"{name}@example.com"
    return client.get(link(call_id, user) + query, headers={"X-Forwarded-User": user, "range": "bytes=0-99"})


def test_only_those_hear_whose_role_includes_it(client: httpx.Client, point: pytest.MonkeyPatch) -> None:
    with behind_proxy(point):
        found = {name: ask_as(client, name, MULAW) for name in ("vic", "eve", "lea", "al", "agent", "stranger")}
        status = {name: answer.status_code for name, answer in found.items()}
        assert status == {"vic": 403, "eve": 206, "lea": 206, "al": 206, "agent": 403, "stranger": 403}
        assert "does not include listening" in found["vic"].text


def test_a_recording_is_taken_along_by_those_who_may(client: httpx.Client, point: pytest.MonkeyPatch) -> None:
    with behind_proxy(point):
        assert ask_as(client, "eve", MULAW, "?download=1").status_code == 403
        taken = ask_as(client, "lea", MULAW, "?download=1")
    assert taken.headers["content-disposition"] == f"attachment; filename*=utf-8''{MULAW}.wav"


def test_paths_of_the_server_are_for_those_who_run_it(client: httpx.Client, point: pytest.MonkeyPatch) -> None:
    with behind_proxy(point):
        for call_id in (GONE, TEXT):
            told = ask_as(client, "lea", call_id)
            assert (told.status_code, "Tell Ana, ext. 1234" in told.text) == (404, True)
            assert "/" not in told.text
            assert ".wav" not in told.text
        run = ask_as(client, "al", GONE).text
        assert f"2025-09-01/{GONE}.wav" in run
        assert "set QA_RECORDINGS" in run
        assert "is not audio" in ask_as(client, "al", TEXT).text


def test_another_recording_in_the_same_place_is_not_played(
    client: httpx.Client, home: Path, point: pytest.MonkeyPatch
) -> None:
    path = file_of(home, PCM)
    before, status = path.read_bytes(), path.stat()
    path.write_bytes(before[:-2] + b"\1\1")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    try:
        assert client.get(link(PCM)).status_code == 404
        assert "was replaced after it was transcribed" in client.get(link(PCM), headers={"range": "bytes=0-9"}).text
        assert why_not(PCM) is not None
        with behind_proxy(point):
            assert "was replaced after it was transcribed. Tell Ana" in ask_as(client, "lea", PCM).text
    finally:
        path.write_bytes(before)
    assert client.get(link(PCM)).content == before
    assert why_not(PCM) is None


def test_a_recording_that_takes_long_to_know_is_heard_until_it_turns_out_to_be_another(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    identity = Identity(path, (60_000_000, 1), "a" * 64)
    blocks = identity.guard(iter(lambda: b"sound", None))
    assert next(blocks) == b"sound"
    with pytest.raises(RecordingReplaced, match="was replaced after"):
        for _ in blocks:
            pass
    path.unlink()
    Identity(path, (1, 1), "a" * 64).check(None)  # gone: others say so
    Identity(path, (1, 1), "unknown").check(None)


def why_not(call_id: str) -> str | None:
    settings = load_settings()
    with open_newest(settings.snapshot_path, settings.timezone) as snapshot:
        return why_silent(settings, Viewer(LOCAL_USER, Role.ADMIN, BROWSER), snapshot, call_id)


def test_a_call_that_is_not_there_or_has_another_sound_is_gone(client: httpx.Client, home: Path) -> None:
    assert client.get(link("no such call")).status_code == 410
    address, newest = link(MULAW), (home / "qa.duckdb").resolve()
    folder = home.parent / "second"
    folder.mkdir()
    changed = rewrite(home, folder, f"update call_channels set recording_id = 'other' where call_id = '{MULAW}'")
    other = newest.with_name("qa-20250905T010000.000000Z.duckdb")
    (changed / "qa.duckdb").resolve().rename(other)
    try:
        (home / "qa.duckdb").unlink()
        (home / "qa.duckdb").symlink_to(other)
        assert client.get(address).status_code == 410
    finally:
        (home / "qa.duckdb").unlink()
        (home / "qa.duckdb").symlink_to(newest)


def test_a_listener_who_goes_away_leaves_nothing_open(client: httpx.Client, home: Path) -> None:
    path = str(file_of(home, MULAW))
    for _ in range(8):
        with client.stream("GET", link(MULAW)) as answer:
            parts = answer.iter_bytes()
            assert next(parts)
            assert next(parts)  # behind the header: the recording is open
            assert path in open_files()
    deadline = time.monotonic() + 60
    while path in open_files():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def open_files() -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except OSError:
            continue
    return found

"""What was masked in a call is silence in its sound, to the sample, for everybody; what is beside it is heard."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.serving.access import LOCAL_USER, Role, Viewer
from dashboards.serving.gate import Gate
from dashboards.serving.identity import BROWSER_COOKIE
from dashboards.serving.masked_spans import MaskedSpan
from dashboards.serving.recorded_calls import RecordedCall
from dashboards.serving.sound_links import sound_link
from dashboards.serving.sound_route import raw_sound_route, sound_route
from dashboards.serving.sounds import open_call_sound
from dashboards.serving.wav_header import HEADER_BYTES
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.muting import MARGIN_MS
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.settings import load_settings
from tests.dashboards.masking import BLEEDING, CALL, CARD_MS, NAME_MS, PHONE_MS, masked_home
from tests.dashboards.serving.conftest import USERS
from tests.loopback import served
from tests.own_settings import forget_settings

BROWSER = "b" * 32
RATE = 8000
Sound = np.ndarray[Any, np.dtype[np.int16]]


@pytest.fixture(scope="module")
def home(published_home: Path, recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = masked_home(published_home, tmp_path_factory.mktemp("masked"))
    with pytest.MonkeyPatch.context() as patch:
        forget_settings(patch, made, home=made, recordings=recordings)
        yield made


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[str]:
    app = Starlette(routes=[sound_route(), raw_sound_route()], middleware=[Middleware(Gate)])
    with served(app) as address:
        yield address


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, cookies={BROWSER_COOKIE: BROWSER}, trust_env=False) as found:
        yield found


def link(call_id: str, user: str = LOCAL_USER) -> str:
    return sound_link(Viewer(user, Role.ADMIN, BROWSER), call_id)


def samples(content: bytes) -> Sound:
    with wave.open(io.BytesIO(content)) as reader:
        assert (reader.getsampwidth(), reader.getframerate()) == (2, RATE)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, reader.getnchannels()).T


def stretch(times: tuple[int, int], rate: int = RATE) -> slice:
    return slice((times[0] - MARGIN_MS) * rate // 1000, (times[1] + MARGIN_MS) * rate // 1000)


def recorded(recordings: Path, call_id: str) -> Sound:
    (path,) = recordings.glob(f"*/{call_id}.wav")
    return np.concatenate(list(decode_blocks(path)), axis=1)


def test_masked_words_are_silent_on_their_channel_and_all_else_is_as_it_was(
    client: httpx.Client, recordings: Path
) -> None:
    heard, meant = samples(client.get(link(CALL)).content), recorded(recordings, CALL).copy()
    assert meant[1, stretch(CARD_MS)].any()
    meant[1, stretch(CARD_MS)] = 0
    meant[1, stretch(PHONE_MS)] = 0  # words without times: the whole sentence
    assert (heard == meant).all()


def test_a_file_that_browsers_play_is_not_sent_as_it_lies_and_bleeding_mutes_both_channels(
    client: httpx.Client, recordings: Path
) -> None:
    answer = client.get(link(BLEEDING))
    meant = recorded(recordings, BLEEDING).copy()
    meant[:, stretch(NAME_MS)] = 0
    assert (samples(answer.content) == meant).all()
    assert answer.headers["cache-control"] == "private, no-store"


def test_any_part_is_the_part_of_the_whole(client: httpx.Client) -> None:
    address = link(CALL)
    whole = client.get(address).content
    edge = HEADER_BYTES + 4 * stretch(CARD_MS).start
    for first, last in (
        (0, 43),
        (10, 60),
        (edge - 3, edge + 9),
        (edge + 5000, edge + 5001),
        (len(whole) - 9, len(whole)),
    ):
        part = client.get(address, headers={"range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content) == (206, whole[first : last + 1])


@pytest.mark.parametrize("name", ["agent", "eve", "lea", "al"])
def test_nobody_hears_it_by_the_link_of_the_page(
    client: httpx.Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_DASHBOARD_ACCESS", "proxy")
    users = [{**user, "agent_id": "a-ortiz"} if user["role"] == "agent" else user for user in USERS]
    monkeypatch.setenv("QA_DASHBOARD_USERS", str(users).replace("'", '"'))
    user = f"{name}@example.com"
    answer = client.get(link(CALL, user), headers={"X-Forwarded-User": user})
    assert answer.status_code == 200
    assert not samples(answer.content)[1, stretch(CARD_MS)].any()


def test_a_download_says_that_it_is_muted(client: httpx.Client) -> None:
    taken = client.get(f"{link(CALL)}?download=1")
    assert taken.headers["content-disposition"] == f"attachment; filename*=utf-8''{CALL}.muted.wav"
    assert not samples(taken.content)[1, stretch(CARD_MS)].any()


FORMATS = [
    ("call.flac", "flac", 16_000),
    ("call.mp3", "libmp3lame", 16_000),
    ("call.m4a", "aac", 16_000),
    ("call.ogg", "libvorbis", 16_000),
    ("call.webm", "libopus", 48_000),
    ("call.opus", "libopus", 48_000),
]


@pytest.mark.parametrize(("name", "codec", "rate"), FORMATS)
def test_of_any_coding_what_was_masked_is_silent(
    home: Path, recordings: Path, name: str, codec: str, rate: int
) -> None:
    path = recordings / "2025-09-09" / name
    try:
        write_encoded(path, codec, rate)
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this FFmpeg does not write {codec}")
    span = MaskedSpan(1, "customer", "card", 0, 0, 6, 4000, 6000)
    sources = tuple(
        {"form": "stereo", "channel_id": channel, "role": role, "name": None, "recording_id": recording_id(path),
         "source_uri": path.as_uri(), "source_channel": channel, "offset_ms": 0, "duration_s": 40.0, "segment": 0}
        for channel, role in enumerate(("agent", "customer"))
    )  # fmt: skip
    call = RecordedCall(name, recording_id(path), path.as_uri(), 40.0, "", sources, (span,))
    with open_call_sound(load_settings(), call, None) as sound:
        content = b"".join(sound.read(0, sound.size_bytes - 1))
        part = b"".join(sound.read(100, 99_999))
    assert part == content[100:100_000]
    file = path.with_suffix(".heard")
    file.write_bytes(content)
    heard = np.concatenate(list(decode_blocks(file)), axis=1)
    # what a lossy coding smears over the edge is cut off with the rest
    assert not heard[1, stretch((4000, 6000), rate)].any()
    for seconds in (2, 10, 35):
        assert np.abs(heard[1, seconds * rate : (seconds + 1) * rate].astype(int)).max() > 2000
    assert np.abs(heard[0, 5 * rate : 6 * rate].astype(int)).max() > 2000


def write_encoded(path: Path, codec: str, rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(40 * rate) / rate
    tones = np.stack([np.sin(2 * np.pi * hertz * times) for hertz in (330, 550)])
    packed = np.ascontiguousarray((tones * 8000).astype("<i2").T).reshape(1, -1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="stereo")
        frame.sample_rate = rate
        context, waiting = stream.codec_context, av.AudioFifo()
        for item in av.AudioResampler(format=context.format, layout="stereo", rate=rate).resample(frame):
            item.pts = None
            waiting.write(item)
        while (item := waiting.read(context.frame_size or 1024, partial=True)) is not None:
            out.mux(stream.encode(item))
        out.mux(stream.encode(None))


def test_a_place_without_times_leaves_nothing_of_its_channel(home: Path, recordings: Path) -> None:
    (path,) = recordings.glob(f"*/{BLEEDING}.wav")
    span = MaskedSpan(1, "customer", "card", 0, 0, 6, None, None)
    sources = tuple(
        {"form": "stereo", "channel_id": channel, "role": role, "name": None, "recording_id": recording_id(path),
         "source_uri": path.as_uri(), "source_channel": channel, "offset_ms": 0, "duration_s": 30.0, "segment": 0}
        for channel, role in enumerate(("agent", "customer"))
    )  # fmt: skip
    for given, silent in ((sources, [1]), (sources[:1], [0, 1]), ((), [0, 1]), (mixed(sources), [0, 1])):
        call = RecordedCall("x", recording_id(path), path.as_uri(), 30.0, "", given, (span,))
        with open_call_sound(load_settings(), call, None) as sound:
            heard = samples(b"".join(sound.read(0, sound.size_bytes - 1)))
        assert [channel for channel in (0, 1) if not heard[channel].any()] == silent


def mixed(sources: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Both parties on the first channel of the file."""
    return ({**sources[0], "role": "mixed", "form": "diarized"},)

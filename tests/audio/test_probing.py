from __future__ import annotations

import os
import random
import shutil
import socket
import struct
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import av
import pytest

from qa_pipeline.audio import probing
from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.probing import probe

Record = Callable[..., Path]


def fault(path: Path) -> UnusableAudio:
    with pytest.raises(UnusableAudio) as caught:
        probe(path)
    assert path.name in caught.value.sentence
    assert str(caught.value) == caught.value.sentence
    return caught.value


def wav_bytes(*, promised_bytes: int | None = None, seconds: float = 2.0, codec: int = 7, bits: int = 8) -> bytes:
    """A stereo WAV at 8 kHz, by default G.711 µ-law (format 7), whose header may lie about its length."""
    data = bytes(range(256)) * round(seconds * 8000 * 2 * bits / 8 / 256)
    head = struct.pack("<IHHIIHH", 16, codec, 2, 8000, 16000 * bits // 8, 2 * bits // 8, bits)
    claim = len(data) if promised_bytes is None else promised_bytes
    return b"RIFF" + struct.pack("<I", 0) + b"WAVEfmt " + head + b"data" + struct.pack("<I", claim) + data


@pytest.mark.parametrize(
    ("name", "encoder", "rate", "container", "codec"),
    [
        ("call.wav", "pcm_s16le", 8000, "wav", "pcm_s16le"),
        ("call.wav", "pcm_mulaw", 8000, "wav", "pcm_mulaw"),
        ("call.wav", "pcm_alaw", 8000, "wav", "pcm_alaw"),
        ("call.mp3", "libmp3lame", 8000, "mp3", "mp3"),
        ("call.mp3", "libmp3lame", 44100, "mp3", "mp3"),
        ("call.m4a", "aac", 16000, "m4a", "aac"),
        ("call.mp4", "aac", 16000, "mp4", "aac"),
        ("call.aac", "aac", 16000, "aac", "aac"),
        ("call.ogg", "libopus", 48000, "ogg", "opus"),
        ("call.opus", "libopus", 48000, "ogg", "opus"),
        ("call.webm", "libopus", 48000, "webm", "opus"),
        ("call.mkv", "pcm_s16le", 8000, "mkv", "pcm_s16le"),
        ("call.flac", "flac", 16000, "flac", "flac"),
        ("call.aiff", "pcm_s16be", 8000, "aiff", "pcm_s16be"),
        ("call.au", "pcm_mulaw", 8000, "au", "pcm_mulaw"),
        ("call.avi", "pcm_mulaw", 8000, "avi", "pcm_mulaw"),
        ("call.flv", "aac", 44100, "flv", "aac"),
        ("call.w64", "pcm_s16le", 8000, "w64", "pcm_s16le"),
    ],
)
def test_a_recording_is_described_whatever_its_format(
    record: Record, name: str, encoder: str, rate: int, container: str, codec: str
) -> None:
    path = record(name, codec=encoder, rate=rate, seconds=12.34)
    found = probe(path)
    assert (found.container, found.codec) == (container, codec)
    assert (found.sample_rate, found.channels, found.audio_streams) == (rate, 2, 1)
    assert found.size_bytes == path.stat().st_size
    # A bare AAC stream can't say where its padding is: one frame before and up to one behind the sound.
    padding_s = 2 * 1024 / rate if container in ("aac", "flv") else 0.0
    assert found.duration_s == pytest.approx(12.34 + padding_s / 2, abs=0.01 + padding_s / 2)


@pytest.mark.parametrize("name", ["call.txt", "call", "call.mp3", "CALL.PDF"])
def test_the_name_of_a_file_says_nothing(record: Record, name: str) -> None:
    path = record("call.wav", codec="pcm_alaw")
    assert probe(path.rename(path.with_name(name))).codec == "pcm_alaw"


def test_an_empty_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.touch()
    assert fault(path).code is AudioFault.EMPTY_FILE


def test_a_header_without_sound_is_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
    assert fault(path).code is AudioFault.EMPTY_FILE


@pytest.mark.parametrize(
    ("ending", "advice"),
    [(".ulaw", "-f mulaw"), (".alaw", "-f alaw"), (".raw", "-f s16le"), (".gsm", "-f gsm"), (".wav", "as WAV")],
)
def test_headerless_sound_is_refused_with_the_way_out_that_its_ending_tells(
    tmp_path: Path, ending: str, advice: str
) -> None:
    path = tmp_path / f"call{ending}"
    path.write_bytes(bytes(random.Random(1).choices([0xFF, 0x7F, 0xFE, 0x7D, 0x5A, 0xDC], k=16000)))
    found = fault(path)
    assert found.code is AudioFault.NOT_AUDIO
    assert advice in found.sentence


@pytest.mark.parametrize("ending", [".wav", ".ulaw", ".raw"])
def test_random_bytes_may_be_encrypted_and_get_no_advice_that_makes_noise_of_them(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"call{ending}"
    path.write_bytes(random.Random(1).randbytes(16000))
    found = fault(path)
    assert found.code is AudioFault.NOT_AUDIO
    assert "may be encrypted or has no header" in found.sentence
    assert "ffmpeg" not in found.sentence


def test_a_video_without_sound_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "call.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode(None))
    found = fault(path)
    assert found.code is AudioFault.NOT_AUDIO
    assert "without an audio stream" in found.sentence


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("call.wav", "pcm_s16le", 8000),
        ("call.wav", "pcm_mulaw", 8000),
        ("call.wav", "adpcm_ms", 8000),
        ("call.mp3", "libmp3lame", 8000),
        ("call.m4a", "aac", 16000),
        ("call.flac", "flac", 16000),
        ("call.opus", "libopus", 48000),
        ("call.mkv", "libopus", 48000),
        ("call.aiff", "pcm_s16be", 8000),
    ],
)
def test_a_file_cut_off_anywhere_is_truncated(record: Record, name: str, codec: str, rate: int, keep: float) -> None:
    path = record(name, codec=codec, rate=rate, seconds=10.0)
    os.truncate(path, int(path.stat().st_size * keep))
    assert fault(path).code is AudioFault.TRUNCATED


def test_an_m4a_whose_index_came_first_is_truncated_by_its_missing_sound(tmp_path: Path, record: Record) -> None:
    source, path = record("source.m4a", codec="aac", seconds=10.0, rate=16000), tmp_path / "call.m4a"
    with (
        av.open(str(source)) as read,
        av.open(str(path), "w", format="ipod", container_options={"movflags": "faststart"}) as write,
    ):
        copy = write.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(read.streams.audio[0]):
            if packet.size:
                packet.stream = copy
                write.mux(packet)
    assert probe(path).duration_s == pytest.approx(10.0, abs=0.01)
    os.truncate(path, path.stat().st_size * 2 // 3)
    found = fault(path)
    assert found.code is AudioFault.TRUNCATED
    assert "promises 10.0" in found.sentence


@pytest.mark.parametrize("claim", [0, 0x7FFF_FFFF, 0x7FFF_F024, 0x8000_0000, 0xFFFF_FFFF])
def test_a_recorder_that_never_knew_the_length_is_believed_by_its_bytes(tmp_path: Path, claim: int) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav_bytes(promised_bytes=claim))
    assert probe(path).duration_s == 2.0


@pytest.mark.parametrize("extra", [1, 36, 44, 2000])
def test_a_header_that_is_off_by_a_little_is_forgiven(tmp_path: Path, extra: int) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav_bytes(promised_bytes=32000 + extra))
    assert probe(path).duration_s == 2.0


def test_what_follows_the_sound_is_not_sound(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav_bytes() + b"LIST\x04\x00\x00\x00INFO" + bytes(9000))
    assert probe(path).duration_s == 2.0


def test_an_mp3_without_an_index_is_measured_frame_by_frame(record: Record, tmp_path: Path) -> None:
    whole = record("call.mp3", codec="libmp3lame", seconds=20.0).read_bytes()
    first = whole.find(b"\xff\xe3")  # MPEG-2.5 Layer III, which 8 kHz is
    second = whole.find(whole[first : first + 2], first + 4)
    path = tmp_path / "bare.mp3"
    path.write_bytes(whole[second : len(whole) * 3 // 4])
    assert probe(path).duration_s == pytest.approx(15.0, abs=0.2)


def test_a_wrong_count_of_samples_does_not_shorten_a_recording(record: Record) -> None:
    path = record("call.flac", codec="flac", seconds=4.0)
    content = bytearray(path.read_bytes())
    content[22:26] = struct.pack(">I", 8000)  # the low 32 of 36 bits of STREAMINFO's number of samples: one second
    path.write_bytes(content)
    assert probe(path).duration_s == 4.0


@pytest.mark.parametrize(("rate", "channels"), [(0, 2), (2_000_000_000, 2), (8000, 0), (8000, 60_000)])
def test_an_impossible_header_is_unreadable(tmp_path: Path, rate: int, channels: int) -> None:
    content = bytearray(wav_bytes(codec=1, bits=16))
    content[22:28] = struct.pack("<HI", channels, rate)
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    assert fault(path).code in (AudioFault.UNREADABLE, AudioFault.EMPTY_FILE)


def test_an_index_without_end_is_given_up(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "MAX_PACKETS", 10)
    found = fault(record("call.mp3", codec="libmp3lame"))
    assert (found.code, "packets" in found.sentence) == (AudioFault.UNREADABLE, True)


def test_tags_that_are_not_utf8_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    tag = b"INFOINAM" + struct.pack("<I", 6) + b"M\xfcller"
    path.write_bytes(wav_bytes() + b"LIST" + struct.pack("<I", len(tag)) + tag)
    assert probe(path).duration_s == 2.0


def test_a_name_that_is_not_utf8_or_looks_like_an_address_is_opened(record: Record) -> None:
    path = record("call.wav", codec="pcm_mulaw")
    for name in (b"caf\xe9.wav", b"http:call.wav", b"call%03d.wav", b"-i.wav", b"a b'\"`$(x).wav"):
        copy = path.with_name(os.fsdecode(name))
        shutil.copy(path, copy)
        assert probe(copy).duration_s == 2.0


def test_a_pipe_under_a_recordings_name_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    os.mkfifo(path)
    assert fault(path).code is AudioFault.NOT_AUDIO


def test_a_socket_and_a_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    assert fault(folder).code is AudioFault.NOT_AUDIO
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.wav"))
        assert fault(tmp_path / "s.wav").code in (AudioFault.NOT_AUDIO, AudioFault.UNREADABLE)


def test_a_file_that_has_gone_can_not_be_read(tmp_path: Path) -> None:
    found = fault(tmp_path / "gone.wav")
    assert (found.code, "No such file" in found.sentence) == (AudioFault.UNREADABLE, True)


@pytest.mark.parametrize(
    "reference",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{other}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXTINF:9,\n{other}\n",
        "ffconcat version 1.0\nfile '{other}'\n",
        "file '{other}'\n",
        "[playlist]\nFile1={other}\n",
        "{other}",
    ],
)
@pytest.mark.parametrize("name", ["call.wav", "call.m3u8", "call.mp3"])
def test_a_text_that_names_another_file_never_gets_it_opened(
    record: Record, tmp_path: Path, reference: str, name: str
) -> None:
    other = record("secret.wav", codec="pcm_s16le")
    path = tmp_path / name
    path.write_text(reference.format(other=other))
    assert fault(path).code is AudioFault.NOT_AUDIO


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, *parts: bytes) -> bytes:
    return box(kind, bytes(4), *parts)


def movie_of(other: Path, samples: int) -> bytes:
    """A QuickTime movie without any sound of its own: its data reference is an alias record that names `other`."""
    name = other.name.encode()
    fields = bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + struct.pack(">hh", 1, 1) + bytes(16)
    path = struct.pack(">hH", 2, len(name)) + name + bytes(len(name) % 2)
    alias = bytes(4) + struct.pack(">HHH", 0, 2, 0) + b"\x04Disk".ljust(28, b"\0") + bytes(12) + fields + path
    alias += struct.pack(">hH", -1, 0)
    entry = box(b"ulaw", bytes(7) + b"\1" + bytes(8), struct.pack(">HHHHI", 1, 16, 0, 0, 8000 << 16))
    table = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), entry),
        full_box(b"stts", struct.pack(">III", 1, samples, 1)),
        full_box(b"stsc", struct.pack(">IIII", 1, 1, samples, 1)),
        full_box(b"stsz", struct.pack(">II", 1, samples)),
        full_box(b"stco", struct.pack(">II", 1, 0)),
    )
    references = box(b"dinf", full_box(b"dref", struct.pack(">I", 1), full_box(b"alis", alias)))
    information = box(b"minf", full_box(b"smhd", bytes(4)), references, table)
    head = full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, 8000, samples, 0, 0))
    media = box(b"mdia", head, full_box(b"hdlr", bytes(4) + b"soun" + bytes(13)), information)
    track = box(b"trak", full_box(b"tkhd", bytes(80)), media)
    movie = full_box(b"mvhd", struct.pack(">IIII", 0, 0, 8000, samples), bytes(80))
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"moov", movie, track)


def test_a_movie_whose_sound_lies_in_another_file_never_gets_it_opened(tmp_path: Path) -> None:
    other, path = tmp_path / "secret.ulaw", tmp_path / "call.mov"
    other.write_bytes(bytes(range(256)) * 16)
    path.write_bytes(movie_of(other, 4096))
    follow = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(path), format="mov", options=follow) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams.audio[0])]
    assert b"".join(packets) == other.read_bytes()  # the reference does lead there, for those who follow it
    with pytest.raises(UnusableAudio):
        channel_digests(path)
    assert fault(path).code is AudioFault.TRUNCATED


def test_nothing_is_printed_about_broken_files(
    tmp_path: Path, record: Record, capfd: pytest.CaptureFixture[str]
) -> None:
    path = record("call.mp3", codec="libmp3lame", seconds=10.0)
    content = bytearray(path.read_bytes())
    for at in range(2000, len(content), 50):
        content[at] ^= 0x55
    path.write_bytes(content)
    capfd.readouterr()
    for use in (probe, channel_digests):
        with pytest.raises(UnusableAudio):
            use(path)
    assert capfd.readouterr() == ("", "")


def test_bytes_changed_at_random_give_a_probe_or_a_reason(record: Record, tmp_path: Path) -> None:
    sources = [
        record("a.wav", codec="pcm_mulaw"),
        record("a.mp3", codec="libmp3lame"),
        record("a.m4a", codec="aac", rate=16000),
        record("a.opus", codec="libopus", rate=48000),
        record("a.flac", codec="flac"),
        record("a.avi", codec="pcm_mulaw"),
    ]
    chance = random.Random(20250901)
    for round_number in range(240):
        source = sources[round_number % len(sources)]
        content = bytearray(source.read_bytes())
        for _ in range(chance.choice((1, 4, 30))):
            content[chance.randrange(min(len(content), 3000))] = chance.randrange(256)
        path = tmp_path / f"changed{source.suffix}"
        path.write_bytes(content[: chance.randrange(1, len(content) + 1)] if round_number % 3 == 0 else content)
        for use in (probe, channel_digests):
            with suppress(UnusableAudio):
                use(path)


@pytest.mark.recordings
def test_the_real_two_party_calls_are_probed_to_ten_milliseconds(
    real_recordings: Path, manifest: dict[str, dict[str, str]]
) -> None:
    calls = [row for row in manifest.values() if row["file"].startswith("calls/") and row["channels"] == "2"]
    assert len(calls) == 6
    for row in calls:
        found = probe(real_recordings / row["file"])
        assert f"{found.codec}/{found.container}" == row["codec"]
        assert (found.sample_rate, found.channels) == (int(row["sample_rate"]), 2)
        assert found.duration_s == pytest.approx(float(row["duration_s"]), abs=0.01)


MANIFEST_CONTAINERS = {"matroska": "webm", "asf": "wma", "nistsphere": "sph"}


@pytest.mark.recordings
def test_every_real_recording_of_every_codec_is_described_as_the_manifest_does(
    real_recordings: Path, manifest: dict[str, dict[str, str]]
) -> None:
    for name, row in manifest.items():
        if name.startswith("corrupt/") or row["codec"].endswith("/headerless"):
            continue
        found = probe(real_recordings / name)
        codec, container = row["codec"].split("/")
        assert found.codec == codec, name
        container = MANIFEST_CONTAINERS.get(container, container)
        assert found.container in ((container, "m4a", "mp4") if container == "mov" else (container,)), name
        assert (found.sample_rate, found.channels) == (int(row["sample_rate"]), int(row["channels"])), name
        # The manifest counts the padding that MP3 and AAC encoders add (up to 0.2 s at 8 kHz); the probe doesn't.
        tolerance_s = 0.2 if codec in ("mp3", "aac", "adpcm_ms", "vorbis") or container == "avi" else 0.011
        assert found.duration_s == pytest.approx(float(row["duration_s"]), abs=tolerance_s), name


@pytest.mark.recordings
def test_the_length_is_that_of_the_decoded_samples(real_recordings: Path, manifest: dict[str, dict[str, str]]) -> None:
    for name, row in manifest.items():
        if not name.startswith(("calls/", "codecs/")) or row["codec"].endswith("/headerless") or "hello.m4a" in name:
            continue
        path = real_recordings / name
        digests = channel_digests(path)
        # AAC decoders give the last frame whole, so up to 1024 samples more than the index counts.
        tolerance_s = 1024 / digests.sample_rate if "aac" in row["codec"] else 0.01
        assert probe(path).duration_s == pytest.approx(digests.frames / digests.sample_rate, abs=tolerance_s), name


@pytest.mark.recordings
def test_files_with_several_audio_streams_say_so(real_recordings: Path) -> None:
    for name in ("mp4_video_2audio_nasa.mp4", "mp4_2audio_mp3_ac3.mp4", "mp4_2audio_multiple-aac-tracks.mp4"):
        assert probe(real_recordings / "codecs" / name).audio_streams == 2


@pytest.mark.recordings
def test_real_headerless_recordings_are_refused_with_the_way_out(real_recordings: Path) -> None:
    paths = sorted((real_recordings / "codecs").glob("raw_*"))
    assert len(paths) == 5
    for path in paths:
        found = fault(path)
        assert (found.code, "wrap them" in found.sentence) == (AudioFault.NOT_AUDIO, True), found.sentence


EXPECTED_OF_CORRUPT = {
    "azure_missing_wav_header.wav": "not_audio",
    "empty_0byte.wav": "empty_file",
    "funasr_46b.wav": "empty_file",
    "gitlfs_pointer_as_mp3.mp3": "not_audio",
    "gitlfs_pointer_as_wav.wav": "not_audio",
    "ibm_malformed.flac": "truncated",
    "mp4parse_zero_empty_stsc.mp4": "truncated",
    "pocketsphinx_awful.wav": "unreadable",
    "pocketsphinx_null.wav": "empty_file",
    "scipy_test-44100Hz-le-1ch-4bytes-early-eof.wav": "truncated",
    "symlink_text_as_wav.wav": "not_audio",
    "tika_drm.m4a": "unreadable",
    "tika_truncated.mp3": "unreadable",
    "vcon_interop_text_as_wav.wav": "not_audio",
    "flactest_05_-_wrong_total_number_of_samples.flac": 4.562,
    "tinytag_corrupt_metadata.ogg": 2.132,
    "tinytag_riff_extra_zero.wav": 0.116,
}


@pytest.mark.recordings
def test_every_broken_file_gives_a_sane_probe_or_a_reason(real_recordings: Path) -> None:
    outcomes = {path.name: outcome(path) for path in sorted((real_recordings / "corrupt").iterdir())}
    assert len(outcomes) == 44
    lengths = [length for length in outcomes.values() if isinstance(length, float)]
    assert all(0 < length < 60 for length in lengths)
    assert {name: outcomes[name] for name in EXPECTED_OF_CORRUPT} == EXPECTED_OF_CORRUPT


def outcome(path: Path) -> str | float:
    """The length in seconds, or the code of the reason; the file is decoded as well, which may fail likewise."""
    with suppress(UnusableAudio):
        channel_digests(path)
    try:
        return probe(path).duration_s
    except UnusableAudio as error:
        return str(error.code)

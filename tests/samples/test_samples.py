"""The committed sample calls are what their scripts and README say: features are shown and measured on them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from samples.record import CSV_COLUMNS, metadata_of
from samples.script import EMOTIONS, Event, Script, Turn, read_scripts

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
RECORDINGS = SAMPLES / "recordings"
SERVICE_LANGUAGES = {
    "zh", "yue", "en", "ja", "de", "ko", "ru", "fr", "pt",
    "ar", "it", "es", "hi", "id", "th", "tr", "uk", "vi",
    "cs", "da", "fil", "fi", "is", "ms", "no", "pl", "sv",
}  # fmt: skip
SIZE_LIMIT_BYTES = 12_000_000
SCRIPTS = read_scripts(SAMPLES / "scripts")
TRANSCRIPTS = sorted(RECORDINGS.rglob("*.transcript.json"))
RECORDING_NOTICE = ("record", "录音", "錄音", "grabada", "enregistr", "aufgezeichnet", "録音", "녹음")
# A recognizer could not have made these: no channel of its own for each party, or not all of the audio.
WITHOUT_TRANSCRIPT = {"c0192", "c0292", "c0390", "c0391", "c0392"}
UNDECODABLE = {"c0390", "c0391"}

each_transcript = pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.name[:-16] for path in TRANSCRIPTS])


def script_of(transcript: Path) -> Script:
    stem = transcript.name.removesuffix(".transcript.json")
    return next(script for script in SCRIPTS.values() if Path(script.file).stem == stem)


def source_of(script: Script) -> Script:
    return SCRIPTS[script.copy_of] if script.copy_of else script


def audio_path(call_id: str) -> Path:
    return RECORDINGS / SCRIPTS[call_id].file


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def sentences(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Every sentence of a transcript with its channel."""
    return [(part["channel_id"], said) for part in read(path)["transcripts"] for said in part["sentences"]]


@cache
def decode(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples in -1..1, one row a channel, and their rate."""
    to_float = av.AudioResampler(format="fltp")
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in to_float.resample(frame)]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1), frames[0].sample_rate


def level_db(samples: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-9))


def test_there_are_over_twenty_sound_stereo_calls_on_three_dates() -> None:
    sound = [
        script
        for script in SCRIPTS.values()
        if script.folder != "."
        and script.audio is not None
        and script.defect is None
        and script.declared_agent_channel is None
        and script.metadata != "none"
    ]
    assert len(sound) == 26
    assert {script.folder for script in sound} == {"2025-09-01", "2025-09-02", "2025-09-03"}
    assert len({script.agent["id"] for script in sound}) >= 5
    assert len({script.queue for script in sound}) >= 4


def test_the_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < SIZE_LIMIT_BYTES


def test_every_recording_has_a_script_and_every_script_a_recording() -> None:
    described = {script.file for script in SCRIPTS.values()}
    audio = {
        path.relative_to(RECORDINGS).as_posix()
        for path in RECORDINGS.rglob("*")
        if path.is_file() and path.suffix not in {".json", ".csv"}
    }
    assert audio == described


def test_every_transcript_belongs_to_the_audio_file_beside_it() -> None:
    for path in TRANSCRIPTS:
        assert (path.parent / read(path)["file_url"]).is_file()
        assert Path(read(path)["file_url"]).stem + ".transcript.json" == path.name
    assert {script_of(path).call_id for path in TRANSCRIPTS} == set(SCRIPTS) - WITHOUT_TRANSCRIPT


@each_transcript
def test_sentences_come_in_order_and_lie_inside_the_recording(path: Path) -> None:
    samples, rate = decode(path.parent / read(path)["file_url"])
    duration_ms = samples.shape[1] * 1000 / rate
    for part in read(path)["transcripts"]:
        said = part["sentences"]
        assert [sentence["sentence_id"] for sentence in said] == list(range(len(said)))
        assert all(0 <= sentence["begin_time"] < sentence["end_time"] <= duration_ms for sentence in said)
        if script_of(path).defect != "dual-mono":
            assert all(one["end_time"] <= two["begin_time"] for one, two in pairwise(said))


@each_transcript
def test_a_transcript_says_what_its_script_says(path: Path) -> None:
    script = source_of(script_of(path))
    turns = [turn for turn in script.turns if isinstance(turn, Turn)]
    for part in read(path)["transcripts"]:
        role = "agent" if part["channel_id"] == script.agent_channel else "customer"
        heard = turns if script.defect == "dual-mono" else [turn for turn in turns if turn.role == role]
        written = [(turn.text, turn.language, turn.emotion) for turn in heard]
        assert [(said["text"], said["language"], said["emotion"]) for said in part["sentences"]] == written
        assert "".join(part["text"].split()) == "".join("".join(turn.text for turn in heard).split())


@each_transcript
def test_every_sentence_is_audible_in_its_channel_from_its_begin_to_its_end(path: Path) -> None:
    samples, rate = decode(path.parent / read(path)["file_url"])
    edge = int(0.2 * rate)
    for channel_id, said in sentences(path):
        heard = samples[channel_id, int(said["begin_time"] * rate / 1000) : int(said["end_time"] * rate / 1000)]
        assert level_db(heard) > -32, said["text"]
        assert level_db(heard[:edge]) > -50, f"starts late: {said['text']}"
        assert level_db(heard[-edge:]) > -50, f"ends early: {said['text']}"


@each_transcript
def test_a_channel_is_quiet_where_its_party_says_nothing(path: Path) -> None:
    samples, rate = decode(path.parent / read(path)["file_url"])
    script = source_of(script_of(path))
    musical = {turn.role for turn in script.turns if isinstance(turn, Event) and turn.event == "music"}
    for channel_id in (0, 1):
        role = "agent" if channel_id == script.agent_channel else "customer"
        silent = np.ones(samples.shape[1], dtype=bool)
        for spoken_on, said in sentences(path):
            if spoken_on == channel_id:
                # lossy codecs smear a sentence over a frame or two
                silent[int((said["begin_time"] - 60) * rate / 1000) : int((said["end_time"] + 60) * rate / 1000)] = 0
        assert level_db(samples[channel_id][silent]) < -50 or role in musical


@each_transcript
def test_the_words_of_a_sentence_are_its_text_and_lie_inside_it_in_order(path: Path) -> None:
    for _, said in sentences(path):
        words = said["words"]
        assert "".join(word["text"] + word["punctuation"] for word in words) == said["text"]
        assert words[0]["begin_time"] == said["begin_time"]
        assert all(word["begin_time"] < word["end_time"] <= said["end_time"] for word in words), said["text"]
        assert all(one["end_time"] <= two["begin_time"] for one, two in pairwise(words)), said["text"]


@each_transcript
def test_words_are_spoken_where_they_are_said_to_be_and_pauses_between_them_are_quiet(path: Path) -> None:
    samples, rate = decode(path.parent / read(path)["file_url"])
    for channel_id, said in sentences(path):
        for word in said["words"]:
            heard = samples[channel_id, int(word["begin_time"] * rate / 1000) : int(word["end_time"] * rate / 1000)]
            assert level_db(heard) > -50, (said["text"], word)
        for one, two in pairwise(said["words"]):
            if two["begin_time"] - one["end_time"] >= 120:  # the last sound of a word dies away
                begin, end = one["end_time"] + 40, two["begin_time"] - 20
                pause = samples[channel_id, int(begin * rate / 1000) : int(end * rate / 1000)]
                assert level_db(pause) < -35, (said["text"], one, two)


def test_all_seven_emotions_are_heard_from_customers() -> None:
    heard = {
        turn.emotion for s in SCRIPTS.values() for turn in s.turns if isinstance(turn, Turn) and turn.role == "customer"
    }
    assert heard == set(EMOTIONS)


def test_languages_are_codes_of_the_service_and_at_least_seven() -> None:
    spoken = {said["language"] for path in TRANSCRIPTS for _, said in sentences(path)}
    assert spoken <= SERVICE_LANGUAGES
    assert {"zh", "yue", "en"} <= spoken
    assert len(spoken) >= 7


def test_three_calls_change_language_and_declare_none() -> None:
    mixed = {
        script.call_id
        for script in SCRIPTS.values()
        if len({turn.language for turn in script.turns if isinstance(turn, Turn)}) > 1
    }
    assert mixed == {"c0106", "c0204", "c0303"}
    assert all(SCRIPTS[call_id].language is None for call_id in mixed)


def test_agents_forget_the_recording_notice_where_the_readme_says() -> None:
    forgotten = {
        script.call_id
        for script in SCRIPTS.values()
        if script.defect is None and script.metadata != "none" and script.turns
        if not any(
            word in turn.text
            for turn in script.turns
            if isinstance(turn, Turn) and turn.role == "agent"
            for word in RECORDING_NOTICE
        )
    }
    assert forgotten == {
        "c0105", "c0202", "c0203", "c0206", "c0208", "c0301", "c0302", "c0303", "c0306", "c0308",
    }  # fmt: skip


def test_interruptions_last_a_second_or_more_where_the_readme_says() -> None:
    interrupted = set()
    for path in TRANSCRIPTS:
        spans = sorted((said["begin_time"], said["end_time"]) for _, said in sentences(path))
        if script_of(path).defect is None and any(one[1] - two[0] >= 1000 for one, two in pairwise(spans)):
            interrupted.add(script_of(path).call_id)
    assert interrupted == {"c0105", "c0206", "c0305", "c0306"}


def test_dead_air_of_over_five_seconds_lies_where_the_readme_says() -> None:
    dead = set()
    for path in TRANSCRIPTS:
        spans = sorted((said["begin_time"], said["end_time"]) for _, said in sentences(path))
        held = any(isinstance(turn, Event) and turn.event == "music" for turn in script_of(path).turns)
        long_gaps = sum(two[0] - one[1] > 5000 for one, two in pairwise(spans))
        if long_gaps > held:
            dead.add(script_of(path).call_id)
    assert dead == {"c0102", "c0106", "c0108", "c0206", "c0301", "c0303", "c0305", "c0308"}


@pytest.mark.parametrize("call_id", sorted(set(SCRIPTS) - UNDECODABLE))
def test_codec_rate_and_channels_are_those_of_the_script(call_id: str) -> None:
    script = source_of(SCRIPTS[call_id])
    assert script.audio is not None
    with av.open(str(audio_path(call_id))) as container:
        stream = container.streams.audio[0]
        codec, rate, channels = stream.codec_context.codec.canonical_name, stream.rate, stream.channels
    assert codec == script.audio.codec
    assert rate == (48000 if codec == "opus" else script.audio.sample_rate)
    assert channels == (1 if script.defect == "mono" else 2)


def test_every_codec_of_a_phone_system_is_there_in_stereo() -> None:
    stereo = {(s.audio.codec, s.audio.sample_rate) for s in SCRIPTS.values() if s.audio and s.defect is None}
    assert {codec for codec, _ in stereo} == {"pcm_mulaw", "pcm_alaw", "pcm_s16le", "mp3", "opus", "aac"}
    assert {("pcm_s16le", 8000), ("pcm_s16le", 16000)} <= stereo


def test_dual_mono_has_the_same_samples_on_both_channels() -> None:
    samples, _ = decode(audio_path("c0190"))
    assert np.array_equal(samples[0], samples[1])


def test_the_silent_customer_is_digital_silence_with_an_empty_transcript() -> None:
    samples, _ = decode(audio_path("c0191"))
    assert not samples[1].any()
    customer = read(audio_path("c0191").with_suffix(".transcript.json"))["transcripts"][1]
    assert (customer["channel_id"], customer["text"], customer["sentences"]) == (1, "", [])


def test_the_swapped_call_is_declared_wrongly_and_the_other_one_rightly() -> None:
    rows = {row["call_id"]: row for row in csv_rows()}
    for call_id, declared in (("c0290", "0"), ("c0205", "1")):
        path = audio_path(call_id).with_suffix(".transcript.json")
        first_channel, first = min(sentences(path), key=lambda one: one[1]["begin_time"])
        assert "Corvane" in first["text"]
        assert first_channel == 1
        assert rows[call_id]["agent_channel"] == declared


def test_the_duplicate_has_the_bytes_of_the_original() -> None:
    assert audio_path("c0291").read_bytes() == audio_path("c0201").read_bytes()


def test_the_truncated_wav_holds_less_than_its_header_promises() -> None:
    with av.open(str(audio_path("c0292"))) as container:
        assert container.duration is not None
        promised_s = container.duration / av.time_base
    samples, rate = decode(audio_path("c0292"))
    assert samples.shape[1] / rate < 0.6 * promised_s


@pytest.mark.parametrize("call_id", sorted(UNDECODABLE))
def test_text_named_wav_and_an_m4a_without_index_cannot_be_opened(call_id: str) -> None:
    with pytest.raises(av.error.InvalidDataError):
        av.open(str(audio_path(call_id)))


def csv_rows() -> list[dict[str, str]]:
    with (RECORDINGS / "2025-09-02" / "calls.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_calls_csv_says_what_the_scripts_say() -> None:
    listed = [script for script in SCRIPTS.values() if script.metadata == "csv"]
    expected = [{key: str(metadata_of(script).get(key, "")) for key in CSV_COLUMNS} for script in listed]
    assert csv_rows() == expected
    assert "c0293" not in {row["call_id"] for row in csv_rows()}


def test_sidecars_say_what_the_scripts_say() -> None:
    sidecars = {
        path.stem: read(path) for path in RECORDINGS.rglob("*.json") if not path.name.endswith(".transcript.json")
    }
    expected = {s.call_id: metadata_of(s) for s in SCRIPTS.values() if s.metadata.startswith("sidecar")}
    assert sidecars == expected
    assert [call_id for call_id, said in sidecars.items() if "started_at" not in said] == ["c0108"]


def test_file_names_of_the_third_date_carry_date_agent_and_id() -> None:
    for script in (script for script in SCRIPTS.values() if script.metadata == "file-name"):
        stem = Path(script.file).stem
        plain = f"{script.started_at[:10]}_{script.agent['id']}_{script.call_id}"
        time = script.started_at[:19].replace(":", "-")
        assert stem == plain or stem.endswith(f"_{script.call_id}_AGENT_{script.agent['id']}_DT_{time}")


def test_a_call_lies_in_the_folder_of_its_date_whether_days_are_counted_there_or_in_utc() -> None:
    for script in SCRIPTS.values():
        started = datetime.fromisoformat(script.started_at)
        if script.folder != ".":
            assert started.date().isoformat() == started.astimezone(UTC).date().isoformat() == script.folder


def test_the_readme_describes_every_call() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    rows = {row.split("|")[1].strip(): row for row in readme.splitlines() if row.startswith("| c0")}
    assert set(rows) == set(SCRIPTS)
    for call_id, script in SCRIPTS.items():
        assert script.about in rows[call_id]
        assert script.agent["id"] in rows[call_id]
        assert script.queue in rows[call_id]

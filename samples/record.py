"""Makes the sample calls, so that the product can be tried on audio that anybody may share.

Real calls hold private lives and can't be published, so each sample is a YAML script (scripts/<id>.yaml),
voiced, mixed to one channel a party, encoded with ffmpeg (AMR with sox), and given a phone system's metadata.

The recordings are committed; only a person who changes a script needs this program, espeak-ng, ffmpeg and
sox. The same versions of the tools give the same bytes: noise comes from a seed made of the call's id, and
encoders run without time stamps.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":  # run as a file, Python knows this folder but not the package it is
    sys.path.insert(0, str(HERE.parent))

from samples.script import ROLES, Audio, SampleError, Script, read_scripts  # noqa: E402 (needs the line above)
from samples.voicing import Mix, Placed, Samples, mix, run_tool, to_telephone  # noqa: E402

CSV_COLUMNS = (
    "call_id",
    "started_at",
    "agent_id",
    "agent_name",
    "customer_id",
    "queue",
    "direction",
    "agent_channel",
    "language",
)
LOUDEST_PEAK = 0.89  # -1 dBFS, room for what a lossy codec adds
WORD_ON_LINES = re.compile(
    r'\{\s+"begin_time": \d+,\s+"end_time": \d+,\s+"text": [^\n]*\n\s+"punctuation": [^\n]*\n\s+\}'
)
OPUS_RATE_HZ = 48000  # Opus decodes at 48 kHz whatever went in (RFC 7845, 5.1)

# Codec -> (file extension, ffmpeg arguments). Joint stereo is off where it can be, as it leaks one party into
# the other's channel.
ENCODERS: dict[str, tuple[str, list[str]]] = {
    "pcm_mulaw": ("wav", ["-c:a", "pcm_mulaw"]),
    "pcm_alaw": ("wav", ["-c:a", "pcm_alaw"]),
    "pcm_s16le": ("wav", ["-c:a", "pcm_s16le"]),
    "mp3": ("mp3", ["-c:a", "libmp3lame", "-b:a", "28k", "-joint_stereo", "0"]),
    "opus": ("opus", ["-c:a", "libopus", "-b:a", "24k", "-application", "voip"]),
    "aac": ("m4a", ["-c:a", "aac", "-b:a", "28k", "-aac_ms", "0", "-aac_is", "0"]),
    "amr_nb": ("amr", []),  # ffmpeg has no AMR encoder of its own; sox has
}


def channels_of(script: Script, mixed: Mix, sample_rate: int) -> list[tuple[Samples, list[Placed]]]:
    """What lies on each channel of the file, defect applied: samples at its rate, sentences heard there."""
    tracks = {role: to_telephone(mixed.tracks[role], sample_rate) for role in ROLES}
    both = (tracks["agent"] + tracks["customer"], mixed.sentences)
    if script.defect == "mono":
        return [both]
    if script.defect == "dual-mono":
        return [both, both]
    if script.defect == "silent-customer":
        tracks["customer"] = np.zeros_like(tracks["customer"])
    order = ROLES if script.agent_channel == 0 else ROLES[::-1]
    return [(tracks[role], [said for said in mixed.sentences if said.turn.role == role]) for role in order]


def encode(tracks: list[Samples], audio: Audio) -> bytes:
    """The bytes of the audio file in the wanted codec, from tracks in -1..1 at its rate."""
    samples = np.stack(tracks, axis=1)
    samples = samples * min(1.0, LOUDEST_PEAK / float(np.max(np.abs(samples))))
    pcm = np.rint(samples * 32767).astype("<i2").tobytes()
    extension, arguments = ENCODERS[audio.codec]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"out.{extension}"
        if audio.codec == "amr_nb":
            run_tool(
                ["sox", "-t", "wav", "-", "-t", "amr-nb", str(out)],
                stdin=wav(pcm, audio.sample_rate, len(tracks)),
            )
        else:
            source = ["-f", "s16le", "-ar", str(audio.sample_rate), "-ac", str(len(tracks)), "-i", "pipe:0"]
            exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
            run_tool(["ffmpeg", "-v", "error", *source, *arguments, *exact, str(out)], stdin=pcm)
        return out.read_bytes()


def wav(pcm: bytes, sample_rate: int, channels: int) -> bytes:
    """16-bit samples with a WAV header."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm)
    return buffer.getvalue()


def transcript(file_name: str, audio: Audio, spoken: list[list[Placed]]) -> dict[str, Any]:
    """The result file of a recognizer that heard all right: the service's shape, one element per channel."""
    return {
        "file_url": file_name,
        "audio_info": {
            "format": ENCODERS[audio.codec][0],
            "sample_rate": OPUS_RATE_HZ if audio.codec == "opus" else audio.sample_rate,
        },
        "transcripts": [
            {"channel_id": channel_id, "text": whole_text(said), "sentences": sentences_of(said)}
            for channel_id, said in enumerate(spoken)
        ],
    }


def sentences_of(said: list[Placed]) -> list[dict[str, Any]]:
    """A channel's sentences and their words as the service writes them: ids from 0, times in ms."""
    return [
        {
            "sentence_id": sentence_id,
            "begin_time": placed.begin_ms,
            "end_time": placed.end_ms,
            "language": placed.turn.language,
            "emotion": placed.turn.emotion,
            "text": placed.turn.text,
            "words": [
                {
                    "begin_time": word.begin_ms,
                    "end_time": word.end_ms,
                    "text": word.text,
                    "punctuation": word.punctuation,
                }
                for word in placed.words
            ],
        }
        for sentence_id, placed in enumerate(said)
    ]


def whole_text(said: list[Placed]) -> str:
    """A channel's text in one line: a space between sentences, none after a full-width mark."""
    text = ""
    for placed in said:
        text += ("" if not text or text[-1] in "。？！，、" else " ") + placed.turn.text
    return text


def metadata_of(script: Script) -> dict[str, Any]:
    """What the phone system says about the call; `sidecar-without-date` leaves started_at out."""
    declared = script.agent_channel if script.declared_agent_channel is None else script.declared_agent_channel
    said = {
        "call_id": script.call_id,
        "started_at": None if script.metadata == "sidecar-without-date" else script.started_at,
        "agent_id": script.agent["id"],
        "agent_name": script.agent["name"],
        "customer_id": script.customer_id,
        "queue": script.queue,
        "direction": script.direction,
        "agent_channel": declared,
        "language": script.language,
    }
    return {key: value for key, value in said.items() if value is not None}


def write_json(path: Path, value: object) -> None:
    """Readable UTF-8 JSON with a final newline; words take a line each."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    text = WORD_ON_LINES.sub(lambda word: json.dumps(json.loads(word[0]), ensure_ascii=False), text)
    path.write_text(text + "\n", encoding="utf-8")


def record(script: Script, recordings: Path, scripts: dict[str, Script]) -> Path:
    """Writes a call's audio, its sidecar, and its transcript where a recognizer could have made one.

    `scripts` holds the original of a copy. Gives the audio file's path. Raises SampleError.
    """
    path = recordings / script.file
    path.parent.mkdir(parents=True, exist_ok=True)
    if script.metadata.startswith("sidecar"):
        write_json(path.with_name(f"{script.call_id}.json"), metadata_of(script))
    if script.text_content is not None:
        path.write_text(script.text_content + "\n", encoding="utf-8")
        return path
    voiced, audio = voiced_by(script, scripts)
    channels = channels_of(voiced, mix(voiced), audio.sample_rate)
    encoded = encode([samples for samples, _ in channels], audio)
    path.write_bytes(encoded[: int(len(encoded) * script.keep_share)])
    if voiced.defect not in ("mono", "truncated"):
        write_json(transcript_path(path), transcript(path.name, audio, [said for _, said in channels]))
    return path


def write_again(script: Script, recordings: Path, scripts: dict[str, Script]) -> Path:
    """Writes the transcript of a recording that is there and stays as it is; gives the transcript's path.

    Raises SampleError where the call has no transcript, or where its sentences are now spoken at other times than in
    the one beside the recording: it would not be a transcript of that sound.
    """
    path = transcript_path(recordings / script.file)
    if not path.exists():
        raise SampleError(f"{script.call_id}: there is no {path.name} to write again")
    voiced, audio = voiced_by(script, scripts)
    spoken = [said for _, said in channels_of(voiced, mix(voiced), audio.sample_rate)]
    made = transcript(Path(script.file).name, audio, spoken)
    before = json.loads(path.read_text(encoding="utf-8"))
    if times_of(made) != times_of(before):
        raise SampleError(
            f"{script.call_id}: its sentences are spoken at other times than in {path.name}; another version of "
            "espeak-ng speaks at another pace, so make the recording again too"
        )
    write_json(path, made)
    return path


def voiced_by(script: Script, scripts: dict[str, Script]) -> tuple[Script, Audio]:
    """The script whose sentences are heard: its own, or the original's of a copy. Raises SampleError."""
    voiced = scripts[script.copy_of] if script.copy_of else script
    if voiced.audio is None:
        raise SampleError(f"{script.call_id}: {voiced.call_id} has no audio; name a voiced call")
    return voiced, voiced.audio


def transcript_path(audio: Path) -> Path:
    """Where the transcript of a recording lies."""
    return audio.with_name(f"{audio.stem}.transcript.json")


def times_of(document: dict[str, Any]) -> list[list[tuple[int, int, str]]]:
    """Begin, end and text of every sentence, channel by channel."""
    return [
        [(said["begin_time"], said["end_time"], said["text"]) for said in part["sentences"]]
        for part in document["transcripts"]
    ]


def write_calls_csv(scripts: dict[str, Script], recordings: Path) -> None:
    """The phone system's export: one calls.csv in each folder whose scripts ask for it."""
    for folder in {script.folder for script in scripts.values() if script.metadata == "csv"}:
        listed = [script for script in scripts.values() if script.metadata == "csv" and script.folder == folder]
        (recordings / folder).mkdir(parents=True, exist_ok=True)
        with (recordings / folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, CSV_COLUMNS, lineterminator="\n")
            rows.writeheader()
            rows.writerows(metadata_of(script) for script in listed)


def arguments_of(arguments: list[str] | None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        prog="record.py",
        description="CallSpeakers the sample calls' scripts and writes audio, transcripts and metadata.",
        epilog="Example: python samples/record.py c0101 c0102   (without an id: every script)",
    )
    parser.add_argument("call_ids", nargs="*", metavar="CALL_ID", help="calls to make again; all when none is named")
    parser.add_argument(
        "--transcripts-only",
        action="store_true",
        help="write the transcripts again and leave the recordings as they are; needs espeak-ng only",
    )
    parser.add_argument("--scripts", type=Path, default=HERE / "scripts", help="folder of the YAML scripts")
    parser.add_argument("--out", type=Path, default=HERE / "recordings", help="landing zone to write")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Makes the calls asked for; 0 when all were made, 1 with a message on standard error otherwise."""
    options = arguments_of(arguments)
    try:
        scripts = read_scripts(options.scripts)
        unknown = sorted(set(options.call_ids) - set(scripts))
        if unknown:
            raise SampleError(f"no script for {', '.join(unknown)}; {options.scripts} has {', '.join(scripts)}")
        if options.transcripts_only:
            known = [name for name in scripts if transcript_path(options.out / scripts[name].file).exists()]
            for call_id in options.call_ids or known:
                print(f"{call_id}  {write_again(scripts[call_id], options.out, scripts).relative_to(options.out)}")
            return 0
        for call_id in options.call_ids or scripts:
            path = record(scripts[call_id], options.out, scripts)
            print(f"{call_id}  {path.stat().st_size / 1000:7.1f} kB  {path.relative_to(options.out)}")
        write_calls_csv(scripts, options.out)
    except SampleError as error:
        print(f"record.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A call's recording as something a browser can play.

A recording is read only where recordings live: what a table says of a path is not a licence to read it. Telephone
codecs that browsers don't know (µ-law, A-law, AMR, WMA ...) are decoded to 16-bit WAV. Everything that can be in
the way is a sentence for the page, never an exception.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.probing import AudioProbe, probe
from qa_pipeline.landing.call_sounds import CallSounds, lies_as_one_file, sound_id
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.published.snapshot import Row
from qa_pipeline.recordings.channels import ChannelSource

MAX_PLAYED_BYTES = 160 * 1024 * 1024
"""What is held in memory for one recording; about 85 minutes of 8 kHz stereo as 16-bit WAV."""

_PLAYED_AS_IT_IS: dict[tuple[str, str], str] = {
    ("wav", "pcm_s16le"): "audio/wav",
    ("wav", "pcm_u8"): "audio/wav",
    ("mp3", "mp3"): "audio/mpeg",
    ("ogg", "opus"): "audio/ogg",
    ("ogg", "vorbis"): "audio/ogg",
    ("m4a", "aac"): "audio/mp4",
    ("mp4", "aac"): "audio/mp4",
    ("flac", "flac"): "audio/flac",
    ("webm", "opus"): "audio/webm",
}
"""(container, codec) pairs that Chromium, Firefox and Safari all play."""


class NotPlayable(Exception):
    """The recording cannot be played here; the message is a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Playable:
    """Bytes for an audio element. `converted_from` names the codec when they are not the file's own."""

    data: bytes
    mime_type: str
    converted_from: str | None


def find_recording(source_uri: str, roots: Iterable[Path]) -> Path:
    """The file behind a call's `source_uri`, if it lies below one of `roots` (landing zone, samples).

    Raises:
        NotPlayable: it is kept elsewhere, is gone, or lies outside.
    """
    parts = urlsplit(source_uri)
    if parts.scheme not in ("", "file"):
        raise NotPlayable(f"The recording is kept at {source_uri}, which is not the landing zone (QA_RECORDINGS).")
    path = Path(unquote(parts.path) if parts.scheme else source_uri)
    try:
        # links are followed before the place is checked
        real = path.resolve(strict=True)
    except (OSError, ValueError):
        raise NotPlayable(
            f"The recording is no longer at {path}. The transcript stays; put the file back to listen to it."
        ) from None
    allowed = [root.resolve() for root in roots]
    if not any(real.is_relative_to(root) for root in allowed):
        places = ", ".join(str(root) for root in allowed)
        raise NotPlayable(f"{path} lies outside the folders of recordings ({places}) and is not played.")
    return real


def load_from_bucket(source_uri: str, recordings: RecordingFiles) -> Playable:
    """Reads a recording of the landing zone's bucket, by way of the copies that are kept on this machine.

    Raises:
        NotPlayable: it is not there, the bucket can't be read, or as for `load_recording`.
    """
    try:
        with recordings.hold(source_uri) as path:
            return load_recording(path)
    except (RecordingGone, StorageError) as error:
        raise NotPlayable(f"{error}.") from error
    except OSError as error:
        raise NotPlayable(f"The recording could not be kept on this machine: {error.strerror}.") from error


def is_put_together(sources: Sequence[Row]) -> bool:
    """Whether the sound of a call (rows of `list_sources`) is more than one file as it lies."""
    return not lies_as_one_file(sources[0]["form"] or "stereo", _sources(sources))


def key_of(sources: Sequence[Row]) -> str:
    """What the sound of a call is known by."""
    return sound_id(_sources(sources))


def load_call(sources: Sequence[Row], sounds: CallSounds) -> Playable:
    """The sound of a call of several files, put together.

    Raises:
        NotPlayable: a file is gone, was replaced or can't be decoded, there is no room, or as for `load_recording`.
    """
    try:
        with sounds.hold(sources[0]["form"] or "stereo", _sources(sources)) as path:
            return load_recording(path)
    except UnusableAudio as error:
        raise NotPlayable(error.sentence) from error
    except (RecordingGone, StorageError) as error:
        raise NotPlayable(f"{error}.") from error
    except OSError as error:
        raise NotPlayable(f"The call could not be put together on this machine: {error.strerror}.") from error


def _sources(rows: Sequence[Row]) -> tuple[ChannelSource, ...]:
    return tuple(ChannelSource(**{name: value for name, value in row.items() if name != "form"}) for row in rows)


def load_recording(path: Path) -> Playable:
    """Reads, and where needed converts, a recording.

    Raises:
        NotPlayable: unreadable, not audio, or too large to hold in memory.
    """
    try:
        found = probe(path)
        mime_type = _PLAYED_AS_IT_IS.get((found.container, found.codec))
        if mime_type:
            _check_size(path, found.size_bytes)
            return Playable(path.read_bytes(), mime_type, None)
        return Playable(_to_wav(path, found), "audio/wav", found.codec)
    except UnusableAudio as error:
        raise NotPlayable(error.sentence) from error
    except OSError as error:
        raise NotPlayable(f"{path} could not be read ({error.strerror}); check its permissions.") from error


def _to_wav(path: Path, found: AudioProbe) -> bytes:
    # before decoding: the size in memory follows from the probe
    _check_size(path, int(found.duration_s * found.sample_rate) * found.channels * 2)
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(found.channels)
        writer.setsampwidth(2)
        writer.setframerate(found.sample_rate)
        for block in decode_blocks(path):
            writer.writeframesraw(block.T.astype("<i2", order="C").tobytes())
    return out.getvalue()


def _check_size(path: Path, size_bytes: int) -> None:
    if size_bytes > MAX_PLAYED_BYTES:
        raise NotPlayable(
            f"{path.name} would take {size_bytes / 1024**2:,.0f} MiB to play here, more than the "
            f"{MAX_PLAYED_BYTES / 1024**2:.0f} MiB allowed. Open it in a media player: {path}"
        )

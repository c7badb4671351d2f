"""The sound of a call as bytes that a browser plays: any part of it at once, nothing whole in memory.

What browsers play is sent as it lies. Codings that they don't (µ-law, A-law, G.722, AMR, bare AAC, WMA …) become a WAV
file of 16 bits that doesn't exist: its header follows from the length that was measured when the call landed, and a
part is decoded when it is asked for. Where the parts of a recording can't be found like that (files joined one after
the other, several tracks, more than 4 GiB as WAV) it is decoded once into `QA_HOME/sounds`, as FLAC.

What was masked in a call is silence in its sound. So nothing of such a call is sent as it lies: it is a WAV file like
those, muted part by part; where that can't be, a copy is made that is muted from the beginning.

A recording is read only where recordings live: what a table says of a path is not a licence to read it.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from dashboards.serving.access import Right, Viewer
from dashboards.serving.muted_sound import mute_of
from dashboards.serving.recorded_calls import RecordedCall, find_recorded_call, recorded_call, uris_of
from dashboards.serving.recording_hashes import PATIENCE_S, Identity
from dashboards.serving.recording_places import (
    NotPlayable,
    OtherRecording,
    find_recording,
    recording_roots,
    sentence_for,
)
from dashboards.serving.sound_links import SoundLink
from dashboards.serving.wav_header import HEADER_BYTES, MOST_DATA_BYTES, wav_header
from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.muting import Muting
from qa_pipeline.audio.probing import probe_what_is_there
from qa_pipeline.audio.seeking import PcmView, is_misread, pcm_view, read_frames
from qa_pipeline.landing.call_sounds import call_sounds
from qa_pipeline.landing.recording_files import RecordingGone, RecordingReplaced, recording_files
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.object_storage.locations import is_in_a_bucket
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.problems import in_one_text, problem

T = TypeVar("T")

BLOCK_BYTES = 256 * 1024
KEPT_CALLS = 256
LOOK_S = 0.1
"""How long a page waits to know whether a recording was replaced; whoever listens is told as soon as it is known."""

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

ENDINGS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/flac": "flac",
    "audio/webm": "webm",
}


_looking_for_frames = threading.Lock()


class SoundChanged(Exception):
    """The call has another sound now than the one that the link was made for, or is not there any more."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Bytes of `mime_type`, `size_bytes` of them. `read(first, last)` gives those from `first` up to and with `last`,
    in blocks. `etag` is another one whenever the bytes may be others. `is_muted` says that something is silent in it
    that is heard in the recording."""

    mime_type: str
    size_bytes: int
    etag: str
    read: Callable[[int, int], Iterator[bytes]]
    is_muted: bool = False


@contextmanager
def open_sound(settings: Settings, link: SoundLink, patience_s: float | None = PATIENCE_S) -> Iterator[Sound]:
    """The sound that a link means; its file stays for the time of the block.

    Waits for `patience_s` (None: as long as it takes) to know whether the file is the one that was transcribed. Hashing
    may take longer: then it is read meanwhile, and breaks off when it turns out to be another.

    Raises:
        SoundChanged: the call has another sound now, or is gone.
        NotPlayable: the recording is not where it was, is another one, can't be read, or there is no room for a copy.
        NothingPublished, UnreadableSnapshot: there is no snapshot to find the call in.
    """
    call = find_recorded_call(settings, link.call_id)
    if call is None or call.identity != link.identity:
        raise SoundChanged
    if link.is_raw:
        call = replace(call, masked=())
    with open_call_sound(settings, call, patience_s) as sound:
        yield sound


@contextmanager
def open_call_sound(settings: Settings, call: RecordedCall, patience_s: float | None = PATIENCE_S) -> Iterator[Sound]:
    """The sound of a call, as `open_sound` gives it, with silence where something is masked.

    Raises:
        NotPlayable: as of `open_sound`.
    """
    with ExitStack() as held:
        yield _as_trouble(lambda: _present(settings, _hold(settings, call, held), call, held, patience_s), call)


def why_silent(settings: Settings, viewer: Viewer, snapshot: Snapshot, call_id: str) -> str | None:
    """Why the person can't hear a call, in a sentence for them; None where it will be heard. Looks where the files are
    and what they begin with; asks no bucket."""
    if not viewer.may(Right.LISTEN):
        return t("Your role does not include listening to calls.")
    call = recorded_call(snapshot, call_id)
    try:
        if call is not None:
            _check(settings, call)
    except NotPlayable as error:
        return sentence_for(error, viewer, settings)
    return None


def _check(settings: Settings, call: RecordedCall) -> None:
    for uri in uris_of(call):
        if settings.landing_bucket and is_in_a_bucket(uri):
            continue
        path = find_recording(uri, recording_roots(settings))
        if not call.is_put_together:
            _as_trouble(functools.partial(_look_at, call, path), call)


def _look_at(call: RecordedCall, path: Path) -> None:
    stamp = _stamp(path)
    _coding(str(path), *stamp)
    Identity(path, stamp, call.recording_id).check(LOOK_S)


def _hold(settings: Settings, call: RecordedCall, held: ExitStack) -> Path:
    """The file that is the sound of the call."""
    for uri in uris_of(call):
        if not (settings.landing_bucket and is_in_a_bucket(uri)):
            path = find_recording(uri, recording_roots(settings))
    if call.is_put_together:
        return held.enter_context(call_sounds(settings).hold(call.form, call.channel_sources))
    if settings.landing_bucket and is_in_a_bucket(call.source_uri):
        return held.enter_context(recording_files(settings).hold(call.source_uri))
    return path


def _present(settings: Settings, path: Path, call: RecordedCall, held: ExitStack, patience_s: float | None) -> Sound:
    stamp = _stamp(path)
    if call.is_put_together:
        return _playable(path, stamp, call, settings, held)
    identity = Identity(path, stamp, call.recording_id)
    identity.check(patience_s)
    sound = _playable(path, stamp, call, settings, held)
    return replace(sound, read=lambda first, last: identity.guard(sound.read(first, last)))


def _playable(path: Path, stamp: tuple[int, int], call: RecordedCall, settings: Settings, held: ExitStack) -> Sound:
    if call.masked:
        return _muted(path, stamp, call, settings, held)
    container, codec, wrong = _coding(str(path), *stamp)
    mime_type = _PLAYED_AS_IT_IS.get((container, codec))
    if mime_type and not wrong:
        return _file(path, mime_type)
    view = _small_view(path, stamp, call.duration_s)
    if view is not None:
        return _wav(view, stamp)
    return _file(held.enter_context(call_sounds(settings).hold_copy(path)), "audio/flac")


def _muted(path: Path, stamp: tuple[int, int], call: RecordedCall, settings: Settings, held: ExitStack) -> Sound:
    """What is masked is silence in whatever is sent of it."""
    view, mute = _small_view(path, stamp, call.duration_s), mute_of(call)
    if view is not None:
        sound = _wav(view, stamp, mute.of(view.channels, view.sample_rate))
    else:
        sound = _file(held.enter_context(call_sounds(settings).hold_copy(path, mute)), "audio/flac")
    return replace(sound, is_muted=True)


def _small_view(path: Path, stamp: tuple[int, int], duration_s: float | None) -> PcmView | None:
    """None where its parts can't be found, or a WAV file does not hold all of it."""
    # of five who open a call at once one looks for its frames, which takes half a second for twelve hours
    with _looking_for_frames:
        view = _view(str(path), *stamp, duration_s)
    return view if view is not None and view.size_bytes <= MOST_DATA_BYTES else None


def _stamp(path: Path) -> tuple[int, int]:
    """Changes with the file."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=KEPT_CALLS)
def _coding(path: str, _size_bytes: int, _changed_ns: int) -> tuple[str, str, bool]:
    """Container and codec, and whether players would misread the file."""
    with open_audio(Path(path)) as audio:
        container, codec = audio.format.name, audio.codec
    return container, codec, is_misread(Path(path))


@functools.lru_cache(maxsize=KEPT_CALLS)
def _view(path: str, _size_bytes: int, _changed_ns: int, duration_s: float | None) -> PcmView | None:
    return pcm_view(Path(path), duration_s or probe_what_is_there(Path(path)).duration_s)


def _file(path: Path, mime_type: str) -> Sound:
    size_bytes, changed_ns = _stamp(path)

    def read(first: int, last: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(first)
            left = last + 1 - first
            while left > 0 and (block := file.read(min(left, BLOCK_BYTES))):
                left -= len(block)
                yield block

    return Sound(mime_type, size_bytes, _etag(path, size_bytes, changed_ns), read)


def _wav(view: PcmView, stamp: tuple[int, int], muting: Muting | None = None) -> Sound:
    header = wav_header(channels=view.channels, sample_rate=view.sample_rate, data_bytes=view.size_bytes)

    def read(first: int, last: int) -> Iterator[bytes]:
        if first < HEADER_BYTES:
            yield header[first : last + 1]
        begin, end = max(0, first - HEADER_BYTES), last + 1 - HEADER_BYTES
        if end <= begin:
            return
        skip, left, at = begin % view.frame_bytes, end - begin, begin // view.frame_bytes
        for block in read_frames(view, at, -(-end // view.frame_bytes)):
            heard = block if muting is None else muting.silence_bytes(block, at)
            at += len(block) // view.frame_bytes
            part = heard[skip : skip + left]
            skip, left = max(0, skip - len(block)), left - len(part)
            for cut in range(0, len(part), BLOCK_BYTES):
                yield part[cut : cut + BLOCK_BYTES]

    etag = _etag(view.path, *stamp, view.frames, "" if muting is None else muting.mark)
    return Sound("audio/wav", HEADER_BYTES + view.size_bytes, etag, read)


def _etag(path: Path, *states: int | str) -> str:
    name = "\n".join((str(path), *map(str, states)))
    return f'"{hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]}"'


def _as_trouble(do: Callable[[], T], call: RecordedCall) -> T:
    """Everything that can be in the way becomes a sentence."""
    try:
        return do()
    except UnusableAudio as error:
        raise NotPlayable(in_one_text(problem(error.code, error.sentence))) from error
    except RecordingReplaced as error:
        raise OtherRecording(_sentence(error)) from error
    except (RecordingGone, StorageError) as error:
        raise NotPlayable(_sentence(error)) from error
    except OSError as error:
        said = t("The sound of {call} could not be read ({why}).", call=call.call_id, why=error.strerror)
        raise NotPlayable(said) from error


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."

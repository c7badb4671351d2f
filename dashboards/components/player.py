"""The recording on a call page: a player that can be sent to a second, or the reason why it can't be played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboards.markdown import plain
from dashboards.playback import (
    NotPlayable,
    Playable,
    find_recording,
    is_put_together,
    key_of,
    load_call,
    load_from_bucket,
    load_recording,
)
from qa_pipeline.landing.call_sounds import CallSounds, call_sounds
from qa_pipeline.landing.recording_files import RecordingFiles, recording_files
from qa_pipeline.object_storage.locations import is_in_a_bucket
from qa_pipeline.published.snapshot import Row
from qa_pipeline.settings import Settings

JUMPS = "jumps"
KEPT_RECORDINGS = 2
KEPT_FOR_S = 1800


def jump_to(at_s: float) -> None:
    """Sends the player to a second of the recording and starts it. For callbacks."""
    st.query_params["t"] = f"{at_s:g}"
    st.session_state[JUMPS] = st.session_state.get(JUMPS, 0) + 1


def player(
    source_uri: str, sources: Sequence[Row], roots: tuple[Path, ...], settings: Settings, start_s: float | None
) -> None:
    """The player, beginning at `start_s`. `sources` say where the sound of a call's channels lies; of one that is a
    single file `source_uri` is enough."""
    try:
        sound = _sound(source_uri, sources, roots, settings)
    except NotPlayable as error:
        st.info(plain(error), icon=":material/volume_off:")
        return
    except OSError as error:
        st.info(plain(f"The recording could not be read: {error.strerror}"), icon=":material/volume_off:")
        return
    _draw(sound, start_s)


def _sound(source_uri: str, sources: Sequence[Row], roots: tuple[Path, ...], settings: Settings) -> Playable:
    if sources and is_put_together(sources):
        for uri in {row["source_uri"] for row in sources}:
            if not (settings.landing_bucket and is_in_a_bucket(uri)):
                find_recording(uri, roots)
        return _load_together(key_of(sources), sources, call_sounds(settings))
    if settings.landing_bucket and is_in_a_bucket(source_uri):
        return _load_from_bucket(source_uri, recording_files(settings))
    path = find_recording(source_uri, roots)
    status = path.stat()
    return _load(str(path), status.st_mtime_ns, status.st_size)


@st.cache_resource(max_entries=KEPT_RECORDINGS, ttl=KEPT_FOR_S, show_spinner="Putting the call together …")
def _load_together(key: str, _sources: Sequence[Row], _sounds: CallSounds) -> Playable:
    """Reads the sound of a call of several files once; `key` is known by its files and places."""
    del key
    return load_call(_sources, _sounds)


@st.cache_resource(max_entries=KEPT_RECORDINGS, ttl=KEPT_FOR_S, show_spinner="Fetching the recording …")
def _load_from_bucket(source_uri: str, _recordings: RecordingFiles) -> Playable:
    """Asks the bucket once in a while, and not at each click."""
    return load_from_bucket(source_uri, _recordings)


@st.cache_resource(max_entries=KEPT_RECORDINGS, ttl=KEPT_FOR_S, show_spinner="Reading the recording …")
def _load(path: str, changed_ns: int, size_bytes: int) -> Playable:
    """Reads a recording once for as long as the file stays the same; the other arguments are part of the key."""
    del changed_ns, size_bytes
    return load_recording(Path(path))


def _draw(sound: Playable, start_s: float | None) -> None:
    """A player looks at its start time and starts by itself only when it is new, so each jump makes a new one.

    Streamlit tells players apart by what they are given; the jump's number in the label makes them differ, so that
    the same sentence can be heard again and again.
    """
    jumps = st.session_state.get(JUMPS, 0)
    st.audio(
        sound.data,
        format=sound.mime_type,
        start_time=int(start_s or 0),
        autoplay=jumps > 0 and start_s is not None,
        alt=f"Recording of the call, jump {jumps}" if jumps else "Recording of the call",
    )
    if sound.converted_from:
        st.caption(f"Converted from {plain(sound.converted_from)} to 16-bit WAV for the browser. Left: channel 0.")

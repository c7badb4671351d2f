"""Opens a sound file so that nothing but that file is ever read.

Three locks, because the bytes are not trusted: the demuxer is forced from the signature, FFmpeg is given an
open file instead of a path, and it may open no protocol on its own (a QuickTime or playlist reference leads
nowhere).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from qa_pipeline.audio.counted_ends import find_counted_sound
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.file_parts import FilePart
from qa_pipeline.audio.formats import HEADER_BYTES, ContainerFormat, sniff_stream
from qa_pipeline.audio.joined_matroska import JoinedFile, as_one
from qa_pipeline.audio.mended_wav import MendedWav, as_meant
from qa_pipeline.audio.riff import ByteOrder, WavSound, find_sound
from qa_pipeline.audio.strangers import describe_stranger, looks_random
from qa_pipeline.audio.tags import UpToTheTags, sound_end

READ_BUFFER_BYTES = 256 * 1024
MIN_SAMPLE_RATE_HZ, MAX_SAMPLE_RATE_HZ = 1_000, 768_000
MAX_CHANNELS = 64
"""FFmpeg's own conversion stops at 64 channels; a header that claims more is damaged."""

_DEMUXER_OPTIONS = {"wav": {"max_size": str(16 * 1024), "probesize": str(64 * 1024)}}
"""FFmpeg cuts WAV into packets of 1 KiB for the sake of live listeners, 64 ms of a call; larger ones are read and
decoded five times as fast. It also looks whether PCM is a film's sound in disguise, for which 64 KiB are enough: by
itself it would take a megabyte of large packets, and 50 ms."""

TAGGED_BEHIND = frozenset({"mp3", "aac"})
"""Bare frames: nothing but their tags says where the sound ends."""

REPEAT_ADVICE = "export or copy it again"
ONE_SETTING_ADVICE = "export each part as a file of its own, or all of it with one setting"
_LOOKED_AT_BYTES = 64 * 1024
# How FFmpeg is told to read headerless sound, by the endings under which phone systems keep it.
_CODINGS_BY_ENDING = {
    **dict.fromkeys((".ulaw", ".ul", ".mulaw", ".mu", ".pcmu"), "mulaw -ar 8000"),
    **dict.fromkeys((".alaw", ".al", ".pcma"), "alaw -ar 8000"),
    **dict.fromkeys((".sln", ".slin"), "s16le -ar 8000"),
    **dict.fromkeys((".raw", ".pcm", ".sw"), "s16le -ar 8000"),
    ".gsm": "gsm",
    ".g722": "g722",
    ".g729": "g729",
}
_WITHOUT_CHANNELS = frozenset({"gsm", "g722", "g729"})


ReadInstead: TypeAlias = BinaryIO | MendedWav | UpToTheTags | JoinedFile | FilePart


@dataclass(frozen=True)
class OpenAudio:
    """An open file: its first audio stream is the one used, `audio_streams` says how many there are and
    `stream_channels` how many channels each has (0 where its coding is not known). `wav` is where the sound of a WAV
    file lies; None for any other, and where that is not known."""

    container: InputContainer
    stream: AudioStream
    format: ContainerFormat
    codec: str
    sample_rate: int
    channels: int
    audio_streams: int
    stream_channels: tuple[int, ...]
    size_bytes: int
    file: BinaryIO
    wav: WavSound | None


@contextmanager
def open_audio(path: Path) -> Iterator[OpenAudio]:
    """Opens the first audio stream of a regular local file; raises `UnusableAudio`."""
    with open_regular_file(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        container_format = identify(path, file, size_bytes)
        wav = _sound_of_wav(path, file, container_format)
        with closing(_open_container(path, file, container_format, wav)) as container:
            yield _first_audio_stream(path, file, container, container_format, size_bytes=size_bytes, wav=wav)


@contextmanager
def open_part(path: Path, head: bytes, begin: int, end: int) -> Iterator[OpenAudio]:
    """As `open_audio`, of what lies from `begin` up to `end`, as if the file were `head` and that."""
    with open_regular_file(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        container_format = identify(path, file, size_bytes)
        with closing(_demuxer(FilePart(file, head, begin, end), container_format)) as container:
            yield _first_audio_stream(path, file, container, container_format, size_bytes=size_bytes, wav=None)


@contextmanager
def open_regular_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a plain file for reading; a pipe, device or folder under the name is refused, not waited for."""
    try:
        # O_NONBLOCK: opening a named pipe without a writer would otherwise wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise unreadable_from_disk(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnusableAudio(AudioFault.NOT_AUDIO, f"{shown(path)} is a folder, pipe or device, not a file.")
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        yield file


@contextmanager
def left_in_place(file: BinaryIO) -> Iterator[BinaryIO]:
    """Lets a caller look elsewhere in a file that FFmpeg is reading: its position is put back."""
    position = file.tell()
    try:
        yield file
    finally:
        file.seek(position)


def unreadable_from_disk(path: Path, error: OSError) -> UnusableAudio:
    reason = error.strerror or type(error).__name__
    return UnusableAudio(
        AudioFault.UNREADABLE,
        f"{shown(path)} can't be read from disk ({reason}); check its permissions and the disk and run again.",
    )


def identify(path: Path, file: BinaryIO, size_bytes: int) -> ContainerFormat:
    """The container of an open file; raises `UnusableAudio` with what the file seems to be instead."""
    if size_bytes == 0:
        raise UnusableAudio(AudioFault.EMPTY_FILE, f"{shown(path)} is empty (0 bytes); {REPEAT_ADVICE}.")
    try:
        found = sniff_stream(file)
        header = b"" if found else file.read(HEADER_BYTES)
    except OSError as error:
        raise unreadable_from_disk(path, error) from error
    finally:
        file.seek(0)
    if found:
        return found
    stranger = describe_stranger(header) or (f"only {size_bytes} bytes" if size_bytes < 12 else None)
    if stranger:
        raise UnusableAudio(AudioFault.NOT_AUDIO, f"{shown(path)} is not audio, it is {stranger}.")
    raise UnusableAudio(
        AudioFault.NOT_AUDIO, f"{shown(path)} has no known audio signature: {_why_unknown(path, file)}."
    )


def _why_unknown(path: Path, file: BinaryIO) -> str:
    """What may be the matter, with a command only where it does not make noise of the file."""
    file.seek(0)
    content = file.read(_LOOKED_AT_BYTES)
    file.seek(0)
    coding = _CODINGS_BY_ENDING.get(path.suffix.lower())
    if looks_random(content):
        return (
            "it may be encrypted or has no header (its bytes look random, as those of compressed sound do); decrypt "
            "it, or export it again from the recorder as WAV"
        )
    if coding is None:
        return (
            "it may be damaged or encrypted, or be headerless sound, which doesn't say how it is to be played; export "
            "it again from the recorder as WAV"
        )
    channels = "" if coding in _WITHOUT_CHANNELS else " -ac 2"
    return (
        "headerless recordings don't say how they are to be played; wrap them first, if it is what its ending says "
        f"with `ffmpeg -f {coding}{channels} -i in{path.suffix.lower()} out.wav` (rate and channels are the recorder's)"
    )


def _open_container(
    path: Path, file: BinaryIO, container_format: ContainerFormat, wav: WavSound | None
) -> InputContainer:
    _refuse_uncounted(path, file, container_format)
    try:
        return _demuxer(_as_meant(path, file, container_format, wav), container_format)
    except (av.FFmpegError, ValueError, OverflowError, OSError) as error:  # the last: it seeks to where no file goes
        if container_format.ffmpeg_format == "mov" and not _has_movie_header(file):
            raise UnusableAudio(
                AudioFault.TRUNCATED,
                f"{shown(path)} is cut off: its index (the moov box of {container_format.name} files) is missing, "
                f"because the recorder stopped or the copy is incomplete; {REPEAT_ADVICE}.",
            ) from error
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} begins as {container_format.name} but is damaged ({_reason(error)}); {REPEAT_ADVICE}.",
        ) from error


def _demuxer(file: ReadInstead, container_format: ContainerFormat) -> InputContainer:
    return av.open(
        file,
        mode="r",
        format=container_format.ffmpeg_format,
        options={"protocol_whitelist": "none", **_DEMUXER_OPTIONS.get(container_format.ffmpeg_format, {})},
        buffer_size=READ_BUFFER_BYTES,
        metadata_errors="replace",  # tags in Latin-1 or GBK are common and are not what we came for
    )


def _refuse_uncounted(path: Path, file: BinaryIO, container_format: ContainerFormat) -> None:
    """Raises `UnusableAudio` for a file that holds more sound than its header counts, and than anybody would read."""
    sound = find_counted_sound(file, container_format.ffmpeg_format)
    file.seek(0)
    if sound is not None and sound.uncounted_bytes:
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} holds {sound.uncounted_s:.2f} s of sound behind the end that its header counts: the "
            f"recorder never closed it, or it is several files joined; {REPEAT_ADVICE}.",
        )


def _sound_of_wav(path: Path, file: BinaryIO, container_format: ContainerFormat) -> WavSound | None:
    """See `OpenAudio.wav`. Rewinds the file."""
    if container_format.ffmpeg_format != "wav":
        return None
    try:
        found = find_sound(file)
        file.seek(0)
    except (ValueError, OverflowError, OSError) as error:  # its header points to where no file goes
        raise UnusableAudio(
            AudioFault.UNREADABLE, f"{shown(path)} begins as WAV but is damaged ({_reason(error)}); {REPEAT_ADVICE}."
        ) from error
    return found


def _wav_as_meant(path: Path, file: BinaryIO, sound: WavSound | None) -> BinaryIO | MendedWav:
    """What FFmpeg is to read of a WAV file; raises `UnusableAudio` for one that is not one sound."""
    if sound is None:
        return file
    if not sound.has_known_order:
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} is WAV with the highest byte first (RIFX) and compressed sound, which is not read; export "
            "it as plain WAV.",
        )
    if sound.other_format is not None:
        begin, content = sound.other_format
        behind = f"{(os.fstat(file.fileno()).st_size - begin):,} bytes"
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} is several WAV files one after the other, of different formats: {_spoken(sound.format)}, "
            f"then, after {sound.present_bytes / max(1, sound.bytes_per_s):.2f} s, {_spoken(content)} ({behind}); "
            "export each as a file of its own.",
        )
    return as_meant(file, sound)


def _spoken(wav_format: bytes) -> str:
    """Rate and channels of a WAV file's `fmt ` chunk."""
    order: ByteOrder = "little" if int.from_bytes(wav_format[2:4], "little") <= MAX_CHANNELS else "big"
    channels, rate = int.from_bytes(wav_format[2:4], order), int.from_bytes(wav_format[4:8], order)
    return f"{channels} channel(s) at {rate} Hz"


def why(error: av.FFmpegError) -> str:
    """What stopped FFmpeg in the middle of a file, and what to do."""
    if isinstance(error, av.error.PatchWelcomeError):
        return f"what follows is of another coding, rate or number of channels; {ONE_SETTING_ADVICE}"
    return f"{error.strerror}; {REPEAT_ADVICE}"


def _as_meant(path: Path, file: BinaryIO, container_format: ContainerFormat, wav: WavSound | None) -> ReadInstead:
    """What FFmpeg is to read of a file; raises `UnusableAudio` for a WAV that is not one sound."""
    if container_format.ffmpeg_format == "wav":
        return _wav_as_meant(path, file, wav)
    if container_format.ffmpeg_format == "matroska":
        return as_one(file)
    if container_format.ffmpeg_format not in TAGGED_BEHIND:
        return file
    size_bytes = os.fstat(file.fileno()).st_size
    end = sound_end(file, size_bytes)
    file.seek(0)
    return file if end == size_bytes else UpToTheTags(file, end)


def _first_audio_stream(
    path: Path,
    file: BinaryIO,
    container: InputContainer,
    container_format: ContainerFormat,
    *,
    size_bytes: int,
    wav: WavSound | None,
) -> OpenAudio:
    streams = container.streams.audio
    if not streams:
        raise UnusableAudio(
            AudioFault.NOT_AUDIO, f"{shown(path)} is {container_format.name} without an audio stream in it."
        )
    context = streams[0].codec_context
    if context is None:
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} holds audio in a coding that can't be decoded (copy-protected or unknown); "
            "export it as WAV, MP3 or M4A.",
        )
    rate, channels = context.sample_rate, context.channels
    if not (MIN_SAMPLE_RATE_HZ <= rate <= MAX_SAMPLE_RATE_HZ and 1 <= channels <= MAX_CHANNELS):
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} claims {rate} Hz and {channels} channels, which no recording has: its header is "
            f"damaged; {REPEAT_ADVICE}.",
        )
    return OpenAudio(
        container=container,
        stream=streams[0],
        format=container_format,
        codec=context.codec.canonical_name,
        sample_rate=rate,
        channels=channels,
        audio_streams=len(streams),
        stream_channels=tuple(getattr(stream.codec_context, "channels", 0) for stream in streams),
        size_bytes=size_bytes,
        file=file,
        wav=wav,
    )


def _has_movie_header(file: BinaryIO) -> bool:
    """Whether a top-level ISO box `moov` (index) or `moof` (fragment) lies wholly within the file."""
    size_bytes = os.fstat(file.fileno()).st_size
    at = 0
    while at + 8 <= size_bytes:
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if kind in (b"moov", b"moof"):
            return at + size <= size_bytes
        if size < 8:
            return False
        at += size
    return False


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

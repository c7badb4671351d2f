"""When espeak-ng says which part of a text: the library behind the program, asked for its events.

    echo "Hello there." | python samples/espeak_events.py --voice en-us+m3 --pitch 42 --speed 210

prints the sha256 of the samples, so that a caller can tell whether they are those of the program, and the spoken parts.
One process says one sentence: what espeak-ng said before changes how it says the next one.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import hashlib
import json
import sys
from dataclasses import dataclass
from typing import Any

RETRIEVAL, PHONEME_EVENTS = 1, 1
CHARS_AUTO, PHONEME_TAGS, END_PAUSE = 0, 0x100, 0x1000
RATE, PITCH = 1, 3
LIST_TERMINATED, WORD, END_OF_CLAUSE, PHONEME = 0, 1, 5, 7
PAUSES, NO_PAUSE = ("_", "_:"), "_|"


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("phoneme", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


@dataclass(frozen=True)
class _Heard:
    kind: int
    position: int
    length: int
    sample: int
    phoneme: str


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


def speak(text: str, *, voice: str, pitch: int, speed: int) -> dict[str, Any]:
    """`sha256` of the 16-bit samples, and `parts`: [first character, characters, first sample, sample after the last].

    Several parts may name the same characters, as the digits of a number do.

    Raises:
        OSError: the library, the voice or its data are not there.
    """
    name = ctypes.util.find_library("espeak-ng")
    if name is None:
        raise OSError("libespeak-ng is not installed; it comes with the program espeak-ng")
    library = ctypes.CDLL(name)
    sound = bytearray()
    events: list[_Heard] = []

    def take(samples: int | None, count: int, found: Any) -> int:
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, 2 * count))
        index = 0
        while found[index].type != LIST_TERMINATED:
            event = found[index]
            phoneme = event.id.phoneme.decode("utf-8", "replace") if event.type == PHONEME else ""
            events.append(_Heard(event.type, event.text_position - 1, event.length, event.sample, phoneme))
            index += 1
        return 0

    callback = _Callback(take)
    if library.espeak_Initialize(RETRIEVAL, 0, None, PHONEME_EVENTS) < 0:
        raise OSError("espeak-ng cannot be started: its data is missing")
    library.espeak_SetSynthCallback(callback)
    by_language = _Voice(languages=voice.encode())
    if library.espeak_SetVoiceByName(voice.encode()) and library.espeak_SetVoiceByProperties(ctypes.byref(by_language)):
        raise OSError(f"espeak-ng has no voice {voice}")
    library.espeak_SetParameter(RATE, speed, 0)
    library.espeak_SetParameter(PITCH, pitch, 0)
    spoken = text.encode()
    flags = CHARS_AUTO | PHONEME_TAGS | END_PAUSE
    library.espeak_Synth(spoken, len(spoken) + 1, 0, 1, 0, flags, None, None)
    library.espeak_Synchronize()
    return {"sha256": hashlib.sha256(sound).hexdigest(), "parts": _parts(events)}


def _parts(events: list[_Heard]) -> list[list[int]]:
    """Words with where they begin and end: with the pause or the word that comes next, or else the last event.

    A clause of one short word may have sounds and no word; it is then known by where the clause begins.
    """
    parts: list[list[int]] = []
    is_open, clause = False, 0
    for event in events:
        is_word = event.kind == WORD and event.length > 0
        is_sound = event.kind == PHONEME and event.phoneme not in (*PAUSES, NO_PAUSE)
        if is_open and not is_sound:
            parts[-1][3] = event.sample
            is_open = event.phoneme == NO_PAUSE
        if is_word or (is_sound and not is_open):
            parts.append([event.position if is_word else clause, event.length, event.sample, event.sample])
            is_open = True
        if event.kind == END_OF_CLAUSE:
            clause = event.position + 1  # counted from 0 already
    return [part for part in parts if part[3] > part[2]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="When espeak-ng says which part of the text on standard input.")
    parser.add_argument("--voice", required=True)
    parser.add_argument("--pitch", type=int, required=True)
    parser.add_argument("--speed", type=int, required=True)
    options = parser.parse_args()
    try:
        said = speak(sys.stdin.read(), voice=options.voice, pitch=options.pitch, speed=options.speed)
    except OSError as error:
        sys.exit(str(error))
    print(json.dumps(said))

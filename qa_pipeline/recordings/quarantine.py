"""Why a recording is set aside: a code for tables and rules, a sentence for people.

The sentence names the recording, the reason and the way out. Codes are a contract: dashboards and queries group by
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any


class QuarantineReason(StrEnum):
    """Reasons in the order in which they are looked for; a recording gets the first that applies.

    The last four are found by listening, and only where the settings say so (`sound_handling`).
    """

    OUTSIDE_LANDING_ZONE = "outside_landing_zone"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    NOT_AUDIO = "not_audio"
    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    UNSUPPORTED_FORMAT = "unsupported_format"
    MULTIPLE_AUDIO_STREAMS = "multiple_audio_streams"
    MONO = "mono"
    TOO_MANY_CHANNELS = "too_many_channels"
    MISSING_PART = "missing_part"
    TOO_LONG = "too_long"
    BAD_METADATA = "bad_metadata"
    NO_DATE = "no_date"
    DUPLICATE_AUDIO = "duplicate_audio"
    DUPLICATE_CALL_ID = "duplicate_call_id"
    DUAL_MONO = "dual_mono"
    SILENT_CHANNEL = "silent_channel"
    BLEEDING = "bleeding"
    ONE_SIDED = "one_sided"


MEANINGS: dict[QuarantineReason, str] = {
    QuarantineReason.OUTSIDE_LANDING_ZONE: "a link that points outside the landing zone",
    QuarantineReason.TOO_LARGE: "larger than the speech service takes",
    QuarantineReason.EMPTY_FILE: "no audio in it",
    QuarantineReason.NOT_AUDIO: "not an audio file, or one without a header",
    QuarantineReason.UNREADABLE: "damaged, protected or not readable",
    QuarantineReason.TRUNCATED: "cut off: it holds less audio than its header says",
    QuarantineReason.UNSUPPORTED_FORMAT: "a format that the speech service doesn't take",
    QuarantineReason.MULTIPLE_AUDIO_STREAMS: "several audio streams, and nothing says who is on which",
    QuarantineReason.MONO: "one channel: agent and customer can't be told apart",
    QuarantineReason.TOO_MANY_CHANNELS: "more than two channels: who speaks on which is not known",
    QuarantineReason.MISSING_PART: "one party's recording: that of the other party is missing",
    QuarantineReason.TOO_LONG: "longer than the speech service takes",
    QuarantineReason.BAD_METADATA: "invalid metadata",
    QuarantineReason.NO_DATE: "no call date found",
    QuarantineReason.DUPLICATE_AUDIO: "the same recording as another call",
    QuarantineReason.DUPLICATE_CALL_ID: "another call has the same id",
    QuarantineReason.DUAL_MONO: "both parties on both channels",
    QuarantineReason.SILENT_CHANNEL: "a channel with nothing but noise",
    QuarantineReason.BLEEDING: "a channel that holds a copy of the other party's voice",
    QuarantineReason.ONE_SIDED: "one party is not heard",
}
"""One line per reason, for legends and lists."""

_SENTENCES: dict[QuarantineReason, str] = {
    QuarantineReason.OUTSIDE_LANDING_ZONE: (
        "{name} is a link to a file outside the landing zone and was not opened; copy the recording into the zone."
    ),
    QuarantineReason.TOO_LARGE: (
        "{name} has {size_bytes:,} bytes, the speech service takes {max_bytes:,}; split the recording."
    ),
    QuarantineReason.UNREADABLE: (
        "{name} has a header or time stamps that every reader takes otherwise: of its {duration_s:.2f} s the service, "
        "which fetches the file itself, would miss or misplace {unheard_s:.2f} s; export it again as one plain WAV "
        "file, or set QA_AUDIO_URLS to upload, which sends a corrected copy."
    ),
    QuarantineReason.UNSUPPORTED_FORMAT: (
        "{name} is {container}, the speech service takes {formats}; convert it, for example `ffmpeg -i in out.wav`."
    ),
    QuarantineReason.MULTIPLE_AUDIO_STREAMS: (
        "{name} holds {audio_streams} audio streams and nothing says who is on which; say it with channels in a "
        'sidecar or list, such as {{"0": "agent", "1": "customer"}}, or join two of them with amerge, each as mono.'
    ),
    QuarantineReason.MONO: (
        "{name} has one channel, so agent and customer can't be told apart; let the recorder keep each party on its "
        "own channel. If it is one party of a call, name the two recordings as parts: by names such as "
        "{stem}_agent and {stem}_customer, agent_file and customer_file in calls.csv, or parts in a sidecar. If both "
        "parties are on it, set on_mono to diarize or single."
    ),
    QuarantineReason.TOO_MANY_CHANNELS: (
        "{name} has {channels} channels and nothing says which are the agent's and the customer's; say it with "
        'channels in a sidecar or list, such as {{"0": "agent", "1": "customer"}}, or for all in [channels] of qa.toml.'
    ),
    QuarantineReason.MISSING_PART: (
        "{name} is one part of call {call_id}, and {missing} is missing; a run takes the call when it has landed, and "
        "nothing is sent until then."
    ),
    QuarantineReason.TOO_LONG: ("{name} lasts {length}, {asked} takes {most}; {instead}split the recording."),
    QuarantineReason.NO_DATE: (
        "{name} has no call date: give started_at in a sidecar or in calls.csv, put it into a folder named YYYY-MM-DD, "
        "or set file_name_patterns to where its name holds the date."
    ),
    QuarantineReason.DUPLICATE_AUDIO: (
        "{name} is byte for byte the recording of call {other}{place}; remove one of the two, or correct the export."
    ),
    QuarantineReason.DUPLICATE_CALL_ID: (
        "{name} has the call id {call_id}, which another recording{place} has already{apart}; give each call an id of "
        "its own."
    ),
    QuarantineReason.DUAL_MONO: (
        "{name} carries the same sound on both channels, so agent and customer can't be told apart; let the recorder "
        "keep each party on its own channel, or set on_dual_mono to once or both."
    ),
    QuarantineReason.SILENT_CHANNEL: (
        "{name} has a channel on which nobody speaks (only line noise, ringing, tones or music); look whether the "
        "recorder's two lines are both connected, or set on_silent_channel to skip or transcribe."
    ),
    QuarantineReason.BLEEDING: (
        "{name} has a channel that holds a copy of the other party's voice, whose words would be taken for this "
        "party's; record the lines apart from each other, or set on_bleeding to keep."
    ),
    QuarantineReason.ONE_SIDED: (
        "{name} has speech of one party only; look whether the recorder's two lines are both connected, or set "
        "on_one_sided to keep."
    ),
}


def explain(reason: QuarantineReason, **facts: Any) -> str:
    """The sentence of a reason that the recordings room finds itself; sound and metadata faults bring their own."""
    return _SENTENCES[reason].format(**facts)


def joining_command(stream_channels: Sequence[int]) -> str:
    """The command that makes a stereo file of the first two audio streams, one per party.

    `amerge` puts the channels of its inputs side by side, so that two stereo streams would be four channels and each
    of two mixed from both parties: every stream is made mono first. It asks for no time stamps either, so pauses and
    a later beginning are filled before it.
    """
    mono = ("pan=mono|c0=c0", "pan=mono|c0=.5*c0+.5*c1")
    parts = [
        f"[0:a:{index}]aresample=async=1:first_pts=0,{mono[min(channels, 2) - 1 if channels else 0]}[{label}]"
        for index, (channels, label) in enumerate(zip([*stream_channels[:2], 1, 1], "ab", strict=False))
    ]
    graph = ";".join([*parts, "[a][b]amerge=inputs=2[m]"])
    return f'ffmpeg -i in -filter_complex "{graph}" -map "[m]" out.wav'

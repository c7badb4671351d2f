"""One call's transcript, as every export format takes it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.transcription.results import Sentence
from qa_pipeline.transcription.roles import ChannelRole

LABELS: dict[ChannelRole, str] = {
    "agent": "Agent", "customer": "Customer", "other": "Other", "mixed": "Both parties",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExportedChannel:
    """One transcribed channel: who speaks on it, its whole text, its sentences, and what made them. `name` is what the
    channel is called where that is not its role."""

    channel_id: int
    role: ChannelRole
    text: str
    sentences: tuple[Sentence, ...]
    model: str
    engine: str
    name: str | None = None

    @property
    def label(self) -> str:
        """Who speaks, for people."""
        return self.name or LABELS[self.role]


@dataclass(frozen=True, slots=True)
class ExportedRecording:
    """One file of a call of several recordings; `begin_ms` is where it begins in the call, `file_url` as the call's."""

    recording_id: str
    file_name: str
    begin_ms: int
    duration_s: float
    file_url: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    queue: str | None = None
    role: ChannelRole | None = None
    """Whose recording it is, where it is one party's alone."""


@dataclass(frozen=True, slots=True)
class ExportedCall:
    """One call with its transcribed channels in channel order.

    `day_begins_at` is the beginning of the call's day, for formats that need a time where `started_at` is not known.
    `file_name` is the recording's name without folders; `file_url` its address where others can reach it (https).
    `loaded_at` is when the newest of its transcripts came into the tables. Of a call of several recordings
    `recordings` are all of its files in the order of time, else there are none.
    """

    call_id: str
    recording_id: str
    day_begins_at: dt.datetime
    loaded_at: dt.datetime
    duration_s: float | None
    agent_channel: int
    file_name: str
    channels: tuple[ExportedChannel, ...]
    started_at: dt.datetime | None = None
    file_url: str | None = None
    container: str | None = None
    codec: str | None = None
    sample_rate: int | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    customer_id: str | None = None
    queue: str | None = None
    direction: str | None = None
    recordings: tuple[ExportedRecording, ...] = ()

    @property
    def agents(self) -> list[tuple[str | None, str | None]]:
        """(id, name) of each agent who took part, in the order of time; at least one, which may be unknown."""
        known = [(each.agent_id, each.agent_name) for each in self.recordings if each.agent_id or each.agent_name]
        return list(dict.fromkeys(known)) or [(self.agent_id, self.agent_name)]

    @property
    def engine(self) -> str:
        """What made the transcript; both names where the channels differ."""
        return ", ".join(dict.fromkeys(channel.engine for channel in self.channels))

    @property
    def missing_roles(self) -> list[ChannelRole]:
        """Parties without a transcript; none where both are in one."""
        there = {channel.role for channel in self.channels}
        parties: tuple[ChannelRole, ...] = () if "mixed" in there else ("agent", "customer")
        return [role for role in parties if role not in there]

    def spoken(self) -> Iterator[tuple[str, Sentence]]:
        """(who speaks, for people; sentence) by the time they begin; at the same time the lower channel comes first."""
        spoken = [(channel, sentence) for channel in self.channels for sentence in channel.sentences]
        spoken.sort(key=lambda pair: (pair[1].begin_ms or 0, pair[0].channel_id, pair[1].sentence_id))
        for channel, sentence in spoken:
            yield channel.label, sentence


def clock(milliseconds: int, separator: str = ".") -> str:
    """`hh:mm:ss.mmm`, with more digits of hours where there are more than 99."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{separator}{rest:03}"


def full_lines(text: str) -> list[str]:
    """The lines of a text that hold something, without control characters.

    Subtitles end at an empty line, and a control character may steer a terminal or break a parser.
    """
    lines = (
        "".join(" " if unicodedata.category(char) == "Cc" else char for char in line) for line in text.splitlines()
    )
    return [line.strip() for line in lines if line.strip()]


def one_line(text: str) -> str:
    """The text in one line, without control characters."""
    return " ".join(full_lines(text))

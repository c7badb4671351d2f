"""Where the sound of a call lies, as a snapshot says it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.queries import ask_about_call, sources_of
from dashboards.remembered import Remembered
from dashboards.serving.masked_spans import MaskedSpan, masked_spans
from dashboards.serving.sound_links import sound_identity
from qa_pipeline.landing.call_sounds import lies_as_one_file
from qa_pipeline.published.newest import open_published, published_identity
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.recordings.channels import CallForm, ChannelSource
from qa_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """Where the sound of a call lies, as a snapshot says it."""

    call_id: str
    recording_id: str | None
    source_uri: str
    duration_s: float | None
    identity: str
    sources: tuple[Row, ...]
    masked: tuple[MaskedSpan, ...] = ()
    """What of it is not for everybody."""

    @property
    def channel_sources(self) -> tuple[ChannelSource, ...]:
        """As the landing knows them."""
        rows = ({name: value for name, value in row.items() if name != "form"} for row in self.sources)
        return tuple(ChannelSource(**row) for row in rows)

    @property
    def form(self) -> CallForm:
        """How it was handed over."""
        form: CallForm | None = self.sources[0]["form"] if self.sources else None
        return form or "stereo"

    @property
    def is_put_together(self) -> bool:
        """Whether it is more than one file as it lies."""
        return bool(self.sources) and not lies_as_one_file(self.form, self.channel_sources)


_CALLS: Remembered[RecordedCall | None] = Remembered(256)


def recorded_call(snapshot: Snapshot, call_id: str) -> RecordedCall | None:
    """What the snapshot says of a call; None where it has no such call."""
    found = ask_about_call(snapshot, "read_call", call_id)
    if not found:
        return None
    (call,) = found
    sources = tuple(sources_of(snapshot, call_id))
    identity = sound_identity(snapshot, call_id)
    return RecordedCall(
        call_id,
        call["recording_id"],
        call["source_uri"],
        call["duration_s"],
        identity,
        sources,
        masked_spans(snapshot, call_id),
    )


def find_recorded_call(settings: Settings, call_id: str) -> RecordedCall | None:
    """What the newest of what is published says of a call; None where it has no such call.

    Raises:
        NothingPublished, UnreadableSnapshot: there is nothing to find the call in.
    """
    # what is published never changes under its identity
    asked = (published_identity(settings), settings.timezone, call_id)
    return _CALLS.get(asked, lambda: _read(settings, call_id))


def _read(settings: Settings, call_id: str) -> RecordedCall | None:
    with open_published(settings) as snapshot:
        return recorded_call(snapshot, call_id)


def uris_of(call: RecordedCall) -> list[str]:
    """Where its files lie."""
    return sorted({row["source_uri"] for row in call.sources}) if call.is_put_together else [call.source_uri]

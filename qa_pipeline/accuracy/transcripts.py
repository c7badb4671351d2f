"""One channel's text as a comparison takes it, whether a person wrote it or an engine."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("agent", "customer")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence. `language` is a code of the service; `begin_ms` counts from the start of the recording.

    Of an engine's, `confidence` is how sure it was of the sentence, 0 to 1, and `words` are those of which it says so,
    in order.
    """

    text: str
    language: str | None = None
    begin_ms: int | None = None
    confidence: float | None = None
    words: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelText:
    """What is said on one channel of a call, in order.

    A document may name the channel, the role or both; `name` says it to people. `model` and `engine` are what made
    it, None for a person's.
    """

    call_id: str
    utterances: tuple[Utterance, ...]
    channel_id: int | None = None
    role: str | None = None
    model: str | None = None
    engine: str | None = None

    @property
    def name(self) -> str:
        """`c0101 customer` or `c0101 channel 1`."""
        return f"{self.call_id} {self.role or f'channel {self.channel_id}'}"

"""What a comparison in a process of its own tells besides what stretches of calls came to."""

from __future__ import annotations

from typing import NamedTuple


class Begun(NamedTuple):
    """How many calls are to be judged, and what is wrong with scorecards, by which no score is compared then."""

    calls: int
    card_faults: tuple[str, ...]


class Failed(NamedTuple):
    """The comparison ended without a result; `reason` is a sentence for its page."""

    reason: str


class Done(NamedTuple):
    """The comparison is complete: all calls were judged by both books."""

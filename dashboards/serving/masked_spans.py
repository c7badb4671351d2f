"""What was masked in a call, as a snapshot says it: what the player marks, and what of the sound is silent."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.queries import ask_about_call
from qa_pipeline.published.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class MaskedSpan:
    """A place in a call: `begin_char` and `end_char` are of its placeholder in the sentence; None like `sentence_id`
    where it is in no sentence. Times are in ms, of all of the sentence where its words have none; None where nobody
    knows when it is said."""

    channel_id: int
    role: str
    kind: str
    sentence_id: int | None
    begin_char: int | None
    end_char: int | None
    begin_ms: int | None
    end_ms: int | None
    is_heard_everywhere: bool = False

    @property
    def has_times(self) -> bool:
        """Whether it is known when it is said."""
        return self.begin_ms is not None and self.end_ms is not None


def masked_spans(snapshot: Snapshot, call_id: str) -> tuple[MaskedSpan, ...]:
    """The places of a call, in the order of time; none where the snapshot is of a version that masked nothing.

    Raises:
        UnreadableSnapshot: the snapshot does not answer.
    """
    if "redactions" not in snapshot.tables():
        return ()
    return tuple(MaskedSpan(**row) for row in ask_about_call(snapshot, "list_masked_spans", call_id))

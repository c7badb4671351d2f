"""Reads all that a published snapshot knows of one call, for `qa-pipeline call`.

Snapshots outlive versions: one that was published before a table existed is read without it, and says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from qa_pipeline.audio.defects import Defect
from qa_pipeline.conversation.sentences import ROLES
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.statements.files import read_sql
from qa_pipeline.transcription.roles import Role
from qa_pipeline.wording.missing_metrics import CallFacts, RoleFacts

NEAREST = 5
NEAR_ENOUGH = 0.8
"""Jaro-Winkler similarity from which an id is offered for a misspelt one: `c0110` is 0.92 like `c0101`."""

_ONE_CALL: dict[str, str] = {
    "call_channels": "select * from call_channels where call_id = $id order by channel_id, segment",
    "acoustics": "select * exclude (waveform) from acoustics where call_id = $id order by channel_id",
    "transcripts": "select * from transcripts where call_id = $id order by channel_id",
    "transcript_remarks": "select * from transcript_remarks where call_id = $id order by channel_id, remark_id",
    "redactions": "select * from redactions where call_id = $id order by redaction_id",
    "languages": "select * from languages where call_id = $id order by channel_id, share desc, language",
    "emotions": "select * from emotions where call_id = $id order by channel_id, share desc, emotion",
    "call_metrics": "select * from call_metrics where call_id = $id",
    "turns": "select * from turns where call_id = $id order by turn_id",
    "sentences": (
        "select * from sentences where call_id = $id order by begin_ms nulls last, end_ms, channel_id, sentence_id"
    ),
}
"""Table → its rows of one call. The waveform is a picture for players, of no use as text."""
_TASKS = (
    "select * from transcription_tasks where list_contains(cast($ids as varchar[]), recording_id) "
    "order by channel_id, planned_at, attempt"
)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call's rows by table, as the tables have them; `call_metrics` has one row or none.

    `missing_tables` are those the snapshot was published without. `recordings` are rows of the page's select.
    """

    call: Row
    rows: dict[str, list[Row]]
    published: Row | None
    missing_tables: frozenset[str]
    recordings: list[Row] = field(default_factory=list)

    @property
    def metrics(self) -> Row | None:
        """The row of `call_metrics`."""
        return next(iter(self.rows["call_metrics"]), None)

    def of_role(self, table: str, role: Role) -> list[Row]:
        """The rows of one role."""
        return [row for row in self.rows[table] if row["role"] == role]

    def transcript(self, role: Role) -> Row | None:
        """What was transcribed of a role's channel."""
        return next(iter(self.of_role("transcripts", role)), None)

    def sound(self, role: Role) -> Row | None:
        """What was heard on a role's channel."""
        return next(iter(self.of_role("acoustics", role)), None)

    def channel(self, role: Role) -> int | None:
        """The channel of a role: 0 or 1, None where the recording does not have two."""
        if sources := self.of_role("call_channels", role):
            return int(sources[0]["channel_id"])
        if self.rows["call_channels"] or self.call["channels"] != 2 or self.call["agent_channel"] is None:
            return None
        return int(self.call["agent_channel"]) if role == "agent" else 1 - int(self.call["agent_channel"])

    def tasks(self, role: Role) -> list[Row]:
        """What was sent of a role's channel, in the order of sending."""
        sources = {(row["recording_id"], row["source_channel"]) for row in self.of_role("call_channels", role)}
        if "call_channels" in self.missing_tables:
            sources = {(self.call["recording_id"], self.channel(role))}
        return [row for row in self.rows["transcription_tasks"] if (row["recording_id"], row["channel_id"]) in sources]

    def last_failure(self, role: Role) -> Row | None:
        """The last attempt of a role's channel that failed."""
        return next((task for task in reversed(self.tasks(role)) if task["code"]), None)

    def facts(self, kept_emotions: Collection[str]) -> CallFacts:
        """What explains missing metrics. `kept_emotions`: roles of setting `emotion_roles`."""
        return CallFacts(
            status=self.call["status"],
            call_date=self.call["call_date"],
            roles={role: self._role_facts(role) for role in ROLES},
            is_dual_mono=any(Defect.DUAL_MONO in sound["defects"] for sound in self.rows["acoustics"]),
            kept_emotions=kept_emotions,
            has_metrics_table="call_metrics" not in self.missing_tables,
            form=self.call.get("form"),
            voices_unsure=bool(self.call.get("voices_unsure")),
        )

    def _role_facts(self, role: Role) -> RoleFacts:
        transcript, failure = self.transcript(role), self.last_failure(role)
        sentences = self.of_role("sentences", role)
        return RoleFacts(
            model=transcript["model"] if transcript else None,
            failure=failure["code"] if failure else None,
            has_sentences=bool(sentences),
            has_times=all(row["begin_ms"] is not None for row in sentences),
            has_languages=bool(self.of_role("languages", role)),
            has_emotions=bool(self.of_role("emotions", role)),
            engine=transcript["engine"] if transcript else None,
        )


def read_call(snapshot: Snapshot, call_id: str) -> CallRecord | None:
    """All of one call, None where the snapshot has no call of this id."""
    found = snapshot.rows("select * from calls where call_id = $id", {"id": call_id})
    if not found:
        return None
    [call] = found
    there = snapshot.tables()
    rows = {
        table: snapshot.rows(query, {"id": call_id}) if table in there else [] for table, query in _ONE_CALL.items()
    }
    # a quarantined copy has the recording of another call, whose tasks are not its own
    is_sent = call["status"] != "quarantined"
    files = sorted({row["recording_id"] for row in rows["call_channels"]} or {call["recording_id"]} - {None})
    rows["transcription_tasks"] = snapshot.rows(_TASKS, {"ids": files}) if is_sent else []
    knows_recordings = "call_channels" in there
    recordings = snapshot.rows(read_sql("pages/read_recordings.sql"), {"call_id": call_id}) if knows_recordings else []
    published = snapshot.rows("select * from publication order by published_at desc limit 1")
    return CallRecord(call, rows, next(iter(published), None), frozenset(_ONE_CALL) - there, recordings)


def nearest_ids(snapshot: Snapshot, call_id: str) -> list[str]:
    """Ids that look like one that is not there, the most alike first."""
    values = {"call_id": call_id, "near": NEAR_ENOUGH, "most": NEAREST}
    return [row["call_id"] for row in snapshot.rows(read_sql("reads/list_similar_call_ids.sql"), values)]

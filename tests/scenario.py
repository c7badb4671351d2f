"""The one shared call set of the tests: thirteen small calls over three days, and what surrounds them.

Everything a reader of the tables can meet is here once: two whole roles, one role only, none at all, four reasons
of quarantine, one of them without a date, one recording under two ids, five languages and a change of language,
seven emotions and none, an overlap, dead air, a channel that needed two attempts, two engines, text that is markup.
Turns, metrics and daily marts are worked out by the pipeline's own functions and SQL; of the sound, whose measurements
are made up here, defects and what is done about them are. `CALLS_WITH_DEFECTS` are not among the thirteen: a silent
channel, dual mono, and a call that was set aside for what is heard on it.
Times are seconds from the start of the recording. `publish_snapshot` puts it where the dashboards look.
"""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import tempfile
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import Acoustics, ChannelAcoustics
from qa_pipeline.audio.correlation import Likeness, PairLikeness
from qa_pipeline.audio.defects import name_defects
from qa_pipeline.audio.sounds import Sound as HeardSound
from qa_pipeline.audio.sounds import SoundKind
from qa_pipeline.conversation.agents import AGENT_METRICS, RecordedStretch, analyse_agents, unrecorded_in
from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.sentences import SpokenSentence
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.sound_handling import DefectHandling, judge_sound
from qa_pipeline.transcription.roles import role_of
from qa_pipeline.warehouse.acoustics import call_rows, measured_channels
from qa_pipeline.warehouse.daily import MARTS, refill_mart
from qa_pipeline.warehouse.database import apply_schema
from qa_pipeline.warehouse.search_texts import refill_search_texts

ROOT = Path(__file__).resolve().parents[1]
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
MODEL = "qwen3-asr-flash-filetrans"
LOCAL, CLOUD = "reference (local service)", "qwen3-asr-flash-filetrans (dashscope.aliyuncs.com)"
PRICE_PER_S_USD = 0.000032
MINIMUM_N = 5
LOADED_AT = dt.datetime(2025, 9, 4, 1, 0, tzinfo=dt.UTC)

DAY_1, DAY_2, DAY_3 = dt.date(2025, 9, 1), dt.date(2025, 9, 2), dt.date(2025, 9, 3)
HOSTILE_TEXT = "<script>document.title='owned'</script> **bold** $x^2$ :red[red] [link](javascript:alert(1))"
HOSTILE_NAME = "<img src=x onerror=\"document.title='owned'\">Brooks"

AGENTS = {
    "a-chen": "陈薇",
    "a-ortiz": "Lucía Ortiz",
    "a-haddad": "ليلى حداد",
    "a-weber": "Jonas Weber",
    "a-brooks": HOSTILE_NAME,
}


@dataclass(frozen=True)
class Said:
    """One sentence: role, begin and end in seconds, text, language, emotion, and how sure the engine was of its words
    between blanks, where it says so."""

    role: str
    begin_s: float
    end_s: float
    text: str
    language: str | None
    emotion: str | None
    sure: tuple[float, ...] = ()

    @property
    def words(self) -> list[dict[str, Any]] | None:
        """The column of that name, the words one after the other; None where nothing is known of them."""
        if not self.sure:
            return None
        begin_ms, step_ms = int(self.begin_s * 1000), int((self.end_s - self.begin_s) * 1000) // len(self.sure)
        return [
            {"begin_ms": begin_ms + number * step_ms, "end_ms": begin_ms + (number + 1) * step_ms,
             "text": text, "punctuation": " ", "confidence": confidence}
            for number, (text, confidence) in enumerate(zip(self.text.split(), self.sure, strict=True))
        ]  # fmt: skip

    @property
    def confidence(self) -> float | None:
        """The column of that name: here simply the mean."""
        return round(sum(self.sure) / len(self.sure), 4) if self.sure else None


RINGING = (("customer", 0, 2000), ("customer", 6000, 8000))


@dataclass(frozen=True)
class Sound:
    """What is odd about a call's sound; the rest is speech where its sentences are. Roles name channels."""

    silent: tuple[str, ...] = ()
    clipped: tuple[str, ...] = ()
    bleeding_into: tuple[str, ...] = ()
    dual_mono: bool = False
    heard: tuple[tuple[str, float, float], ...] = ()
    """Speech that nobody wrote down: role, begin and end in seconds."""
    ringing: tuple[tuple[str, int, int], ...] = ()
    """Role, begin and end in ms."""
    handling: DefectHandling = field(default_factory=DefectHandling)


@dataclass(frozen=True)
class ScenarioCall:
    """One call; what is not said takes the usual value. `failures` maps a role to the code and message it got."""

    call_id: str
    call_date: dt.date | None
    hour: int
    agent_id: str | None
    queue: str | None
    status: str = "ok"
    reason: str | None = None
    message: str | None = None
    duration_s: float = 60.0
    agent_channel: int = 0
    engine: str = LOCAL
    codec: str = "pcm_mulaw"
    file_name: str | None = None
    same_audio_as: str | None = None
    attempts_before: dict[str, tuple[str, str]] = field(default_factory=dict)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    sound: Sound = field(default_factory=Sound)
    recordings: tuple[tuple[float, float, str], ...] = ()
    """Of a call of several: begin and end in seconds, and the agent, of each."""

    @property
    def recording_id(self) -> str:
        """As the pipeline's: 64 hex digits, equal for equal audio."""
        return sha256((self.same_audio_as or self.call_id).encode()).hexdigest()

    @property
    def started_at(self) -> dt.datetime | None:
        """Half past `hour` in Shanghai."""
        if self.call_date is None:
            return None
        return dt.datetime.combine(self.call_date, dt.time(self.hour, 30), SHANGHAI)

    def channel(self, role: str) -> int:
        """The channel of `role`."""
        return self.agent_channel if role == "agent" else 1 - self.agent_channel


CALLS: tuple[ScenarioCall, ...] = (
    ScenarioCall("c0101", DAY_1, 9, "a-chen", "billing", engine=CLOUD, said=(
        Said("agent", 1.0, 4.0, "您好，我是陈薇。", "zh", "neutral"),
        Said("customer", 5.0, 11.0, "你们又多扣了我的钱！", "zh", "angry"),
        Said("agent", 11.5, 16.0, "非常抱歉，我马上给您退款。", "zh", "neutral"),
        Said("customer", 17.0, 20.0, "好的，谢谢。", "zh", "happy"),
    )),
    ScenarioCall("c0102", DAY_1, 10, "a-ortiz", "delivery", duration_s=80.2,
                 attempts_before={"customer": ("FILE_SERVER_ERROR", "the source host answered 500")},
                 sound=Sound(clipped=("customer",)), said=(
        Said("agent", 0.5, 3.0, "Good morning, delivery desk.", "en", "happy"),
        Said("customer", 3.5, 8.0, "My parcel is late.", "en", "neutral", (0.9, 0.3, 0.9, 0.9)),
        Said("agent", 8.5, 15.0, "I see that it left the depot on Monday.", "en", "neutral",
             (0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.2, 0.9, 0.95)),
        Said("customer", 13.0, 19.0, "No! I want a Refund, now!", "en", "angry", (0.4, 0.4, 0.4, 0.4, 0.4, 0.4)),
        Said("customer", 20.0, 24.0, "This is the third time.", "en", "angry"),
        Said("agent", 25.0, 28.0, "I can offer a refund.", "en", "neutral"),
    )),
    ScenarioCall("c0103", DAY_1, 14, "a-chen", "billing", status="partial", reason="channel_failed",
                 message="the customer's channel was not transcribed: FILE_DOWNLOAD_FAILED",
                 failures={"customer": ("FILE_DOWNLOAD_FAILED", "the service could not download the file")},
                 sound=Sound(heard=(("customer", 4.0, 20.0),)), said=(
        Said("agent", 1.0, 3.0, "您好。", "zh", "neutral"),
    )),
    ScenarioCall("c0104", DAY_1, 15, "a-weber", "tech-support", status="quarantined", reason="mono",
                 message="c0104.wav has one channel; a stereo recording with one role a channel is needed",
                 file_name="c0104.wav"),
    ScenarioCall("c0201", DAY_2, 10, "a-ortiz", "retention", said=(
        Said("agent", 1.0, 4.0, "Buenos días, le atiende Lucía.", "es", "happy"),
        Said("customer", 4.5, 8.0, "Buenos días, quería cambiar de plan.", "es", "neutral"),
        Said("customer", 9.0, 12.0, "Can we go on in English, please?", "en", "happy"),
        Said("agent", 12.5, 15.0, "Of course.", "en", "happy"),
    )),
    ScenarioCall("c0202", DAY_2, 11, "a-haddad", "billing", said=(
        Said("agent", 1.0, 3.0, "صباح الخير، معك ليلى.", "ar", "neutral"),
        Said("customer", 4.0, 10.0, "لم تصلني الفاتورة رقم 4821 حتى الآن.", "ar", "sad"),
        Said("agent", 10.5, 13.0, "سأرسلها لك الآن.", "ar", "neutral"),
        Said("customer", 13.5, 15.5, "شكراً جزيلاً.", "ar", "neutral"),
    )),
    ScenarioCall("c0203", DAY_2, 11, "a-weber", "tech-support", status="failed", reason="channel_failed",
                 message="no channel was transcribed: DECODE_ERROR",
                 failures={"agent": ("DECODE_ERROR", "the audio could not be decoded"),
                           "customer": ("DECODE_ERROR", "the audio could not be decoded")},
                 sound=Sound(heard=(("agent", 1.0, 9.0), ("customer", 10.0, 16.0)))),
    ScenarioCall("c0204", DAY_2, 13, "a-brooks", "retention", status="quarantined", reason="not_audio",
                 message="c0204.wav is text, not audio; export the recording again", file_name="c0204.wav"),
    ScenarioCall("c0205", DAY_2, 16, "a-chen", "retention", said=(
        Said("agent", 1.0, 3.0, "你好，請問有咩幫到你？", "yue", None),
        Said("customer", 4.0, 9.0, "我想取消個月費計劃。", "yue", None),
    )),
    ScenarioCall("c0301", DAY_3, 21, "a-weber", "tech-support", agent_channel=1, duration_s=90.0,
                 sound=Sound(heard=(("agent", 12.6, 23.4),)), said=(
        Said("agent", 1.0, 4.0, "Guten Abend, technischer Support.", "de", "neutral"),
        Said("customer", 4.5, 9.0, "Seit Stunden geht hier gar nichts!", "de", "angry"),
        Said("agent", 9.5, 12.0, "Einen Moment, ich prüfe die Leitung.", "de", "neutral"),
        Said("agent", 24.0, 27.0, "Die Leitung ist wieder frei.", "de", "happy"),
        Said("customer", 27.5, 30.0, "Ah, es geht wieder.", "de", "surprised"),
    )),
    ScenarioCall("c0302", DAY_3, 9, "a-brooks", "tech-support", codec="pcm_s16le",
                 sound=Sound(bleeding_into=("customer",)), said=(
        Said("agent", 1.0, 3.0, "Hello, this is Daniel.", "en", "neutral"),
        Said("customer", 3.5, 8.0, HOSTILE_TEXT, "en", "fearful"),
        Said("customer", 9.0, 12.0, "And it smells burnt.", "en", "disgusted"),
    )),
    ScenarioCall("c0303", DAY_3, 9, "a-chen", "billing", status="quarantined", reason="duplicate_audio",
                 message="c0303.wav holds the same audio as call c0101; keep one of the two",
                 same_audio_as="c0101", file_name="c0303.wav"),
    ScenarioCall("c0400", None, 0, None, None, status="quarantined", reason="no_date",
                 message="c0400.wav has no call date; put it into a folder named YYYY-MM-DD or give started_at",
                 file_name="c0400.wav"),
)  # fmt: skip

TRANSFERRED = ScenarioCall(
    "c0307", DAY_3, 14, "a-chen", "billing", duration_s=160.0,
    recordings=((0.0, 60.0, "a-chen"), (120.0, 160.0, "a-weber")), said=(
        Said("agent", 1.0, 13.0, "Billing, I will connect you with technical support.", "en", "neutral"),
        Said("customer", 14.0, 20.0, "Not again!", "en", "angry"),
        Said("agent", 121.0, 125.0, "Technical support, good afternoon.", "en", "happy"),
        Said("customer", 126.0, 136.0, "At last. My line is dead.", "en", "sad"),
    ),
)  # fmt: skip
"""A call of two recordings with an agent each, a minute of it not recorded. Not among the thirteen."""

DUAL_MONO_MESSAGE = (
    "customer (channel 1): both channels carry the same sound, so only channel 0 was transcribed; let the recorder "
    "keep each party on its own channel, or set on_dual_mono to both"
)

CALLS_WITH_DEFECTS: tuple[ScenarioCall, ...] = (
    ScenarioCall("c0304", DAY_3, 10, "a-brooks", "billing", sound=Sound(silent=("customer",), ringing=RINGING), said=(
        Said("agent", 1.0, 4.0, "Hello? Can you hear me?", "en", "neutral"),
        Said("agent", 9.0, 12.0, "I am hanging up now.", "en", "sad"),
    )),
    ScenarioCall("c0305", DAY_3, 10, "a-weber", "billing", status="partial", reason="DUAL_MONO",
                 message=DUAL_MONO_MESSAGE, sound=Sound(dual_mono=True), said=(
        Said("agent", 1.0, 4.0, "Guten Tag, was kann ich tun?", "de", "neutral"),
        Said("agent", 5.0, 9.0, "Meine Rechnung ist zu hoch.", "de", "angry"),
    )),
    ScenarioCall("c0306", DAY_3, 11, "a-ortiz", "delivery", status="quarantined", reason="bleeding",
                 message="c0306.wav has a channel that holds a copy of the other party's voice, whose words would be "
                 "taken for this party's; record the lines apart from each other, or set on_bleeding to keep.",
                 sound=Sound(bleeding_into=("agent",), heard=(("agent", 1.0, 9.0), ("customer", 10.0, 30.0)),
                             handling=DefectHandling(on_bleeding="quarantine"))),
)  # fmt: skip
"""Calls on which something was done about a defect of the sound, for tests of that."""


def publish_snapshot(
    home: Path,
    calls: tuple[ScenarioCall, ...] = CALLS,
    *,
    name: str = "qa-20250904T010000.000000Z.duckdb",
    recordings: Path = Path("/recordings"),
) -> Path:
    """Builds a snapshot below `home` and points `home`/qa.duckdb at it in one step. Returns the real path."""
    folder = home / "published"
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = folder / name
    shutil.copyfile(_written(calls, recordings), snapshot)
    link = home / ".next"
    link.symlink_to(snapshot.relative_to(home))
    os.replace(link, home / "qa.duckdb")  # noqa: PTH105 - a rename over the old link is what is meant
    return snapshot


_FILES = Path(tempfile.mkdtemp(prefix="qa-scenario-"))
atexit.register(shutil.rmtree, _FILES, ignore_errors=True)
_written_before: dict[tuple[str, Path], Path] = {}


def _written(calls: tuple[ScenarioCall, ...], recordings: Path) -> Path:
    """A file with the calls, which is written once where their recordings are nowhere: half a second each time."""
    key = (repr(calls), recordings)
    if key in _written_before and not recordings.exists():
        return _written_before[key]
    written = Path(_FILES, f"{uuid.uuid4().hex}.duckdb")
    with duckdb.connect(str(written)) as connection:
        apply_schema(connection)
        seed(connection, calls, recordings)
        _identify(connection)
    _written_before[key] = written
    return written


def _identify(connection: duckdb.DuckDBPyConnection) -> None:
    """Recordings that are there are known by their bytes, as the pipeline's are."""
    named = connection.execute("select distinct recording_id, source_uri from calls order by all").fetchall()
    paths = [(before, Path(unquote(urlsplit(uri).path))) for before, uri in named]
    for before, path in paths:
        if path.is_file():
            for table in ("calls", "call_channels", "transcription_tasks", "transcripts", "acoustics", "call_voices"):
                statement = f"update {table} set recording_id = ? where recording_id = ?"
                connection.execute(statement, [sha256(path.read_bytes()).hexdigest(), before])


def seed(
    connection: duckdb.DuckDBPyConnection,
    calls: tuple[ScenarioCall, ...] = CALLS,
    recordings: Path = Path("/recordings"),
) -> None:
    """Writes `calls` into the tables of `connection`."""
    for call in calls:
        insert(connection, "calls", _call_row(call, recordings))
        for row in _channel_rows(call, recordings):
            insert(connection, "call_channels", row)
        for row in _task_rows(call):
            insert(connection, "transcription_tasks", row)
        for row in _acoustics_rows(call):
            insert(connection, "acoustics", row)
        for role in ("agent", "customer"):
            _seed_channel(connection, call, role)
        _seed_conversation(connection, call)
    dates = sorted({call.call_date for call in calls if call.call_date})
    for mart in MARTS:
        refill_mart(connection, mart, dates, minimum_n=MINIMUM_N)
    refill_search_texts(connection, dates)
    insert(connection, "publication", {
        "published_at": LOADED_AT, "run_id": "run-1", "dates": dates, "engine": LOCAL, "pipeline_version": "0.1.0",
    })  # fmt: skip


def insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    """One row by column name."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def _call_row(call: ScenarioCall, recordings: Path) -> dict[str, Any]:
    name = call.file_name or f"{call.call_id}.wav"
    folder = recordings / call.call_date.isoformat() if call.call_date else recordings
    return {
        "call_id": call.call_id, "recording_id": call.recording_id, "call_date": call.call_date,
        "started_at": call.started_at, "agent_id": call.agent_id,
        "agent_name": AGENTS.get(call.agent_id or ""), "customer_id": f"k-{call.call_id}", "queue": call.queue,
        "direction": "inbound", "duration_s": call.duration_s, "container": "wav", "codec": call.codec,
        "sample_rate": 8000, "channels": 1 if call.reason == "mono" else 2, "size_bytes": 960_000,
        "agent_channel": call.agent_channel, "source_uri": (folder / name).as_uri(), "metadata_source": "sidecar",
        "status": call.status, "status_reason": call.reason, "status_message": call.message,
        "loaded_at": LOADED_AT,
        **({"form": "stereo", "recordings": len(call.recordings) or 1} if call.reason != "mono" else {}),
    }  # fmt: skip


def _channel_rows(call: ScenarioCall, recordings: Path) -> list[dict[str, Any]]:
    of_call = _call_row(call, recordings)
    if call.reason == "mono":
        return []
    stretches = call.recordings or ((0.0, call.duration_s, call.agent_id),)
    return [
        {
            "call_id": call.call_id, "channel_id": source.channel_id, "segment": segment, "call_date": call.call_date,
            "role": source.role, "recording_id": source.recording_id, "source_channel": source.source_channel,
            "source_uri": source.source_uri, "offset_ms": round(begin_s * 1000), "duration_s": source.duration_s,
            "started_at": call.started_at and call.started_at + dt.timedelta(seconds=begin_s),
            "agent_id": agent_id, "agent_name": AGENTS.get(agent_id or ""), "queue": call.queue,
        }
        for segment, (begin_s, end_s, agent_id) in enumerate(stretches)
        for source in stereo_sources(
            sha256(f"{call.call_id}.{segment}".encode()).hexdigest() if segment else call.recording_id,
            of_call["source_uri"].replace(".wav", f"-{segment + 1}.wav") if segment else of_call["source_uri"],
            end_s - begin_s, call.agent_channel,
        )
    ]  # fmt: skip


def _task_rows(call: ScenarioCall) -> list[dict[str, Any]]:
    if call.status == "quarantined":
        return []
    rows = []
    for role in _sent_roles(call):
        earlier = call.attempts_before.get(role)
        if earlier:
            rows.append(_task_row(call, role, 1, earlier))
        rows.append(_task_row(call, role, 2 if earlier else 1, call.failures.get(role)))
    return rows


def _sent_roles(call: ScenarioCall) -> list[str]:
    """Roles whose channel was sent; a silent one and the second of dual mono are not."""
    left_out = {*call.sound.silent, *(["customer"] if call.sound.dual_mono else [])}
    return [role for role in ("agent", "customer") if role not in left_out]


def _task_row(call: ScenarioCall, role: str, attempt: int, failure: tuple[str, str] | None) -> dict[str, Any]:
    planned = LOADED_AT + dt.timedelta(minutes=attempt)
    billed_s = 0.0 if failure else float(-(-call.duration_s // 1))
    took_s = 4 if role == "agent" else 6
    return {
        "recording_id": call.recording_id, "channel_id": call.channel(role), "model": MODEL,
        "parameters_hash": "0123456789abcdef", "attempt": attempt, "call_date": call.call_date,
        "submission_id": f"{call.call_id}-{role}-{attempt}", "task_id": f"task-{call.call_id}-{role}-{attempt}",
        "state": "failed" if failure else "parsed", "code": failure[0] if failure else None,
        "message": failure[1] if failure else None, "planned_at": planned, "submitted_at": planned,
        "ended_at": planned + dt.timedelta(seconds=took_s), "audio_s": call.duration_s, "billed_s": billed_s,
        "cost_usd": billed_s * PRICE_PER_S_USD, "engine": call.engine,
    }  # fmt: skip


def _seed_channel(connection: duckdb.DuckDBPyConnection, call: ScenarioCall, role: str) -> None:
    said = [item for item in call.said if item.role == role]
    key = {"call_id": call.call_id, "channel_id": call.channel(role), "call_date": call.call_date, "role": role}
    if role in call.sound.silent:
        insert(connection, "transcripts", key | {
            "text": "", "sentence_count": 0, "speech_s": 0.0, "model": "none", "engine": "none (silent channel)",
            "recording_id": call.recording_id, "loaded_at": LOADED_AT,
        })  # fmt: skip
    if not said:
        return
    for number, item in enumerate(said):
        insert(connection, "sentences", key | {
            "sentence_id": number, "begin_ms": int(item.begin_s * 1000), "end_ms": int(item.end_s * 1000),
            "text": item.text, "language": item.language, "emotion": item.emotion,
            "words": item.words, "confidence": item.confidence,
        })  # fmt: skip
    calm = [number for number, item in enumerate(said) if item.emotion is None]
    if calm:
        insert(connection, "transcript_remarks", key | {
            "remark_id": 0, "sentence_id": calm[0], "field": "emotion", "value": '"calm"', "action": "null",
            "occurrences": len(calm),
        })  # fmt: skip
    languages = _shares(connection, "languages", "language", key, said)
    emotions = _shares(connection, "emotions", "emotion", key, said)
    insert(connection, "transcripts", key | {
        "text": " ".join(item.text for item in said), "language": languages, "emotion": emotions,
        "sentence_count": len(said), "speech_s": sum(item.end_s - item.begin_s for item in said),
        "model": MODEL, "engine": call.engine, "recording_id": call.recording_id, "loaded_at": LOADED_AT,
    })  # fmt: skip


def _acoustics_rows(call: ScenarioCall) -> list[dict[str, Any]]:
    """What would have been measured; a recording that was set aside before it was listened to has no rows."""
    if call.call_date is None or (call.status == "quarantined" and not call.sound.heard):
        return []
    pair = _pair(call)
    channels = tuple(_channel_acoustics(call, channel_id) for channel_id in (0, 1))
    acoustics = Acoustics(8000, round(call.duration_s * 8000), channels, pair, missing=None)
    defects = name_defects(acoustics, greeting_channel=call.agent_channel)
    measured = measured_channels(
        acoustics, defects, AcousticOptions(), recording_id=call.recording_id, greeting_channel=call.agent_channel
    )
    return call_rows(
        measured, judge_sound(defects, call.agent_channel, call.sound.handling), call_id=call.call_id,
        call_date=call.call_date, roles={at: role_of(at, call.agent_channel) for at in (0, 1)}, loaded_at=LOADED_AT,
    )  # fmt: skip


def heard(call: ScenarioCall, role: str) -> list[tuple[int, int]]:
    """The segments of speech of a role, in ms: its sentences, and what nobody wrote down."""
    spans = [(item.begin_s, item.end_s) for item in call.said if item.role == role or call.sound.dual_mono]
    spans += [(begin_s, end_s) for who, begin_s, end_s in call.sound.heard if who == role]
    merged: list[tuple[int, int]] = []
    for begin, end in sorted((round(begin_s * 1000), round(end_s * 1000)) for begin_s, end_s in spans):
        if merged and begin - merged[-1][1] < 300:  # min_pause_ms
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _channel_acoustics(call: ScenarioCall, channel_id: int) -> ChannelAcoustics:
    """Speech at -22 dB where somebody speaks, line noise at -70 dB elsewhere."""
    role = "agent" if channel_id == call.agent_channel else "customer"
    segments = heard(call, role)
    speech_s = sum(end - begin for begin, end in segments) / 1000
    seconds = [
        -22.0 if any(begin < 1000 * (second + 1) and end > 1000 * second for begin, end in segments) else -70.0
        for second in range(round(call.duration_s))
    ]
    pixels = [b"\xd8\x28" if level == -22.0 else b"\xff\x00" for level in seconds for _ in range(20)]
    return ChannelAcoustics(
        channel_id=channel_id,
        digest=sha256(f"{call.recording_id}-{0 if call.sound.dual_mono else channel_id}".encode()).hexdigest(),
        segments_ms=tuple(segments),
        speech_s=speech_s,
        speech_ratio=speech_s / call.duration_s,
        speech_loudness_db=-22.0 if segments else None,
        loudness_db=-27.0 if segments else -70.0,
        loudness_per_s_db=tuple(seconds),
        peak_db=0.0 if role in call.sound.clipped else (-6.0 if segments else -60.0),
        clipping_ratio=0.004 if role in call.sound.clipped else 0.0,
        waveform=b"".join(pixels),
        sounds=tuple(
            HeardSound(begin, end, SoundKind.RINGING) for who, begin, end in call.sound.ringing if who == role
        ),
    )


def _pair(call: ScenarioCall) -> PairLikeness:
    apart, copied = Likeness(20, 0, 0.01, 3.0, -60.0), Likeness(20, 0, 0.6, 2.5, -20.0)
    bleeding = [call.channel(role) for role in call.sound.bleeding_into]
    return PairLikeness(
        correlation=1.0 if call.sound.dual_mono else 0.02,
        lag_ms=0.0 if call.sound.dual_mono else 12.5,
        level_difference_db=0.0 if call.sound.dual_mono else 1.5,
        copy_in=(copied if 0 in bleeding else apart, copied if 1 in bleeding else apart),
        level=apart,
    )


def _seed_conversation(connection: duckdb.DuckDBPyConnection, call: ScenarioCall) -> None:
    """Turns and metrics, from the sentences by the pipeline's own arithmetic."""
    if call.status == "quarantined":
        return
    silent = {role for role in ("agent", "customer") if role in call.sound.silent}
    known = {item.role for item in call.said} | silent
    said = call.said
    if call.sound.dual_mono:
        known, said = set(), ()  # nobody knows who speaks
    numbers: dict[str, int] = defaultdict(int)
    sentences = []
    for item in said:
        sentences.append(SpokenSentence(
            item.role, call.channel(item.role), numbers[item.role], int(item.begin_s * 1000),  # type: ignore[arg-type]
            int(item.end_s * 1000), item.text, item.language, item.emotion, confidence=item.confidence,
            word_confidences=item.sure, segment=segment_of(call, item),
        ))  # fmt: skip
        numbers[item.role] += 1
    speech: Any = {role: heard(call, role) for role in known}
    key = {"call_id": call.call_id, "call_date": call.call_date}
    stretches = [
        RecordedStretch(segment, round(begin_s * 1000), round(end_s * 1000), agent_id)
        for segment, (begin_s, end_s, agent_id) in enumerate(call.recordings)
    ]
    unrecorded = unrecorded_in(stretches, round(call.duration_s * 1000)) if stretches else []
    options: Any = {"speech": speech, "known_roles": known, "direction": "inbound"}
    conversation = analyse_call(sentences, call.duration_s, unrecorded=unrecorded, **options)
    for agent_id, metrics in analyse_agents(sentences, stretches, **options).items():
        figures = {name: value for name, value in metrics.row().items() if name in AGENT_METRICS}
        insert(connection, "agent_metrics", key | figures | {"agent_id": agent_id, "loaded_at": LOADED_AT})
    for turn in conversation.turns:
        insert(connection, "turns", key | turn._asdict())
    insert(connection, "call_metrics", key | conversation.metrics.row() | {"loaded_at": LOADED_AT})


def segment_of(call: ScenarioCall, item: Said) -> int:
    """The recording of a call in which something is said."""
    return max((n for n, (begin_s, _, _) in enumerate(call.recordings) if begin_s <= item.begin_s), default=0)


def _shares(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, key: dict[str, Any], said: list[Said]
) -> str | None:
    """Writes the table's rows of one channel; returns the value with the most speech, None when nobody labelled."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for item in said:
        value = getattr(item, column)
        if value is not None:
            groups[value].append(item)
    lengths = {value: sum(item.end_s - item.begin_s for item in items) for value, items in groups.items()}
    for value, items in groups.items():
        insert(connection, table, key | {
            column: value, "sentence_count": len(items), "speech_s": lengths[value],
            "share": lengths[value] / sum(lengths.values()),
        })  # fmt: skip
    return max(lengths, key=lambda value: lengths[value]) if lengths else None

"""The one table of metrics: what each column of `call_metrics` is called, how it is computed, and when it is null.

Tooltips, the page of definitions, `qa-pipeline call`, column comments and the tables of docs/metrics.md are made of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from qa_pipeline.conversation.sentences import OTHER, ROLES
from qa_pipeline.transcription.roles import Role

PAGE = "docs/metrics.md"

Words = Literal["", "own", "own timed", "both", "both timed"]
"""Whose words a metric needs, and whether with their times. A role's words are unknown where its channel was not
transcribed, or where both channels carry the same sound."""


Direction = Literal["lower", "higher", "depends", "context"]
"""Which end of a metric is the good one; `depends`: neither, or what is between; `context`: it explains others."""

DIRECTIONS: dict[Direction, str] = {
    "lower": "lower is better",
    "higher": "higher is better",
    "depends": "depends",
    "context": "context",
}


class _Row(NamedTuple):
    """A metric, or one per role where the column has `{role}`. `null`: when it is missing with all its words known.
    `good` and `note` say what is good or bad about it."""

    column: str
    unit: str
    label: str
    formula: str
    words: Words = ""
    null: str = ""
    side: Role | None = None
    good: Direction = "context"
    note: str = ""


_NO_SPEECH = "no speech"
_NO_LABEL = "no labelled speech"
_TOO_LITTLE_TALK = "less than `talk_speed_min_talk_ms` of talk in such sentences"
_NO_CONFIDENCE = "the engine gives no confidence"
_NO_SOUND = "no acoustics of the channel"
_NO_EVIDENCE = "neither uses such a phrase, and only one speaks or the call is outbound"
_NO_ANSWER = "no customer turn is followed by an agent turn"

_SECTIONS: dict[str, tuple[_Row, ...]] = {
    "Talk, overlap and silence": (
        _Row("duration_s", "s", "Length",
            "Length of the call: from the beginning of its first recording to the end of its last",
            good="context", note="A long call is neither good nor bad; compare calls of one queue"),
        _Row("unrecorded_s", "s", "Not recorded",
            "Time between the call's recordings that none of them holds; 0 for a call of one recording",
            good="lower", note="What was not recorded can't be judged"),
        _Row("{role}_talk_s", "s", "{Role}'s talk", "Length of the union of the {role}'s sentences", "own timed",
            good="context", note="It grows with the call; the share of talk can be compared"),
        _Row("talk_ratio", "0 to 1", "Agent's share of talk",
            "`agent_talk_s` ÷ (`agent_talk_s` + `customer_talk_s`)", "both timed", _NO_SPEECH,
            good="depends", note="Who talks nearly all the time hardly listens, who talks hardly at all hardly "
            "helps; compare calls of one queue"),
        _Row("overlap_s", "s", "Overlap", "Time in which both speak: the intersection of the two unions", "both timed",
            good="lower", note="Who talks over the other does not hear them; short overlaps are how people take turns"),
        _Row("silence_s", "s", "Silence",
            "`duration_s` − `unrecorded_s` − length of the union of both roles", "both timed",
            good="depends", note="Looking something up takes silence; what customers mind is dead air"),
        _Row("silence_ratio", "0 to 1", "Share of silence",
            "`silence_s` ÷ (`duration_s` − `unrecorded_s`)", "both timed", "the recording has no length",
            good="depends", note="Looking something up takes silence; what customers mind is dead air"),
    ),
    "Dead air": (
        _Row("dead_air_count", "count", "Dead-air periods",
            "Silences between the first and the last sentence that last longer than `dead_air_ms`; none goes on across "
            "time that was not recorded",
            "both timed", _NO_SPEECH,
            good="lower", note="Each is a wait in which the customer does not know what happens"),
        _Row("dead_air_s", "s", "Dead air",
            "Total length of the silences between the first and the last sentence that last longer than `dead_air_ms`",
            "both timed", _NO_SPEECH,
            good="lower", note="The customer waits and does not know what happens"),
        _Row("longest_silence_s", "s", "Longest silence",
            "The longest silence between the first and the last sentence, dead air or not; 0 without any",
            "both timed", _NO_SPEECH,
            good="lower", note="The longest wait is the one that is remembered"),
    ),
    "Turns and back-channels": (
        _Row("{role}_sentences", "count", "{Role}'s sentences", "Sentences of the {role}", "own",
            good="context", note="How much was said; the engine decides where a sentence ends"),
        _Row("{role}_turns", "count", "{Role}'s turns",
            "Turns of the {role} that are not back-channels", "both timed",
            good="context", note="Many short turns are a dialogue, few long ones a lecture"),
        _Row("{role}_backchannels", "count", "{Role}'s back-channels", "Back-channels of the {role}", "both timed",
            good="depends", note="Some show that the {role} listens; none in a long call may mean the opposite"),
    ),
    "Interruptions": (
        _Row("{role}_interruptions", "count", "{Role} interruptions",
            "Turns of the {role} that interrupt one of the {other}", "both timed",
            good="lower", note="Many are a sign of impatience, or of a line on which the other is heard late"),
        _Row("{role}_interruptions_s", "s", "{Role} interruption time",
            "Time in which both speak while the {role} interrupts the {other}", "both timed",
            good="lower", note="How long the other was talked over"),
    ),
    "Response time": (
        _Row("response_ms_p50", "ms", "Response time",
            "Median time from the end of a customer turn to the beginning of the agent turn that follows; an overlap "
            "is 0, and answers after time that was not recorded are left out", "both timed", _NO_ANSWER, "agent",
            good="lower", note="Answers within a second or so feel like a conversation; an overlap counts as 0, so 0 "
            "is not the aim"),
        _Row("response_ms_p90", "ms", "Slow responses",
            "90th percentile of the time from the end of a customer turn to the beginning of the agent turn that "
            "follows; an overlap is 0, and answers after time that was not recorded are left out",
            "both timed", _NO_ANSWER, "agent",
            good="lower", note="The slow answers, which are felt more than the usual ones"),
    ),
    "Talk speed": (
        _Row("{role}_talk_speed", "per minute", "{Role}'s talk speed",
            "Words or characters of the {role}'s sentences of `talk_speed_min_sentence_ms` or longer ÷ the length of "
            "their union in s × 60",
            "own timed", _TOO_LITTLE_TALK,
            good="depends", note="Too fast can't be followed, too slow tires; compare within one language only"),
        _Row("{role}_talk_speed_unit", "", "Unit of {role}'s talk speed",
            "`words/min` or `characters/min`", "own timed", "the {role} has no talk speed",
            good="context", note="Speeds of different units can't be compared"),
        _Row("talk_speed_unit", "", "Unit of talk speeds",
            "The unit of both roles, `mixed` where they differ: then do not compare speeds across roles",
            null="neither role has a speed",
            good="context", note="Speeds of different units can't be compared"),
    ),
    "Confidence": (
        _Row("{role}_unsure_share", "0 to 1", "{Role}'s unsure words",
            "Words of the {role} of which the engine was less sure than `unsure_below` ÷ words with a confidence",
            "own", _NO_CONFIDENCE,
            good="lower", note="It says how well the sound could be recognized, nothing of the person"),
    ),
    "Words without sound, sound without words": (
        _Row("{role}_words_without_sound", "count", "{Role}'s words without sound",
            "Sentences of the {role} of which less than `heard_share` of their length sounds", "own timed", _NO_SOUND,
            good="lower", note="It doubts the transcript, not the call: words may be made up"),
        _Row("{role}_words_without_sound_s", "s", "Time of {role}'s words without sound",
            "Length of the union of those sentences of the {role} of which less than `heard_share` sounds",
            "own timed", _NO_SOUND,
            good="lower", note="It doubts the transcript, not the call: words may be made up"),
        _Row("{role}_sound_without_words", "count", "{Role}'s sound without words",
            "Stretches of sound of `wordless_sound_ms` or longer on the {role}'s channel, further than "
            "`sound_margin_ms` from every sentence", "own timed", _NO_SOUND,
            good="lower", note="It doubts the transcript, not the call: words may be missing"),
        _Row("{role}_sound_without_words_s", "s", "Time of {role}'s sound without words",
            "Total length of the stretches of sound of `wordless_sound_ms` or longer on the {role}'s channel, further "
            "than `sound_margin_ms` from every sentence", "own timed", _NO_SOUND,
            good="lower", note="It doubts the transcript, not the call: words may be missing"),
    ),
    "Emotions": (
        _Row("{role}_valence", "−5 to 5", "{Role}'s mood",
            "Mean valence of the {role}'s labelled sentences, each weighted by its length, stretched to −5 to 5",
            "own timed", _NO_LABEL,
            good="higher", note="Above 0 the {role} sounds pleased, below 0 upset; 0 is neutral"),
        *(
            _Row(f"customer_valence_q{number}", "−5 to 5", f"Customer's mood, quarter {number}",
                f"`customer_valence` over the {quarter} quarter of the recorded time",
                "own timed", "no labelled speech in that quarter",
                good="higher", note="Where in the call the mood turned: compare the quarters with each other")
            for number, quarter in enumerate(("first", "second", "third", "last"), start=1)
        ),
        _Row("valence_shift", "−10 to 10", "Change of mood",
            "The customer's valence in the last quarter with labelled speech − that in the first",
            "own timed", "labelled speech in fewer than two quarters", "customer",
            good="higher", note="Above 0 the customer left in a better mood than they came, below 0 in a worse one"),
        _Row("trajectory", "", "Course of mood",
            "`improving` or `worsening` where `valence_shift` is at least `trajectory_shift` up or down; else "
            "`positive` or `negative` where `customer_valence` is at least `trajectory_level` from 0; else `neutral`",
            "own timed", _NO_LABEL, "customer",
            good="higher", note="`improving` and `positive` are what one wants, `worsening` and `negative` are worth "
            "listening to"),
        _Row("negative_share", "0 to 1", "Negative speech",
            "Length of the customer's sentences in emotions of negative valence ÷ length of all labelled ones",
            "own timed", _NO_LABEL, "customer",
            good="lower", note="The part of the customer's speech that sounds angry, sad, fearful or disgusted"),
        _Row("escalated", "true, false", "Escalated",
            "The customer is angry in the last quarter with labelled speech and not in the first",
            "own timed", _NO_LABEL, "customer",
            good="lower", note="A customer who became angry during the call; worth listening to"),
        _Row("recovered", "true, false", "Recovered",
            "The customer shows a negative emotion in the first half of the recorded time, and none in the last "
            "quarter with labelled speech",
            "own timed", _NO_LABEL, "customer",
            good="higher", note="A customer who came upset and left calm: calls to learn from"),
    ),
    "Languages": (
        _Row("languages", "count", "Languages", "Distinct languages in the call", "both", "no sentence has a language",
            good="context", note="More than one needs people who speak them"),
        _Row("{role}_languages", "count", "{Role}'s languages", "Distinct languages of the {role}",
            "own", "no sentence of the {role} has a language",
            good="context", note="More than one needs people who speak them"),
        _Row("code_switches", "count", "Code switches",
            "Changes of language from one sentence of a role to its next, both roles added",
            "both", "no sentence has a language",
            good="context", note="People who share two languages change between them; many changes can also be wrong "
            "labels"),
        _Row("{role}_code_switches", "count", "{Role}'s code switches",
            "Changes of language from one sentence of the {role} to the next; sentences without a language are skipped",
            "own", "no sentence of the {role} has a language",
            good="context", note="People who share two languages change between them; many changes can also be wrong "
            "labels"),
    ),
    "Swapped channels": (
        _Row("agent_channel_suspect", "true, false", "Channels may be swapped",
            "Whether agent and customer may be swapped: the customer uses more of the agents' phrases than the agent; "
            "or, where neither uses one, the customer speaks first and has at least `swap_talk_share` of the talk",
            "both", _NO_EVIDENCE,
            good="lower", note="Where it is true, every figure of one role may be the other's"),
        _Row("agent_channel_evidence", "", "Evidence for the channels",
            "What decided, in words: the phrases of each role, or the share of talk", "both", "there is no evidence",
            good="context", note="Read it before you correct the roles"),
    ),
    "Thresholds and versions": (
        _Row("definition_version", "", "Version of the definitions",
            "Version of the formulas, a point, and eight hex digits that change with any threshold",
            good="context", note="Figures of different versions can't be compared"),
        _Row("thresholds", "JSON", "Thresholds", "The thresholds the row was computed with",
            good="context", note="Figures of different thresholds can't be compared"),
    ),
}  # fmt: skip
"""Section of docs/metrics.md → its metrics."""

_CALL_SECTIONS = ("Swapped channels",)
"""Sections whose columns name a role and yet are of the whole call."""


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A column of `call_metrics`.

    `unit` is "s", "ms", "count", "0 to 1" ..., empty for words. `formula`, `null_rules` and `note` are Markdown without
    a full stop. `cause` is what makes it null with all its words known, as plain text; empty where nothing does.
    `side` is the role that the metric describes, None for the call; `roles` are those whose words it needs. `good` is
    the end that is wished for, and `note` says why.
    """

    column: str
    label: str
    unit: str
    formula: str
    null_rules: tuple[str, ...]
    cause: str
    section: str
    side: Role | None
    roles: tuple[Role, ...]
    needs_times: bool
    good: Direction
    note: str

    @property
    def null_rule(self) -> str:
        """When it has no value."""
        return "; ".join(self.null_rules) or "never"

    @property
    def comment(self) -> str:
        """What a database says of the column, as plain text."""
        unit = f", {self.unit}" if self.unit not in ("", "true, false", "JSON") else ""
        return f"{self.label}{unit}. {self.formula}. Null: {self.null_rule}.".replace("`", "")

    @property
    def link(self) -> str:
        """The section that defines it, from the project's root."""
        return f"{PAGE}#{re.sub(r'[^a-z0-9 -]', '', self.section.lower()).replace(' ', '-')}"


def _entry(section: str, row: _Row, role: Role | None) -> MetricEntry:
    names = {"role": role or "", "Role": (role or "").capitalize(), "other": OTHER[role] if role else ""}
    column, label, formula, null, note = (
        text.format_map(names) for text in (row.column, row.label, row.formula, row.null, row.note)
    )
    side = row.side or role or next((name for name in ROLES if column.startswith(f"{name}_")), None)
    if section in _CALL_SECTIONS:
        side = None
    whose, _, timed = row.words.partition(" ")
    unknown = {"own": f"the {side}'s words are unknown", "both": "the words of a role are unknown"}.get(whose, "")
    rules = tuple(rule for rule in (null, unknown + (" or without times" if timed else "")) if rule)
    roles = ROLES if whose == "both" else (side,) if whose == "own" and side else ()
    cause = null.replace("`", "")
    return MetricEntry(
        column, label, row.unit, formula, rules, cause, section, side, roles, bool(timed), row.good, note
    )


CATALOGUE: dict[str, MetricEntry] = {
    entry.column: entry
    for section, rows in _SECTIONS.items()
    for row in rows
    for entry in (_entry(section, row, role) for role in (ROLES if "{role}" in row.column else (None,)))
}
"""Every column of `call_metrics`, in the order of the page."""

SECTIONS = tuple(_SECTIONS)

COLUMN_COMMENTS: dict[str, str] = {column: entry.comment for column, entry in CATALOGUE.items()}
"""Column of `call_metrics` → its comment in the database."""


def markdown_table(section: str) -> str:
    """The metrics of a section as the table that docs/metrics.md has, without a line end."""
    lines = ["| column | unit | formula | null | good |", "|---|---|---|---|---|"]
    for entry in CATALOGUE.values():
        if entry.section == section:
            unit = f" {entry.unit} " if entry.unit else " "
            rules = f"{entry.formula} | {entry.null_rule} | {DIRECTIONS[entry.good]}"
            lines.append(f"| `{entry.column}` |{unit}| {rules} |")
    return "\n".join(lines)

"""What was measured of one call: defects of its sound, its figures, the customer's course, its turns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards import figure_charts
from dashboards.components.figure_cards import heading, of_call
from dashboards.components.player import jump_to
from dashboards.components.trends import explanation
from dashboards.figures import shown
from dashboards.page import Reading
from dashboards.palette import ROLES, defect_label
from dashboards.queries import ask
from dashboards.wording import clock, plain
from qa_pipeline.audio.defects import Defect
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.published.snapshot import Row

MAIN_FIGURES = (
    "talk_ratio",
    "silence_ratio",
    "dead_air_s",
    "longest_silence_s",
    "overlap_s",
    "agent_interruptions",
    "customer_interruptions",
    "response_ms_p50",
    "agent_talk_speed",
    "customer_talk_speed",
    "code_switches",
    "customer_valence",
    "valence_shift",
    "negative_share",
    "trajectory",
)
QUARTERS = tuple(f"customer_valence_q{number}" for number in range(1, 5))

_ACTIONS = {
    "transcribe": "sent for transcription",
    "skip_silent": "not sent, and not paid for",
    "skip_duplicate": "not sent, and not paid for, since the other one has the same words",
    "quarantine": "not sent: the call was set aside",
}
"""What became of a channel, by `acoustics.action`."""


def defects(sounds: Sequence[Row]) -> None:
    """Each defect in a sentence, with the channels that have it and what was done."""
    found: dict[str, list[Row]] = {}
    for sound in sounds:
        for defect in sound["defects"]:
            found.setdefault(defect, []).append(sound)
    for defect, channels in found.items():
        roles = " and ".join(f"{ROLES[item['role']].label.lower()} (channel {item['channel_id']})" for item in channels)
        name = defect_label(defect).capitalize()
        st.warning(
            f"**{plain(name)}**, {plain(roles)}: {plain(explanation(defect))} {plain(_done(channels))}",
            icon=":material/graphic_eq:",
        )


def _done(channels: Sequence[Row]) -> str:
    """What became of each channel, in a sentence."""
    words = [f"channel {item['channel_id']} was {_ACTIONS.get(item['action'], item['action'])}" for item in channels]
    return f"{'; '.join(words).capitalize()}."


def figures(page: Reading, call: Row, sounds: Sequence[Row]) -> None:
    """The call's metrics with the way to their definitions, and how the customer felt by quarter."""
    if "call_metrics" not in page.snapshot.tables():
        st.caption("This snapshot was published by an earlier version, which measured no calls. The next run will.")
        return
    rows = ask(page.snapshot, "read_call_metrics", call_id=call["call_id"])
    if not rows:
        st.caption("Nothing was measured of this call: figures come with the next run of its day.")
        return
    (metrics,) = rows
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        st.subheader("Figures", anchor=False)
        if all(metrics[column] is None for column in MAIN_FIGURES):
            st.caption(why_there_are_none(page, call, sounds))
        else:
            of_call([column for column in MAIN_FIGURES if metrics[column] is not None], metrics)
        if metrics["agent_channel_suspect"]:
            evidence = metrics["agent_channel_evidence"] or "no evidence was kept"
            st.warning(f"Agent and customer may be swapped: {plain(evidence)}.", icon=":material/swap_horiz:")
    with right.container(border=True, height="stretch"):
        _course(metrics)
    _all_figures(metrics)


def why_there_are_none(page: Reading, call: Row, sounds: Sequence[Row]) -> str:
    """Why a call has a row of metrics without any value, in Markdown."""
    if any(Defect.DUAL_MONO in sound["defects"] for sound in sounds):
        return "Both channels carry the same sound, so nobody knows who says what."
    channels = ask(page.snapshot, "what_became_of_channels", call_id=call["call_id"])
    written = [channel for channel in channels if channel["engine"] is not None]
    if not written:
        return "No channel was transcribed, so nothing is known of what was said and when."
    sentences = ask(page.snapshot, "read_sentences", call_id=call["call_id"], limit=1, offset=0)
    if sentences and sentences[0]["begin_ms"] is None:
        models = " and ".join(dict.fromkeys(plain(channel["model"]) for channel in written if channel["model"]))
        return f"{models} gives no times, and without times nothing is measured but languages."
    if len(written) < len(ROLES):
        return "Only one channel was transcribed, so nothing is known of how the two sides spoke with each other."
    return "Nobody speaks in this call, as far as was recognized."


def _course(metrics: Mapping[str, Any]) -> None:
    st.subheader("How the customer felt, by quarter", anchor=False)
    valences = [metrics[column] for column in QUARTERS]
    if all(value is None for value in valences):
        st.caption("No speech of the customer carries an emotion.")
        return
    st.altair_chart(figure_charts.quarters(valences), alt="The customer's valence in each quarter of the recording")
    with st.container(horizontal=True, vertical_alignment="center"):
        heading("trajectory")
        words = [str(metrics["trajectory"] or "not known")]
        words += [name for name in ("escalated", "recovered") if metrics[name]]
        st.text(", ".join(words), width="content")


def _all_figures(metrics: Mapping[str, Any]) -> None:
    with st.expander("All figures, and what they were made by"):
        rows = [
            {
                "Figure": f"`{column}`",
                "Value": plain(shown(column, metrics[column], metrics.get(f"{column}_unit"))),
                "Definition": plain(entry.definition.replace("`", "")),
            }
            for column, entry in CATALOGUE.items()
            if column not in ("thresholds", "definition_version")
        ]
        st.table(rows, border="horizontal", hide_index=True)
        version, changed = metrics["definition_version"], changed_thresholds(metrics["thresholds"])
        st.caption(f"Made by definitions {plain(version)}, {plain(changed)}.")


def changed_thresholds(thresholds: str) -> str:
    """Which thresholds of a row are not the defaults of this version, in words."""
    usual = json.loads(MetricThresholds().as_json())
    used: dict[str, Any] = json.loads(thresholds)
    changed = [f"{name} {value} instead of {usual[name]}" for name, value in used.items() if usual.get(name) != value]
    return f"with {', '.join(changed)}" if changed else "all thresholds as they come"


def turns(rows: Sequence[Row]) -> None:
    """The turns in order: who, how long after the last, over whom."""
    with st.container(key="list_of_turns"):
        for turn in rows:
            _turn(turn)


def _turn(turn: Row) -> None:
    when, said, notes = st.columns([1.4, 6, 2.6])
    with when:
        st.button(
            clock(turn["begin_ms"] / 1000),
            key=f"turn_{turn['turn_id']}",
            icon=":material/play_arrow:",
            type="tertiary",
            on_click=jump_to,
            args=(turn["begin_ms"] / 1000,),
        )
    with said:
        st.markdown(f":gray[{ROLES[turn['role']].label}]")
        st.text(turn["text"])
    with notes:
        for note in notes_of(turn):
            st.markdown(note)


def notes_of(turn: Row) -> list[str]:
    """What is to be seen of a turn, as Markdown: badges for what it does, times for how it follows."""
    notes = []
    if turn["interrupts"]:
        seconds = plain(f"{turn['interruption_ms'] / 1000:.1f} s")
        notes.append(f":orange-badge[:material/front_hand: interrupts turn {turn['interrupted_turn_id']}, {seconds}]")
    if turn["is_backchannel"]:
        notes.append(":gray-badge[:material/record_voice_over: back-channel]")
    times = [f"turn {turn['turn_id']}", f"{(turn['end_ms'] - turn['begin_ms']) / 1000:.1f} s long"]
    if turn["gap_ms"]:
        times.append(f"after {turn['gap_ms'] / 1000:.1f} s of silence")
    if turn["overlap_ms"]:
        times.append(f"{turn['overlap_ms'] / 1000:.1f} s with the other")
    notes.append(f":gray[{plain(', '.join(times))}]")
    return notes

"""What was measured of one call: defects of its sound, its figures, the customer's course, its turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards.call import every_figure, figure_tiles, sentiment_card
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.palette import ROLES, defect_label
from dashboards.queries import ask
from qa_pipeline.audio.defects import Defect
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.transcription.roles import Role
from qa_pipeline.transcription.tables import EMOTIONS_KEPT
from qa_pipeline.wording.channels import explanation, what_was_done
from qa_pipeline.wording.languages import as_sentence, t
from qa_pipeline.wording.missing_metrics import CallFacts, RoleFacts, why_missing, why_no_metrics
from qa_pipeline.wording.thresholds import changed_thresholds

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
    "agent_unsure_share",
    "customer_unsure_share",
)


def defects(sounds: Sequence[Row]) -> None:
    """Each defect in a sentence, with the channels that have it and what was done."""
    found: dict[str, list[Row]] = {}
    for sound in sounds:
        for defect in sound["defects"]:
            found.setdefault(defect, []).append(sound)
    for defect, channels in found.items():
        roles = t(" and ").join(
            t("{role} (channel {number})", role=ROLES[item["role"]].label.lower(), number=item["channel_id"])
            for item in channels
        )
        done = []
        for item in channels:
            other = next((sound["action"] for sound in sounds if sound is not item), None)
            what = what_was_done(defect, item["action"], other)
            done.append(t("Channel {number}: {what}.", number=item["channel_id"], what=what))
        first = channels[0]
        said = explanation(defect, first["missing"], first["late_s"], first["drift_ms_per_min"])
        sentences = [said, *done]
        st.warning(
            f"**{plain(defect_label(defect).capitalize())}**, {plain(roles)}: {plain(' '.join(sentences))}",
            icon=":material/graphic_eq:",
        )


def figures(page: Reading, call: Row, channels: Sequence[Row], sounds: Sequence[Row]) -> None:
    """The call's metrics with the way to their definitions, and the customer's sentiment by quarter."""
    has_table = "call_metrics" in page.snapshot.tables()
    facts = _facts(page, call, channels, sounds, has_metrics_table=has_table)
    rows = ask(page.snapshot, "read_call_metrics", call_id=call["call_id"]) if has_table else []
    if not rows:
        st.caption(plain(as_sentence(t("no figures: {why}", why=why_no_metrics(facts)))))
        return
    metrics: dict[str, Any] = dict.fromkeys(CATALOGUE) | rows[0]  # a snapshot of an earlier version may lack some
    reasons = why_missing(facts, metrics)
    known = [column for column in MAIN_FIGURES if metrics[column] is not None]
    missing = () if known else (as_sentence(reasons["talk_ratio"]),)
    board(
        "figures",
        Section(t("Figures"), (), missing),
        figure_tiles(known, metrics),
        Section("", (sentiment_card(metrics, as_sentence(reasons.get("customer_valence", ""))),)),
    )
    if metrics["agent_channel_suspect"]:
        evidence = metrics["agent_channel_evidence"] or t("no evidence was kept")
        said = t("Agent and customer may be swapped: {evidence}.", evidence=evidence)
        st.warning(plain(said), icon=":material/swap_horiz:")
    with st.expander(t("All figures and their definitions")):
        board("every-figure", Section("", (every_figure(metrics, reasons),)))
        made_by = t(
            "Definitions {version}, {thresholds}.",
            version=metrics["definition_version"],
            thresholds=changed_thresholds(metrics["thresholds"]),
        )
        st.caption(plain(made_by))


def _facts(
    page: Reading, call: Row, channels: Sequence[Row], sounds: Sequence[Row], *, has_metrics_table: bool
) -> CallFacts:
    """What explains missing figures."""
    roles: dict[Role, RoleFacts] = dict.fromkeys(("agent", "customer"), RoleFacts())
    for channel in channels:
        roles[channel["role"]] = RoleFacts(
            model=channel["model"],
            failure=channel["code"],
            has_sentences=channel["sentence_count"] > 0,
            has_times=channel["has_times"],
            has_languages=channel["has_language"],
            has_emotions=channel["has_emotion"],
            engine=channel["engine"],
        )
    return CallFacts(
        status=call["status"],
        call_date=call["call_date"],
        roles=roles,
        is_dual_mono=any(Defect.DUAL_MONO in sound["defects"] for sound in sounds),
        kept_emotions=EMOTIONS_KEPT[page.settings.emotion_roles],
        has_metrics_table=has_metrics_table,
        form=call.get("form"),
        voices_unsure=bool(call.get("voices_unsure")),
    )

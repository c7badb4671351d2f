"""Every text that the instrument shows, in the reader's language, and how each word of the data looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.instrument.masking_labels import masking_labels
from dashboards.palette import EMOTIONS, MASKED, ROLES, SOUNDS, defect_label, language_name
from qa_pipeline.audio.defects import Defect
from qa_pipeline.published.snapshot import Row
from qa_pipeline.transcription.languages import LANGUAGE_NAMES
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.missing_labels import Label, gives
from qa_pipeline.wording.rules import SEVERITIES, severity_label

KIND_COLOURS = {
    "dead_air": "blue",
    "overlap": "yellow",
    "interruption": "orange",
    "defect": "red",
    "unrecorded": "gray",
    "recording": "primary",
    "comment": "green",
    "rule": "violet",
    "masked": MASKED,
} | {kind: mark.colour for kind, mark in SOUNDS.items()}
"""Kind of a finding → one of the theme's named colours, or a colour of the palette."""

PLACES = {
    name: f"{{{name}}}"
    for name in (
        "all", "at", "findings", "length", "link", "n", "party", "role", "seconds", "sentences", "share", "shown",
        "turn",
    )
}  # fmt: skip
"""Places of a text that the browser fills: they are kept as they are."""


def labels(unsure_below: float, more_keys: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The texts by the names that the browser's side gives them. `more_keys` are those of what stands beside it, with
    what they do, for the one list of keys."""
    return {
        "instrument": t("Sound and transcript of the call"),
        "controls": t("Player"),
        "play": t("Play"),
        "pause": t("Pause"),
        "back": t("Back 5 seconds"),
        "forth": t("Forward 5 seconds"),
        "speed": t("Speed"),
        "heard": t("Who is heard"),
        "hear": t("Hear {party}", **PLACES),
        "swap": t("Swap agent and customer"),
        "zoom": t("Zoom"),
        "zoom_in": t("Zoom in"),
        "zoom_out": t("Zoom out"),
        "whole": t("Show the whole call"),
        "copy": t("Copy link to this moment"),
        "copied": t("Copied: the link to {at}.", **PLACES),
        "not_copied": t("This browser copies nothing; the link is {link}", **PLACES),
        "keys": t("Keys"),
        "keys_on": t("Use these keys"),
        "close": t("Close"),
        "place": t("Place in the call"),
        "at_of": t("{at} of {length}", **PLACES),
        "drawn": t(
            "The outline of the sound over {length}, who spoke when, and {findings} findings. The {sentences} "
            "sentences and the findings are listed below.",
            **PLACES,
        ),
        "shape": t("Layout of the transcript"),
        "one": t("Conversation"),
        "two": t("Two columns"),
        "unit": t("Parts of the transcript"),
        "sentences": t("Sentences"),
        "turns": t("Turns"),
        "find": t("Find in this call"),
        "hit_before": t("Hit before"),
        "hit_after": t("Next hit"),
        "hit_of": t("{n} of {all}", **PLACES),
        "no_hits": t("no hits"),
        "follow": t("Follow"),
        "transcript": t("Transcript"),
        "unsure": t("Grey, dotted words: the engine was less than {share} sure of them.", share=f"{unsure_below:.0%}"),
        "findings": t("Findings"),
        "findings_shown": t("{shown} of {all} in the stretch shown", **PLACES),
        "no_findings": t("none"),
        "kinds_shown": t("Kinds of findings to show"),
        "no_words": t("No words were recognized in this call."),
        "not_loaded": t("The call could not be loaded. Reload the page."),
        "no_sound": t("The sound can't be played here."),
        "play_from": t("Play from {at}, {role}", **PLACES),
        "sure": t("{share} sure", **PLACES),
        "no_language": t("language not labelled"),
        "by": {"text": t("by its text"), "metadata": t("by the metadata")},
        "seconds": t("{n} s", **PLACES),
        "turn": t("turn {turn}", **PLACES),
        "long": t("{seconds} long", **PLACES),
        "after_silence": t("after {seconds} of silence", **PLACES),
        "with_overlap": t("{seconds} of overlap", **PLACES),
        "interrupts": t("interrupts turn {turn}, {seconds}", **PLACES),
        "backchannel": t("back-channel"),
        "kinds": {
            "recording": t("Recording"),
            "defect": t("Defect"),
            "unrecorded": t("Not recorded"),
            "dead_air": t("Dead air"),
            "interruption": t("Interruption"),
            "overlap": t("Overlap"),
            "ringing": t("Ringing"),
            "tone": t("Tone"),
            "music": t("Music"),
            "announcement": t("Announcement"),
            "comment": t("Comment"),
            "rule": t("Rule"),
            "masked": t("Masked"),
        },
        "severities": {severity: severity_label(severity) for severity in SEVERITIES},
        **masking_labels(),
        "defects": {str(defect): defect_label(defect) for defect in Defect},
        "help": [
            *map(list, more_keys),
            [t("Space"), t("play, pause")],
            ["← →", t("5 seconds back, forward")],
            ["J K", t("next finding, finding before")],
            [", .", t("slower, faster")],
            ["+ − 0", t("zoom in, out, whole call")],
            ["F", t("follow the sound in the transcript")],
            ["/", t("find in this call")],
            ["?", t("these keys")],
        ],
    }


def looks(channels: Sequence[Row], unsure_below: float) -> dict[str, Any]:
    """How words of the data are shown. `channels` are rows of `what_became_of_channels`: they say whose sentences
    could have a language or an emotion, so that a missing one is said there and nowhere else."""
    return {
        "roles": {role: {"label": mark.label, "colour": mark.colour} for role, mark in ROLES.items()},
        "emotions": {emotion or "": {"label": mark.label, "colour": mark.colour} for emotion, mark in EMOTIONS.items()},
        "languages": {code: language_name(code) for code in LANGUAGE_NAMES},
        "kinds": KIND_COLOURS,
        "sounds": {kind: mark.colour for kind, mark in SOUNDS.items()},
        "worded": sorted(roles_with(channels, "language")),
        "felt": sorted(roles_with(channels, "emotion")),
        "unsure_below": unsure_below,
        "transcribed": any(channel["engine"] for channel in channels),
    }


def roles_with(channels: Sequence[Row], label: Label) -> set[str]:
    """The roles whose sentences have such a label, or could have one by their engine and model."""
    return {
        channel["role"]
        for channel in channels
        if channel[f"has_{label}"] or (channel["model"] and gives(channel["model"], label, channel["engine"] or ""))
    }

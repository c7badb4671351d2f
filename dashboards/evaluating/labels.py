"""Every text of the form that is not of a card, in the reader's language."""

from __future__ import annotations

from typing import Any

from dashboards.palette import ROLES
from qa_pipeline.wording.languages import t

PLACES = {
    name: f"{{{name}}}"
    for name in ("answer", "answers", "at", "by", "mine", "n", "questions", "quote", "reason", "who")
}
"""Places of a text that the browser fills: they are kept as they are."""


def form_labels() -> dict[str, Any]:
    """The texts by the names that the browser's side gives them."""
    return {
        "form": t("Evaluation form"),
        "states": {
            "saved": t("Saved"),
            "saving": t("Saving …"),
            "kept": t("Not saved – your answers are kept here"),
            "conflict": t("An answer waits for your decision"),
        },
        "not_loaded": t("The form could not be loaded. Reload the page."),
        "not_reached": t("The server does not answer. The form tries again by itself."),
        "blind": t(
            "This evaluation is blind: what machines and other people answered, and the figures of the call, are "
            "hidden until you submit it."
        ),
        "not_asked": t("Not asked: its condition does not hold."),
        "critical": {
            "customer": t("critical to customers"),
            "business": t("critical to the business"),
            "compliance": t("critical to compliance"),
        },
        "bonus": t("bonus"),
        "not_scored": t("not scored"),
        "instructions": t("Instructions"),
        "definitions": t("What the options mean"),
        "not_applicable": t("Not applicable"),
        "no_answer": t("no answer"),
        "clear": t("Clear"),
        "evidence": t("Evidence"),
        "evidence_of": t("Evidence"),
        "play_evidence": t("Play from {at}: {quote}", **PLACES),
        "drop_evidence": t("Remove the evidence at {at}", **PLACES),
        "comment": t("Comment"),
        "comment_on": t("Comment on this answer"),
        "comment_demanded": t("The card demands a comment with this answer."),
        "no_number": t("Write a number."),
        "point": t("1 point"),
        "points": t("{n} points", **PLACES),
        "fails": {"card": t("fails the card"), "section": t("fails the section")},
        "proposed": t("Proposal: {answer} ({by})", **PLACES),
        "take": t("Take it"),
        "taken": t("taken"),
        "answered_by": t("answered by {who}, {at}", **PLACES),
        "changed_by": t("Changed by {who}: {questions}", **PLACES),
        "conflict": t(
            "{who} answered “{answer}” at {at}, after you opened this. Yours is “{mine}”. Which one counts?", **PLACES
        ),
        "keep_mine": t("Keep mine"),
        "take_theirs": t("Take the other"),
        "refused": t("Not accepted: {reason}", **PLACES),
        "unsaved": t(
            "This evaluation can't be changed any more. These answers of yours were not saved: {answers}", **PLACES
        ),
        "moments": t("Comments at a moment"),
        "new_moment": t("Comment at this moment of the call"),
        "add_at": t("Add at {at}", **PLACES),
        "add_whole": t("Add to the whole call"),
        "play_from": t("Play from {at}", **PLACES),
        "submit": t("Submit"),
        "release": t("Release to the agent"),
        "withdraw": t("Give up this draft"),
        "withdraw_sure": t("Give up this draft? Its answers stay in the history, and count nowhere."),
        "cancel": t("Cancel"),
        "save_first": t("Not everything is saved yet. Nothing was submitted."),
        "not_done": t("The server did not answer. Try again; nothing is done twice."),
        "look_again": t("It was changed elsewhere. Look at it as it is now, and try again."),
        "done": {
            "submit": t("Submitted."),
            "release": t("Released: the agent can see it."),
            "withdraw": t("Given up."),
        },
        "roles": {role: mark.label for role, mark in ROLES.items()},
        "keys_hint": t("Keys: 1–9 options, N not applicable, ↑ ↓ questions, C comment, E evidence, ? all of them"),
    }


def form_keys() -> list[tuple[str, str]]:
    """The keys of the form with what they do, for the player's list of keys."""
    return [
        ("1–9", t("form: choose an option")),
        ("N", t("form: not applicable")),
        ("↑ ↓", t("form: question before, next question")),
        ("C", t("form: comment on the answer")),
        ("E", t("form: take clicked or selected sentences as evidence; Esc ends it")),
        ("P", t("form: take the proposal")),
        ("D", t("form: instructions, and what the options mean")),
        ("M", t("form: comment at this moment")),
    ]

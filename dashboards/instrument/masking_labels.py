"""The texts about what was masked, in the reader's language."""

from __future__ import annotations

from typing import Any

from qa_pipeline.wording.languages import t

_PLACES = {name: f"{{{name}}}" for name in ("kind", "n", "party", "rest")}
"""Places that the browser fills: they are kept as they are."""


def masking_labels() -> dict[str, Any]:
    """The texts by the names that the browser's side gives them; `masked_kinds` are what may be masked, as the column
    `redactions.kind` has it."""
    return {
        "masked_place": t("masked: {kind}", **_PLACES),
        "masked_but": t("masked: {kind}, ending in {rest}", **_PLACES),
        "masked_count": t("Masked places: {n}. They are silent in the sound.", **_PLACES),
        "masked_unplaced": t(
            "It is not known when something masked is said, so {party} is not heard at all.", **_PLACES
        ),
        "show_masked": t("Show what was masked"),
        "hide_masked": t("Mask it again"),
        "look_logged": t("Who looks, when, at which call and why is written into a log that others read."),
        "unmask_what": t("What to show"),
        "unmask_text": t("The text"),
        "unmask_sound": t("The sound, played here"),
        "unmask_export": t("The sound as a file"),
        "unmask_reason": t("Why you look (without what was masked)"),
        "unmask_go": t("Show"),
        "cancel": t("Cancel"),
        "unmasked_text": t("Sentences shown as they were said: {n}.", **_PLACES),
        "unmasked_sound": t("What was masked is heard."),
        "unmasked_missing": t("Sentences whose raw JSON is missing: {n}.", **_PLACES),
        "look_noted": t("This look is in the log."),
        "masked_kinds": {
            "card": t("card number"),
            "phone": t("phone number"),
            "email": t("e-mail address"),
            "iban": t("IBAN"),
            "id_number": t("ID number"),
            "account": t("account number"),
            "ip": t("IP address"),
            "date_of_birth": t("date of birth"),
            "name": t("name"),
            "digits": t("number"),
            "order_number": t("order number"),
        },
    }

"""What is said of a call that has both parties on one channel."""

from __future__ import annotations

from qa_pipeline.voices.telling import Unsure
from qa_pipeline.wording.languages import t, to_translate

WHY_UNSURE: dict[Unsure, str] = {
    Unsure.TOO_SHORT: to_translate("there is too little speech to know the voices"),
    Unsure.ONE_VOICE: to_translate("only one voice is heard"),
    Unsure.BADLY_SEPARATED: to_translate("the two voices are too much alike"),
    Unsure.MORE_THAN_TWO: to_translate("more than two voices are heard"),
    Unsure.HARDLY_HEARD: to_translate("the second voice is hardly heard"),
    Unsure.NO_SPEECH: to_translate("nobody is heard to speak"),
    Unsure.NO_TIMES: to_translate("the model gives no times to divide the text by"),
    Unsure.NOT_TOLD: to_translate("the recording could not be listened to"),
}

FORMS: dict[str, str] = {
    "stereo": to_translate("a channel per party"),
    "parts": to_translate("a recording per party"),
    "tracks": to_translate("a track per party"),
    "channels": to_translate("more than two channels"),
    "diarized": to_translate("one channel, divided by voice"),
    "unsure": to_translate("one channel, divided by voice, unsure"),
    "single": to_translate("one channel, one text without roles"),
}
"""Form in which a call was handed over (`calls.form`, and `unsure` of filters) → in words."""


def form_label(form: str) -> str:
    """A form in the reader's language; one of a later version as it is."""
    return t(FORMS.get(form, form))


def voices_sentence(
    form: str | None, *, separation: float | None, is_unsure: bool | None, reason: str | None
) -> str | None:
    """How agent and customer were told apart, as the end of a line or a sentence of its own; None for calls with a
    channel for each. The parameters are the columns of `calls`."""
    if form == "single":
        return t("one channel, kept as one text without roles")
    if form != "diarized":
        return None
    measured = "" if separation is None else t(" (separation {value})", value=f"{separation:.2f}")
    if is_unsure:
        why = WHY_UNSURE.get(Unsure(reason), "") if reason in set(Unsure) else ""
        why = t(why) if why else t("see the table calls")
        return t("one channel, agent and customer told by voice: UNSURE, {why}{measured}", why=why, measured=measured)
    if separation is None:
        return t("one channel, agent and customer as its transcript names them")
    return t("one channel, agent and customer told by voice{measured}", measured=measured)

"""What is said of a call that has both parties on one channel."""

from __future__ import annotations

from qa_pipeline.voices.telling import Unsure

WHY_UNSURE: dict[Unsure, str] = {
    Unsure.TOO_SHORT: "there is too little speech to know the voices",
    Unsure.ONE_VOICE: "only one voice is heard",
    Unsure.BADLY_SEPARATED: "the two voices are too much alike",
    Unsure.MORE_THAN_TWO: "more than two voices are heard",
    Unsure.HARDLY_HEARD: "the second voice is hardly heard",
    Unsure.NO_SPEECH: "nobody is heard to speak",
    Unsure.NO_TIMES: "the model gives no times to divide the text by",
    Unsure.NOT_TOLD: "the recording could not be listened to",
}


def voices_sentence(
    form: str | None, *, separation: float | None, is_unsure: bool | None, reason: str | None
) -> str | None:
    """How agent and customer were told apart, as the end of a line or a sentence of its own; None for calls with a
    channel for each. The parameters are the columns of `calls`."""
    if form == "single":
        return "one channel, kept as one text without roles"
    if form != "diarized":
        return None
    measured = "" if separation is None else f" (separation {separation:.2f})"
    if is_unsure:
        why = WHY_UNSURE.get(Unsure(reason), "") if reason in set(Unsure) else ""
        return f"one channel, agent and customer told by voice: UNSURE, {why or 'see the table calls'}{measured}"
    if separation is None:
        return "one channel, agent and customer as its transcript names them"
    return f"one channel, agent and customer told by voice{measured}"

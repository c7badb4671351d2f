"""What a model is told that transcribes only because it is asked to: the prompt, with the context behind it."""

from __future__ import annotations

NO_SPEECH = "[no speech]"
"""What the default prompt asks for where nobody speaks: such a model always answers something."""

DEFAULT_PROMPT = (
    "Transcribe this recording word for word, in the language that is spoken in it. Write the transcript and nothing "
    "else: no translation, no summary, no remark, no speaker labels, no time stamps. If nobody speaks in it, write "
    f"only {NO_SPEECH}"
)


def transcription_prompt(prompt: str | None, context: str | None) -> str:
    """`prompt`, or the default one; `context` follows as words that may occur, not as words that do."""
    asked = prompt or DEFAULT_PROMPT
    if not context:
        return asked
    return f"{asked}\n\nNames and terms that may occur in the recording, for their spelling only:\n{context}"

"""Whether a model takes a recording, asked before a byte is sent; and which model would, where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa_pipeline.transcription.models import CONTEXT_TURN_CHARACTERS, MB, MODELS, AudioForm, Model

BASE64_GROWTH = 4 / 3
"""Inline audio is limited as it is encoded: four characters for three bytes."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request would carry. None: not known, as of the audio behind an address.

    `name` is the recording as its user knows it; sizes in bytes, durations in seconds; `container` as
    `audio.formats` names it; `region` as `dashscope.regions` does.
    """

    name: str
    form: AudioForm = "upload"
    container: str | None = None
    size_bytes: int | None = None
    duration_s: float | None = None
    language: str | None = None
    enable_itn: bool = False
    sample_rate_hz: int | None = None
    context_tokens: int = 0
    context_turns: int = 0
    region: str | None = None


AskOf = Callable[[Model], Ask]
"""What the request would be for each model, where that depends on it: one gets a file, another a cut of it inline."""


def refusal(model: Model, ask: Ask | AskOf) -> str | None:
    """Why `model` does not take what is asked, as one sentence with the fix; None where it does."""
    reason = next(_reasons(model, _for(model, ask)), None)
    if reason is None:
        return None
    others = ", ".join(takers(ask))
    return f"{reason}; {others} would take it" if others else f"{reason}; no model would take it"


def takers(ask: Ask | AskOf) -> tuple[str, ...]:
    """Ids of the models on offer that take what is asked, in the order of the table."""
    return tuple(
        model.id
        for model in MODELS
        if model.retired_on is None and next(_reasons(model, _for(model, ask)), None) is None
    )


def _for(model: Model, ask: Ask | AskOf) -> Ask:
    return ask if isinstance(ask, Ask) else ask(model)


def _reasons(model: Model, ask: Ask) -> Iterator[str]:
    yield from _place(model, ask)
    yield from _audio(model, ask)
    yield from _words(model, ask)


def _place(model: Model, ask: Ask) -> Iterator[str]:
    if ask.region in ("beijing", "singapore", "us", "hongkong") and ask.region not in model.regions:
        yield f"{model.id} is not offered in the region {ask.region} (it is in {', '.join(model.regions)})"
    if ask.form not in model.audio_forms:
        yield f"{model.id} takes no audio by {ask.form} (it does by {', '.join(model.audio_forms)})"


def _audio(model: Model, ask: Ask) -> Iterator[str]:
    if ask.container is not None and ask.container not in model.formats:
        yield f"{ask.name} is {ask.container}; {model.id} takes {', '.join(sorted(model.formats))}"
    if ask.sample_rate_hz is not None and model.sample_rates_hz and ask.sample_rate_hz not in model.sample_rates_hz:
        rates = ", ".join(f"{rate:,}" for rate in model.sample_rates_hz)
        yield f"{ask.name} has {ask.sample_rate_hz:,} samples a second; {model.id} takes {rates}"
    if ask.size_bytes is not None:
        sent = ask.size_bytes * BASE64_GROWTH if ask.form == "base64" else ask.size_bytes
        if sent > model.max_bytes:
            how = " as Base64" if ask.form == "base64" else ""
            most = f"{model.max_bytes:,} ({byte_size(model.max_bytes)})"
            yield f"{ask.name} has {sent:,.0f} bytes{how}; {model.id} takes {most}"
    if ask.duration_s is not None and ask.duration_s > model.max_duration_s:
        most = spoken_length(model.max_duration_s)
        yield f"{ask.name} lasts {spoken_length(ask.duration_s)}; {model.id} takes {most}"


def _words(model: Model, ask: Ask) -> Iterator[str]:
    if ask.language is not None and ask.language not in model.languages:
        known = f"it takes {', '.join(model.languages)}" if model.languages else "it finds the language itself"
        yield f"{model.id} takes no language {ask.language!r} ({known})"
    if ask.enable_itn and not model.itn_languages:
        yield f"{model.id} has no inverse text normalization (enable_itn)"
    elif ask.enable_itn and ask.language is not None and ask.language not in model.itn_languages:
        covered = ", ".join(sorted(model.itn_languages))
        yield f"{model.id} writes numbers as digits (enable_itn) in {covered}, not in {ask.language!r}"
    if model.max_context_turns and ask.context_turns > model.max_context_turns:
        most = f"{model.max_context_turns} of {CONTEXT_TURN_CHARACTERS} characters"
        yield f"the context makes {ask.context_turns} turns; {model.id} takes {most}"
    if ask.context_tokens > model.max_context_tokens:
        if model.max_context_tokens:
            yield f"the context has about {ask.context_tokens:,} tokens; {model.id} takes {model.max_context_tokens:,}"
        else:
            yield f"{model.id} takes no context"


def spoken_length(seconds: float) -> str:
    """A duration as people say it: `12 h 0 min 1 s`, `5 min`, `7.5 s`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours:.0f} h"] if hours else []
    if minutes or (hours and left):
        parts.append(f"{minutes:.0f} min")
    if left or not parts:
        parts.append(f"{left:.3f}".rstrip("0").rstrip(".") + " s")
    return " ".join(parts)


def byte_size(size_bytes: int) -> str:
    """A limit as the reference pages write it: `10 MB`, `2 GB` (1,024 each)."""
    megabytes = size_bytes / MB
    return f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes:g} MB"

"""`qa-pipeline models`: the table of recognition models, as the code itself uses it."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.table import Table

from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.transcription.limits import byte_size, spoken_length
from qa_pipeline.transcription.models import MODELS, Model, UnknownModel, find_model

HOW = {
    "file_url": "a task, one recording",
    "file_urls": "a task, several recordings",
    "file_urls_turns": "a task, one recording",
    "asr_message": "at once, or streamed",
    "bare_message": "at once, or streamed",
    "paired_messages": "at once, or streamed",
    "chat": "streamed, with a prompt",
}
NOT_PUBLISHED = "not published"


def list_models(*, as_json: bool) -> int:
    """Prints every model, the one in force marked; as JSON with every fact of the table."""
    in_force = load_settings().model
    if as_json:
        typer.echo(json.dumps([facts(model) for model in MODELS], ensure_ascii=False, indent=2))
        return EXIT_OK
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("model", no_wrap=True)
    for heading in ("how", "up to", "gives besides text", "US$ an hour"):
        table.add_column(heading, overflow="fold")
    for model in MODELS:
        table.add_row(
            model.id + (" *" if in_force in model.names else ""),
            "task" if model.is_task_based else HOW[model.request].split(",")[0],
            f"{spoken_length(model.max_duration_s)}, {byte_size(model.max_bytes)}",
            ", ".join(_given(model)) or "–",
            _price_of_an_hour(model),
        )
    out.print(table)
    mark = f"* QA_MODEL is {in_force}." if in_force != "auto" else "QA_MODEL is auto: chosen for each recording."
    out.print(f"\n{mark} Prices are list prices of one channel; ~ is estimated from a price of tokens.", markup=False)
    out.print("`qa-pipeline models show ID` shows all of one; docs/models.md says what each is for.", markup=False)
    return EXIT_OK


def show_model(model_id: str, *, as_json: bool) -> int:
    """Prints all that the table knows of one model.

    Raises:
        CommandError: no such model.
    """
    try:
        model = find_model(model_id)
    except UnknownModel as error:
        raise CommandError(str(error)) from error
    known = facts(model)
    if as_json:
        typer.echo(json.dumps(known, ensure_ascii=False, indent=2))
        return EXIT_OK
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in known.items():
        table.add_row(name.replace("_", " "), _spoken(value))
    out.print(table)
    return EXIT_OK


def facts(model: Model) -> dict[str, Any]:
    """All that the table says of a model; sizes in bytes, durations in seconds, prices for a channel-second."""
    return {
        "id": model.id,
        "other_ids": list(model.aliases),
        "how": HOW[model.request],
        "streams": model.streams,
        "regions": list(model.regions),
        "audio_by": list(model.audio_forms),
        "max_bytes": model.max_bytes,
        "max_duration_s": model.max_duration_s,
        "formats": sorted(model.formats),
        "languages": list(model.languages),
        "returns_sentence_times": model.returns_sentence_times,
        "returns_word_times": model.returns_word_times,
        "returns_language": model.returns_language,
        "returns_emotion": model.returns_emotion,
        "max_context_tokens": model.max_context_tokens,
        "itn_languages": sorted(model.itn_languages),
        "price_per_s_usd": dict(model.price_per_s_usd),
        "price_per_million_tokens_usd": {region: list(pair) for region, pair in model.price_per_million_tokens_usd},
        "requests_per_minute": model.requests_per_minute,
        "requests_per_minute_by_region": dict(model.requests_per_minute_by_region),
        "sample_rates_hz": list(model.sample_rates_hz),
        "max_recordings_per_task": model.max_urls,
        "takes_vocabulary_id": model.takes_vocabulary_id,
        "takes_hot_words": model.takes_hot_words,
        "takes_word_filter": model.takes_word_filter,
        "takes_diarization": model.takes_diarization,
        "max_context_turns": model.max_context_turns,
        "retired_on": model.retired_on,
        "successor": model.successor,
    }


def _given(model: Model) -> list[str]:
    kinds = {
        "sentence times": model.returns_sentence_times,
        "word times": model.returns_word_times,
        "language": model.returns_language,
        "emotion": model.returns_emotion,
    }
    return [name for name, given in kinds.items() if given]


def _yes(value: bool) -> str:
    return "yes" if value else "–"


def _price_of_an_hour(model: Model) -> str:
    if model.retired_on:
        return f"retired {model.retired_on}: {model.successor}"
    prices = [f"{region} {usd * 3600:.4f}" for region, usd in model.price_per_s_usd]
    prices += [f"{region} ~{model.price(region) * 3600:.4f}" for region, _ in model.price_per_million_tokens_usd]
    return ", ".join(prices) or NOT_PUBLISHED


def _figure(figure: Any) -> str:
    """A price, a pair of prices (in and out), or a number of requests."""
    if isinstance(figure, list):
        return " in, ".join(f"{usd:g}" for usd in figure) + " out"
    return f"{figure:.6f}" if isinstance(figure, float) else f"{figure:,}"


def _spoken(value: Any) -> str:
    match value:
        case bool():
            return _yes(value)
        case list():
            return ", ".join(map(str, value)) or "–"
        case None:
            return "–"
        case dict():
            return ", ".join(f"{region} {_figure(figure)}" for region, figure in value.items()) or NOT_PUBLISHED
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}"
        case _:
            return str(value)

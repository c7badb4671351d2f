"""What `qa-pipeline transcribe` was asked for: recordings, options and a model, checked before a byte is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.probing import AudioProbe, TruncatedAudio, probe
from qa_pipeline.commands.transcribe.audio_urls import is_url, url_to_send
from qa_pipeline.dispatch.context_files import read_contexts
from qa_pipeline.recordings.sound_handling import Handling
from qa_pipeline.terminal import CommandError
from qa_pipeline.transcription.choosing import AUTO, NoModel, choose
from qa_pipeline.transcription.context import ContextError, context_turns, estimate_tokens
from qa_pipeline.transcription.hot_words import read_hot_words
from qa_pipeline.transcription.inline_audio import file_form
from qa_pipeline.transcription.languages import REQUEST_LANGUAGES
from qa_pipeline.transcription.limits import Ask, byte_size, refusal
from qa_pipeline.transcription.models import MODELS, QWEN3_FILETRANS, AudioForm, Model, find_model
from qa_pipeline.transcription.word_filter import require_word_filter

SPEAKERS = range(2, 101)


@dataclass(frozen=True, slots=True)
class Options:
    """The command's options as they were typed, but `context`, which is the text of its file."""

    channels: tuple[int, ...] = ()
    language: str | None = None
    itn: bool = False
    words: bool = False
    context: str | None = None
    prompt: str | None = None
    vocabulary_id: str | None = None
    special_word_filter: str | None = None
    hot_words: str | None = None
    diarize: bool = False
    speakers: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One recording: a local file with what it holds, or an address of which nothing is known. `missing`: what a file
    that was cut off lacks, in a sentence."""

    name: str
    path: Path | None = None
    url: str | None = None
    found: AudioProbe | None = None
    missing: str | None = None

    def channels(self, asked: Sequence[int]) -> tuple[int, ...]:
        """The channels that are transcribed: those asked for, else all of a file and the first of an address."""
        if asked:
            return tuple(dict.fromkeys(asked))
        return tuple(range(self.found.channels)) if self.found else (0,)


def find_source(text: str, channels: Sequence[int]) -> Source:
    """Looks at a file; an address is not asked, but brought into the form that travels.

    Raises:
        CommandError: the file can't be used, or has no such channel; the address can't be fetched as it is.
    """
    if is_url(text):
        return Source(text.strip().partition("?")[0], url=url_to_send(text))
    path = Path(text).expanduser().absolute()
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError as error:
        raise CommandError(f"{path} is not there") from error
    except OSError:
        size_bytes = 0  # the probe says what is wrong
    most = max(model.max_bytes for model in MODELS)
    if size_bytes > most:  # before it is opened: a decoder takes minutes to read gigabytes that are not sound
        takes = f"{most:,} ({byte_size(most)})"
        raise CommandError(
            f"{path.name} has {size_bytes:,} bytes; no model takes more than {takes}: split the recording"
        )
    missing: str | None = None
    try:
        found = probe(path)
    except TruncatedAudio as error:
        found, missing = error.held, error.sentence
    except UnusableAudio as error:
        raise CommandError(error.sentence) from error
    if outside := [channel for channel in channels if not 0 <= channel < found.channels]:
        raise CommandError(f"{path.name} has {found.channels} channels, counted from 0; it has no channel {outside[0]}")
    return Source(path.name, path=path, found=found, missing=missing)


def check_whole(sources: Sequence[Source], on_truncated: Handling) -> list[str]:
    """What recordings that were cut off lack, in sentences.

    Raises:
        CommandError: one was cut off, and such recordings are not to be sent.
    """
    missing = [source.missing for source in sources if source.missing]
    if missing and on_truncated == "quarantine":
        raise CommandError(missing[0])
    return missing


def read_context(path: Path | None) -> str | None:
    """The text of `--context`.

    Raises:
        CommandError: no file, no text, or empty.
    """
    if path is None:
        return None
    file = path.expanduser().absolute()
    if not file.is_file():
        raise CommandError(f"--context {path} is not a file")
    try:
        company = read_contexts(file, must_exist=True).company
    except ContextError as error:
        raise CommandError(f"--context: {error}") from error
    if company is None or not company.text:
        raise CommandError(f"--context {path} has no text in it")
    return company.text


def check_options(options: Options) -> None:
    """Refuses what is wrong whatever the model is.

    Raises:
        CommandError: the option, its value and what is allowed.
    """
    if options.language is not None and options.language not in REQUEST_LANGUAGES:
        raise CommandError(f"--language {options.language!r} is not one of the codes: {', '.join(REQUEST_LANGUAGES)}")
    if options.speakers is not None and not options.diarize:
        raise CommandError("--speakers says how many voices --diarize tells apart; give --diarize too")
    if options.speakers is not None and options.speakers not in SPEAKERS:
        raise CommandError(f"--speakers takes {SPEAKERS.start} to {SPEAKERS.stop - 1}, not {options.speakers}")
    if options.special_word_filter is not None:
        try:
            require_word_filter(options.special_word_filter)
        except ValueError as error:
            raise CommandError(f"--special-word-filter: {error}") from error
    if options.hot_words is not None:
        try:
            read_hot_words(options.hot_words)
        except ValueError as error:
            raise CommandError(f"--hot-words: {error}") from error


def pick_model(name: str, sources: Sequence[Source], options: Options, region: str | None) -> tuple[Model, str | None]:
    """The model of that id, which must be one; for `auto` the one that fits, and why.

    Raises:
        CommandError: no model takes the recording.
    """
    if name != AUTO:
        return find_model(name), None
    try:
        ask = _ask_of(sources[0], options, region, QWEN3_FILETRANS)
        if ask.duration_s is None:
            choice = choose(replace(ask, duration_s=QWEN3_FILETRANS.max_duration_s), words=options.words, emotion=True)
            return choice.model, "the length of an address is not known, and this model takes the longest recordings"
        choice = choose(ask, words=options.words, emotion=True)
        return choice.model, choice.reason
    except NoModel as error:
        raise CommandError(str(error)) from error


def check_model(model: Model, sources: Sequence[Source], options: Options, region: str | None) -> None:
    """Holds recordings and options against what the model takes.

    Raises:
        CommandError: it doesn't; the message names those that would.
    """
    for option, is_given, takes in _options_by_model(options, len(sources)):
        if is_given and model.id not in takes and not set(takes) & set(model.aliases):
            raise CommandError(f"{model.id} does not take {option}; {', '.join(takes)} would")
    if len(sources) > model.max_urls:
        raise CommandError(f"{len(sources)} recordings are too many for one task; it takes {model.max_urls}")
    for source in sources:
        _check_channels(model, source, options)
        if reason := refusal(model, partial(_ask_of, source, options, region)):
            raise CommandError(reason)


def _options_by_model(options: Options, source_count: int) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """Options that only some models have a place for: as typed, whether given, and the ids of those models."""
    tasks_of_many = tuple(model.id for model in MODELS if model.max_urls > 1)
    prompted = tuple(model.id for model in MODELS if model.request == "chat")
    yield "several recordings at once", source_count > 1, tasks_of_many
    yield "--prompt", options.prompt is not None, prompted
    yield "--words", options.words, tuple(model.id for model in MODELS if model.returns_word_times)
    vocabulary = tuple(model.id for model in MODELS if model.takes_vocabulary_id)
    yield "--vocabulary-id", options.vocabulary_id is not None, vocabulary
    hot_words = tuple(model.id for model in MODELS if model.takes_hot_words)
    yield "--hot-words", options.hot_words is not None, hot_words
    word_filter = tuple(model.id for model in MODELS if model.takes_word_filter)
    yield "--special-word-filter", options.special_word_filter is not None, word_filter
    yield "--diarize", options.diarize, tuple(model.id for model in MODELS if model.takes_diarization)


def _check_channels(model: Model, source: Source, options: Options) -> None:
    if options.diarize and source.found is not None and source.found.channels > 1:
        raise CommandError(
            f"--diarize tells voices of a mono recording apart; {source.name} has {source.found.channels} channels, "
            "which keep the speakers apart already: leave it out"
        )
    if not model.is_task_based and source.url is not None and options.channels:
        raise CommandError(
            f"{model.id} averages the channels of what it fetches; give the recording as a file, of which one channel "
            "can be cut, or ask a model that keeps them apart"
        )


def _ask_of(source: Source, options: Options, region: str | None, model: Model) -> Ask:
    """What is known of a request before it is made. A file of several channels is cut here, into WAV that fits."""
    ask = Ask(
        source.name,
        form="upload" if (source.url or "").startswith("oss://") else "url",
        language=options.language,
        enable_itn=options.itn,
        context_tokens=estimate_tokens(options.context or ""),
        context_turns=len(context_turns(options.context or "")),
        region=region,
    )
    found = source.found
    if found is None:
        return ask
    if not model.is_task_based and found.channels > 1:
        form: AudioForm = "base64" if "base64" in model.audio_forms else "upload"
        return replace(ask, form=form, duration_s=found.duration_s)
    form = "upload" if model.is_task_based else file_form(model, found.container, found.size_bytes)
    known = replace(
        ask, form=form, container=found.container, size_bytes=found.size_bytes, sample_rate_hz=found.sample_rate
    )
    return replace(known, duration_s=found.duration_s)

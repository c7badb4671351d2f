"""Whether a folder holds a Whisper model that CTranslate2 can load, and what it is called.

Files that were pulled must have the sha256 they were checked against. Any other folder with a converted Whisper is
taken, too: its name and the beginning of its weights' sha256 stand in every transcript.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.local_service.recognizers.whisper_tokens import NO_TIMES, START, WhisperTokens, read_tokens
from qa_pipeline.local_service.weights.catalogue import WHISPER_MODEL, WHISPER_SETS
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.local_service.weights.placed import placed_sha256, read_manifest

CONFIG_NAME = "config.json"

OTHER_NAMES = {"1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a": "tiny.en"}
"""Published weights that are known by their sha256 and not pulled by name."""

SHOWN_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class WhisperWeights:
    """A model's folder, looked into: its tokens, the sha256 of its weights, and what transcripts call it."""

    tokens: WhisperTokens
    sha256: str
    engine: str


def whisper_weights(folder: Path) -> WhisperWeights:
    """The model in `folder`, hashed now (a third of a second for `base`).

    Raises:
        WeightsError: a file is missing, damaged, or no model of this kind; the message names it and what to type.
    """
    sha256 = placed_sha256(folder / WHISPER_MODEL)
    if sha256 is None:
        raise WeightsError(f"{folder / WHISPER_MODEL} is missing; {advice(folder)}")
    _require_as_placed(folder, sha256)
    _require_config(folder)
    tokens = read_tokens(folder)
    try:
        tokens.special(START), tokens.special(NO_TIMES)
    except KeyError as error:
        raise WeightsError(f"the vocabulary in {folder} has no {error}: it is not Whisper's") from error
    name = _published_size(sha256) or folder.absolute().name
    return WhisperWeights(tokens, sha256, f"whisper {name} {sha256[:SHOWN_HASH_DIGITS]}")


def _published_size(sha256: str) -> str | None:
    sizes = {weights.file(WHISPER_MODEL).sha256: weights.size for weights in WHISPER_SETS}
    return (sizes | OTHER_NAMES).get(sha256)


def advice(folder: Path) -> str:
    """The command that puts a model into the folder, as the end of a message."""
    return f"run `qa-pipeline models pull whisper --dir {folder}` (without a network: with --from FOLDER)"


def _require_as_placed(folder: Path, sha256: str) -> None:
    """Files that were pulled are still what was pulled."""
    for name, placed in read_manifest(folder).items():
        actual = sha256 if name == WHISPER_MODEL else placed_sha256(folder / name)
        if actual is None:
            raise WeightsError(f"{folder / name} is missing; {advice(folder)}")
        if actual != placed.sha256:
            raise WeightsError(
                f"{folder / name} is not the file it should be (its sha256 is {actual}, expected {placed.sha256}); "
                f"delete it, then {advice(folder)}"
            )


def _require_config(folder: Path) -> None:
    """CTranslate2 would load a model of words' times without these, and fail at the first window."""
    path = folder / CONFIG_NAME
    try:
        heads = json.loads(path.read_text(encoding="utf-8"))["alignment_heads"]
    except FileNotFoundError:
        raise WeightsError(f"{path} is missing; {advice(folder)}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} is not the configuration of a converted Whisper ({error}); {advice(folder)}"
        ) from error
    if not heads:
        raise WeightsError(f"{path} names no alignment heads, which words' times are told by; convert the model anew")

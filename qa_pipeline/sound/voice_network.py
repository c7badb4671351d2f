"""Whether this machine can tell voices apart, and the network that does it.

That is asked before a recording is taken for a call of two voices on one channel: without the network it stays what it
was, one channel with nobody to tell apart.
"""

from __future__ import annotations

from importlib.util import find_spec

from qa_pipeline.local_service.weights.catalogue import VOICES
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.local_service.weights.placed import checked_weights
from qa_pipeline.settings import Settings
from qa_pipeline.voices.embedding import EMBEDDER_FILE, ENGINE_MODULE, Embedder, NoVoiceNetwork, OnnxEmbedder
from qa_pipeline.voices.telling import TELLING


def why_not_told(settings: Settings) -> str | None:
    """Why voices can't be told apart here, with the way out; None where they can. Hashes 12 MB, loads nothing."""
    if find_spec(ENGINE_MODULE) is None:
        return f"{ENGINE_MODULE} is not installed: pip install '.[diarize]'"
    try:
        checked_weights(VOICES, settings.voices_folder)
    except WeightsError as error:
        return str(error)
    return None


def open_embedder(settings: Settings) -> OnnxEmbedder:
    """The network of the settings. Raises `NoVoiceNetwork`."""
    if (problem := why_not_told(settings)) is not None:
        raise NoVoiceNetwork(problem)
    return OnnxEmbedder(settings.voices_folder / EMBEDDER_FILE)


def telling_version(embedder: Embedder) -> str:
    """`call_voices.definition_version`: the version of the telling, then the network's name."""
    return f"{TELLING}.{embedder.weights}"

"""Which weights there are: files, sizes, hashes and where each is published.

The sha256 values of SenseVoice and of the voice activity detector were read in public projects that pin them,
several that agree and none that differs; they were not measured on the files here. Whoever publishes other bytes under
the same name is refused; so is a mirror that is not one.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.local_service.weights.errors import UnknownWeights


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file: its name in the folder, its size in bytes, the sha256 (hex) of its bytes, and its address."""

    name: str
    size_bytes: int
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class WeightSet:
    """The files one recognizer needs. `licence` names the terms they are published under, for people to read."""

    id: str
    title: str
    licence: str
    files: tuple[WeightFile, ...]

    @property
    def size_bytes(self) -> int:
        """What all files take on the disk."""
        return sum(file.size_bytes for file in self.files)

    @property
    def pull_command(self) -> str:
        """What a person types to have them."""
        return f"qa-pipeline models pull {self.id}"


SENSE_VOICE_MODEL = "model.int8.onnx"
SENSE_VOICE_TOKENS = "tokens.txt"
SILERO_VAD_MODEL = "silero_vad.onnx"

_SENSE_VOICE_HOME = "https://huggingface.co/csukuangfj/sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17/resolve/main"
_SHERPA_RELEASE = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models"

SENSE_VOICE = WeightSet(
    id="sense-voice",
    title="SenseVoice small, 8-bit, exported for sherpa-onnx on 2024-07-17: zh en yue ja ko, with emotions",
    licence="FunASR model licence (SenseVoice), MIT (silero-vad)",
    files=(
        WeightFile(
            name=SENSE_VOICE_MODEL,
            size_bytes=239_233_841,
            sha256="c71f0ce00bec95b07744e116345e33d8cbbe08cef896382cf907bf4b51a2cd51",
            url=f"{_SENSE_VOICE_HOME}/{SENSE_VOICE_MODEL}",
        ),
        WeightFile(
            name=SENSE_VOICE_TOKENS,
            size_bytes=315_894,
            sha256="f449eb28dc567533d7fa59be34e2abca8784f771850c78a47fb731a31429a1dc",
            url=f"{_SENSE_VOICE_HOME}/{SENSE_VOICE_TOKENS}",
        ),
        WeightFile(
            name=SILERO_VAD_MODEL,
            size_bytes=643_854,
            sha256="9e2449e1087496d8d4caba907f23e0bd3f78d91fa552479bb9c23ac09cbb1fd6",
            url=f"{_SHERPA_RELEASE}/{SILERO_VAD_MODEL}",
        ),
    ),
)

WEIGHT_SETS: tuple[WeightSet, ...] = (SENSE_VOICE,)


def find_weights(name: str) -> WeightSet:
    """The set of that id.

    Raises:
        UnknownWeights: there is none; the message lists the known ones.
    """
    for weights in WEIGHT_SETS:
        if weights.id == name:
            return weights
    known = ", ".join(weights.id for weights in WEIGHT_SETS)
    raise UnknownWeights(f"there are no weights named {name!r}; choose one of: {known}")

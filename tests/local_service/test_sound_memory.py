"""What is remembered of a recording, and for whom."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_pipeline.local_service import sound_memory
from qa_pipeline.local_service.sound_memory import SoundMemory
from qa_pipeline.local_service.sources import SourceFile


def source(sha256: str, name: str = "a.wav") -> SourceFile:
    return SourceFile(Path(name), name, sha256, 1)


def test_two_threads_that_ask_at_once_share_one_look() -> None:
    looks: list[str] = []
    go_on = threading.Event()

    def look(path: Path) -> str:
        looks.append(path.name)
        go_on.wait(10)
        return f"fact of {path.name}"

    memory = SoundMemory(look)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(memory.of, source("same")) for _ in range(3)]
        go_on.set()
        assert {answer.result(10) for answer in answers} == {"fact of a.wav"}
    assert looks == ["a.wav"]


def test_a_failure_is_not_remembered_and_names_the_askers_own_file() -> None:
    def look(path: Path) -> str:
        raise ValueError(path.name)

    memory = SoundMemory(look)
    for name in ("mine.wav", "yours.wav"):
        with pytest.raises(ValueError, match=name):
            memory.of(source("same", name))


def test_only_the_latest_sounds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_memory, "REMEMBERED_SOUNDS", 2)
    looks: list[str] = []
    memory = SoundMemory(lambda path: looks.append(path.name))
    for name in ("a", "b", "a", "c", "a", "b"):
        memory.of(source(name, name))
    assert looks == ["a", "b", "c", "b"]

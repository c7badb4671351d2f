from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.recordings import identity
from qa_pipeline.recordings.identity import recording_id


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 1000])
def test_the_identity_is_the_sha256_of_the_bytes_however_they_are_cut(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "BLOCK_BYTES", 100)
    content = os.urandom(size)
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    assert recording_id(path) == hashlib.sha256(content).hexdigest()


def test_a_renamed_file_is_the_same_recording(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"sound")
    before = recording_id(path)
    assert recording_id(path.rename(tmp_path / "other.mp3")) == before


def test_a_file_that_can_not_be_read_has_no_identity(tmp_path: Path) -> None:
    with pytest.raises(UnusableAudio, match="No such file") as caught:
        recording_id(tmp_path / "gone.wav")
    assert caught.value.code is AudioFault.UNREADABLE
    with pytest.raises(UnusableAudio, match="not a file"):
        recording_id(tmp_path)

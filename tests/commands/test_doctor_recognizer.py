"""What `qa-pipeline doctor` says of the recognizer behind the local service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from qa_pipeline.commands.doctor.recognizer import recognizer_state
from qa_pipeline.settings import Settings, load_settings
from tests.commands.conftest import Typed
from tests.local_service.asr_server import MODEL, AsrServer, running_asr_server
from tests.local_service.tiny_sense_voice import write_weights
from tests.weights import whisper_tiny_en


@pytest.fixture(scope="module")
def running() -> Iterator[AsrServer]:
    with running_asr_server() as server:
        yield server


@pytest.fixture
def server(running: AsrServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> AsrServer:
    """A server that the settings name."""
    running.forget()
    monkeypatch.setenv("QA_LOCAL_RECOGNIZER", "openai")
    monkeypatch.setenv("QA_OPENAI_BASE_URL", running.url)
    monkeypatch.setenv("QA_OPENAI_MODEL", MODEL)
    return running


def test_as_it_comes_known_recordings_are_answered(home: Path) -> None:
    state = recognizer_state(load_settings())
    assert (state.is_ready, state.detail) == (True, "auto: known recordings only, Whisper is not installed")
    assert "qa-pipeline models pull whisper" in state.fix


def test_every_recognizer_that_can_be_set_is_looked_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in get_args(Settings.model_fields["local_recognizer"].annotation):
        monkeypatch.setenv("QA_LOCAL_RECOGNIZER", name)
        assert name in recognizer_state(load_settings()).detail


def test_with_whisper_the_model_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_WHISPER_DIR", str(whisper_tiny_en()))
    state = recognizer_state(load_settings())
    assert state.is_ready
    assert "others are heard by whisper tiny.en 1a5afae0" in state.detail


def test_a_folder_of_whisper_that_is_broken_is_a_fault_and_named(home: Path) -> None:
    folder = home / "models" / "whisper"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"half")
    state = recognizer_state(load_settings())
    assert not state.is_ready
    assert f"{folder / 'config.json'} is missing" in state.detail


def test_weights_are_looked_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LOCAL_RECOGNIZER", "sense-voice")
    missing = recognizer_state(load_settings())
    assert not missing.is_ready
    assert "model.int8.onnx is missing; run `qa-pipeline models pull sense-voice" in missing.detail
    write_weights(home / "models" / "sense-voice")
    assert recognizer_state(load_settings()).is_ready


def test_a_missing_package_is_named_with_its_extra(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LOCAL_RECOGNIZER", "sense-voice")
    monkeypatch.delitem(sys.modules, "sherpa_onnx", raising=False)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path])
    sys.path_importer_cache.clear()
    state = recognizer_state(load_settings())
    assert (state.is_ready, state.fix) == (False, "pip install '.[local-asr]'")


def test_a_server_that_answers_is_well_and_gets_no_audio(server: AsrServer) -> None:
    state = recognizer_state(load_settings())
    assert (state.is_ready, state.detail) == (True, f"openai: {server.url} answers, model {MODEL}")
    assert server.asked == []


def test_a_model_that_it_does_not_serve_is_told_with_those_it_does(
    server: AsrServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_OPENAI_MODEL", "other")
    state = recognizer_state(load_settings())
    assert (state.is_ready, state.fix) == (False, f"QA_OPENAI_MODEL is one of: {MODEL}")


def test_a_refused_key_names_the_variable(server: AsrServer) -> None:
    server.key = "sk-right"
    state = recognizer_state(load_settings())
    assert (state.is_ready, state.fix) == (False, "set QA_OPENAI_API_KEY")


def test_a_server_that_is_not_there_or_not_named_fails(server: AsrServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_OPENAI_BASE_URL", "http://user:secret@127.0.0.1:9/v1")
    away = recognizer_state(load_settings())
    assert (away.is_ready, away.fix) == (False, "start it, or correct QA_OPENAI_BASE_URL")
    assert "secret" not in away.detail
    monkeypatch.delenv("QA_OPENAI_BASE_URL")
    assert "needs openai_base_url" in recognizer_state(load_settings()).detail


def test_doctor_says_so_and_shows_no_secret(typed: Typed, server: AsrServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_OPENAI_BASE_URL", "http://user:secret@127.0.0.1:9/v1")
    monkeypatch.setenv("QA_OPENAI_API_KEY", "sk-secret")
    answer = typed("doctor")
    assert answer.code == 1
    assert "openai: http://127.0.0.1:9/v1 does not answer" in answer.out
    assert "unknown setting QA_OPENAI_API_KEY" not in answer.out
    assert "secret" not in answer.out + answer.err

"""The service's JSON on disk: byte for byte, whole or not at all, and never believed when it changed."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.ledger.raw_store import RawJsonMissing, RawStore

DOCUMENT = '{"text": "您好", "n": 1e400 }\r\n'.encode()


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


def put(store: RawStore, document: bytes = DOCUMENT) -> tuple[str, str]:
    stored = store.put("qwen3-asr-flash-filetrans", "2025-09-01", "ab" * 16, document)
    return stored.path, stored.sha256


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_come_back_as_they_were(store: RawStore, document: bytes) -> None:
    path, sha256 = put(store, document)
    assert store.get(path, sha256) == document
    assert sha256 == hashlib.sha256(document).hexdigest()


def test_a_document_lies_where_a_person_looks_for_it(store: RawStore) -> None:
    path, _ = put(store)
    assert path == f"qwen3-asr-flash-filetrans/2025-09-01/{'ab' * 16}.json"
    assert [item.name for item in (store.root / path).parent.iterdir()] == [f"{'ab' * 16}.json"]


def test_a_document_that_was_changed_is_refused(store: RawStore) -> None:
    path, sha256 = put(store)
    (store.root / path).write_bytes(DOCUMENT.replace(b"1e400", b"2e400"))
    with pytest.raises(RawJsonMissing, match=r"was changed after it was stored; restore it"):
        store.get(path, sha256)


def test_a_document_that_is_gone_is_named(store: RawStore) -> None:
    path, sha256 = put(store)
    (store.root / path).unlink()
    with pytest.raises(RawJsonMissing, match=r"abab\.json cannot be read below .*raw: No such file or directory"):
        store.get(path, sha256)


def test_a_row_without_a_path_is_missing_and_no_crash(store: RawStore) -> None:
    put(store)
    with pytest.raises(RawJsonMissing):
        store.get("", "")


def test_a_document_stored_again_is_replaced_as_a_whole(store: RawStore) -> None:
    first, _ = put(store)
    second, sha256 = put(store, b"{}")
    assert first == second
    assert store.get(second, sha256) == b"{}"


def test_a_write_that_fails_leaves_what_was_there(store: RawStore, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sha256 = put(store)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        put(store, b"half of it")
    assert store.get(path, sha256) == DOCUMENT


def test_two_that_store_the_same_answer_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    document = b'{"transcripts": []}' * 50_000
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda _: store.put("model", "2025-09-01", "same", document), range(64)))
    assert len(set(stored)) == 1
    assert store.get(stored[0].path, stored[0].sha256) == document
    assert [path.name for path in (tmp_path / "model" / "2025-09-01").iterdir()] == ["same.json"]

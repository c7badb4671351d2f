from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings import sidecars
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_sidecar


def read(path: Path, content: bytes) -> dict[str, object]:
    path.write_bytes(content)
    return read_sidecar(path, "2025-09-01/c1.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_sidecar_is_read_in_the_encodings_that_say_what_they_are(tmp_path: Path, encoding: str) -> None:
    content = json.dumps({"agent_name": "陈薇", "custom": [1, None]}, ensure_ascii=False).encode(encoding)
    assert read(tmp_path / "c1.json", content) == {"agent_name": "陈薇", "custom": [1, None]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid JSON"),
        (b'{"call_id": "c1"', "not valid JSON"),
        (b'{"duration": NaN}', "NaN is not a JSON value"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'["c1"]', "one JSON object"),
        (b"null", "one JSON object"),
        ('{"agent_name": "陈"}'.encode("gbk"), "not UTF-8"),
        (b'{"agent_name": "\\ud800"}', "not valid Unicode"),
    ],
)
def test_a_sidecar_that_can_not_be_read_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadMetadataFile, match=reason) as caught:
        read(tmp_path / "c1.json", content)
    assert str(caught.value).startswith("2025-09-01/c1.json ")


def test_a_key_of_the_product_that_is_written_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMetadataFile, match="the key agentId twice"):
        read(tmp_path / "c1.json", b'{"agentId": "a", "queue": "q", "agentId": "b"}')
    assert read(tmp_path / "c1.json", b'{"agent_id": "a", "agent_id": "a"}') == {"agent_id": "a"}


@pytest.mark.parametrize("content", [b'{"x": 1, "x": 2}', b'{"deep": {"agent_id": "a", "agent_id": "b"}}'])
def test_any_other_key_that_is_written_twice_is_a_remark(tmp_path: Path, content: bytes) -> None:
    path, remarks = tmp_path / "c1.json", list[str]()
    path.write_bytes(content)
    read_sidecar(path, "c1.json", remarks)
    assert len(remarks) == 1
    assert "twice with different values; the last was kept" in remarks[0]


def test_a_file_too_large_for_a_sidecar_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecars, "MAX_SIDECAR_BYTES", 10)
    with pytest.raises(BadMetadataFile, match="too large"):
        read(tmp_path / "c1.json", b'{"call_id": "c1"}')


def test_a_sidecar_that_has_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMetadataFile, match="No such file"):
        read_sidecar(tmp_path / "gone.json", "gone.json")


@given(content=st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_named_problem(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        found = read(tmp_path_factory.getbasetemp() / "any.json", content)
    except BadMetadataFile:
        return
    assert isinstance(found, dict)

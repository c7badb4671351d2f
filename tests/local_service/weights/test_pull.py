"""Weights come whole and right or not at all, over networks that break and from servers that change."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.local_service.weights.catalogue import WeightSet
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.local_service.weights.placed import MANIFEST_NAME, checked_weights
from qa_pipeline.local_service.weights.pull import FileProgress, Report, pull_weights
from tests.local_service.weights.conftest import MODEL_BYTES, TOKENS_BYTES, Shelf, sha256

BEGINNING = 700_000


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_full_run_places_checked_files_and_says_where_they_came_from(
    tiny: WeightSet, shelf: Shelf, tmp_path: Path
) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    heard: list[FileProgress] = []
    pulled = pull_weights(tiny, folder, report=heard.append)
    assert [(file.name, file.outcome) for file in pulled] == [("model.onnx", "fetched"), ("tokens.txt", "fetched")]
    assert names(folder) == ["model.onnx", "tokens.txt", MANIFEST_NAME]
    assert (folder / "model.onnx").read_bytes() == MODEL_BYTES
    assert checked_weights(tiny, folder) == {name: folder / name for name in ("model.onnx", "tokens.txt")}
    manifest = json.loads((folder / MANIFEST_NAME).read_text())
    assert manifest["files"]["tokens.txt"] == {
        "sha256": sha256(TOKENS_BYTES), "source": f"{shelf.url}/published/tokens.txt",
    }  # fmt: skip
    fetched = [item.done_bytes for item in heard if (item.name, item.step) == ("model.onnx", "fetch")]
    assert fetched == sorted(fetched)
    assert fetched[-1] == len(MODEL_BYTES) == heard[0].total_bytes


def test_a_second_run_fetches_nothing(tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
    pull_weights(tiny, tmp_path)
    shelf.asked.clear()
    pulled = pull_weights(tiny, tmp_path)
    assert [file.outcome for file in pulled] == ["found", "found"]
    assert pulled[0].source == f"{shelf.url}/published/model.onnx"
    assert shelf.asked == []


class TestResume:
    def test_a_cut_connection_is_gone_on_with_where_it_broke(
        self, tiny: WeightSet, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.cut_after = [BEGINNING, BEGINNING]
        pull_weights(tiny, tmp_path)
        ranges = [(asked, status) for path, asked, status in shelf.asked if path.endswith("model.onnx")]
        assert ranges[0] == (None, 200)
        assert [status for _, status in ranges] == [200, 206, 206]
        assert ranges[1][0] == f"bytes={BEGINNING}-"
        assert (tmp_path / "model.onnx").read_bytes() == MODEL_BYTES

    def test_what_an_ended_run_fetched_is_not_fetched_again_by_the_next(
        self, tiny: WeightSet, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.cut_after, shelf.statuses = [BEGINNING], []
        with pytest.raises(KeyboardInterrupt):
            pull_weights(tiny, tmp_path, report=_interrupt_at(BEGINNING))
        assert (tmp_path / "model.onnx.part").stat().st_size == BEGINNING
        shelf.asked.clear()
        pull_weights(tiny, tmp_path)
        assert shelf.asked[0][1:] == (f"bytes={BEGINNING}-", 206)
        assert names(tmp_path) == ["model.onnx", "tokens.txt", MANIFEST_NAME]

    def test_a_file_that_changed_meanwhile_is_begun_anew(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        shelf.cut_after, shelf.etags["model.onnx"] = [BEGINNING], '"old"'
        with pytest.raises(KeyboardInterrupt):
            pull_weights(tiny, tmp_path, report=_interrupt_at(BEGINNING))
        shelf.etags["model.onnx"] = '"new"'
        (tmp_path / "model.onnx.part").write_bytes(b"\0" * BEGINNING)  # what the old version began with
        shelf.asked.clear()
        pull_weights(tiny, tmp_path)
        assert shelf.asked[0][1:] == (f"bytes={BEGINNING}-", 200)
        assert (tmp_path / "model.onnx").read_bytes() == MODEL_BYTES

    @pytest.mark.parametrize("etag", ["", 'W/"weak"'], ids=["no version", "a weak version"])
    def test_without_a_version_to_hold_on_to_nothing_is_put_together(
        self, etag: str, tiny: WeightSet, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.cut_after, shelf.etags["model.onnx"] = [BEGINNING], etag
        pull_weights(tiny, tmp_path)
        assert [asked for _, asked, _ in shelf.asked] == [None, None, None]

    def test_a_server_without_ranges_sends_it_all_again(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        shelf.cut_after, shelf.takes_ranges = [BEGINNING], False
        pull_weights(tiny, tmp_path)
        assert [status for path, _, status in shelf.asked if path.endswith("model.onnx")] == [200, 200]
        assert (tmp_path / "model.onnx").read_bytes() == MODEL_BYTES

    def test_a_file_that_arrived_whole_but_was_never_checked_is_only_checked(
        self, tiny: WeightSet, shelf: Shelf, tmp_path: Path
    ) -> None:
        with pytest.raises(KeyboardInterrupt):
            pull_weights(tiny, tmp_path, report=_interrupt_at(len(MODEL_BYTES)))
        shelf.asked.clear()
        pull_weights(tiny, tmp_path)
        assert [path for path, _, _ in shelf.asked] == ["/published/tokens.txt"]

    def test_a_redirect_is_followed_and_resumed_behind(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        source = f"{shelf.url}/mirror"
        moved = WeightSet("tiny", "", "", tuple(replace(file, name=f"moved-{file.name}") for file in tiny.files))
        shelf.files |= {f"moved-{name}": b"" for name in tuple(shelf.files)}
        shelf.cut_after = [BEGINNING]
        pull_weights(moved, tmp_path, source=source)
        assert [(path, status) for path, _, status in shelf.asked][:4] == [
            ("/mirror/moved-model.onnx", 302), ("/elsewhere/model.onnx", 200),
            ("/mirror/moved-model.onnx", 302), ("/elsewhere/model.onnx", 206),
        ]  # fmt: skip
        assert (tmp_path / "moved-model.onnx").read_bytes() == MODEL_BYTES


def _interrupt_at(size: int) -> Report:
    def report(progress: FileProgress) -> None:
        if progress.step == "fetch" and progress.done_bytes >= size:
            raise KeyboardInterrupt

    return report


class TestRefusals:
    def test_a_passing_refusal_is_waited_out(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        shelf.statuses = [503, 429, 500]
        pull_weights(tiny, tmp_path)
        assert (tmp_path / "model.onnx").read_bytes() == MODEL_BYTES

    def test_a_server_that_never_sends_a_byte_is_given_up_on(
        self, tiny: WeightSet, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.statuses = [503] * 50
        with pytest.raises(WeightsError, match=r"model.onnx could not be fetched: .*503.*continues"):
            pull_weights(tiny, tmp_path)
        assert len(shelf.asked) == 5

    def test_nobody_listening_is_named(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match=r"http://127.0.0.1:9/model.onnx could not be fetched"):
            pull_weights(tiny, tmp_path, source="http://127.0.0.1:9")

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    def test_a_refusal_for_good_is_not_repeated_and_leads_elsewhere(
        self, status: int, tiny: WeightSet, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.statuses = [status]
        with pytest.raises(WeightsError, match=rf"published/model.onnx answers {status}.*--from"):
            pull_weights(tiny, tmp_path)
        assert len(shelf.asked) == 1

    def test_another_size_is_refused_before_it_is_fetched(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        shelf.files["model.onnx"] = MODEL_BYTES + b"!"
        with pytest.raises(WeightsError, match="2,048,001 bytes, expected 2,048,000"):
            pull_weights(tiny, tmp_path)
        assert names(tmp_path) == []

    def test_other_bytes_of_the_right_size_are_thrown_away(self, tiny: WeightSet, shelf: Shelf, tmp_path: Path) -> None:
        shelf.files["model.onnx"] = other = MODEL_BYTES[:-1] + b"!"
        with pytest.raises(WeightsError, match=f"{sha256(other)}, expected {sha256(MODEL_BYTES)}"):
            pull_weights(tiny, tmp_path)
        assert names(tmp_path) == []

    def test_a_full_disk_is_said_before_anything_is_fetched(
        self, tiny: WeightSet, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 10**6))
        with pytest.raises(WeightsError, match=r"1 MB free, 69 MB are needed.*--dir"):
            pull_weights(tiny, tmp_path)
        assert shelf.asked == []

    def test_a_folder_that_is_a_file_is_named(self, tiny: WeightSet, carried: Path) -> None:
        with pytest.raises(WeightsError, match=r"tokens.txt.*name another folder"):
            pull_weights(tiny, carried / "tokens.txt")

    @pytest.mark.parametrize("source", ["http://", "http://host:port"])
    def test_an_address_that_is_none_is_named(self, source: str, tiny: WeightSet, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match="not an address to fetch from"):
            pull_weights(tiny, tmp_path, source=source)

    def test_two_at_once_in_one_folder_are_kept_apart(self, tiny: WeightSet, tmp_path: Path) -> None:
        def again(progress: FileProgress) -> None:
            pull_weights(tiny, tmp_path)

        with pytest.raises(WeightsError, match="another pull"):
            pull_weights(tiny, tmp_path, report=again)


class TestFolders:
    def test_a_folder_is_copied_from_without_any_network(
        self, tiny: WeightSet, shelf: Shelf, carried: Path, tmp_path: Path
    ) -> None:
        pulled = pull_weights(tiny, tmp_path / "here", source=str(carried))
        assert [file.outcome for file in pulled] == ["copied", "copied"]
        assert pulled[1].source == str(carried / "tokens.txt")
        assert names(tmp_path / "here") == ["model.onnx", "tokens.txt", MANIFEST_NAME]
        assert shelf.asked == []

    def test_files_that_lie_where_they_shall_be_are_only_registered(
        self, tiny: WeightSet, shelf: Shelf, carried: Path
    ) -> None:
        pulled = pull_weights(tiny, carried, source=str(carried))
        assert [file.outcome for file in pulled] == ["found", "found"]
        assert names(carried) == ["model.onnx", "tokens.txt", MANIFEST_NAME]

    def test_a_missing_file_is_named_with_its_address(self, tiny: WeightSet, carried: Path, tmp_path: Path) -> None:
        (carried / "tokens.txt").unlink()
        with pytest.raises(WeightsError, match=r"carried/tokens.txt is missing.*/published/tokens.txt"):
            pull_weights(tiny, tmp_path / "here", source=str(carried))

    def test_another_file_of_that_name_is_refused_until_somebody_vouches_for_it(
        self, tiny: WeightSet, carried: Path, tmp_path: Path
    ) -> None:
        (carried / "model.onnx").write_bytes(b"fine-tuned")
        with pytest.raises(WeightsError, match=f"--sha256 model.onnx={sha256(b'fine-tuned')}"):
            pull_weights(tiny, tmp_path / "here", source=str(carried))
        own = {"model.onnx": sha256(b"fine-tuned")}
        pull_weights(tiny, tmp_path / "here", source=str(carried), vouched=own)
        assert checked_weights(tiny, tmp_path / "here")["model.onnx"].read_bytes() == b"fine-tuned"
        again = pull_weights(tiny, tmp_path / "here", source=str(carried))
        assert [file.outcome for file in again] == ["found", "found"]

    @pytest.mark.parametrize(
        ("vouched", "says"),
        [({"modle.onnx": "0" * 64}, "model.onnx, tokens.txt"), ({"model.onnx": "abc"}, "64 digits")],
        ids=["a name that is none", "a value that is none"],
    )
    def test_a_vouched_value_must_be_one(
        self, vouched: dict[str, str], says: str, tiny: WeightSet, tmp_path: Path
    ) -> None:
        with pytest.raises(WeightsError, match=says):
            pull_weights(tiny, tmp_path, vouched=vouched)


class TestChecking:
    def test_files_copied_by_hand_need_no_list_beside_them(self, tiny: WeightSet, carried: Path) -> None:
        assert checked_weights(tiny, carried)["tokens.txt"] == carried / "tokens.txt"

    def test_a_missing_file_says_what_to_type(self, tiny: WeightSet, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match=r"model.onnx is missing; run `qa-pipeline models pull tiny --dir "):
            checked_weights(tiny, tmp_path)

    def test_a_file_that_rotted_on_the_disk_is_found(self, tiny: WeightSet, carried: Path) -> None:
        pull_weights(tiny, carried, source=str(carried))
        (carried / "model.onnx").write_bytes(b"\1" + MODEL_BYTES[1:])
        with pytest.raises(WeightsError, match=r"model.onnx is not the file it should be.*delete it"):
            checked_weights(tiny, carried)

    @pytest.mark.parametrize("text", ["{", "[]", '{"files": {"a": {"sha256": "x", "source": "y"}}}', '{"files": 3}'])
    def test_a_list_that_is_none_is_named(self, text: str, tiny: WeightSet, carried: Path) -> None:
        (carried / MANIFEST_NAME).write_text(text)
        with pytest.raises(WeightsError, match=r"weights.json is not a list of weights"):
            checked_weights(tiny, carried)

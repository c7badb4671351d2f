"""The shipped list: every entry can be fetched and checked."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest

from qa_pipeline.local_service.weights.catalogue import WEIGHT_SETS, WeightFile, find_weights
from qa_pipeline.local_service.weights.errors import UnknownWeights
from qa_pipeline.local_service.weights.placed import is_sha256

FILES = [file for weights in WEIGHT_SETS for file in weights.files]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_has_a_hash_a_size_and_a_package_or_an_encrypted_address(file: WeightFile) -> None:
    address = urlsplit(file.url)
    assert is_sha256(file.sha256)
    assert file.size_bytes > 0
    is_addressed = (address.scheme, PurePosixPath(address.path).name) == ("https", file.name)
    assert is_addressed != bool(file.package)


def test_a_set_is_found_by_its_id_and_an_unknown_one_is_answered_with_the_list() -> None:
    assert find_weights("sense-voice").size_bytes > 200e6
    assert [find_weights("whisper", size).size for size in (None, "tiny", "small")] == ["base", "tiny", "small"]
    with pytest.raises(UnknownWeights, match=r"'parrot'.*sense-voice, whisper"):
        find_weights("parrot")

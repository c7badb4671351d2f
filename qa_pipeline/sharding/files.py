"""What machines leave for each other in the lake's bucket: files that are written once, and read by whoever needs them.

A storage that is away for a moment is waited for, so that nobody's work is lost with it.
"""

from __future__ import annotations

import json
import logging
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from qa_pipeline.object_storage.bucket import Bucket, StoredObject
from qa_pipeline.object_storage.faults import ObjectMissing, StorageUnreachable
from qa_pipeline.object_storage.locations import BucketUrl

logger = logging.getLogger("qa_pipeline.sharding")

T = TypeVar("T")

PATIENCE_S = 180.0
"""A storage that is restarted is back within a minute; the client itself tries again for a part of that."""

WAIT_S = 2.0


class SharedFiles:
    """The objects below one folder of a bucket, by key. Safe to share between threads.

    Each method raises `StorageError`: of a storage that is away, after `patience_s` seconds.
    """

    def __init__(self, folder: BucketUrl, endpoint: str | None = None, *, patience_s: float = PATIENCE_S) -> None:
        self._folder, self._endpoint, self._patience_s = folder, endpoint, patience_s
        self._bucket = Bucket(folder, endpoint)

    def put(self, key: str, file: Path) -> None:
        """Puts a file there; it is seen whole or not at all."""
        self._patiently(lambda: self._bucket.upload(key, file))

    def get(self, key: str, target: Path) -> bool:
        """Writes an object into a file; False where there is none."""
        try:
            self._patiently(lambda: self._bucket.download(key, target))
        except ObjectMissing:
            return False
        return True

    def put_json(self, key: str, value: Any) -> None:
        """Puts a value there that JSON knows."""
        with tempfile.TemporaryDirectory(prefix="qa-shared-") as folder:
            file = Path(folder) / secrets.token_hex(8)
            file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
            self.put(key, file)

    def get_json(self, key: str) -> Any:
        """What `put_json` put there; None where there is none."""
        with tempfile.TemporaryDirectory(prefix="qa-shared-") as folder:
            file = Path(folder) / "value"
            return json.loads(file.read_text(encoding="utf-8")) if self.get(key, file) else None

    def listed(self, folder: str) -> list[StoredObject]:
        """The objects below a folder, with keys as the other methods take them."""
        below = replace(self._folder, prefix="/".join(filter(None, (self._folder.prefix, folder))))
        found = self._patiently(lambda: Bucket(below, self._endpoint).listed())
        return [replace(item, key="/".join(filter(None, (folder, item.key)))) for item in found.objects]

    def delete(self, keys: Sequence[str]) -> None:
        """Removes objects; one that is gone already is not an error."""
        self._patiently(lambda: self._bucket.delete(keys))

    def _patiently(self, work: Callable[[], T]) -> T:
        until = time.monotonic() + self._patience_s
        while True:
            try:
                return work()
            except StorageUnreachable as error:
                if time.monotonic() > until:
                    raise
                logger.warning("the lake's bucket is away; trying again: %s", error)
            time.sleep(WAIT_S)

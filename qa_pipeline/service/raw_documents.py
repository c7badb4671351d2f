"""Where raw JSON is kept by the settings: below QA_HOME, and in a bucket where several machines share a ledger."""

from __future__ import annotations

from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.settings import Settings


def raw_store(settings: Settings) -> RawStore:
    """The store that the settings name."""
    url = settings.raw_bucket
    if url is None:
        return RawStore(settings.raw_dir)
    return RawStore(settings.raw_dir, shared=Bucket(url, settings.bucket_endpoint), shared_as=str(url))

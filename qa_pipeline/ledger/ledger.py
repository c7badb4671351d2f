"""The ledger: reads and moves of the operations database. No method waits for the network but for the database's."""

from __future__ import annotations

from qa_pipeline.ledger.claims import Claiming
from qa_pipeline.ledger.moving import Moving
from qa_pipeline.ledger.planning import Planning
from qa_pipeline.ledger.queries import Queries
from qa_pipeline.ledger.retention import Forgetting


class Ledger(Planning, Claiming, Moving, Forgetting, Queries):
    """The ledger on one operations database; safe to share between threads and processes."""

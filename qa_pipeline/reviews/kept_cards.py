"""Keeps the cards by which machines evaluate, as those of people are kept: so every version can always be shown."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select

from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.review_tables import scorecard_versions
from qa_pipeline.reviews.chain import appending
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.states import LogKind
from qa_pipeline.scorecards.cards import Card


def keep_cards(engine: Engine, cards: Sequence[Card]) -> int:
    """Keeps those versions of cards that nobody has evaluated by yet; returns how many these were."""
    with engine.connect() as connection:
        if not _not_kept(connection, cards):
            return 0
    clock = time.time if engine.dialect.name == "sqlite" else DatabaseClock(engine)
    with appending(engine, clock) as log:
        new = _not_kept(log.connection, cards)
        for card in new:
            content = card.model_dump(mode="json", by_alias=True)
            said = {"scorecard_id": card.scorecard, "version": card.version, "title": card.title, "content": content}
            log.add(LogKind.CARD_KEPT, PIPELINE.login, said)
        return len(new)


def _not_kept(connection: Connection, cards: Sequence[Card]) -> list[Card]:
    table = scorecard_versions
    found = select(table.c.scorecard_id, table.c.version).where(table.c.version.in_([card.version for card in cards]))
    kept = {(scorecard, version) for scorecard, version in connection.execute(found)}
    return [card for card in cards if (card.scorecard, card.version) not in kept]

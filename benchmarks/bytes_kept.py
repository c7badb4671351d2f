"""What the tables of the operations database take on the disk, and what of it is known of the landing zone."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.growth_copies import write_sidecar
from benchmarks.sound import call_body, write_mulaw
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import Settings

LANDED = 1000
SECONDS = 1.0
DAY = dt.date(2025, 9, 1)

_SIZES = {
    "sqlite": "select name, sum(pgsize) from dbstat group by name",
    # as they lie: what is dead and not yet used again is in them
    "postgresql": "select relname, pg_relation_size(oid) + case when relkind = 'r' then pg_relation_size(oid, 'fsm') "
    "else 0 end from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')",
}


def sizes(engine: Engine) -> dict[str, int]:
    """Bytes of each table and index of a database."""
    with engine.connect() as connection:
        return {name: size for name, size in connection.execute(text(_SIZES[engine.dialect.name]))}  # noqa: C416


def landing_memory(say: Callable[[str], None]) -> bool:
    """Lands stereo calls with a sidecar each in one folder, and prints what a channel of them takes of the database."""
    with tempfile.TemporaryDirectory(prefix="qa-landing-") as folder:
        zone, body = Path(folder, "landing"), call_body(noisy=False)
        (zone / str(DAY)).mkdir(parents=True)
        for number in range(LANDED):
            name, start = f"{DAY:%y%m%d}-{number:05d}.wav", 14 * number
            write_mulaw(zone / str(DAY) / name, body[start:] + body[:start], SECONDS)
            write_sidecar(zone / str(DAY), DAY, number)
        home = Settings(home=Path(folder, "home"), recordings=zone, settle_s=0)
        opened = Ledger(open_operations(home.operations_database_url))
        before = sizes(opened.engine)
        landed = discover_calls(home, opened)
        after = sizes(opened.engine)
        opened.engine.dispose()
    kept = {name: after[name] - before[name] for name in sorted(after) if name.startswith("landing_")}
    say(f"{'what is known of the landing zone, in SQLite':<44}{sum(kept.values()) / 2 / LANDED:>10.0f}")
    for name, size in kept.items():
        if size:
            say(f"  {name:<42}{size / 2 / LANDED:>10.0f}")
    return len(landed.calls) == LANDED

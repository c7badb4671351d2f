"""Finds out what calls are known by, wherever the product keeps something of them, before anything of it is removed."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
from sqlalchemy import Engine, select

from qa_pipeline.erasing.companions import is_recording, stem_of
from qa_pipeline.erasing.landed_files import files_of, other_stems
from qa_pipeline.erasing.needles import Needles, needles_of
from qa_pipeline.erasing.personal_keys import is_personal
from qa_pipeline.erasing.plan import Subject
from qa_pipeline.ledger.attempts import calls as ledger_calls
from qa_pipeline.ledger.attempts import recordings
from qa_pipeline.ledger.review_tables import review_log
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.sampling_tables import sampling_draws
from qa_pipeline.ledger.selecting import chunks, rows_where
from qa_pipeline.ledger.tables import landing_cache
from qa_pipeline.ledger.tombstones import erased_name
from qa_pipeline.search.folding import fold
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.facts_of_calls import FactsOfCalls, databases_of_home, facts_of_calls
from qa_pipeline.warehouse.held import Say, Waiting

FOUND_WAIT_S = 600.0
BLOCK_BYTES = 64
BLOCKS = 3
LEAST_FOLDED_BYTES = 14
"""What is masked is lost when a text is folded; what is left of one that says little else may be said in any call."""


def find_subject(
    settings: Settings, engine: Engine, key: bytes, call_ids: Sequence[str], customers: Sequence[str], say: Say
) -> Subject:
    """Everything by which these calls, and all calls of these customers, are known; without calls where nothing is
    known of any. `key` is that of the tombstones.

    Raises:
        WarehouseBusy: another program has the working database open.
        StorageError: the landing zone is a bucket that can't be read.
    """
    facts = facts_of_calls(databases_of(settings, say), call_ids, customers)
    rows = _rows_of(engine, {*call_ids, *facts.call_ids}, facts.recording_ids)
    known = facts.call_ids | {row.call_id for row in rows} | _reviewed(engine, call_ids)
    subject = Subject("customer" if customers else "calls")
    subject.call_ids = {each: erased_name(key, each) for each in sorted(known)}
    if not known:
        return subject
    _add_facts(subject, facts, customers)
    subject.recording_ids = sorted(facts.recording_ids | {row.recording_id for row in rows})
    subject.source_uris = sorted(facts.source_uris | {row.source_uri for row in rows})
    subject.submissions = sorted({row.submission_id for row in rows})
    subject.task_ids = sorted({row.task_id for row in rows if row.task_id})
    subject.raw_paths = sorted({row.raw_path for row in rows if row.raw_path})
    subject.days = sorted({*facts.days, *(row.call_date for row in rows)})
    subject.billed_s = sum(row.billed_s or 0.0 for row in rows)
    subject.derived = sorted({hashlib.sha256(each.encode()).hexdigest()[:40] for each in known})
    subject.files = files_of(settings, subject.source_uris, sorted(known), facts.other_files)
    subject.others = _others(settings, engine, subject, facts.longer)
    subject.list_names = _list_names(subject)
    subject.blocks = [block.hex() for uri in subject.source_uris for block in _blocks_of(uri)]
    return subject


def databases_of(settings: Settings, say: Say) -> Iterator[duckdb.DuckDBPyConnection]:
    """All that has the tables: the working database, the newest snapshot, and the lake where there is one.

    Raises:
        WarehouseBusy: another program has the working database open.
    """
    waiting = Waiting(FOUND_WAIT_S, say)
    yield from databases_of_home(settings.warehouse_path, settings.snapshot_path, waiting)
    if settings.uses_lake:
        from qa_pipeline.lake.place import lake_to_write  # what it needs is an extra
        from qa_pipeline.lake.reading import NoLake, leave, let_go_of_all, open_lake

        try:
            opened = open_lake(lake_to_write(settings))
        except NoLake:
            return
        try:
            with opened.database.cursor() as cursor:
                yield cursor
        finally:
            leave(opened)
            let_go_of_all()  # a version that is being read is not removed


def needles_for(subject: Subject) -> Needles:
    """What is searched for when it is to be proved that nothing is left."""
    others = {
        "customer id": subject.customers,
        "name": subject.names,
        "hash": [*subject.recording_ids, *subject.derived],
        "request": [*subject.submissions, *subject.task_ids],
    }
    folded = [text for text in map(fold, subject.texts) if len(text.encode()) >= LEAST_FOLDED_BYTES]
    texts = dict.fromkeys([*subject.texts, *folded])
    packed = [bytes.fromhex(each) for each in (*subject.recording_ids, *subject.submissions) if _is_hex(each)]
    return needles_of(subject.call_ids, others, texts, [*map(bytes.fromhex, subject.blocks), *packed], subject.others)


def _add_facts(subject: Subject, facts: FactsOfCalls, customers: Sequence[str]) -> None:
    subject.people = sorted({*facts.customers, *customers})
    subject.customers = sorted(facts.customers - facts.shared | set(customers))
    said = {value for name, value in facts.metadata if is_personal(name, value)}
    subject.names = sorted(said - facts.shared - facts.customers)
    subject.texts = sorted(facts.texts)


def _rows_of(engine: Engine, call_ids: Collection[str], recording_ids: Collection[str]) -> list[LedgerRow]:
    """Attempts at these calls and recordings, and at all that are the same recording."""
    with engine.connect() as connection:
        of_calls = rows_where(connection, ledger_calls.c.call_id, sorted(call_ids))
        wanted = {*recording_ids, *(row.recording_id for row in of_calls)}
        of_recordings = rows_where(connection, recordings.c.recording_id, sorted(wanted))
    return list({row.unit_id: row for row in (*of_calls, *of_recordings)}.values())


def _reviewed(engine: Engine, call_ids: Sequence[str]) -> set[str]:
    """Those of these calls that evaluations or draws know."""
    found: set[str] = set()
    with engine.connect() as connection:
        for table in (review_log, sampling_draws):
            for chunk in chunks(call_ids):
                query = select(table.c.call_id).where(table.c.call_id.in_(chunk)).distinct()
                found |= set(connection.execute(query).scalars())
    return found


def _others(settings: Settings, engine: Engine, subject: Subject, longer: Collection[str]) -> list[str]:
    """Ids of other calls, and names of other recordings, of which an id of these is a part."""
    known = set(longer) | other_stems(settings, subject.source_uris, subject.files)
    with engine.connect() as connection:
        known |= set(connection.execute(select(ledger_calls.c.call_id).distinct()).scalars())
        for (packed,) in connection.execute(select(landing_cache.c.files)):
            known |= {stem_of(name) for name in json.loads(zlib.decompress(packed)) if is_recording(name)}
    own = sorted({*subject.call_ids, *subject.customers})
    known -= {*own, *(stem_of(each.relative_path.rpartition("/")[2]) for each in subject.files)}
    is_longer = re.compile("|".join(map(re.escape, own)))
    return sorted(each for each in known if is_longer.search(each))


def _list_names(subject: Subject) -> list[str]:
    """As `CallList.keys` has them."""
    names = set(subject.call_ids)
    for uri in subject.source_uris:
        name = unquote(urlsplit(uri).path).rpartition("/")[2].casefold()
        names |= {name, name.rpartition(".")[0]}
    return sorted(names - {""})


def _blocks_of(uri: str) -> list[bytes]:
    """Some bytes of a recording of this machine that are nothing but its sound; none of one that can't be read."""
    if urlsplit(uri).scheme != "file":
        return []
    path = Path(unquote(urlsplit(uri).path))
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            found = []
            for number in range(1, BLOCKS + 1):
                file.seek(size * number // (BLOCKS + 1))
                found.append(file.read(BLOCK_BYTES))
    except OSError:
        return []
    return [block for block in found if len(block) == BLOCK_BYTES and len(set(block)) > BLOCK_BYTES // 4]


def _is_hex(text: str) -> bool:
    return bool(re.fullmatch(r"(?:[0-9a-f]{2}){8,}", text))

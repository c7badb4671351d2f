"""How the dashboards open what is published."""

from __future__ import annotations

from pathlib import Path

from dashboards.serving.access import LOCAL_USER, Viewer
from dashboards.serving.opening import MEMORY_MIB, open_calls_for, open_for
from qa_pipeline.people.roles import Role
from qa_pipeline.settings import load_settings


def test_what_queries_of_all_visitors_take_is_bounded(people_home: Path) -> None:
    settings, admin = load_settings(home=people_home), Viewer(LOCAL_USER, Role.ADMIN)
    for open_it in (open_for, open_calls_for):
        with open_it(admin, settings) as snapshot:
            [(limit,)] = snapshot.tuples("select current_setting('memory_limit')")
            assert limit == f"{MEMORY_MIB}.0 MiB"


def test_a_query_that_needs_more_is_answered(people_home: Path) -> None:
    with open_for(Viewer(LOCAL_USER, Role.ADMIN), load_settings(home=people_home)) as snapshot:
        snapshot.keep_within(100)
        numbered = "select row_number() over (order by hash(n)) as place from range(6000000) as numbers (n)"
        assert snapshot.tuples(f"select max(place) from ({numbered})") == [(6_000_000,)]

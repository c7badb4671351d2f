"""What lists of people and outcomes say in a snapshot, for filters; and what to say where it has none of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from dashboards.filters import CallFilter, DateRange
from dashboards.queries import ask
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.wording.languages import t


def people_of(snapshot: Snapshot) -> list[Row]:
    """The list of people: rows of list_people; none where nobody has written one."""
    return ask(snapshot, "list_people")


def team_choices(snapshot: Snapshot) -> dict[str, list[str]]:
    """Teams and supervisors that calls can be narrowed to."""
    people = people_of(snapshot)
    return {"teams": _of(people, "team"), "supervisors": _of(people, "supervisor")}


def why_no_teams(snapshot: Snapshot, chosen: CallFilter) -> str | None:
    """Why a choice of teams or supervisors leaves no call, where the reason is that nobody has said who is in them."""
    if not (chosen.teams or chosen.supervisors) or people_of(snapshot):
        return None
    return t(
        "This snapshot has no list of people, so no call has a team or a supervisor. Put people.csv into QA_HOME or "
        "the landing zone and run any day; the user guide says what is in it."
    )


def within(people: Sequence[Row], dates: DateRange) -> list[Row]:
    """The periods of the list that have days in a range, the newest last."""
    return [
        row
        for row in people
        if (row["valid_from"] or dt.date.min) <= dates.last and dates.first <= (row["valid_to"] or dt.date.max)
    ]


def outcome_names(snapshot: Snapshot, chosen: CallFilter) -> list[str]:
    """The outcomes that calls have, and those that are chosen."""
    known = [row["name"] for row in ask(snapshot, "list_outcome_names")]
    return [*known, *(name for name, _ in chosen.outcomes if name not in known)]


def outcome_texts(outcomes: Sequence[Row] | None, word: Callable[[str], str] = t) -> list[str]:
    """Outcomes of a call, of list_outcomes_of_calls, such as `csat 4` and `resolved yes`; `word` puts yes and no into a
    language."""
    return [f"{each['name']} {_outcome_value(each, word)}" for each in outcomes or ()]


def _outcome_value(outcome: Row, word: Callable[[str], str]) -> str:
    if outcome["is_flag"]:
        return word("yes" if outcome["value"] == 1 else "no")
    return str(outcome["value"]).removesuffix(".0")


def _of(people: Sequence[Row], field: str) -> list[str]:
    return sorted({row[field] for row in people if row[field] is not None})

"""What the list of calls can be narrowed by: the search box, the dates, and whatever else behind one button.

What is chosen stands below as chips that take it away again. Everything is in the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboards.components import url_controls
from dashboards.filters import (
    COURSES,
    DATE_PARAMETERS,
    DIRECTIONS,
    FORMS,
    RANGED_METRICS,
    REPEATS,
    STEPS,
    UNLABELLED,
    CallFilter,
    rule_choice,
    rule_chosen,
)
from dashboards.finding import agent_names, further_choices
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.palette import EMOTIONS, STATUSES, defect_label, emotion_mark, language_name, status_mark
from dashboards.people import outcome_names, team_choices
from dashboards.queries import filter_choices, knows_repeats, knows_rules, rules_of
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.search.query import RULE_OUTCOMES, Notice, NoticeKind
from qa_pipeline.search.query_reading import parse
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.problems import meaning
from qa_pipeline.wording.rules import outcome_label
from qa_pipeline.wording.voices import form_label

LONGEST_CHIP = 60


def search_box() -> None:
    """The one box for words, names and ids, and what it could not read as written."""
    url_controls.text("q", t("Search"), t("Words, a name or an id"), _search_help())


def explain_search(page: Reading, text: str) -> None:
    """What of a search was read literally, and why; and rules that it names and nobody knows."""
    query = parse(text)
    said = [notice_text(notice) for notice in query.notices]
    if asked := [term.rule[0] for term in query.terms if term.rule]:
        said += _unknown_rules(page, asked)
    for sentence in said:
        st.caption(f":material/info: {plain(sentence)}")


def _unknown_rules(page: Reading, asked: Sequence[str]) -> list[str]:
    if not knows_rules(page.snapshot):
        return [t("This snapshot is of an earlier version, without rules; the next run publishes what they come to.")]
    known = {row["rule_id"].lower(): row["rule_id"] for row in rules_of(page.snapshot)}
    if not known:
        return [t("No rule was applied to any call yet.")]
    names = ", ".join(known.values())
    return [
        t("There is no rule {rule}; the rules are {names}.", rule=_cut(rule), names=names)
        for rule in asked
        if rule not in known
    ]


def notice_text(notice: Notice) -> str:
    """Why a part of a search was read literally, as a sentence."""
    part = _cut(notice.part)
    return {
        NoticeKind.LONE_QUOTE: t("A quotation mark ( {part} ) has no partner; it was left out.", part=part),
        NoticeKind.LONE_PARENTHESIS: t("A parenthesis ( {part} ) has no partner; it was left out.", part=part),
        NoticeKind.EMPTY_PARENTHESES: t("There is nothing between the parentheses; they were left out."),
        NoticeKind.DANGLING_OPERATOR: t("{part} needs something on both sides; it was searched as a word.", part=part),
        NoticeKind.DANGLING_SCOPE: t(
            "{part} needs a word right behind it, without a blank; it was searched as a word.", part=part
        ),
        NoticeKind.UNKNOWN_SCOPE: t(
            "{part} is none of agent:, customer:, other:, id: and rule:, so it was searched as words.", part=part
        ),
        NoticeKind.NOTHING_TO_FIND: t("{part} has neither letters nor digits; it was left out.", part=part),
        NoticeKind.TOO_LONG: t("This is long, so it was searched as one phrase: {part}", part=part),
    }[notice.kind]


def more_filters(page: Reading, chosen: CallFilter) -> None:
    """Everything but words and dates, behind one button."""
    with st.popover(t("More filters"), icon=":material/tune:", key="more_filters", width="content"):
        choices = filter_choices(page.snapshot) | further_choices(page.snapshot) | team_choices(page.snapshot)
        choices["rules"] = [
            rule_choice(row["rule_id"], outcome) for row in rules_of(page.snapshot) for outcome in RULE_OUTCOMES
        ]
        with st.grid(min_column_width=220):
            for name, (label, options, show) in offered_lists(page, choices).items():
                if options or name in st.query_params:
                    url_controls.many(name, label, options, show)
        url_controls.span("length", t("Length, s"))
        st.markdown(f"**{t('Share of the customer speech in an emotion, 0 to 1')}**")
        _spans("e.", [name for name in EMOTIONS if name], lambda name: emotion_mark(name).label, dict(chosen.shares))
        if outcomes := outcome_names(page.snapshot, chosen):
            st.markdown(f"**{t('Outcomes')}**")
            _spans("o.", outcomes, str, dict(chosen.outcomes))
        st.markdown(f"**{t('Metrics')}**")
        _spans("m.", RANGED_METRICS, metric_label, dict(chosen.metrics))


def chips(page: Reading, chosen: CallFilter) -> None:
    """What is chosen besides words and dates, each with a click that takes it away."""
    names = [name for name in chosen.to_query() if name not in (*DATE_PARAMETERS, "q")]
    if not names and not chosen.text:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        for name in names:
            st.button(
                plain(chip_label(page, chosen, name)),
                key=f"chip_{name}",
                icon=":material/close:",
                help=t("Take this filter away"),
                on_click=url_controls.set_parameters,
                kwargs={name: None, "page": None},
            )
        st.button(
            t("Clear filters"), icon=":material/filter_alt_off:", type="tertiary", on_click=url_controls.clear_filters
        )


def chip_label(page: Reading, chosen: CallFilter, name: str) -> str:
    """A filter in words: Queue: billing or delivery."""
    query = chosen.to_query()
    if name == "q":
        return t("Search: {text}", text=_cut(chosen.text))
    if name == "length":
        return t("Length, s: {span}", span=_words_of(query[name][0]))
    if name.startswith("o."):
        return f"{name[2:]}: {_words_of(query[name][0])}"
    if name.startswith("m."):
        return f"{metric_label(name[2:])}: {_words_of(query[name][0])}"
    if name.startswith("e."):
        return t("{emotion} speech: {span}", emotion=emotion_mark(name[2:]).label, span=_words_of(query[name][0]))
    label, _, show = offered_lists(page, {})[name]
    values = t(" or ").join(show(value) for value in query[name])
    return f"{label}: {_cut(values)}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CHIP else f"{text[:LONGEST_CHIP]}…"


def metric_label(column: str) -> str:
    """A metric with its unit: Dead air, s."""
    entry = CATALOGUE[column]
    unit = t("0 no, 1 yes") if entry.unit == "true, false" else entry.unit
    return t(entry.label) + ("" if unit == "count" else f", {unit}")


def course_label(name: str) -> str:
    """A course of a customer's emotions in words."""
    return {
        "turned_angry": t("turned angry"),
        "began_angry": t("began angry"),
        "ended_angry": t("ended angry"),
        "recovered": t("recovered"),
        "improving": t("improving"),
        "worsening": t("worsening"),
    }[name]


def step_label(name: str) -> str:
    """A step of a customer's emotions in words: angry → happy."""
    return " → ".join(emotion_mark(emotion).label for emotion in name.split("-"))


def offered_lists(
    page: Reading, choices: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, Sequence[str], Callable[[str], str]]]:
    """URL parameter → label, options, wording of an option."""
    names = agent_names(page.snapshot)
    titles = {row["rule_id"]: row["title"] for row in rules_of(page.snapshot)}
    emotions = [emotion or UNLABELLED for emotion in EMOTIONS]
    return {
        "agent": (t("Agent"), choices.get("agents", ()), lambda agent: _with_id(agent, names)),
        "team": (t("Team"), choices.get("teams", ()), str),
        "supervisor": (t("Supervisor"), choices.get("supervisors", ()), lambda agent: _with_id(agent, names)),
        "queue": (t("Queue"), choices.get("queues", ()), str),
        "direction": (t("Direction"), DIRECTIONS, t),
        "language": (t("Language"), choices.get("languages", ()), language_name),
        "emotion": (t("Customer's emotion"), emotions, _emotion_label),
        "course": (t("Course of the customer's emotions"), COURSES, course_label),
        "step": (t("Customer, from one sentence to the next"), STEPS, step_label),
        "status": (t("Status"), list(STATUSES), lambda status: status_mark(status).label),
        "reason": (t("Reason of the status"), choices.get("reasons", ()), _reason_label),
        "engine": (t("Engine"), choices.get("engines", ()), str),
        "form": (t("Form"), FORMS, form_label),
        "rule": (t("Rules: any of these"), choices.get("rules", ()), lambda chosen: rule_label(chosen, titles)),
        "each_rule": (t("Rules: each of these"), choices.get("rules", ()), lambda chosen: rule_label(chosen, titles)),
        "repeat": (t("Called again within seven days"), REPEATS if knows_repeats(page.snapshot) else (), t),
        "defect": (t("Defect of the sound"), choices.get("defects", ()), defect_label),
    }


def _spans(prefix: str, names: Sequence[str], label: Callable[[str], str], chosen: Mapping[str, object]) -> None:
    """The chosen ranges and one more to choose."""
    key = f"add_{prefix}"
    added = st.selectbox(
        t("Choose"), names, index=None, format_func=label, key=key, label_visibility="collapsed",
        placeholder=t("Choose one to set its range"),
    )  # fmt: skip
    for name in dict.fromkeys([*chosen, *([added] if added else [])]):
        url_controls.span(f"{prefix}{name}", label(name))


def rule_label(chosen: str, titles: Mapping[str, str]) -> str:
    """A rule with what it comes to, as a filter has it, in words: Greets the customer: miss."""
    rule_id, outcome = rule_chosen(chosen) or (chosen, "")
    return t("{rule}: {outcome}", rule=titles.get(rule_id, rule_id), outcome=outcome_label(outcome))


def _with_id(agent: str, names: Mapping[str, str]) -> str:
    name = names.get(agent, agent)
    return name if name == agent else f"{name} ({agent})"


def _reason_label(code: str) -> str:
    """A reason's code, by which tables and links know it, with what it means."""
    return f"{code}: {said}" if (said := meaning(code)) else code


def _emotion_label(option: str) -> str:
    return emotion_mark(None if option == UNLABELLED else option).label


def _words_of(span: str) -> str:
    low, _, high = span.partition("..")
    if low == high:
        return low
    if not high:
        return t("{low} or more", low=low)
    if not low:
        return t("{high} or less", high=high)
    return t("{low} to {high}", low=low, high=high)


def _search_help() -> str:
    return t(
        "`refund` said by anybody, also inside a longer word\n\n`refund late` both\n\n"
        "`refund OR cancel` any of them\n\n"
        '`-refund` not said\n\n`"money back"` exactly these words\n\n`agent:refund` `customer:late` who says it\n\n'
        "`id:c0102` a call, customer or agent\n\n`rule:greeting` `rule:greeting:miss` what a rule comes to: hit, miss, "
        "not_applicable, not_evaluated\n\n`(a OR b) c` parentheses\n\nUpper case, accents, full width, "
        "traditional characters and blanks between Chinese characters make no difference."
    )
